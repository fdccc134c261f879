package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// shelf is an engine beside which records of a journal are read.
type shelf struct {
	*fakeEngine
	records map[string]Record
}

func (s *shelf) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	var found []Record
	for _, id := range IDs(ref.ID) {
		if r, ok := s.records[id]; ok && ref.Kind == r.Ref().Kind {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
	case 1:
		return found[0].Document()
	default:
		r := Join(found)
		return r.Document()
	}
	return s.fakeEngine.Inspect(ctx, ref)
}

// keep runs a plan and keeps its record, as a journal does.
func (s *shelf) keep(t *testing.T, id string, p Plan) Record {
	t.Helper()
	res := Run(t.Context(), s, p, nil)
	if res.Err != nil {
		t.Fatalf("%s: %v", p.Title, res.Err)
	}
	r := Record{ID: id, Title: p.Title, Swarm: testkit.SwarmID, Verb: p.Verb, Target: p.Target, Outcome: res.Verdict(),
		Commands: p.Commands, Back: p.Undo.Commands, Undoes: p.Undoes, Did: Dids(p, res)}
	b, err := json.Marshal(r) // It is written down and read again.
	var back Record
	if err = errors.Join(err, json.Unmarshal(b, &back)); err != nil {
		t.Fatal(err)
	}
	s.records[id] = back
	return back
}

func (s *shelf) undo(t *testing.T, c *model.Cluster, r Record) (Plan, error) {
	t.Helper()
	p := Prepare(t.Context(), s, undo, c, []Target{{Ref: r.Ref(), Name: r.Title}}, nil)[0]
	return p.Plan, p.Err
}

func newShelf(docs ...model.Document) *shelf {
	return &shelf{newFake(docs...), map[string]Record{}}
}

// TestUndo_OfAScale: back, forth and back again; what somebody else has changed
// meanwhile stays, and what goes back all the same is said.
func TestUndo_OfAScale(t *testing.T) {
	s := testkit.Service(testkit.Replicas(3))
	in := inputFor(t, s, map[string]string{"replicas": "5"})
	p, err := scale.Plan(in)
	if err != nil {
		t.Fatal(err)
	}
	eng := newShelf(in.Doc)
	did := eng.keep(t, "ONE", p)
	eng.edit(t, in.Target.Ref, Edit{Path: []string{"Labels", "by"}, Value: "somebody"})
	back, err := eng.undo(t, in.Cluster, did)
	if err != nil || back.Title != "undo: "+p.Title || back.Undoes != "ONE" || back.Target.Ref != in.Target.Ref || back.Risk != Disruptive {
		t.Fatalf("%v, %+v", err, back)
	}
	if said := strings.Join(back.Impact.Sentences, "\n"); !strings.Contains(said, "changed since then, and stays: Labels.by: + somebody") || len(back.Changes) != 1 {
		t.Errorf("%s\n%v", said, back.Changes)
	}
	undone := eng.keep(t, "TWO", back)
	if got := string(field(eng.docs[in.Target.Ref].Spec, pathReplicas...)); got != "3" {
		t.Errorf("%s replicas", got)
	}
	if _, err := eng.undo(t, in.Cluster, did); !errors.Is(err, ErrNoChange) {
		t.Errorf("undone twice: %v", err)
	}
	redo, err := eng.undo(t, in.Cluster, undone)
	if err != nil || redo.Title != "redo: "+p.Title {
		t.Fatalf("%v, %+v", err, redo)
	}
	again := eng.keep(t, "THREE", redo)
	if got := string(field(eng.docs[in.Target.Ref].Spec, pathReplicas...)); got != "5" {
		t.Errorf("%s replicas", got)
	}
	eng.edit(t, in.Target.Ref, Edit{Path: pathReplicas, Value: 7})
	over, err := eng.undo(t, in.Cluster, again)
	if said := strings.Join(over.Warnings, "\n"); err != nil || over.Title != "undo: "+p.Title ||
		!strings.Contains(said, "changed since then, and goes back all the same: Mode.Replicated.Replicas: 5 -> 7") {
		t.Errorf("%v, %s", err, said)
	}
	// And what somebody changes behind the preview is not written over.
	eng.edit(t, in.Target.Ref, Edit{Path: pathReplicas, Value: 9})
	if r := Run(t.Context(), eng, over, nil); !errors.As(r.Err, new(*DriftError)) {
		t.Errorf("%v", r.Err)
	}
}

