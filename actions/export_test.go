package actions

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// LookSooner shortens how long a write is looked up, for an engine in this process,
// until the test ends. No other test may run meanwhile.
func LookSooner(t *testing.T) {
	long, pause := lookTime, lookPause
	t.Cleanup(func() { lookTime, lookPause = long, pause })
	lookTime, lookPause = 1500*time.Millisecond, 10*time.Millisecond
}

// Prepare plans at once, with the registry's answer where the action needs it.
func Prepare(ctx context.Context, eng Engine, a Action, c *model.Cluster, targets []Target, values map[string]string) []Proposal {
	r := Request{Action: a, Targets: targets, Values: values}
	docs := r.Read(ctx, eng, c, nil)
	answers := ResolveAll(ctx, eng, r.Images(c, docs))
	return r.Propose(c, docs, answers)
}

// TextEdits are what a text of an action changes in a specification.
func TextEdits(a Action, text string, base json.RawMessage) ([]Edit, error) {
	return a.Text.edits(text, base)
}

// Registered are all actions.
func Registered() []Action { return actions }

// Merge is a service's specification as a deployment leaves it.
func Merge(running json.RawMessage, want *swarm.ServiceSpec) (json.RawMessage, error) {
	want, err := cloned(want)
	if err != nil {
		return nil, err
	}
	p := &placing{deploy: &deploy{how: Deployment{Resolve: ResolveNever}, in: Input{}}, want: ordered{StackService: &StackService{Name: "web", Spec: *want}}, spec: want, doc: model.Document{Spec: running}}
	d, err := p.compare(&Plan{})
	if err != nil {
		return nil, err
	}
	return Apply(running, d.edits)
}
