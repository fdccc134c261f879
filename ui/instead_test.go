package ui

import (
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// TestInstead_GoesToTheRollback that is better done first; elsewhere the key does
// nothing, and nothing offers it.
func TestInstead_GoesToTheRollback(t *testing.T) {
	before := testkit.Service(testkit.Image("app:1"))
	previous := testkit.WithService(func(s *model.Service) { s.PreviousSpec = &before.Spec })
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(3), testkit.Image("app:nope"), previous, testkit.Updating(swarm.UpdateStatePaused, "update paused"))
	api := testkit.Service(testkit.Name("api"), testkit.Replicas(3))
	c := testkit.Cluster(testkit.Nodes(testkit.Node()), testkit.Services(web, api), testkit.Tasks())
	onDesk(t, Options{ByName: true, Pattern: "web"}, c, 100, 30, func(t *testing.T, d *desk) {
		d.press("r")
		d.sees("roll back first, if that is not what you want", "<ctrl+o>rollback instead")
		d.press("ctrl+o")
		d.sees("rollback web", "the image goes back to")
		d.misses("instead")
		if len(d.engine.writes) > 0 {
			t.Error("it wrote")
		}
		d.press("esc")
		d.misses("Y apply")
	})
	onDesk(t, Options{ByName: true, Pattern: "api"}, c, 100, 30, func(t *testing.T, d *desk) {
		d.press("r")
		d.misses("instead")
		d.press("ctrl+o")
		d.sees("ctrl+o does nothing here", "restart the tasks of api")
	})
}
