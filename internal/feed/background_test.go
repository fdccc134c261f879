package feed_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/feed"
	"skep/internal/testkit"
	"skep/model"
)

func TestForget_TasksOutOfSight(t *testing.T) {
	run(t, newSource(t, 2, even(20, 500)...), feed.Options{}, func(t *testing.T, r *rig) {
		known := func() int {
			tasks, _ := r.snapshot().Tasks()
			return len(tasks)
		}
		r.SetInterest(model.InterestIn(model.KindTask.All()))
		r.until(5*time.Second, func(c *model.Cluster) bool { return known() == 10_000 })
		r.SetInterest(model.InterestIn(model.ServiceID("service03").Ref()))
		time.Sleep(90 * time.Second)
		if n := known(); n < 500 || n > 1500 {
			t.Errorf("%d tasks are kept", n)
		}
		if f := r.snapshot().Facts("service05"); !f.Restarts.Known || !f.TasksAt.IsZero() {
			t.Errorf("restarts of forgotten tasks: %+v, read at %v", f.Restarts, f.TasksAt)
		}
		for range 60 { // what the sweep reads does not pile up either
			time.Sleep(10 * time.Second)
			if n := known(); n > 1500 {
				t.Fatalf("%d tasks are kept", n)
			}
			if tasks, at := r.snapshot().TasksOf("service03"); len(tasks) != 500 || time.Since(at) > 15*time.Second {
				t.Fatalf("on the screen: %d tasks, %v old", len(tasks), time.Since(at))
			}
		}
	})
}

func TestForget_KeepsTheNodeOnTheScreen(t *testing.T) {
	run(t, newSource(t, 2, 30, 30), feed.Options{}, func(t *testing.T, r *rig) {
		r.SetInterest(model.InterestIn(model.NodeID("worker0").Ref()))
		for range 30 {
			time.Sleep(10 * time.Second)
			if tasks, at := r.snapshot().TasksOn("worker0"); len(tasks) != 20 || time.Since(at) > 20*time.Second {
				t.Fatalf("on the screen: %d tasks, %v old", len(tasks), time.Since(at))
			}
		}
	})
}

func TestSweep_FindsARestartLoopThatCountsAsRunning(t *testing.T) {
	s := newSource(t, 2, even(30, 4)...)
	realistic(s)
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		// Whenever somebody counts, the next task runs already.
		crash := func() {
			r.edit(func(t *model.Task) bool {
				return t.ServiceID == "service21" && t.Slot == 1 && t.State == swarm.TaskStateRunning
			}, func(t *model.Task) {
				t.State, t.Desired, t.Err = swarm.TaskStateFailed, swarm.TaskStateShutdown, "task: non-zero exit (1)"
			})
			r.addTask("service21", 1, swarm.TaskStateRunning)
		}
		start := time.Now()
		for !r.snapshot().Facts("service21").Restarts.Loop {
			if time.Since(start) > 10*time.Minute {
				t.Fatal("not found")
			}
			r.change("", "", crash)
			time.Sleep(20 * time.Second)
		}
		t.Logf("found after %v", time.Since(start))
	})
}

func TestActive_ReadsWhatIsWrongFirstAndWithinItsBudget(t *testing.T) {
	s := newSource(t, 5, even(20, 500)...)
	for i := range 20 {
		s.addService(string(rune('a'+i)), 500, swarm.TaskStatePending)
	}
	realistic(s)
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		from := time.Now()
		d := r.until(2*time.Minute, func(c *model.Cluster) bool {
			for i := range 20 {
				if c.Facts(model.ServiceID(rune('a'+i))).Worst == nil {
					return false
				}
			}
			return true
		})
		_, b := r.cost(from)
		t.Logf("10,000 pending tasks: every reason known after %v, %.0f bytes/s", d, b)
		if d > time.Minute {
			t.Errorf("the reasons are known after %v", d)
		}
		for _, q := range r.since(time.Time{}, "tasks") {
			if q.bytes > 1<<20 {
				t.Errorf("%d bytes in one list", q.bytes)
			}
		}
	})
}

func TestActive_AsksForManySmallServicesInOneCall(t *testing.T) {
	s := newSource(t, 2)
	for i := range 120 {
		s.addService(string(rune('a'+i%26))+string(rune('a'+i/26)), 1, swarm.TaskStatePending)
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(5 * time.Second)
		asked := r.since(time.Time{}, "tasks")
		if len(asked) < 3 {
			t.Fatalf("%d calls", len(asked))
		}
		for i, want := range []int{50, 50, 20} {
			if n := len(asked[i].query.Services); n != want {
				t.Errorf("call %d asks for %d services", i, n)
			}
		}
	})
}

func TestActive_FollowsAServiceThatConverges(t *testing.T) {
	run(t, newSource(t, 2, 3, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(quiet)
		r.change("service", "service01", func() {
			n := uint64(8)
			for i, v := range r.services {
				if v.ID == "service01" {
					c := *v
					c.Version = r.bump()
					c.Spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &n}
					r.services[i] = &c
				}
			}
		})
		for slot := 4; slot <= 8; slot++ { // tasks start; no events tell of it
			time.Sleep(2 * time.Second)
			r.change("", "", func() { r.addTask("service01", slot, swarm.TaskStateRunning) })
			if d := r.until(3*time.Second, func(c *model.Cluster) bool { return up(c, "service01") == slot }); d > 1100*time.Millisecond {
				t.Errorf("replica %d is seen after %v", slot, d)
			}
		}
	})
}

func TestActive_WaitsForReasonsToBeTold(t *testing.T) {
	s := newSource(t, 5)
	for i := range 20 {
		s.addService(string(rune('a'+i)), 500, swarm.TaskStateNew)
	}
	realistic(s)
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(40 * time.Second)
		r.change("", "", func() {
			r.edit(func(*model.Task) bool { return true }, func(t *model.Task) {
				t.State, t.Err = swarm.TaskStatePending, "no suitable node"
			})
		})
		d := r.until(2*time.Minute, func(c *model.Cluster) bool {
			for i := range 20 {
				if c.Facts(model.ServiceID(rune('a'+i))).Worst == nil {
					return false
				}
			}
			return true
		})
		t.Logf("every reason known after %v", d)
	})
}

func TestActive_IsBoundedInBytes(t *testing.T) {
	s := newSource(t, 5)
	for i := range 20 {
		s.addService(string(rune('a'+i)), 500, swarm.TaskStatePending)
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		from := time.Now()
		for range max(20, testkit.Rounds(120)) { // everything changes all the time
			r.change("", "", func() { r.edit(func(*model.Task) bool { return true }, func(*model.Task) {}) })
			time.Sleep(5 * time.Second)
		}
		if _, b := r.cost(from); b > 200_000 {
			t.Errorf("%.0f bytes/s", b)
		}
	})
}

func TestStill_WhatIsWrongIsReadAgainBeforeWhatIsNot(t *testing.T) {
	s := newSource(t, 2, even(10, 3)...)
	s.addService("broken", 2, swarm.TaskStatePending)
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(3 * time.Minute)
		r.change("", "", func() {
			r.edit(func(t *model.Task) bool { return t.ServiceID == "broken" }, func(t *model.Task) { t.Err = "another reason" })
		})
		d := r.until(time.Minute, func(c *model.Cluster) bool { return c.Facts("broken").Worst.Err == "another reason" })
		t.Logf("another reason is seen after %v", d)
	})
}
