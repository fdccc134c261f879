package logstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestStream_ResumesWithoutDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := slices.Concat(
			wire(1, at(0), 1, "a\n"), wire(1, at(5), 2, "b\n"), wire(1, at(7), 1, "same\n"), wire(1, at(7), 1, "same\n"),
			wire(2, at(7), 1, "same\n"),
			wire(1, at(8), 2, "an unfinished "),
		)
		// The engine sends everything since a while before the newest: what is
		// known, what is new at a known time, and what came in the gap, also
		// of a task that was behind the others.
		second := slices.Concat(
			wire(1, at(0), 1, "a\n"), wire(1, at(7), 1, "same\n"), wire(1, at(7), 1, "same\n"), wire(1, at(7), 1, "same\n"),
			wire(1, at(9), 1, "c\n"), wire(2, at(7), 1, "same\n"), wire(2, at(9), 1, "e1\n"),
			wire(1, at(5), 2, "b\n"), wire(1, at(6), 2, "late\n"), wire(1, at(8), 2, "an unfinished "), wire(1, at(8), 2, "line\n"),
			wire(1, at(1), 3, "new task\n"),
		)
		o := &script{answers: []answer{{data: first}, {err: errors.New("no route")}, {data: second, blocks: true}}}
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
		defer s.Close()
		time.Sleep(10 * time.Second)
		got := all(s)
		want := []string{"a", "b", "same", "same", "stderr: same",
			"new task", "late", "same", "an unfinished line", "c", "stderr: e1"}
		notices := 0
		got = slices.DeleteFunc(got, func(l string) bool {
			if strings.HasPrefix(l, "notice: connection lost, resumed after ") {
				notices++
				return true
			}
			return false
		})
		if !slices.Equal(got, want) || notices != 1 {
			t.Errorf("%d notices and\n%q, want\n%q", notices, got, want)
		}
		q := o.queries()
		if len(q) != 3 || !q[0].Since.IsZero() || !q[2].Since.Equal(at(7).Add(-seamMargin)) || q[2].Tail != DefaultLines {
			t.Errorf("asked %+v", q)
		}
	})
}

// What is older than the first line of a task was not asked for: an output that said
// nothing until the cut does not bring it, and neither does a seam before the time
// from which on the log is read.
func TestStream_ResumesNotBeforeItsBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := wire(1, at(5), 1, "newest\n")
		second := slices.Concat(
			wire(2, at(4), 1, "older\n"), wire(1, at(4), 1, "older\n"), wire(1, at(5), 1, "newest\n"),
			wire(2, at(6), 1, "in the gap\n"), wire(1, at(3), 2, "of a new task\n"), wire(2, at(2), 1, "set back\n"),
		)
		o := &script{answers: []answer{{data: first}, {data: second, blocks: true}}}
		since := at(1)
		s := Follow(t.Context(), o, []Target{{Service: testService, Since: since}}, Limits{Tail: 1})
		defer s.Close()
		time.Sleep(10 * time.Second)
		got := slices.DeleteFunc(all(s), func(l string) bool { return strings.HasPrefix(l, "notice") })
		slices.Sort(got)
		if want := []string{"newest", "of a new task", "stderr: in the gap", "stderr: set back"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		if q := o.queries(); len(q) != 2 || !q[1].Since.Equal(since) {
			t.Errorf("asked %+v", q)
		}
	})
}

// Who wants no old lines gets those that are written from the beginning on, also where
// the stream is cut before the first of them.
func TestStream_ResumesWithoutATailFromItsBeginning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &script{answers: []answer{{}, {blocks: true}}}
		begun := time.Now()
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{Tail: NoTail})
		defer s.Close()
		time.Sleep(10 * time.Second)
		if q := o.queries(); len(q) != 2 || q[0].Tail != 0 || !q[1].Since.Equal(begun) || q[1].Tail != DefaultLines {
			t.Errorf("asked %+v", q)
		}
	})
}

