package logstream

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// However many lines a service has written, the newest are asked for, and are there
// 300 ms after the engine's first byte at the latest.
func TestStream_ShowsTheNewestSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var data bytes.Buffer
		for i := range defaultTail {
			data.Write(wire(1, at(i), 1, "line\n"))
		}
		o := &script{answers: []answer{{blocks: true, data: data.Bytes()}}}
		begun := time.Now()
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
		defer s.Close()
		for seen := uint64(0); s.Stats().Lines < defaultTail; {
			var err error
			if seen, err = s.Next(t.Context(), seen); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(begun); d > 300*time.Millisecond {
			t.Errorf("they are there after %s", d)
		}
		if q := o.queries(); len(q) != 1 || q[0].Tail != defaultTail {
			t.Errorf("asked %+v", q)
		}
	})
}
