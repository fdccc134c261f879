package main

import (
	"strings"
	"testing"
	"time"
)

// What is typed passes the filter: neither the sequence that makes Bubble Tea's
// decoder panic nor a paste without an end keeps ctrl+c from ending the program.
func TestInput_IsFiltered(t *testing.T) {
	c := startConsole(t, true, "--demo")
	c.waits("live")
	for _, in := range []string{"\x1b[" + strings.Repeat(";", 32) + "1m", "\x1bP" + strings.Repeat(";", 40) + "q\x1b\\", "\x1b[200~abc"} {
		_, _ = c.master.Write([]byte(in))
		time.Sleep(100 * time.Millisecond)
	}
	_, _ = c.master.Write([]byte("\x03"))
	if got := c.code(10 * time.Second); got != 0 {
		t.Errorf("exit code %d", got)
	}
	if out := c.whole(); !strings.Contains(out, "\x1b[?1049l") || strings.Contains(out, "panic") {
		t.Errorf("the terminal was not given back: %q", out[max(0, len(out)-1000):])
	}
}
