package actions

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func TestPlanRollback(t *testing.T) {
	tests := []struct {
		name    string
		service *model.Service
		risk    Tier
		impact  [3]int // restarts, starts, stops
		says    []string
		silent  []string
		changes string
	}{
		{"the image", testkit.Service(testkit.Replicas(3), previous(oldImage)), Disruptive, [3]int{3, 0, 0},
			[]string{"the image goes back to example/app:0", "all 3 tasks restart, 1 at a time", "roll back again"}, []string{"only a scale"},
			"[TaskTemplate.ContainerSpec.Image: example/app:1 -> example/app:0]"},
		{"only a scale", testkit.Service(testkit.Replicas(5), previous(func(s *swarm.ServiceSpec) {
			testkitReplicas(s, 3)
		})), Disruptive, [3]int{0, 0, 2}, []string{"only a scale", "2 tasks stop: back to 3 from 5"}, []string{"restart"},
			"[Mode.Replicated.Replicas: 5 -> 3]"},
		{"only a scale up", testkit.Service(testkit.Replicas(2), previous(func(s *swarm.ServiceSpec) {
			testkitReplicas(s, 3)
		})), Disruptive, [3]int{0, 1, 0}, []string{"only a scale", "1 task starts: back to 3 from 2"}, nil, "[Mode.Replicated.Replicas: 2 -> 3]"},
		{"to nothing", testkit.Service(testkit.Replicas(2), previous(func(s *swarm.ServiceSpec) { testkitReplicas(s, 0) })),
			Destructive, [3]int{0, 0, 2}, []string{"web goes back to 0"}, nil, "[Mode.Replicated.Replicas: 2 -> 0]"},
		{"a variable that is a secret", testkit.Service(previous(func(s *swarm.ServiceSpec) {
			s.TaskTemplate.ContainerSpec.Env = []string{"DB_PASSWORD=hunter2"}
		})), Disruptive, [3]int{1, 0, 0}, []string{"the image stays the same"}, []string{"hunter2"}, "[TaskTemplate.ContainerSpec.Env[DB_PASSWORD]: + ******]"},
		{"only labels", testkit.Service(previous(func(s *swarm.ServiceSpec) { s.Labels = map[string]string{"a": "b"} })),
			Disruptive, [3]int{0, 0, 0}, []string{"no task restarts"}, nil, "[Labels.a: + b]"},
		{"only the placement", testkit.Service(previous(func(s *swarm.ServiceSpec) {
			s.TaskTemplate.Placement = &swarm.Placement{Constraints: []string{"node.role==worker"}}
		})), Disruptive, [3]int{0, 0, 0}, []string{"only the placement changes"}, nil, `[TaskTemplate.Placement.Constraints: + ["node.role==worker"]]`},
		{"after a rollback", testkit.Service(previous(oldImage), testkit.Updating(swarm.UpdateStateRollbackCompleted, "")),
			Disruptive, [3]int{1, 0, 0}, []string{"this one goes forward again"}, nil, "[TaskTemplate.ContainerSpec.Image: example/app:1 -> example/app:0]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := mustPlan(t, rollback, inputFor(t, tt.service, nil))
			if got := [3]int{p.Impact.Restarts, p.Impact.Starts, p.Impact.Stops}; got != tt.impact || p.Risk != tt.risk {
				t.Errorf("restarts, starts, stops: %v, risk %d; want %v, %d", got, p.Risk, tt.impact, tt.risk)
			}
			if got := fmt.Sprint(p.Changes); got != tt.changes {
				t.Errorf("changes %s, want %s", got, tt.changes)
			}
			wantSays(t, p, tt.says...)
			wantSilent(t, p, tt.silent...)
			if p.Commands[0] != "docker service rollback web" {
				t.Errorf("command %s", p.Commands[0])
			}
		})
	}
}

func TestRollback_WithoutAnEarlierVersion(t *testing.T) {
	s := testkit.Service()
	in := inputFor(t, s, nil, testkit.Nodes(testkit.Node()))
	if got := rollback.Disabled(in.Cluster, in.Batch); got != noPrevious {
		t.Errorf("got %q", got)
	}
	if _, err := rollback.Plan(in); err == nil {
		t.Error("planned all the same")
	}
	same := testkit.Service(previous(func(*swarm.ServiceSpec) {}))
	if _, err := rollback.Plan(inputFor(t, same, nil)); !errors.Is(err, ErrNoChange) {
		t.Errorf("same as before: %v", err)
	}
}

func TestRollback_StopsWhenTheEarlierVersionIsAnother(t *testing.T) {
	in := inputFor(t, testkit.Service(testkit.Replicas(3), previous(oldImage)), nil)
	eng, plan := newFake(in.Doc), mustPlan(t, rollback, in)
	// A scale by somebody else makes the rollback undo the scale.
	d := in.Doc
	d.Previous = d.Spec
	eng.docs[d.Ref] = d
	eng.edit(t, d.Ref, Edit{Path: pathReplicas, Value: 4})
	r := Run(t.Context(), eng, plan, nil)
	var drift *DriftError
	if !errors.As(r.Err, &drift) || len(eng.writes) != 0 {
		t.Fatalf("got %v", r.Err)
	}
	if !strings.Contains(r.Err.Error(), "PreviousSpec.TaskTemplate.ContainerSpec.Image") {
		t.Errorf("it does not say what: %v", r.Err)
	}
}

func TestRollback_SwapsAndBack(t *testing.T) {
	in := inputFor(t, testkit.Service(testkit.Replicas(3), previous(oldImage)), nil)
	eng, plan := newFake(in.Doc), mustPlan(t, rollback, in)
	if r := Run(t.Context(), eng, plan, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	if !eng.writes[0].Rollback || string(eng.writes[0].Spec) != string(in.Doc.Spec) {
		t.Errorf("wrote %+v", eng.writes[0])
	}
	// The two versions have changed places.
	back := in
	back.Doc = eng.docs[in.Doc.Ref]
	if r := Run(t.Context(), eng, mustPlan(t, rollback, back), nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	if string(eng.docs[in.Doc.Ref].Spec) != string(in.Doc.Spec) {
		t.Error("rolling back once more did not restore it")
	}
}
