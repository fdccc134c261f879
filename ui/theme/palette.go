package theme

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// hue is a colour: as it is meant, and what stands for it among a terminal's
// own 16. Those are chosen, not the nearest, which may be one that cannot be
// read.
type hue struct {
	rgb   string
	basic ansi.Attr
}

// What may stand for a hue among the 16.
const (
	own           = ansi.AttrDefaultForegroundColor // Where none can be read.
	faint         = ansi.AttrFaint
	red           = ansi.AttrRedForegroundColor
	green         = ansi.AttrGreenForegroundColor
	yellow        = ansi.AttrYellowForegroundColor
	blue          = ansi.AttrBlueForegroundColor
	magenta       = ansi.AttrMagentaForegroundColor
	cyan          = ansi.AttrCyanForegroundColor
	brightBlack   = ansi.AttrBrightBlackForegroundColor
	brightRed     = ansi.AttrBrightRedForegroundColor
	brightGreen   = ansi.AttrBrightGreenForegroundColor
	brightYellow  = ansi.AttrBrightYellowForegroundColor
	brightBlue    = ansi.AttrBrightBlueForegroundColor
	brightMagenta = ansi.AttrBrightMagentaForegroundColor
	brightCyan    = ansi.AttrBrightCyanForegroundColor
)

func (h hue) style(basic bool) ansi.Style {
	if basic {
		return ansi.NewStyle(h.basic)
	}
	return ansi.NewStyle().ForegroundColor(lipgloss.Color(h.rgb))
}

// ground is what lies under a match, whose text is black.
type ground string

func (g ground) style(basic bool) ansi.Style {
	if basic {
		return ansi.NewStyle(ansi.AttrBlackForegroundColor, ansi.AttrYellowBackgroundColor)
	}
	return ansi.NewStyle().ForegroundColor(lipgloss.Color("#000000")).BackgroundColor(lipgloss.Color(string(g)))
}

// palette are the colours of a theme on one background. Where the terminal has
// 256 its colour profile takes the nearest.
type palette struct {
	dim, accent, good, moving, warning, broken hue
	match                                      ground
	series                                     []hue // tell the sources of a log apart, as their names do
}

// The themes. The tests measure each: its contrast on the backgrounds that it
// is for, in full, in 256 and in 16 colours, and how far its statuses are from
// each other, to colour-blind eyes too.
var themes = []struct {
	name        string
	dark, light palette
}{
	{
		name: Standard,
		dark: palette{
			dim: hue{"#9e9e9e", faint}, accent: hue{"#b294dd", magenta}, match: "#e6d98a", series: darkSeries,
			good: hue{"#8fc98f", green}, moving: hue{"#7fb4e6", cyan}, warning: hue{"#e6b450", yellow}, broken: hue{"#f2777e", brightRed},
		},
		light: palette{
			dim: hue{"#626262", faint}, accent: hue{"#8456ad", blue}, match: "#f3e08a", series: lightSeries,
			good: hue{"#22702a", own}, moving: hue{"#1f5fa8", blue}, warning: hue{"#855600", magenta}, broken: hue{"#b3202c", red},
		},
	},
	{
		name: "contrast",
		dark: palette{
			dim: hue{"#c8c8c8", own}, accent: hue{"#d7b3ff", brightMagenta}, match: "#ffff5f", series: []hue{
				{"#87d7ff", brightCyan}, {"#d7b3ff", brightMagenta}, {"#5fff87", brightGreen}, {"#ffd75f", brightYellow}, {"#ffffff", own}},
			good: hue{"#5fff87", brightGreen}, moving: hue{"#87d7ff", brightCyan}, warning: hue{"#ffd75f", brightYellow}, broken: hue{"#ff8787", brightRed},
		},
		light: palette{
			dim: hue{"#444444", own}, accent: hue{"#5f00af", blue}, match: "#ffff5f", series: []hue{
				{"#0000af", blue}, {"#5f00af", magenta}, {"#005f00", own}, {"#6b3d00", red}},
			good: hue{"#005f00", own}, moving: hue{"#0000af", blue}, warning: hue{"#6b3d00", magenta}, broken: hue{"#960018", red},
		},
	},
	{
		// Blue is well and moves, yellow and what is left of red are not. These
		// are the farthest apart, to all eyes, of the 256 that can be read; the
		// colours of Okabe and Ito are closer, or cannot.
		name: "colorblind",
		dark: palette{
			dim: hue{"#a0a0a0", faint}, accent: hue{"#e0e0e0", own}, match: "#f0e442", series: darkSeries,
			good: hue{"#87d7ff", brightCyan}, moving: hue{"#8787ff", brightBlue}, warning: hue{"#ffff00", brightYellow}, broken: hue{"#ff5f00", brightRed},
		},
		light: palette{
			dim: hue{"#5f5f5f", faint}, accent: hue{"#303030", own}, match: "#f0e442", series: lightSeries,
			good: hue{"#005faf", own}, moving: hue{"#00005f", brightBlack}, warning: hue{"#5f5f00", magenta}, broken: hue{"#d7005f", red},
		},
	},
}

var (
	darkSeries = []hue{{"#7fb4e6", cyan}, {"#c39be6", magenta}, {"#8fc98f", green}, {"#e6b450", yellow},
		{"#6fc7c0", brightCyan}, {"#e69bb4", brightMagenta}, {"#b8b878", brightYellow}, {"#9fabe2", brightGreen}}
	lightSeries = []hue{{"#1f5fa8", blue}, {"#7a3fa8", magenta}, {"#22702a", own}, {"#855600", red},
		{"#0f6f6a", own}, {"#9a3560", magenta}, {"#5f5f10", own}, {"#3f4fa0", blue}}
)

// Standard is the name of the theme where none was asked for.
const Standard = "standard"

// Names are the names of the themes, the standard one first.
func Names() []string {
	var out []string
	for _, t := range themes {
		out = append(out, t.name)
	}
	return out
}

// Check is an error where there is no theme of that name.
func Check(name string) error {
	if slices.Contains(Names(), name) {
		return nil
	}
	return fmt.Errorf("there is no theme called %q; there are %s", name, strings.Join(Names(), ", "))
}

// paletteOf are the colours of a look; nil while the background is not known:
// there are none that can be read on any.
func paletteOf(l Look) *palette {
	t := &themes[max(0, slices.Index(Names(), l.Name))]
	switch l.Background {
	case Dark:
		return &t.dark
	case Light:
		return &t.light
	default:
		return nil
	}
}
