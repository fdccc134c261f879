package e2e_test

import (
	"strings"
	"testing"
	"time"
)

// What is typed passes the filter: neither the sequence that makes Bubble Tea's
// decoder panic nor a paste without an end keeps ctrl+c from ending the program.
func TestInput_IsFiltered(t *testing.T) {
	t.Parallel()
	c := run{}.console(t, "--demo")
	c.Wait("live")
	for _, in := range []string{"\x1b[" + strings.Repeat(";", 32) + "1m", "\x1bP" + strings.Repeat(";", 40) + "q\x1b\\", "\x1b[200~abc"} {
		c.Type(in)
		time.Sleep(100 * time.Millisecond)
	}
	c.Type("\x03")
	if got := c.Code(toEnd); got != 0 {
		t.Errorf("exit code %d", got)
	}
	if out := c.Whole(); !strings.Contains(out, "\x1b[?1049l") || strings.Contains(out, "panic") {
		t.Errorf("the terminal was not given back: %q", out[max(0, len(out)-1000):])
	}
}
