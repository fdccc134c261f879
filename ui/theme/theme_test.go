package theme

import (
	"reflect"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestGlyphs_OneCellAndAnASCIITwin(t *testing.T) {
	u, p := reflect.ValueOf(unicode), reflect.ValueOf(plain)
	for i := range u.NumField() {
		name := u.Type().Field(i).Name
		if w := ansi.StringWidth(u.Field(i).String()); w != 1 {
			t.Errorf("%s %q is %d cells wide", name, u.Field(i).String(), w)
		}
		twin := p.Field(i).String()
		if len(twin) != 1 || twin[0] < 0x20 || twin[0] > 0x7e {
			t.Errorf("%s has no ASCII twin but %q", name, twin)
		}
	}
}

func TestStatusGlyphs_AreAllDifferent(t *testing.T) {
	for _, g := range []Glyphs{unicode, plain} {
		seen := map[string]bool{}
		for _, s := range []string{g.Good, g.Moving, g.Warning, g.Broken, g.Neutral} {
			if seen[s] {
				t.Errorf("%q stands for two statuses", s)
			}
			seen[s] = true
		}
	}
}

func TestPaint_LeavesTheTextAlone(t *testing.T) {
	for _, th := range []*Theme{New(true, false), New(false, true), Bare(false)} {
		for r := range roles {
			if got := ansi.Strip(th.Paint(r, "text")); got != "text" {
				t.Errorf("%s: role %d makes %q of it", th.Name, r, got)
			}
		}
		if th.Name == "bare" && strings.Contains(th.Paint(Broken, "x"), "\x1b") {
			t.Error("the bare theme writes escape sequences")
		}
	}
}
