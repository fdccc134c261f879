package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"skep/internal/testkit"
	"skep/model"
)

func TestMain(m *testing.M) {
	testkit.SideBySide(4)
	testkit.LetGarbageBe()
	goleak.VerifyTestMain(m)
}

// scaled plans a scale from 3 to 5 of a service whose document is known to a
// fake engine.
func scaled(t *testing.T) (*fakeEngine, Plan, model.Ref) {
	t.Helper()
	in := inputFor(t, testkit.Service(testkit.Replicas(3)), map[string]string{"replicas": "5"})
	return newFake(in.Doc), mustPlan(t, scale, in), in.Target.Ref
}

func TestRun_WritesWithTheVersionItFound(t *testing.T) {
	eng, plan, ref := scaled(t)
	want, _ := Apply(eng.docs[ref].Spec, plan.Steps[0].Edits)
	var entries []Entry
	eng.beforeUpdate = func(*fakeEngine, model.Write) error {
		if len(entries) != 1 || !entries[0].Finished.IsZero() {
			t.Errorf("the intent is not written down before the request: %+v", entries)
		}
		return nil
	}
	r := Run(t.Context(), eng, plan, func(e Entry) { entries = append(entries, e) })
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	if len(eng.writes) != 1 || eng.writes[0].Version != 10 || string(eng.writes[0].Spec) != string(want) {
		t.Errorf("wrote %+v", eng.writes)
	}
	if r.Version != 11 {
		t.Errorf("version %d, want the one after the write", r.Version)
	}
	if len(entries) != 2 || !entries[0].Finished.IsZero() || entries[0].ID == "" || entries[1].ID != entries[0].ID ||
		entries[1].Plan.Title != plan.Title || entries[1].Result.Err != nil || entries[1].Finished.IsZero() {
		t.Errorf("journal: %+v", entries)
	}
}

// somebody changes an unrelated field between the action's read and its write,
// so many times.
func meddle(t *testing.T, times int, edits ...Edit) func(*fakeEngine, model.Write) error {
	return func(f *fakeEngine, w model.Write) error {
		if times > 0 {
			times--
			f.edit(t, w.Ref, edits...)
		}
		return nil
	}
}

func TestRun_RetriesOnConflict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eng, plan, ref := scaled(t)
		eng.beforeUpdate = meddle(t, retries, Edit{Path: []string{"Labels", "by"}, Value: "somebody"})
		if r := Run(t.Context(), eng, plan, nil); r.Err != nil {
			t.Fatal(r.Err)
		}
		var spec struct {
			Labels map[string]string
			Mode   struct{ Replicated struct{ Replicas int } }
		}
		if err := json.Unmarshal(eng.docs[ref].Spec, &spec); err != nil {
			t.Fatal(err)
		}
		if spec.Labels["by"] != "somebody" || spec.Mode.Replicated.Replicas != 5 {
			t.Errorf("the other change or this one was lost: %+v", spec)
		}
	})
}

func TestRun_GivesUpOnEndlessConflicts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eng, plan, _ := scaled(t)
		eng.beforeUpdate = meddle(t, retries+1, Edit{Path: []string{"Labels", "by"}, Value: "somebody"})
		r := Run(t.Context(), eng, plan, nil)
		if !errors.Is(r.Err, model.ErrConflict) || len(eng.writes) != 0 {
			t.Errorf("got %v after %d writes", r.Err, len(eng.writes))
		}
	})
}

func TestRun_StopsWhenTheConfirmedFieldChanged(t *testing.T) {
	for name, late := range map[string]bool{"before the first read": false, "between read and write": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				eng, plan, ref := scaled(t)
				change := Edit{Path: pathReplicas, Value: 7}
				if late {
					eng.beforeUpdate = meddle(t, 1, change)
				} else {
					eng.edit(t, ref, change)
				}
				r := Run(t.Context(), eng, plan, nil)
				var drift *DriftError
				if !errors.As(r.Err, &drift) || len(eng.writes) != 0 {
					t.Fatalf("got %v after %d writes", r.Err, len(eng.writes))
				}
				if want := "Mode.Replicated.Replicas: 3 -> 7"; !strings.Contains(r.Err.Error(), want) {
					t.Errorf("%q does not say %q", r.Err, want)
				}
			})
		})
	}
}

