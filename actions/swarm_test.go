package actions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

// A plan is for the swarm that it was made from, and each of its writes says so.
func TestPlan_IsForTheSwarmThatItWasMadeFrom(t *testing.T) {
	s := testkit.Service()
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()))
	b := testkit.Builder()
	b.SetNodes(c.Nodes(), testkit.Now)
	b.SetServices([]*model.Service{s}, testkit.Now)
	for _, verb := range []string{"restart", "remove"} {
		action, _ := Find(model.KindService, verb)
		request := Request{Action: action, Targets: []Target{{Ref: s.Key().Ref(), Name: s.Name()}}}
		eng := newFake(docOf(t, s))
		p := request.Propose(c, request.Read(t.Context(), eng, c, nil), nil)[0]
		if p.Err != nil || p.Plan.Swarm != testkit.SwarmID {
			t.Errorf("%s: for %q, %v", verb, p.Plan.Swarm, p.Err)
		}
		nameless := request.Propose(b.Build(testkit.Now), request.Read(t.Context(), eng, c, nil), nil)[0]
		if said := strings.Join(nameless.Plan.Warnings, " "); nameless.Err != nil || !strings.Contains(said, "which swarm") || strings.Contains(strings.Join(p.Plan.Warnings, " "), "which swarm") {
			t.Errorf("%s: %q and %q", verb, said, p.Plan.Warnings)
		}
		elsewhere := &strangeEngine{Engine: eng}
		plans := []Plan{p.Plan, p.Plan}
		for i, r := range RunAll(t.Context(), elsewhere, plans, Batch{GoOn: true}) {
			if model.AsOtherSwarm(r.Err) == nil || errors.Is(r.Err, ErrUnsure) {
				t.Errorf("%s, plan %d: %v", verb, i, r.Err)
			}
		}
		if len(elsewhere.asked) != 1 || elsewhere.asked[0] != testkit.SwarmID {
			t.Errorf("%s: written for %q, want once for %q", verb, elsewhere.asked, testkit.SwarmID)
		}
	}
}

// strangeEngine has come to be of another swarm.
type strangeEngine struct {
	Engine
	asked []string
}

func (e *strangeEngine) refuse(w model.Write) error {
	e.asked = append(e.asked, w.Swarm)
	return fmt.Errorf("%w: %w", model.ErrNotSent, &model.OtherSwarmError{Shown: w.Swarm, Found: "B", FoundAt: "tcp://b"})
}

func (e *strangeEngine) Update(_ context.Context, w model.Write) ([]string, error) {
	return nil, e.refuse(w)
}
func (e *strangeEngine) Create(_ context.Context, w model.Write) (string, []string, error) {
	return "", nil, e.refuse(w)
}
func (e *strangeEngine) Remove(_ context.Context, w model.Write) error { return e.refuse(w) }
