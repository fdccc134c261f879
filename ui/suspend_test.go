package ui

import (
	"errors"
	"testing"
)

// fakeJobs is a shell that takes the terminal over, or does not.
type fakeJobs struct {
	missing string
	stops   int
	err     error
}

func (f *fakeJobs) Missing() string { return f.missing }
func (f *fakeJobs) Stop() error     { f.stops++; return f.err }

func TestSuspend_TheEngineIsLeftAloneMeanwhile(t *testing.T) {
	jobs := &fakeJobs{}
	onDesk(t, Options{Jobs: jobs}, shop(), 80, 24, func(t *testing.T, d *desk) {
		asked := d.feed.asked
		d.command("suspend")
		if d.feed.paused != 1 || !d.handled("tea.execMsg") {
			t.Error("the feed goes on asking, or the terminal is not given away")
		}
		d.send(ResumedMsg{})
		if d.feed.paused != 0 || d.feed.asked != asked+1 {
			t.Errorf("paused %d times, asked %d times", d.feed.paused, d.feed.asked-asked)
		}
		d.press("d")
		reads := len(d.engine.reads)
		d.command("suspend")
		d.send(ResumedMsg{})
		if d.feed.paused != 0 || len(d.engine.reads) != reads+1 {
			t.Error("what is described is not read again")
		}
		d.command("suspend")
		d.send(ResumedMsg{errors.New("the signal to stop had no effect")})
		d.sees(":suspend: the signal to stop had no effect")
		if d.feed.paused != 0 {
			t.Error("the feed stands still")
		}
	})
}

// TestSuspend_OnlyForAShell: nothing is stopped where nobody would go on with
// it, and no key does.
func TestSuspend_OnlyForAShell(t *testing.T) {
	for _, opt := range []Options{{}, {Jobs: &fakeJobs{missing: "no job-control shell to return to"}}} {
		onDesk(t, opt, shop(), 80, 24, func(t *testing.T, d *desk) {
			d.command("suspend")
			d.sees(":suspend: no job-control shell to return to")
			d.press("ctrl+z", "d", "ctrl+z")
			if d.feed.paused != 0 || d.handled("tea.execMsg") {
				t.Error("the terminal is given away")
			}
		})
	}
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
