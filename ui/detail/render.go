package detail

import (
	"strings"

	"skep/ui/theme"
)

// Render draws the visible part of the text: exactly height rows, none wider
// than width. It remembers the room, by which pages are measured.
func (p *Pager) Render(th *theme.Theme, width, height int) []string {
	width, height = max(0, width), max(0, height)
	if width != p.width {
		clear(p.broken)
	}
	p.width, p.height = width, height
	p.clamp()
	out := make([]string, height)
	if width == 0 || len(p.lines) == 0 {
		return out
	}
	at := p.top
	for i := range out {
		p.bottom = at
		if p.wrap {
			out[i] = p.wrapped(th, at)
		} else {
			out[i] = p.cut(th, at.line)
		}
		next, ok := p.below(at)
		if !ok {
			break
		}
		at = next
	}
	return out
}

// wrapped draws one row of a wrapped line.
func (p *Pager) wrapped(th *theme.Theme, at place) string {
	l, rows := &p.lines[at.line], p.rows(at.line)
	n := rowAt(rows, at.at)
	b := brush{th: th, room: p.width}
	if n > 0 {
		indent := l.indent(p.width)
		b.put(theme.Plain, strings.Repeat(" ", indent), indent)
	}
	p.paint(&b, at.line, rows[n])
	return b.done()
}

// cut draws the part of a line that is scrolled into sight, with signs where
// there is more.
func (p *Pager) cut(th *theme.Theme, i int) string {
	l := &p.lines[i]
	left, right := p.left, p.left+p.width
	moreLeft, moreRight := left > 0 && l.width > 0, l.width > right
	b := brush{th: th, room: p.width}
	if moreLeft {
		b.put(theme.Dim, th.Glyphs.Ellipsis, 1)
		left++
	}
	if moreRight {
		right--
	}
	if left < right && left < l.width {
		r, gap := l.slice(left, right)
		b.put(theme.Plain, strings.Repeat(" ", gap), gap)
		p.paint(&b, i, r)
	}
	if moreRight {
		if free := b.room - 1; free > 0 { // A wide character that was cut in two.
			b.put(theme.Plain, strings.Repeat(" ", free), free)
		}
		b.put(theme.Dim, th.Glyphs.Ellipsis, 1)
	}
	return b.done()
}

// slice is the part of a line between two columns. gap is the number of cells
// before it that show half of a wide character.
func (l *line) slice(left, right int) (r row, gap int) {
	if l.ascii {
		return row{min(left, len(l.text)), min(right, len(l.text))}, 0
	}
	at, col := 0, 0
	for at < len(l.text) && col < left {
		n, w := l.next(l.text[at:])
		at, col = at+n, col+w
	}
	r.from, gap = at, col-left
	for at < len(l.text) {
		n, w := l.next(l.text[at:])
		if col+w > right {
			break
		}
		at, col = at+n, col+w
	}
	r.to = at
	return r, max(0, gap)
}

// paint draws a part of a line with its roles and its matches.
func (p *Pager) paint(b *brush, i int, r row) {
	l := &p.lines[i]
	found, first := p.matchesFrom(i, r.from)
	span, spanEnd := -1, 0
	for at := r.from; at < r.to; {
		for at >= spanEnd && span+1 < len(l.spans) {
			span++
			spanEnd += len(l.spans[span].Text)
		}
		for len(found) > 0 && found[0].to <= at {
			found, first = found[1:], first+1
		}
		n, w := min(spanEnd, r.to)-at, 0
		if l.ascii {
			if len(found) > 0 {
				edge := found[0].from
				if edge <= at {
					edge = found[0].to
				}
				n = min(n, edge-at)
			}
			w = n
		} else {
			n, w = l.next(l.text[at:])
		}
		role := l.spans[span].Role
		if len(found) > 0 && found[0].from < at+n {
			role = theme.Match
			if first == p.search.current {
				role = theme.Selected
			}
		}
		b.put(role, l.text[at:at+n], w)
		at += n
	}
}

// brush collects the text of one row, so that neighbours of one role are
// painted in one stroke, and nothing is drawn past the end of the row.
type brush struct {
	th   *theme.Theme
	room int // cells left
	out  strings.Builder
	run  strings.Builder
	role theme.Role
	full bool
}

func (b *brush) put(role theme.Role, text string, cells int) {
	if text == "" || b.full {
		return
	}
	if cells > b.room {
		if cells != len(text) { // Not one that can be cut byte by byte.
			b.full = true
			return
		}
		text, cells = text[:b.room], b.room
		b.full = true
	}
	if role != b.role {
		b.flush()
		b.role = role
	}
	b.run.WriteString(text)
	b.room -= cells
}

func (b *brush) flush() {
	b.out.WriteString(b.th.Paint(b.role, b.run.String()))
	b.run.Reset()
}

func (b *brush) done() string {
	b.flush()
	return b.out.String()
}
