package logs

import (
	"slices"

	"skep/internal/logstream"
	"skep/ui/viewport"
)

// maxMarks is how many lines may be marked: what a clipboard takes.
const maxMarks = 1000

// inLog is the number in the log of a line that is shown.
func (p *Pane) inLog(seq uint64) uint64 {
	if s, ok := p.source.(*sieve); ok {
		return s.origin(seq)
	}
	return seq
}

// marked reports whether a line is marked.
func (p *Pane) marked(seq uint64) bool {
	return len(p.marks) > 0 && slices.Contains(p.marks, p.inLog(seq))
}

// mark marks the line that was jumped to, or else the newest that is on the
// screen while it follows, and the first where it does not; or takes that away.
func (p *Pane) mark() {
	seq := p.search.current
	switch {
	case p.stats.Next == p.stats.First:
		return
	case seq != 0:
	case p.viewport.Follow:
		seq = p.stats.Next - 1
	default:
		seq = p.viewport.Top().Line
	}
	at := p.inLog(seq)
	i, has := slices.BinarySearch(p.marks, at)
	switch {
	case has:
		p.marks = slices.Delete(p.marks, i, i+1)
	case len(p.marks) < maxMarks:
		p.marks = slices.Insert(p.marks, i, at)
	}
	p.viewport.Forget()
}

// toMark goes to the next marked line in a direction that is shown, and after the
// last to the first.
func (p *Pane) toMark(dir logstream.Direction) {
	from := p.viewport.Top().Line
	switch {
	case p.search.current != 0:
		from = p.search.current
	case p.viewport.Follow:
		from = p.stats.Next
	}
	var shown []uint64 // in the direction
	for _, m := range p.marks {
		seq := m
		if s, ok := p.source.(*sieve); ok {
			if seq = s.own(m); s.origin(seq) != m {
				continue // The filter hides it.
			}
		}
		if seq >= p.stats.First && seq < p.stats.Next {
			shown = append(shown, seq)
		}
	}
	if dir == logstream.Older {
		slices.Reverse(shown)
	}
	for _, seq := range shown {
		if dir == logstream.Newer && seq > from || dir == logstream.Older && seq < from {
			p.goTo(seq)
			return
		}
	}
	if len(shown) > 0 {
		p.goTo(shown[0])
	}
}

// goTo scrolls a line into sight, and makes it the one that was jumped to.
func (p *Pane) goTo(seq uint64) {
	p.search.current, p.search.of = seq, 0
	p.viewport.Reveal(viewport.Position{Line: seq})
}

// markedLines are the marked lines that are still there.
func (p *Pane) markedLines() (out []logstream.Line) {
	first := p.log.Stats().First
	p.marks = slices.DeleteFunc(p.marks, func(m uint64) bool { return m < first })
	for _, m := range p.marks {
		out = p.log.Window(m, 1, out)
	}
	return out
}
