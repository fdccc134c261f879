package e2e_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/internal/testkit/pty"
)

func TestEnding_BySignal(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			c := run{}.console(t, "--demo")
			c.Wait("live")
			c.Signal(s)
			if got, want := c.Code(toEnd), 128+int(s); got != want {
				t.Errorf("exit code %d, want %d", got, want)
			}
			if out := c.Whole(); strings.Contains(out, "skep: ") || !strings.Contains(out, "\x1b[?1049l") {
				t.Errorf("the terminal was not given back as it was: %q", out[max(0, len(out)-3000):])
			}
		})
	}
}

// A terminal that reads nothing, such as one that was stopped with ctrl+s, does
// not keep the program from ending.
func TestEnding_WhereTheTerminalReadsNothing(t *testing.T) {
	t.Parallel()
	slow(t)
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			r := run{read: pty.Nobody}
			if !testkit.Slow() {
				r.env = []string{"SKEP_E2E_END_PATIENCE=500ms"}
			}
			c := r.console(t, "--demo")
			time.Sleep(500 * time.Millisecond)
			for range 20 { // Each draws the whole screen, until there is no room for more.
				c.Type("\x0c")
				time.Sleep(50 * time.Millisecond)
			}
			c.Signal(s)
			if got, want := c.Code(toEnd), 128+int(s); got != want {
				t.Errorf("exit code %d, want %d", got, want)
			}
		})
	}
}

// What a library or a peer wants to say goes nowhere while the console draws,
// and is told at the end.
func TestEnding_TellsWhatWasWritten(t *testing.T) {
	t.Parallel()
	c := run{}.console(t, "--demo")
	c.Wait("live")
	c.Signal(complain)
	time.Sleep(500 * time.Millisecond)
	if out := c.Raw(); strings.Contains(out, "Unsolicited") {
		t.Errorf("%q", out)
	}
	c.Type("\x03")
	if got := c.Code(toEnd); got != 0 {
		t.Errorf("exit code %d", got)
	}
	_, told, _ := strings.Cut(c.Whole(), "written to standard error while it ran:")
	if !strings.Contains(told, "Unsolicited response") || strings.ContainsAny(told, "\x1b\x07") || len(told) > 20_000 {
		t.Errorf("%d bytes: %q", len(told), told[:min(len(told), 500)])
	}
}
