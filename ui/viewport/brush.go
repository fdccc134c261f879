package viewport

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"skep/ui/theme"
)

// Brush draws one row, and never beyond its room. Neighbours of one role are
// painted in one stroke.
type Brush struct {
	th   *theme.Theme
	room int // cells left
	out  strings.Builder
	run  strings.Builder
	role theme.Role
	sgr  string // in place of the role
	full bool
}

// NewBrush draws a row of so many cells.
func NewBrush(th *theme.Theme, room int) *Brush {
	b := &Brush{th: th, room: room}
	b.out.Grow(2 * max(0, room))
	return b
}

// Room is how many cells are left.
func (b *Brush) Room() int { return b.room }

// Put draws a text of a width; of ASCII as much as there is room for, of others
// nothing if there is not enough.
func (b *Brush) Put(role theme.Role, text string, cells int) { b.put(role, "", text, cells) }

func (b *Brush) put(role theme.Role, sgr, text string, cells int) {
	if text == "" || b.full {
		return
	}
	if cells > b.room {
		b.full = true
		if cells != len(text) { // Not one that can be cut byte by byte.
			return
		}
		text, cells = text[:b.room], b.room
	}
	if role != b.role || sgr != b.sgr {
		b.flush()
		b.role, b.sgr = role, sgr
	}
	b.run.WriteString(text)
	b.room -= cells
}

// Series draws a text in the n-th of the colours that tell sources apart.
func (b *Brush) Series(n int, text string, cells int) {
	if cells > b.room || text == "" || b.full {
		return
	}
	b.flush()
	b.out.WriteString(b.th.Series(n, text))
	b.room -= cells
}

// Clip draws as much of a text as there is room for.
func (b *Brush) Clip(role theme.Role, text string) {
	text = ansi.Truncate(text, b.room, b.th.Glyphs.Ellipsis)
	b.Put(role, text, ansi.StringWidth(text))
}

const blanks = "                                                                "

// Blank leaves cells empty.
func (b *Brush) Blank(n int) {
	for n = min(n, b.room); n > 0; n -= len(blanks) {
		b.Put(theme.Plain, blanks[:min(n, len(blanks))], min(n, len(blanks)))
	}
}

// Hit is a part of a text, in bytes, that has another role.
type Hit struct {
	Row
	Role theme.Role
}

// Paint draws a row of a line, whose text is that of its spans, with hits in
// their own roles. They do not overlap.
func (b *Brush) Paint(line Line, text string, r Row, hits []Hit) {
	ascii := IsASCII(text[r.From:r.To])
	span, end := -1, 0
	for at := r.From; at < r.To; {
		for at >= end && span+1 < len(line) {
			span++
			end += len(line[span].Text)
		}
		for len(hits) > 0 && hits[0].To <= at {
			hits = hits[1:]
		}
		n, w := min(end, r.To)-at, 0
		if ascii {
			if len(hits) > 0 {
				edge := hits[0].From
				if edge <= at {
					edge = hits[0].To
				}
				n = min(n, edge-at)
			}
			w = n
		} else {
			n, w = Next(text[at:])
		}
		role, sgr := line[span].Role, line[span].SGR
		if len(hits) > 0 && hits[0].From < at+n {
			role, sgr = hits[0].Role, ""
		}
		b.put(role, sgr, text[at:at+n], w)
		at += n
	}
}

func (b *Brush) flush() {
	if b.sgr != "" {
		b.out.WriteString(b.th.Own(b.sgr, b.run.String()))
	} else {
		b.out.WriteString(b.th.Paint(b.role, b.run.String()))
	}
	b.run.Reset()
}

// String is the row.
func (b *Brush) String() string {
	b.flush()
	return b.out.String()
}
