package detail

import (
	"fmt"
	"slices"
	"strings"

	"skep/ui/keys"
)

// Pager scrolls and searches text. Only what is visible is broken into rows
// and drawn, so a long document costs no more than a short one. It belongs to
// the goroutine of Update.
type Pager struct {
	lines  []line
	widest int
	wrap   bool
	left   int // cells scrolled to the right; 0 while lines are wrapped
	top    place
	search search

	// The room of the last Render, by which pages are measured.
	width, height int
	broken        map[int][]row // rows of wrapped lines at the present width
	bottom        place         // the last row that was drawn
}

// place is a position in the text: a line, and a byte of it. It means the same
// at every width.
type place struct{ line, at int }

func (p place) before(q place) bool { return p.line < q.line || p.line == q.line && p.at < q.at }

// Broken lines are forgotten when there are more than this: they are cheap to
// break anew, and only a screenful of them is needed at a time.
const maxBroken = 2048

// How far one key press scrolls to the side, in cells.
const sideStep = 8

// NewPager makes an empty pager that wraps long lines.
func NewPager() *Pager { return &Pager{wrap: true, broken: map[int][]row{}} }

// SetLines takes in new text. The place and the search stay.
func (p *Pager) SetLines(lines []Line) {
	if p.same(lines) {
		return
	}
	p.lines = make([]line, len(lines))
	p.widest = 0
	for i, l := range lines {
		p.lines[i] = measure(l)
		p.widest = max(p.widest, p.lines[i].width)
	}
	clear(p.broken)
	p.refind()
	p.clamp()
}

// same tells whether the text is the one that is shown already.
func (p *Pager) same(lines []Line) bool {
	return len(lines) == len(p.lines) && slices.EqualFunc(lines, p.lines, func(a Line, b line) bool {
		return slices.Equal(a, b.spans)
	})
}

// SetWrap chooses whether long lines are wrapped or cut.
func (p *Pager) SetWrap(wrap bool) {
	p.wrap, p.left = wrap, 0
	clear(p.broken)
	p.clamp()
}

// Len is the number of lines.
func (p *Pager) Len() int { return len(p.lines) }

// Text is the whole text, as for the clipboard.
func (p *Pager) Text() string {
	var b strings.Builder
	for i := range p.lines {
		b.WriteString(p.lines[i].text)
		b.WriteByte('\n')
	}
	return b.String()
}

// Run does what a key asks for; false for a command that is not the pager's.
func (p *Pager) Run(cmd keys.Command) bool {
	switch cmd {
	case keys.Up:
		p.Scroll(-1)
	case keys.Down:
		p.Scroll(1)
	case keys.PageUp:
		p.Scroll(-max(1, p.height-1))
	case keys.PageDown:
		p.Scroll(max(1, p.height-1))
	case keys.Top:
		p.top, p.left = place{}, 0
	case keys.Bottom:
		p.top = place{max(0, len(p.lines)-1), 0}
		p.top = p.last()
	case keys.Left:
		p.left = max(0, p.left-sideStep)
	case keys.Right:
		if !p.wrap {
			p.left = max(p.left, min(p.left+sideStep, p.widest-p.width))
		}
	case keys.Wrap:
		p.SetWrap(!p.wrap)
	case keys.NextMatch:
		p.step(1)
	case keys.PrevMatch:
		p.step(-1)
	default:
		return false
	}
	return true
}

// Position says which lines are visible, as in "12-34 of 210"; it is empty
// while there is no text.
func (p *Pager) Position() string {
	if len(p.lines) == 0 {
		return ""
	}
	last := p.top
	for range p.height - 1 {
		next, ok := p.below(last)
		if !ok {
			break
		}
		last = next
	}
	return fmt.Sprintf("%d-%d of %d", p.top.line+1, last.line+1, len(p.lines))
}

// Shown are the lines that the last Render drew to their ends: from and up to,
// but without, to.
func (p *Pager) Shown() (from, to int) {
	if len(p.lines) == 0 || p.height <= 0 || p.width <= 0 {
		return 0, 0
	}
	from, to = p.top.line, p.bottom.line
	if rows := p.rows(to); rowAt(rows, p.bottom.at) == len(rows)-1 {
		to++
	}
	return from, to
}

// Below is how many rows are under those that the last Render drew.
func (p *Pager) Below() int {
	if len(p.lines) == 0 || p.height <= 0 {
		return 0
	}
	rows := p.rows(p.bottom.line)
	n := len(rows) - 1 - rowAt(rows, p.bottom.at)
	for i := p.bottom.line + 1; i < len(p.lines); i++ {
		n += len(p.rows(i))
	}
	return n
}

// rows are the rows of a line as it is shown.
func (p *Pager) rows(i int) []row {
	l := &p.lines[i]
	if !p.wrap || l.width <= p.width {
		return []row{{0, len(l.text)}}
	}
	if r, ok := p.broken[i]; ok {
		return r
	}
	if len(p.broken) >= maxBroken {
		clear(p.broken)
	}
	r := l.rows(p.width)
	p.broken[i] = r
	return r
}

// rowAt is which of a line's rows holds a byte.
func rowAt(rows []row, at int) int {
	i, found := slices.BinarySearchFunc(rows, at, func(r row, at int) int { return r.from - at })
	if found {
		return i
	}
	return max(0, i-1)
}

// below is the start of the row under the one that holds a place.
func (p *Pager) below(q place) (place, bool) {
	if rows := p.rows(q.line); rowAt(rows, q.at)+1 < len(rows) {
		return place{q.line, rows[rowAt(rows, q.at)+1].from}, true
	}
	if q.line+1 < len(p.lines) {
		return place{q.line + 1, 0}, true
	}
	return q, false
}

// above is the start of the row over the one that holds a place.
func (p *Pager) above(q place) (place, bool) {
	if rows := p.rows(q.line); rowAt(rows, q.at) > 0 {
		return place{q.line, rows[rowAt(rows, q.at)-1].from}, true
	}
	if q.line > 0 {
		rows := p.rows(q.line - 1)
		return place{q.line - 1, rows[len(rows)-1].from}, true
	}
	return q, false
}

// Scroll moves by rows of the screen.
func (p *Pager) Scroll(by int) {
	if len(p.lines) == 0 {
		return
	}
	step := p.below
	if by < 0 {
		step, by = p.above, -by
	}
	for range by {
		next, ok := step(p.top)
		if !ok {
			break
		}
		p.top = next
	}
	p.clamp()
}

// last is the top at which the end of the text is at the bottom.
func (p *Pager) last() place {
	if len(p.lines) == 0 {
		return place{}
	}
	end := len(p.lines) - 1
	rows := p.rows(end)
	q := place{end, rows[len(rows)-1].from}
	for range p.height - 1 {
		up, ok := p.above(q)
		if !ok {
			return place{}
		}
		q = up
	}
	return q
}

// clamp keeps the top in the text, and the screen full as long as there is
// text to fill it.
func (p *Pager) clamp() {
	if p.top.line >= len(p.lines) {
		p.top = place{max(0, len(p.lines)-1), 0}
	}
	if len(p.lines) == 0 || p.height <= 0 {
		return
	}
	if len(p.lines)-p.top.line <= p.height {
		if last := p.last(); last.before(p.top) {
			p.top = last
		}
	}
	if p.wrap {
		p.left = 0
	}
	p.left = max(0, min(p.left, p.widest-p.width))
}
