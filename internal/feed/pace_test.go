package feed_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/feed"
	"skep/model"
)

// gaps are the pauses between the starts of requests of a sort.
func (r *rig) gaps(from time.Time, what string) (shortest, longest time.Duration) {
	var last time.Time
	for _, q := range r.since(from, what) {
		if !last.IsZero() {
			d := q.at.Sub(last)
			longest = max(longest, d)
			if shortest == 0 || d < shortest {
				shortest = d
			}
		}
		last = q.at
	}
	return shortest, longest
}

func TestPace_IdleConvergingBlurred(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		from := time.Now()
		time.Sleep(time.Minute)
		if short, long := r.gaps(from, "services"); short < 5*time.Second || long > 6*time.Second {
			t.Errorf("idle: every %v to %v", short, long)
		}
		from = time.Now()
		r.change("service", "service00", func() {})
		time.Sleep(10 * time.Second)
		if short, long := r.gaps(from, "services"); short < time.Second || long > 1100*time.Millisecond {
			t.Errorf("after an event: every %v to %v", short, long)
		}
		time.Sleep(20 * time.Second)
		from = time.Now()
		time.Sleep(time.Minute)
		if short, _ := r.gaps(from, "services"); short < 5*time.Second {
			t.Errorf("afterwards: every %v", short)
		}
		r.SetInterest(model.Interest{Blurred: true})
		time.Sleep(time.Minute)
		from = time.Now()
		time.Sleep(5 * time.Minute)
		if short, long := r.gaps(from, "services"); short < 30*time.Second || long > 31*time.Second {
			t.Errorf("blurred: every %v to %v", short, long)
		}
		for time.Since(r.snapshot().ServicesAt) < 10*time.Second {
			time.Sleep(time.Second)
		}
		from = time.Now()
		r.SetInterest(model.Interest{})
		time.Sleep(100 * time.Millisecond)
		if len(r.since(from, "services")) == 0 {
			t.Error("nothing was read when the focus came back")
		}
	})
}

func TestPace_ShortServiceIsNotHurriedForEver(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(20 * time.Second)
		r.change("service", "new", func() { r.addService("new", 5, swarm.TaskStatePending) })
		from := time.Now()
		time.Sleep(30 * time.Second)
		if _, long := r.gaps(from, "services"); long > 2*time.Second {
			t.Errorf("converging: up to %v", long)
		}
		time.Sleep(2 * time.Minute)
		from = time.Now()
		time.Sleep(time.Minute)
		if short, _ := r.gaps(from, "services"); short < 5*time.Second {
			t.Errorf("stuck: every %v", short)
		}
	})
}

func TestPace_DutyRule(t *testing.T) {
	s := newSource(t, 2, 3)
	s.takes = func(what string, _ model.TaskQuery) time.Duration {
		if what == "services" {
			return time.Second
		}
		return 10 * time.Millisecond
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Second) // One answer says little, so the next comes soon.
		from := time.Now()
		for range 60 { // something happens all the time
			r.change("service", "service00", func() {})
			r.Refresh()
			time.Sleep(2 * time.Second)
		}
		if short, _ := r.gaps(from, "services"); short < 21*time.Second {
			t.Errorf("a request of one second every %v", short)
		}
	})
}

func TestPace_OneSlowAnswerIsNoReasonToWait(t *testing.T) {
	slow := false
	s := newSource(t, 2, 3)
	s.takes = func(what string, _ model.TaskQuery) time.Duration {
		if what == "services" && slow {
			return 10 * time.Second
		}
		return time.Millisecond
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(20 * time.Second)
		r.set(func() { slow = true })
		time.Sleep(6 * time.Second)
		r.set(func() { slow = false })
		time.Sleep(12 * time.Second)
		from := time.Now()
		time.Sleep(30 * time.Second)
		if len(r.since(from, "services")) < 5 {
			t.Error("an election's delay was taken for the cost of the request")
		}
	})
}

