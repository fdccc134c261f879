package logs

import (
	"context"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/ui/screen"
	"skep/ui/viewport"
)

// search is what is searched for.
type search struct {
	pattern string
	re      *regexp.Regexp
	// current is the line that was jumped to, 0 for none.
	current uint64
	// outcome is what the last jump came to, in words.
	outcome string
	// nth and of say the how many-th of all lines that match the current one is.
	nth, of int

	// asks hands a jump to the command that does it; asked is the number of
	// the last one, stop ends it.
	asks  chan ask
	asked uint64
	stop  context.CancelFunc
}

// ask is a jump to the next match that begins at or after a position, or before
// it: looking through the whole log can take a tenth of a second, so Update
// does not do it.
type ask struct {
	ctx  context.Context
	id   uint64
	re   *regexp.Regexp
	in   Source
	from viewport.Position
	dir  logstream.Direction
	// shown is what is shown of a text; nil where that is what was written.
	shown func(text string) string
	// begun is when that was looked at first, late is set where it took too long.
	begun time.Time
	late  *atomic.Bool
}

// foundMsg is what a jump came to: a match in a line, nil for none.
type foundMsg struct {
	pane  *Pane
	id    uint64
	seq   uint64
	match []int
	// nth and of say the how many-th of all lines that match it is.
	nth, of int
	// round is set when the search went on at the other end, late where only what was
	// written was looked through to its end, and not what is shown.
	round, late bool
}

func newSearch() search { return search{asks: make(chan ask, 1), stop: func() {}} }

// finder is the search of a pane, which hides nothing.
type finder struct{ *Pane }

// Finder implements screen.Finder.
func (p *Pane) Finder() screen.Searcher { return finder{p} }

// SetPattern searches for a regular expression, upper and lower case alike. If
// no match is visible, the pane jumps to the next older one. An empty pattern
// ends the search; one that is not valid changes nothing.
func (p finder) SetPattern(pattern string) error {
	s := &p.search
	if pattern == s.pattern {
		return nil
	}
	var re *regexp.Regexp
	if pattern != "" {
		var err error
		if re, err = screen.ParsePattern(pattern); err != nil {
			return err
		}
	}
	s.stop()
	s.asked++ // An answer to the former pattern is none to this one.
	s.pattern, s.re, s.current, s.outcome, s.of = pattern, re, 0, "", 0
	if re != nil && !p.matchVisible() {
		p.seek(logstream.Older)
	}
	return nil
}

// Pattern is what is searched for, empty for nothing.
func (p finder) Pattern() string { return p.search.pattern }

// matchVisible reports whether a match is on the screen.
func (p *Pane) matchVisible() bool {
	for l := range p.screen() {
		for _, m := range p.matchesIn(l) {
			if p.sees(l, m) {
				return true
			}
		}
	}
	return false
}

// sees reports whether a match in a line can be seen, or a part of it.
func (p *Pane) sees(l shown, m []int) bool {
	for r := l.First; r < l.First+l.Count; r++ {
		row := l.Rows.Row(r)
		if !p.viewport.Wrap {
			row, _, _ = p.side(l.Line, row)
		}
		if m[0] < row.To && m[1] > row.From || m[0] == m[1] && row.From <= m[0] && m[0] <= row.To {
			return true
		}
	}
	return false
}

// endOfLine is behind every match of a line.
const endOfLine = math.MaxInt

// seek asks for the next match in a direction: from the present line on, the
// matches of which that are on the screen count as seen, or else from the edge
// of the screen.
func (p *Pane) seek(dir logstream.Direction) {
	s := &p.search
	if s.re == nil || p.stats.Next == p.stats.First {
		return
	}
	from := p.edge(dir)
	if s.current != 0 {
		from = p.beyond(s.current, dir)
	}
	s.stop()
	s.asked++
	ctx, stop := context.WithCancel(p.ctx)
	s.stop = stop
	select {
	case <-s.asks: // Not begun yet, and not wanted any more.
	default:
	}
	s.asks <- ask{ctx: ctx, id: s.asked, re: s.re, in: p.source, from: from, dir: dir, shown: p.json.shows()}
}

// waitFind returns the command that waits for a jump and does it.
func (p *Pane) waitFind() tea.Cmd {
	asks, done := p.search.asks, p.ctx.Done()
	return func() tea.Msg {
		select {
		case a := <-asks:
			return p.find(a)
		case <-done:
			return nil
		}
	}
}

