package simswarm

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// live are the IDs of the tasks of a service that run, by their node.
func (b *bench) live(id string) map[string]string {
	b.t.Helper()
	out := map[string]string{}
	for _, t := range b.tasks(id) {
		if t.DesiredState == swarm.TaskStateRunning && t.Status.State == swarm.TaskStateRunning {
			out[t.ID] = t.NodeID
		}
	}
	return out
}

// replaced counts those of some tasks that run no more.
func (b *bench) replaced(id string, before map[string]string) int {
	b.t.Helper()
	n, now := 0, b.live(id)
	for task := range before {
		if _, still := now[task]; !still {
			n++
		}
	}
	return n
}

// TestDirty_Placement: where the placement alone changes, a task stays whose
// node meets the new constraints, whatever else of it changes.
func TestDirty_Placement(t *testing.T) {
	place := func(p swarm.Placement) func(*swarm.ServiceSpec) {
		return func(s *swarm.ServiceSpec) { s.TaskTemplate.Placement = &p }
	}
	publish := func(s *swarm.ServiceSpec) {
		s.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{TargetPort: 80, PublishedPort: 9080}}}
	}
	for _, tt := range []struct {
		name   string
		change func(*swarm.ServiceSpec)
		want   int
	}{
		{"labels", func(s *swarm.ServiceSpec) { s.Labels = map[string]string{"a": "b"} }, 0},
		{"a constraint that all meet", place(swarm.Placement{Constraints: []string{"node.labels.none!=here"}}), 0},
		{"a constraint that nobody meets", place(swarm.Placement{Constraints: []string{"node.labels.none==here"}}), 1},
		{"platforms", place(swarm.Placement{Platforms: []swarm.Platform{{OS: "linux"}}}), 0},
		{"a limit for each node", place(swarm.Placement{MaxReplicas: 9}), 0},
		{"ports", publish, 3},
		{"ports and the placement", func(s *swarm.ServiceSpec) {
			place(swarm.Placement{MaxReplicas: 9})(s)
			publish(s)
		}, 0},
		{"the image", toImage2, 3},
	} {
		b := newBench(t)
		id := b.run("web", 3, lives)
		b.clock.Advance(10 * time.Second)
		before := b.live(id)
		b.change(id, tt.change)
		b.clock.Advance(time.Minute)
		if got := b.replaced(id, before); got != tt.want {
			t.Errorf("%s: %d of 3 tasks were replaced, want %d", tt.name, got, tt.want)
		}
	}
}

// TestDirty_GlobalOnAPausedNode: an update passes a paused node over; once it is
// active its task is brought up to date.
func TestDirty_GlobalOnAPausedNode(t *testing.T) {
	b := newBench(t)
	id := b.run("agent", 1, lives, func(s *swarm.ServiceSpec) { s.Mode = swarm.ServiceMode{Global: &swarm.GlobalService{}} })
	b.clock.Advance(10 * time.Second)
	node := b.nodes[1]
	set := func(a swarm.NodeAvailability) {
		spec := node.api.Spec
		spec.Availability = a
		b.call("POST", "/nodes/"+node.id()+"/update?version="+node.api.Version.String(), spec, nil)
	}
	set(swarm.NodeAvailabilityPause)
	before := b.live(id)
	b.change(id, toImage2)
	b.clock.Advance(time.Minute)
	if got := b.replaced(id, before); got != 2 || b.updateState(id) != swarm.UpdateStateCompleted {
		t.Errorf("%d tasks were replaced, the update is %s; want 2, and not on the paused node", got, b.updateState(id))
	}
	set(swarm.NodeAvailabilityActive)
	b.clock.Advance(time.Minute)
	if got := b.fresh(id); got != 3 || b.replaced(id, before) != 3 {
		t.Errorf("%d tasks are up to date once the node is active, want 3", got)
	}
}
