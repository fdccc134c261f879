package ui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestHint_GoesWithTheFirstKey(t *testing.T) {
	read := 0
	opt := Options{Hint: true, HintRead: func() error { read++; return nil }}
	onDesk(t, opt, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.sees("? help  : command  ! problems  -  any key hides this line")
		if read != 0 {
			t.Error("it counts as read before a key was pressed")
		}
		first := d.current()
		d.press("j")
		d.misses("any key hides")
		if d.current() == first {
			t.Error("the key did nothing else")
		}
		d.press("j", "k", "?", "esc")
		d.misses("any key hides")
		if read != 1 {
			t.Errorf("it was written down %d times", read)
		}
	})
}

func TestHint_OnlyWhereItIsAskedFor(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) { d.misses("any key hides") })
}

// TestHint_StaysUntilItWasThereToBeRead presses keys where there is no room for
// it, and where something else is shown.
func TestHint_StaysUntilItWasThereToBeRead(t *testing.T) {
	read := 0
	opt := Options{Hint: true, HintRead: func() error { read++; return nil }}
	onDesk(t, opt, shop(), 80, 8, func(t *testing.T, d *desk) {
		d.misses("any key hides")
		d.press("j")
		d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
		d.sees("any key hides")
		if read != 0 {
			t.Error("it counts as read, and was not shown")
		}
		for _, s := range oddSizes {
			d.send(tea.WindowSizeMsg{Width: s[0], Height: s[1]})
			d.frame()
		}
	})
}

func TestHint_ASCII(t *testing.T) {
	onDesk(t, Options{Hint: true, ASCII: true, View: "nodes"}, nil, 80, 24, func(t *testing.T, d *desk) {
		d.sees("any key hides")
		if l := asciiOnly(d.frame()); l != "" {
			t.Errorf("%q", l)
		}
	})
}
