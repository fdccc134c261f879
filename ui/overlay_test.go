package ui

import (
	"slices"
	"testing"

	"skep/ui/keys"
)

// TestOverlay_KeysComeFromTheTable gives what lies over a screen other keys than
// the program comes with: those of before do nothing any more, and the last line
// says the new ones.
func TestOverlay_KeysComeFromTheTable(t *testing.T) {
	table := keys.Standard()
	for i, b := range table {
		other := map[keys.Command]string{keys.Leave: "f6", keys.Preview: "f7", keys.Take: "f8", keys.Cancel: "f9"}[b.Command]
		if slices.Contains(keys.Overlays(), b.Scope) && other != "" {
			table[i].Keys = []string{other}
		}
	}
	contexts := &fakeContexts{}
	onDesk(t, Options{Keys: table, ByName: true, Pattern: "shop_cart", Contexts: contexts}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("s")
		d.sees("<f7>preview", "<f6>cancel")
		d.typed("4")
		d.press("enter", "esc")
		d.sees("<f7>preview")
		d.press("f7")
		d.sees("Y apply, f6 back")
		d.press("esc", "q")
		d.sees("q does nothing here: Y applies, f6 goes back")
		d.press("f6")
		d.sees("<f7>preview")
		d.press("f7", "f9")
		if d.dialog() != nil {
			t.Errorf("f9 does not cancel:\n%s", d.text())
		}
		d.press(":")
		d.typed("nodes")
		d.press("enter", "esc")
		d.sees(":nodes")
		d.press("f8")
		d.sees("AVAILABILITY")
		d.press("/")
		d.typed("x")
		d.press("f6")
		if d.prompt() != nil {
			t.Error("f6 does not leave the prompt")
		}
		d.press(":")
		d.typed("ctx slow")
		d.press("f8", "esc")
		d.sees("connecting to slow", "<f6>stay here")
		d.press("f6")
		d.misses("connecting to slow,")
	})
}