// The engine filters by the timestamps of the lines, and so by the clocks of
// their nodes. One that is behind loses nothing of what was said meanwhile.
func TestStream_ResumesByTheSlowestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const behind = 2 * time.Minute
		said := func(task int, text string) []byte {
			stamp := time.Now()
			if task == 2 {
				stamp = stamp.Add(-behind)
			}
			return wire(1, stamp, task, text)
		}
		bodies := make(chan io.ReadCloser, 2)
		var since []time.Time
		o := openFunc(func(_ context.Context, q Query) (io.ReadCloser, error) {
			since = append(since, q.Since)
			return <-bodies, nil
		})
		first, w1 := io.Pipe()
		second, w2 := io.Pipe()
		bodies <- first
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
		defer s.Close()
		// Old lines say nothing of clocks, however old they are.
		_, _ = w1.Write(wire(1, time.Now().Add(-time.Hour), 3, "history\n"))
		time.Sleep(liveAfter)
		_, _ = w1.Write(slices.Concat(said(1, "a\n"), said(2, "b\n")))
		time.Sleep(time.Minute) // A pause makes nobody's clock slower.
		_, _ = w1.Write(said(1, "c\n"))
		known := said(2, "d\n")
		_, _ = w1.Write(known)
		cut := time.Now()
		_ = w1.CloseWithError(io.ErrUnexpectedEOF)
		bodies <- second
		time.Sleep(maxBackoff)
		synctest.Wait()
		if len(since) != 2 {
			t.Fatalf("opened %d times", len(since))
		}
		if want := cut.Add(-behind - seamMargin); !since[1].Equal(want) {
			t.Errorf("resumed %v before the cut, want %v", cut.Sub(since[1]), cut.Sub(want))
		}
		gap := wire(1, cut.Add(time.Second-behind), 2, "in the gap\n")
		_, _ = w2.Write(slices.Concat(known, gap))
		time.Sleep(time.Second)
		got := slices.DeleteFunc(all(s), func(l string) bool { return strings.HasPrefix(l, "notice") })
		slices.Sort(got)
		if !slices.Equal(got, []string{"a", "b", "c", "d", "history", "in the gap"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestStream_SteadyStreamIsResumedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var when []time.Time
		steady := newBody(nil, true)
		o := openFunc(func(context.Context, Query) (io.ReadCloser, error) {
			when = append(when, time.Now())
			if len(when) == 8 {
				return steady, nil
			}
			return newBody(nil, false), nil
		})
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
		defer s.Close()
		time.Sleep(10 * time.Minute)
		cut := time.Now()
		_ = steady.Close()
		time.Sleep(time.Second)
		synctest.Wait()
		if d := when[8].Sub(cut); d < minBackoff || d > minBackoff*5/4 {
			t.Errorf("resumed after %v", d)
		}
	})
}

// A clock that is set back long after a cut costs nothing.
func TestStream_ClockSetBackAfterACut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pr, pw := io.Pipe()
		opened := 0
		o := openFunc(func(context.Context, Query) (io.ReadCloser, error) {
			if opened++; opened == 1 {
				return newBody(wire(1, at(0), 1, "a\n"), false), nil
			}
			return pr, nil
		})
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
		defer s.Close()
		time.Sleep(10 * time.Second)
		_, _ = pw.Write(wire(1, at(-5), 1, "known\n"))
		time.Sleep(seamExpires)
		_, _ = pw.Write(wire(1, at(-3), 1, "new\n"))
		time.Sleep(time.Second)
		got := slices.DeleteFunc(all(s), func(l string) bool { return strings.HasPrefix(l, "notice") })
		if !slices.Equal(got, []string{"a", "new"}) {
			t.Errorf("%q", got)
		}
	})
}

func TestStream_BacksOffAndTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var when []time.Time
		var mu sync.Mutex
		o := openFunc(func(context.Context, Query) (io.ReadCloser, error) {
			mu.Lock()
			defer mu.Unlock()
			when = append(when, time.Now())
			return nil, errors.New("no \x1b[2Jleader")
		})
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
		defer s.Close()
		time.Sleep(10 * time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if d := when[1].Sub(when[0]); d < minBackoff || d > minBackoff*5/4 {
			t.Errorf("first retry after %v", d)
		}
		for i := 8; i < len(when); i++ {
			if d := when[i].Sub(when[i-1]); d < maxBackoff/2 || d > maxBackoff {
				t.Errorf("retry %d after %v", i, d)
			}
		}
		if len(when) < 20 || len(when) > 45 {
			t.Errorf("%d attempts in ten minutes", len(when))
		}
		st := s.Stats()
		if st.State != Waiting || st.Reason != "no leader" || !st.Retry.After(time.Now()) {
			t.Errorf("%+v", st)
		}
		if got := all(s); len(got) != 0 {
			t.Errorf("nothing was lost, but %q", got)
		}
	})
}