// TestPace_ASlowFirstAnswerIsNoReasonToWait: a console that starts in a busy moment is
// not blind for as long as an engine that is always so slow would be spared.
func TestPace_ASlowFirstAnswerIsNoReasonToWait(t *testing.T) {
	for _, what := range []string{"services", "nodes", "tasks"} {
		t.Run(what, func(t *testing.T) {
			s := newSource(t, 2, 3)
			slow := what != "tasks"
			s.takes = func(is string, _ model.TaskQuery) time.Duration {
				if is == what && slow {
					slow = false
					return 1500 * time.Millisecond
				}
				return time.Millisecond
			}
			run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
				if what == "tasks" {
					r.set(func() { slow = true })
					r.SetInterest(model.InterestIn(model.ServiceID("service00").Ref()))
				}
				time.Sleep(8 * time.Second)
				from := time.Now()
				r.Refresh()
				time.Sleep(6 * time.Second)
				c := r.snapshot()
				_, tasksAt := c.TasksOf("service00")
				if at := map[string]time.Time{"services": c.ServicesAt, "nodes": c.NodesAt, "tasks": tasksAt}[what]; at.Before(from) {
					t.Error("the first answer was taken for the cost of the request")
				}
			})
		})
	}
}

func TestPace_KeysAreAnsweredSoon(t *testing.T) {
	s := newSource(t, 2, 3, 2, 4)
	s.takes = func(string, model.TaskQuery) time.Duration { return 20 * time.Millisecond }
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(20 * time.Second)
		for _, id := range []model.ServiceID{"service00", "service01", "service02"} {
			r.SetInterest(model.InterestIn(id.Ref()))
			asked := time.Now()
			r.until(time.Second, func(c *model.Cluster) bool {
				_, at := c.TasksOf(id)
				return asked.Sub(at) < 5*time.Second
			})
			if d := time.Since(asked); d > 250*time.Millisecond {
				t.Errorf("%s after %v", id, d)
			}
		}
	})
}

func TestPace_AllTasksAreStretchedByTheirSize(t *testing.T) {
	s := newSource(t, 5, even(20, 500)...)
	realistic(s)
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		r.SetInterest(model.InterestIn(model.KindTask.All()))
		time.Sleep(time.Minute)
		from := time.Now()
		time.Sleep(10 * time.Minute)
		all := 0
		for _, q := range r.since(from, "tasks") {
			if q.query.All() {
				all++
			}
		}
		if all < 8 || all > 15 {
			t.Errorf("7 MB were read %d times in 10 minutes", all)
		}
		// What changes arrives sooner, by itself.
		r.change("", "", func() {
			r.edit(func(t *model.Task) bool { return t.ServiceID == "service07" && t.Slot == 9 },
				func(t *model.Task) { t.State = swarm.TaskStateFailed })
		})
		d := r.until(10*time.Second, func(c *model.Cluster) bool {
			tasks, _ := c.TasksOf("service07")
			for _, t := range tasks {
				if t.State == swarm.TaskStateFailed {
					return true
				}
			}
			return false
		})
		t.Logf("a failed task among 10,000 without an event: %v", d)
	})
}

func TestPublish_IsCoalesced(t *testing.T) {
	for _, c := range []struct {
		opts feed.Options
		most int // a second
	}{{feed.Options{}, 10}, {feed.Options{Slow: true}, 4}} {
		run(t, newSource(t, 2, even(40, 2)...), c.opts, func(t *testing.T, r *rig) {
			time.Sleep(10 * time.Second)
			from := time.Now()
			for i := range 100 {
				r.change("service", r.services[i%40].ID, func() {
					r.edit(func(t *model.Task) bool { return t.ServiceID == r.services[i%40].Key() }, func(*model.Task) {})
				})
				r.SetInterest(model.InterestIn(r.services[i%40].Key().Ref()))
				time.Sleep(50 * time.Millisecond)
			}
			times := r.readAt()
			for i, at := range times {
				if j := i - c.most; j >= 0 && times[j].After(from) && at.Sub(times[j]) < 990*time.Millisecond {
					t.Errorf("%d snapshots in %v", c.most+1, at.Sub(times[j]))
				}
			}
		})
	}
}

func TestPublish_NothingNewIsPublishedOncePerPoll(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(time.Minute)
		r.mu.Lock()
		before := len(r.snapshots)
		r.mu.Unlock()
		time.Sleep(time.Minute)
		r.mu.Lock()
		defer r.mu.Unlock()
		if n := len(r.snapshots) - before; n < 11 || n > 13 {
			t.Errorf("%d snapshots in a quiet minute", n)
		}
	})
}

