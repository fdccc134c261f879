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
	n := 0
	for l := range p.screen(top) {
		matches := p.matchesIn(l)
		for r := l.first; r < l.first+l.n; r++ {
			out[n] = p.row(th, l, r, matches)
			n++
		}
		p.bottomSeq = l.Seq
	}
	if n == 0 && p.rows() > 0 {
		out[0] = p.empty(th)
	}
	out[p.height-1] = p.status(th)
	return out
}

// row draws row r of a line.
func (p *Pane) row(th *theme.Theme, line shown, r int, matches [][]int) string {
	l := line.Line
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
	from, to := line.rows.row(r)
	if !p.wrap {
		from, to = line.seen.from, line.seen.to
		b.blanks(line.gap)
	}
	b.text(role, hit, l.Text, from, to, matches)
	switch {
	case line.more:
		b.put(theme.Dim, th.Glyphs.Ellipsis, 1)
	case l.Cut && to == len(l.Text):
		b.put(theme.Dim, cutMark, len(cutMark))
	}
	return b.String()
}

// emptyTexts say why there are no lines.
var emptyTexts = map[logstream.State]string{
	logstream.Connecting: "Opening the log.",
	logstream.Live:       "No lines yet. They appear here as they are written.",
	logstream.Waiting:    "No lines yet, and the log cannot be read now.",
	logstream.Failed:     "No lines: the log cannot be read.",
	logstream.Ended:      "No lines: nothing was written, or the node no longer keeps them.",
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
