package ui

import (
	"slices"
	"strings"
	"testing"

	"skep/actions"
	"skep/internal/testkit"
	"skep/model"
)

// upgrading is a swarm whose worker1 is the operator's in an upgrade, or is let back, and
// whose worker2 comes after it.
func upgrading(back bool) *model.Cluster {
	upgrade := model.UpgradeMark{Engine: "29.7.2", Began: testkit.Now}.String()
	first := map[string]string{model.LabelUpgrade: upgrade, model.LabelDrain: model.DrainMark{Phase: model.DrainDone, Began: testkit.Now}.String()}
	if back {
		first = map[string]string{model.LabelDrain: model.DrainMark{Phase: model.DrainBack, Began: testkit.Now}.String()}
	}
	worker1 := testkit.Node(testkit.Availability("drain"), testkit.NodeLabels(first))
	if back {
		worker1.Version.Index++ // It was written.
	}
	return testkit.Cluster(testkit.Services(), testkit.Tasks(), testkit.Nodes(testkit.Node(testkit.Hostname("manager1"), testkit.Leader()), worker1,
		testkit.Node(testkit.Hostname("worker2"), testkit.NodeLabels(map[string]string{model.LabelUpgrade: upgrade}))))
}

// TestWalk_NobodyWaitsForTheOperator: a node that is taken back out of an upgrade gets
// its services, and its turn, while the upgrade waits for people.
func TestWalk_NobodyWaitsForTheOperator(t *testing.T) {
	onDesk(t, Options{View: "nodes", Pattern: "worker1"}, upgrading(false), 120, 30, func(t *testing.T, d *desk) {
		for _, p := range actions.Unfinished(d.cluster) {
			d.walks = append(d.walks, &walking{Walk: actions.NewWalk(p, actions.Result{})})
		}
		d.feed.push(upgrading(false))
		d.rest()
		d.sees("worker1 is yours")
		d.press("u")
		d.apply()
		if got := d.workspace.turn().Target.Name; got != "worker1" {
			t.Errorf("what is taken back waits for the operator: it is the turn of %q", got)
		}
		d.engine.show(upgrading(true))
		d.feed.push(upgrading(true))
		d.rest()
		if specs := written(d); !slices.ContainsFunc(specs, func(spec string) bool { return strings.Contains(spec, `"Availability":"active"`) }) {
			t.Errorf("the node is not activated:\n%s\n%s", strings.Join(specs, "\n"), d.text())
		}
	})
}

// TestWalk_IsToldOfWhereTheSwarmIsLeft, then and at the end, until it is gone on with or
// has come to its end otherwise.
func TestWalk_IsToldOfWhereTheSwarmIsLeft(t *testing.T) {
	for _, tt := range []struct {
		name string
		then func(t *testing.T, d *desk, procedure actions.Procedure)
		want string
	}{
		{"another swarm", func(*testing.T, *desk, actions.Procedure) {}, "on test: upgrade: not at its end (2 nodes left, worker1)"},
		{"gone on with", func(_ *testing.T, d *desk, p actions.Procedure) {
			d.beginWalks(resultMsg{from: d.workspace, plans: []actions.Plan{{Verb: p.Verb, Goes: true}}, results: []actions.Result{{}}})
		}, "upgrade: not at its end"},
		{"at its end", func(_ *testing.T, d *desk, _ actions.Procedure) {
			d.feed.push(testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Services(), testkit.Tasks()))
			d.rest()
		}, ""},
		{"written after it was left", func(t *testing.T, d *desk, p actions.Procedure) {
			from := d.left[0]
			from.walks, d.left = nil, nil
			d.tellLeft(resultMsg{from: from, title: "upgrade", plans: []actions.Plan{{Verb: p.Verb, Goes: true}}, results: []actions.Result{{}}})
			d.sees("on test: upgrade: done; and nothing goes on with it")
		}, "on test: upgrade: not at its end;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			contexts := &fakeContexts{}
			onDesk(t, Options{Contexts: contexts}, upgrading(false), 120, 30, func(t *testing.T, d *desk) {
				procedure := actions.Unfinished(d.cluster)[0]
				d.walks = []*walking{{Walk: actions.NewWalk(procedure, actions.Result{})}}
				d.feed.push(upgrading(false))
				d.rest()
				d.command("ctx staging")
				contexts.answers(d, "staging")
				d.sees("on test: upgrade: not at its end (2 nodes left, worker1)")
				if tt.name != "another swarm" { // Back to it.
					d.feed = contexts.feeds["staging"]
					d.feed.push(upgrading(false))
					d.rest()
				}
				tt.then(t, d, procedure)
				got := d.Untold()
				if tt.want == "" && len(got) > 0 || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tt.want)) {
					t.Errorf("at the end it tells %q, want %q", got, tt.want)
				}
			})
		})
	}
}

// TestWalk_OfBothSwarms: what was left in one, and what is unfinished in the other, are
// said together.
func TestWalk_OfBothSwarms(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{Contexts: contexts}, upgrading(false), 120, 30, func(_ *testing.T, d *desk) {
		d.walks = []*walking{{Walk: actions.NewWalk(actions.Unfinished(d.cluster)[0], actions.Result{})}}
		d.command("ctx staging")
		contexts.feeds["staging"].push(upgrading(false))
		d.rest()
		d.sees("on test: upgrade: not at its end", "here: begun", "at its end: upgrade; !")
	})
}

// written are the specifications that were written.
func written(d *desk) []string {
	out := make([]string, len(d.engine.writes))
	for i, w := range d.engine.writes {
		out[i] = string(w.Spec)
	}
	return out
}
