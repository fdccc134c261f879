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
	lines           []Line
	bytes, maxBytes int
	maxLines        int
	order           []heldKey
	spare           []Line
}

type heldKey struct {
	nanos int64
	index int32
}

func (h *hold) add(lines []Line) {
	h.lines = append(h.lines, lines...)
	for i := range lines {
		h.bytes += lines[i].cost()
	}
}

// full reports whether waiting longer would take too much memory.
func (h *hold) full() bool { return len(h.lines) >= h.maxLines || h.bytes >= h.maxBytes }

// oldest is the time of the oldest line of a task that waits; false if there is none.
func (h *hold) oldest() (oldest time.Time, ok bool) {
	for i := range h.lines {
		if l := &h.lines[i]; l.written() && (!ok || l.Time.Before(oldest)) {
			oldest, ok = l.Time, true
		}
	}
	return oldest, ok
}

// release hands on what waits and is not newer than a time, everything if that is
// zero: the oldest first, lines of the same time in the order in which they came.
func (h *hold) release(until time.Time, push func(Line)) {
	h.order = h.order[:0]
	sorted := true
	for i := range h.lines {
		n := h.lines[i].Time.UnixNano()
		sorted = sorted && (i == 0 || h.order[i-1].nanos <= n)
		h.order = append(h.order, heldKey{nanos: n, index: int32(i)})
	}
	if !sorted {
		slices.SortFunc(h.order, func(a, b heldKey) int {
			switch {
			case a.nanos < b.nanos:
				return -1
			case a.nanos > b.nanos:
				return 1
			}
			return int(a.index - b.index)
		})
	}
	n := len(h.order)
	if !until.IsZero() {
		n, _ = slices.BinarySearchFunc(h.order, until.UnixNano()+1, func(k heldKey, t int64) int { return cmp.Compare(k.nanos, t) })
	}
	if h.full() { // Who waits for so much waits for nothing.
		n = max(n, len(h.order)/2)
	}
	for _, k := range h.order[:n] {
		push(h.lines[k.index])
	}
	if n < len(h.order) {
		h.keep(h.order[n:])
		return
	}
	clear(h.lines) // The ring alone decides how long a text stays in memory.
	if h.lines, h.bytes = h.lines[:0], 0; cap(h.lines) > 4*h.maxLines {
		h.lines, h.order, h.spare = nil, nil, nil
	}
}

// keep goes on with some of the lines alone.
func (h *hold) keep(order []heldKey) {
	kept := h.spare[:0]
	h.bytes = 0
	for _, k := range order {
		l := h.lines[k.index]
		kept = append(kept, l)
		h.bytes += l.cost()
	}
	clear(h.lines)
	h.lines, h.spare = kept, h.lines[:0]
}
