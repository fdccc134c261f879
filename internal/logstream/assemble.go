package logstream

import (
	"bytes"
	"strings"
	"time"

	"skep/internal/safetext"
)

// assembler makes lines of frames. It belongs to one reader at a time and
// remembers its sources over a cut.
type assembler struct {
	// task is the task that is followed, for lines that do not say theirs.
	task string
	now  func() time.Time
	// opened is when the stream was opened last.
	opened time.Time

	sources map[string]*source
	budget  *budget
	// tick counts how often a source was asked for.
	tick   uint64
	key    []byte
	clean  safetext.Cleaner
	warned string
	// lostLeader is set where the engine said of the stream that was opened last that it
	// ends for want of the leader.
	lostLeader bool
	// open is the source that a frame without a prefix continues, per type of
	// frame.
	open [frameSystem + 1]*source
	// usual is the source of the last line with details, per type of frame: with one
	// stream a task, that of the next one too.
	usual [frameSystem + 1]usual
	// came is when the first line came that was not handed on yet.
	came time.Time

	seam seam
	// out are the complete lines that were not handed on yet, outBytes what
	// they cost. hand hands them on before there are too many.
	out      []Line
	outBytes int
	hand     func()
	// tells, where there is one, reports whether this reader is to pass on what the engine says:
	// it says the same to others.
	tells func(text string) bool
	words func(said string) string
}

func newAssembler(task string, budget *budget, now func() time.Time, hand func()) *assembler {
	return &assembler{task: task, now: now, sources: map[string]*source{}, budget: budget, hand: hand, clean: cleaner()}
}

// cleaner is how the texts of a log are made safe to print. Their colours are kept
// apart from them, so that what is searched, copied or saved has none.
func cleaner() safetext.Cleaner { return safetext.Cleaner{Max: maxText, Tab: tabWidth, Styles: true} }

// safeLine makes the few strings safe that are not log text.
func safeLine(s string) string {
	c := cleaner()
	text, _ := c.Clean([]byte(s))
	return string(text)
}

// add takes a frame in. Complete lines are appended to a.out, and handed on
// when there are many.
func (a *assembler) add(f frame) {
	if f.kind == frameSystem {
		a.addWarning(f.data)
		return
	}
	if len(a.out) == 0 {
		a.came = a.now()
	}
	data := f.data
	src := a.open[f.kind]
	if !f.cont {
		p, ok := parsePrefix(data, a.usual[f.kind].details)
		switch {
		case ok:
			data = data[p.textAt:]
			src = a.sourceOf(f.kind, p)
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
	// What is full grows to twice its size, or by what is new.
	if grow := max(len(data), len(src.part)); len(src.part)+len(data) > cap(src.part) && a.budget.over(grow) > 0 {
		a.makeRoom(src, grow)
		if a.budget.over(len(data)) > 0 {
			src.partCut = true
			return
		}
	}
	src.part = append(src.part, data...)
	a.settle(src)
}

// finish hands on the line that was assembled in pieces.
func (a *assembler) finish(src *source) {
	a.emit(src, src.partTime, src.part, src.partCut)
	src.dropPart()
	a.settle(src)
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
		src.opened = false
		a.settle(src)
	}
	a.open = [len(a.open)]*source{}
	a.seam.begin(a.sources, a.now())
}

func (a *assembler) emit(src *source, t time.Time, raw []byte, cut bool) {
	b, cutHere := a.clean.Clean(raw)
	switch {
	case !src.opened:
		src.opened, src.oldest = true, told{t.UnixNano(), markOf(b)}
	case src.begins(t, b):
		a.seam.beginOf(src, a.now())
		return
	}
	if a.seam.repeats(src, t, b, a.now) {
		return
	}
	if t.Before(src.last) && src.toldBefore(t, b) {
		a.seam.beginOf(src, a.now())
		return
	}
	src.remember(t, b)
	a.settle(src)
	if a.came.Sub(a.opened) >= liveAfter && a.came.Sub(t) < maxLag {
		src.lag = a.came.Sub(t)
	}
	a.warned = ""
	a.put(Line{
		Time: t, Kind: src.kind, Cut: cut || cutHere, Task: src.task, Node: src.node, Text: string(b), Style: a.clean.Style(),
	})
}

// put appends a complete line, and hands on when there are enough. One frame
// can hold 65,536 of them.
func (a *assembler) put(l Line) {
	a.out = append(a.out, l)
	a.outBytes += l.cost()
	if len(a.out) >= maxBatch || a.outBytes >= maxBatchBytes {
		a.hand()
	}
}

// addWarning makes lines of what the engine says itself. A stream that is
// refused is opened again and again: what was said last is not repeated until
// some task has said something, and what it says of all streams is said once.
func (a *assembler) addWarning(data []byte) {
	lost := leaderLost(string(data))
	a.lostLeader = a.lostLeader || lost
	if len(data) == 0 || a.warned == string(data) {
		return
	}
	a.warned = string(data)
	if a.tells != nil && !a.tells(a.warned) {
		return
	}
	if lost {
		a.put(Line{Time: a.now(), Kind: Notice, Text: saysLeaderLost})
		return
	}
	for line := range bytes.SplitSeq(data, []byte("\n")) {
		text, cut := a.clean.Clean(line)
		if len(text) == 0 {
			continue
		}
		said := string(text)
		if a.words != nil {
			said = safeLine(a.words(said))
		}
		a.put(Line{Time: a.now(), Kind: Warning, Cut: cut, Text: said})
	}
}

// saysLeaderLost is for what grpc calls a transport that is closing.
const saysLeaderLost = "the manager has lost its connection to the leader; the logs are asked for again"

// leaderLost reports whether the engine says that the leader, which all logs come
// through, cannot be reached any more (grpc's words, of several versions).
func leaderLost(said string) bool {
	if !strings.HasPrefix(said, errorPrefix) {
		return false
	}
	for _, words := range []string{"transport is closing", "client connection is closing", "error reading from server"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

// errorPrefix is what the engine's own complaints begin with.
const errorPrefix = "Error grabbing logs: "

// isEngineError tells the engine's own complaint in a raw stream, where it
// has no frame of its own, from a container's text, which always has a
// timestamp before it.
func isEngineError(data []byte) bool {
	return bytes.HasPrefix(data, []byte(errorPrefix))
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
