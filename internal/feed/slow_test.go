package feed_test

import (
	"errors"
	"testing"
	"time"

	"skep/internal/feed"
	"skep/model"
)

// TestSlow_EngineThatDoesNotSayWhatItIs: what takes so long is not on the
// screen, so nothing waits for it.
func TestSlow_EngineThatDoesNotSayWhatItIs(t *testing.T) {
	s := newSource(t, 2, 3)
	s.takes = func(what string, _ model.TaskQuery) time.Duration {
		if what == "complete" {
			return 30 * time.Second
		}
		return 5 * time.Millisecond
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		c := r.snapshot()
		if !c.Ready() || c.Outage != nil || c.Session.Endpoint != "endpoint1" || c.Session.Engine != "" {
			t.Fatalf("after a second: ready %v, outage %+v, session %+v", c.Ready(), c.Outage, c.Session)
		}
		if took := r.readAt()[0].Sub(r.since(time.Time{}, "connect")[0].at); took > 50*time.Millisecond {
			t.Errorf("the first rows took %v", took)
		}
		time.Sleep(28 * time.Second)
		if c := r.snapshot(); c.Outage != nil || time.Since(c.ServicesAt) > 7*time.Second {
			t.Errorf("meanwhile: outage %+v, services of %v", c.Outage, c.ServicesAt)
		}
		time.Sleep(2 * time.Second)
		if c := r.snapshot(); c.Session.Engine != "29.1.0" || len(r.since(time.Time{}, "complete")) != 1 {
			t.Errorf("session %+v", c.Session)
		}
	})
}

func TestSlow_EngineThatRefusesToSayWhatItIs(t *testing.T) {
	s := newSource(t, 2, 3)
	s.fails = func(what string) error {
		if what == "complete" {
			return errors.New("forbidden by the proxy")
		}
		return nil
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(3 * time.Minute)
		if c := r.snapshot(); !c.Ready() || c.Outage != nil {
			t.Errorf("outage %+v", c.Outage)
		}
		if n := len(r.since(time.Time{}, "complete")); n > 4 {
			t.Errorf("asked %d times in 3 minutes", n)
		}
	})
}

// TestSlow_LongList has all tasks on the screen, which take ten minutes to
// arrive: they do, once, and the services and nodes pass beside them.
func TestSlow_LongList(t *testing.T) {
	s := newSource(t, 2, 3)
	s.takes = func(what string, q model.TaskQuery) time.Duration {
		if what == "tasks" && q.All() {
			return 10 * time.Minute
		}
		return 100 * time.Millisecond
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		r.SetInterest(model.InterestIn(model.KindTask.All()))
		from := time.Now()
		for range 9 {
			time.Sleep(time.Minute)
			c := r.snapshot()
			if time.Since(c.ServicesAt) > 7*time.Second || time.Since(c.NodesAt) > 16*time.Second {
				t.Fatalf("services of %v, nodes of %v at %v", c.ServicesAt, c.NodesAt, time.Now())
			}
			if o := c.Outage; o == nil || !o.Waiting || o.For != "the tasks" || o.Since.Sub(from) > time.Second {
				t.Fatalf("outage %+v", o)
			}
		}
		time.Sleep(time.Minute + time.Second)
		c := r.snapshot()
		if _, read := c.TasksOf("service00"); c.Outage != nil || read.Before(from.Add(9*time.Minute)) {
			t.Errorf("outage %+v, tasks of %v", c.Outage, read)
		}
		if n := len(r.since(from, "tasks")); n != 1 || len(r.since(from, "connect")) != 0 {
			t.Errorf("asked %d times", n)
		}
		// The connection is free for as long as it was taken.
		time.Sleep(9 * time.Minute)
		for _, q := range r.since(from.Add(time.Second), "tasks") {
			if q.query.All() {
				t.Errorf("asked again too soon, at %v", q.at)
			}
		}
	})
}

// TestSlow_StartSaysWhatItWaitsFor within a second, until it comes.
func TestSlow_StartSaysWhatItWaitsFor(t *testing.T) {
	for _, what := range []struct{ request, word string }{
		{"connect", "the engine"}, {"services", "the services"}, {"nodes", "the nodes"},
	} {
		s := newSource(t, 2, 3)
		s.takes = func(request string, _ model.TaskQuery) time.Duration {
			if request == what.request {
				return 20 * time.Second
			}
			return 0
		}
		run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
			began := r.since(time.Time{}, what.request)[0].at
			time.Sleep(100 * time.Millisecond)
			for range 18 {
				c := r.snapshot()
				if c == nil || c.Outage == nil || !c.Outage.Waiting || c.Outage.For != what.word || !c.Outage.Since.Equal(began) {
					t.Fatalf("%s: snapshot %+v", what.request, c)
				}
				time.Sleep(time.Second)
			}
			if took := r.until(3*time.Second, (*model.Cluster).Ready); r.snapshot().Outage != nil {
				t.Errorf("%s: after %v still %+v", what.request, took, r.snapshot().Outage)
			}
		})
	}
}

// TestSlow_WhatBelongsToAFormerConnectionCountsForNothing: a list that fails
// takes those beside it with it.
func TestSlow_WhatBelongsToAFormerConnectionCountsForNothing(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Second)
		r.set(func() {
			r.takes = func(what string, _ model.TaskQuery) time.Duration {
				return map[string]time.Duration{"nodes": time.Minute}[what]
			}
			r.fails = func(what string) error {
				if what == "services" {
					return errRefused
				}
				return nil
			}
		})
		from := time.Now()
		r.Refresh()
		time.Sleep(1300 * time.Millisecond) // The services pass beside the nodes.
		if o := r.snapshot().Outage; o == nil || !errors.Is(o.Err, errRefused) {
			t.Fatalf("outage %+v", o)
		}
		r.set(func() { r.fails, r.takes = nil, nil })
		r.until(2*time.Second, func(c *model.Cluster) bool { return c.Outage == nil })
		if n := len(r.since(from, "connect")); n != 1 {
			t.Errorf("connected %d times", n)
		}
	})
}
