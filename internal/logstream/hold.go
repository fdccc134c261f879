package logstream

import (
	"cmp"
	"slices"
	"time"
)

// hold lets lines wait for each other and puts them in order of time. Within
// one release the order is true; over two of them only as far as the lines
// arrived in time. It is not safe for concurrent use.
type hold struct {
	// lines wait from index from on: up to index sorted in order of time, the others
	// as they came.
	lines           []Line
	from, sorted    int
	bytes, maxBytes int
	maxLines        int
	order           []heldKey
	spare           []Line
}

type heldKey struct {
	nanos int64
	index int32
}

func (h *hold) len() int { return len(h.lines) - h.from }

func (h *hold) add(lines []Line) {
	h.lines = append(h.lines, lines...)
	for i := range lines {
		h.bytes += lines[i].cost()
	}
}

// addBefore adds lines that came before those that wait.
func (h *hold) addBefore(lines []Line) {
	later := h.lines[h.from:]
	h.lines, h.from, h.sorted = nil, 0, 0
	h.add(lines)
	h.lines = append(h.lines, later...)
}

// full reports whether waiting longer would take too much memory.
func (h *hold) full() bool { return h.len() >= h.maxLines || h.bytes >= h.maxBytes }

// oldest is the time of the oldest line of a task that waits; false if there is none.
func (h *hold) oldest() (oldest time.Time, ok bool) {
	for i := range h.lines[h.from:] {
		if l := &h.lines[h.from+i]; l.written() && (!ok || l.Time.Before(oldest)) {
			oldest, ok = l.Time, true
		}
	}
	return oldest, ok
}

// release hands on what waits and is not newer than a time, everything if that is
// zero: the oldest first, lines of the same time in the order in which they came.
func (h *hold) release(until time.Time, push func(Line)) {
	h.sort()
	n := h.len()
	if !until.IsZero() {
		n = notNewer(h.lines[h.from:], until)
	}
	if h.full() { // Who waits for so much waits for nothing.
		n = max(n, h.len()/2)
	}
	gone := h.lines[h.from : h.from+n]
	for i := range gone {
		h.bytes -= gone[i].cost()
		push(gone[i])
	}
	clear(gone) // The ring alone decides how long a text stays in memory.
	h.from += n
	switch room := cap(h.lines); {
	case h.len() == 0 && room > 4*h.maxLines:
		h.lines, h.order, h.spare = nil, nil, nil
	case h.from < h.len():
		return
	default: // What is left moves to the front, where that is little.
		left := copy(h.lines, h.lines[h.from:])
		clear(h.lines[max(left, h.from):])
		h.lines = h.lines[:left]
	}
	h.from, h.sorted = 0, len(h.lines)
}

// sort puts what came since the last release in its place among what waits.
func (h *hold) sort() {
	fresh := h.lines[h.sorted:]
	h.order = h.order[:0]
	inOrder := true
	for i := range fresh {
		n := fresh[i].Time.UnixNano()
		inOrder = inOrder && (i == 0 || h.order[i-1].nanos <= n)
		h.order = append(h.order, heldKey{nanos: n, index: int32(i)})
	}
	if !inOrder {
		slices.SortFunc(h.order, func(a, b heldKey) int {
			return cmp.Or(cmp.Compare(a.nanos, b.nanos), cmp.Compare(a.index, b.index))
		})
	}
	if len(fresh) == 0 {
		return
	}
	// Lines of those that wait that are newer than the oldest of the fresh ones.
	at := h.from + notNewer(h.lines[h.from:h.sorted], fresh[h.order[0].index].Time)
	if !inOrder || at < h.sorted {
		h.merge(at)
	}
	h.sorted = len(h.lines)
}

// merge puts the sorted lines from an index on and the fresh ones, of which order
// tells the order, in one.
func (h *hold) merge(at int) {
	older, fresh := h.lines[at:h.sorted], h.lines[h.sorted:]
	merged := h.spare[:0]
	for _, k := range h.order {
		n := notNewer(older, fresh[k.index].Time)
		merged = append(append(merged, older[:n]...), fresh[k.index])
		older = older[n:]
	}
	merged = append(merged, older...)
	copy(h.lines[at:], merged)
	clear(merged)
	h.spare = merged[:0]
}

// notNewer is how many of sorted lines are not newer than a time.
func notNewer(sorted []Line, than time.Time) int {
	n, _ := slices.BinarySearchFunc(sorted, than.UnixNano()+1, func(l Line, t int64) int { return cmp.Compare(l.Time.UnixNano(), t) })
	return n
}
