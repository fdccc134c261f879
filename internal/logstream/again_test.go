package logstream

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestStream_OpenedAHundredTimes gives back all goroutines and the memory of the
// lines, also of one that is closed while it is still being opened.
func TestStream_OpenedAHundredTimes(t *testing.T) { synctest.Test(t, openAHundredTimes) }

func openAHundredTimes(t *testing.T) {
	data := strings.Repeat(string(wire(1, at(1), 1, strings.Repeat("x", 1000)+"\n")), 200)
	o := openFunc(func(ctx context.Context, _ Query) (io.ReadCloser, error) {
		body, w := io.Pipe()
		context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
		go func() { _, _ = io.WriteString(w, data) }()
		return body, nil
	})
	var targets []Target
	for n := range 10 {
		targets = append(targets, Target{Task: fmt.Sprint("t", n)})
	}
	goroutines, before := runtime.NumGoroutine(), heap()
	for n := range 100 {
		s := Follow(t.Context(), o, targets, Limits{})
		if n%5 == 0 {
			for seen := uint64(0); s.Stats().Lines < 200; {
				seen, _ = s.Next(t.Context(), seen)
			}
		}
		s.Retarget(targets[:5])
		s.Close()
	}
	time.Sleep(100 * time.Millisecond) // The writers of the test end by themselves.
	if got := runtime.NumGoroutine(); got > goroutines+2 {
		t.Errorf("%d goroutines, there were %d", got, goroutines)
	}
	if got := heap() - before; got > 4<<20 {
		t.Errorf("%d bytes are kept", got)
	}
}
