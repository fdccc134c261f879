package simswarm

import (
	"net/netip"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// change updates the service.
func (b *bench) change(id string, f func(*swarm.ServiceSpec)) {
	b.t.Helper()
	var s swarm.Service
	b.call("GET", "/services/"+id, nil, &s)
	f(&s.Spec)
	b.call("POST", "/services/"+id+"/update?version="+s.Version.String(), s.Spec, nil)
}

func (b *bench) updateState(id string) swarm.UpdateState {
	b.t.Helper()
	var s swarm.Service
	b.call("GET", "/services/"+id, nil, &s)
	if s.UpdateStatus == nil {
		return ""
	}
	return s.UpdateStatus.State
}

func toImage2(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Image = "app:2" }

// fresh counts the running tasks of app:2.
func (b *bench) fresh(id string) int {
	b.t.Helper()
	n := 0
	for _, t := range b.tasks(id) {
		if t.Status.State == swarm.TaskStateRunning && t.Spec.ContainerSpec.Image == "app:2" {
			n++
		}
	}
	return n
}

func TestUpdate_ParallelismAndDelay(t *testing.T) {
	tests := []struct {
		name        string
		parallelism uint64
		after       map[time.Duration]int // new tasks by the time
	}{
		{"one by one", 1, map[time.Duration]int{10 * time.Second: 1, 40 * time.Second: 2, 75 * time.Second: 3}},
		{"two at a time", 2, map[time.Duration]int{10 * time.Second: 2, 40 * time.Second: 4}},
		{"all at once", 0, map[time.Duration]int{10 * time.Second: 6}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for at, want := range tt.after {
				b := newBench(t)
				id := b.run("web", 6, lives, func(s *swarm.ServiceSpec) {
					s.UpdateConfig = &swarm.UpdateConfig{Parallelism: tt.parallelism, Delay: 30 * time.Second}
				})
				b.clock.Advance(10 * time.Second)
				b.change(id, toImage2)
				b.clock.Advance(at)
				if got := b.fresh(id); got != want {
					t.Errorf("after %v: %d tasks of the new image, want %d", at, got, want)
				}
			}
		})
	}
}

func TestUpdate_MaxFailureRatio(t *testing.T) {
	for ratio, want := range map[float32]swarm.UpdateState{0.3: swarm.UpdateStatePaused, 1: swarm.UpdateStateCompleted} {
		b := newBench(t)
		id := b.run("web", 4, lives, func(s *swarm.ServiceSpec) {
			s.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, MaxFailureRatio: ratio}
		})
		b.clock.Advance(10 * time.Second)
		b.change(id, func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Args = []string{"false"} })
		b.clock.Advance(2 * time.Minute)
		if got := b.updateState(id); got != want {
			t.Errorf("ratio %v: %s, want %s", ratio, got, want)
		}
	}
}

// TestUpdate_MonitorsAfterTheLastTask: a failure within the period counts, one
// after it does not.
func TestUpdate_MonitorsAfterTheLastTask(t *testing.T) {
	for script, want := range map[string]swarm.UpdateState{
		"sleep 20; exit 1": swarm.UpdateStatePaused, "sleep 60; exit 1": swarm.UpdateStateCompleted,
	} {
		b := newBench(t)
		id := b.run("web", 1, lives, func(s *swarm.ServiceSpec) {
			s.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, Monitor: 30 * time.Second}
		})
		b.clock.Advance(10 * time.Second)
		b.change(id, func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Args = []string{"sh", "-c", script} })
		b.clock.Advance(100 * time.Second)
		if got := b.updateState(id); got != want {
			t.Errorf("%s: %s, want %s", script, got, want)
		}
	}
}

// TestUpdate_WedgedByAPendingTask: the updater has no timeout.
func TestUpdate_WedgedByAPendingTask(t *testing.T) {
	b := newBench(t)
	id := b.run("web", 3, lives)
	b.clock.Advance(10 * time.Second)
	b.change(id, func(s *swarm.ServiceSpec) {
		s.TaskTemplate.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{NanoCPUs: 64e9}}
	})
	b.clock.Advance(24 * time.Hour)
	if got := b.updateState(id); got != swarm.UpdateStateUpdating {
		t.Errorf("state %s, want updating for ever", got)
	}
	if got := b.count(id, swarm.TaskStateRunning, swarm.TaskStateRunning); got != 2 {
		t.Errorf("%d tasks run, want the two that the update did not reach", got)
	}
}

// TestHealth_DelaysRunning: a task with a health check is starting until the
// check has passed once.
func TestHealth_DelaysRunning(t *testing.T) {
	b := newBench(t)
	id := b.run("web", 1, lives, func(s *swarm.ServiceSpec) {
		s.TaskTemplate.ContainerSpec.Healthcheck = &container.HealthConfig{Test: []string{"CMD", "true"}, Interval: 20 * time.Second}
	})
	b.clock.Advance(15 * time.Second)
	if got := b.tasks(id)[0].Status.State; got != swarm.TaskStateStarting {
		t.Errorf("after 15 s the task is %s, want starting", got)
	}
	b.clock.Advance(10 * time.Second)
	if got := b.tasks(id)[0].Status.State; got != swarm.TaskStateRunning {
		t.Errorf("after 25 s the task is %s, want running", got)
	}
}

