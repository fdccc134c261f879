package ui

import (
	"slices"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func TestAcknowledge_AnyProblem(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"), testkit.Reports(1, 1))
	c := testkit.Cluster(testkit.Services(web), testkit.Nodes(testkit.Node(testkit.Hostname("n1"), testkit.Down())))
	var kept []string
	onDesk(t, Options{Acknowledge: func(mark string) error { kept = append(kept, mark); return nil }}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("!", "a")
		d.rest()
		d.sees("UTC or a change: n1 down")
		d.press("j", "a")
		d.rest()
		d.sees("acknowledged: web update rolled back")
		if want := []string{c.Problems()[0].Mark, c.Problems()[1].Mark}; !slices.Equal(kept, want) || !slices.Equal(d.feed.acknowledged, want) {
			t.Errorf("kept %q, told %q, want %q", kept, d.feed.acknowledged, want)
		}
	})
}

// TestAcknowledge_IsSaidAndTakenBack acknowledges the only problem: the verdict says so,
// and the same key makes a problem of it again.
func TestAcknowledge_IsSaidAndTakenBack(t *testing.T) {
	b := testkit.Builder()
	b.SetNodes([]*model.Node{testkit.Node(testkit.Hostname("n1"), testkit.Down())}, testkit.Now)
	b.SetServices(nil, testkit.Now)
	b.Acknowledge(b.Build(testkit.Now).Problems()[0].Mark)
	var kept []string
	onDesk(t, Options{Acknowledge: func(mark string) error { kept = append(kept, mark); return nil }}, b.Build(testkit.Now), 80, 24, func(t *testing.T, d *desk) {
		d.sees("no problems but 1 acknowledged (!)")
		d.press("!", "a")
		d.rest()
		d.sees("a problem again: n1 down")
		if len(kept) != 1 || !model.Unseen(kept[0]) {
			t.Errorf("kept %q", kept)
		}
	})
}
