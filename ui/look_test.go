package ui

import (
	"fmt"
	"image/color"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"skep/ui/theme"
)

// codes are the codes of a theme's roles.
func codes(l theme.Look) map[string]bool {
	out := map[string]bool{}
	th := theme.New(l)
	for r := theme.Plain; r <= theme.Removed; r++ {
		if code, _, ok := strings.Cut(th.Paint(r, "|"), "|"); ok && strings.Contains(code, "38;2") {
			out[code] = true
		}
	}
	for n := range 16 {
		code, _, _ := strings.Cut(th.Series(n, "|"), "|")
		out[code] = true
	}
	return out
}

// TestTheme_SwitchesEverything draws each screen, changes the theme under it,
// and looks for colours of the one before.
func TestTheme_SwitchesEverything(t *testing.T) {
	before := theme.Look{Name: theme.Standard, Background: theme.Dark}
	after := theme.Look{Name: "contrast", Background: theme.Light}
	for _, o := range overlays {
		c := shop()
		if o.scene != nil {
			c = o.scene()
		}
		t.Run(o.name, func(t *testing.T) {
			o.opt.Background = theme.Dark
			onDesk(t, o.opt, c, 100, 30, func(t *testing.T, d *desk) {
				if o.open != nil {
					o.open(d)
				}
				text, first := d.text(), d.frame()
				d.wear(after)
				d.send(tea.BackgroundColorMsg{Color: color.White})
				second := d.frame()
				if d.text() != text {
					t.Errorf("the text changed with the theme:\n%s\n%s", text, d.text())
				}
				old := false
				for code := range codes(before) {
					old = old || strings.Contains(first, code)
					if strings.Contains(second, code) && !codes(after)[code] {
						t.Errorf("%q is left of the theme before", code)
					}
				}
				if !old {
					t.Error("the screen had no colours")
				}
			})
		})
	}
}

func TestTheme_Command(t *testing.T) {
	onDesk(t, Options{Background: theme.Dark}, shop(), 100, 30, func(t *testing.T, d *desk) {
		command := func(line string) {
			d.press(":")
			d.typed(line)
			d.press("enter")
		}
		command("theme")
		d.sees("the theme is standard; there are standard, contrast, colorblind")
		command("theme contrast")
		d.sees("the theme is contrast now")
		if d.theme == nil || d.look.Name != "contrast" || !strings.Contains(d.frame(), "\x1b[38;2;95;255;135m") {
			t.Errorf("the look is %+v:\n%s", d.look, d.frame())
		}
		command("theme pink")
		d.sees(`there is no theme called "pink"; there are standard, contrast, colorblind`)
		if d.look.Name != "contrast" {
			t.Error("an unknown theme changed the look")
		}
		d.press("ctrl+u")
		d.typed("the")
		d.sees(":theme")
		d.typed("me co")
		d.press("tab")
		d.sees(":theme contrast")
	})
}

func TestTheme_FromTheStart(t *testing.T) {
	onDesk(t, Options{Theme: "colorblind"}, nil, 80, 24, func(t *testing.T, d *desk) {
		if d.look.Name != "colorblind" {
			t.Errorf("the look is %+v", d.look)
		}
	})
	if _, err := New(t.Context(), Options{Theme: "pink"}); err == nil || !strings.Contains(err.Error(), "colorblind") {
		t.Errorf("an unknown theme gives the error %v", err)
	}
}

// TestBackground_NoColourUntilTold: a terminal that answers is never shown
// colours for the wrong background, and one that does not is waited for once.
func TestBackground_NoColourUntilTold(t *testing.T) {
	colors := func(d *desk) bool { return strings.Contains(d.frame(), "38;2;") }
	for _, bright := range []bool{false, true} {
		t.Run(fmt.Sprint("light ", bright), func(t *testing.T) {
			onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
				if colors(d) {
					t.Error("colours before the answer")
				}
				d.wait(backgroundPatience / 2)
				answer, want := tea.BackgroundColorMsg{Color: color.Black}, theme.Dark
				if bright {
					answer, want = tea.BackgroundColorMsg{Color: color.White}, theme.Light
				}
				d.send(answer)
				if !colors(d) || d.look.Background != want {
					t.Errorf("after the answer the look is %+v", d.look)
				}
				d.wait(time.Hour)
				if d.look.Background != want {
					t.Errorf("later the look is %+v", d.look)
				}
			})
		})
	}
	onDesk(t, Options{}, nil, 80, 24, func(t *testing.T, d *desk) {
		d.wait(2 * backgroundPatience)
		if !colors(d) || d.look.Background != theme.Dark || d.rings() != 1 {
			t.Errorf("without an answer the look is %+v after %d rings", d.look, d.rings())
		}
		d.wait(time.Hour)
		if d.rings() != 1 {
			t.Errorf("%d rings", d.rings())
		}
		d.send(tea.BackgroundColorMsg{Color: color.White})
		if d.look.Background != theme.Light {
			t.Errorf("a late answer is not heard: %+v", d.look)
		}
	})
	onDesk(t, Options{Background: theme.Light}, shop(), 80, 24, func(t *testing.T, d *desk) {
		if !colors(d) {
			t.Error("a hint is not taken")
		}
	})
}

func TestBackground_AskedAgainWhenLookedAtAgain(t *testing.T) {
	onDesk(t, Options{}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.got = nil
		d.send(tea.BlurMsg{})
		if d.handled("tea.backgroundColorMsg") {
			t.Error("asked while nobody looks")
		}
		d.send(tea.FocusMsg{})
		if !d.handled("tea.backgroundColorMsg") {
			t.Error("not asked")
		}
	})
}

func TestProfile_SixteenColoursAreChosen(t *testing.T) {
	onDesk(t, Options{Background: theme.Dark}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI})
		if f := d.frame(); strings.Contains(f, "38;2;") || !strings.Contains(f, "\x1b[1;91m") {
			t.Errorf("in 16 colours:\n%q", f)
		}
		d.send(tea.ColorProfileMsg{Profile: colorprofile.ANSI256})
		if f := d.frame(); !strings.Contains(f, "38;2;") {
			t.Errorf("in 256 colours:\n%q", f)
		}
	})
}

func TestAdviceLine_SetsOffWhatCanBeTyped(t *testing.T) {
	for text, want := range map[string]string{
		"":                                    "",
		"Is the host up?":                     "",
		"Make it a swarm:  docker swarm init": "  docker swarm init",
		"Another engine:  skep -H ssh://user@manager   or   skep -c CONTEXT": "  skep -H ssh://user@manager   skep -c CONTEXT",
		"join:  usermod -aG docker $USER  (then log in again).":              "  usermod -aG docker $USER",
		"  10.0.0.1:2377": "  10.0.0.1:2377",
		"trailing  ":      "  ",
	} {
		line, typed := adviceLine(text), ""
		for _, s := range line {
			if s.Role == theme.Accent {
				typed += s.Text
			}
		}
		if typed != want || line.String() != text {
			t.Errorf("%q: %q is to be typed, want %q, of %q", text, typed, want, line)
		}
	}
}
