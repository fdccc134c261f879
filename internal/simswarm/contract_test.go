// The contract says what a swarm does, as seen through the Engine API, in tests
// that run against the simulated swarm and against a real one alike. What is
// measured on the one holds for the other, so that the simulation cannot drift
// away from the truth.
//
// The checks speak plain HTTP. They need two images on every node, [Image1] and
// [Image2], that hold sh, sleep, echo, true and false.

package simswarm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
)

// The images that the checks run.
const (
	Image1 = "contract:1"
	Image2 = "contract:2"
)

// patience is how long a check waits for the swarm to get somewhere.
const patience = 4 * time.Minute

// The times that a check waits before it looks again: on a real swarm, which has to
// answer beside its work, and by the clock of a simulated one.
const (
	realPause = 100 * time.Millisecond
	simPause  = 30 * time.Millisecond
)

// Run checks the swarm whose manager answers on host, such as
// unix:///run/docker.sock. It needs at least two workers and leaves nothing
// behind.
func Run(t *testing.T, host string, g Golden) {
	e := connect(t, host, g)
	alone := nodeChecks // They change the nodes.
	if g.Sleep == nil {
		testkit.Together(t, checks, func(c check) string { return c.name }, func(t *testing.T, c check) { c.run(e.in(t)) })
	} else { // Each moves the one clock.
		alone = slices.Concat(checks, nodeChecks)
	}
	for _, c := range alone {
		t.Run(c.name, func(t *testing.T) { c.run(e.in(t)) })
	}
	t.Run("Shapes", func(t *testing.T) { checkShapes(e.in(t), g) })
}

// connect gives the swarm that answers on host.
func connect(t *testing.T, host string, g Golden) *engine {
	t.Helper()
	path, ok := strings.CutPrefix(host, "unix://")
	if !ok {
		t.Fatalf("contract: %s is not a unix socket", host)
	}
	e := &engine{t: t, sleep: time.Sleep, pause: realPause, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", path)
		},
	}}}
	if g.Sleep != nil {
		e.sleep, e.pause = g.Sleep, simPause
	}
	t.Cleanup(e.http.CloseIdleConnections)
	return e
}

type check struct {
	name string
	run  func(*engine)
}

// engine is the swarm under test, in one test.
type engine struct {
	t    *testing.T
	http *http.Client
	// sleep lets time go by in the swarm.
	sleep func(time.Duration)
	pause time.Duration
}

func (e *engine) in(t *testing.T) *engine { return &engine{t, e.http, e.sleep, e.pause} }

// name makes a name that no other check uses.
func (e *engine) name(suffix string) string {
	parts := strings.Split(e.t.Name(), "/")
	return "contract-" + strings.ToLower(strings.ReplaceAll(parts[len(parts)-1], "_", "-")) + "-" + suffix
}

// do sends a request and gives the answer's status and body.
func (e *engine) do(method, path string, body any) (int, []byte) {
	e.t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		r = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			e.t.Fatal(err)
		}
		r = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://docker"+path, r)
	if err != nil {
		e.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := e.http.Do(req)
	if err != nil {
		e.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, data
}

// must sends a request that has to succeed and reads the answer.
func (e *engine) must(method, path string, body, into any) {
	e.t.Helper()
	status, data := e.do(method, path, body)
	if status/100 != 2 {
		e.t.Fatalf("%s %s: %d %s", method, path, status, data)
	}
	if into != nil {
		if err := json.Unmarshal(data, into); err != nil {
			e.t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
}

// message is the text of a refusal.
func message(data []byte) string {
	var m struct{ Message string }
	if json.Unmarshal(data, &m) != nil {
		return string(data)
	}
	return m.Message
}

// filters writes the query for a filter.
func filters(pairs ...string) string {
	f := map[string][]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f[pairs[i]] = append(f[pairs[i]], pairs[i+1])
	}
	b, _ := json.Marshal(f) // strings always marshal
	return "filters=" + url.QueryEscape(string(b))
}

// until waits until fn gives no error.
func (e *engine) until(what string, fn func() error) {
	e.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := fn()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			e.t.Fatalf("%s: %v", what, err)
		}
		e.sleep(e.pause)
	}
}

// change is an edit of a specification.
type change func(*swarm.ServiceSpec)

func command(args ...string) change {
	return func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Args = args }
}

// script runs a shell script that stops at once when it is told to.
func script(text string) change { return command("sh", "-c", "trap 'exit 0' TERM; "+text) }

func image(name string) change {
	return func(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Image = name }
}

func replicas(n uint64) change {
	return func(s *swarm.ServiceSpec) { s.Mode.Replicated = &swarm.ReplicatedService{Replicas: &n} }
}

func restart(condition swarm.RestartPolicyCondition, delay time.Duration, attempts uint64) change {
	return func(s *swarm.ServiceSpec) {
		s.TaskTemplate.RestartPolicy = &swarm.RestartPolicy{Condition: condition, Delay: &delay, MaxAttempts: &attempts}
	}
}

func constraint(text string) change {
	return func(s *swarm.ServiceSpec) {
		s.TaskTemplate.Placement = &swarm.Placement{Constraints: []string{text}}
	}
}

func rolling(action swarm.FailureAction, monitor time.Duration) change {
	return func(s *swarm.ServiceSpec) {
		c := swarm.UpdateConfig{Parallelism: 1, FailureAction: action, Monitor: monitor, Order: swarm.UpdateOrderStopFirst}
		s.UpdateConfig = &c
		r := c
		r.FailureAction = swarm.UpdateFailureActionPause
		s.RollbackConfig = &r
	}
}

