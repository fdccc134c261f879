package feed_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/feed"
	"skep/internal/testkit"
	"skep/model"
)

// truth is how many replicas of a service are up.
func (s *source) truth(id model.ServiceID) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	ready := map[model.NodeID]bool{}
	for _, n := range s.nodes {
		ready[n.Key()] = n.Ready()
	}
	up := 0
	for _, t := range s.tasks {
		if t.ServiceID == id && t.State == swarm.TaskStateRunning && t.Desired == swarm.TaskStateRunning && ready[t.NodeID] {
			up++
		}
	}
	return up
}

// disturb does something at random to the swarm, the connection or the screen.
func (r *rig) disturb(dice *rand.Rand) {
	service := func() string { return fmt.Sprintf("service%02d", dice.IntN(6)) }
	node := fmt.Sprint("worker", dice.IntN(4))
	mute := dice.IntN(2) == 0
	r.set(func() { r.mute = mute })
	switch dice.IntN(14) {
	case 0:
		r.lose(node)
	case 1:
		r.setNode(node, swarm.NodeStateReady)
		r.change("", "", func() {
			r.edit(func(t *model.Task) bool { return string(t.NodeID) == node && t.Desired == swarm.TaskStateShutdown },
				func(t *model.Task) { t.State = swarm.TaskStateFailed })
		})
	case 2:
		r.change("", "", func() {
			r.edit(func(t *model.Task) bool { return t.State == swarm.TaskStatePending },
				func(t *model.Task) { t.State, t.Err, t.NodeID = swarm.TaskStateRunning, "", "manager" })
		})
	case 3:
		id := service()
		r.change("service", id, func() {
			r.edit(func(t *model.Task) bool { return string(t.ServiceID) == id && t.Slot == 1 },
				func(t *model.Task) { t.State = swarm.TaskStateFailed })
			r.addTask(model.ServiceID(id), 1, swarm.TaskStatePending)
		})
	case 4:
		failing := dice.IntN(3)
		r.set(func() {
			r.fails = func(what string) error {
				if failing == 0 || failing == 1 && what == "tasks" || failing == 2 && what == "services" {
					return errRefused
				}
				return nil
			}
		})
	case 5, 6:
		r.set(func() { r.fails = nil })
	case 7:
		r.loseEvents()
	case 8:
		r.SetInterest(model.InterestIn(model.ServiceID(service()).Ref(), model.ServiceID(service()).Ref()))
	case 9:
		r.SetInterest(model.InterestIn(model.NodeID(node).Ref()))
	case 10:
		all := model.InterestIn(model.KindTask.All())
		all.Blurred = dice.IntN(2) == 0
		r.SetInterest(all)
	case 11:
		r.Refresh()
	case 12:
		if dice.IntN(2) == 0 {
			r.Pause()
		} else {
			r.Resume()
		}
	case 13:
		slow := time.Duration(dice.IntN(3000)) * time.Millisecond
		r.set(func() { r.takes = func(string, model.TaskQuery) time.Duration { return slow } })
	}
}

// FuzzFeed_ConvergesToTheTruth lets anything happen and then asks for the
// truth, which must come by itself.
func FuzzFeed_ConvergesToTheTruth(f *testing.F) {
	for i := range uint64(testkit.Rounds(40)) {
		f.Add(i)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		dice := rand.New(rand.NewPCG(seed, 1))
		run(t, newSource(t, 4, 1, 2, 3, 4, 5, 6), feed.Options{Slow: seed%2 == 0}, func(t *testing.T, r *rig) {
			for range 60 {
				r.disturb(dice)
				time.Sleep(time.Duration(dice.ExpFloat64() * float64(2*time.Second)))
			}
			r.set(func() {
				r.fails, r.mute = nil, false
				r.takes = func(string, model.TaskQuery) time.Duration { return 5 * time.Millisecond }
			})
			r.Resume()
			seen := model.InterestIn(model.ServiceID("service04").Ref())
			r.SetInterest(seen)
			r.until(2*time.Minute, func(c *model.Cluster) bool {
				if c.Outage != nil || !c.Ready() {
					return false
				}
				for _, s := range c.Services() {
					if f := c.Facts(s.Key()); f.Up != r.truth(s.Key()) || !f.Sure {
						return false
					}
				}
				return true
			})
			// It must also last.
			time.Sleep(time.Minute)
			c := r.snapshot()
			for _, s := range c.Services() {
				if up(c, s.Key()) != r.truth(s.Key()) {
					t.Errorf("%s: %d up, in truth %d", s.Name(), up(c, s.Key()), r.truth(s.Key()))
				}
			}
			if _, at := c.TasksOf("service04"); time.Since(at) > 10*time.Second {
				t.Errorf("what is on the screen is %v old", time.Since(at))
			}
		})
	})
}