// TestUndo_WarnsAsOtherWritesDo: the version that comes back is the one that a rollback
// restores, so that is not lost; and a hold holds it up as any other.
func TestUndo_WarnsAsOtherWritesDo(t *testing.T) {
	n := testkit.Node()
	for _, holds := range []bool{false, true} {
		of := func(image string) (*model.Service, testkit.ClusterOption) {
			options := []testkit.ServiceOption{testkit.Replicas(3), testkit.Template(func(t *swarm.TaskSpec) { t.ContainerSpec.Image = image })}
			if holds {
				options = append(options, testkit.ServiceLabels(map[string]string{model.LabelHold: model.HoldMark{Parallelism: 1, Began: testkit.Now}.String()}))
			}
			s := testkit.Service(options...)
			s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, Delay: holdDelay}
			return s, testkit.Tasks(allOf(s, n)...)
		}
		before, tasks := of("example/app:1")
		in := inputFor(t, before, map[string]string{"image": "example/app:2"}, testkit.Nodes(n), tasks)
		eng := newShelf(in.Doc)
		did := eng.keep(t, "ONE", mustPlan(t, image, in))
		now, tasks := of("example/app:2")
		back, err := eng.undo(t, testkit.Cluster(testkit.Nodes(n), testkit.Services(now), tasks), did)
		if said := strings.Join(back.Warnings, "\n"); err != nil || strings.Contains(said, "is lost") || strings.Contains(said, "its update is held") != holds {
			t.Errorf("held %t: %v, %q, %+v", holds, err, said, back.Impact)
		}
	}
}

// TestUndo_OfADrainBeforeAGentleOne: to activate the node alone would leave its services
// away, and nothing would go on with that.
func TestUndo_OfADrainBeforeAGentleOne(t *testing.T) {
	before := testkit.Node()
	in := inputForNode(t, testkit.Cluster(testkit.Nodes(before, testkit.Node(testkit.Hostname("worker2"))), testkit.Services(), testkit.Tasks()), before)
	eng := newShelf(in.Doc)
	did := eng.keep(t, "ONE", mustPlan(t, drain, in))
	mark := model.DrainMark{Phase: model.DrainDone, Began: testkit.Now}.String()
	eng.edit(t, in.Target.Ref, Edit{Path: pathDrain, Value: mark})
	now := testkit.Node(testkit.Availability("drain"), testkit.NodeLabels(map[string]string{model.LabelDrain: mark}))
	c := testkit.Cluster(testkit.Nodes(now, testkit.Node(testkit.Hostname("worker2"))), testkit.Services(), testkit.Tasks())
	if back, err := eng.undo(t, c, did); err == nil || !strings.Contains(err.Error(), "it was drained gently since then: activate it") {
		t.Errorf("%v, %q %v", err, back.Title, back.Impact.Sentences)
	}
}

// TestUndo_OfARemoval: what was removed comes back under another ID, and older
// records are of that from then on.
func TestUndo_OfARemoval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, plan := smallStack()
		eng := &shelf{fake, map[string]Record{}}
		c := testkit.Cluster()
		plan.Verb, plan.Target = "remove", Target{Ref: model.Ref{Kind: model.KindStack, ID: "shop"}, Name: "shop"}
		gone := eng.keep(t, "ONE", plan)
		back, err := eng.undo(t, c, gone)
		if err != nil || len(back.Steps) != 2 || back.Target != plan.Target || !strings.Contains(fmt.Sprint(back.Warnings), "does not come back: of the service shop_web, its logs") {
			t.Fatalf("%v, %+v", err, back)
		}
		made := eng.keep(t, "TWO", back)
		if len(eng.docs) != 2 {
			t.Fatalf("%v", eng.docs)
		}
		if _, err := eng.undo(t, c, gone); err == nil || !strings.Contains(err.Error(), "there is one of that name already") {
			t.Errorf("made twice: %v", err)
		}
		ids := map[string]string{}
		for _, d := range made.Did {
			if d.Was == "" || d.Made == "" || d.Was == d.Made {
				t.Errorf("%+v", d)
			}
			ids[d.Was] = d.Made
		}
		older := Record{ID: "ZERO", Title: "label", Swarm: testkit.SwarmID, Outcome: Done, Did: []Did{{Op: OpUpdate, Ref: model.ServiceID("svc1").Ref(), Name: "shop_web",
			Paths: [][]string{{"Labels", "a"}}, Before: json.RawMessage(`{"Name":"shop_web"}`), After: json.RawMessage(`{"Labels":{"a":"1"},"TaskTemplate":{"Networks":[{"Target":"net1"}]}}`)}}}
		older.Renew(ids)
		if older.Did[0].Ref.ID != ids["svc1"] || !strings.Contains(string(older.Did[0].After), ids["net1"]) {
			t.Errorf("%+v", older.Did[0])
		}
	})
}