// failing is rolling where the change is to fail: however busy the machine is, the end
// of a task is told within the window. What goes back is watched for a moment.
func failing(action swarm.FailureAction) change {
	return func(s *swarm.ServiceSpec) {
		rolling(action, 2*time.Second)(s)
		s.UpdateConfig.Monitor = time.Minute
	}
}

// lives is a script that runs until it is stopped.
const lives = "while true; do sleep 1; done"

// create makes a service, removes it after the test, and gives its ID.
func (e *engine) create(name string, changes ...change) string {
	e.t.Helper()
	one := uint64(1)
	grace := time.Second
	spec := swarm.ServiceSpec{Annotations: swarm.Annotations{Name: name}}
	spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: Image1, StopGracePeriod: &grace}
	spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &one}
	script(lives)(&spec)
	for _, c := range changes {
		c(&spec)
	}
	var made struct{ ID string }
	e.must("POST", "/services/create", spec, &made)
	e.t.Cleanup(func() {
		e.do("DELETE", "/services/"+made.ID, nil)
		// Later checks count what is on the nodes. The engine keeps the tasks
		// of jobs for ever.
		for range 300 {
			left := e.tasksOf(made.ID)
			if !slices.ContainsFunc(left, func(t swarm.Task) bool { return t.DesiredState == swarm.TaskStateRemove }) {
				return
			}
			e.sleep(e.pause)
		}
	})
	return made.ID
}

func (e *engine) service(id string) swarm.Service {
	e.t.Helper()
	var s swarm.Service
	e.must("GET", "/services/"+id, nil, &s)
	return s
}

// status is the service with the counts.
func (e *engine) status(id string) swarm.Service {
	e.t.Helper()
	var list []swarm.Service
	e.must("GET", "/services?status=true&"+filters("id", id), nil, &list)
	if len(list) != 1 || list[0].ServiceStatus == nil {
		e.t.Fatalf("%d services with that ID, or no counts", len(list))
	}
	return list[0]
}

// update changes the service, on its present version.
func (e *engine) update(id string, changes ...change) {
	e.t.Helper()
	for try := 0; ; try++ {
		s := e.service(id)
		for _, c := range changes {
			c(&s.Spec)
		}
		status, data := e.do("POST", fmt.Sprintf("/services/%s/update?version=%d", id, s.Version.Index), s.Spec)
		if status == 200 {
			return
		}
		if try == 5 || !strings.Contains(message(data), "out of sequence") {
			e.t.Fatalf("update: %d %s", status, data)
		}
	}
}

func (e *engine) rollback(id string) (int, string) {
	e.t.Helper()
	s := e.service(id)
	status, data := e.do("POST", fmt.Sprintf("/services/%s/update?rollback=previous&version=%d", id, s.Version.Index), s.Spec)
	return status, message(data)
}

// tasksOf lists the tasks of the service, also after it is gone.
func (e *engine) tasksOf(id string) []swarm.Task {
	e.t.Helper()
	var all, out []swarm.Task
	e.must("GET", "/tasks", nil, &all)
	for _, t := range all {
		if t.ServiceID == id {
			out = append(out, t)
		}
	}
	return out
}

// tasks lists the tasks of the service in the order of their making.
func (e *engine) tasks(id string) []swarm.Task {
	e.t.Helper()
	var out []swarm.Task
	e.must("GET", "/tasks?"+filters("service", id), nil, &out)
	sortTasks(out)
	return out
}

// want waits until n tasks of the service satisfy the test.
func (e *engine) want(id, what string, n int, ok func(swarm.Task) bool) []swarm.Task {
	e.t.Helper()
	var found []swarm.Task
	e.until(what, func() error {
		found = nil
		all := e.tasks(id)
		for _, t := range all {
			if ok(t) {
				found = append(found, t)
			}
		}
		if len(found) != n {
			return fmt.Errorf("%d tasks, want %d, of %s", len(found), n, describe(all))
		}
		return nil
	})
	return found
}

func running(t swarm.Task) bool {
	return t.Status.State == swarm.TaskStateRunning && t.DesiredState == swarm.TaskStateRunning
}

// ran reports whether a task of the image runs.
func runs(image string) func(swarm.Task) bool {
	return func(t swarm.Task) bool { return running(t) && t.Spec.ContainerSpec.Image == image }
}

// settled waits for the end of an update.
func (e *engine) settled(id string, want swarm.UpdateState) swarm.Service {
	e.t.Helper()
	var s swarm.Service
	e.until("update state "+string(want), func() error {
		s = e.service(id)
		if s.UpdateStatus == nil || s.UpdateStatus.State != want {
			return fmt.Errorf("it is %+v", s.UpdateStatus)
		}
		return nil
	})
	return s
}

// equal compares, and says what.
func equal[T comparable](e *engine, what string, got, want T) {
	e.t.Helper()
	if got != want {
		e.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// refused compares the answer to a request that is refused with the status and
// the form of the text that every engine has for it.
func (e *engine) refused(what string, status int, text string, want int, pattern string) {
	e.t.Helper()
	if status != want || !regexp.MustCompile(pattern).MatchString(strings.TrimSpace(text)) {
		e.t.Errorf("%s\n is answered %d %q\n want %d %s", what, status, text, want, pattern)
	}
}
