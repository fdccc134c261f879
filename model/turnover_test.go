package model_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// specOf is a copy of a service's specification with something changed.
func specOf(t *testing.T, s *model.Service, change func(*swarm.ServiceSpec)) *swarm.ServiceSpec {
	t.Helper()
	b, err := json.Marshal(s.Spec)
	if err != nil {
		t.Fatal(err)
	}
	var out swarm.ServiceSpec
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&out)
	}
	return &out
}

func scaled(n uint64) func(*swarm.ServiceSpec) {
	return func(s *swarm.ServiceSpec) { s.Mode.Replicated.Replicas = &n }
}

func imaged(image string) func(*swarm.ServiceSpec) {
	return func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Image = image }
}

func onlyAt(hostname string) func(*swarm.ServiceSpec) {
	return func(s *swarm.ServiceSpec) {
		s.TaskTemplate.Placement = &swarm.Placement{Constraints: []string{"node.hostname==" + hostname}}
	}
}

func TestCluster_Turnover(t *testing.T) {
	one, two := testkit.Node(testkit.Hostname("worker1")), testkit.Node(testkit.Hostname("worker2"))
	away := testkit.Node(testkit.Hostname("worker3"), testkit.Availability(swarm.NodeAvailabilityPause))
	old := testkit.FromImage("example/app:0")
	live := func(s *model.Service, slot int, n *model.Node, options ...testkit.TaskOption) *model.Task {
		return testkit.Task(append([]testkit.TaskOption{testkit.Of(s), testkit.Slot(slot), testkit.On(n)}, options...)...)
	}
	three := func(options ...testkit.TaskOption) func(s *model.Service) []*model.Task {
		return func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 1, one, options...), live(s, 2, one), live(s, 3, two)}
		}
	}
	tests := []struct {
		name    string
		service *model.Service
		tasks   func(s *model.Service) []*model.Task
		change  func(*swarm.ServiceSpec)
		want    string // replaced stopped kept places revived added
	}{
		{"nothing changes", testkit.Service(testkit.Replicas(3)), three(), nil, "0 0 3 0 0 0"},
		{"one is of an older version", testkit.Service(testkit.Replicas(3)), three(old), nil, "1 0 2 1 0 0"},
		{"an older version is wanted again", testkit.Service(testkit.Replicas(3)), func(s *model.Service) []*model.Task {
			past := *s
			past.Spec = *specOf(t, s, imaged("example/app:0"))
			past.Print = model.FingerprintOf(&past.Spec.TaskTemplate)
			return []*model.Task{live(&past, 1, one), live(&past, 2, one), live(s, 3, two)}
		}, imaged("example/app:0"), "1 0 2 1 0 0"},
		{"another image", testkit.Service(testkit.Replicas(3)), three(), imaged("example/app:2"), "3 0 0 3 0 0"},
		{"more", testkit.Service(testkit.Replicas(3)), three(old), scaled(5), "1 0 2 1 0 2"},
		{"fewer keeps what runs", testkit.Service(testkit.Replicas(3)), three(testkit.State("preparing")), scaled(2), "0 1 2 0 0 0"},
		{"none", testkit.Service(testkit.Replicas(3)), three(old), scaled(0), "0 3 0 0 0 0"},
		{"a constraint that two meet", testkit.Service(testkit.Replicas(3)), three(), onlyAt("worker1"), "1 0 2 1 0 0"},
		{"a pending one has no node that meets it", testkit.Service(), func(s *model.Service) []*model.Task {
			return []*model.Task{testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.Pending("no suitable node"))}
		}, onlyAt("worker1"), "1 0 0 1 0 0"},
		{"another port", testkit.Service(testkit.Replicas(3)), three(), func(s *swarm.ServiceSpec) {
			s.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{PublishedPort: 80, TargetPort: 80}}}
		}, "3 0 0 3 0 0"},
		{"the port of before a paused update", testkit.Service(testkit.Replicas(2), hostPort(8080), testkit.WithService(func(s *model.Service) {
			at := testkit.Now.Add(-time.Minute)
			s.UpdateStatus = &swarm.UpdateStatus{State: swarm.UpdateStatePaused, StartedAt: &at}
			previous := *specOf(t, s, nil)
			previous.EndpointSpec = nil
			s.PreviousSpec = &previous
		})), func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 1, one), live(s, 2, two, testkit.Ago(30*time.Second))}
		}, func(s *swarm.ServiceSpec) { s.EndpointSpec = nil }, "1 0 1 1 0 0"},
		{"the new one beside the old one", testkit.Service(), func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 1, one, old), live(s, 1, two, testkit.Ago(time.Minute), testkit.State("starting"))}
		}, nil, "0 1 1 1 0 0"},
		{"gave up", testkit.Service(testkit.Replicas(2)), func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 1, one, testkit.Failed(1)), live(s, 2, two)}
		}, imaged("example/app:2"), "1 0 0 2 1 0"},
		{"gave up, and only the number changes", testkit.Service(testkit.Replicas(2)), func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 1, one, testkit.Failed(1)), live(s, 2, two)}
		}, scaled(3), "0 0 1 0 0 1"},
		{"a task on a lost node is no one's", testkit.Service(), func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 1, one), live(s, 1, two, testkit.Ago(2*time.Hour), testkit.Desired("shutdown"))}
		}, imaged("example/app:2"), "1 0 0 1 0 0"},
		{"global, the one on a paused node stays", testkit.Service(testkit.Global()), func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 0, one), live(s, 0, two), live(s, 0, away)}
		}, imaged("example/app:2"), "2 0 1 2 0 0"},
		{"global, a node that no longer fits", testkit.Service(testkit.Global()), func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 0, one), live(s, 0, two)}
		}, onlyAt("worker1"), "0 1 1 0 0 0"},
		{"global, a node without one", testkit.Service(testkit.Global()), func(s *model.Service) []*model.Task {
			return []*model.Task{live(s, 0, one)}
		}, imaged("example/app:2"), "1 0 0 1 0 1"},
	}
	for _, test := range tests {
		c := testkit.Cluster(testkit.Services(test.service), testkit.Nodes(one, two, away), testkit.Tasks(test.tasks(test.service)...))
		v := c.Turnover(test.service, specOf(t, test.service, test.change))
		got := fmt.Sprint(len(v.Replaced), len(v.Stopped), len(v.Kept), v.Places, v.Revived, v.Added)
		if got != test.want || !v.Known {
			t.Errorf("%s: %s, want %s (replaced stopped kept places revived added), known %t", test.name, got, test.want, v.Known)
		}
	}
}

