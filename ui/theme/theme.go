// Package theme says how things look: which colours and glyphs stand for what.
// The rest of the interface names roles, never colours. A role always comes
// with a word or a glyph, so nothing is told by colour alone.
//
// A colour means one thing: green is well, blue moves, yellow is to be minded,
// red is broken, and the accent is what skep itself says: keys, modes, names.
// palette.go is the table of themes.
package theme

import (
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
	Fault    // the text of an error
	Selected // the row under the cursor
	Marked   // a marked row
	Key      // a key to press
	Mode     // what skep was started as, such as read-only
	Match    // what a search found
	Added    // what a change adds
	Removed  // what a change takes away
	roles
)

// shape is how a role looks: with what emphasis, and in which colour of the
// palette, if not in the terminal's own. The emphasis is what is left where
// there are no colours.
type shape struct {
	also  ansi.Attr
	color func(*palette) tint
}

type tint interface{ style(basic bool) ansi.Style }

var shapes = [roles]shape{
	Dim:      {color: func(p *palette) tint { return p.dim }},
	Title:    {also: ansi.AttrBold},
	Accent:   {color: func(p *palette) tint { return p.accent }},
	Good:     {color: func(p *palette) tint { return p.good }},
	Moving:   {color: func(p *palette) tint { return p.moving }},
	Warning:  {color: func(p *palette) tint { return p.warning }},
	Broken:   {color: func(p *palette) tint { return p.broken }, also: ansi.AttrBold},
	Fault:    {color: func(p *palette) tint { return p.broken }},
	Selected: {also: ansi.AttrReverse},
	Marked:   {color: func(p *palette) tint { return p.accent }, also: ansi.AttrBold},
	Key:      {color: func(p *palette) tint { return p.accent }},
	Mode:     {color: func(p *palette) tint { return p.accent }, also: ansi.AttrBold},
	Match:    {color: func(p *palette) tint { return p.match }, also: ansi.AttrUnderline},
	Added:    {color: func(p *palette) tint { return p.good }},
	Removed:  {color: func(p *palette) tint { return p.broken }},
}

// Look is what the looks depend on.
type Look struct {
	// Name is that of a theme; the standard one where it is none.
	Name       string
	Background Background
	// Basic is set for a terminal that has its own 16 colours and no others.
	Basic bool
	// ASCII keeps glyphs to ASCII.
	ASCII bool
}

// Theme paints roles. It is immutable; the zero value is not usable.
type Theme struct {
	Glyphs Glyphs
	before [roles]string
	series []string
	bare   bool
}

// reset ends whatever a role began.
const reset = ansi.ResetStyle

// New makes the theme for a look.
func New(l Look) *Theme {
	t := Bare(l.ASCII)
	t.bare = false
	p := paletteOf(l)
	for r, s := range shapes {
		var style ansi.Style
		if s.also != 0 {
			style = ansi.NewStyle(s.also)
		}
		if s.color != nil && p != nil {
			style = append(style, s.color(p).style(l.Basic)...)
		}
		if len(style) > 0 {
			t.before[r] = style.String()
		}
	}
	if p != nil {
		for _, h := range p.series {
			t.series = append(t.series, h.style(l.Basic).String())
		}
	}
	return t
}

// Bare is a theme without colours or emphasis, for plain text.
func Bare(ascii bool) *Theme {
	t := &Theme{Glyphs: unicode, bare: true}
	if ascii {
		t.Glyphs = plain
	}
	return t
}

// Paint gives text the look of a role. The text must not hold escape sequences
// of its own: the role would end with the first of them.
func (t *Theme) Paint(r Role, text string) string {
	b := t.before[r]
	if b == "" || text == "" {
		return text
	}
	return b + text + reset
}

// Own gives text looks of its own, those of the program that wrote it: a sequence
// that sets nothing but colours and emphasis.
func (t *Theme) Own(sgr, text string) string {
	if t.bare || text == "" {
		return text
	}
	return sgr + text + reset
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
