package actions

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// slowEngine takes its time for a write, and does not make one that is cut short.
type slowEngine struct {
	*fakeEngine
	takes time.Duration
	// deaf makes it do the write at once and never answer.
	deaf bool
}

func (s *slowEngine) Update(ctx context.Context, w model.Write) ([]string, error) {
	if s.deaf {
		_, _ = s.fakeEngine.Update(ctx, w)
		<-ctx.Done()
	}
	select {
	case <-time.After(s.takes):
		return s.fakeEngine.Update(ctx, w)
	case <-ctx.Done():
		return nil, &model.OpenError{Cause: ctx.Err()}
	}
}

// TestRun_LeftInAWrite: who leaves does not call the request back. It has its
// time, is looked up and written down.
func TestRun_LeftInAWrite(t *testing.T) {
	for name, c := range map[string]struct {
		takes   time.Duration
		deaf    bool
		verdict Verdict
		ends    time.Duration
	}{
		"it is answered in time":          {writeGrace - time.Second, false, Done, writeGrace - time.Second},
		"it is made and not answered":     {time.Hour, true, Done, writeGrace},
		"it is neither made nor answered": {time.Hour, false, Unknown, writeGrace + (looks-1)*lookPause + lookPause},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				eng, plan, _ := scaled(t)
				ctx, cancel := context.WithCancel(t.Context())
				began := time.Now()
				time.AfterFunc(time.Nanosecond, cancel)
				var entries []Entry
				results := RunAll(ctx, &slowEngine{eng, c.takes, c.deaf}, []Plan{plan, plan}, Batch{GoOn: true, Journal: func(e Entry) { entries = append(entries, e) }})
				if got := results[0].Verdict(); got != c.verdict {
					t.Errorf("%s: %v", got, results[0].Err)
				}
				if took := time.Since(began).Round(time.Millisecond); took != c.ends || took > Grace {
					t.Errorf("it took %s, want %s", took, c.ends)
				}
				if results[1].Verdict() != NotBegun {
					t.Errorf("the next one: %v", results[1].Err)
				}
				if len(entries) != 2 || entries[1].Result.Verdict() != c.verdict {
					t.Errorf("journal: %+v", entries)
				}
			})
		})
	}
}

// TestRunAll_StopsAfterUnknown, and says what was not begun.
func TestRunAll_StopsAfterUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var plans []Plan
		eng := newFake()
		for _, name := range []string{"a", "b", "c", "d"} {
			in := inputFor(t, testkit.Service(testkit.Name(name), testkit.Replicas(3)), map[string]string{"replicas": "5"})
			eng.docs[in.Target.Ref] = in.Doc
			plans = append(plans, mustPlan(t, scale, in))
		}
		refused, lost := errors.New("port is taken"), &model.OpenError{Cause: errors.New("EOF")}
		eng.beforeUpdate = func(_ *fakeEngine, w model.Write) error {
			return map[model.Ref]error{plans[0].Target.Ref: refused, plans[1].Target.Ref: lost}[w.Ref]
		}
		o := Sum(plans, RunAll(t.Context(), eng, plans, Batch{GoOn: true}))
		if o.String() != "none done, 1 not, 1 unknown, 2 not begun" || strings.Join(o.NotBegun, " ") != "c d" || len(eng.writes) != 0 {
			t.Errorf("%s: %+v", o, o)
		}
	})
}

// TestRun_SentTwiceOnTheWay: what stands between sends a request again, and the
// second answer is a refusal.
func TestRun_SentTwiceOnTheWay(t *testing.T) {
	eng, plan, _ := scaled(t)
	eng.beforeUpdate = func(f *fakeEngine, w model.Write) error {
		f.edit(t, w.Ref, Edit{Path: pathReplicas, Value: 5})
		return model.ErrConflict
	}
	if r := Run(t.Context(), eng, plan, nil); r.Err != nil || len(r.Warnings) != 1 {
		t.Errorf("%+v", r)
	}
	in := inputFor(t, testkit.Service(), nil)
	gone := &goneEngine{newFake(in.Doc)}
	if r := Run(t.Context(), gone, mustPlan(t, remove, in), nil); r.Err != nil || len(r.Warnings) != 1 {
		t.Errorf("remove: %+v", r)
	}
}

// goneEngine says of each removal that there was nothing to remove.
type goneEngine struct{ *fakeEngine }

func (g *goneEngine) Remove(ctx context.Context, w model.Write) error {
	_ = g.fakeEngine.Remove(ctx, w)
	return model.ErrGone
}

// TestTrace_Reads what an object shows of a step.
func TestTrace_Reads(t *testing.T) {
	spec := func(replicas string) []byte {
		return []byte(`{"Name":"web","Mode":{"Replicated":{"Replicas":` + replicas + `}}}`)
	}
	scale := Step{Op: OpUpdate, Ref: model.ServiceID("s").Ref(), Edits: []Edit{{Path: pathReplicas, Value: 5}}}
	back := Step{Op: OpRollback, Ref: scale.Ref}
	doc := func(version uint64, now, previous string) model.Document {
		d := model.Document{Ref: scale.Ref, Version: version, Spec: spec(now)}
		if previous != "" {
			d.Previous = spec(previous)
		}
		return d
	}
	seen := doc(10, "3", "2")
	for name, c := range map[string]struct {
		step Step
		now  model.Document
		want Verdict
	}{
		"untouched":                        {scale, seen, NotDone},
		"made":                             {scale, doc(11, "5", "3"), Done},
		"made, and the engine went on":     {scale, doc(19, "5", "3"), Done},
		"only the engine wrote":            {scale, doc(12, "3", "2"), NotDone},
		"made, and rolled back by itself":  {scale, doc(19, "3", ""), Unknown},
		"made, and set back":               {scale, doc(19, "3", "5"), Unknown},
		"somebody else's":                  {scale, doc(11, "7", "3"), Unknown},
		"rollback untouched":               {back, seen, NotDone},
		"rollback, only the engine wrote":  {back, doc(12, "3", "2"), NotDone},
		"rolled back":                      {back, doc(11, "2", "3"), Done},
		"rolled back, and forgotten":       {back, doc(11, "2", ""), Done},
		"rolled back, and somebody else's": {back, doc(12, "9", "2"), Unknown},
	} {
		c.step.Seen = seen
		if got := c.step.Trace().read(c.now); got.Verdict != c.want || (got.Why != "") != (c.want == Unknown) {
			t.Errorf("%s: %+v, want %s", name, got, c.want)
		}
	}
}
