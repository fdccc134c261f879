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
		if got := d.walks[0].Target.Name; got != "worker1" {
			t.Errorf("what is taken back waits for what is under way: %q is first", got)
		}
		d.engine.show(upgrading(true))
		d.feed.push(upgrading(true))
		d.rest()
		if specs := written(d); !slices.ContainsFunc(specs, func(spec string) bool { return strings.Contains(spec, `"Availability":"active"`) }) {
			t.Errorf("the node is not activated:\n%s\n%s", strings.Join(specs, "\n"), d.text())
		}
	})
}

// TestWalk_IsToldOfWhereTheSwarmIsLeft, then and at the end, until it is gone on with.
func TestWalk_IsToldOfWhereTheSwarmIsLeft(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{Contexts: contexts}, upgrading(false), 120, 30, func(t *testing.T, d *desk) {
		procedure := actions.Unfinished(d.cluster)[0]
		d.walks = []*walking{{Walk: actions.NewWalk(procedure, actions.Result{})}}
		d.feed.push(upgrading(false))
		d.rest()
		d.command("ctx staging")
		contexts.answers(d, "staging")
		const told = "on test: upgrade: not at its end (2 nodes left, worker1)"
		d.sees(told)
		if got := d.Untold(); len(got) != 1 || !strings.HasPrefix(got[0], told) {
			t.Errorf("at the end it tells %q", got)
		}
		plan := actions.Plan{Verb: procedure.Verb, Goes: true}
		d.beginWalks(resultMsg{from: d.workspace, plans: []actions.Plan{plan}, results: []actions.Result{{}}})
		if got := d.Untold(); len(got) != 1 || !strings.HasPrefix(got[0], "upgrade: ") {
			t.Errorf("gone on with, at the end it tells %q", got)
		}
		d.walks = nil
		d.tellLeft(resultMsg{from: d.left[0], title: "upgrade", plans: []actions.Plan{plan}, results: []actions.Result{{}}})
		d.sees("on test: upgrade: done; and nothing goes on with it")
		if got := d.Untold(); len(got) != 1 || !strings.HasPrefix(got[0], "on test: upgrade: not at its end;") {
			t.Errorf("written after it was left, at the end it tells %q", got)
		}
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
