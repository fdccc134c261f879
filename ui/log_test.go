package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
)

// TestLog_SaysWhatIsMissing: an engine that follows the logs of a service
// leaves out a node that is down, and does not say so.
func TestLog_SaysWhatIsMissing(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_web"}, shop(), 120, 24, func(t *testing.T, d *desk) {
		d.press("l")
		d.wait(time.Second)
		const missing = "worker2 is down: what shop_web.2, shop_web.3 wrote there is missing here"
		d.sees(missing, "following")
		d.feed.push(shop())
		d.wait(time.Second)
		if n := strings.Count(d.text(), missing); n != 1 {
			t.Errorf("it is said %d times", n)
		}
	})
	onDesk(t, Options{Pattern: "shop_cart"}, shop(), 120, 24, func(t *testing.T, d *desk) {
		d.press("l")
		d.wait(time.Second)
		d.misses("worker2 is down: what")
	})
}

// TestLog_NeverStartedIsNotSilence: there is no container whose log could be
// read, and the engine says nothing.
func TestLog_NeverStartedIsNotSilence(t *testing.T) {
	web, n := testkit.Service(testkit.Name("web"), testkit.Replicas(1)), testkit.Node()
	c := testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(testkit.Task(testkit.Of(web), testkit.On(n), testkit.Slot(1),
		testkit.State(swarm.TaskStateRejected), testkit.Err("No such image: web:9"))))
	for _, view := range []string{"services", "tasks"} {
		onDesk(t, Options{View: view}, c, 100, 24, func(t *testing.T, d *desk) {
			d.press("l")
			d.wait(time.Second)
			d.sees("web.1 never started, so there is nothing to read: No such image: web:9")
			d.misses("No lines yet")
		})
	}
}