// edge is where a screen begins, or ends where one looks for what is older.
func (p *Pane) edge(dir logstream.Direction) viewport.Position {
	at := p.viewport.Top()
	for l := range p.screen() {
		if p.json.mode != jsonWritten { // Places in what is shown are none in what is searched.
			if dir == logstream.Newer {
				return viewport.Position{Line: l.N}
			}
			at = viewport.Position{Line: l.N, At: endOfLine}
			continue
		}
		to := l.End().To
		switch {
		case dir == logstream.Newer:
			return viewport.Position{Line: l.N, At: l.Rows.Row(l.First).From}
		case to == len(l.Line.Text):
			to = endOfLine
		}
		at = viewport.Position{Line: l.N, At: to}
	}
	return at
}

// beyond is where what is not seen of a line begins in a direction. A line that is
// not shown as it was written is seen as a whole.
func (p *Pane) beyond(seq uint64, dir logstream.Direction) viewport.Position {
	for l := range p.screen() {
		switch {
		case l.N != seq || p.json.mode != jsonWritten:
		case dir == logstream.Older:
			return viewport.Position{Line: seq, At: l.seen.From}
		case l.seen.To < len(l.Line.Text):
			return viewport.Position{Line: seq, At: l.seen.To}
		}
	}
	if dir == logstream.Older {
		return viewport.Position{Line: seq, At: 0}
	}
	return viewport.Position{Line: seq, At: endOfLine}
}

// find looks for a match, and goes on at the other end if there is none.
func (p *Pane) find(a ask) foundMsg {
	msg := foundMsg{pane: p, id: a.id}
	a.begun, a.late = time.Now(), new(atomic.Bool)
	msg.seq, msg.match = a.search()
	if msg.match == nil {
		msg.round = true
		a.from = viewport.Position{}
		if a.dir == logstream.Older {
			a.from = viewport.Position{Line: math.MaxUint64, At: endOfLine}
		}
		msg.seq, msg.match = a.search()
	}
	if msg.match != nil {
		msg.nth, msg.of = a.count(msg.seq)
	}
	if msg.late = a.late.Load(); msg.late {
		msg.nth, msg.of = 0, 0
	}
	return msg
}

// count counts the lines that match, up to one and in all; 0 if it was ended, or took
// longer than anybody waits for it.
func (a ask) count(until uint64) (nth, of int) {
	re := a.matcher()
	lines, begun := make([]logstream.Line, 0, sieveChunk), time.Now()
	for from := uint64(0); ; from = lines[len(lines)-1].Seq + 1 {
		if lines = a.in.Window(from, sieveChunk, lines[:0]); len(lines) == 0 {
			return nth, of
		}
		if a.ctx.Err() != nil || time.Since(begun) > countFor {
			return 0, 0
		}
		for i := range lines {
			if re.MatchString(lines[i].Text) {
				of++
				if lines[i].Seq <= until {
					nth++
				}
			}
		}
	}
}

// search looks for the match in a log: first in the line that it sets out from.
func (a ask) search() (uint64, []int) {
	source := a.in
	line := func(seq uint64, at int) []int {
		w := source.Window(seq, 1, nil)
		if len(w) == 0 || w[0].Seq != seq {
			return nil
		}
		m := a.next(w[0].Text, at)
		if m == nil && a.shown != nil {
			m = a.next(a.shown(w[0].Text), at)
		}
		return m
	}
	if m := line(a.from.Line, a.from.At); m != nil {
		return a.from.Line, m
	}
	at := 0
	if a.dir == logstream.Older {
		if a.from.Line == 0 {
			return 0, nil
		}
		at = endOfLine
	}
	seq, ok, err := source.Find(a.ctx, a.matcher(), a.from.Line+uint64(a.dir), a.dir)
	if !ok || err != nil {
		return 0, nil
	}
	return seq, line(seq, at)
}

// matcher is for the lines in which there is a match: in what was written, of which
// a part may be hidden, or in what is shown, in which there are words that only the
// view makes.
func (a ask) matcher() logstream.Matcher {
	written := logstream.NewPattern(a.re)
	if a.shown == nil {
		return written
	}
	return either{written, a}
}

type either struct {
	written *logstream.Pattern
	ask
}

