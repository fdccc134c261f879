package viewport

import (
	"iter"

	"skep/ui/keys"
)

// Position is a position in a text: a line by its number, and a byte of it.
type Position struct {
	Line uint64
	At   int
}

// Before reports whether a position comes before another.
func (q Position) Before(r Position) bool { return q.Line < r.Line || q.Line == r.Line && q.At < r.At }

// Lines are what is scrolled through. Their numbers have no gaps.
type Lines[L any] interface {
	// Bounds are the number of the first line, and that behind the last.
	Bounds() (first, next uint64)
	// Window are up to n lines from a number on, or from the first that is still
	// there, with the number of that. It holds until the next call.
	Window(from uint64, n int) (at uint64, lines []L)
	// Rows are those of a line where that is quickly told; of another Break is
	// asked, and its answer kept.
	Rows(l *L) (Rows, bool)
	Break(l *L) []Row
	// Side is how far one key scrolls to the side, and how far to the right there
	// is anything, in cells.
	Side() (step, limit int)
}

// maxBroken is how many rows of broken lines are remembered, in 16 bytes each: a
// line of 64 KiB has 65,536 in a window that is a cell wide.
const maxBroken = 64 << 10

// Viewport is the part of a text that is on the screen.
type Viewport[L any] struct {
	Lines Lines[L]
	// Follow keeps the last line at the bottom. Wrap breaks long lines; where it
	// is not set, Left is how far the text is scrolled to the right, in cells.
	Follow, Wrap  bool
	Left          int
	Width, Height int

	top        Position // while not following
	broken     map[uint64][]Row
	brokenRows int
}

// Forget forgets how lines were broken: the room for them is another.
func (v *Viewport[L]) Forget() {
	clear(v.broken)
	v.brokenRows = 0
}

// Rows are the rows of a line with a number.
func (v *Viewport[L]) Rows(l *L, n uint64) Rows {
	if r, ok := v.Lines.Rows(l); ok {
		return r
	}
	rows, ok := v.broken[n]
	if !ok {
		rows = v.Lines.Break(l)
		if v.broken == nil {
			v.broken = map[uint64][]Row{}
		}
		if v.brokenRows+len(rows) > maxBroken {
			v.Forget()
		}
		v.broken[n] = rows
		v.brokenRows += len(rows)
	}
	return Rows{broken: rows}
}

// rowsOf are the rows of the line with a number, or of the first behind it.
func (v *Viewport[L]) rowsOf(n uint64) (at uint64, r Rows, ok bool) {
	at, w := v.Lines.Window(n, 1)
	if len(w) == 0 {
		return n, r, false
	}
	return at, v.Rows(&w[0], at), true
}

// below is the begin of the row under the one that holds a position.
func (v *Viewport[L]) below(q Position) (Position, bool) {
	at, r, ok := v.rowsOf(q.Line)
	switch {
	case !ok:
		return q, false
	case at != q.Line:
		return Position{Line: at}, true // The line has gone: its successor is next.
	}
	if i := r.Index(q.At) + 1; i < r.Count() {
		return Position{q.Line, r.Row(i).From}, true
	}
	if _, next := v.Lines.Bounds(); q.Line+1 < next {
		return Position{Line: q.Line + 1}, true
	}
	return q, false
}

// above is the begin of the row over the one that holds a position.
func (v *Viewport[L]) above(q Position) (Position, bool) {
	if at, r, ok := v.rowsOf(q.Line); ok && at == q.Line {
		if i := r.Index(q.At); i > 0 {
			return Position{q.Line, r.Row(i - 1).From}, true
		}
	}
	if first, _ := v.Lines.Bounds(); q.Line <= first {
		return q, false
	}
	at, r, ok := v.rowsOf(q.Line - 1)
	if !ok || at >= q.Line {
		return q, false
	}
	return Position{at, r.Row(r.Count() - 1).From}, true
}

// Bottom is the top at which the last row is the last on the screen.
func (v *Viewport[L]) Bottom() Position {
	first, next := v.Lines.Bounds()
	n := max(1, v.Height)
	from := first
	if next-first > uint64(n) {
		from = next - uint64(n)
	}
	from, lines := v.Lines.Window(from, n)
	for i := len(lines) - 1; i >= 0; i-- {
		at := from + uint64(i)
		r := v.Rows(&lines[i], at)
		if c := r.Count(); c >= n {
			return Position{at, r.Row(c - n).From}
		} else {
			n -= c
		}
	}
	return Position{Line: from}
}

