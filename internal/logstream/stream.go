package logstream

import (
	"context"
	"sync"
	"time"
)

// Stream follows targets. All of its methods may be called at the same time.
type Stream struct {
	opener Opener
	limits Limits
	cancel context.CancelFunc
	ended  context.Context
	wg     sync.WaitGroup

	// budget is for what the readers remember.
	budget budget
	// some says that lines wait to be put in order.
	some chan struct{}
	// opening has room for those that are being opened, or read once.
	opening chan struct{}

	mu sync.RWMutex
	// room is where readers wait for whoever looks, under the lock.
	room *sync.Cond
	ring *ring
	held hold
	// readers are one for each target, by its key.
	readers map[string]*reader
	closed  bool
	// begun is when the stream was; opened is when a target was opened last: old
	// lines come in after it.
	begun, opened time.Time
	// told is when something was told last of all streams, and by which.
	told map[string]telling
	// version counts what Next tells of; changed is closed at the next change,
	// nil while nobody waits.
	version uint64
	changed chan struct{}
}

// Follow follows targets until ctx ends or Close is called, all in one ring in
// order of time: services, or the tasks of them, which come and go; see
// [Stream.Retarget].
func Follow(ctx context.Context, opener Opener, targets []Target, limits Limits) *Stream {
	ctx, cancel := context.WithCancel(ctx)
	s := newStream(opener, limits)
	s.cancel, s.ended = cancel, ctx
	context.AfterFunc(ctx, s.wakeReaders)
	s.wg.Go(func() { s.releaseLoop(ctx) })
	s.Retarget(targets)
	return s
}

// newStream is a stream before its readers begin.
func newStream(opener Opener, limits Limits) *Stream {
	limits = limits.withDefaults()
	s := &Stream{
		opener:  opener,
		limits:  limits,
		some:    make(chan struct{}, 1),
		opening: make(chan struct{}, limits.opening()),
		ring:    newRing(limits.Lines, limits.ring()),
		held:    limits.hold(),
		readers: map[string]*reader{},
		told:    map[string]telling{},
		begun:   time.Now(),
		version: 1,
	}
	s.budget.bytes = int64(limits.sources())
	s.room = sync.NewCond(&s.mu)
	return s
}

// Retarget follows other targets from now on. Those that stay are followed
// without a gap; one that is to be read to its end now is. One that is not among
// them any more is soon let go; what it said stays.
func (s *Stream) Retarget(targets []Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	wanted := make(map[string]bool, len(targets))
	for _, t := range targets {
		key := t.key()
		wanted[key] = true
		if r := s.readers[key]; r != nil {
			r.want(t)
			continue
		}
		r := newReader(s, t)
		ctx, cancel := context.WithCancel(s.ended)
		r.leave = cancel
		s.readers[key] = r
		s.wg.Go(func() {
			defer cancel()
			r.run(ctx)
		})
	}
	for key, r := range s.readers {
		if !wanted[key] {
			time.AfterFunc(leaveAfter, r.leave) // What it said last is on its way.
			delete(s.readers, key)
		}
	}
	s.changeLocked()
}

// Close ends the stream, returns when its goroutines have ended, and lets go of
// the lines: whoever still holds the stream does not hold them with it.
func (s *Stream) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.wg.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = s.limits.hold()
	s.ring.clear()
}

// Next blocks until something is newer than seen, lines or state, and returns
// the number of what is newest then; give it 0 at first. Changes in between
// are not counted one by one.
func (s *Stream) Next(ctx context.Context, seen uint64) (uint64, error) {
	for {
		s.mu.Lock()
		if s.version > seen {
			defer s.mu.Unlock()
			return s.version, nil
		}
		if s.changed == nil {
			s.changed = make(chan struct{})
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return seen, ctx.Err()
		case <-s.ended.Done():
			return seen, ErrClosed
		}
	}
}

// Window appends to dst the lines from number from on, n at most, and returns
// it. The first of them is the oldest that is there when from has gone; there
// are fewer than n at the end.
func (s *Stream) Window(from uint64, n int, dst []Line) []Line {
	s.mu.RLock()
	defer s.mu.RUnlock()
	from = max(from, s.ring.first)
	for seq := from; seq < s.ring.next && seq-from < uint64(max(n, 0)); seq++ {
		dst = append(dst, *s.ring.at(seq))
	}
	return dst
}

// Stats tells how the stream is doing.
func (s *Stream) Stats() Stats {
	s.mu.RLock()
	defer s.mu.RUnlock()
	st := Stats{
		First: s.ring.first, Next: s.ring.next,
		Lines: s.ring.len(), Bytes: s.ring.bytes, Dropped: s.ring.dropped,
		State: Ended, Streams: len(s.readers),
	}
	if len(s.readers) == 0 {
		st.State = Live // There may be some yet.
	}
	live := false
	for _, r := range s.readers {
		x := &r.status
		live = live || x.state == Live
		switch x.state {
		case Waiting:
			st.Lost++
		case Failed:
			st.Failed++
			if r.gaveUp {
				st.GivenUp++
			}
		default:
		}
		if x.state < st.State || x.state == st.State && (st.Since.IsZero() || x.since.Before(st.Since)) {
			st.State, st.Since, st.Retry, st.Reason = x.state, x.since, x.retry, x.reason
		}
	}
	if live && st.State == Connecting {
		st.State, st.Reason = Live, ""
	}
	return st
}

