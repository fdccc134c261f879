package logstream

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"skep/internal/testkit"
)

// heap is what lives on the heap, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// hostileID is the ID of a task nobody has seen before.
func hostileID(i int) string { return fmt.Sprintf("t%024d", i) }

// withDetails is a frame of a task with whatever a log driver adds.
func withDetails(i int, details, task, text string) []byte {
	return multiplexed(frameStdout, at(i).Format("2006-01-02T15:04:05.000000000Z07:00")+" "+details+taskKey+"="+task+" "+text)
}

// hostile are streams that grow what the log remembers, a frame at a time.
var hostile = map[string]func(i int) []byte{
	"one timestamp from ever new tasks": func(i int) []byte {
		return withDetails(0, "", hostileID(i/60), strings.Repeat("x", 60<<10)+fmt.Sprint(i)+"\n")
	},
	"ever new details": func(i int) []byte {
		return withDetails(i, "label="+strings.Repeat("d", 15<<10)+fmt.Sprint(i)+",", hostileID(i%5), "x\n")
	},
	"ever new tasks with endless names": func(i int) []byte {
		return withDetails(i, nodeKey+"="+strings.Repeat("n", 7<<10)+",", strings.Repeat("t", 7<<10)+fmt.Sprint(i), "x\n")
	},
	"unfinished lines": func(i int) []byte {
		return withDetails(0, "", hostileID(i/8), strings.Repeat("x", partLen))
	},
	"lines without text": func(i int) []byte {
		return withDetails(i, "", hostileID(i), strings.Repeat("\n", 60<<10))
	},
	"long lines": func(i int) []byte {
		return withDetails(i, "", hostileID(i%5), strings.Repeat("x", 63<<10)+"\n")
	},
	"letters in colours of their own": func(i int) []byte {
		var b strings.Builder
		for j := range 1000 {
			fmt.Fprintf(&b, "\x1b[38;2;%d;%d;%dmx", j%256, i%256, (i+j)%256)
		}
		return withDetails(i, "", hostileID(i%5), b.String()+"\n")
	},
	"warnings": func(i int) []byte {
		return multiplexed(frameSystem, strings.Repeat("x\n", 20<<10)+fmt.Sprint(i)+"\n")
	},
}

// What a log costs has one bound, whatever its tasks write and however many
// targets it has.
func TestStream_MemoryIsBounded(t *testing.T) {
	testkit.OnlySlow(t, "it reads a gigabyte")
	for name, frameOf := range hostile {
		for _, targets := range []int{1, 8, 50} {
			t.Run(fmt.Sprint(name, " in ", targets), func(t *testing.T) {
				size := 64 << 20
				if bytes.Count(frameOf(0), []byte("\n")) > 1000 {
					size = 4 << 20
				}
				before := heap()
				s := newStream(nil, Limits{})
				peak := int64(0)
				for n := range targets {
					r := newReader(s, Target{Service: "s"})
					frames := newFramer(&generated{next: frameOf, bytes: size / targets, from: n * 100_000}, false, r.hand)
					for i := 0; ; i++ {
						f, err := frames.next()
						if err != nil {
							break
						}
						r.asm.add(f)
						if i%1000 == 999 {
							peak = max(peak, heap()-before)
						}
					}
					t.Cleanup(func() { runtime.KeepAlive(r) })
				}
				peak = max(peak, heap()-before)
				t.Logf("peak %.1f MB", float64(peak)/1e6)
				if bound := int64(defaultBytes + 4<<20); peak > bound {
					t.Errorf("the log took %d bytes, more than %d", peak, bound)
				}
				runtime.KeepAlive(s)
			})
		}
	}
}

// generated serves frames that are made as they are read.
type generated struct {
	next        func(i int) []byte
	bytes, from int
	rest        bytes.Reader
}

func (g *generated) Read(p []byte) (int, error) {
	if g.rest.Len() == 0 && g.bytes > 0 {
		data := g.next(g.from)
		g.rest.Reset(data)
		g.from++
		g.bytes -= len(data)
	}
	return g.rest.Read(p)
}

// Whoever still holds a stream that was closed does not hold its lines.
func TestStream_CloseLetsGoOfTheLines(t *testing.T) {
	before := heap()
	s := Follow(t.Context(), &script{}, []Target{{Service: testService}}, Limits{})
	for i := range 300 {
		s.add(nil, []Line{{Time: at(i), Text: strings.Repeat("x", maxText)}})
	}
	s.release()
	if st := s.Stats(); st.Bytes < 10<<20 {
		t.Fatalf("the ring holds %d bytes", st.Bytes)
	}
	s.Close()
	if st := s.Stats(); st.Lines != 0 || st.Bytes != 0 || st.First != st.Next {
		t.Errorf("%+v", st)
	}
	if left := heap() - before; left > 1<<20 {
		t.Errorf("%d bytes are left", left)
	}
	runtime.KeepAlive(s)
}
