package logstream

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// lateBody is a body without an answer.
type lateBody struct{ *body }

func (lateBody) Answered() <-chan struct{} { return make(chan struct{}) }

// quiet opens streams without an answer; what is asked once is answered unless it
// hangs.
func quiet(hangs *atomic.Bool, asked *atomic.Int64) Opener {
	return openFunc(func(ctx context.Context, q Query) (io.ReadCloser, error) {
		switch {
		case q.Follow:
			return lateBody{newBody(nil, true)}, nil
		case hangs.Load():
			asked.Add(1)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		asked.Add(1)
		return io.NopCloser(bytes.NewReader(nil)), nil
	})
}

// A task that is silent, and an engine that hangs, give the same answer to a stream
// that is followed: none.
func TestProof_TellsAnEngineThatHangsFromATaskThatIsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hangs atomic.Bool
		var asked atomic.Int64
		s := Follow(t.Context(), quiet(&hangs, &asked), []Target{{Task: "t"}}, Limits{})
		defer s.Close()
		time.Sleep(10*time.Minute + time.Second)
		if st := s.Stats(); st.State != Live || st.Lines != 0 {
			t.Errorf("silent: %+v, %q", st, all(s))
		}
		if n := asked.Load(); n < 5 || n > 11 {
			t.Errorf("asked %d times in 10 minutes", n)
		}

		hangs.Store(true)
		time.Sleep(proofEvery + proofPatience + time.Second)
		if st := s.Stats(); st.State == Live || st.Reason != "the engine does not answer" {
			t.Errorf("it hangs: %+v", st)
		}
		if got := all(s); len(got) != 1 || got[0] != "notice: the engine does not answer; what is written now is shown when it does" {
			t.Errorf("it hangs: %q", got)
		}
		time.Sleep(5 * time.Minute)
		if st := s.Stats(); st.State == Live || s.Stats().Lines != 1 {
			t.Errorf("it still hangs: %+v, %q", st, all(s))
		}

		hangs.Store(false)
		time.Sleep(maxBackoff + proofPatience + time.Second)
		got := all(s)
		if st := s.Stats(); st.State != Live || !slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, "notice: connection lost, resumed after ") }) {
			t.Errorf("it is back: %+v, %q", st, got)
		}
	})
}

// Many streams that are silent do not ask more often than the leader likes.
func TestProof_OfManyStreamsIsCheap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var hangs atomic.Bool
		var asked atomic.Int64
		var targets []Target
		for i := range 64 {
			targets = append(targets, Target{Task: string(rune('A' + i))})
		}
		s := Follow(t.Context(), quiet(&hangs, &asked), targets, Limits{})
		defer s.Close()
		time.Sleep(time.Minute)
		before := asked.Load()
		time.Sleep(10 * time.Minute)
		if n := asked.Load() - before; n > 150 { // One in four seconds.
			t.Errorf("asked %d times in 10 minutes", n)
		}
	})
}
