package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skep/model"
)

// part is an object of a small stack, and how it is removed.
func part(kind model.Kind, id, name, spec string, after ...int) (model.Document, Step) {
	doc := model.Document{Ref: model.Ref{Kind: kind, ID: id}, Name: name, Version: 7, Spec: json.RawMessage(spec), Raw: json.RawMessage(spec)}
	return doc, Step{Op: OpRemove, Ref: doc.Ref, Name: name, Seen: doc, After: after, Patience: goneWithin}
}

// smallStack is a network, and a service on it; and the plan that removes both.
func smallStack() (*fakeEngine, Plan) {
	service, first := part(model.KindService, "svc1", "shop_web", `{"Name":"shop_web","TaskTemplate":{"Networks":[{"Target":"net1"}]}}`)
	network, second := part(model.KindNetwork, "net1", "shop_back", `{"Name":"shop_back","Driver":"overlay"}`, 0)
	eng := newFake(service, network)
	eng.gone = true
	return eng, Plan{Title: "remove the stack shop", Target: Target{Name: "shop"}, Steps: []Step{first, second}}
}

func TestRun_StepsInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eng, plan := smallStack()
		busy := 3
		eng.beforeRemove = func(_ *fakeEngine, w model.Write) error {
			if w.Ref.Kind == model.KindNetwork && busy > 0 {
				busy-- // Its tasks are on their way out.
				return fmt.Errorf("network net1 is in use by task t1: %w", model.ErrInUse)
			}
			return nil
		}
		r := Run(t.Context(), eng, plan, nil)
		if r.Verdict() != Done || len(r.Steps) != 2 || len(eng.docs) != 0 || busy != 0 {
			t.Fatalf("%+v, left %v", r, eng.docs)
		}
		if fmt.Sprint(eng.removed) != "[{service svc1} {network net1}]" {
			t.Errorf("removed %v", eng.removed)
		}
	})
}

func TestRun_WhatNeedsAStepThatWasNotDone(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want Verdict
		says string
	}{
		"refused": {errors.New("no"), NotDone, "remove service shop_web: no"},
		"unknown": {&model.OpenError{Cause: errors.New("cut")}, Unknown, "cut"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				eng, plan := smallStack()
				eng.beforeRemove = func(*fakeEngine, model.Write) error { return c.err }
				r := Run(t.Context(), eng, plan, nil)
				if r.Verdict() != c.want || !strings.Contains(r.Err.Error(), c.says) {
					t.Errorf("%s: %v", r.Verdict(), r.Err)
				}
				if err := r.Steps[1].Err; !errors.Is(err, ErrNotBegun) {
					t.Errorf("the network: %v", err)
				}
			})
		})
	}
}

func TestRun_DoneInPart(t *testing.T) {
	eng, plan := smallStack()
	other, free := part(model.KindConfig, "cfg1", "shop_conf", `{"Name":"shop_conf"}`)
	eng.docs[other.Ref] = other
	plan.Steps = append(plan.Steps, free) // It needs neither.
	eng.beforeRemove = func(_ *fakeEngine, w model.Write) error {
		if w.Ref.Kind == model.KindService {
			return errors.New("no")
		}
		return nil
	}
	r := Run(t.Context(), eng, plan, nil)
	if r.Verdict() != InPart || r.Err.Error() != "1 of 3 steps done; remove service shop_web: no" {
		t.Errorf("%s: %v", r.Verdict(), r.Err)
	}
	o := Sum([]Plan{plan}, []Result{r})
	if o.Complete() || len(o.NotDone) != 1 || len(o.Undo) == 0 || o.String() != "1 done in part" {
		t.Errorf("%s: %+v", o, o)
	}
}

// TestRun_TheIDOfAFormerStep: what one step makes has an ID that nobody knew, and
// a later one names it.
func TestRun_TheIDOfAFormerStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eng, plan := smallStack()
		service := eng.docs[plan.Steps[0].Ref]
		did := Dids(plan, Run(t.Context(), eng, plan, nil))
		back := Inverse(did)
		if len(back.Kept) != 0 || len(back.Lost) == 0 || len(back.Steps) != 2 {
			t.Fatalf("%+v", back)
		}
		r := Run(t.Context(), eng, Plan{Steps: back.Steps}, nil)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		made, err := eng.Inspect(t.Context(), model.Ref{Kind: model.KindService, ID: "shop_web"})
		network, err2 := eng.Inspect(t.Context(), model.Ref{Kind: model.KindNetwork, ID: "shop_back"})
		if err != nil || err2 != nil || network.Ref.ID == "net1" {
			t.Fatalf("%v %v %v", err, err2, network.Ref)
		}
		if want := strings.Replace(string(service.Spec), "net1", network.Ref.ID, 1); string(made.Spec) != want {
			t.Errorf("made %s, want %s", made.Spec, want)
		}
	})
}