// TestUndo_OfWhatWasMade: what the engine fills in is nobody's change.
func TestUndo_OfWhatWasMade(t *testing.T) {
	in := inputFor(t, testkit.Service(), nil)
	eng := newShelf()
	eng.fillsIn = func(spec json.RawMessage) json.RawMessage {
		filled, err := Apply(spec, []Edit{{Path: []string{"Labels", "engine"}, Value: "default"}})
		if err != nil {
			t.Fatal(err)
		}
		return filled
	}
	create := Step{Op: OpCreate, Ref: model.KindConfig.All(), Name: "conf", Spec: json.RawMessage(`{"Name":"conf"}`)}
	did := eng.keep(t, "ONE", Plan{Verb: "create", Title: "create conf", Target: Target{Ref: create.Ref, Name: "conf"}, Steps: []Step{create}})
	back, err := eng.undo(t, in.Cluster, did)
	if err != nil || len(back.Warnings) > 0 || len(back.Steps) != 1 || back.Steps[0].Op != OpRemove {
		t.Fatalf("%v, %v, %+v", err, back.Warnings, back.Steps)
	}
	eng.edit(t, back.Steps[0].Ref, Edit{Path: []string{"Labels", "by"}, Value: "somebody"})
	if back, err = eng.undo(t, in.Cluster, did); err != nil || len(back.Warnings) != 1 || !strings.Contains(back.Warnings[0], "changed since then: Labels[by]: + somebody") && !strings.Contains(back.Warnings[0], "changed since then: Labels.by: + somebody") {
		t.Errorf("%v, %v", err, back.Warnings)
	}
}

// TestUndo_WhatCannot says why.
func TestUndo_WhatCannot(t *testing.T) {
	web := testkit.Service()
	doc := docOf(t, web)
	update := Did{Op: OpUpdate, Ref: doc.Ref, Name: "web", Paths: [][]string{pathReplicas}, Before: json.RawMessage(`{"Mode":{"Replicated":{"Replicas":9}}}`), After: doc.Spec}
	lost := update
	lost.Ref.ID = "gone"
	needy := Did{Op: OpRemove, Ref: model.ServiceID("x").Ref(), Name: "x", Before: json.RawMessage(`{"Name":"x","TaskTemplate":{"ContainerSpec":{"Configs":[{"ConfigID":"c1","ConfigName":"conf"}]}}}`)}
	for name, tt := range map[string]struct {
		record Record
		says   string
	}{
		"another swarm":   {Record{Swarm: "other", Context: "prod", Outcome: Done}, "another swarm than the one on the screen (context prod)"},
		"not done":        {Record{Outcome: NotDone}, "nothing was done"},
		"open":            {Record{}, "not known yet"},
		"nothing kept":    {Record{Outcome: Done}, "does not have what it would take"},
		"why":             {Record{Outcome: Done, Lacks: "its secrets are gone"}, "its secrets are gone"},
		"gone":            {Record{Outcome: Done, Did: []Did{lost}}, "service web: it no longer exists"},
		"a node":          {Record{Outcome: Done, Did: []Did{{Op: OpRemove, Ref: model.NodeID("n").Ref(), Name: "worker1"}}}, "has to join the swarm again"},
		"a restart":       {Record{Outcome: Done, Did: []Did{{Op: OpUpdate, Ref: doc.Ref, Name: "web", Paths: [][]string{pathForce}, Before: doc.Spec, After: doc.Spec}}}, noTrace},
		"what it needs":   {Record{Outcome: Done, Did: []Did{needy}}, "it needs the config conf, which no longer exists"},
		"it was so again": {Record{Outcome: Done, Did: []Did{{Op: OpUpdate, Ref: doc.Ref, Name: "web", Paths: [][]string{pathImage}, Before: doc.Spec, After: doc.Spec}}}, "web is as it was before"},
	} {
		tt.record.ID = "ONE"
		if tt.record.Swarm == "" {
			tt.record.Swarm = testkit.SwarmID
		}
		eng := newShelf(doc)
		eng.records["ONE"] = tt.record
		if p, err := eng.undo(t, testkit.Cluster(testkit.Services(web)), tt.record); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, %+v", name, err, p)
		}
	}
}