// TestRun_KnowsAVersionWithoutReadingIt: what waits for a write goes by its version,
// whether or not the object could be read after it.
func TestRun_KnowsAVersionWithoutReadingIt(t *testing.T) {
	eng, plan, _ := scaled(t)
	untilWritten := func() context.Context { // It is not read any more.
		ctx, end := context.WithCancel(t.Context())
		t.Cleanup(end)
		eng.beforeUpdate = func(*fakeEngine, model.Write) error { end(); return nil }
		return ctx
	}
	if r := Run(untilWritten(), eng, plan, nil); r.Err != nil || r.Version != 11 || r.Steps[0].Version != 11 {
		t.Errorf("an update: %+v", r)
	}
	plan.Steps = []Step{{Op: OpCreate, Ref: model.KindService.All(), Name: "new", Spec: json.RawMessage(`{"Name":"new"}`)}}
	if r := Run(untilWritten(), eng, plan, nil); r.Err != nil || r.Steps[0].Version == 0 || r.Steps[0].Ref.ID == "" {
		t.Errorf("a service that was made: %+v", r)
	}
}

func TestRun_TwiceIsNotDoneTwice(t *testing.T) {
	in := inputFor(t, testkit.Service(), nil)
	eng, plan := newFake(in.Doc), mustPlan(t, restart, in)
	if r := Run(t.Context(), eng, plan, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	var drift *DriftError
	if r := Run(t.Context(), eng, plan, nil); !errors.As(r.Err, &drift) || len(eng.writes) != 1 {
		t.Errorf("got %v after %d writes", r.Err, len(eng.writes))
	}
}

func TestRun_RefusedPlansAreNotRun(t *testing.T) {
	eng, plan, _ := scaled(t)
	plan.refuse("it would hurt")
	plan.confirm()
	r := Run(t.Context(), eng, plan, nil)
	if r.Err == nil || !strings.Contains(r.Err.Error(), "it would hurt") || len(eng.writes) != 0 {
		t.Errorf("got %v after %d writes", r.Err, len(eng.writes))
	}
}

func TestRun_GoneObject(t *testing.T) {
	eng, plan, ref := scaled(t)
	delete(eng.docs, ref)
	if r := Run(t.Context(), eng, plan, nil); !errors.Is(r.Err, model.ErrGone) {
		t.Errorf("got %v", r.Err)
	}
}

func TestRun_LostAnswer(t *testing.T) {
	lost := &model.OpenError{Cause: &model.Trouble{Situation: model.Timeout, Cause: errors.New("no answer")}}
	t.Run("the change is there", func(t *testing.T) {
		eng, plan, _ := scaled(t)
		eng.beforeUpdate = func(f *fakeEngine, w model.Write) error {
			f.edit(t, w.Ref, Edit{Path: pathReplicas, Value: 5})
			return lost
		}
		if r := Run(t.Context(), eng, plan, nil); r.Err != nil || len(r.Warnings) != 1 {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("the change is not there", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			eng, plan, _ := scaled(t)
			eng.beforeUpdate = func(*fakeEngine, model.Write) error { return lost }
			if r := Run(t.Context(), eng, plan, nil); r.Verdict() != Unknown || !errors.Is(r.Err, lost) {
				t.Errorf("got %v", r.Err)
			}
		})
	})
	t.Run("an answer, and the change is not there", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			eng, plan, _ := scaled(t)
			eng.beforeUpdate = func(*fakeEngine, model.Write) error {
				return &model.OpenError{Answered: true, Cause: errors.New("internal server error")}
			}
			if r := Run(t.Context(), eng, plan, nil); r.Verdict() != NotDone || r.Err.Error() != "internal server error" {
				t.Errorf("got %v", r.Err)
			}
		})
	})
	t.Run("a refusal is no lost answer", func(t *testing.T) {
		eng, plan, _ := scaled(t)
		eng.beforeUpdate = func(*fakeEngine, model.Write) error { return errors.New("port is taken") }
		if r := Run(t.Context(), eng, plan, nil); r.Err == nil || errors.Is(r.Err, ErrUnsure) {
			t.Errorf("got %v", r.Err)
		}
	})
}

func TestRun_CancelledWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eng, plan, _ := scaled(t)
		ctx, cancel := context.WithTimeout(t.Context(), retryPause/2)
		defer cancel()
		eng.beforeUpdate = meddle(t, 9, Edit{Path: []string{"Labels", "by"}, Value: "x"})
		started := time.Now()
		r := Run(ctx, eng, plan, nil)
		if !errors.Is(r.Err, context.DeadlineExceeded) || r.Verdict() != NotBegun || time.Since(started) != retryPause/2 {
			t.Errorf("got %v after %s", r.Err, time.Since(started))
		}
	})
}