func TestStream_RepeatedWarningIsOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		warning := answer{data: multiplexed(3, "Error grabbing logs: no leader\n")}
		o := &script{answers: []answer{warning, warning, warning, {data: wire(1, at(0), 1, "x\n")}, warning}}
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
		defer s.Close()
		time.Sleep(5 * time.Minute)
		got := slices.DeleteFunc(all(s), func(l string) bool { return strings.HasPrefix(l, "notice") })
		want := []string{"warning: Error grabbing logs: no leader", "x"}
		slices.Sort(got) // Warnings carry the clock of the test, lines one of their own.
		if !slices.Equal(got, append(want[:1:1], want[0], want[1])) {
			t.Errorf("%q", got)
		}
	})
}

// TestStream_LostLeaderIsToldOnce: the engine complains in each stream, in words of
// its libraries, and of a node in those of all its tasks.
func TestStream_LostLeaderIsToldOnce(t *testing.T) {
	for _, tc := range []struct{ says, want string }{
		{"Error grabbing logs: rpc error: code = Unavailable desc = transport is closing\n", "notice: " + saysLeaderLost},
		{"Error grabbing logs: rpc error: code = Unavailable desc = error reading from server: EOF\n", "notice: " + saysLeaderLost},
		{"Error grabbing logs: node x is not available\n", "warning: Error grabbing logs: node x is not available"},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := openFunc(func(ctx context.Context, _ Query) (io.ReadCloser, error) {
				body, w := io.Pipe()
				context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
				time.AfterFunc(20*time.Second, func() {
					_, _ = w.Write(multiplexed(frameSystem, tc.says))
					_ = w.Close()
				})
				return body, nil
			})
			var targets []Target
			for n := range 20 {
				targets = append(targets, Target{Task: fmt.Sprint("t", n)})
			}
			s := Follow(t.Context(), o, targets, Limits{})
			defer s.Close()
			time.Sleep(30 * time.Second)
			got := all(s)
			if len(got) != 2 || got[0] != tc.want || !strings.HasPrefix(got[1], "notice: connection lost, resumed after ") {
				t.Errorf("%q, want %q once", got, tc.want)
			}
		})
	}
}

// TestStream_OneCutIsToldOnce: a lost leader cuts the streams of all tasks.
func TestStream_OneCutIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openFunc(func(ctx context.Context, _ Query) (io.ReadCloser, error) {
			body, w := io.Pipe()
			context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
			time.AfterFunc(20*time.Second, func() { _ = w.CloseWithError(io.ErrUnexpectedEOF) })
			return body, nil
		})
		var targets []Target
		for n := range 20 {
			targets = append(targets, Target{Task: fmt.Sprint("t", n)})
		}
		s := Follow(t.Context(), o, targets, Limits{})
		defer s.Close()
		time.Sleep(30 * time.Second)
		if got := all(s); len(got) != 1 || !strings.HasPrefix(got[0], "notice: connection lost, resumed after ") {
			t.Errorf("%q", got)
		}
	})
}

// TestStream_OnceIsAskedForAgainWhereTheLeaderWasLost: what it was cut by looks like its
// end.
func TestStream_OnceIsAskedForAgainWhereTheLeaderWasLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := wire(1, at(0), 1, "a\n")
		lost := multiplexed(frameSystem, "Error grabbing logs: rpc error: code = Unavailable desc = transport is closing\n")
		o := &script{answers: []answer{
			{data: slices.Concat(a, lost)}, {data: slices.Concat(a, lost)}, {data: slices.Concat(a, wire(1, at(1), 1, "b\n"))},
		}}
		s := Follow(t.Context(), o, []Target{{Task: testTask(1), Once: true}}, Limits{Lossless: true, Attempts: 3})
		defer s.Close()
		time.Sleep(time.Minute)
		got := slices.DeleteFunc(all(s), func(l string) bool { return strings.HasPrefix(l, "notice: connection lost") })
		if want := []string{"notice: " + saysLeaderLost, "a", "b"}; !slices.Equal(got, want) { // A notice has the clock of the test.
			t.Errorf("%q, want %q", got, want)
		}
		if n := len(o.queries()); n != 3 || s.Stats().State != Ended {
			t.Errorf("asked %d times, %+v", n, s.Stats())
		}
	})
}

