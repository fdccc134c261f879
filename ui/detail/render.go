package detail

import (
	"skep/ui/theme"
	"skep/ui/viewport"
)

// Render draws the visible part of the text: exactly height rows, none wider
// than width. It remembers the room, by which pages are measured.
func (p *Pager) Render(th *theme.Theme, width, height int) []string {
	width, height = max(0, width), max(0, height)
	if width != p.viewport.Width {
		p.viewport.Forget()
	}
	p.viewport.Width, p.viewport.Height = width, height
	p.clamp()
	out := make([]string, height)
	if width == 0 {
		return out
	}
	n := 0
	for l := range p.viewport.Screen() {
		for r := l.First; r < l.First+l.Count; r++ {
			b := viewport.NewBrush(th, width)
			if p.viewport.Wrap {
				p.wrapped(b, l, r)
			} else {
				p.cut(b, l, th.Glyphs.Ellipsis)
			}
			out[n] = b.String()
			n++
		}
	}
	return out
}

// wrapped draws one row of a wrapped line.
func (p *Pager) wrapped(b *viewport.Brush, l viewport.Shown[line], r int) {
	if r > 0 {
		b.Blank(l.Line.indent(p.viewport.Width))
	}
	p.paint(b, l, l.Rows.Row(r))
}

// cut draws the part of a line that is scrolled into sight, with signs where
// there is more.
func (p *Pager) cut(b *viewport.Brush, l viewport.Shown[line], more string) {
	left, right := p.viewport.Left, p.viewport.Left+p.viewport.Width
	moreLeft, moreRight := left > 0 && l.Line.width > 0, l.Line.width > right
	if moreLeft {
		b.Put(theme.Dim, more, 1)
		left++
	}
	if moreRight {
		right--
	}
	if left < right && left < l.Line.width {
		r, gap := viewport.Slice(l.Line.text, left, right)
		b.Blank(gap)
		p.paint(b, l, r)
	}
	if moreRight {
		b.Blank(b.Room() - 1) // A wide character that was cut in two.
		b.Put(theme.Dim, more, 1)
	}
}

// paint draws a part of a line with its matches.
func (p *Pager) paint(b *viewport.Brush, l viewport.Shown[line], r viewport.Row) {
	var hits []viewport.Hit
	found, first := p.matchesFrom(int(l.N), r.From)
	for i, m := range found {
		if m.from >= r.To {
			break
		}
		role := theme.Match
		if first+i == p.search.current {
			role = theme.Selected
		}
		hits = append(hits, viewport.Hit{Row: viewport.Row{From: m.from, To: m.to}, Role: role})
	}
	b.Paint(l.Line.spans, l.Line.text, r, hits)
}
