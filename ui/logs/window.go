package logs

import (
	"iter"
	"strings"

	"skep/internal/logstream"
	"skep/ui/viewport"
)

// text is the log of a pane, as it is scrolled through.
type text struct{ *Pane }

// Bounds implements viewport.Lines, as do the others.
func (t text) Bounds() (first, next uint64) { return t.stats.First, t.stats.Next }

func (t text) Window(from uint64, n int) (uint64, []logstream.Line) {
	w := t.window(from, n)
	if len(w) == 0 {
		return from, nil
	}
	return w[0].Seq, w
}

func (t text) Rows(l *logstream.Line) (viewport.Rows, bool) {
	switch width := t.textWidth(l); {
	case t.json.mode == jsonPretty && strings.Contains(l.Text, "\n"):
		return viewport.Rows{}, false
	case !t.viewport.Wrap || len(l.Text) <= width:
		return viewport.Whole(len(l.Text)), true
	case viewport.IsASCII(l.Text):
		return viewport.Even(len(l.Text), width), true
	}
	return viewport.Rows{}, false
}

func (t text) Break(l *logstream.Line) (out []viewport.Row) {
	at, width := 0, t.textWidth(l)
	for part := range strings.SplitSeq(l.Text, "\n") { // Of JSON that is pretty.
		if !t.viewport.Wrap {
			out = append(out, viewport.Row{From: at, To: at + len(part)})
			at += len(part) + 1
			continue
		}
		for _, r := range viewport.Break(part, width) {
			out = append(out, viewport.Row{From: at + r.From, To: at + r.To})
		}
		at += len(part) + 1
	}
	return out
}

// Side goes as far as the longest visible line.
func (t text) Side() (step, limit int) {
	_, lines := t.Window(t.viewport.Top().Line, t.viewport.Height)
	for i := range lines {
		for part := range strings.SplitSeq(lines[i].Text, "\n") {
			limit = max(limit, viewport.Cells(part)-t.textWidth(&lines[i]))
		}
	}
	return max(minSide, t.viewport.Width/2), limit
}

// window is up to n lines from a number on, none newer than the last answer, as they
// are shown.
// It is valid until the next call.
func (p *Pane) window(from uint64, n int) []logstream.Line {
	p.win = p.source.Window(from, n, p.win[:0])
	for len(p.win) > 0 && p.win[len(p.win)-1].Seq >= p.stats.Next {
		p.win = p.win[:len(p.win)-1]
	}
	for i := range p.win {
		p.shape(&p.win[i])
	}
	return p.win
}

// line is the line with the number, or the oldest that is there.
func (p *Pane) line(seq uint64) (logstream.Line, bool) {
	w := p.window(seq, 1)
	if len(w) == 0 {
		return logstream.Line{}, false
	}
	return w[0], true
}

// shown is what the screen holds of a line.
type shown struct {
	viewport.Shown[logstream.Line]
	// seen is the part of the text that can be read; of one row, without what is
	// scrolled out of sight.
	seen viewport.Row
}

// screen walks the lines on the screen, from the first to the last. The window
// must not be asked meanwhile.
func (p *Pane) screen() iter.Seq[shown] {
	return func(yield func(shown) bool) {
		for s := range p.viewport.Screen() {
			l := shown{Shown: s, seen: viewport.Row{From: s.Rows.Row(s.First).From, To: s.End().To}}
			if !p.viewport.Wrap && s.Rows.Count() == 1 {
				l.seen, _, _ = p.side(l.Line, l.seen)
			}
			if !yield(l) {
				return
			}
		}
	}
}

// side is the part of a row that is scrolled into sight where lines are not wrapped:
// gap is how many blanks stand before it, and more is set where there is more to the
// right.
func (p *Pane) side(l *logstream.Line, row viewport.Row) (seen viewport.Row, gap int, more bool) {
	text, width, left := l.Text[row.From:row.To], p.textWidth(l), p.viewport.Left
	seen, gap = viewport.Slice(text, left, left+width)
	if seen.To < len(text) {
		seen, gap = viewport.Slice(text, left, left+width-1)
		more = true
	}
	return viewport.Row{From: row.From + seen.From, To: row.From + seen.To}, min(gap, width), more
}
