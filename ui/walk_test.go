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

// written are the specifications that were written.
func written(d *desk) []string {
	out := make([]string, len(d.engine.writes))
	for i, w := range d.engine.writes {
		out[i] = string(w.Spec)
	}
	return out
}
