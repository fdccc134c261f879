package ui

import (
	"reflect"
	"strings"
	"testing"

	"skep/ui/theme"
)

// TestLegend_ExplainsEverySign that a list draws, in both sets of them.
func TestLegend_ExplainsEverySign(t *testing.T) {
	decoration := []string{"Crumb", "Rule", "Bar", "Arrow"}
	for _, ascii := range []bool{false, true} {
		onDesk(t, Options{ASCII: ascii}, shop(), 120, 120, func(t *testing.T, d *desk) {
			d.press("?")
			_, text, _ := strings.Cut(d.text(), "SIGNS AND COUNTS")
			glyphs := reflect.ValueOf(d.theme.Glyphs)
			for i := range glyphs.NumField() {
				name, sign := glyphs.Type().Field(i).Name, glyphs.Field(i).String()
				if strings.Contains(strings.Join(decoration, " "), name) {
					continue
				}
				if !strings.Contains(text, " "+sign+" ") {
					t.Errorf("%s %q is not explained:\n%s", name, sign, text)
				}
			}
			for _, count := range []string{" 5+ ", " 0? ", " - ", " * "} {
				if !strings.Contains(text, count) {
					t.Errorf("%q is not explained", count)
				}
			}
		})
	}
}

// TestLegend_ASignMeansOneThing in each set; the arrow of a way and the cursor
// are the same in ASCII, where one stands before a row and one in a line.
func TestLegend_ASignMeansOneThing(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		g := theme.New(theme.Look{Name: theme.Standard, ASCII: ascii}).Glyphs
		seen := map[string]string{"*": "the node"}
		for name, sign := range map[string]string{
			"good": g.Good, "moving": g.Moving, "warning": g.Warning, "broken": g.Broken, "neutral": g.Neutral,
			"mark": g.Mark, "cursor": g.Cursor, "cut": g.Ellipsis, "up": g.Up, "down": g.Down,
		} {
			if other, ok := seen[sign]; ok {
				t.Errorf("%q is %s and %s", sign, name, other)
			}
			seen[sign] = name
		}
	}
	onDesk(t, Options{}, shop(), 120, 24, func(t *testing.T, d *desk) {
		d.sees("manager1  leader")
		d.misses("*")
		d.command("nodes")
		if n := strings.Count(d.text(), "*"); n != 1 {
			t.Errorf("%d stars:\n%s", n, d.text())
		}
	})
}
