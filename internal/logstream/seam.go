package logstream

import (
	"slices"
	"time"
)

// seam drops what a stream that was opened again repeats. The engine's `since`
// is exact to the nanosecond and inclusive (measured on 20.10), but it is one
// for all replicas, while each has its own newest line, stamped by the clock of
// its node: so the stream is resumed a little before the cut by the clock that
// is furthest behind, and every source skips up to where it was. Lines of one
// source come in the order of their timestamps, because one copier in the
// engine stamps them.
type seam struct {
	// waiting are the sources that have not passed their newest line yet, with
	// the marks of the texts at that timestamp which are still to be skipped.
	waiting map[*source]skip
	// begun is the first line of each task: what is older of it was not wanted, or is
	// not there any more. An output that said nothing yet has no newest line.
	begun map[string]time.Time
	// expires is when what is known has come again for sure. A node whose clock
	// is set back later must not be silent until it has caught up.
	expires time.Time
}

type skip struct {
	until  time.Time
	atLast []mark
}

func (s *seam) begin(sources map[string]*source, now time.Time) {
	s.expires = now.Add(seamExpires)
	s.waiting = make(map[*source]skip, len(sources))
	s.begun = map[string]time.Time{}
	for _, src := range sources {
		if first, known := s.begun[src.task]; !src.first.IsZero() && (!known || src.first.Before(first)) {
			s.begun[src.task] = src.first
		}
		if !src.last.IsZero() {
			s.waiting[src] = skip{until: src.last, atLast: slices.Clone(src.atLast)}
		}
	}
}

// beginOf begins a seam of one source within a stream: the agent of its node began anew,
// and tells again what was asked for when the stream was opened.
func (s *seam) beginOf(src *source, now time.Time) {
	if s.begun == nil {
		s.waiting, s.begun = map[*source]skip{}, map[string]time.Time{}
	}
	s.expires = now.Add(seamExpires)
	s.waiting[src] = skip{until: src.last, atLast: slices.Clone(src.atLast)}
}

// repeats reports whether the line was handed on before the cut, or is older than what
// was wanted of its task.
func (s *seam) repeats(src *source, t time.Time, text []byte, now func() time.Time) bool {
	if s.begun == nil {
		return false
	}
	if now().After(s.expires) {
		s.waiting, s.begun = nil, nil
		return false
	}
	w, ok := s.waiting[src]
	if !ok {
		return src.first.IsZero() && t.Before(s.begun[src.task])
	}
	if t.Before(w.until) {
		return true
	}
	if t.Equal(w.until) {
		i := slices.Index(w.atLast, markOf(text))
		if i < 0 {
			return false
		}
		w.atLast = slices.Delete(w.atLast, i, i+1)
		s.waiting[src] = w
		return true
	}
	delete(s.waiting, src)
	return false
}
