package feed_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/feed"
	"skep/model"
)

// quiet is some time after which no poll is due at once.
const quiet = 21500 * time.Millisecond

func TestEvents_AreGatheredAndFollowed(t *testing.T) {
	run(t, newSource(t, 2, 3, 2), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(quiet)
		from := time.Now()
		for range 100 {
			r.change("service", "service01", func() {})
		}
		time.Sleep(140 * time.Millisecond)
		if early := r.since(from, ""); len(early) > 0 {
			t.Errorf("within the debounce: %+v", early)
		}
		time.Sleep(60 * time.Millisecond)
		if n := len(r.since(from, "services")); n != 1 {
			t.Errorf("%d lists of services after 100 events", n)
		}
		asked := r.since(from, "tasks")
		if len(asked) != 1 || len(asked[0].query.Services) != 1 || asked[0].query.Services[0] != "service01" {
			t.Errorf("tasks asked for: %+v", asked)
		}
	})
}

func TestEvents_OfNodesListNodesAndServices(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(quiet)
		from := time.Now()
		r.change("node", "worker0", func() {})
		time.Sleep(200 * time.Millisecond)
		if n, s := len(r.since(from, "nodes")), len(r.since(from, "services")); n != 1 || s != 1 {
			t.Errorf("%d lists of nodes and %d of services", n, s)
		}
	})
}

func TestEvents_MayStallWithoutHarm(t *testing.T) {
	s := newSource(t, 2, 3)
	s.mute = true
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(quiet)
		r.change("service", "service00", func() {
			r.edit(func(t *model.Task) bool { return t.Slot == 1 }, func(t *model.Task) { t.State = swarm.TaskStateFailed })
		})
		if d := r.until(10*time.Second, func(c *model.Cluster) bool { return up(c, "service00") == 2 }); d > 5*time.Second {
			t.Errorf("seen after %v", d)
		}
	})
}

func TestEvents_LostStreamIsReopened(t *testing.T) {
	run(t, newSource(t, 2, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(quiet)
		from := time.Now()
		r.loseEvents()
		time.Sleep(100 * time.Millisecond)
		if len(r.since(from, "services")) != 1 || len(r.since(from, "nodes")) != 1 {
			t.Error("what may have been missed was not listed")
		}
		time.Sleep(time.Second)
		if n := len(r.since(from, "events")); n != 1 {
			t.Errorf("opened %d times", n)
		}
		if r.snapshot().Outage != nil {
			t.Error("a lost stream alone is no outage")
		}
		from = time.Now()
		r.change("service", "service00", func() {})
		time.Sleep(200 * time.Millisecond)
		if len(r.since(from, "services")) != 1 {
			t.Error("the new stream is not heard")
		}
	})
}

func TestEvents_RefusedForGoodCostLittle(t *testing.T) {
	s := newSource(t, 2, 3)
	s.fails = func(what string) error {
		if what == "events" {
			return errRefused
		}
		return nil
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(5 * time.Minute)
		from := time.Now()
		time.Sleep(5 * time.Minute)
		if n := len(r.since(from, "events")); n > 16 {
			t.Errorf("tried %d times in 5 minutes", n)
		}
		if n, _ := r.cost(from); n > 0.5 {
			t.Errorf("%.2f requests/s", n)
		}
		if c := r.snapshot(); c.Outage != nil || time.Since(c.ServicesAt) > 6*time.Second {
			t.Errorf("outage %v, services %v old", c.Outage, time.Since(c.ServicesAt))
		}
	})
}

func TestEvents_DuringAListAreNotLost(t *testing.T) {
	s := newSource(t, 2, 3)
	s.takes = func(what string, _ model.TaskQuery) time.Duration {
		if what == "services" {
			return 400 * time.Millisecond
		}
		return 0
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(quiet)
		r.change("service", "service00", func() {})
		time.Sleep(300 * time.Millisecond) // the list is on its way
		from := time.Now()
		r.change("service", "service00", func() {})
		time.Sleep(10 * time.Second)
		if len(r.since(from, "services")) == 0 {
			t.Error("the event was swallowed by the list that it missed")
		}
	})
}

func TestCounts_ThatChangeAreAHint(t *testing.T) {
	run(t, newSource(t, 2, 3, 3), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(quiet)
		from := time.Now()
		r.change("", "", func() { // no event, and nothing wrong with the service
			for i, v := range r.services {
				if v.ID == "service01" {
					c := *v
					c.Version = r.bump()
					r.services[i] = &c
				}
			}
		})
		time.Sleep(6 * time.Second)
		asked := r.since(from, "tasks")
		if len(asked) == 0 || asked[0].query.Services[0] != "service01" {
			t.Errorf("tasks asked for: %+v", asked)
		}
		if n := len(r.since(from, "services")); n < 2 {
			t.Errorf("%d lists of services", n)
		}
	})
}

func TestEvents_ListsDoNotWaitForThemForLong(t *testing.T) {
	s := newSource(t, 2, 3)
	s.takes = func(what string, _ model.TaskQuery) time.Duration {
		if what == "events" {
			return 3500 * time.Millisecond
		}
		return 0
	}
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(100 * time.Millisecond)
		if !r.snapshot().Ready() {
			t.Error("nothing is shown while events are waited for")
		}
		time.Sleep(1500 * time.Millisecond)
		from := time.Now()
		time.Sleep(time.Second) // the stream opens; what it missed is not known
		if len(r.since(from, "services")) == 0 || len(r.since(from, "nodes")) == 0 {
			t.Error("nothing was listed after the stream had opened late")
		}
	})
}
