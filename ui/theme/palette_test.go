package theme

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/lucasb-eyer/go-colorful"
)

// luminance is the relative luminance of WCAG 2.2.
func luminance(c color.Color) float64 {
	r, g, b := must(c).LinearRgb()
	return 0.2126*r + 0.7152*g + 0.0722*b
}

func must(c color.Color) colorful.Color {
	out, ok := colorful.MakeColor(c)
	if !ok {
		panic(fmt.Sprint("no colour: ", c))
	}
	return out
}

// contrast is the contrast ratio of WCAG 2.2, from 1 to 21.
func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestContrast_KnownPairs(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#123456", "#123456", 1}} {
		if got := contrast(lipgloss.Color(tt.a), lipgloss.Color(tt.b)); math.Abs(got-tt.want) > 0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}

// variant is a theme on one background.
type variant struct {
	name string
	palette
	grounds []string // what it is for: the extreme, and common ones
}

func variants() []variant {
	var out []variant
	for _, t := range themes {
		dark, light := []string{"#000000", "#1e1e1e", "#282c34", "#002b36"}, []string{"#ffffff", "#fdf6e3"}
		if t.name == "contrast" { // Who needs it has one of the extremes.
			dark, light = dark[:1], light[:1]
		}
		out = append(out, variant{t.name + " dark", t.dark, dark}, variant{t.name + " light", t.light, light})
	}
	return out
}

func (v variant) hues() map[string]hue {
	out := map[string]hue{"dim": v.dim, "accent": v.accent, "good": v.good, "moving": v.moving, "warning": v.warning, "broken": v.broken}
	for i, h := range v.series {
		out[fmt.Sprint("series ", i)] = h
	}
	return out
}

// least is the contrast that a theme promises: AA, and AAA for the one of high
// contrast.
func (v variant) least() float64 {
	if strings.HasPrefix(v.name, "contrast") {
		return 7
	}
	return 4.5
}

func TestThemes_Contrast(t *testing.T) {
	for _, v := range variants() {
		lowest := 21.0
		for name, h := range v.hues() {
			for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
				c, least := profile.Convert(lipgloss.Color(h.rgb)), v.least()
				if profile == colorprofile.ANSI256 && least == 7 {
					least = 6.5 // Their darkest brown, 58, has 6.7:1 on white.
				}
				for _, ground := range v.grounds {
					got := contrast(c, lipgloss.Color(ground))
					lowest = min(lowest, got)
					if got < least {
						t.Errorf("%s: %s %s on %s is %.2f:1 in %s", v.name, name, h.rgb, ground, got, profile)
					}
				}
			}
		}
		if got := contrast(lipgloss.Color("#000000"), lipgloss.Color(string(v.match))); got < 7 {
			t.Errorf("%s: a match is %.2f:1", v.name, got)
		}
		t.Logf("%s: at least %.2f:1", v.name, lowest)
	}
}

// sixteen are the terminals' own colours: xterm's, and those of the Linux
// console.
var sixteen = map[string][16]string{
	"xterm": {"#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5",
		"#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff"},
	"linux": {"#000000", "#aa0000", "#00aa00", "#aa5500", "#0000aa", "#aa00aa", "#00aaaa", "#aaaaaa",
		"#555555", "#ff5555", "#55ff55", "#ffff55", "#5555ff", "#ff55ff", "#55ffff", "#ffffff"},
}

// basic shows the colours of a terminal that has 16. Its text is black on a light
// background and white, which is number 7, on a dark one.
func (v variant) basic(terminal string) func(hue) color.Color {
	return func(h hue) color.Color {
		n := h.basic - ansi.AttrBlackForegroundColor
		switch {
		case h.basic >= ansi.AttrBrightBlackForegroundColor:
			n = h.basic - ansi.AttrBrightBlackForegroundColor + 8
		case h.basic == own && strings.HasSuffix(v.name, "light"):
			n = 0
		case h.basic == own:
			n = 7
		}
		return lipgloss.Color(sixteen[terminal][n])
	}
}

// TestThemes_ContrastInSixteenColours measures what was chosen. No red of
// these terminals has more than 5.3:1 on black, so less is asked of them.
func TestThemes_ContrastInSixteenColours(t *testing.T) {
	for _, v := range variants() {
		least := 3.0
		if v.least() == 7 {
			least = 4.5
		}
		for name, h := range v.hues() {
			if h.basic == own || h.basic == faint {
				continue
			}
			for terminal := range sixteen {
				c := v.basic(terminal)(h)
				if got := contrast(c, lipgloss.Color(v.grounds[0])); got < least {
					t.Errorf("%s: %s as %v of %s is %.2f:1", v.name, name, c, terminal, got)
				}
			}
		}
	}
}

// eyes are how colours look to eyes that lack a kind of cone, as matrices on
// linear RGB (Machado, Oliveira and Fernandes 2009, severity 1.0).
var eyes = map[string][3][3]float64{
	"all cones":    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

func seen(c color.Color, m [3][3]float64) colorful.Color {
	r, g, b := must(c).LinearRgb()
	at := func(row [3]float64) float64 { return row[0]*r + row[1]*g + row[2]*b }
	return colorful.LinearRgb(at(m[0]), at(m[1]), at(m[2])).Clamped()
}

// closest is the smallest distance of two statuses (CIEDE2000, in which 1 can
// just be told side by side; colorful divides it by 100), as a terminal shows
// them.
func (v variant) closest(eye string, shown func(hue) color.Color) (float64, string) {
	names := []string{"good", "moving", "warning", "broken"}
	statuses := v.hues()
	least, which := math.Inf(1), ""
	for i, a := range names {
		for _, b := range names[i+1:] {
			x, y := seen(shown(statuses[a]), eyes[eye]), seen(shown(statuses[b]), eyes[eye])
			if d := 100 * x.DistanceCIEDE2000(y); d < least {
				least, which = d, a+" and "+b
			}
		}
	}
	return least, which
}

// TestThemes_StatusesDiffer asks 15 of every theme to eyes with all cones, and of
// the colour-blind one to each of the others.
func TestThemes_StatusesDiffer(t *testing.T) {
	for _, v := range variants() {
		terminals := map[string]func(hue) color.Color{"xterm's 16": v.basic("xterm"), "linux's 16": v.basic("linux")}
		for _, profile := range []colorprofile.Profile{colorprofile.TrueColor, colorprofile.ANSI256} {
			terminals[profile.String()] = func(h hue) color.Color { return profile.Convert(lipgloss.Color(h.rgb)) }
		}
		for eye := range eyes {
			want := 0.0
			if eye == "all cones" || strings.HasPrefix(v.name, "colorblind") {
				want = 15
			}
			for terminal, shown := range terminals {
				got, which := v.closest(eye, shown)
				t.Logf("%s, %s, %s: %.1f (%s)", v.name, eye, terminal, got, which)
				if got < want {
					t.Errorf("%s in %s: to eyes with %s, %s are %.1f apart", v.name, terminal, eye, which, got)
				}
			}
		}
	}
}
