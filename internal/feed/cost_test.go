package feed_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/feed"
	"skep/internal/testkit"
	"skep/model"
)

// even is so many services of so many replicas.
func even(services, replicas int) []int {
	out := make([]int, services)
	for i := range out {
		out[i] = replicas
	}
	return out
}

// realistic is how long requests take at 10,000 tasks, as measured.
func realistic(s *source) {
	s.takes = func(what string, q model.TaskQuery) time.Duration {
		switch {
		case what == "services":
			return 60 * time.Millisecond
		case what != "tasks":
			return 2 * time.Millisecond
		case q.All():
			return 500 * time.Millisecond
		case q.Node != "":
			return 50 * time.Millisecond
		default:
			return time.Duration(len(q.Services)) * 25 * time.Millisecond
		}
	}
}

// cost is the requests and bytes a second since a time.
func (r *rig) cost(from time.Time) (requests, bytes float64) {
	for _, q := range r.since(from, "") {
		requests++
		bytes += float64(q.bytes)
	}
	s := time.Since(from).Seconds()
	return requests / s, bytes / s
}

func TestCost_IdleIsWithinTheBudget(t *testing.T) {
	const requests, bytes = 0.5, 5000
	for _, c := range []struct {
		name   string
		make   func(t *testing.T) *source
		warmUp time.Duration // until the first look at everything is over
	}{
		{"10,000 tasks in order", func(t *testing.T) *source { return newSource(t, 5, even(20, 500)...) }, 0},
		{"10,000 tasks pending", func(t *testing.T) *source {
			s := newSource(t, 5)
			for i := range 20 {
				s.addService(string(rune('a'+i)), 500, swarm.TaskStatePending)
			}
			return s
		}, 2 * time.Minute},
		{"small", func(t *testing.T) *source { return newSource(t, 2, even(5, 3)...) }, 0},
		{"40 services with heavy labels", func(t *testing.T) *source {
			s := newSource(t, 2, even(40, 3)...)
			s.labels = 118 << 10
			return s
		}, time.Minute},
		{"small with a service down", func(t *testing.T) *source {
			s := newSource(t, 2, even(5, 3)...)
			s.addService("broken", 2, swarm.TaskStatePending)
			return s
		}, 2 * time.Minute},
		{"a node down for long", func(t *testing.T) *source {
			s := newSource(t, 5, even(20, 500)...)
			for _, n := range s.nodes {
				if n.ID == "worker3" {
					n.Status.State = swarm.NodeStateDown
				}
			}
			s.edit(func(t *model.Task) bool { return t.NodeID == "worker3" }, func(t *model.Task) { t.Desired = swarm.TaskStateShutdown })
			for _, v := range s.services {
				for slot := range 500 {
					if s.nodes[(slot+1)%6].ID == "worker3" {
						s.addTask(v.Key(), slot+1, swarm.TaskStateRunning).NodeID = "worker1"
					}
				}
			}
			return s
		}, 2 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.make(t)
			realistic(s)
			run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
				time.Sleep(c.warmUp)
				from := time.Now()
				time.Sleep(time.Duration(max(4, testkit.Rounds(10))) * time.Minute)
				n, b := r.cost(from)
				t.Logf("%.2f requests/s, %.0f bytes/s", n, b)
				if n > requests || b > bytes {
					t.Errorf("%.2f requests/s, %.0f bytes/s", n, b)
					count := map[string]float64{}
					size := map[string]float64{}
					for _, q := range r.since(from, "") {
						what := q.what
						if q.query.Node != "" {
							what = "node"
						}
						count[what]++
						size[what] += float64(q.bytes) / time.Since(from).Seconds()
					}
					t.Log(count, size)
				}
			})
		})
	}
}

// TestHeavy_CountsStayTrue: where the list of services is too dear to be read
// often, what changes without an event shows all the same, and what an event
// tells shows soon.
func TestHeavy_CountsStayTrue(t *testing.T) {
	s := newSource(t, 2, even(40, 3)...)
	s.labels = 118 << 10
	run(t, s, feed.Options{}, func(t *testing.T, r *rig) {
		time.Sleep(3 * time.Minute)
		r.change("", "", func() {
			r.edit(func(t *model.Task) bool { return t.ServiceID == "service07" && t.Slot == 2 }, func(t *model.Task) { t.State = swarm.TaskStateFailed })
		})
		if took := r.until(90*time.Second, func(c *model.Cluster) bool { return up(c, "service07") == 2 }); took > time.Minute {
			t.Errorf("a task that failed showed after %v", took)
		}
		time.Sleep(time.Minute)
		for range 30 {
			time.Sleep(time.Second)
			if c := r.snapshot(); time.Since(c.At) > 12*time.Second {
				t.Fatalf("at %v the newest snapshot is of %v", time.Now(), c.At)
			}
		}
		from := time.Now()
		r.change("service", "service11", func() {
			n, v := uint64(4), *r.services[11]
			v.Spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &n}
			v.Version = r.bump()
			r.services[11] = &v
			r.addTask("service11", 4, swarm.TaskStateRunning)
		})
		if took := r.until(10*time.Second, func(c *model.Cluster) bool { return up(c, "service11") == 4 }); took > 6*time.Second {
			t.Errorf("a scale showed after %v", took)
		}
		time.Sleep(time.Minute)
		if n := len(r.since(from, "services")); n > 2 {
			t.Errorf("the services were listed %d times in a minute after one event", n)
		}
	})
}
