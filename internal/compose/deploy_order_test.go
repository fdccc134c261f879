package compose_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"skep/actions"
	"skep/model"
)

// A published port that a service of another stack has refuses the whole, before
// anything is written; two may have one on their hosts.
func TestDeploy_PortsThatOthersHave(t *testing.T) {
	c := simulated(t)
	ports := func(mode string) string {
		return "version: '3.8'\nservices:\n  web:\n    image: app:1\n    ports: [{target: 80, published: 8080, mode: " + mode + "}]\n"
	}
	for _, tt := range []struct {
		stack, mode, why string
	}{
		{"one", "host", ""}, {"two", "host", ""},
		{"three", "ingress", "three_web is to publish 8080/tcp, which one_web does"},
	} {
		_, err := c.plan(t, tt.stack, ports(tt.mode), actions.Deployment{})
		if (err == nil) != (tt.why == "") || err != nil && !strings.Contains(err.Error(), tt.why) {
			t.Errorf("%s: %v, want %q", tt.stack, err, tt.why)
		}
		if err == nil {
			c.deploy(t, tt.stack, ports(tt.mode), actions.Deployment{})
		}
	}
	if _, err := c.plan(t, "one", ports("ingress"), actions.Deployment{}); err == nil || !strings.Contains(err.Error(), "which two_web does") {
		t.Errorf("its own is no hindrance, that of two is: %v", err)
	}
}

// TestDeploy_PortsThatPassFromOneToAnother: what gives a port goes first, and where it
// cannot nothing is written at all.
func TestDeploy_PortsThatPassFromOneToAnother(t *testing.T) {
	c := simulated(t)
	c.deploy(t, "shop", `services: {api: {image: "nginx:1"}, web: {image: "nginx:1", ports: ["80:80"]}}`, actions.Deployment{})
	for file, why := range map[string]string{
		`services: {api: {image: "nginx:1", ports: ["80:80"]}, web: {image: "nginx:1", ports: ["8080:80"], depends_on: [api]}}`: "or takes a published port of it",
		`services: {api: {image: "nginx:1", ports: ["80:80"]}, web: {image: "nginx:1", x-skep-wave: 1}}`:                        "shop_api takes a published port of shop_web, which is in a later wave",
	} {
		if _, err := c.plan(t, "shop", file, actions.Deployment{}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", file, err)
		}
	}
	after := `services: {api: {image: "nginx:1", ports: ["80:80"]}, web: {image: "nginx:1", ports: ["8080:80"]}}`
	p, _ := c.deploy(t, "shop", after, actions.Deployment{})
	if len(p.Steps) != 2 || p.Steps[1].Name != "shop_api" || p.Steps[1].Patience == 0 || !slices.Equal(p.Steps[1].After, []int{0}) {
		t.Errorf("planned %+v", p.Steps)
	}
	c.same(t, "shop", after, actions.Deployment{})
}

func TestDeploy_InWaves(t *testing.T) {
	c := simulated(t)
	const text = `
services:
  web: {image: nginx:1, depends_on: [api]}
  api: {image: nginx:1, depends_on: [db]}
  db: {image: nginx:1}
  late: {image: nginx:1, x-skep-wave: 3}
`
	p, err := c.plan(t, "shop", text, actions.Deployment{})
	if err != nil {
		t.Fatal(err)
	}
	var waited []int
	failed := errors.New("it does not stay up")
	b := actions.Batch{Settle: func(_ context.Context, done []actions.StepResult) error {
		if waited = append(waited, len(done)); len(waited) == 2 {
			return failed
		}
		return nil
	}}
	r := actions.RunAll(t.Context(), c, []actions.Plan{p}, b)[0]
	if !errors.Is(r.Err, failed) || r.Verdict() != actions.InPart || !slices.Equal(c.names(t, model.KindService), []string{"shop_api", "shop_db"}) {
		t.Errorf("%v: %q, waited for %v", r.Err, c.names(t, model.KindService), waited)
	}
	for text, want := range map[string]string{
		"services: {a: {image: a, depends_on: [b]}, b: {image: a, depends_on: [a]}}": "depends on the next",
		"services: {a: {image: a, depends_on: [b]}, b: {image: a, x-skep-wave: 1}}":  "later wave",
		"services: {a: {image: a, depends_on: [b]}}":                                 "",
		"services: {a: {image: a, networks: [n]}}\nnetworks: {n: {external: true}}":  "external",
		"services: {a: {image: a, secrets: [n]}}\nsecrets: {n: {external: true}}":    "external",
	} {
		if _, err := c.plan(t, "other", text, actions.Deployment{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestDeploy_RemovesOnceTheRestRuns: what the files no longer have goes after the last
// wave, and not at all where that does not run; at once only where all is.
func TestDeploy_RemovesOnceTheRestRuns(t *testing.T) {
	c := simulated(t)
	c.deploy(t, "shop", `services: {old: {image: "nginx:1"}}`, actions.Deployment{})
	const text = `services: {new: {image: "nginx:1"}}`
	failed := errors.New("it does not stay up")
	for _, together := range []bool{false, true} {
		p, err := c.plan(t, "shop", text, actions.Deployment{Prune: true, Together: together})
		if err != nil {
			t.Fatal(err)
		}
		if !together {
			said := strings.Join(p.Impact.Sentences, "\n")
			r := actions.RunAll(t.Context(), c, []actions.Plan{p}, actions.Batch{Settle: func(context.Context, []actions.StepResult) error { return failed }})[0]
			if !errors.Is(r.Err, failed) || len(c.names(t, model.KindService)) != 2 || !strings.Contains(said, "removed once what is written runs as it should: service shop_old") {
				t.Errorf("%v, %q: said %s", r.Err, c.names(t, model.KindService), said)
			}
			continue
		}
		for _, s := range p.Steps {
			if s.Wave > 0 {
				t.Errorf("together, and yet in a later wave: %v", s)
			}
		}
	}
}

// What has a port on its hosts that others are to have goes first: they could not start
// beside it.
func TestDeploy_RemovesFirstWhatHoldsAPort(t *testing.T) {
	c := simulated(t)
	file := func(name string) string {
		return "version: '3.8'\nservices: {" + name + ": {image: \"nginx:1\", ports: [{target: 80, published: 8080, mode: host}]}}"
	}
	c.deploy(t, "shop", file("old"), actions.Deployment{})
	p, err := c.plan(t, "shop", file("new"), actions.Deployment{Prune: true})
	if err != nil || p.Steps[0].Op != actions.OpRemove || p.Steps[1].Wave > 0 {
		t.Errorf("%v: planned %+v", err, p.Steps)
	}
}
