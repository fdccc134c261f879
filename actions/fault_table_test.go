package actions_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/simswarm"
	"skep/internal/testkit"
	"skep/internal/testkit/fault"
)

// operation is one that writes, on a swarm that is made ready for it.
type operation struct {
	verb, target string
	values       map[string]string
	// first are verbs that have to be done before.
	first []operation
	// down is set where the target is a node that has to be down.
	down bool
}

var operations = map[string]operation{
	"scale":         {"scale", "web", map[string]string{"replicas": "5"}, nil, false},
	"image":         {"image", "web", map[string]string{"image": "busybox:2"}, nil, false},
	"restart":       {"restart", "web", nil, nil, false},
	"rollback":      {"rollback", "web", nil, []operation{{"scale", "web", map[string]string{"replicas": "4"}, nil, false}}, false},
	"remove":        {"remove", "web", nil, nil, false},
	"drain":         {"drain", "worker1", nil, nil, false},
	"pause":         {"pause", "worker1", nil, nil, false},
	"activate":      {"activate", "worker1", nil, []operation{{"pause", "worker1", nil, nil, false}}, false},
	"promote":       {"promote", "worker1", nil, nil, false},
	"demote":        {"demote", "manager3", nil, nil, false},
	"remove a node": {"remove", "worker2", nil, nil, true},
}

// mishap is a fault of a write, and what has to come out.
type mishap struct {
	fault fault.Fault
	want  actions.Verdict
	// blind makes the looking up fail as well.
	blind bool
	// long takes as long as the engine's patience.
	long bool
}

const outOfSequence = "rpc error: code = Unknown desc = update out of sequence"

var mishaps = map[string]mishap{
	"none":                          {fault.Delay{}, actions.Done, false, false},
	"cut before it":                 {fault.Drop{}, actions.Unknown, false, false},
	"cut after it":                  {fault.Lose{}, actions.Done, false, false},
	"answer cut":                    {fault.Cut{}, actions.Done, false, false},
	"500 before it":                 {fault.Answer{Status: 500, Text: "internal server error"}, actions.NotDone, false, false},
	"500 after it":                  {fault.Answer{Status: 500, Text: "internal server error", After: true}, actions.Done, false, false},
	"502 before it":                 {fault.Answer{Status: 502, Text: "bad gateway"}, actions.Unknown, false, false},
	"502 after it":                  {fault.Answer{Status: 502, Text: "bad gateway", After: true}, actions.Done, false, false},
	"401 before it":                 {fault.Answer{Status: 401, Text: "log in"}, actions.NotDone, false, false},
	"401 after it":                  {fault.Answer{Status: 401, Text: "log in", After: true}, actions.Done, false, false},
	"421 after it":                  {fault.Answer{Status: 421, Text: "misdirected", After: true}, actions.Done, false, false},
	"425 after it":                  {fault.Answer{Status: 425, Text: "too early", After: true}, actions.Done, false, false},
	"429 before it":                 {fault.Answer{Status: 429, Text: "too many requests"}, actions.NotDone, false, false},
	"429 after it":                  {fault.Answer{Status: 429, Text: "too many requests", After: true}, actions.Done, false, false},
	"499 before it":                 {fault.Answer{Status: 499, Text: "gone"}, actions.Unknown, false, false},
	"499 after it":                  {fault.Answer{Status: 499, Text: "gone", After: true}, actions.Done, false, false},
	"503 before it":                 {fault.Answer{Status: 503, Text: "no server"}, actions.NotDone, false, false},
	"503 after it":                  {fault.Answer{Status: 503, Text: "no server", After: true}, actions.Done, false, false},
	"504 before it":                 {fault.Answer{Status: 504, Text: "gateway timeout"}, actions.Unknown, false, false},
	"504 after it":                  {fault.Answer{Status: 504, Text: "gateway timeout", After: true}, actions.Done, false, false},
	"leader lost before it":         {fault.Answer{Status: 500, Text: "rpc error: code = Unavailable desc = node lost leader status"}, actions.Unknown, false, false},
	"leader lost after it":          {fault.Answer{Status: 500, Text: "rpc error: code = Unavailable desc = node lost leader status", After: true}, actions.Done, false, false},
	"a conflict after it":           {fault.Answer{Status: 500, Text: outOfSequence, After: true}, actions.Done, false, false},
	"a refusal":                     {fault.Answer{Status: 409, Text: "name conflicts"}, actions.NotDone, false, false},
	"garbage":                       {fault.Garbage{Body: "<html>log in</html>"}, actions.Unknown, false, false},
	"cut after it, and no look":     {fault.Lose{}, actions.Unknown, true, false},
	"504 after it, and no look":     {fault.Answer{Status: 504, Text: "gateway timeout", After: true}, actions.Unknown, true, false},
	"500 before it, and no look":    {fault.Answer{Status: 500, Text: "internal server error"}, actions.Unknown, true, false},
	"a refusal, and no look needed": {fault.Answer{Status: 409, Text: "name conflicts"}, actions.NotDone, true, false},
	"trickles after it":             {fault.Trickle{}, actions.Done, false, true},
	"silent before it":              {fault.Silence{For: time.Minute}, actions.Unknown, false, true},
}

