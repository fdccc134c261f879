package logstream

import "time"

// Of a lossless stream every line is seen, and in order of time: a line waits until no
// stream can bring an older one, and the readers wait for whoever looks, who says with
// [Stream.Taken] how far he is.

const (
	// onceSilence is for how long others wait for a stream that is read to its end
	// and brings nothing: its node hangs.
	onceSilence = 5 * time.Second

	// firstSilence is for how long they wait for the first line of one that is
	// followed. A task that has written nothing is not told from one that is slow.
	firstSilence = time.Second
)

// Taken lets go of the lines before number next: they were seen.
func (s *Stream) Taken(next uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.ring.first < min(next, s.ring.next) {
		s.ring.take()
	}
	s.room.Broadcast()
}

// awaitRoomLocked has a reader wait for whoever looks.
func (s *Stream) awaitRoomLocked(reads bool) {
	for reads && s.limits.Lossless && s.ended.Err() == nil && (s.ring.bytes > s.limits.ring()/2 || s.ring.len() > s.limits.Lines/2) {
		s.room.Wait()
	}
}

// untilLocked is up to which time all lines are there, zero where none is waited for.
func (s *Stream) untilLocked() (until time.Time) {
	now, found := time.Now(), false
	for _, r := range s.readers {
		if r.keepsWaitingLocked(now) && (!found || r.front.Before(until)) {
			until, found = r.front, true
		}
	}
	if found && until.IsZero() {
		return time.Unix(0, 0) // Nothing is complete yet.
	}
	return until
}

// keepsWaitingLocked reports whether the reader may bring lines older than those that
// wait.
func (r *reader) keepsWaitingLocked(now time.Time) bool {
	switch silent := now.Sub(r.spoke); {
	case r.status.state >= Away, r.spoke.IsZero():
		return false
	case r.once:
		return silent < onceSilence
	case r.front.IsZero():
		return silent < firstSilence
	default:
		return silent < holdLive
	}
}

// spokeLocked notes what a reader has brought.
func (r *reader) spokeLocked(lines []Line) {
	if r == nil {
		return
	}
	r.spoke = time.Now()
	for i := range lines {
		if l := &lines[i]; l.written() && l.Time.After(r.front) {
			r.front = l.Time
		}
	}
}

// asks notes that the engine is asked for the reader's stream. What was asked for at
// the same time waits for its answer.
func (s *Stream) asks(r *reader, t Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.spoke, r.once = time.Now(), t.Once
}

// wakeReaders has those that wait for room look again.
func (s *Stream) wakeReaders() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room.Broadcast()
}