// TestUndo_OfANode says what the verbs say that set its fields.
func TestUndo_OfANode(t *testing.T) {
	manager, worker := testkit.Node(testkit.Leader()), testkit.Node()
	worker.Spec.Availability = swarm.NodeAvailabilityDrain
	c := testkit.Cluster(testkit.Nodes(manager, worker))
	now := nodeDoc(t, worker)
	before := json.RawMessage(`{"Role":"worker","Availability":"active","Labels":{"a":"1"}}`)
	eng := newShelf(now)
	r := Record{ID: "ONE", Swarm: testkit.SwarmID, Title: "drain worker1", Outcome: Done, Did: []Did{{Op: OpUpdate, Ref: now.Ref, Name: "worker1",
		Paths: [][]string{pathAvailability}, Before: before, After: now.Spec}}}
	eng.records["ONE"] = r
	p, err := eng.undo(t, c, r)
	if err != nil || !strings.Contains(fmt.Sprint(p.Impact.Sentences), "tasks running elsewhere stay there") {
		t.Errorf("%v, %+v", err, p)
	}
	// The last manager is not demoted by an undo either.
	now = nodeDoc(t, manager)
	eng.docs[now.Ref] = now
	r.Did[0] = Did{Op: OpUpdate, Ref: now.Ref, Name: "manager1", Paths: [][]string{pathRole}, Before: json.RawMessage(`{"Role":"worker","Availability":"active"}`), After: now.Spec}
	eng.records["ONE"] = r
	if p, err := eng.undo(t, c, r); err != nil || p.Risk != Refused || len(p.Steps) != 0 || p.Confirm.Why == "" {
		t.Errorf("%v, %+v", err, p)
	}
}

// TestUndo_OfSeveralAtOnce is one plan: what was changed twice goes back to where it
// was first, and what one needs another makes again.
func TestUndo_OfSeveralAtOnce(t *testing.T) {
	s := testkit.Service(testkit.Replicas(3))
	in := inputFor(t, s, nil)
	eng := newShelf(in.Doc)
	var targets []Target
	for i, n := range []string{"5", "4", "7"} {
		in.Values, in.Doc = map[string]string{"replicas": n}, eng.docs[in.Target.Ref]
		p, err := scale.Plan(in)
		if err != nil {
			t.Fatal(err)
		}
		r := eng.keep(t, fmt.Sprint("R", i), p)
		targets = append(targets, r.AsTarget())
	}
	out := Prepare(t.Context(), eng, undo, in.Cluster, targets, nil)
	if len(out) != 1 || out[0].Err != nil || len(out[0].Plan.Steps) != 1 || out[0].Plan.Undoes != "R0+R1+R2" {
		t.Fatalf("%+v", out)
	}
	if r := Run(t.Context(), eng, out[0].Plan, nil); r.Err != nil || string(field(eng.docs[in.Target.Ref].Spec, pathReplicas...)) != "3" {
		t.Errorf("%v, %s", r.Err, eng.docs[in.Target.Ref].Spec)
	}

	synctest.Test(t, func(t *testing.T) {
		fake, plan := smallStack()
		eng := &shelf{fake, map[string]Record{}}
		service, network := plan, plan
		service.Steps, network.Steps = plan.Steps[:1:1], plan.Steps[1:]
		network.Steps[0].After = nil
		a, b := eng.keep(t, "A", service), eng.keep(t, "B", network)
		out := Prepare(t.Context(), eng, undo, testkit.Cluster(), []Target{a.AsTarget(), b.AsTarget()}, nil)
		if len(out) != 1 || out[0].Err != nil || len(out[0].Plan.Steps) != 2 {
			t.Fatalf("%+v", out)
		}
		if r := Run(t.Context(), eng, out[0].Plan, nil); r.Err != nil || len(eng.docs) != 2 {
			t.Errorf("%v, %v", r.Err, eng.docs)
		}
	})
}
