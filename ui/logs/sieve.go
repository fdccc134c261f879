package logs

import (
	"context"
	"slices"
	"sync"

	"skep/internal/logstream"
)

// sieve is a source of the lines of another that are to be shown, numbered
// without gaps. It remembers the numbers of the lines, not the lines.
//
// Sift looks at what is new, and may take a tenth of a second for a full log, so
// it is no work for Update; all else is quick.
type sieve struct {
	Source
	keep func(*logstream.Line) bool

	sifting sync.Mutex
	at      uint64 // the next line to look at; of whoever sifts

	mu    sync.RWMutex
	first uint64   // the own number of the first line
	lines []uint64 // their numbers in the source
	about []uint64 // those of them that are no lines of the log, but about it
}

// sieveChunk is how many lines are looked at between two looks at the context.
const sieveChunk = 512

func newSieve(source Source, keep func(*logstream.Line) bool) *sieve {
	return &sieve{Source: source, keep: keep, first: 1}
}

// sift looks at the lines that have come, until it is through or ended.
func (s *sieve) sift(ctx context.Context) {
	s.sifting.Lock()
	defer s.sifting.Unlock()
	lines := make([]logstream.Line, 0, sieveChunk)
	var found, about []uint64
	for ctx.Err() == nil {
		lines, found = s.Source.Window(s.at, sieveChunk, lines[:0]), found[:0]
		about = about[:0]
		if len(lines) == 0 {
			return
		}
		for i := range lines {
			if s.keep(&lines[i]) {
				found = append(found, lines[i].Seq)
				if aside(&lines[i]) {
					about = append(about, lines[i].Seq)
				}
			}
		}
		s.at = lines[len(lines)-1].Seq + 1
		s.mu.Lock()
		s.lines, s.about = append(s.lines, found...), append(s.about, about...)
		s.mu.Unlock()
	}
}

// Stats implements Source, as do the others. What the source has dropped is let
// go.
func (s *sieve) Stats() logstream.Stats {
	st := s.Source.Stats()
	s.mu.Lock()
	defer s.mu.Unlock()
	if gone, _ := slices.BinarySearch(s.lines, st.First); gone > 0 {
		s.lines, s.first = slices.Delete(s.lines, 0, gone), s.first+uint64(gone)
	}
	if gone, _ := slices.BinarySearch(s.about, st.First); gone > 0 {
		s.about = slices.Delete(s.about, 0, gone)
	}
	st.First, st.Next = s.first, s.first+uint64(len(s.lines))
	return st
}

func (s *sieve) Window(from uint64, n int, dst []logstream.Line) []logstream.Line {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for i := max(from, s.first) - s.first; i < uint64(len(s.lines)) && n > 0; i++ {
		had := len(dst)
		dst = s.Source.Window(s.lines[i], 1, dst)
		if len(dst) == had || dst[had].Seq != s.lines[i] {
			dst = dst[:had] // The source has dropped it since.
			continue
		}
		dst[had].Seq = s.first + i
		n--
	}
	return dst
}

func (s *sieve) Find(ctx context.Context, re logstream.Matcher, from uint64, dir logstream.Direction) (uint64, bool, error) {
	st := s.Stats()
	if dir == logstream.Older {
		from = min(from, st.Next-1)
	}
	var line []logstream.Line
	for from = max(from, st.First); from >= st.First && from < st.Next; from += uint64(dir) {
		if err := ctx.Err(); err != nil {
			return 0, false, err
		}
		line = s.Window(from, 1, line[:0])
		if len(line) > 0 && line[0].Seq == from && re.MatchString(line[0].Text) {
			return from, true, nil
		}
	}
	return 0, false, nil
}

// origin is the number in the source of an own one, or of the next that is there.
func (s *sieve) origin(n uint64) uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i := max(n, s.first) - s.first
	if i >= uint64(len(s.lines)) {
		return s.Source.Stats().Next
	}
	return s.lines[i]
}

// own is the own number of a line of the source, or of the next that is kept.
func (s *sieve) own(origin uint64) uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i, _ := slices.BinarySearch(s.lines, origin)
	return s.first + uint64(i)
}
