// Package theme says how things look: which colours and glyphs stand for what.
// The rest of the interface names roles, never colours. A role always comes
// with a word or a glyph, so nothing is told by colour alone.
package theme

import (
	"image/color"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/model"
)

// Role is what a piece of text is.
type Role int

// The roles.
const (
	Plain Role = iota
	Dim
	Title // what a screen or section is called
	Accent
	Good
	Moving
	Warning
	Broken
	Selected // the row under the cursor
	Marked   // a marked row
	Key      // a key to press
	Match    // what a search found
	Added    // what a change adds
	Removed  // what a change takes away
	roles
)

// Theme paints roles. It is immutable; the zero value is not usable.
type Theme struct {
	Name   string
	Glyphs Glyphs
	before [roles]string
	series []string
}

// reset ends whatever a role began.
const reset = ansi.ResetStyle

// Paint gives text the look of a role. The text must not hold escape sequences
// of its own: the role would end with the first of them.
func (t *Theme) Paint(r Role, text string) string {
	b := t.before[r]
	if b == "" || text == "" {
		return text
	}
	return b + text + reset
}

// Series paints text in the n-th of a few colours that tell sources apart.
func (t *Theme) Series(n int, text string) string {
	if len(t.series) == 0 || text == "" {
		return text
	}
	return t.series[n%len(t.series)] + text + reset
}

// RoleOf is the role in which a status is shown.
func RoleOf(s model.Status) Role {
	switch s {
	case model.Good:
		return Good
	case model.Moving:
		return Moving
	case model.Warning:
		return Warning
	case model.Broken:
		return Broken
	default:
		return Plain
	}
}

// palette are the colours of a theme; the terminal's colour profile reduces
// them to what it can show.
type palette struct {
	dim, title, accent, good, moving, warning, broken, key string
	match                                                  string // a background
	series                                                 []string
}

var dark = palette{
	dim: "#8a8f98", title: "#e6c07b", accent: "#7fb4e6", good: "#8fc98f", moving: "#7fb4e6",
	warning: "#e6b450", broken: "#f07178", key: "#e6c07b", match: "#665c1e",
	series: []string{"#7fb4e6", "#c39be6", "#8fc98f", "#e6b450", "#6fc7c0", "#e69bb4", "#b0b070", "#9aa7e0"},
}

var light = palette{
	dim: "#6a6f78", title: "#7a5200", accent: "#1f5fa8", good: "#22702a", moving: "#1f5fa8",
	warning: "#8a5a00", broken: "#b3202c", key: "#7a5200", match: "#f3e08a",
	series: []string{"#1f5fa8", "#7a3fa8", "#22702a", "#8a5a00", "#0f6f6a", "#a83f6a", "#5f5f10", "#3f4fa0"},
}

// New makes the theme for a terminal with a dark or a light background. With
// ascii, glyphs are kept to ASCII.
func New(isDark, ascii bool) *Theme {
	p, name := light, "light"
	if isDark {
		p, name = dark, "dark"
	}
	t := &Theme{Name: name, Glyphs: unicode}
	if ascii {
		t.Glyphs = plain
	}
	fg := func(c string) ansi.Style { return ansi.NewStyle().ForegroundColor(rgb(c)) }
	styles := map[Role]ansi.Style{
		Dim:      fg(p.dim),
		Title:    fg(p.title).Bold(),
		Accent:   fg(p.accent),
		Good:     fg(p.good),
		Moving:   fg(p.moving),
		Warning:  fg(p.warning),
		Broken:   fg(p.broken).Bold(),
		Selected: ansi.NewStyle().Reverse(true),
		Marked:   fg(p.accent).Bold(),
		Key:      fg(p.key),
		Match:    ansi.NewStyle().BackgroundColor(rgb(p.match)).Underline(true),
		Added:    fg(p.good),
		Removed:  fg(p.broken),
	}
	for r, s := range styles {
		t.before[r] = s.String()
	}
	for _, c := range p.series {
		t.series = append(t.series, fg(c).String())
	}
	return t
}

// Bare is a theme without colours or emphasis, for plain text.
func Bare(ascii bool) *Theme {
	t := &Theme{Name: "bare", Glyphs: unicode}
	if ascii {
		t.Glyphs = plain
	}
	return t
}

func rgb(hex string) color.Color { return lipgloss.Color(hex) }
