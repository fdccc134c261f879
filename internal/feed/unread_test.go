package feed_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/feed"
	"skep/model"
)

// crash ends the running tasks of a service and starts the next ones.
func (r *rig) crash(id model.ServiceID, replicas int, next swarm.TaskState) {
	r.change("", "", func() {
		r.edit(func(t *model.Task) bool { return t.ServiceID == id && t.Desired == swarm.TaskStateRunning }, func(t *model.Task) {
			t.State, t.Desired, t.Err = swarm.TaskStateFailed, swarm.TaskStateShutdown, "task: non-zero exit (1)"
		})
		for slot := range replicas {
			r.addTask(id, slot+1, next)
		}
	})
}

// A new service that fails must not wait for those that fail all the time, nor
// for what a busy moment took from the budget.
func TestActive_ReadsANewServiceWhileOthersAreInTrouble(t *testing.T) {
	for _, tt := range []struct {
		name string
		// slow is how long each request takes for six seconds before.
		slow time.Duration
		look model.Interest
	}{
		{"quick answers", 10 * time.Millisecond, model.Interest{}},
		{"quick answers, all tasks on the screen", 17 * time.Millisecond, model.InterestIn(model.KindTask.All())},
		{"slow answers a while ago", 2500 * time.Millisecond, model.Interest{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSource(t, 2, even(5, 3)...)
			for i := range 8 {
				s.addService(fmt.Sprintf("trouble%d", i), 4, swarm.TaskStateRunning)
			}
			quick := func(string, model.TaskQuery) time.Duration { return 17 * time.Millisecond }
			s.takes = quick
			run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
				r.SetInterest(tt.look)
				crashAll := func(seconds int) {
					for i := range seconds {
						r.crash(model.ServiceID(fmt.Sprintf("trouble%d", i%8)), 4, []swarm.TaskState{swarm.TaskStateStarting, swarm.TaskStateRunning}[i%2])
						time.Sleep(time.Second)
					}
				}
				crashAll(60)
				r.set(func() { r.takes = func(string, model.TaskQuery) time.Duration { return tt.slow } })
				crashAll(6)
				r.set(func() { r.takes = quick })
				crashAll(5)
				r.SetInterest(model.Interest{})
				r.change("service", "new", func() { r.addService("new", 4, swarm.TaskStateStarting) })
				at := time.Now()
				for !r.snapshot().Facts("new").Restarts.Known {
					if time.Since(at) > 10*time.Second {
						t.Fatal("not read within 10 s")
					}
					crashAll(1)
				}
				t.Logf("read after %v", time.Since(at))
			})
		})
	}
}
