package feed_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skep/internal/feed"
	"skep/model"
)

func TestFeed_SubscribesThenLists(t *testing.T) {
	run(t, newSource(t, 2, 3, 2), feed.Options{}, func(t *testing.T, r *rig) {
		c := r.snapshot()
		if !c.Ready() || c.Outage != nil || len(c.Services()) != 2 || up(c, "service00") != 3 {
			t.Fatalf("first snapshot: ready %v, outage %v", c.Ready(), c.Outage)
		}
		if c.Session.Endpoint != "endpoint1" {
			t.Errorf("session: %+v", c.Session)
		}
		var order []string
		for _, q := range r.since(time.Time{}, "") {
			order = append(order, q.what)
		}
		if want := "connect events nodes services"; strings.Join(order[:4], " ") != want {
			t.Errorf("requests %v, want %s", order, want)
		}
	})
}

func TestNext_WaitsForNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := feed.New(newSource(t, 0), feed.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if c, n, err := f.Next(ctx, 0); c != nil || n != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before Run: %v %d %v", c, n, err)
		}
		running, stop := context.WithCancel(t.Context())
		go f.Run(running)
		first, n, err := f.Next(t.Context(), 0)
		if err != nil || first == nil || n == 0 {
			t.Fatal(first, n, err)
		}
		again, same, _ := f.Next(t.Context(), 0)
		if again != first && same == n {
			t.Error("two snapshots of one number")
		}
		second, n2, err := f.Next(t.Context(), n)
		if err != nil || second == first || n2 <= n {
			t.Errorf("%p %d after %p %d: %v", second, n2, first, n, err)
		}
		stop()
	})
}

// TestFirst_ComesWithoutAPause: what a screen or a command begins with is there as
// soon as it was read, however seldom snapshots come afterwards.
func TestFirst_ComesWithoutAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := feed.New(withNetworks(t, "front"), feed.Options{Slow: true})
		running, stop := context.WithCancel(t.Context())
		defer stop()
		f.SetInterest(model.InterestIn(model.KindTask.All(), model.KindNetwork.All()))
		go f.Run(running)
		var ready time.Time
		for seen := uint64(0); ; {
			c, n, err := f.Next(t.Context(), seen)
			if err != nil {
				t.Fatal(err)
			}
			if seen = n; c.Ready() && ready.IsZero() {
				ready = time.Now()
			}
			if c.Ready() && c.Explained() && c.Set(model.KindNetwork).Known() {
				break
			}
		}
		if after := time.Since(ready); after > 100*time.Millisecond {
			t.Errorf("the tasks and the networks were published %v after the services", after)
		}
	})
}

func TestLook_AsksForTheTasksOnTheScreen(t *testing.T) {
	run(t, newSource(t, 2, 3, 2, 4), feed.Options{}, func(t *testing.T, r *rig) {
		for _, look := range []struct {
			at   model.Interest
			want func(model.TaskQuery) bool
		}{
			{model.InterestIn(model.ServiceID("service01").Ref()), func(q model.TaskQuery) bool { return len(q.Services) == 1 && q.Services[0] == "service01" }},
			{model.InterestIn(model.NodeID("worker1").Ref()), func(q model.TaskQuery) bool { return q.Node == "worker1" }},
			{model.InterestIn(model.KindTask.All()), model.TaskQuery.All},
		} {
			time.Sleep(20 * time.Second)
			from := time.Now()
			r.SetInterest(look.at)
			time.Sleep(150 * time.Millisecond)
			asked := r.since(from, "tasks")
			if len(asked) != 1 || !look.want(asked[0].query) {
				t.Errorf("look at %+v: asked for %+v", look.at, asked)
			}
		}
		tasks, at := r.snapshot().Tasks()
		if len(tasks) != 9 || at.IsZero() {
			t.Errorf("%d tasks at %v", len(tasks), at)
		}
	})
}
