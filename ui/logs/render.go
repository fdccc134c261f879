package logs

import (
	"skep/internal/logstream"
	"skep/ui/theme"
)

// cutMark is put behind a line whose end the log does not hold.
const cutMark = " (cut at 64 KiB)"

// Render draws the pane: exactly as many lines as it was resized to, none
// wider. The last is the status.
func (p *Pane) Render(th *theme.Theme) []string {
	out := make([]string, p.height)
	if p.width == 0 || p.height == 0 {
		return out
	}
	p.bottomSeq = 0
	top := p.visibleTop()
	lines := p.window(top.seq, p.rows())
	n := 0
	for i := 0; i < len(lines) && n < p.rows(); i++ {
		l := &lines[i]
		rows := p.rowsOf(l)
		b := &rows
		first := 0
		if l.Seq == top.seq {
			first = b.index(top.at)
		}
		matches := p.matchesIn(l.Text, p.visibleBytes(l, b, first, p.rows()-n))
		for r := first; r < b.count() && n < p.rows(); r++ {
			out[n] = p.row(th, l, b, r, matches)
			n++
		}
		p.bottomSeq = l.Seq
	}
	if len(lines) == 0 && p.rows() > 0 {
		out[0] = p.empty(th)
	}
	out[p.height-1] = p.status(th)
	return out
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// visibleBytes is what is visible of a line, of which n rows from row first on
// fit on the screen.
func (p *Pane) visibleBytes(l *logstream.Line, b *breaks, first, n int) span {
	if !p.wrap {
		from, to, _ := slice(l.Text, p.left, p.left+p.textWidth(l))
		return span{from, to}
	}
	from, _ := b.row(first)
	_, to := b.row(min(first+n, b.count()) - 1)
	return span{from, to}
}

// row draws row r of a line.
func (p *Pane) row(th *theme.Theme, l *logstream.Line, rows *breaks, r int, matches [][]int) string {
	b := brush{th: th, room: p.width}
	b.Grow(2 * p.width)
	if r == 0 {
		p.putPrefix(&b, l)
	} else {
		b.blanks(p.prefixWidth(l))
	}
	role := theme.Plain
	switch l.Kind {
	case logstream.Warning:
		role = theme.Warning
	case logstream.Notice:
		role = theme.Dim
	}
	hit := theme.Match
	if l.Seq == p.search.current {
		hit = theme.Selected
	}
	from, to := rows.row(r)
	more := false
	if !p.wrap {
		from, to, more = p.part(&b, l)
	}
	b.text(role, hit, l.Text, from, to, matches)
	switch {
	case more:
		b.put(theme.Dim, th.Glyphs.Ellipsis, 1)
	case l.Cut && to == len(l.Text):
		b.put(theme.Dim, cutMark, len(cutMark))
	}
	return b.String()
}

// part is the part of a line that is scrolled into sight, and whether there is
// more of it to the right.
func (p *Pane) part(b *brush, l *logstream.Line) (from, to int, more bool) {
	width := p.textWidth(l)
	from, to, gap := slice(l.Text, p.left, p.left+width)
	if to < len(l.Text) {
		from, to, gap = slice(l.Text, p.left, p.left+width-1)
		more = true
	}
	b.blanks(min(gap, width))
	return from, to, more
}

// emptyTexts say why there are no lines.
var emptyTexts = map[logstream.State]string{
	logstream.Connecting: "Asking for the log.",
	logstream.Live:       "No lines yet. They appear here as they are written.",
	logstream.Waiting:    "No lines yet, and the log can not be read now.",
	logstream.Failed:     "No lines: the log can not be read.",
	logstream.Ended:      "No lines: nothing was written, or the node keeps them no more.",
}

// empty is said while there are no lines.
func (p *Pane) empty(th *theme.Theme) string {
	b := brush{th: th, room: p.width}
	text := p.hint
	if text == "" {
		text = emptyTexts[p.stats.State]
	}
	b.clipped(theme.Dim, text)
	return b.String()
}
