package actions

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"skep/internal/testkit"
	"skep/model"
)

// TestSum_PartlyDone: of three scales, one is done, one is not because somebody
// else was faster, and the third service is gone.
func TestSum_PartlyDone(t *testing.T) {
	var plans []Plan
	eng := newFake()
	for _, name := range []string{"api", "web", "dns"} {
		in := inputFor(t, testkit.Service(testkit.Name(name), testkit.Replicas(3)), map[string]string{"replicas": "5"})
		eng.docs[in.Target.Ref] = in.Doc
		plans = append(plans, mustPlan(t, scale, in))
	}
	eng.edit(t, plans[1].Target.Ref, Edit{Path: pathReplicas, Value: 7})
	delete(eng.docs, plans[2].Target.Ref)
	o := Sum(plans, RunAll(t.Context(), eng, plans, Batch{GoOn: true}))
	if o.Complete() || o.String() != "1 done, 2 not" {
		t.Errorf("%s", o)
	}
	if got, want := fmt.Sprintf("%q", o.Done), `["api"]`; got != want {
		t.Errorf("done %s, want %s", got, want)
	}
	want := []string{"web - has changed since the preview (Mode.Replicated.Replicas: 3 -> 7): nothing was written to it",
		"dns - no longer exists (inspect: the object no longer exists)"}
	if got := fmt.Sprintf("%q", o.NotDone); got != fmt.Sprintf("%q", want) {
		t.Errorf("not done %s, want %q", got, want)
	}
	if got, want := fmt.Sprintf("%q", o.Undo), `["api: scale back to 3" "docker service scale api=3"]`; got != want {
		t.Errorf("undo %s, want %s", got, want)
	}
}

// TestSum_Unsure: what may have been done is not among what was not, and can
// be taken back.
func TestSum_Unsure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		eng, plan, _ := scaled(t)
		eng.beforeUpdate = func(*fakeEngine, model.Write) error {
			return &model.OpenError{Cause: &model.Trouble{Situation: model.Timeout, Cause: errors.New("no answer")}}
		}
		o := Sum([]Plan{plan}, []Result{Run(t.Context(), eng, plan, nil)})
		if o.String() != "none done, 1 unknown" || len(o.NotDone) != 0 || len(o.Undo) != 2 || o.Complete() {
			t.Errorf("%s: %+v", o, o)
		}
	})
}

func TestRun_GoneObjectIsNamed(t *testing.T) {
	eng, plan, ref := scaled(t)
	delete(eng.docs, ref)
	r := Run(t.Context(), eng, plan, nil)
	if r.Err == nil || !strings.HasPrefix(r.Err.Error(), "web no longer exists") || !errors.Is(r.Err, model.ErrGone) {
		t.Errorf("got %v", r.Err)
	}
	c := testkit.Cluster(testkit.Services(testkit.Service(testkit.Name("other"))), testkit.Nodes(testkit.Node()))
	if got := scale.Disabled(c, []Target{plan.Target, plan.Target}); got != "web no longer exists" {
		t.Errorf("disabled: %s", got)
	}
}
