package feed_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/feed"
	"skep/model"
)

// lose takes a node away as a swarm does: its tasks stay recorded as running,
// and others are started elsewhere.
func (r *rig) lose(id string) {
	r.setNode(id, swarm.NodeStateDown)
	r.change("", "", func() {
		var gone []*model.Task
		r.edit(func(t *model.Task) bool { return t.NodeID == model.NodeID(id) && t.Desired == swarm.TaskStateRunning },
			func(t *model.Task) {
				t.Desired = swarm.TaskStateShutdown
				gone = append(gone, t)
			})
		for _, t := range gone {
			r.addTask(t.ServiceID, t.Slot, swarm.TaskStatePending)
		}
	})
}

func TestNode_LostShowsTrueCounts(t *testing.T) {
	for _, mute := range []bool{false, true} {
		t.Run(fmt.Sprint("without events: ", mute), func(t *testing.T) {
			s := newSource(t, 2, 6, 3)
			s.mute = mute
			run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
				time.Sleep(21 * time.Second)
				r.lose("worker0")
				d := r.until(20*time.Second, func(c *model.Cluster) bool {
					return up(c, "service00") == 4 && up(c, "service01") == 2 && c.Facts("service00").Sure
				})
				t.Logf("true after %v", d)
				if most := 300 * time.Millisecond; !mute && d > most {
					t.Errorf("with events it takes %v", d)
				}
				// The truth lasts, although the engine goes on counting ghosts.
				for range 200 {
					time.Sleep(time.Second)
					if n := up(r.snapshot(), "service00"); n != 4 {
						t.Fatalf("%d up", n)
					}
				}
				r.setNode("worker0", swarm.NodeStateReady)
				r.change("", "", func() {
					r.edit(func(t *model.Task) bool { return t.NodeID == "worker0" }, func(t *model.Task) { t.State = swarm.TaskStateFailed })
					r.edit(func(t *model.Task) bool { return t.State == swarm.TaskStatePending }, func(t *model.Task) {
						t.State, t.NodeID, t.Err = swarm.TaskStateRunning, "worker0", ""
					})
				})
				r.until(20*time.Second, func(c *model.Cluster) bool { return up(c, "service00") == 6 && up(c, "service01") == 3 })
			})
		})
	}
}

func TestNode_ManyLostAreReadInOneList(t *testing.T) {
	run(t, newSource(t, 20, 42), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Second)
		from := time.Now()
		for i := range 15 {
			r.lose(fmt.Sprint("worker", i))
		}
		r.until(3*time.Second, func(c *model.Cluster) bool { return up(c, "service00") == 12 && c.Facts("service00").Sure })
		for _, q := range r.since(from, "tasks") {
			if q.query.Node != "" {
				t.Errorf("a list of one node: %+v", q.query)
			}
		}
	})
}

func TestNode_UnknownAfterAnElectionIsNotLost(t *testing.T) {
	run(t, newSource(t, 3, 6), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Second)
		from := time.Now()
		for i := range 3 {
			r.setNode(fmt.Sprint("worker", i), swarm.NodeStateUnknown)
		}
		time.Sleep(2 * time.Second)
		if n := up(r.snapshot(), "service00"); n != 6 {
			t.Errorf("%d up", n)
		}
		for _, q := range r.since(from, "tasks") {
			if q.query.Node != "" {
				t.Errorf("a list of one node: %+v", q.query)
			}
		}
	})
}

func TestNode_LostAgainIsReadAtOnce(t *testing.T) {
	run(t, newSource(t, 2, 6), feed.Options{}, func(t *testing.T, r *rig) {
		r.lose("worker0")
		time.Sleep(quiet)
		for _, state := range []swarm.NodeState{swarm.NodeStateReady, swarm.NodeStateDown} {
			from := time.Now()
			r.setNode("worker0", state)
			time.Sleep(1300 * time.Millisecond) // a poll may have been just before
			asked := 0
			for _, q := range r.since(from, "tasks") {
				if q.query.Node == "worker0" {
					asked++
				}
			}
			if asked != 1 {
				t.Errorf("%s: its tasks were asked for %d times", state, asked)
			}
			time.Sleep(quiet)
		}
	})
}
