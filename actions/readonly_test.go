package actions_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/engine"
	"skep/internal/simswarm"
	"skep/internal/testkit/fault"
	"skep/model"
)

// TestReadOnly_NoActionWrites: every registered action, planned as if it were
// allowed and run all the same, sends nothing but GET.
func TestReadOnly_NoActionWrites(t *testing.T) {
	sim := simswarm.New(simswarm.Demo())
	t.Cleanup(sim.Close)
	host, err := sim.Listen()
	if err != nil {
		t.Fatal(err)
	}
	proxy := fault.New(t, host)
	s := &stage{now: time.Now, sleep: time.Sleep}
	if s.eng, err = engine.Open(engine.Options{Hosts: []string{proxy.Host()}, ReadOnly: true}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.eng.Close)
	if s.session, err = s.eng.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	refused := s.whole(t)
	s.session.ReadOnly = false
	c := s.whole(t)
	values := map[string]string{"replicas": "7", "image": "registry.shop.example/web:9", "labels": "a=b", "cpu-limit": "2", "env": "A=b", "constraints": "node.role==worker"}
	planned := 0
	for _, a := range actions.Registered() {
		run := false
		for _, t2 := range targetsOfKind(c, a.Kind) {
			r := actions.Request{Action: a, Targets: []actions.Target{t2}, Values: values}
			docs := r.Read(t.Context(), s.eng, c, nil)
			if plans, _ := actions.Split(r.Propose(refused, docs, nil)); len(plans) > 0 {
				t.Errorf("%s %s: planned in a read-only session", a.Verb, t2.Name)
			}
			plans, _ := actions.Split(r.Propose(c, docs, actions.ResolveAll(t.Context(), s.eng, r.Images(c, docs))))
			for i, one := range actions.RunAll(t.Context(), s.eng, plans, actions.Batch{GoOn: true}) {
				if refusal := plans[i].Risk == actions.Refused; !refusal && !errors.Is(one.Err, model.ErrReadOnly) {
					t.Errorf("%s: %v", plans[i].Title, one.Err)
				} else if !refusal {
					run = true
				}
			}
			if run {
				planned++
				break
			}
		}
		if of := targetsOfKind(c, a.Kind); !run && len(of) > 0 && a.Plan != nil && a.Kind.Info().Inspectable() {
			s.writeAnyway(t, a, of[0])
		}
	}
	for _, line := range proxy.Requests() {
		if !strings.HasPrefix(line, "GET ") && !strings.HasPrefix(line, "HEAD ") {
			t.Errorf("sent: %s", line)
		}
	}
	if n := len(actions.Registered()); planned < n/2 || len(proxy.Requests()) < n {
		t.Errorf("only %d of %d actions were tried, in %d requests", planned, n, len(proxy.Requests()))
	}
}

// writeAnyway does to an object whatever an action of which there is no plan here
// could do.
func (s *stage) writeAnyway(t *testing.T, a actions.Action, on actions.Target) {
	t.Helper()
	doc := s.inspect(t, on.Ref)
	for _, step := range []actions.Step{
		{Op: actions.OpUpdate, Ref: on.Ref, Seen: doc, Edits: []actions.Edit{{Path: []string{"Labels", "a"}, Value: "b"}}},
		{Op: actions.OpRemove, Ref: on.Ref, Seen: doc},
		{Op: actions.OpReplace, Ref: on.Ref, Name: on.Name, Seen: doc, Spec: doc.Spec},
		{Op: actions.OpCreate, Ref: on.Ref.Kind.All(), Name: "another", Spec: []byte(`{"Name":"another"}`)},
	} {
		plan := actions.Plan{Verb: a.Verb, Target: on, Steps: []actions.Step{step}, Risk: actions.Reversible, Confirm: actions.Confirm{Gate: actions.GateKey}}
		if r := actions.Run(t.Context(), s.eng, plan, nil); r.Err == nil {
			t.Errorf("%s %s: nothing refused to %s", a.Verb, on.Name, step.Op)
		}
	}
}

// targetsOfKind are the objects of a kind as targets.
func targetsOfKind(c *model.Cluster, kind model.Kind) []actions.Target {
	var out []actions.Target
	add := func(r model.Ref) { out = append(out, actions.Target{Ref: r, Name: c.NameOf(r)}) }
	for _, sv := range c.Services() {
		add(sv.Key().Ref())
	}
	for _, n := range c.Nodes() {
		add(n.Key().Ref())
	}
	for _, st := range c.Stacks() {
		add(st.Name.Ref())
	}
	for _, o := range model.Listed[model.Object](c, kind) {
		add(o.Meta().Ref)
	}
	n := 0
	for _, t := range out {
		if t.Ref.Kind == kind {
			out[n] = t
			n++
		}
	}
	return out[:n]
}
