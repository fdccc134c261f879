package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func wants(change func(*swarm.ServiceSpec)) testkit.ServiceOption {
	return testkit.WithService(func(s *model.Service) { change(&s.Spec) })
}

func reserves(r swarm.Resources) testkit.ServiceOption {
	return wants(func(s *swarm.ServiceSpec) {
		s.TaskTemplate.Resources = &swarm.ResourceRequirements{Reservations: &r}
	})
}

func hostPort(port uint32) testkit.ServiceOption {
	return wants(func(s *swarm.ServiceSpec) {
		s.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{PublishedPort: port, TargetPort: 80, PublishMode: "host", Protocol: "tcp"}}}
	})
}

func gpus(n int64) []swarm.GenericResource {
	return []swarm.GenericResource{{DiscreteResourceSpec: &swarm.DiscreteGenericResource{Kind: "GPU", Value: n}}}
}

func TestPlacer_Fits(t *testing.T) {
	busy := testkit.Service(testkit.Name("busy"), reserves(swarm.Resources{NanoCPUs: 3e9, MemoryBytes: 6 << 30, GenericResources: gpus(1)}), hostPort(8080))
	n := testkit.Node(testkit.WithNode(func(n *model.Node) {
		n.Description.Resources.GenericResources = []swarm.GenericResource{
			{NamedResourceSpec: &swarm.NamedGenericResource{Kind: "GPU", Value: "a"}}, {NamedResourceSpec: &swarm.NamedGenericResource{Kind: "GPU", Value: "b"}}}
		n.Description.Engine.Plugins = []swarm.PluginDescription{{Type: "Log", Name: "json-file"}, {Type: "Volume", Name: "local"}, {Type: "Volume", Name: "rexray:latest"}}
	}))
	web := testkit.Service
	tests := []struct {
		name    string
		service *model.Service
		node    *model.Node
		want    model.SchedulerFilter
		detail  string
	}{
		{"asks for nothing", web(), n, "", ""},
		{"down", web(), testkit.Node(testkit.Down()), model.FilterReady, "it is down"},
		{"paused", web(), testkit.Node(testkit.Availability("pause")), model.FilterReady, "it is set to pause"},
		{"cpu fits", web(reserves(swarm.Resources{NanoCPUs: 1e9})), n, "", ""},
		{"cpu does not fit", web(reserves(swarm.Resources{NanoCPUs: 1e9 + 1})), n, model.FilterResources, "1 of 4 cores free"},
		{"memory does not fit", web(reserves(swarm.Resources{MemoryBytes: 3 << 30})), n, model.FilterResources, "2GiB of 8GiB memory free, 3GiB"},
		{"generic fits", web(reserves(swarm.Resources{GenericResources: gpus(1)})), n, "", ""},
		{"generic does not fit", web(reserves(swarm.Resources{GenericResources: gpus(2)})), n, model.FilterResources, "1 of 2 GPU free, 2"},
		{"volume driver there", web(wants(func(s *swarm.ServiceSpec) {
			s.TaskTemplate.ContainerSpec.Mounts = []mount.Mount{{Type: "volume", VolumeOptions: &mount.VolumeOptions{DriverConfig: &mount.Driver{Name: "rexray"}}}}
		})), n, "", ""},
		{"volume driver missing", web(wants(func(s *swarm.ServiceSpec) {
			s.TaskTemplate.ContainerSpec.Mounts = []mount.Mount{{Type: "volume", VolumeOptions: &mount.VolumeOptions{DriverConfig: &mount.Driver{Name: "nfs"}}}}
		})), n, model.FilterPlugin, "volume driver nfs"},
		{"log driver missing", web(wants(func(s *swarm.ServiceSpec) { s.TaskTemplate.LogDriver = &swarm.Driver{Name: "gelf"} })), n, model.FilterPlugin, "log driver gelf"},
		{"log driver not told", web(wants(func(s *swarm.ServiceSpec) { s.TaskTemplate.LogDriver = &swarm.Driver{Name: "gelf"} })), testkit.Node(), "", ""},
		{"constraint", web(testkit.Placed(swarm.Placement{Constraints: []string{"node.role==manager"}})), n, model.FilterConstraint, "node.role==manager (the node has worker)"},
		{"constraints that cannot be read count for nothing", web(testkit.Placed(swarm.Placement{Constraints: []string{"node.role==manager", "?"}})), n, "", ""},
		{"platform", web(testkit.Placed(swarm.Placement{Platforms: []swarm.Platform{{Architecture: "arm64", OS: "linux"}}})), n, model.FilterPlatform, "linux/arm64"},
		{"platform by another name", web(testkit.Placed(swarm.Placement{Platforms: []swarm.Platform{{Architecture: "amd64", OS: "linux"}}})), n, "", ""},
		{"port taken", web(hostPort(8080)), n, model.FilterHostPort, "8080/tcp"},
		{"port free", web(hostPort(8081)), n, "", ""},
		{"too many replicas", testkit.Service(testkit.Name("busy"), testkit.Placed(swarm.Placement{MaxReplicas: 1})), n, model.FilterMaxReplicas, "1 of at most 1"},
		{"others do not count", web(testkit.Placed(swarm.Placement{MaxReplicas: 1})), n, "", ""},
		{"the first reason is given", web(testkit.Placed(swarm.Placement{Constraints: []string{"node.role==manager"}}), reserves(swarm.Resources{NanoCPUs: 4e9})), n, model.FilterResources, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := testkit.Cluster(testkit.Services(busy, tt.service), testkit.Nodes(tt.node),
				testkit.Tasks(testkit.Task(testkit.Of(busy), testkit.Slot(1), testkit.On(tt.node)),
					testkit.Task(testkit.Of(busy), testkit.Slot(2), testkit.On(tt.node), testkit.Failed(1))))
			m := c.Placer().Fits(tt.service.Demand(), tt.node)
			if m.Filter != tt.want || !strings.Contains(m.Detail, tt.detail) {
				t.Errorf("got %+v, want %q with %q", m, tt.want, tt.detail)
			}
		})
	}
}

