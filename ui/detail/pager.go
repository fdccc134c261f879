package detail

import (
	"fmt"
	"slices"
	"strings"

	"skep/ui/keys"
	"skep/ui/viewport"
)

// Pager scrolls and searches text. Only what is visible is broken into rows
// and drawn, so a long document costs no more than a short one. It belongs to
// the goroutine of Update.
type Pager struct {
	lines    []line
	widest   int
	viewport viewport.Viewport[line]
	search   search
}

// How far one key press scrolls to the side, in cells.
const sideStep = 8

// NewPager makes an empty pager that wraps long lines.
func NewPager() *Pager {
	p := &Pager{}
	p.viewport.Lines, p.viewport.Wrap = text{p}, true
	return p
}

// Text is lines that were made safe and measured, which takes a while where
// there are many. It can be made in any goroutine.
type Text struct {
	lines  []line
	widest int
}

// Measure makes lines into a text.
func Measure(lines []Line) Text {
	t := Text{lines: make([]line, len(lines))}
	for i, l := range lines {
		t.lines[i] = measure(l)
		t.widest = max(t.widest, t.lines[i].width)
	}
	return t
}

// SetLines takes in new text. The position and the search stay.
func (p *Pager) SetLines(lines []Line) {
	if !p.same(lines) {
		p.SetText(Measure(lines))
	}
}

// SetText is SetLines for a text that was measured before.
func (p *Pager) SetText(t Text) {
	p.lines, p.widest = t.lines, t.widest
	p.viewport.Forget()
	p.refind()
	p.clamp()
}

// same reports whether the text is the one that is shown already.
func (p *Pager) same(lines []Line) bool {
	return len(lines) == len(p.lines) && slices.EqualFunc(lines, p.lines, func(a Line, b line) bool {
		return slices.Equal(a, b.spans)
	})
}

// SetWrap chooses whether long lines are wrapped or cut.
func (p *Pager) SetWrap(wrap bool) {
	p.viewport.Wrap = wrap
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

// Do does what a key asks for; false for a command that is not the pager's.
func (p *Pager) Do(cmd keys.Command) bool {
	switch cmd {
	case keys.NextMatch:
		p.step(1)
	case keys.PrevMatch:
		p.step(-1)
	default:
		return p.viewport.Do(cmd)
	}
	return true
}

// Scroll moves by rows of the screen.
func (p *Pager) Scroll(by int) { p.viewport.Scroll(by) }

// Position says which lines are visible, as in "12-34 of 210"; it is empty
// while there is no text.
func (p *Pager) Position() string {
	if len(p.lines) == 0 {
		return ""
	}
	from := p.viewport.Top().Line
	to := from
	for l := range p.viewport.Screen() {
		to = l.N
	}
	return fmt.Sprintf("%d-%d of %d", from+1, to+1, len(p.lines))
}

// Shown are the lines that are drawn to their ends: from and up to, but without,
// to.
func (p *Pager) Shown() (from, to int) {
	if p.viewport.Width <= 0 {
		return 0, 0
	}
	from = -1
	for l := range p.viewport.Screen() {
		if from < 0 {
			from = int(l.N)
		}
		if to = int(l.N); l.First+l.Count == l.Rows.Count() {
			to++
		}
	}
	return max(0, from), to
}

// Below is how many rows are under those that are drawn.
func (p *Pager) Below() int {
	last, n := len(p.lines), 0
	for l := range p.viewport.Screen() {
		last, n = int(l.N), l.Rows.Count()-l.First-l.Count
	}
	for i := last + 1; i < len(p.lines); i++ {
		r := p.viewport.Rows(&p.lines[i], uint64(i))
		n += r.Count()
	}
	return n
}

// clamp keeps the screen in the text.
func (p *Pager) clamp() {
	p.viewport.Clamp()
	if p.viewport.Wrap {
		p.viewport.Left = 0
	}
	p.viewport.Left = max(0, min(p.viewport.Left, p.widest-p.viewport.Width))
}

// text is a pager's, as it is scrolled through.
type text struct{ *Pager }

// Bounds implements viewport.Lines, as do the others.
func (t text) Bounds() (first, next uint64) { return 0, uint64(len(t.lines)) }

func (t text) Window(from uint64, n int) (uint64, []line) {
	if from >= uint64(len(t.lines)) {
		return from, nil
	}
	return from, t.lines[from:min(from+uint64(n), uint64(len(t.lines)))]
}

func (t text) Rows(l *line) (viewport.Rows, bool) {
	return viewport.Whole(len(l.text)), !t.viewport.Wrap || t.viewport.Width <= 0 || l.width <= t.viewport.Width
}

func (t text) Break(l *line) []viewport.Row {
	return viewport.BreakWords(l.text, t.viewport.Width, l.indent(t.viewport.Width))
}

func (t text) Side() (step, limit int) { return sideStep, t.widest - t.viewport.Width }
