package theme

import (
	"reflect"
	"regexp"
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

// everyLook is each look there is.
func everyLook() []Look {
	var out []Look
	for _, name := range Names() {
		for _, b := range []Background{Unknown, Dark, Light} {
			for _, basic := range []bool{false, true} {
				out = append(out, Look{Name: name, Background: b, Basic: basic})
			}
		}
	}
	return out
}

func TestPaint_LeavesTheTextAlone(t *testing.T) {
	for _, l := range everyLook() {
		for r := range roles {
			if got := ansi.Strip(New(l).Paint(r, "text")); got != "text" {
				t.Errorf("%+v: role %d makes %q of it", l, r, got)
			}
		}
		if got := ansi.Strip(New(l).Series(3, "text")); got != "text" {
			t.Errorf("%+v: a series makes %q of it", l, got)
		}
	}
	if strings.Contains(Bare(false).Paint(Broken, "x"), "\x1b") {
		t.Error("the bare theme writes escape sequences")
	}
}

// colored finds codes that set a colour.
var colored = regexp.MustCompile(`\x1b\[[0-9;]*\b([34][0-8]|9[0-7])\b`)

func TestNew_NoColourUntilTheBackgroundIsKnown(t *testing.T) {
	for _, l := range everyLook() {
		has := false
		th := New(l)
		for r := range roles {
			has = has || colored.MatchString(th.Paint(r, "text"))
		}
		if want := l.Background != Unknown; has != want {
			t.Errorf("%+v: colours %v, want %v", l, has, want)
		}
	}
}

func TestNew_SixteenColoursAreTheTerminalsOwn(t *testing.T) {
	for _, l := range everyLook() {
		th := New(l)
		for r := range roles {
			if code := th.before[r]; l.Basic && (strings.Contains(code, "38;") || strings.Contains(code, "48;")) {
				t.Errorf("%+v: role %d has %q", l, r, code)
			}
		}
	}
}

// TestNew_EmphasisIsLeftWithoutColours is what NO_COLOR leaves of the roles
// that no glyph goes with.
func TestNew_EmphasisIsLeftWithoutColours(t *testing.T) {
	th := New(Look{})
	for r, want := range map[Role]string{Selected: "7", Match: "4", Title: "1", Marked: "1", Broken: "1", Mode: "1"} {
		if got := th.before[r]; got != "\x1b["+want+"m" {
			t.Errorf("role %d has %q", r, got)
		}
	}
}

func TestNames_StandardFirstAndForUnknownOnes(t *testing.T) {
	if got := Names(); got[0] != Standard || len(got) != 3 || Check("contrast") != nil || Check("") == nil || Check("pink") == nil {
		t.Errorf("names %q", got)
	}
	a, b := New(Look{Name: "pink", Background: Dark}), New(Look{Name: Standard, Background: Dark})
	if a.before != b.before {
		t.Error("an unknown theme is not the standard one")
	}
}

func TestHint_OfTheLastColour(t *testing.T) {
	for text, want := range map[string]Background{
		"15;0": Dark, "0;15": Light, "0;7": Light, "0;default;15": Light, "12;8": Dark, "15;default": Unknown, "": Unknown, ";": Unknown,
		"0;16": Unknown, "0;-1": Unknown, "15": Light,
	} {
		if got := Hint(text); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}

func FuzzHint(f *testing.F) {
	f.Add("0;15")
	f.Fuzz(func(t *testing.T, text string) {
		if got := Hint(text); got < Unknown || got > Light {
			t.Errorf("%q is %d", text, got)
		}
	})
}