// TestStream_OnceIsGivenUp where so many attempts in a row brought nothing new; a stream
// that is followed never is.
func TestStream_OnceIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := answer{err: errors.New("no leader")}
		o := &script{answers: []answer{
			refused, refused, {data: slices.Concat(wire(1, at(0), 1, "a\n"), multiplexed(frameSystem, "Error grabbing logs: transport is closing"))},
			refused, refused, refused, refused,
		}}
		s := Follow(t.Context(), o, []Target{{Task: testTask(1), Once: true}}, Limits{Attempts: 3})
		defer s.Close()
		time.Sleep(time.Hour)
		if st := s.Stats(); len(o.queries()) != 5 || st.State != Failed || st.Failed != 1 || st.GivenUp != 1 || st.Reason != "the logs of the task are given up: no leader" || st.Lines != 3 {
			t.Errorf("asked %d times, %+v", len(o.queries()), st)
		}
	})
}

// TestStream_DropsWhatAnAgentTellsAgain: the engine of a node that was restarted sends
// into the same stream once more what was asked for at its begin. A clock that was set
// back tells nothing again.
func TestStream_DropsWhatAnAgentTellsAgain(t *testing.T) {
	line := func(n int, text string) []byte { return wire(1, at(n), 1, text+"\n") }
	var many, newest []byte
	var numbers []string
	for n := range 500 {
		many = append(many, line(n, fmt.Sprint(n))...)
		if n >= 400 {
			newest = append(newest, line(n, fmt.Sprint(n))...)
		}
		numbers = append(numbers, fmt.Sprint(n))
	}
	for name, tc := range map[string]struct {
		data []byte
		want []string
	}{
		"all":   {slices.Concat(line(0, "a"), line(1, "b"), line(1, "b"), line(0, "a"), line(1, "b"), line(1, "b"), line(1, "b"), line(2, "c")), []string{"a", "b", "b", "b", "c"}},
		"clock": {slices.Concat(line(10, "a"), line(11, "b"), line(4, "a"), line(5, "b")), []string{"a", "b", "a", "b"}},
		"begin": {slices.Concat(many, many, line(600, "new")), append(slices.Clone(numbers), "new")},
		"end":   {slices.Concat(many, newest, line(600, "new")), append(slices.Clone(numbers), "new")},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			asm := newAssembler("", &budget{bytes: 8 << 20}, time.Now, nil)
			asm.hand = func() { got, asm.out, asm.outBytes = append(got, texts(asm.out)...), nil, 0 }
			frames := newFramer(newBody(tc.data, false), false, func() {})
			for f, err := frames.next(); err == nil; f, err = frames.next() {
				asm.add(f)
			}
			asm.hand()
			if !slices.Equal(got, tc.want) {
				t.Errorf("%d lines %q, want %d", len(got), got[:min(len(got), 10)], len(tc.want))
			}
		})
	}
}

// TestStream_DropsWhatAnAgentTellsAgainAfterASeam: it begins with what that stream began
// with, which is more than what is remembered.
func TestStream_DropsWhatAnAgentTellsAgainAfterASeam(t *testing.T) {
	var got, want []string
	asm := newAssembler("", &budget{bytes: 8 << 20}, time.Now, nil)
	asm.hand = func() { got, asm.out, asm.outBytes = append(got, texts(asm.out)...), nil, 0 }
	add := func(from, to int) {
		var data []byte
		for n := from; n < to; n++ {
			data = append(data, wire(1, at(n), 1, fmt.Sprint(n, "\n"))...)
		}
		frames := newFramer(newBody(data, false), false, func() {})
		for f, err := frames.next(); err == nil; f, err = frames.next() {
			asm.add(f)
		}
	}
	add(0, 500)
	asm.reopened()
	for range 3 {
		add(495, 1000)
	}
	add(1000, 1001)
	asm.hand()
	for n := range 1001 {
		want = append(want, fmt.Sprint(n))
	}
	if !slices.Equal(got, want) {
		for i := range got {
			if i >= len(want) || got[i] != want[i] {
				t.Fatalf("%d lines, want %d; line %d is %q", len(got), len(want), i, got[i])
			}
		}
		t.Fatalf("%d lines, want %d", len(got), len(want))
	}
}