// TestRun_EveryOperationMeetsEveryFault: what is said of it is so, and it is sent
// once. They run side by side, because they mostly wait.
func TestRun_EveryOperationMeetsEveryFault(t *testing.T) {
	side := 64
	if !testkit.Slow() {
		actions.LookSooner(t)
		side = 16
	}
	var all sync.WaitGroup
	places := make(chan struct{}, side)
	every := 16 / testkit.Rounds(16)
	for i, op := range slices.Sorted(maps.Keys(operations)) {
		for j, kind := range slices.Sorted(maps.Keys(mishaps)) {
			// Each operation meets some faults, and each fault some operations.
			if m := mishaps[kind]; m.long && !testkit.Slow() || (i+j)%every != 0 {
				continue
			}
			places <- struct{}{}
			all.Go(func() {
				defer func() { <-places }()
				t.Run(op+"/"+kind, func(t *testing.T) { mishaps[kind].meets(t, operations[op]) })
			})
		}
	}
	all.Wait()
}

// meets carries an operation out and compares what is said with what is.
func (m mishap) meets(t *testing.T, o operation) {
	s := newShaken(t, o)
	for _, first := range o.first {
		if r := actions.Run(t.Context(), s.eng, s.plan(t, first), nil); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	plan := s.plan(t, o)
	before := s.proxy.Count("^(POST|DELETE) ")
	rules := []fault.Rule{{Method: "POST", Fault: m.fault, Times: 1}, {Method: "DELETE", Fault: m.fault, Times: 1}}
	if m.blind {
		rules = append(rules, fault.Rule{Method: "GET", Path: "^/(services|nodes)/[^/]+$", Skip: 1, Fault: fault.Answer{Text: "later"}})
	}
	s.proxy.Set(rules...)
	r := actions.Run(t.Context(), s.eng, plan, nil)
	sent := s.proxy.Count("^(POST|DELETE) ") - before
	s.proxy.Clear()
	if r.Verdict() != m.want || errors.Is(r.Err, actions.ErrUnsure) != (m.want == actions.Unknown) {
		t.Errorf("%s, want %s: %v %v", r.Verdict(), m.want, r.Err, r.Warnings)
	}
	if sent != 1 {
		t.Errorf("sent %d times", sent)
	}
	found, err := actions.LookUp(t.Context(), s.eng, []actions.Trace{plan.Steps[0].Trace()})
	if err != nil || m.want != actions.Unknown && found.Verdict != m.want {
		t.Errorf("said %s, and the swarm shows %+v, %v", r.Verdict(), found, err)
	}
	if m.want == actions.Done && m.fault != (fault.Delay{}) && len(r.Warnings) == 0 {
		t.Error("nothing is said of the answer")
	}
}

// shaken is a simulated swarm with faults before it.
type shaken struct {
	stage
	proxy *fault.Proxy
}

func newShaken(t *testing.T, o operation) *shaken {
	t.Helper()
	options := []simswarm.Option{simswarm.Bare(3, 2), simswarm.WithImages("busybox:1", "busybox:2")}
	if o.down { // Heartbeats have to stay away for a while.
		options = append(options, simswarm.WithClock(simswarm.FastClock(50)))
	}
	sim := simswarm.New(options...)
	t.Cleanup(sim.Close)
	host, err := sim.Listen()
	if err != nil {
		t.Fatal(err)
	}
	s := &shaken{stage: stage{now: time.Now, sleep: time.Sleep}, proxy: fault.New(t, host)}
	replicas := uint64(3)
	spec := swarm.ServiceSpec{Mode: swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}}}
	spec.Name = "web"
	spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: "busybox:1"}
	body, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	sim.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/services/create", bytes.NewReader(body)))
	if w.Code >= http.StatusBadRequest {
		t.Fatal(w.Body)
	}
	s.connect(t, s.proxy.Host())
	if o.down {
		sim.FailNode(o.target)
		s.eventually(t, patience, func() error {
			if n := node(t, s.snapshot(t), o.target); !n.Lost() {
				return errors.New("it is " + string(n.Status.State))
			}
			return nil
		})
	}
	return s
}

// plan is an operation's, as the console makes it.
func (s *shaken) plan(t *testing.T, o operation) actions.Plan {
	t.Helper()
	c := s.snapshot(t)
	var target actions.Target
	for _, sv := range c.Services() {
		if sv.Name() == o.target {
			target = actions.ServiceTarget(sv)
		}
	}
	for _, n := range c.Nodes() {
		if n.Hostname() == o.target {
			target = actions.NodeTarget(c, n)
		}
	}
	a, ok := actions.Find(target.Ref.Kind, o.verb)
	if !ok {
		t.Fatalf("no action %s", o.verb)
	}
	p := actions.Prepare(t.Context(), s.eng, a, c, []actions.Target{target}, o.values)[0]
	if p.Err != nil {
		t.Fatal(p.Err)
	}
	if p.Plan.Risk == actions.Refused {
		t.Fatal(p.Plan.Confirm.Why)
	}
	return p.Plan
}