func TestPlacer_Replace(t *testing.T) {
	nodes := []*model.Node{testkit.Node(testkit.Hostname("worker1")), testkit.Node(testkit.Hostname("worker2")), testkit.Node(testkit.Hostname("worker3"))}
	one := testkit.Placed(swarm.Placement{MaxReplicas: 1})
	tests := []struct {
		name     string
		service  *model.Service
		tasks    int
		together int
		first    bool
		want     int
	}{
		{"nothing limits them", testkit.Service(), 3, 1, true, 0},
		{"one on each node, each stops first", testkit.Service(one), 3, 1, false, 0},
		{"one on each node, each runs first", testkit.Service(one), 3, 1, true, 3},
		{"all at once", testkit.Service(one), 3, 3, true, 3},
		{"one node is free", testkit.Service(one), 2, 2, true, 0},
		{"a host port", testkit.Service(hostPort(80)), 3, 1, true, 3},
		{"a host port, each stops first", testkit.Service(hostPort(80)), 3, 1, false, 0},
		{"a global one keeps its node", testkit.Service(testkit.Global(), hostPort(80)), 1, 1, true, 1},
		{"half of the memory", testkit.Service(reserves(swarm.Resources{MemoryBytes: 5 << 30})), 3, 1, true, 3},
	}
	for _, test := range tests {
		r := model.Replacement{Demand: test.service.Demand(), Together: test.together, StartFirst: test.first, Bound: test.service.Mode() == model.ModeGlobal}
		for i := range test.tasks {
			r.Old = append(r.Old, testkit.Task(testkit.Of(test.service), testkit.Slot(i+1), testkit.On(nodes[i])))
		}
		c := testkit.Cluster(testkit.Services(test.service), testkit.Nodes(nodes...), testkit.Tasks(r.Old...))
		if got, why := c.Placer().Replace(r); got != test.want || (why == "") != (got == 0) {
			t.Errorf("%s: %d stuck (%s), want %d", test.name, got, why, test.want)
		}
	}
}
