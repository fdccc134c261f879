package actions

import (
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

func TestShortWord(t *testing.T) {
	for name, want := range map[string]string{
		"web":                             "",
		strings.Repeat("a", 30):           "",
		strings.Repeat("a", 31):           "aaaaaaaa",
		"acme-payments_gateway-worker-eu": "worker-eu",
		"acme-platform_production-payment-gateway.worker": "gateway.worker",
		"prod-eu/acme-platform_production-worker-1":       "worker-1",
		"acme-platform_production-payment-thumbnailer-7f": "thumbnailer-7f",
		"acme-platform_production-paymentthumbnailers-x":  "bnailers-x"[2:],
		strings.Repeat("é", 40):                           strings.Repeat("é", 8),
	} {
		got := shortWord(name)
		if got != want || !strings.HasSuffix(name, got) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestConfirm_TakesTheNameOrTheShortWord(t *testing.T) {
	const long = "acme-platform_production-payment-gateway.worker"
	p := mustPlan(t, remove, inputFor(t, testkit.Service(testkit.Name(long)), nil))
	c := p.Confirm
	if c.Gate != GateName || c.Word() != "gateway.worker" || !c.Takes(long) || !c.Takes("gateway.worker") {
		t.Errorf("%+v", c)
	}
	for text, begins := range map[string]bool{"": true, "gate": true, "acme-": true, "worker": false, "gateway.worker ": false} {
		if c.Takes(text) || c.Begins(text) != begins {
			t.Errorf("%q is taken, or %v for a beginning", text, !begins)
		}
	}
}

// TestPropose_InProduction: what restarts, moves or takes away asks for the
// context's name, for one target and for several.
func TestPropose_InProduction(t *testing.T) {
	a, b := testkit.Service(testkit.Name("a"), testkit.Replicas(2)), testkit.Service(testkit.Name("b"), testkit.Replicas(2))
	targets := []Target{ServiceTarget(a), ServiceTarget(b)}
	for _, tt := range []struct {
		action   Action
		replicas string
		targets  []Target
		want     string
	}{
		{scale, "3", targets[:1], ""},
		{scale, "1", targets[:1], "prod-eu"},
		{restart, "", targets[:1], "prod-eu"},
		{restart, "", targets, "prod-eu"},
		{scale, "0", targets[:1], "prod-eu/a"},
		{remove, "", targets[:1], "prod-eu/a"},
		{remove, "", targets, "prod-eu/remove 2"},
	} {
		c := testkit.Cluster(testkit.Services(a, b), testkit.Nodes(testkit.Node()), testkit.Session(model.Session{Production: "prod-eu"}))
		var plans []Plan
		for _, p := range Prepare(t.Context(), newFake(docOf(t, a), docOf(t, b)), tt.action, c, tt.targets, map[string]string{"replicas": tt.replicas}) {
			if p.Err != nil {
				t.Fatal(p.Err)
			}
			plans = append(plans, p.Plan)
		}
		if got := Combine(plans).Confirm; got.Name != tt.want || (got.Gate == GateName) != (tt.want != "") {
			t.Errorf("%s %s of %d: %+v, want %q", tt.action.Verb, tt.replicas, len(tt.targets), got, tt.want)
		}
	}
}
