package logs

import (
	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/ui/table"
	"skep/ui/viewport"
)

// choice is what of a log is shown.
type choice struct{ Filter }

// some reports whether anything may be hidden.
func (c *choice) some() bool { return len(c.terms) > 0 }

// words say what is shown.
func (c *choice) words() string { return "/" + table.Clean(c.text) }

// siftedMsg says that the sieve for a choice is filled.
type siftedMsg struct {
	pane  *Pane
	sieve *sieve
}

// SetPattern shows only the lines that match a filter, those that are there and
// those that come. An empty one shows all; one that is not valid changes nothing.
func (p *Pane) SetPattern(text string) error {
	if text == p.choice.text {
		return nil
	}
	f, err := ParseFilter(text)
	if err != nil {
		return err
	}
	c := p.choice
	c.Filter = f
	p.choose(c)
	return nil
}

// Pattern is what the lines are filtered by, empty for nothing.
func (p *Pane) Pattern() string { return p.choice.text }

// choose shows another part of the log, as soon as it is known which lines those
// are; all of it at once.
func (p *Pane) choose(c choice) {
	p.choice = c
	select {
	case <-p.sifts: // Not begun yet, and not wanted any more.
	default:
	}
	if !c.some() {
		p.wanted = nil
		p.exchange(p.log)
		return
	}
	p.wanted = newSieve(p.log, func(l *logstream.Line) bool { return c.Keeps(l, p.origin) })
	p.sifts <- p.wanted
}

// waitSift returns the command that waits for a sieve and fills it.
func (p *Pane) waitSift() tea.Cmd {
	sifts, ctx := p.sifts, p.ctx
	return func() tea.Msg {
		select {
		case s := <-sifts:
			s.sift(ctx)
			return siftedMsg{p, s}
		case <-ctx.Done():
			return nil
		}
	}
}

// sifted takes in a sieve that is filled, if it is the one that is wanted.
func (p *Pane) sifted(s *sieve) {
	if s == p.wanted {
		p.exchange(s)
	}
}

// exchange shows another source of the same log. The line that was jumped to stays
// where it is on the screen, or else the first there.
func (p *Pane) exchange(to Source) {
	if to == p.source {
		return
	}
	at, above := p.anchor()
	at, current := p.inLog(at), p.search.current
	if current != 0 {
		current = p.inLog(current)
	}
	p.search.stop()
	p.search.asked++
	p.search.current, p.search.of = 0, 0
	p.source, p.stats = to, to.Stats()
	if s, ok := to.(*sieve); ok {
		at = s.own(at)
		if n := s.own(current); current != 0 && s.origin(n) == current {
			p.search.current = n
		}
	} else {
		p.search.current = current
	}
	p.viewport.Forget()
	clear(p.json.shaped)
	if !p.viewport.Follow {
		p.viewport.MoveTo(viewport.Position{Line: at})
		p.viewport.Scroll(-above)
	}
	p.viewport.Clamp()
	p.arrange()
}

// anchor is the line that the eye is on, and how many rows stand above it.
func (p *Pane) anchor() (line uint64, above int) {
	for l := range p.viewport.Screen() {
		if l.N == p.search.current {
			return l.N, above
		}
		above += l.Count
	}
	return p.viewport.Top().Line, 0
}

// kept says how many of the lines are shown.
func (p *Pane) kept() string {
	shown, all := p.stats.Next-p.stats.First, uint64(p.stats.Lines)
	if s, ok := p.source.(*sieve); ok {
		shown, all = s.counts(all)
	}
	return count(shown) + " of " + lineCount(int(all))
}

// counts are how many lines are kept of how many, without those about the log.
func (s *sieve) counts(all uint64) (shown, of uint64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	about := uint64(len(s.about))
	return uint64(len(s.lines)) - about, all - min(about, all)
}
