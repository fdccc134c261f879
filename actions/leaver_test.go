package actions

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// TestHold_IsNotWaitedFor: what waits for an update says so where that is held or paused,
// for that does not end by itself.
func TestHold_IsNotWaitedFor(t *testing.T) {
	here, there := testkit.Node(), testkit.Node(testkit.Hostname("worker2"))
	hold, spread := model.HoldMark{Parallelism: 1, Began: testkit.Now}, model.RebalanceMark{Replicas: 2, Surplus: 1, Spread: "1-1", Began: testkit.Now}
	for name, c := range map[string]struct {
		state       swarm.UpdateState
		delay       time.Duration
		passes      bool
		why, stops  string
		stopsMoving bool
	}{
		"held":       {swarm.UpdateStateUpdating, holdDelay, false, isHeld, isHeld, true},
		"let go":     {swarm.UpdateStateUpdating, 0, true, "it is being updated", "", false},
		"paused":     {swarm.UpdateStatePaused, 0, false, "its update is paused: any change resumes it", "its update is paused: any change resumes it", true},
		"still held": {swarm.UpdateStateCompleted, holdDelay, false, isHeld, "", false},
	} {
		s := testkit.Service(testkit.Replicas(3), testkit.Updating(c.state, ""), testkit.ServiceLabels(map[string]string{model.LabelHold: hold.String(), model.LabelRebalance: spread.String()}))
		s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, Delay: c.delay}
		tasks := allOf(s, here)
		cluster := testkit.Cluster(testkit.Services(testkit.Counted([]*model.Service{s}, tasks)...), testkit.Nodes(here, there), testkit.Tasks(tasks...))
		all := leaversOf(cluster, here, nil)
		if len(all) != 1 || all[0].passes != c.passes || all[0].why != c.why {
			t.Errorf("%s: the drain takes it for %+v", name, all)
		}
		if m := nextRebalance(cluster, serviceTarget(s)); m.Stop != c.stops {
			t.Errorf("%s: the rebalancing goes on with %+v", name, m)
		}
		d := drainWalk{c: cluster, n: here, name: "worker1"}
		if c.delay == holdDelay { // Nor does the one task there move, as that is an update as well.
			one := testkit.Cluster(testkit.Services(testkit.Counted([]*model.Service{s}, tasks[:1])...), testkit.Nodes(here, there), testkit.Tasks(tasks[:1]...))
			if all := leaversOf(one, here, nil); len(all) != 1 || all[0].why != isHeld {
				t.Errorf("%s: with one task there the drain takes it for %+v", name, all)
			}
		}
		if why := d.stopped(&all[0]); (why != "") != c.stopsMoving {
			t.Errorf("%s: on its way the drain says %q", name, why)
		}
	}
}
