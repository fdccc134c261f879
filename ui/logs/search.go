package logs

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
)

// search is what is searched for.
type search struct {
	pattern string
	re      *regexp.Regexp
	// current is the line that was jumped to, 0 for none.
	current uint64
	// outcome is what the last jump came to, in words.
	outcome string

	// asks hands a jump to the command that does it; asked is the number of
	// the last one, stop ends it.
	asks  chan ask
	asked uint64
	stop  context.CancelFunc
}

// ask is a jump to the next match: looking through the whole log can take a
// tenth of a second, so Update does not do it.
type ask struct {
	ctx  context.Context
	id   uint64
	re   *regexp.Regexp
	from uint64
	dir  logstream.Direction
}

// foundMsg is what a jump came to.
type foundMsg struct {
	pane *Pane
	id   uint64
	seq  uint64
	ok   bool
	// round is set when the search went on at the other end.
	round bool
}

func newSearch() search { return search{asks: make(chan ask, 1), stop: func() {}} }

// SetPattern searches for a regular expression, upper and lower case alike. If
// no visible line matches, the pane jumps to the next older one that does. An
// empty pattern ends the search; one that is not valid changes nothing.
func (p *Pane) SetPattern(pattern string) error {
	s := &p.search
	if pattern == s.pattern {
		return nil
	}
	var re *regexp.Regexp
	if pattern != "" {
		var err error
		if re, err = regexp.Compile("(?i)" + pattern); err != nil {
			return fmt.Errorf("%q is not a regular expression: %s", pattern, reason(err))
		}
	}
	s.stop()
	s.asked++ // An answer to the former pattern is none to this one.
	s.pattern, s.re, s.current, s.outcome = pattern, re, 0, ""
	if re != nil && !p.matchVisible() {
		p.seek(logstream.Older)
	}
	return nil
}

// Pattern is what is searched for, empty for nothing.
func (p *Pane) Pattern() string { return p.search.pattern }

// reason is what is wrong with a pattern, without the words that Go puts
// before it.
func reason(err error) string {
	if e := (*syntax.Error)(nil); errors.As(err, &e) {
		return string(e.Code)
	}
	return err.Error()
}

// matchVisible tells whether a line on the screen matches.
func (p *Pane) matchVisible() bool {
	top := p.visibleTop()
	for _, l := range p.window(top.seq, p.rows()) {
		if l.Seq <= p.lastVisible(top) && p.search.re.MatchString(l.Text) {
			return true
		}
	}
	return false
}

// lastVisible is the number of the last line of a screen that begins at top.
func (p *Pane) lastVisible(top place) uint64 {
	q := top
	for range p.rows() - 1 {
		next, ok := p.below(q)
		if !ok {
			break
		}
		q = next
	}
	return q.seq
}

// seek asks for the next match in a direction, from the present one on, or
// from the edge of the screen.
func (p *Pane) seek(dir logstream.Direction) {
	s := &p.search
	if s.re == nil || p.stats.Next == p.stats.First {
		return
	}
	top := p.visibleTop()
	from := top.seq
	switch {
	case s.current != 0:
		from = s.current + uint64(dir)
	case dir == logstream.Older:
		from = p.lastVisible(top)
	}
	s.stop()
	s.asked++
	ctx, stop := context.WithCancel(p.ctx)
	s.stop = stop
	select {
	case <-s.asks: // Not begun yet, and not wanted any more.
	default:
	}
	s.asks <- ask{ctx: ctx, id: s.asked, re: s.re, from: from, dir: dir}
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

// find looks for a match, and goes on at the other end if there is none.
func (p *Pane) find(a ask) foundMsg {
	msg := foundMsg{pane: p, id: a.id}
	var err error
	msg.seq, msg.ok, err = p.source.Find(a.ctx, a.re, a.from, a.dir)
	if err == nil && !msg.ok {
		msg.round = true
		from := uint64(0)
		if a.dir == logstream.Older {
			from = ^uint64(0)
		}
		msg.seq, msg.ok, err = p.source.Find(a.ctx, a.re, from, a.dir)
	}
	msg.ok = msg.ok && err == nil
	return msg
}

// found takes in what a jump came to.
func (p *Pane) found(msg foundMsg) {
	s := &p.search
	if msg.id != s.asked || s.re == nil {
		return
	}
	switch {
	case !msg.ok:
		s.current, s.outcome = 0, "no match"
		return
	case msg.round:
		s.outcome = "went round"
	default:
		s.outcome = ""
	}
	p.stats = p.source.Stats()
	s.current = msg.seq
	p.show(msg.seq)
}

// show scrolls until the match in a line is visible. One that is visible
// already moves nothing, but the pane stops following, or it would go away.
func (p *Pane) show(seq uint64) {
	l, ok := p.line(seq)
	if !ok || l.Seq != seq {
		return
	}
	m := p.search.re.FindStringIndex(l.Text)
	if m == nil {
		return
	}
	q := place{seq: seq, at: m[0]}
	top := p.visibleTop()
	p.top, p.follow = top, false
	if !p.visible(q, top) {
		p.top = q
		p.Scroll(-(p.rows() / 3))
		p.moveTo(p.top)
	}
	p.showSide(&l, m)
}

// visible tells whether the row of a place is on a screen that begins at top.
func (p *Pane) visible(q, top place) bool {
	if q.before(top) {
		return false
	}
	at := top
	for range p.rows() {
		next, ok := p.below(at)
		if !ok || q.before(next) {
			return true
		}
		at = next
	}
	return false
}

// showSide scrolls a match into sight where lines are not wrapped.
func (p *Pane) showSide(l *logstream.Line, m []int) {
	if p.wrap {
		return
	}
	width := p.textWidth(l)
	from, to := cells(l.Text[:m[0]]), cells(l.Text[:m[1]])
	if from < p.left || to > p.left+width-1 {
		p.left = max(0, from-width/3)
	}
}

// matchesIn are the matches in the visible part of a text. Only that and a
// little around it is looked at: what is highlighted must cost no more in a
// line of 64 KiB than in a short one.
func (p *Pane) matchesIn(text string, visible span) [][]int {
	if p.search.re == nil {
		return nil
	}
	lo, hi := max(0, visible.from-lookAround), min(len(text), visible.to+lookAround)
	matches := p.search.re.FindAllStringIndex(text[lo:hi], -1)
	for _, m := range matches {
		if lo > 0 && m[0] == 0 {
			m[1] = 0 // What seems to be the begin of the line is none.
		}
		m[0], m[1] = m[0]+lo, m[1]+lo
	}
	return matches
}
