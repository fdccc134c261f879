package logstream

import "time"

// ring keeps the newest lines within a bound of lines and one of bytes. It is
// not safe for concurrent use.
type ring struct {
	// slots grows up to maxLines; the line with number s is in s % len(slots).
	slots    []Line
	maxLines int
	maxBytes int
	bytes    int
	// first is the number of the oldest line, next that of the next one to
	// come; dropped counts the lines that made room.
	first, next uint64
	dropped     uint64
}

func newRing(lines, bytes int) *ring {
	return &ring{maxLines: lines, maxBytes: bytes, first: 1, next: 1}
}

func (r *ring) len() int { return int(r.next - r.first) }

// at returns the line with the number, which must be there.
func (r *ring) at(seq uint64) *Line { return &r.slots[seq%uint64(len(r.slots))] }

// push appends the line as the newest.
func (r *ring) push(l Line) {
	l.Seq = r.next
	cost := l.cost()
	for r.len() > 0 && (r.len() >= r.maxLines || r.bytes+cost > r.maxBytes) {
		r.drop()
	}
	if r.len() == len(r.slots) {
		r.grow()
	}
	r.next++
	*r.at(l.Seq) = l
	r.bytes += cost
}

// drop lets the oldest line go for a newer one.
func (r *ring) drop() {
	r.take()
	r.dropped++
}

// take lets the oldest line go that was seen.
func (r *ring) take() {
	l := r.at(r.first)
	r.bytes -= l.cost()
	*l = Line{} // The text must not stay in memory behind an empty slot.
	r.first++
}

// newest is the time of the line of a task that was pushed last, zero if there
// is none.
func (r *ring) newest() time.Time {
	for seq := r.next; seq > r.first; seq-- {
		if l := r.at(seq - 1); l.written() {
			return l.Time
		}
	}
	return time.Time{}
}

// takeBack takes all lines out, to be pushed again in another order. Their numbers
// are not used again.
func (r *ring) takeBack() []Line {
	out := make([]Line, 0, 2*r.len())
	for seq := r.first; seq < r.next; seq++ {
		out = append(out, *r.at(seq))
	}
	clear(r.slots)
	r.bytes, r.first = 0, r.next
	return out
}

// clear lets all lines go.
func (r *ring) clear() {
	r.dropped += uint64(r.len())
	r.slots, r.bytes, r.first = nil, 0, r.next
}

// grow doubles the slots, so that a short log costs little.
func (r *ring) grow() {
	slots := make([]Line, min(max(2*len(r.slots), 256), r.maxLines))
	for s := r.first; s < r.next; s++ {
		slots[s%uint64(len(slots))] = *r.at(s)
	}
	r.slots = slots
}
