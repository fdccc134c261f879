package logstream

import (
	"bytes"
	"time"
)

// source is one output of one task: what lines have in common.
type source struct {
	kind       Kind
	task, node string

	// last is the newest timestamp that was handed on, atLast the texts that
	// bore it: what the seam after a cut needs.
	last   time.Time
	atLast []string
	// lag is by how much its newest live line was older than the console's
	// clock when it came: mostly by how much its node's clock is behind.
	lag time.Duration

	// The pieces of a line whose end is still to come.
	part     []byte
	partTime time.Time
	partial  bool
	partCut  bool
}

// assembler makes lines of frames. It belongs to one reader at a time and
// remembers its sources over a cut.
type assembler struct {
	// task is the task that is followed, for lines that do not say theirs.
	task string
	now  func() time.Time
	// opened is when the stream was opened last.
	opened time.Time

	sources map[string]*source
	// recent is the source of the line before and its key: mostly the next
	// line has the same.
	recent    *source
	recentKey []byte
	key       []byte
	clean     sanitiser
	warned    string
	// open is the source that a frame without a prefix continues, per type of
	// frame.
	open [frameSystem + 1]*source

	seam seam
	out  []Line
}

func newAssembler(task string, now func() time.Time) *assembler {
	return &assembler{task: task, now: now, sources: map[string]*source{}}
}

// add takes a frame in. Complete lines are appended to a.out.
func (a *assembler) add(f frame) {
	if f.kind == frameSystem {
		a.addWarning(f.data)
		return
	}
	data := f.data
	src := a.open[f.kind]
	if !f.cont {
		p, ok := parsePrefix(data)
		switch {
		case ok:
			data = data[p.textAt:]
			src = a.source(kindOf(f.kind), p.details)
			if src.partial && !src.partTime.Equal(p.time) {
				a.finish(src) // The rest never came: another line has begun.
			}
			src.partTime = p.time
		case isEngineError(data):
			a.addWarning(data)
			return
		default:
			src = a.source(kindOf(f.kind), nil)
			if !src.partial {
				src.partTime = a.now()
			}
		}
	}
	if src == nil {
		return // The rest of a frame whose begin was not understood.
	}
	a.open[f.kind] = src
	a.split(src, data)
}

// split cuts data at its line ends. As a rule there is one, at the end. Only
// the first line has a prefix of its own: one that follows an inner line end
// was written by the container and is not believed.
func (a *assembler) split(src *source, data []byte) {
	for len(data) > 0 {
		i := bytes.IndexByte(data, '\n')
		if i < 0 {
			a.keepPart(src, data)
			return
		}
		if src.partial {
			a.keepPart(src, data[:i])
			a.finish(src)
		} else {
			a.emit(src, src.partTime, data[:i], false)
		}
		data = data[i+1:]
	}
}

// keepPart adds to the line that is being assembled, up to the cap.
func (a *assembler) keepPart(src *source, data []byte) {
	src.partial = true
	// Twice the cap: what is taken out as a sequence must not cost text.
	if room := 2*maxText - len(src.part); len(data) > room {
		data = data[:max(room, 0)]
		src.partCut = true
	}
	src.part = append(src.part, data...)
}

// finish hands on the line that was assembled in pieces.
func (a *assembler) finish(src *source) {
	a.emit(src, src.partTime, src.part, src.partCut)
	src.dropPart()
}

func (s *source) dropPart() {
	s.partial, s.partCut = false, false
	s.part = s.part[:0]
	if cap(s.part) > partLen {
		s.part = nil // One long line must not hold its memory for ever.
	}
}

// flush hands on what has not ended when no more will come.
func (a *assembler) flush() {
	for _, src := range a.sources {
		if src.partial {
			a.finish(src)
		}
	}
	a.open = [len(a.open)]*source{}
}