func TestPause_HoldsRequestsAndReadsAnewAfterwards(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Second)
		r.Pause()
		time.Sleep(time.Millisecond)
		from := time.Now()
		r.change("service", "service00", func() {})
		time.Sleep(time.Minute)
		if n := len(r.since(from, "")); n != 0 {
			t.Errorf("%d requests while paused", n)
		}
		r.Resume()
		time.Sleep(2 * time.Second)
		r.Pause() // too short for a poll to become due
		time.Sleep(500 * time.Millisecond)
		from = time.Now()
		r.Resume()
		time.Sleep(100 * time.Millisecond)
		if len(r.since(from, "services")) != 1 || len(r.since(from, "nodes")) != 1 {
			t.Error("not read anew")
		}
	})
}

func TestPace_ARestartLoopIsNotHurriedForEver(t *testing.T) {
	run(t, newSource(t, 2, even(20, 3)...), feed.Options{}, func(t *testing.T, r *rig) {
		stop := time.Now().Add(10 * time.Minute)
		from := stop.Add(-5 * time.Minute)
		for time.Now().Before(stop) {
			r.change("", "", func() {
				r.edit(func(t *model.Task) bool {
					return t.ServiceID == "service07" && t.Slot == 2 && t.State == swarm.TaskStateRunning
				}, func(t *model.Task) { t.State, t.Desired = swarm.TaskStateFailed, swarm.TaskStateShutdown })
				// The next one waits for the restart delay.
				r.addTask("service07", 2, swarm.TaskStateReady).Desired = swarm.TaskStateReady
				r.tasks = slices.DeleteFunc(r.tasks, func(t *model.Task) bool {
					return t.State == swarm.TaskStateFailed && time.Since(t.CreatedAt) > time.Minute
				})
			})
			time.Sleep(5 * time.Second)
			r.change("", "", func() {
				r.edit(func(t *model.Task) bool { return t.State == swarm.TaskStateReady },
					func(t *model.Task) { t.State, t.Desired = swarm.TaskStateRunning, swarm.TaskStateRunning })
			})
			time.Sleep(7 * time.Second)
		}
		if !r.snapshot().Facts("service07").Restarts.Loop {
			t.Error("the loop is not seen")
		}
		if n, b := r.cost(from); n > 0.6 || b > 6000 {
			t.Errorf("%.2f requests/s, %.0f bytes/s", n, b)
		}
	})
}

// A list that is too large to read is not asked for again and again.
func TestPace_WhatIsTooLargeIsAskedForSeldom(t *testing.T) {
	s := newSource(t, 1, 3)
	s.takes = func(what string, _ model.TaskQuery) time.Duration {
		if what == "tasks" {
			return 3 * time.Second
		}
		return 0
	}
	s.fails = func(what string) error {
		if what == "tasks" {
			return fmt.Errorf("list the tasks: %w", model.ErrTooLarge)
		}
		return nil
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		r.SetInterest(model.InterestIn(model.KindTask.All()))
		time.Sleep(time.Minute)
		if c := r.snapshot(); c.Outage != nil || !c.Ready() || !errors.Is(c.Set(model.KindTask).Err, model.ErrTooLarge) {
			t.Errorf("the swarm is there, but for its tasks: outage %v, unread %v", c.Outage, c.Set(model.KindTask).Err)
		}
		from := time.Now()
		time.Sleep(10 * time.Minute)
		if n := len(r.since(from, "connect")); n > 0 {
			t.Errorf("it connected anew %d times", n)
		}
		if n := len(r.since(from, "services")); n < 60 {
			t.Errorf("the services were read %d times in 10 minutes", n)
		}
		all := 0
		for _, q := range r.since(from, "tasks") {
			if q.query.All() {
				all++
			}
		}
		if all > 11 {
			t.Errorf("it was asked for %d times in 10 minutes", all)
		}
		r.set(func() { r.fails = nil })
		r.until(2*time.Minute, func(c *model.Cluster) bool { return c.Set(model.KindTask).Err == nil && c.TasksUnread() == 0 })
	})
}