func TestRunAll_ResultForEach(t *testing.T) {
	a, b := testkit.Service(testkit.Name("a")), testkit.Service(testkit.Name("b"))
	inA, inB := inputFor(t, a, nil), inputFor(t, b, nil)
	eng := newFake(inB.Doc)
	results := RunAll(t.Context(), eng, []Plan{mustPlan(t, restart, inA), mustPlan(t, restart, inB)}, Batch{GoOn: true})
	if !errors.Is(results[0].Err, model.ErrGone) || results[1].Err != nil || results[1].Target.Name != "b" {
		t.Errorf("got %+v", results)
	}
	// Unless told so, it does not go on.
	results = RunAll(t.Context(), eng, []Plan{mustPlan(t, restart, inA), mustPlan(t, restart, inB)}, Batch{})
	if o := Sum(make([]Plan, 2), results); o.String() != "none done, 1 not, 1 not begun" || results[1].Err.Error() != "not begun: a failed" {
		t.Errorf("got %s, %+v", o, results)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if results := RunAll(ctx, eng, []Plan{{}, {}}, Batch{GoOn: true}); !errors.Is(results[1].Err, context.Canceled) {
		t.Errorf("after a cancel: %+v", results)
	}
}

func TestPrepare_AsksTheRegistryOncePerImage(t *testing.T) {
	a, b := testkit.Service(testkit.Name("a")), testkit.Service(testkit.Name("b"))
	c := testkit.Cluster(testkit.Services(a, b), testkit.Nodes(testkit.Node()))
	eng := newFake(docOf(t, a), docOf(t, b))
	asked := 0
	eng.resolve = func(_ context.Context, image string) (model.ResolvedImage, error) {
		asked++
		return model.ResolvedImage{Pinned: image + "@sha256:" + strings.Repeat("a", 64)}, nil
	}
	targets := []Target{ServiceTarget(a), ServiceTarget(b)}
	out := Prepare(t.Context(), eng, image, c, targets, map[string]string{"image": "example/app:2"})
	for i, p := range out {
		if p.Err != nil || p.Plan.Target != targets[i] {
			t.Fatalf("%+v", p)
		}
		if got := p.Plan.Changes[0].After; got != "example/app:2@sha256:"+strings.Repeat("a", 64) {
			t.Errorf("the image becomes %s", got)
		}
	}
	if asked != 1 || len(eng.writes) != 0 {
		t.Errorf("asked %d times, wrote %d times", asked, len(eng.writes))
	}
}

func TestPrepare_RegistryThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testkit.Service()
		c := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()))
		eng := newFake(docOf(t, s))
		eng.resolve = func(ctx context.Context, _ string) (model.ResolvedImage, error) {
			<-ctx.Done()
			return model.ResolvedImage{}, ctx.Err()
		}
		started := time.Now()
		out := Prepare(t.Context(), eng, image, c, []Target{ServiceTarget(s)}, map[string]string{"image": "app:2"})
		if out[0].Err != nil || time.Since(started) != registryPatience {
			t.Fatalf("%v after %s", out[0].Err, time.Since(started))
		}
		if got := fmt.Sprint(out[0].Plan.Warnings); !strings.Contains(got, "did not answer within 1m") {
			t.Errorf("warnings: %s", got)
		}
		if got := out[0].Plan.Changes[0].After; got != "app:2" {
			t.Errorf("the image becomes %s", got)
		}
	})
}

func TestPrepare_GoneReadOnlyAndUnplannable(t *testing.T) {
	s := testkit.Service(testkit.Replicas(3))
	values := map[string]string{"replicas": "3"}
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()))
	if out := Prepare(t.Context(), newFake(), scale, c, []Target{ServiceTarget(s)}, values); !errors.Is(out[0].Err, model.ErrGone) {
		t.Errorf("gone: %v", out[0].Err)
	}
	if out := Prepare(t.Context(), newFake(docOf(t, s)), scale, c, []Target{ServiceTarget(s)}, values); !errors.Is(out[0].Err, ErrNoChange) {
		t.Errorf("no change: %v", out[0].Err)
	}
	ro := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()), testkit.Session(model.Session{ReadOnly: true}))
	if out := Prepare(t.Context(), newFake(docOf(t, s)), scale, ro, []Target{ServiceTarget(s)}, values); out[0].Err == nil || !strings.Contains(out[0].Err.Error(), "read-only") {
		t.Errorf("read-only: %v", out[0].Err)
	}
}
