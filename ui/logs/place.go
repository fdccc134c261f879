package logs

import (
	"iter"

	"github.com/charmbracelet/x/ansi"

	"skep/internal/logstream"
)

// place is a position in the log: a line by its number, and a byte of its
// text.
type place struct {
	seq uint64
	at  int
}

func (q place) before(r place) bool { return q.seq < r.seq || q.seq == r.seq && q.at < r.at }

// rows is the room for lines: all but the status line.
func (p *Pane) rows() int { return max(0, p.height-1) }

// window is up to n lines from a number on, none newer than the last answer.
// It is valid until the next call.
func (p *Pane) window(from uint64, n int) []logstream.Line {
	p.win = p.source.Window(from, n, p.win[:0])
	for len(p.win) > 0 && p.win[len(p.win)-1].Seq >= p.stats.Next {
		p.win = p.win[:len(p.win)-1]
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

// rowsOf tells how a line is broken into rows.
func (p *Pane) rowsOf(l *logstream.Line) breaks {
	width := p.textWidth(l)
	if !p.wrap || len(l.Text) <= width {
		return breaks{text: l.Text, whole: true}
	}
	if isASCII(l.Text) {
		return breaks{text: l.Text, width: width}
	}
	if starts, ok := p.broken[l.Seq]; ok {
		return breaks{text: l.Text, starts: starts}
	}
	starts := breakText(l.Text, width)
	if p.brokenRows+len(starts) > maxBroken {
		p.forgetBroken()
	}
	p.broken[l.Seq] = starts
	p.brokenRows += len(starts)
	return breaks{text: l.Text, starts: starts}
}

// forgetBroken forgets where rows begin.
func (p *Pane) forgetBroken() {
	clear(p.broken)
	p.brokenRows, p.brokenAt = 0, p.width
}

// breaks is where the rows of a line begin: at every width bytes of ASCII, at
// the starts of another text.
type breaks struct {
	text   string
	whole  bool
	width  int
	starts []int
}

func (b *breaks) count() int {
	switch {
	case b.whole:
		return 1
	case b.starts != nil:
		return len(b.starts)
	}
	return max(1, (len(b.text)+b.width-1)/b.width)
}

// row is the part of the text that row i shows.
func (b *breaks) row(i int) (from, to int) {
	switch {
	case b.whole:
		return 0, len(b.text)
	case b.starts == nil:
		return min(i*b.width, len(b.text)), min((i+1)*b.width, len(b.text))
	case i+1 < len(b.starts):
		return b.starts[i], b.starts[i+1]
	}
	return b.starts[i], len(b.text)
}

// index is which row holds a byte.
func (b *breaks) index(at int) int {
	switch {
	case b.whole:
		return 0
	case b.starts == nil:
		return min(at/b.width, b.count()-1)
	}
	i := 0
	for i+1 < len(b.starts) && b.starts[i+1] <= at {
		i++
	}
	return i
}

// breakText returns where rows of the width begin in text.
func breakText(text string, width int) []int {
	starts := []int{0}
	used := 0
	for at := 0; at < len(text); {
		cluster, w := ansi.FirstGraphemeCluster(text[at:], ansi.GraphemeWidth)
		if used+w > width && used > 0 {
			starts = append(starts, at)
			used = 0
		}
		used += w
		at += max(1, len(cluster))
	}
	return starts
}

// slice is the part of text between two columns, and the blanks before it
// where a wide character was cut in two.
func slice(text string, left, right int) (from, to, gap int) {
	if isASCII(text[:min(len(text), right)]) {
		return min(left, len(text)), min(right, len(text)), 0
	}
	col := 0
	from = len(text)
	for at := 0; at < len(text); {
		cluster, w := ansi.FirstGraphemeCluster(text[at:], ansi.GraphemeWidth)
		if col >= left && from == len(text) {
			from, gap = at, col-left
		}
		if col+w > right {
			return min(from, at), at, gap
		}
		col += w
		at += max(1, len(cluster))
	}
	return from, len(text), gap
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// shown is what the screen holds of a line: n rows from row first on.
type shown struct {
	*logstream.Line
	rows     breaks
	first, n int
	// seen is the part of the text that can be read. Where lines are not
	// wrapped, gap is how many blanks stand before it, and more is set where
	// there is more of the line to the right.
	seen span
	gap  int
	more bool
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// screen walks the lines of a screen that begins at top, from the first to the
// last. The window must not be asked meanwhile.
func (p *Pane) screen(top place) iter.Seq[shown] {
	return func(yield func(shown) bool) {
		room := p.rows()
		lines := p.window(top.seq, room)
		for i := 0; i < len(lines) && room > 0; i++ {
			l := shown{Line: &lines[i], rows: p.rowsOf(&lines[i])}
			if l.Seq == top.seq {
				l.first = l.rows.index(top.at)
			}
			l.n = min(room, l.rows.count()-l.first)
			if p.wrap {
				l.seen.from, _ = l.rows.row(l.first)
				_, l.seen.to = l.rows.row(l.first + l.n - 1)
			} else {
				l.seen, l.gap, l.more = p.side(l.Line)
			}
			if !yield(l) {
				return
			}
			room -= l.n
		}
	}
}

// side is the part of a line that is scrolled into sight where lines are not
// wrapped.
func (p *Pane) side(l *logstream.Line) (seen span, gap int, more bool) {
	width := p.textWidth(l)
	seen.from, seen.to, gap = slice(l.Text, p.left, p.left+width)
	if seen.to < len(l.Text) {
		seen.from, seen.to, gap = slice(l.Text, p.left, p.left+width-1)
		more = true
	}
	return seen, min(gap, width), more
}

// below is the begin of the row under the one that holds a place.
func (p *Pane) below(q place) (place, bool) {
	l, ok := p.line(q.seq)
	if !ok {
		return q, false
	}
	if l.Seq != q.seq {
		return place{seq: l.Seq}, true // The line has gone: its successor is next.
	}
	b := p.rowsOf(&l)
	if i := b.index(q.at) + 1; i < b.count() {
		from, _ := b.row(i)
		return place{q.seq, from}, true
	}
	if q.seq+1 < p.stats.Next {
		return place{seq: q.seq + 1}, true
	}
	return q, false
}

// above is the begin of the row over the one that holds a place.
func (p *Pane) above(q place) (place, bool) {
	if l, ok := p.line(q.seq); ok && l.Seq == q.seq {
		b := p.rowsOf(&l)
		if i := b.index(q.at); i > 0 {
			from, _ := b.row(i - 1)
			return place{q.seq, from}, true
		}
	}
	if q.seq <= p.stats.First {
		return q, false
	}
	l, ok := p.line(q.seq - 1)
	if !ok || l.Seq >= q.seq {
		return q, false
	}
	b := p.rowsOf(&l)
	from, _ := b.row(b.count() - 1)
	return place{l.Seq, from}, true
}

// bottom is the top at which the newest row is the last one.
func (p *Pane) bottom() place {
	if p.stats.Next == p.stats.First {
		return place{seq: p.stats.First}
	}
	n := max(1, p.rows())
	from := p.stats.First
	if p.stats.Next-from > uint64(n) {
		from = p.stats.Next - uint64(n)
	}
	lines := p.window(from, n)
	for i := len(lines) - 1; i >= 0; i-- {
		b := p.rowsOf(&lines[i])
		if c := b.count(); c >= n {
			at, _ := b.row(c - n)
			return place{lines[i].Seq, at}
		} else {
			n -= c
		}
	}
	if len(lines) == 0 {
		return place{seq: from}
	}
	return place{seq: lines[0].Seq}
}

// visibleTop is the first visible row.
func (p *Pane) visibleTop() place {
	if p.follow {
		return p.bottom()
	}
	return p.top
}

// Scroll moves by rows of the screen. What moves up stops following.
func (p *Pane) Scroll(by int) {
	top, step := p.visibleTop(), p.below
	if by < 0 {
		step, by = p.above, -by
	}
	for range by {
		next, ok := step(top)
		if !ok {
			break
		}
		top = next
	}
	p.moveTo(top)
}

// moveTo makes a row the first visible one, as far as there is text to fill
// the screen. Following goes on while nothing moves.
func (p *Pane) moveTo(top place) {
	end := p.bottom()
	if p.follow && !top.before(end) {
		return
	}
	if end.before(top) {
		top = end
	}
	p.top, p.follow = top, false
	p.arrange()
}

// keepTop moves on from lines that have been dropped, and only then.
func (p *Pane) keepTop() {
	if !p.follow && p.top.seq < p.stats.First {
		p.top = place{seq: p.stats.First}
	}
	p.arrange()
}

// sideStep is how far one key scrolls to the side.
func (p *Pane) sideStep() int { return max(minSide, p.width/2) }

// scrollRight scrolls as far as the longest visible line goes.
func (p *Pane) scrollRight() {
	if p.wrap {
		return
	}
	widest := 0
	lines := p.window(p.visibleTop().seq, p.rows())
	for i := range lines {
		room := p.textWidth(&lines[i])
		if len(lines[i].Text) > room {
			widest = max(widest, ansi.StringWidth(lines[i].Text)-room)
		}
	}
	p.left = min(p.left+p.sideStep(), max(p.left, widest))
}
