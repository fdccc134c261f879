package simswarm

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
	"go.uber.org/goleak"

	"skep/internal/testkit"
)

func TestMain(m *testing.M) {
	testkit.LetGarbageBe()
	goleak.VerifyTestMain(m)
}

// epoch is when the swarms of the tests begin.
var epoch = time.Date(2026, 9, 14, 9, 30, 0, 0, time.UTC)

// bench is a swarm whose time the test moves.
type bench struct {
	*Swarm
	t     *testing.T
	clock *ManualClock
}

func newBench(t *testing.T, opts ...Option) *bench {
	t.Helper()
	clock := NewManualClock(epoch)
	s := New(append([]Option{Bare(1, 2), WithImages("app:1", "app:2"), WithClock(clock)}, opts...)...)
	t.Cleanup(s.Close)
	return &bench{s, t, clock}
}

// call sends a request to the handler and reads the answer, which has to be a
// success, into out.
func (b *bench) call(method, path string, body, out any) {
	b.t.Helper()
	status, data := b.try(method, path, body)
	if status/100 != 2 {
		b.t.Fatalf("%s %s: %d %s", method, path, status, data)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(data), out); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b *bench) try(method, path string, body any) (int, string) {
	b.t.Helper()
	var r io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			b.t.Fatal(err)
		}
		r = strings.NewReader(string(data))
	}
	w := httptest.NewRecorder()
	b.Handler().ServeHTTP(w, httptest.NewRequest(method, path, r))
	return w.Code, w.Body.String()
}

// run makes a service of app:1 that runs the script.
func (b *bench) run(name string, replicas uint64, script string, changes ...func(*swarm.ServiceSpec)) string {
	b.t.Helper()
	spec := swarm.ServiceSpec{Annotations: swarm.Annotations{Name: name}}
	spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: "app:1", Args: []string{"sh", "-c", "trap 'exit 0' TERM; " + script}}
	spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &replicas}
	for _, c := range changes {
		c(&spec)
	}
	var made struct{ ID string }
	b.call("POST", "/services/create", spec, &made)
	return made.ID
}

func (b *bench) tasks(id string) []swarm.Task {
	b.t.Helper()
	var all []swarm.Task
	b.call("GET", "/tasks", nil, &all)
	var out []swarm.Task
	for _, t := range all {
		if t.ServiceID == id {
			out = append(out, t)
		}
	}
	return out
}

// count counts the tasks in a desired and an observed state.
func (b *bench) count(id string, desired, state swarm.TaskState) int {
	b.t.Helper()
	n := 0
	for _, t := range b.tasks(id) {
		if t.DesiredState == desired && t.Status.State == state {
			n++
		}
	}
	return n
}

func (b *bench) status(id string) swarm.ServiceStatus {
	b.t.Helper()
	var list []swarm.Service
	b.call("GET", "/services?status=true", nil, &list)
	for _, s := range list {
		if s.ID == id {
			return *s.ServiceStatus
		}
	}
	b.t.Fatalf("no service %s", id)
	return swarm.ServiceStatus{}
}

// dial gives an HTTP client for the socket of the swarm.
func (b *bench) dial() *http.Client {
	b.t.Helper()
	host, err := b.Listen()
	if err != nil {
		b.t.Fatal(err)
	}
	tr := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", strings.TrimPrefix(host, "unix://"))
	}}
	b.t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

const lives = "while true; do sleep 1; done"