// MatchString implements logstream.Matcher. To make what is shown takes some
// microseconds: that is done only where there can be a match, and not for longer than
// anybody waits.
func (e either) MatchString(text string) bool {
	switch {
	case e.written.MatchString(text):
		return true
	case e.late.Load() || !mayBeJSON(text) || !mayShow(e.written, text):
		return false
	case time.Since(e.begun) > shownFor:
		e.late.Store(true)
		return false
	}
	shown := e.shown(text)
	return shown != text && e.re.MatchString(shown)
}

// next is the match of a text that begins at or after a byte, or the last one
// before it; nil for none.
func (a ask) next(text string, at int) []int {
	var last []int
	for _, m := range a.re.FindAllStringIndex(text, -1) {
		switch {
		case m[0] < at:
			last = m
		case a.dir == logstream.Newer:
			return m
		}
	}
	if a.dir == logstream.Newer {
		return nil
	}
	return last
}

// found takes in what a jump came to.
func (p *Pane) found(msg foundMsg) {
	s := &p.search
	if msg.id != s.asked || s.re == nil {
		return
	}
	switch {
	case msg.match == nil && msg.late:
		s.current, s.outcome = 0, "no match as written; too much JSON to search as it is shown"
		return
	case msg.match == nil:
		s.current, s.outcome = 0, "no match"
		return
	case msg.round:
		s.outcome = "search wrapped"
	default:
		s.outcome = ""
	}
	p.stats = p.source.Stats()
	s.current, s.nth, s.of = msg.seq, msg.nth, msg.of
	p.show(msg.seq, msg.match)
}

// show scrolls until the match in a line is visible. One that is visible
// already moves nothing, but the pane stops following, or it would go away.
func (p *Pane) show(seq uint64, match []int) {
	l, ok := p.line(seq)
	if !ok || l.Seq != seq {
		return
	}
	if p.json.mode != jsonWritten { // What is searched is what was written.
		if match = p.search.re.FindStringIndex(l.Text); match == nil {
			match = []int{0, 0}
			p.search.outcome = "in a part that is not shown, see J"
		}
	}
	p.viewport.Reveal(viewport.Position{Line: seq, At: match[0]})
	p.arrange()
	p.showSide(&l, match)
}

// showSide scrolls a match into sight where lines are not wrapped.
func (p *Pane) showSide(l *logstream.Line, m []int) {
	if p.viewport.Wrap {
		return
	}
	width := p.textWidth(l)
	row := 1 + strings.LastIndexByte(l.Text[:m[0]], '\n')
	from, to := viewport.Cells(l.Text[row:m[0]]), viewport.Cells(l.Text[row:m[1]])
	if from < p.viewport.Left || to > p.viewport.Left+width-1 {
		p.viewport.Left = max(0, from-width/3)
	}
}

// matchesIn are the matches in the visible part of a line: of what is searched
// for, or else of what the lines are filtered by.
func (p *Pane) matchesIn(l shown) [][]int {
	if p.search.re != nil {
		return matchesOf(p.search.re, l)
	}
	return nil
}

// litIn are the matches to show in a line.
func (p *Pane) litIn(l shown) (matches [][]int) {
	if p.search.re != nil || aside(l.Line) {
		return p.matchesIn(l)
	}
	for _, re := range p.choice.lit() {
		matches = append(matches, matchesOf(re, l)...)
	}
	slices.SortFunc(matches, func(a, b []int) int { return a[0] - b[0] })
	out := matches[:0]
	for _, m := range matches { // Those of two terms may overlap.
		if len(out) == 0 || m[0] >= out[len(out)-1][1] {
			out = append(out, m)
		}
	}
	return out
}

// matchesOf looks only at the visible part of a line and a little around it:
// what is highlighted must cost no more in a line of 64 KiB than in a short one.
func matchesOf(re *regexp.Regexp, l shown) [][]int {
	lo, hi := max(0, l.seen.From-lookAround), min(len(l.Line.Text), l.seen.To+lookAround)
	matches := re.FindAllStringIndex(l.Line.Text[lo:hi], -1)
	for _, m := range matches {
		if lo > 0 && m[0] == 0 {
			m[1] = 0 // What seems to be the begin of the line is none.
		}
		m[0], m[1] = m[0]+lo, m[1]+lo
	}
	return matches
}