func TestRestart_Delay(t *testing.T) {
	b := newBench(t)
	delay := 30 * time.Second
	id := b.run("web", 1, "exit 1", func(s *swarm.ServiceSpec) {
		s.TaskTemplate.RestartPolicy = &swarm.RestartPolicy{Delay: &delay}
	})
	b.clock.Advance(10 * time.Second)
	list := b.tasks(id)
	if len(list) != 2 || b.count(id, swarm.TaskStateReady, swarm.TaskStateReady) != 1 {
		t.Errorf("%d tasks, want one failed and one that waits", len(list))
	}
	b.clock.Advance(10 * time.Minute)
	if n := len(b.tasks(id)); n != 5 {
		t.Errorf("the history has %d tasks, want 5", n)
	}
}

// TestAddresses_Exhausted: without an address a task stays new, with no error.
func TestAddresses_Exhausted(t *testing.T) {
	b := newBench(t)
	b.call("POST", "/networks/create", network.CreateRequest{Name: "tiny", Driver: "overlay", IPAM: &network.IPAM{
		Config: []network.IPAMConfig{{Subnet: netip.MustParsePrefix("10.99.0.0/29")}},
	}}, nil)
	id := b.run("web", 8, lives, func(s *swarm.ServiceSpec) {
		s.TaskTemplate.Networks = []swarm.NetworkAttachmentConfig{{Target: "tiny"}}
	})
	b.clock.Advance(time.Minute)
	stuck := 0
	for _, x := range b.tasks(id) {
		if x.Status.State == swarm.TaskStateNew && x.Status.Message == "created" && x.Status.Err == "" {
			stuck++
		}
	}
	// A /29 has six addresses: the gateway, the service and four tasks.
	if stuck != 4 {
		t.Errorf("%d tasks without an address, want 4", stuck)
	}
}

func TestGlobalJob_RunsOnceANode(t *testing.T) {
	b := newBench(t)
	id := b.run("once", 1, "sleep 2", func(s *swarm.ServiceSpec) { s.Mode = swarm.ServiceMode{GlobalJob: &swarm.GlobalJob{}} })
	b.clock.Advance(time.Minute)
	if got := b.count(id, swarm.TaskStateComplete, swarm.TaskStateComplete); got != 3 {
		t.Errorf("%d tasks complete, want one on each of 3 nodes", got)
	}
	if st := b.status(id); st.CompletedTasks != 3 || st.DesiredTasks != 0 {
		t.Errorf("counts %+v", st)
	}
}

func TestRequests_AreCounted(t *testing.T) {
	b := newBench(t)
	b.try("GET", "/v1.41/services?status=true", nil)
	b.try("GET", "/nothing", nil)
	got := b.Requests()
	if len(got) != 2 || got[0] != "GET /services?status=true" || got[1] != "GET /nothing" {
		t.Errorf("requests %q", got)
	}
	b.ResetRequests()
	if len(b.Requests()) != 0 {
		t.Error("the requests are still there")
	}
}

// TestRollback_OfAPausedUpdate: whenever it comes, it leads to the old release,
// one task a slot, in a few seconds.
func TestRollback_OfAPausedUpdate(t *testing.T) {
	for at := time.Duration(0); at < 3*time.Second; at += 23 * time.Millisecond {
		b := newBench(t)
		delay := 500 * time.Millisecond
		id := b.run("web", 3, lives, func(s *swarm.ServiceSpec) {
			s.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, Monitor: 2 * time.Second}
			s.RollbackConfig = s.UpdateConfig
			s.TaskTemplate.RestartPolicy = &swarm.RestartPolicy{Delay: &delay}
		})
		b.clock.Advance(10 * time.Second)
		b.change(id, func(s *swarm.ServiceSpec) {
			s.TaskTemplate.ContainerSpec.Args = []string{"sh", "-c", "sleep 0.3; exit 3"}
		})
		b.clock.Advance(5*time.Second + at)
		if got := b.updateState(id); got != swarm.UpdateStatePaused {
			t.Fatalf("state %s, want paused", got)
		}
		var s swarm.Service
		b.call("GET", "/services/"+id, nil, &s)
		b.call("POST", "/services/"+id+"/update?rollback=previous&version="+s.Version.String(), s.Spec, nil)
		b.clock.Advance(10 * time.Second)
		if got := b.updateState(id); got != swarm.UpdateStateRollbackCompleted {
			t.Errorf("after %v: state %s, want rollback_completed", at, got)
		}
		if got := b.count(id, swarm.TaskStateRunning, swarm.TaskStateRunning); got != 3 {
			t.Errorf("after %v: %d tasks run, want 3", at, got)
		}
	}
}
