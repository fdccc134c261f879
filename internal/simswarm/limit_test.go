package simswarm

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// refuses sends a request that has to be refused with the text, and sees that
// the swarm goes on.
func (b *bench) refuses(method, path string, body any, status int, text string) {
	b.t.Helper()
	got, data := b.try(method, path, body)
	if got != status || !strings.Contains(data, text) {
		b.t.Errorf("%s %s: %d %s, want %d %s", method, path, got, data, status, text)
	}
	b.call("GET", "/services", nil, nil)
}

// TestLimits_Refused: what the simulation cannot do is said, not tried.
func TestLimits_Refused(t *testing.T) {
	b := newBench(t)
	subnet := func(name, subnet string) map[string]any {
		return map[string]any{"Name": name, "Driver": "overlay", "IPAM": map[string]any{"Config": []any{map[string]any{"Subnet": subnet}}}}
	}
	b.refuses("POST", "/networks/create", subnet("six", "fd00:1::/64"), 501, "the demo swarm has IPv4 networks only")
	b.call("POST", "/networks/create", subnet("all", "10.0.0.0/8"), nil)
	b.refuses("POST", "/networks/create", map[string]any{"Name": "more", "Driver": "overlay"}, 500,
		"could not find an available, non-overlapping IPv4 address pool")

	const tooMany = "the demo swarm runs at most 100000 tasks of a service"
	id := b.run("web", 1, lives)
	var svc swarm.Service
	b.call("GET", "/services/"+id, nil, &svc)
	n := uint64(math.MaxUint64)
	svc.Spec.Mode.Replicated.Replicas = &n
	b.refuses("POST", "/services/"+id+"/update?version="+svc.Version.String(), svc.Spec, 400, tooMany)
	for _, j := range []swarm.ReplicatedJob{{MaxConcurrent: &n}, {TotalCompletions: &n}} {
		spec := swarm.ServiceSpec{Annotations: swarm.Annotations{Name: "job"}, Mode: swarm.ServiceMode{ReplicatedJob: &j}}
		spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: "app:1"}
		b.refuses("POST", "/services/create", spec, 400, tooMany)
	}
}

// TestLock_OutlivesAPanic: net/http goes on after a handler that panics, and so
// has the swarm.
func TestLock_OutlivesAPanic(t *testing.T) {
	b := newBench(t)
	panics := func(f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		f()
	}
	panics(func() { _, _ = locked(b.Swarm, func() (int, error) { panic("in a handler") }) })
	b.call("GET", "/services", nil, nil)
	panics(func() {
		_, _ = locked(b.Swarm, func() (int, error) { b.after(0, func() { panic("in a job") }); return 0, nil })
	})
	b.call("GET", "/services", nil, nil)
	b.mu.Lock()
	b.after(-time.Second, func() { panic("in a job of the past") })
	b.mu.Unlock()
	panics(func() { b.call("GET", "/services", nil, nil) })
	b.call("GET", "/services", nil, nil)
}
