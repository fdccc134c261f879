package ui

import (
	"strings"
	"testing"
	"time"

	"skep/ui/theme"
)

// TestNotice_IsWhole takes as many lines as a message needs, from the list and
// never from the frame.
func TestNotice_IsWhole(t *testing.T) {
	long := strings.Repeat("the engine says that it cannot be done ", 5) + "at all"
	for _, size := range [][2]int{{80, 24}, {40, 12}, {200, 60}} {
		onDesk(t, Options{}, shop(), size[0], size[1], func(t *testing.T, d *desk) {
			d.fail(long)
			screen := d.text()
			if got := strings.Join(strings.Fields(screen), " "); !strings.Contains(got, long) {
				t.Errorf("%v: the message is not whole:\n%s", size, screen)
			}
			if n := strings.Count(screen, "\n") + 1; n != size[1] {
				t.Errorf("%v: %d lines", size, n)
			}
		})
	}
	onDesk(t, Options{}, shop(), 20, 5, func(t *testing.T, d *desk) {
		d.fail(long)
		if n := strings.Count(d.text(), "\n") + 1; n != 5 {
			t.Errorf("%d lines in a window of 5", n)
		}
	})
}

func TestNotice_ErrorsStayUntilAKey(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.say(theme.Good, "went well")
		d.now = d.now.Add(time.Hour)
		d.endNotice()
		if d.notice.text != "" {
			t.Error("a good message stays for an hour")
		}
		d.fail("went wrong")
		d.now = d.now.Add(time.Hour)
		d.endNotice()
		if d.notice.text != "went wrong" {
			t.Error("an error goes away by itself")
		}
		d.fail(strings.Repeat("\x1b[31mé", 10000))
		if n := len(d.notice.text); n > noticeLimit || strings.Contains(d.notice.text, "\x1b") {
			t.Errorf("a message of %d bytes is kept, or its escapes are", n)
		}
	})
}
