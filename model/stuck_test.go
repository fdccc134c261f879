package model_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// updating makes a service one that is being updated.
func updating(order string) testkit.ServiceOption {
	return testkit.WithService(func(s *model.Service) {
		at := testkit.Now.Add(-time.Minute)
		s.UpdateStatus = &swarm.UpdateStatus{State: swarm.UpdateStateUpdating, StartedAt: &at}
		s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, Order: swarm.UpdateOrder(order)}
	})
}

func TestCluster_StuckUpdate(t *testing.T) {
	first, second := testkit.Node(testkit.Hostname("worker1")), testkit.Node(testkit.Hostname("worker2"))
	pinned := testkit.Placed(swarm.Placement{Constraints: []string{"node.hostname==worker1"}, MaxReplicas: 1})
	pending := func(s *model.Service, options ...testkit.TaskOption) *model.Task {
		return testkit.Task(append([]testkit.TaskOption{testkit.Of(s), testkit.Slot(1), testkit.Ago(time.Minute), testkit.Pending("no suitable node")}, options...)...)
	}
	old := testkit.FromImage("example/app:0")
	tests := []struct {
		name    string
		service *model.Service
		tasks   func(s *model.Service) []*model.Task
		want    string
	}{
		{"beside the old one", testkit.Service(pinned, updating("start-first")),
			func(s *model.Service) []*model.Task {
				return []*model.Task{testkit.Task(testkit.Of(s), old, testkit.Slot(1), testkit.On(first)), pending(s)}
			}, "web.1 finds no room beside the task it replaces, which runs until the new one does (start-first): max replicas per node reached"},
		{"the old one has stopped", testkit.Service(pinned, updating("stop-first")),
			func(s *model.Service) []*model.Task {
				return []*model.Task{testkit.Task(testkit.Of(s), old, testkit.Slot(1), testkit.On(first), testkit.Stopped()), pending(s)}
			}, ""},
		{"the old one stops", testkit.Service(pinned, updating("stop-first")),
			func(s *model.Service) []*model.Task {
				return []*model.Task{testkit.Task(testkit.Of(s), old, testkit.Slot(1), testkit.On(first), testkit.Desired("shutdown")), pending(s)}
			}, ""},
		{"a constraint nobody meets", testkit.Service(testkit.Placed(swarm.Placement{Constraints: []string{"node.hostname==gone"}}), updating("stop-first")),
			func(s *model.Service) []*model.Task { return []*model.Task{pending(s)} },
			"web.1 fits on no node: scheduling constraints not satisfied on 2 nodes"},
		{"beside one that was never placed", testkit.Service(testkit.Replicas(2), testkit.Placed(swarm.Placement{Constraints: []string{"node.hostname==gone"}}), updating("stop-first")),
			func(s *model.Service) []*model.Task {
				return []*model.Task{pending(s), testkit.Task(testkit.Of(s), old, testkit.Slot(2), testkit.Pending("no suitable node"))}
			}, "web.1 fits on no node"},
		{"room elsewhere", testkit.Service(testkit.Placed(swarm.Placement{MaxReplicas: 1}), updating("start-first")),
			func(s *model.Service) []*model.Task {
				return []*model.Task{testkit.Task(testkit.Of(s), old, testkit.Slot(1), testkit.On(first)), pending(s)}
			}, ""},
		{"another is on its way and frees a place", testkit.Service(testkit.Placed(swarm.Placement{MaxReplicas: 1}), updating("start-first")),
			func(s *model.Service) []*model.Task {
				return []*model.Task{testkit.Task(testkit.Of(s), old, testkit.Slot(1), testkit.On(first)), pending(s),
					testkit.Task(testkit.Of(s), testkit.Slot(2), testkit.On(second), testkit.State("starting"))}
			}, ""},
		{"a global one and its own port", testkit.Service(testkit.Global(), hostPort(8080), updating("start-first")),
			func(s *model.Service) []*model.Task {
				return []*model.Task{testkit.Task(testkit.Of(s), old, testkit.On(first)), pending(s, testkit.Slot(0), testkit.On(first))}
			}, "web.worker1 finds no room beside the task it replaces, which runs until the new one does (start-first): host-mode port already in use on worker1 (8080/tcp)"},
		{"no update", testkit.Service(pinned),
			func(s *model.Service) []*model.Task { return []*model.Task{pending(s)} }, ""},
	}
	for _, test := range tests {
		c := testkit.Cluster(testkit.Services(test.service), testkit.Nodes(first, second), testkit.Tasks(test.tasks(test.service)...))
		got, stuck := c.StuckUpdate(test.service)
		if stuck != (test.want != "") || !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %t, %q", test.name, stuck, got)
		}
	}
}