// Notice puts a line of the console's own among the others, such as that the
// node of a task is down: the engine's stream says nothing about it.
func (s *Stream) Notice(text string) {
	s.add(nil, []Line{{Time: time.Now(), Kind: Notice, Text: safeLine(text)}})
}

// Direction is the way in which Find goes.
type Direction int

// The directions of Find.
const (
	Older Direction = -1
	Newer Direction = +1
)

// Find returns the number of the first line that matches, from number from on
// (itself included) in the direction. It looks at what the ring holds and no
// further, and takes no longer than ctx. It can take a tenth of a second for
// a full ring.
func (s *Stream) Find(ctx context.Context, re Matcher, from uint64, dir Direction) (uint64, bool, error) {
	chunk := make([]Line, 0, findChunk)
	for {
		if err := ctx.Err(); err != nil {
			return 0, false, err
		}
		chunk = s.chunk(chunk[:0], from, dir)
		if len(chunk) == 0 {
			return 0, false, nil
		}
		for i := range chunk {
			if re.MatchString(chunk[i].Text) {
				return chunk[i].Seq, true, nil
			}
		}
		last := chunk[len(chunk)-1].Seq
		if dir == Older && last == 1 {
			return 0, false, nil
		}
		from = last + uint64(dir)
	}
}

// chunk appends the next lines of a search in the order of the search, so that
// the lock is not held while an expression is matched.
func (s *Stream) chunk(dst []Line, from uint64, dir Direction) []Line {
	s.mu.RLock()
	defer s.mu.RUnlock()
	r := s.ring
	if r.len() == 0 {
		return dst
	}
	if dir == Older {
		for seq := min(from, r.next-1); seq >= r.first && len(dst) < findChunk; seq-- {
			dst = append(dst, *r.at(seq))
		}
		return dst
	}
	for seq := max(from, r.first); seq < r.next && len(dst) < findChunk; seq++ {
		dst = append(dst, *r.at(seq))
	}
	return dst
}

// add lets lines of a reader in, or of none. They are seen after a short wait for
// those of other replicas.
func (s *Stream) add(r *reader, lines []Line) {
	if len(lines) == 0 {
		return
	}
	s.mu.Lock()
	s.awaitRoomLocked(r != nil)
	s.held.add(lines)
	r.spokeLocked(lines)
	full := s.held.full()
	if full {
		s.releaseLocked()
	}
	s.mu.Unlock()
	if !full {
		s.wakeRelease()
	}
}

func (s *Stream) wakeRelease() {
	select {
	case s.some <- struct{}{}:
	default:
	}
}

// releaseLoop hands held lines on to the ring when they have waited. It sleeps
// while there are none.
func (s *Stream) releaseLoop(ctx context.Context) {
	defer s.release()
	for {
		select {
		case <-s.some:
		case <-ctx.Done():
			return
		}
		timer := time.NewTimer(s.holdTime())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		s.release()
	}
}

func (s *Stream) holdTime() time.Duration {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if time.Since(s.opened) < holdFirst {
		return holdFirst
	}
	return holdLive
}

func (s *Stream) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releaseLocked()
}

func (s *Stream) releaseLocked() {
	if s.held.len() == 0 {
		return
	}
	var until time.Time
	switch {
	case s.limits.Lossless:
		until = s.untilLocked()
	case s.lateLocked():
		s.held.addBefore(s.ring.takeBack())
	}
	next := s.ring.next
	if s.held.release(until, s.ring.push); s.held.len() > 0 {
		s.wakeRelease()
	}
	if s.ring.next != next {
		s.room.Broadcast()
		s.changeLocked()
	}
}

// lateLocked reports whether lines that wait belong before those of the ring: a node
// that answered late, or a task of the past that was read after the others. Soon
// after the begin all are put in order anew; later nobody's lines are moved.
func (s *Stream) lateLocked() bool {
	if s.ring.len() > maxTakenBack || time.Since(s.begun) >= settleFor {
		return false
	}
	oldest, ok := s.held.oldest()
	return ok && oldest.Before(s.ring.newest().Add(-holdLive))
}

// setStatus tells the state of a reader.
func (s *Stream) setStatus(r *reader, state State, retry time.Time, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if state == Live {
		s.opened = now
	}
	since := now
	if r.status.state == state {
		since = r.status.since
	}
	r.status = status{state: state, since: since, retry: retry, reason: reason}
	if state >= Away && s.limits.Lossless || !s.readsLocked() {
		s.releaseLocked() // Whoever is told of the end goes, without waiting for more.
	}
	s.changeLocked()
}

// readsLocked reports whether lines may still come of one of the readers.
func (s *Stream) readsLocked() bool {
	for _, r := range s.readers {
		if r.status.state < Failed {
			return true
		}
	}
	return false
}

// telling is when something was told, and by which of the readers.
type telling struct {
	at time.Time
	by *reader
}

// ofCut is what is told of streams that were cut.
const ofCut = "cut"

// tells reports whether it is for a reader to tell of something: one lost leader
// cuts all streams, and to each of them the engine says the same.
func (s *Stream) tells(r *reader, what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if last, ok := s.told[what]; ok && last.by != r && now.Sub(last.at) < cutTogether {
		return false
	}
	for text, last := range s.told {
		if now.Sub(last.at) >= cutTogether {
			delete(s.told, text)
		}
	}
	if len(s.told) < maxTold && len(what) <= maxPrefix {
		s.told[what] = telling{now, r}
	}
	return true
}

// changeLocked wakes whoever waits in Next.
func (s *Stream) changeLocked() {
	s.version++
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}
