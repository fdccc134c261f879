package ui

import (
	"slices"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func TestAcknowledge_OnlyWhatWasRolledBack(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"), testkit.Reports(1, 1))
	c := testkit.Cluster(testkit.Services(web), testkit.Nodes(testkit.Node(testkit.Hostname("n1"), testkit.Down())))
	var kept []string
	onDesk(t, Options{Acknowledge: func(mark string) error { kept = append(kept, mark); return nil }}, c, 80, 24, func(t *testing.T, d *desk) {
		d.press("!", "a")
		d.sees("only a rolled-back update can be acknowledged")
		d.press("j", "a")
		d.rest()
		d.sees("acknowledged: web update rolled back")
		i := slices.IndexFunc(c.Problems(), func(p model.Finding) bool { return p.Mark != "" })
		if want := []string{c.Problems()[i].Mark}; !slices.Equal(kept, want) || !slices.Equal(d.feed.acknowledged, want) {
			t.Errorf("kept %q, told %q, want %q", kept, d.feed.acknowledged, want)
		}
	})
}
