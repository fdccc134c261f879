package feed_test

import (
	"errors"
	"testing"
	"time"

	"skep/internal/feed"
	"skep/model"
)

var errRefused = errors.New("connection refused")

func TestOutage_KeepsTheSnapshotAndComesBack(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Second)
		r.set(func() { r.fails = func(string) error { return errRefused } })
		from := time.Now()
		r.loseEvents() // as when the engine dies
		time.Sleep(20 * time.Millisecond)
		c := r.snapshot()
		if c.Outage == nil || !errors.Is(c.Outage.Err, errRefused) || c.Outage.Waiting || up(c, "service00") != 3 {
			t.Fatalf("outage %+v, up %d", c.Outage, up(c, "service00"))
		}
		if d := time.Until(c.Outage.RetryAt); d <= 0 || d > 500*time.Millisecond {
			t.Errorf("next attempt in %v", d)
		}
		since := c.Outage.Since
		time.Sleep(3 * time.Minute)
		if c := r.snapshot(); c.Outage == nil || !c.Outage.Since.Equal(since) {
			t.Errorf("since %v, now %+v", since, c.Outage)
		}
		if _, long := r.gaps(from, "connect"); long < 20*time.Second || long > 31*time.Second {
			t.Errorf("longest pause %v", long)
		}
		if n := len(r.since(from, "connect")); n > 16 {
			t.Errorf("%d attempts in 3 minutes", n)
		}
		r.set(func() {
			r.fails = nil
			r.edit(func(t *model.Task) bool { return t.Slot == 1 }, func(t *model.Task) { t.State = "failed" })
		})
		r.until(31*time.Second, func(c *model.Cluster) bool { return c.Outage == nil })
		if c := r.snapshot(); up(c, "service00") != 2 || c.Session.Endpoint != "endpoint2" {
			t.Errorf("up %d, session %+v", up(c, "service00"), c.Session)
		}
		from = time.Now()
		r.change("service", "service00", func() {})
		time.Sleep(1200 * time.Millisecond)
		if len(r.since(from, "services")) == 0 {
			t.Error("events are not heard after the outage")
		}
	})
}

func TestOutage_BeforeAnythingWasReadIsASnapshot(t *testing.T) {
	s := newSource(t, 2, 3)
	refused := &model.Trouble{Situation: model.WorkerNode, Managers: []model.Manager{{Address: "10.0.0.1"}}}
	s.fails = func(string) error { return refused }
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		c := r.snapshot()
		if c == nil || c.Outage == nil || !errors.Is(c.Outage.Err, refused) || c.Ready() {
			t.Fatalf("snapshot %+v", c)
		}
		r.set(func() { r.fails = nil })
		r.until(31*time.Second, func(c *model.Cluster) bool { return c.Ready() && c.Outage == nil })
	})
}

func TestOutage_WithoutHopeWaitsForTheUser(t *testing.T) {
	s := newSource(t, 2, 3)
	s.fails = func(string) error { return &model.Trouble{Situation: model.UnknownContext} }
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Minute)
		if n := len(r.since(time.Time{}, "")); n != 1 {
			t.Errorf("%d attempts", n)
		}
		if o := r.snapshot().Outage; o == nil || !o.RetryAt.IsZero() {
			t.Errorf("outage %+v", o)
		}
		r.set(func() { r.fails = nil })
		r.Refresh()
		r.until(time.Second, (*model.Cluster).Ready)
	})
}

func TestOutage_RefreshTriesAtOnce(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		r.set(func() { r.fails = func(string) error { return errRefused } })
		time.Sleep(3 * time.Minute)
		r.set(func() { r.fails = nil })
		from := time.Now()
		r.Refresh()
		if d := r.until(time.Minute, func(c *model.Cluster) bool { return c.Outage == nil }); d > 100*time.Millisecond {
			t.Errorf("back after %v, attempts %+v", d, r.since(from, "connect"))
		}
	})
}