// Top is the first row on the screen.
func (v *Viewport[L]) Top() Position {
	if v.Follow {
		return v.Bottom()
	}
	return v.top
}

// Hold stops following, and leaves what is on the screen there.
func (v *Viewport[L]) Hold() { v.top, v.Follow = v.Top(), false }

// MoveTo makes a row the first on the screen, as far as there is text to fill it,
// and reports whether it moved. Following goes on while nothing moves.
func (v *Viewport[L]) MoveTo(top Position) bool {
	end := v.Bottom()
	if v.Follow && !top.Before(end) {
		return false
	}
	if end.Before(top) {
		top = end
	}
	v.top, v.Follow = top, false
	return true
}

// Scroll moves by rows of the screen. What moves up stops following.
func (v *Viewport[L]) Scroll(by int) {
	top, step := v.Top(), v.below
	if by < 0 {
		step, by = v.above, -by
	}
	for range by {
		next, ok := step(top)
		if !ok {
			break
		}
		top = next
	}
	v.MoveTo(top)
}

// Clamp keeps the screen in the text, and full as long as there is text to fill
// it.
func (v *Viewport[L]) Clamp() {
	first, next := v.Lines.Bounds()
	if v.Follow || next == first {
		return
	}
	if v.top.Line < first {
		v.top = Position{Line: first}
	}
	if v.top.Line >= next {
		v.top = Position{Line: next - 1}
	}
	if next-v.top.Line <= uint64(max(0, v.Height)) {
		v.MoveTo(v.top)
	}
}

// Do does what a key asks for; false for a command that is not its own.
func (v *Viewport[L]) Do(cmd keys.Command) bool {
	step, limit := 0, 0
	if cmd == keys.Left || cmd == keys.Right {
		step, limit = v.Lines.Side()
	}
	switch cmd {
	case keys.Up:
		v.Scroll(-1)
	case keys.Down:
		v.Scroll(1)
	case keys.PageUp:
		v.Scroll(-max(1, v.Height-1))
	case keys.PageDown:
		v.Scroll(max(1, v.Height-1))
	case keys.Top:
		first, _ := v.Lines.Bounds()
		v.Left = 0
		v.MoveTo(Position{Line: first})
	case keys.Bottom:
		v.MoveTo(v.Bottom())
	case keys.Left:
		v.Left = max(0, v.Left-step)
	case keys.Right:
		if !v.Wrap {
			v.Left = max(v.Left, min(v.Left+step, limit))
		}
	case keys.Wrap:
		v.Wrap, v.Left = !v.Wrap, 0
		v.Clamp()
	default:
		return false
	}
	return true
}

// Shown is what the screen holds of a line: Count rows from row First on.
type Shown[L any] struct {
	Line         *L
	N            uint64
	Rows         Rows
	First, Count int
}

// End is the last row of it.
func (s *Shown[L]) End() Row { return s.Rows.Row(s.First + s.Count - 1) }

// Screen walks the lines on the screen, from the first to the last. No window
// must be asked for meanwhile.
func (v *Viewport[L]) Screen() iter.Seq[Shown[L]] {
	return func(yield func(Shown[L]) bool) {
		top, room := v.Top(), v.Height
		at, lines := v.Lines.Window(top.Line, max(0, room))
		for i := 0; i < len(lines) && room > 0; i++ {
			s := Shown[L]{Line: &lines[i], N: at + uint64(i)}
			s.Rows = v.Rows(s.Line, s.N)
			if s.N == top.Line {
				s.First = s.Rows.Index(top.At)
			}
			s.Count = min(room, s.Rows.Count()-s.First)
			if !yield(s) {
				return
			}
			room -= s.Count
		}
	}
}

// visible reports whether the row of a position is on the screen.
func (v *Viewport[L]) visible(q Position) bool {
	for s := range v.Screen() {
		if s.N == q.Line {
			r := s.Rows.Index(q.At)
			return s.First <= r && r < s.First+s.Count
		}
	}
	return false
}

// Reveal scrolls until the row of a position is on the screen. One that is there
// already moves nothing; another gets a third of the screen above it.
func (v *Viewport[L]) Reveal(q Position) {
	v.Hold()
	if v.visible(q) {
		return
	}
	if at, r, ok := v.rowsOf(q.Line); ok && at == q.Line {
		q.At = r.Row(r.Index(q.At)).From
	}
	v.top = q
	v.Scroll(-(v.Height / 3))
}
