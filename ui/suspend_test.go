package ui

import "testing"

func TestSuspend_TheEngineIsLeftAloneMeanwhile(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		asked := d.feed.asked
		cmd := d.suspend()
		if d.feed.paused != 1 {
			t.Error("the feed goes on asking")
		}
		d.send(cmd()) // The program handles this message when it is continued.
		if d.feed.paused != 0 || d.feed.asked != asked+1 {
			t.Errorf("paused %d times, asked %d times", d.feed.paused, d.feed.asked-asked)
		}
		d.press("d")
		reads := len(d.engine.reads)
		d.press("ctrl+z")
		if d.feed.paused != 0 || len(d.engine.reads) != reads+1 {
			t.Error("what is described is not read again")
		}
	})
}

// TestQuit_FromEveryState presses ctrl+c in everything that can be open.
func TestQuit_FromEveryState(t *testing.T) {
	onEachOverlay(t, 80, 24, func(t *testing.T, d *desk) {
		d.press("ctrl+c")
		if !d.quit {
			t.Error("ctrl+c does not quit")
		}
	})
}
