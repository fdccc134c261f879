package actions

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

// talker is an engine that warns of what it was told.
type talker struct {
	*fakeEngine
	says string
}

func (e talker) Update(ctx context.Context, w model.Write) ([]string, error) {
	_, err := e.fakeEngine.Update(ctx, w)
	return []string{e.says}, err
}

// A plan and its result quote the registry, the engine and specifications, and
// name no secrets.
func TestPlan_NamesNoSecrets(t *testing.T) {
	for _, p := range testkit.Secrets() {
		s := testkit.Service()
		c := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()))
		eng := talker{newFake(docOf(t, s)), "line:\n" + p.Text}
		eng.resolve = func(context.Context, string) (model.ResolvedImage, error) {
			return model.ResolvedImage{}, errors.New("denied:\n" + p.Text)
		}
		out := Prepare(t.Context(), eng, image, c, []Target{ServiceTarget(s)}, map[string]string{"image": "app:2"})[0]
		if out.Err != nil || len(out.Plan.Warnings) == 0 {
			t.Fatalf("%v, warnings %q", out.Err, out.Plan.Warnings)
		}
		r := Run(t.Context(), eng, out.Plan, nil)
		if r.Err != nil || len(r.Warnings) == 0 {
			t.Fatalf("%v, warnings %q", r.Err, r.Warnings)
		}
		for _, text := range []string{fmt.Sprint(out.Plan.Warnings, out.Plan.Title, out.Plan.Impact.Sentences, out.Plan.Commands), fmt.Sprint(r.Warnings)} {
			for _, secret := range p.Leaks(text) {
				if len(secret) > 5 { // The shortest are parts of words.
					t.Errorf("%q of %q is told: %s", secret, p.Text, text)
				}
			}
		}
	}
}
