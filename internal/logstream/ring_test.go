package logstream

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRing_Bounds checks the ring against a plain slice.
func TestRing_Bounds(t *testing.T) {
	const maxLines, maxBytes = 700, 100_000
	r := newRing(maxLines, maxBytes)
	var all []Line
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 5000 {
		l := Line{Text: strings.Repeat("x", rnd.IntN(300)), Task: testTask(i % 3)}
		r.push(l)
		l.Seq = uint64(i + 1)
		all = append(all, l)

		bytes := 0
		for seq := r.first; seq < r.next; seq++ {
			if got, want := *r.at(seq), all[seq-1]; got != want {
				t.Fatalf("line %d is %v, want %v", seq, got, want)
			}
			bytes += all[seq-1].cost()
		}
		if r.len() > maxLines || bytes > maxBytes || bytes != r.bytes {
			t.Fatalf("%d lines, %d bytes, counted %d", r.len(), bytes, r.bytes)
		}
		if r.dropped != uint64(i+1-r.len()) {
			t.Fatalf("%d dropped of %d, %d left", r.dropped, i+1, r.len())
		}
	}
	if r.len() == maxLines {
		t.Error("the bound of bytes was never reached")
	}
}

func TestRing_LineLargerThanBound(t *testing.T) {
	r := newRing(10, 500)
	r.push(Line{Text: "small"})
	r.push(Line{Text: strings.Repeat("x", 1000)})
	if r.len() != 1 || r.at(r.first).Seq != 2 {
		t.Errorf("%d lines", r.len())
	}
	r.push(Line{Text: "small"})
	held := 0
	for _, l := range r.slots {
		held += len(l.Text)
	}
	if held != len("small") {
		t.Errorf("%d bytes of text are held", held)
	}
	if r.len() != 1 || r.at(r.first).Seq != 3 || r.dropped != 2 {
		t.Errorf("%d lines, %d dropped", r.len(), r.dropped)
	}
}

func TestHold_OrdersByTimeAndArrival(t *testing.T) {
	h := hold{maxBytes: 1 << 20, maxLines: maxHeld}
	for _, l := range []struct {
		at   int
		text string
	}{{5, "d"}, {1, "a"}, {3, "b"}, {9, "f"}, {3, "c"}, {5, "e"}} {
		h.add([]Line{{Time: at(l.at), Text: l.text}})
	}
	var got strings.Builder
	h.release(time.Time{}, func(l Line) { got.WriteString(l.Text) })
	if got.String() != "abcdef" || h.len() != 0 || h.bytes != 0 {
		t.Errorf("%q, %d left, %d bytes", got.String(), len(h.lines), h.bytes)
	}
	h.add(make([]Line, maxHeld))
	if !h.full() {
		t.Error("not full by lines")
	}
	h.release(time.Time{}, func(Line) {})
	h.add([]Line{{Text: strings.Repeat("x", h.maxBytes)}})
	if !h.full() {
		t.Error("not full by bytes")
	}
}

// TestHold_IsAStableSort: over any additions and releases lines come out as if all
// that wait were sorted each time.
func TestHold_IsAStableSort(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		h := hold{maxBytes: 1 << 20, maxLines: 60}
		var waits []Line
		var name int
		for range 40 {
			var lines []Line
			for range random.IntN(12) {
				name++
				lines = append(lines, Line{Time: at(random.IntN(30)), Text: strconv.Itoa(name)})
			}
			if random.IntN(9) == 0 {
				h.addBefore(lines)
				waits = append(slices.Clone(lines), waits...)
			} else {
				h.add(lines)
				waits = append(waits, lines...)
			}
			var until time.Time
			if random.IntN(4) > 0 {
				until = at(random.IntN(30))
			}
			slices.SortStableFunc(waits, func(a, b Line) int { return a.Time.Compare(b.Time) })
			n := len(waits)
			if !until.IsZero() {
				n = 0
				for n < len(waits) && !waits[n].Time.After(until) {
					n++
				}
			}
			if h.full() {
				n = max(n, len(waits)/2)
			}
			var got []Line
			h.release(until, func(l Line) { got = append(got, l) })
			if !slices.Equal(got, waits[:n]) {
				t.Fatalf("seed %d: got %v, want %v", seed, got, waits[:n])
			}
			waits = slices.Clone(waits[n:])
			bytes := 0
			for i := range waits {
				bytes += waits[i].cost()
			}
			if h.len() != len(waits) || h.bytes != bytes {
				t.Fatalf("seed %d: %d wait, %d bytes; want %d, %d", seed, h.len(), h.bytes, len(waits), bytes)
			}
		}
	}
}
