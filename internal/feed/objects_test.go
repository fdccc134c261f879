package feed_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/feed"
	"skep/internal/testkit"
	"skep/model"
)

// withNetworks is a source with a network.
func withNetworks(t *testing.T, names ...string) *source {
	s := newSource(t, 2, 3)
	s.objects = map[model.Kind][]model.Object{}
	for _, n := range names {
		s.objects[model.KindNetwork] = append(s.objects[model.KindNetwork], testkit.Network(n))
	}
	return s
}

func TestObjects_AreReadOnlyWhileTheyAreOnTheScreen(t *testing.T) {
	run(t, withNetworks(t, "front"), feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(10 * time.Minute)
		r.change("network", "front-id", func() {})
		time.Sleep(time.Minute)
		if n := len(r.since(time.Time{}, "network")); n > 0 {
			t.Errorf("the networks were read %d times although nobody looks", n)
		}
		r.SetInterest(model.InterestIn(model.KindNetwork.All()))
		d := r.until(time.Second, func(c *model.Cluster) bool { return c.Set(model.KindNetwork).Len() == 1 })
		t.Logf("read after %v", d)
		from := time.Now()
		time.Sleep(10 * time.Minute)
		if n := len(r.since(from, "network")); n < 15 || n > 21 {
			t.Errorf("the networks were read %d times in ten minutes without a change", n)
		}
		r.SetInterest(model.InterestIn(model.Ref{Kind: model.KindNetwork, ID: "front-id"}))
		from = time.Now()
		time.Sleep(time.Minute)
		if n := len(r.since(from, "network")); n < 1 {
			t.Error("what one of them is described from was not read")
		}
		r.SetInterest(model.Interest{})
		time.Sleep(time.Second) // One may be on its way.
		from = time.Now()
		time.Sleep(10 * time.Minute)
		if n := len(r.since(from, "network")); n > 0 {
			t.Errorf("the networks were read %d times after the screen was left", n)
		}
		if c := r.snapshot(); c.Set(model.KindNetwork).Len() != 1 {
			t.Error("what was known of the networks is gone")
		}
	})
}

// A task that gets no address makes the networks worth reading on any screen, so that the
// full one is told by its name.
func TestObjects_NetworksAreReadForATaskWithoutAddress(t *testing.T) {
	run(t, withNetworks(t, "front"), feed.Options{}, func(t *testing.T, r *rig) {
		r.SetInterest(model.Interest{})
		time.Sleep(time.Minute)
		r.change("service", string(r.services[0].Key()), func() {
			waits := *r.tasks[0]
			waits.State, waits.NodeID, waits.Addresses, waits.CreatedAt, waits.Version = swarm.TaskStateNew, "", "", time.Now(), waits.Version+1
			r.tasks[0] = &waits
		})
		d := r.until(20*time.Second, func(c *model.Cluster) bool { return c.Set(model.KindNetwork).Len() == 1 })
		t.Logf("read after %v", d)
	})
}

func TestObjects_FollowEvents(t *testing.T) {
	run(t, withNetworks(t, "front"), feed.Options{}, func(t *testing.T, r *rig) {
		r.SetInterest(model.InterestIn(model.KindNetwork.All()))
		r.until(time.Second, func(c *model.Cluster) bool { return c.Set(model.KindNetwork).Len() == 1 })
		time.Sleep(5 * time.Second)
		r.change("network", "back-id", func() {
			r.objects[model.KindNetwork] = append(r.objects[model.KindNetwork], testkit.Network("back"))
		})
		d := r.until(time.Second, func(c *model.Cluster) bool { return c.Set(model.KindNetwork).Len() == 2 })
		t.Logf("seen after %v", d)
	})
}

func TestObjects_OneThatCannotBeReadEmptiesNothing(t *testing.T) {
	s := withNetworks(t, "front")
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		r.SetInterest(model.InterestIn(model.KindNetwork.All()))
		r.until(time.Second, func(c *model.Cluster) bool { return c.Set(model.KindNetwork).Len() == 1 })
		refused := fmt.Errorf("list the networks: %w", model.ErrGone)
		r.set(func() {
			r.fails = func(what string) error {
				if what == "network" {
					return refused
				}
				return nil
			}
		})
		time.Sleep(time.Second)
		r.Refresh()
		r.until(2*time.Second, func(c *model.Cluster) bool { return errors.Is(c.Set(model.KindNetwork).Err, refused) })
		from := time.Now()
		for range 60 {
			time.Sleep(5 * time.Second)
			c := r.snapshot()
			if c.Outage != nil || len(c.Services()) != 1 || len(c.Nodes()) != 3 {
				t.Fatalf("the rest of the swarm: outage %v, %d services, %d nodes", c.Outage, len(c.Services()), len(c.Nodes()))
			}
			if c.Set(model.KindNetwork).Len() != 1 {
				t.Fatal("what was known of the networks is gone")
			}
		}
		if n := len(r.since(from, "network")); n < 10 || n > 60 {
			t.Errorf("%d attempts in five minutes", n)
		}
		r.set(func() { r.fails = nil })
		r.Refresh()
		r.until(2*time.Second, func(c *model.Cluster) bool { return c.Set(model.KindNetwork).Err == nil })
	})
}