// reopened prepares for a stream that begins again: the engine sends the
// pieces of unfinished lines once more, and lines that are known already.
func (a *assembler) reopened() {
	for _, src := range a.sources {
		src.dropPart()
	}
	a.open = [len(a.open)]*source{}
	a.seam.begin(a.sources, a.now())
}

func (a *assembler) emit(src *source, t time.Time, raw []byte, cut bool) {
	b, cutHere := a.clean.clean(raw)
	if a.seam.repeats(src, t, b, a.now) {
		return
	}
	text := string(b)
	src.remember(t, text)
	if now := a.now(); now.Sub(a.opened) >= liveAfter && now.Sub(t) < maxLag {
		src.lag = now.Sub(t)
	}
	a.warned = ""
	a.out = append(a.out, Line{
		Time: t, Kind: src.kind, Cut: cut || cutHere, Task: src.task, Node: src.node, Text: text,
	})
}

// remember notes the line for a seam to come.
func (s *source) remember(t time.Time, text string) {
	switch {
	case t.After(s.last):
		s.last = t
		s.atLast = append(s.atLast[:0], text)
	case t.Equal(s.last) && len(s.atLast) < maxSeamLines:
		s.atLast = append(s.atLast, text)
	}
}

// addWarning makes lines of what the engine says itself. A stream that is
// refused is opened again and again: what was said last is not repeated until
// some task has said something.
func (a *assembler) addWarning(data []byte) {
	if len(data) == 0 || a.warned == string(data) {
		return
	}
	a.warned = string(data)
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		text, cut := a.clean.clean(line)
		if len(text) == 0 {
			continue
		}
		a.out = append(a.out, Line{Time: a.now(), Kind: Warning, Cut: cut, Text: string(text)})
	}
}

// isEngineError tells the engine's own complaint in a raw stream, where it
// has no frame of its own, from a container's text, which always has a
// timestamp before it.
func isEngineError(data []byte) bool {
	return bytes.HasPrefix(data, []byte("Error grabbing logs: "))
}

// source returns the source of a line with these details.
func (a *assembler) source(kind Kind, details []byte) *source {
	if a.recent != nil && a.recent.kind == kind && bytes.Equal(a.recentKey, details) {
		return a.recent
	}
	a.key = append(append(a.key[:0], byte(kind)), details...)
	src := a.sources[string(a.key)]
	if src == nil {
		if len(a.sources) >= maxSources {
			a.forget()
		}
		task, node := parseDetails(string(details))
		if task == "" {
			task = a.task
		}
		src = &source{kind: kind, task: task, node: node}
		a.sources[string(a.key)] = src
	}
	a.recent = src
	a.recentKey = append(a.recentKey[:0], details...)
	return src
}

// forget drops the older half of the sources by the time of their last line.
// A line that one of them left unfinished is handed on first.
func (a *assembler) forget() {
	var newest, oldest time.Time
	for _, src := range a.sources {
		if src.last.After(newest) {
			newest = src.last
		}
		if oldest.IsZero() || src.last.Before(oldest) {
			oldest = src.last
		}
	}
	limit := oldest.Add(newest.Sub(oldest) / 2)
	for key, src := range a.sources {
		if !src.last.After(limit) {
			if src.partial {
				a.finish(src)
			}
			delete(a.sources, key)
		}
	}
	a.recent, a.open = nil, [len(a.open)]*source{}
}

// resume is from which timestamp on a stream that was lost at a time may have
// lines that nobody has: the newest of all sources, or what the clock of the
// slowest node showed then. It is zero if nothing came yet.
func (a *assembler) resume(lost time.Time) time.Time {
	var newest time.Time
	var lag time.Duration
	for _, src := range a.sources {
		if src.last.After(newest) {
			newest = src.last
		}
		lag = max(lag, src.lag)
	}
	if behind := lost.Add(-lag); lag > 0 && behind.Before(newest) {
		return behind
	}
	return newest
}

func kindOf(frame byte) Kind {
	if frame == frameStderr {
		return Stderr
	}
	return Stdout
}