func TestOutage_LateAnswerShowsAsWaiting(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		hang := make(chan struct{})
		time.Sleep(10 * time.Second)
		r.set(func() { r.hang = hang })
		from := time.Now()
		r.Refresh()
		time.Sleep(1900 * time.Millisecond)
		if o := r.snapshot().Outage; o != nil {
			t.Errorf("too early: %+v", o)
		}
		time.Sleep(200 * time.Millisecond)
		o := r.snapshot().Outage
		if o == nil || !o.Waiting || o.Err != nil || o.Since.Before(from) || o.Since.After(from.Add(time.Millisecond)) {
			t.Fatalf("outage %+v", o)
		}
		r.SetInterest(model.InterestIn(model.NodeID("manager").Ref())) // never blocks
		time.Sleep(10 * time.Second)
		close(hang)
		r.set(func() { r.hang = nil })
		if d := r.until(time.Second, func(c *model.Cluster) bool { return c.Outage == nil }); d > 100*time.Millisecond {
			t.Errorf("still waiting after %v", d)
		}
		if n := len(r.since(from, "connect")); n != 0 {
			t.Error("a late answer is no reason to connect again")
		}
	})
}

func TestOutage_FlappingBacksOff(t *testing.T) {
	s := newSource(t, 2, 3)
	s.fails = func(what string) error {
		if what == "services" {
			return errRefused
		}
		return nil
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(time.Minute)
		from := time.Now()
		time.Sleep(5 * time.Minute)
		if n := len(r.since(from, "connect")); n > 16 {
			t.Errorf("%d connections in 5 minutes", n)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, c := range r.snapshots {
			if c.Ready() || c.Outage == nil {
				t.Fatal("shown as sound before everything was read")
			}
		}
	})
}

func TestTasks_OfWhatIsGoneAreNoOutage(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		r.SetInterest(model.InterestIn(model.NodeID("worker1").Ref()))
		time.Sleep(10 * time.Second)
		from := time.Now()
		r.change("", "", func() {
			r.nodes = r.nodes[:2]
			r.edit(func(t *model.Task) bool { return t.NodeID == "worker1" }, func(t *model.Task) { t.State = "orphaned" })
		})
		r.until(20*time.Second, func(c *model.Cluster) bool { return len(c.Nodes()) == 2 })
		time.Sleep(10 * time.Second)
		if r.snapshot().Outage != nil || len(r.since(from, "connect")) != 0 {
			t.Error("a node that was removed is no outage")
		}
	})
}

// TestOutage_AnotherSwarmIsToldByWhateverNoticesIt: the stream of events, or what
// the engine says of itself, may be the first to lead there.
func TestOutage_AnotherSwarmIsToldByWhateverNoticesIt(t *testing.T) {
	other := &model.Trouble{Situation: model.OtherSwarm, Cause: &model.OtherSwarmError{Shown: "A", Found: "B"}}
	for _, notices := range []string{"events", "complete", "services"} {
		t.Run(notices, func(t *testing.T) {
			s := newSource(t, 2, 3)
			run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
				time.Sleep(time.Minute)
				r.set(func() { r.fails = func(string) error { return errRefused } })
				r.loseEvents()
				time.Sleep(time.Second)
				r.set(func() {
					r.fails = func(what string) error {
						if what == notices {
							return other
						}
						return nil
					}
				})
				r.until(31*time.Second, func(c *model.Cluster) bool { return c.Outage != nil && model.AsOtherSwarm(c.Outage.Err) != nil })
				r.set(func() { r.fails = nil })
				r.until(31*time.Second, func(c *model.Cluster) bool { return c.Outage == nil })
			})
		})
	}
}

// TestConnections_AfterANewOneTheEngineIsAskedWhoItIs: an address may have come to
// lead to another manager of the swarm. It is not asked all the time.
func TestConnections_AfterANewOneTheEngineIsAskedWhoItIs(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(5 * time.Minute)
		if n := len(r.since(time.Time{}, "complete")); n != 1 {
			t.Errorf("asked %d times without a new connection", n)
		}
		from := time.Now()
		for range 10 {
			r.set(func() { r.connections++ })
			time.Sleep(6 * time.Second)
		}
		time.Sleep(3 * time.Minute)
		if n := len(r.since(from, "complete")); n != 2 {
			t.Errorf("asked %d times after new connections within a minute, want at once and after them", n)
		}
	})
}
