package detail

import (
	"fmt"
	"regexp"
	"slices"

	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/viewport"
)

// search is what was searched for and where it was found.
type search struct {
	pattern string
	re      *regexp.Regexp
	matches []match
	current int // index of the match that was jumped to
}

// match is a part of a line, in bytes.
type match struct{ line, from, to int }

func (m match) position() viewport.Position {
	return viewport.Position{Line: uint64(m.line), At: m.from}
}

// More matches than this are not counted: nobody steps through them, and a
// search for "." must not cost more than the text.
const maxMatches = 100_000

// SetPattern searches for a regular expression, upper and lower case alike, and
// jumps to the first match from the top of the screen on. An empty pattern ends
// the search; one that is not valid leaves it as it was.
func (p *Pager) SetPattern(pattern string) error {
	if pattern == "" {
		p.search = search{}
		return nil
	}
	re, err := screen.ParsePattern(pattern)
	if err != nil {
		return err
	}
	p.search = search{pattern: pattern, re: re}
	p.find()
	p.search.current = p.from(p.viewport.Top())
	p.show()
	return nil
}

// Pattern is what is searched for; empty for nothing.
func (p *Pager) Pattern() string { return p.search.pattern }

// Info is where in the text one is, and at which match of a search.
func (p *Pager) Info() string {
	if p.search.pattern == "" {
		return p.Position()
	}
	count := "no match"
	if at, of := p.Matches(); of > 0 {
		count = fmt.Sprintf("%d of %d", at, of)
	}
	return "/" + table.Clean(p.search.pattern) + " " + count + "  " + p.Position()
}

// Matches is the number of the match that was jumped to, from 1, and how many
// there are; zeros without a search.
func (p *Pager) Matches() (current, total int) {
	if len(p.search.matches) == 0 {
		return 0, 0
	}
	return p.search.current + 1, len(p.search.matches)
}

// find looks for the pattern in the whole text.
func (p *Pager) find() {
	p.search.matches = nil
	for i := range p.lines {
		for _, m := range p.search.re.FindAllStringIndex(p.lines[i].text, maxMatches-len(p.search.matches)) {
			if m[0] < m[1] {
				p.search.matches = append(p.search.matches, match{i, m[0], m[1]})
			}
		}
		if len(p.search.matches) >= maxMatches {
			return
		}
	}
}

// refind searches anew after the text has changed, and stays at the match that
// is nearest to where it was.
func (p *Pager) refind() {
	if p.search.re == nil {
		return
	}
	var at viewport.Position
	if len(p.search.matches) > 0 {
		m := p.search.matches[p.search.current]
		at = m.position()
	}
	p.find()
	p.search.current = p.from(at)
}

// from is the first match at or after a position; the first of all where none
// follows.
func (p *Pager) from(q viewport.Position) int {
	i, _ := slices.BinarySearchFunc(p.search.matches, q, func(m match, q viewport.Position) int {
		if m.position().Before(q) {
			return -1
		}
		return 1
	})
	if i == len(p.search.matches) {
		return 0
	}
	return i
}

// step goes to another match, round the end of the text.
func (p *Pager) step(by int) {
	n := len(p.search.matches)
	if n == 0 {
		return
	}
	p.search.current = (p.search.current + by + n) % n
	p.show()
}

// show scrolls until the present match is visible.
func (p *Pager) show() {
	if len(p.search.matches) == 0 {
		return
	}
	m, v := p.search.matches[p.search.current], &p.viewport
	v.Reveal(m.position())
	if !v.Wrap && v.Width > 0 {
		text := p.lines[m.line].text
		from, to := viewport.Cells(text[:m.from]), viewport.Cells(text[:m.to])
		// The cells at both ends may hold the signs of more text.
		if from <= v.Left || to >= v.Left+v.Width {
			v.Left = from - v.Width/3
		}
	}
	p.clamp()
}

// matchesFrom are the matches of one line that end behind a byte of it, and
// the index of the first.
func (p *Pager) matchesFrom(i, at int) ([]match, int) {
	compare := func(m match, q viewport.Position) int {
		if (viewport.Position{Line: uint64(m.line), At: m.to}).Before(viewport.Position{Line: q.Line, At: q.At + 1}) {
			return -1
		}
		return 1
	}
	from, _ := slices.BinarySearchFunc(p.search.matches, viewport.Position{Line: uint64(i), At: at}, compare)
	to, _ := slices.BinarySearchFunc(p.search.matches, viewport.Position{Line: uint64(i + 1)}, compare)
	return p.search.matches[from:to], from
}
