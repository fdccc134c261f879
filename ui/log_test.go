package ui

import (
	"strings"
	"testing"
	"time"
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