func TestPlacer_Room(t *testing.T) {
	n := testkit.Node()
	for _, tt := range []struct {
		name string
		s    *model.Service
		want int
	}{
		{"nothing limits", testkit.Service(), model.Unlimited},
		{"cpu", testkit.Service(reserves(swarm.Resources{NanoCPUs: 3e8})), 13},
		{"the scarcest", testkit.Service(reserves(swarm.Resources{NanoCPUs: 3e8, MemoryBytes: 2 << 30})), 4},
		{"max replicas", testkit.Service(testkit.Placed(swarm.Placement{MaxReplicas: 3})), 3},
		{"a host port", testkit.Service(hostPort(80)), 1},
		{"none", testkit.Service(reserves(swarm.Resources{NanoCPUs: 5e9})), 0},
	} {
		c := testkit.Cluster(testkit.Services(tt.s), testkit.Nodes(n), testkit.Tasks())
		p := c.Placer()
		if got := p.Room(tt.s.Demand(), n); got != tt.want {
			t.Errorf("%s: room for %d, want %d", tt.name, got, tt.want)
		}
		// What there is room for is what can be placed.
		if tt.want == model.Unlimited {
			continue
		}
		for i := range tt.want {
			if p.Place(tt.s.Demand()) == "" {
				t.Errorf("%s: number %d of %d found no node", tt.name, i+1, tt.want)
			}
		}
		if to := p.Place(tt.s.Demand()); to != "" {
			t.Errorf("%s: one more than %d was placed", tt.name, tt.want)
		}
	}
}

func TestPlacer_SpreadsAndForgetsWhatLeaves(t *testing.T) {
	s := testkit.Service(testkit.Placed(swarm.Placement{MaxReplicas: 1}))
	a, b := testkit.Node(testkit.Hostname("a")), testkit.Node(testkit.Hostname("b"))
	onA := testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.On(a))
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(a, b), testkit.Tasks(onA))
	p := c.Placer()
	if to := p.Place(s.Demand()); to != b.Key() {
		t.Errorf("placed on %s", c.NodeName(to))
	}
	if why := p.Explain(s.Demand()); why != "max replicas per node reached on 2 nodes" {
		t.Errorf("full: %q", why)
	}
	p.Vacate(onA)
	p.Set(b.Key(), swarm.NodeAvailabilityDrain)
	if to := p.Place(s.Demand()); to != a.Key() {
		t.Errorf("placed on %s", c.NodeName(to))
	}
	if why := p.Explain(s.Demand()); why != "max replicas per node reached on 1 node; 1 node not available for new tasks" {
		t.Errorf("drained: %q", why)
	}
	if fresh := c.Placer(); fresh.Place(s.Demand()) != b.Key() {
		t.Error("the snapshot was changed")
	}
}

func TestPlacer_Sure(t *testing.T) {
	s, n := testkit.Service(), testkit.Node()
	list := func(q model.TaskQuery) testkit.ClusterOption { return testkit.TasksFor(q, testkit.Now) }
	for name, tt := range map[string]struct {
		options []testkit.ClusterOption
		want    bool
	}{
		"nothing was read":       {nil, false},
		"all tasks":              {[]testkit.ClusterOption{list(model.TaskQuery{})}, true},
		"those of every node":    {[]testkit.ClusterOption{list(model.TaskQuery{Node: n.Key()})}, true},
		"those of every service": {[]testkit.ClusterOption{list(model.TaskQuery{Services: []model.ServiceID{s.Key()}})}, true},
	} {
		c := testkit.Cluster(append(tt.options, testkit.Services(s), testkit.Nodes(n))...)
		if got := c.Placer().Sure(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func BenchmarkPlacer_10kTasks(b *testing.B) {
	c := testkit.BigCluster(50, 100, 10_000)
	s := c.Services()[0]
	b.ReportAllocs()
	for b.Loop() {
		p := c.Placer()
		if p.TotalRoom(s.Demand()) < 0 {
			b.Fatal(fmt.Sprint(p))
		}
	}
}