func TestRun_CreatesNothingTwice(t *testing.T) {
	eng := newFake()
	create := Step{Op: OpCreate, Ref: model.KindConfig.All(), Name: "conf", Spec: json.RawMessage(`{"Name":"conf"}`)}
	plan := Plan{Title: "create conf", Target: Target{Ref: create.Ref, Name: "conf"}, Steps: []Step{create}}
	r := Run(t.Context(), eng, plan, nil)
	if r.Err != nil || r.Steps[0].Ref.ID != "made1" || r.Steps[0].Version != 1 {
		t.Fatalf("%+v", r)
	}
	if r := Run(t.Context(), eng, plan, nil); r.Verdict() != NotDone || !strings.Contains(r.Err.Error(), "there is a config conf already") || len(eng.docs) != 1 {
		t.Errorf("%v", r.Err)
	}
	lost := newFake()
	lost.beforeUpdate = func(f *fakeEngine, w model.Write) error {
		f.beforeUpdate = nil
		if _, _, err := f.Create(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		return &model.OpenError{Cause: errors.New("cut")}
	}
	if r := Run(t.Context(), lost, plan, nil); r.Err != nil || len(lost.writes) != 1 || r.Steps[0].Ref.ID != "made1" {
		t.Errorf("after a lost answer: %+v, %d made", r, len(lost.writes))
	}
}

// TestInverse_OfACreatedNetwork: the engine shows no specification of it.
func TestInverse_OfACreatedNetwork(t *testing.T) {
	eng := newFake()
	eng.gone = true
	plan := Plan{Steps: []Step{{Op: OpCreate, Ref: model.KindNetwork.All(), Name: "back", Spec: json.RawMessage(`{"Name":"back"}`)}}}
	r := Run(t.Context(), eng, plan, nil)
	bare := eng.docs[r.Steps[0].Ref]
	bare.Spec = nil
	eng.docs[bare.Ref] = bare
	if r := Run(t.Context(), eng, Plan{Steps: Inverse(Dids(plan, r)).Steps}, nil); r.Err != nil || len(eng.docs) != 0 {
		t.Errorf("%v, left %v", r.Err, eng.docs)
	}
}

func TestRun_Replace(t *testing.T) {
	old, _ := part(model.KindConfig, "cfg1", "conf", `{"Name":"conf","Data":"YQ=="}`)
	replace := Step{Op: OpReplace, Ref: old.Ref, Name: "conf", Seen: old, Spec: json.RawMessage(`{"Name":"conf","Data":"Yg=="}`)}
	plan := Plan{Title: "replace conf", Target: Target{Ref: old.Ref, Name: "conf"}, Steps: []Step{replace}}
	eng := newFake(old)
	eng.gone = true
	r := Run(t.Context(), eng, plan, nil)
	if r.Err != nil || len(eng.docs) != 1 || string(eng.docs[r.Steps[0].Ref].Spec) != string(replace.Spec) {
		t.Fatalf("%+v, %v", r, eng.docs)
	}
	back := Inverse(Dids(plan, r))
	if r := Run(t.Context(), eng, Plan{Steps: back.Steps}, nil); r.Err != nil || string(eng.docs[r.Steps[0].Ref].Spec) != string(old.Spec) {
		t.Errorf("taken back: %+v, %v", r, eng.docs)
	}
	// Where the new one is refused the former is made again.
	eng = newFake(old)
	eng.gone = true
	eng.beforeUpdate = func(_ *fakeEngine, w model.Write) error {
		if string(w.Spec) == string(replace.Spec) {
			return errors.New("too large")
		}
		return nil
	}
	r = Run(t.Context(), eng, plan, nil)
	if r.Verdict() != NotDone || !strings.Contains(r.Err.Error(), "too large") || !strings.Contains(r.Err.Error(), "made again") || len(eng.docs) != 1 {
		t.Errorf("refused: %v, %v", r.Err, eng.docs)
	}
	for _, d := range eng.docs {
		if string(d.Spec) != string(old.Spec) {
			t.Errorf("left is %s", d.Spec)
		}
	}
}

// TestCombine_KeepsWhatStepsNeed: steps that stand behind others need the same
// ones as before.
func TestCombine_KeepsWhatStepsNeed(t *testing.T) {
	_, a := smallStack()
	_, b := smallStack()
	b.Steps[1].Uses = []Use{{ID: "x", Step: 0}}
	sum := Combine([]Plan{a, b})
	if fmt.Sprint(sum.Steps[3].needs()) != "[2 2]" || fmt.Sprint(b.Steps[1].needs()) != "[0 0]" {
		t.Errorf("needs %v, and before %v", sum.Steps[3].needs(), b.Steps[1].needs())
	}
}

func TestRun_RemovedAndStillThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eng, plan := smallStack()
		eng.gone = false // The engine shows it for ever.
		plan.Steps = plan.Steps[:1]
		began := time.Now()
		r := Run(t.Context(), eng, plan, nil)
		if r.Err != nil || len(r.Warnings) != 1 || time.Since(began) < goneWithin {
			t.Errorf("%+v after %s", r, time.Since(began))
		}
	})
}
