package logstream

import (
	"hash/maphash"
	"slices"
	"sync/atomic"
	"time"
)

// source is one output of one task: what lines have in common.
type source struct {
	kind       Kind
	task, node string

	// first is the timestamp that was handed on first. last is the newest one, atLast
	// the marks of the texts that bore it: what the seam after a cut needs.
	first  time.Time
	last   time.Time
	atLast []mark
	// recent are the newest lines, in a circle that goes on at next, and oldest is the one
	// that came first since the stream was opened, told before or not: what is told again
	// begins with one of them. opened is set once that one has come.
	opened bool
	recent []told
	next   int
	oldest told
	// lag is by how much its newest live line was older than the console's
	// clock when it came: mostly by how much its node's clock is behind.
	lag time.Duration
	// used is when it was asked for last, by the count of its assembler.
	used uint64
	// charged is what the budget was charged for it.
	charged int

	// The pieces of a line whose end is still to come.
	part     []byte
	partTime time.Time
	partial  bool
	partCut  bool
}

// mark stands for a text, which itself may be long.
type mark uint64

// told is a line that was handed on.
type told struct {
	nanos int64
	mark  mark
}

var markSeed = maphash.MakeSeed()

func markOf(text []byte) mark { return mark(maphash.Bytes(markSeed, text)) }

// cost is what the source takes in memory, in bytes.
func (s *source) cost() int {
	return sourceOverhead + 2*(len(s.task)+len(s.node)) + 8*cap(s.atLast) + 16*cap(s.recent) + cap(s.part)
}

// remember notes the line for a seam to come.
func (s *source) remember(t time.Time, text []byte) {
	if t.Before(s.last) {
		return
	}
	m := markOf(text)
	line := told{t.UnixNano(), m}
	if s.first.IsZero() {
		s.first = t
	}
	switch {
	case t.After(s.last):
		s.last = t
		s.atLast = append(s.atLast[:0], m)
	case len(s.atLast) < maxSeamLines:
		s.atLast = append(s.atLast, m)
	}
	if len(s.recent) < maxRecent {
		s.recent = append(s.recent, line)
		return
	}
	s.recent[s.next] = line
	s.next = (s.next + 1) % maxRecent
}

// begins reports whether a line is that with which all is told again, of which something
// is known.
func (s *source) begins(t time.Time, text []byte) bool {
	return t.UnixNano() == s.oldest.nanos && t.Before(s.last) && markOf(text) == s.oldest.mark
}

// toldBefore reports whether a line that is older than the newest was handed on. One that
// is not was written by a clock that was set back, or was told of too long ago.
func (s *source) toldBefore(t time.Time, text []byte) bool {
	line := told{t.UnixNano(), markOf(text)}
	return line == s.oldest || slices.Contains(s.recent, line)
}

func (s *source) dropPart() {
	s.partial, s.partCut = false, false
	s.part = s.part[:0]
	if cap(s.part) > partLen {
		s.part = nil // One long line must not hold its memory for ever.
	}
}

// budget bounds what the readers of a Stream remember together. Each charges
// what it remembers, and forgets of its own when there is no room.
type budget struct {
	bytes int64
	used  atomic.Int64
}

// over is by how many bytes more is remembered than may be; n more are wanted.
func (b *budget) over(n int) int { return int(b.used.Load() + int64(n) - b.bytes) }

// source returns the source of a line with these details.
func (a *assembler) source(kind Kind, details []byte) *source {
	a.tick++
	task, node := parseDetails(details)
	a.key = append(append(append(append(a.key[:0], byte(kind)), task...), 0), node...)
	src := a.sources[string(a.key)]
	if src == nil {
		src = &source{kind: kind, task: string(task), node: string(node)}
		if src.task == "" {
			src.task = a.task
		}
		if len(a.sources) >= maxSources || a.budget.over(src.cost()) > 0 {
			a.forget()
		}
		a.sources[string(a.key)] = src
		a.settle(src)
	}
	src.used = a.tick
	return src
}

// usual is a source with the details that its lines have.
type usual struct {
	details []byte
	source  *source
}

// sourceOf is the source of a line of a type of frame.
func (a *assembler) sourceOf(frame byte, p prefix) *source {
	u := &a.usual[frame]
	if p.usual && u.source != nil {
		a.tick++
		u.source.used = a.tick
		return u.source
	}
	u.source = a.source(kindOf(frame), p.details)
	if u.details = u.details[:0]; len(p.details) <= maxUsual {
		u.details = append(u.details, p.details...)
	}
	return u.source
}

// settle charges the budget for what a source has come to cost.
func (a *assembler) settle(src *source) {
	if cost := src.cost(); cost != src.charged {
		a.budget.used.Add(int64(cost - src.charged))
		src.charged = cost
	}
}

// forget drops the half of the sources that have said nothing for the longest
// time. A line that one of them left unfinished is handed on first.
func (a *assembler) forget() {
	ticks := make([]uint64, 0, len(a.sources))
	for _, src := range a.sources {
		ticks = append(ticks, src.used)
	}
	if len(ticks) == 0 {
		return
	}
	slices.Sort(ticks)
	limit := ticks[len(ticks)/2]
	for key, src := range a.sources {
		if src.used <= limit {
			if src.partial {
				a.finish(src)
			}
			a.budget.used.Add(-int64(src.charged))
			delete(a.sources, key)
			delete(a.seam.waiting, src)
		}
	}
	a.closeSources()
}

// closeSources ends what a frame without details, or with the usual ones, belongs to.
func (a *assembler) closeSources() {
	a.open, a.usual = [len(a.open)]*source{}, [len(a.usual)]usual{}
}

// forgetAll gives back what the assembler was charged for.
func (a *assembler) forgetAll() {
	for _, src := range a.sources {
		a.budget.used.Add(-int64(src.charged))
	}
	clear(a.sources)
	a.seam = seam{}
	a.closeSources()
}

// makeRoom hands on the lines that others of the assembler's sources have not
// finished, until there is room for n bytes more of this one.
func (a *assembler) makeRoom(src *source, n int) {
	for _, other := range a.sources {
		if a.budget.over(n) <= 0 {
			return
		}
		if other != src && other.partial {
			other.partCut = true
			a.finish(other)
		}
	}
}
