package ui

import (
	"testing"

	tea "charm.land/bubbletea/v2"
)

// A terminal sends esc for alt: an escape key and what was typed right behind
// it come as one key, and count as two.
func TestAlt_IsEscapeAndTheKey(t *testing.T) {
	t.Parallel()
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.press("?")
		d.send(tea.KeyPressMsg{Code: ':', Mod: tea.ModAlt})
		d.misses("any key hides")
		if over[*page](d.workspace) != nil || d.prompt() == nil {
			t.Fatal("esc and : did not close the help and open the command line")
		}
		d.send(tea.KeyPressMsg{Code: 'n', Mod: 0, Text: "n"})
		d.send(tea.KeyPressMsg{Code: 'b', Mod: tea.ModAlt})
		if d.prompt() == nil {
			t.Fatal("alt+b is a key of the command line")
		}
		d.send(tea.KeyPressMsg{Code: 'c', Mod: tea.ModAlt | tea.ModCtrl})
		if !d.quit {
			t.Error("ctrl+c behind esc was not heard")
		}
	})
}

func TestAlt_GivesTheKeyItsText(t *testing.T) {
	for _, tt := range []struct {
		in   tea.KeyPressMsg
		want string
	}{
		{tea.KeyPressMsg{Code: 'g', Mod: tea.ModAlt | tea.ModShift, ShiftedCode: 'G'}, "G"},
		{tea.KeyPressMsg{Code: 'g', Mod: tea.ModAlt | tea.ModShift}, "G"},
		{tea.KeyPressMsg{Code: '?', Mod: tea.ModAlt}, "?"},
		{tea.KeyPressMsg{Code: tea.KeyEnter, Mod: tea.ModAlt}, "enter"},
		{tea.KeyPressMsg{Code: tea.KeySpace, Mod: tea.ModAlt}, "space"},
		{tea.KeyPressMsg{Code: 'c', Mod: tea.ModAlt | tea.ModCtrl}, "ctrl+c"},
	} {
		if got := withoutAlt(tt.in); got.String() != tt.want {
			t.Errorf("%s became %q, want %q", tt.in.String(), got.String(), tt.want)
		}
	}
	if _, ok := new(App).splitAlt(tea.KeyPressMsg{Code: tea.KeyUp, Mod: tea.ModAlt}); ok {
		t.Error("alt+up is a key of its own")
	}
}
