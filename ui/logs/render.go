package logs

import (
	"skep/internal/logstream"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// CutMark is put behind a line whose end the log does not hold.
const CutMark = " (cut at 64 KiB)"

// whole is the text of a line for where nothing else tells that it was cut.
func whole(l *logstream.Line) string {
	if l.Cut {
		return l.Text + CutMark
	}
	return l.Text
}

// Render draws the pane: exactly as many lines as it was resized to, none
// wider. The last is the status.
func (p *Pane) Render(th *theme.Theme) []string {
	out := make([]string, p.height)
	if p.viewport.Width == 0 || p.height == 0 {
		return out
	}
	p.bottomSeq = 0
	n := 0
	for l := range p.screen() {
		hits := p.hits(l)
		for r := l.First; r < l.First+l.Count; r++ {
			out[n] = p.row(th, l, r, hits)
			n++
		}
		p.bottomSeq = l.N
	}
	if n == 0 && p.viewport.Height > 0 {
		out[0] = p.empty(th)
	}
	out[p.height-1] = p.status(th)
	return out
}

// hits are the matches in a line in their looks.
func (p *Pane) hits(l shown) []viewport.Hit {
	role := theme.Match
	if l.N == p.search.current {
		role = theme.Selected
	}
	var out []viewport.Hit
	for _, m := range p.litIn(l) {
		out = append(out, viewport.Hit{Row: viewport.Row{From: m[0], To: m[1]}, Role: role})
	}
	return out
}

// row draws row r of a line.
func (p *Pane) row(th *theme.Theme, line shown, r int, hits []viewport.Hit) string {
	l := line.Line
	b := viewport.NewBrush(th, p.viewport.Width)
	if r == 0 {
		p.putPrefix(b, th, l)
	} else {
		b.Blank(p.prefixWidth(l))
	}
	role := theme.Plain
	switch l.Kind {
	case logstream.Warning:
		role = theme.Warning
	case logstream.Notice:
		role = theme.Dim
	case logstream.Stdout, logstream.Stderr:
	}
	row, more := line.Rows.Row(r), false
	if !p.viewport.Wrap {
		gap := 0
		row, gap, more = p.side(l, row)
		b.Blank(gap)
	}
	b.Paint(p.painted(l, role), l.Text, row, hits)
	switch {
	case more:
		b.Put(theme.Dim, th.Glyphs.Ellipsis, 1)
	case l.Cut && row.To == len(l.Text) && b.Room() >= len(CutMark):
		b.Put(theme.Dim, CutMark, len(CutMark))
	}
	return b.String()
}

// emptyTexts say why there are no lines.
var emptyTexts = map[logstream.State]string{
	logstream.Connecting: "Opening the log.",
	logstream.Live:       "No lines yet. They appear here as they are written.",
	logstream.Waiting:    "No lines yet, and the log cannot be read now.",
	logstream.Away:       "No lines yet: the node is down. They are read when it is back.",
	logstream.Failed:     "No lines: the log cannot be read.",
	logstream.Ended:      "No lines: nothing was written, or the node no longer keeps them.",
}

// empty is said while there are no lines.
func (p *Pane) empty(th *theme.Theme) string {
	b := viewport.NewBrush(th, p.viewport.Width)
	text := p.hint
	if p.stats.Lines > 0 {
		text = "None of the " + lineCount(p.stats.Lines) + " is shown: " + p.choice.words()
	}
	if text == "" {
		text = emptyTexts[p.stats.State]
	}
	b.Clip(theme.Dim, text)
	return b.String()
}
