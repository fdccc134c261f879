package logstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// all returns the lines of the ring, a short word for each: the kind unless it
// is stdout, and the text.
func all(s *Stream) []string {
	var out []string
	for _, l := range s.Window(0, 1<<20, nil) {
		if l.Kind != Stdout {
			l.Text = l.Kind.String() + ": " + l.Text
		}
		out = append(out, l.Text)
	}
	return out
}

func TestStream_OrdersReplicasByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The tail of a service comes one task after the other.
		o := &script{answers: []answer{{blocks: true, data: slices.Concat(
			wire(1, at(10), 1, "b\n"), wire(1, at(30), 1, "d\n"),
			wire(1, at(0), 2, "a\n"), wire(1, at(20), 2, "c\n"),
		)}}}
		s := Follow(t.Context(), o, []Target{{Service: testService, TTY: true}}, Limits{})
		defer s.Close()
		time.Sleep(time.Second)
		if got := all(s); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
			t.Errorf("%q", got)
		}
		want := Query{Service: testService, TTY: true, Follow: true, Tail: defaultTail}
		if q := o.queries(); len(q) != 1 || q[0] != want {
			t.Errorf("asked %+v", q)
		}
		if st := s.Stats(); st.State != Live || st.Lines != 4 || st.First != 1 || st.Next != 5 || st.Dropped != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// The nodes answer one after the other; the old lines still come out in order.
func TestStream_OrdersOldLinesOfSlowNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pr, pw := io.Pipe()
		o := openFunc(func(context.Context, Query) (io.ReadCloser, error) { return pr, nil })
		s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
		defer s.Close()
		_, _ = pw.Write(wire(1, at(10), 1, "b\n"))
		time.Sleep(holdFirst * 2 / 3)
		_, _ = pw.Write(wire(1, at(0), 2, "a\n"))
		time.Sleep(time.Second)
		if got := all(s); !slices.Equal(got, []string{"a", "b"}) {
			t.Errorf("%q", got)
		}
		// Later nothing waits that long.
		_, _ = pw.Write(wire(1, at(2000), 1, "c\n"))
		time.Sleep(holdLive + time.Millisecond)
		if got := all(s); len(got) != 3 {
			t.Errorf("%q", got)
		}
	})
}

// A node that answers long after the others, or a task of the past that ends
// before they have said all, does not leave its old lines below their new ones.
func TestStream_PutsLateOldLinesWhereTheyBelong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bodies := map[string]io.Reader{}
		slow, write := io.Pipe()
		bodies[testTask(1)] = bytes.NewReader(slices.Concat(wire(1, at(15), 1, "b\n"), wire(1, at(4000), 1, "e\n")))
		bodies[testTask(2)] = bytes.NewReader(slices.Concat(wire(1, at(1000), 2, "c\n")))
		bodies[testTask(3)] = slow
		o := openFunc(func(_ context.Context, q Query) (io.ReadCloser, error) { return io.NopCloser(bodies[q.Task]), nil })
		s := Follow(t.Context(), o, []Target{
			{Task: testTask(1), Once: true}, {Task: testTask(2), Once: true}, {Task: testTask(3)},
		}, Limits{})
		defer s.Close()
		time.Sleep(time.Second)
		if got := all(s); !slices.Equal(got, []string{"b", "c", "e"}) {
			t.Errorf("%q", got)
		}
		_, _ = write.Write(slices.Concat(wire(1, at(0), 3, "a\n"), wire(1, at(2000), 3, "d\n"), wire(1, at(5000), 3, "f\n")))
		time.Sleep(time.Second)
		if got := all(s); !slices.Equal(got, []string{"a", "b", "c", "d", "e", "f"}) {
			t.Errorf("%q", got)
		}
		if st := s.Stats(); st.Lines != 6 || st.Dropped != 0 || st.Next-st.First != 6 {
			t.Errorf("%+v", st)
		}
		// Who has read for a while keeps what is on the screen where it is.
		time.Sleep(settleFor)
		_, _ = write.Write(wire(1, at(500), 3, "late\n"))
		time.Sleep(time.Second)
		if got := all(s); !slices.Equal(got, []string{"a", "b", "c", "d", "e", "f", "late"}) {
			t.Errorf("%q", got)
		}
		_ = write.Close()
	})
}

type notFound struct{}

func (notFound) Error() string { return "service qic9 not found" }
func (notFound) NotFound()     {}

func TestStream_GoneIsNotTriedAgain(t *testing.T) {
	for name, err := range map[string]error{
		"sentinel": fmt.Errorf("open: %w", ErrGone),
		"method":   fmt.Errorf("open: %w", notFound{}),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &script{answers: []answer{{data: wire(1, at(0), 1, "x\n")}, {err: err}}}
				s := Follow(t.Context(), o, []Target{{Service: testService}}, Limits{})
				defer s.Close()
				time.Sleep(time.Hour)
				got := all(s)
				if len(o.queries()) != 2 || s.Stats().State != Failed || s.Stats().Reason != err.Error() {
					t.Errorf("asked %d times, %+v", len(o.queries()), s.Stats())
				}
				if !slices.Equal(got, []string{"x", "notice: the service no longer exists; its logs end here"}) {
					t.Errorf("%q", got)
				}
			})
		})
	}
}

// TestStream_AllIsThereAtTheEnd: whoever prints a log goes when it is told of the
// end, without waiting for what may come still.
func TestStream_AllIsThereAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openFunc(func(_ context.Context, q Query) (io.ReadCloser, error) {
			if q.Service == "gone" {
				return nil, fmt.Errorf("no such service: %w", ErrGone)
			}
			return io.NopCloser(bytes.NewReader(append(wire(1, at(0), 1, "x\n"), wire(1, at(1), 1, "no end")...))), nil
		})
		for service, want := range map[string]State{testService: Ended, "gone": Failed} {
			s := Follow(t.Context(), o, []Target{{Service: service, Once: true}}, Limits{})
			began, state := time.Now(), Connecting
			for seen := uint64(0); state != want; {
				var err error
				if seen, err = s.Next(t.Context(), seen); err != nil {
					t.Fatal(err)
				}
				state = s.Stats().State
			}
			got := all(s)
			if last := got[max(0, len(got)-1):]; !slices.Equal(last, []string{"no end"}) && want == Ended || len(last) == 0 {
				t.Errorf("%s: at its end there is %q", service, got)
			}
			if took := time.Since(began); want == Ended && took > 0 {
				t.Errorf("%s: it took %s", service, took)
			}
			s.Close()
		}
	})
}

func TestStream_OnceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &script{answers: []answer{{data: append(wire(1, at(0), 1, "x\n"), wire(1, at(1), 1, "no end")...)}}}
		s := Follow(t.Context(), o, []Target{{Task: testTask(1), Once: true}}, Limits{})
		defer s.Close()
		time.Sleep(time.Hour)
		if got := all(s); !slices.Equal(got, []string{"x", "no end"}) || s.Stats().State != Ended {
			t.Errorf("%q %+v", got, s.Stats())
		}
		if q := o.queries(); len(q) != 1 || q[0].Follow {
			t.Errorf("asked %+v", q)
		}
	})
}

func TestStream_FollowMerges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openFunc(func(_ context.Context, q Query) (io.ReadCloser, error) {
			switch q.Task {
			case testTask(1):
				return newBody(slices.Concat(wire(1, at(0), 1, "a\n"), wire(1, at(20), 1, "c\n")), true), nil
			case testTask(2):
				return newBody(slices.Concat(wire(1, at(10), 2, "b\n"), wire(1, at(30), 2, "d\n")), true), nil
			}
			return nil, errors.New("node is not available")
		})
		s := Follow(t.Context(), o, []Target{{Task: testTask(1)}, {Task: testTask(2)}, {Task: testTask(3)}}, Limits{})
		defer s.Close()
		time.Sleep(time.Second)
		if got := all(s); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
			t.Errorf("%q", got)
		}
		if st := s.Stats(); st.State != Waiting || st.Reason != "node is not available" {
			t.Errorf("one of three waits, but %+v", st)
		}
	})
}

func TestStream_NextWaitsForWhatIsNewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Follow(t.Context(), &script{}, []Target{{Service: testService}}, Limits{})
		time.Sleep(time.Second)
		seen, err := s.Next(t.Context(), 0)
		if err != nil || seen == 0 {
			t.Fatal(seen, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := s.Next(ctx, seen); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing is newer, but %v", err)
		}
		// Several waiters, and many changes in one answer.
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				v, err := s.Next(t.Context(), seen)
				if err != nil || v <= seen {
					t.Error(v, err)
				}
			})
		}
		synctest.Wait()
		for range 1000 {
			s.Notice("hello\x1b[2J")
		}
		wg.Wait()
		if v, _ := s.Next(t.Context(), seen); v > seen+2 {
			t.Errorf("%d changes told for one batch", v-seen)
		}
		if got := all(s); len(got) != 1000 || got[999] != "notice: hello" {
			t.Error(len(got))
		}
		blocked := make(chan error)
		go func() {
			_, err := s.Next(t.Context(), 1<<60)
			blocked <- err
		}()
		synctest.Wait()
		s.Close()
		if err := <-blocked; !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
}

func TestStream_WindowAndFind(t *testing.T) {
	s := filled(t, 1000)
	for range 100 {
		s.ring.push(Line{Text: "new"})
	}
	win := s.Window(1, 3, nil)
	if len(win) != 3 || win[0].Seq != 101 || win[2].Text != "line 103 of a service that says much" {
		t.Errorf("%v", win)
	}
	if win = s.Window(1099, 10, win[:0]); len(win) != 2 || win[1].Seq != 1100 {
		t.Errorf("%v", win)
	}
	if win = s.Window(5000, 10, nil); len(win) != 0 {
		t.Errorf("%v", win)
	}
	for _, tc := range []struct {
		re   string
		from uint64
		dir  Direction
		want uint64
		ok   bool
	}{
		{"^line 500 ", 1, Newer, 500, true},
		{"^line 500 ", 500, Newer, 500, true},
		{"^line 500 ", 501, Newer, 0, false},
		{"^line 500 ", 1100, Older, 500, true},
		{"^line 500 ", 1 << 60, Older, 500, true},
		{"^line 500 ", 499, Older, 0, false},
		{"^line 50 ", 1, Newer, 0, false},
		{"^new$", 1100, Older, 1100, true},
		{"^line 101 ", 50, Newer, 101, true},
		{"x", 50, Older, 0, false},
	} {
		got, ok, err := s.Find(t.Context(), mustCompile(tc.re), tc.from, tc.dir)
		if got != tc.want || ok != tc.ok || err != nil {
			t.Errorf("%+v: %d %v %v", tc, got, ok, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := s.Find(ctx, mustCompile("x"), 1, Newer); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The readers of a stream must not disturb it, nor it them.
func TestStream_ReadersAndWriter(t *testing.T) {
	data, _ := benchStream(func(i int) string { return fmt.Sprint("line ", i) })
	o := openFunc(func(context.Context, Query) (io.ReadCloser, error) {
		return io.NopCloser(&repeated{data: data, n: 20}), nil
	})
	s := Follow(t.Context(), o, []Target{{Service: testService, Once: true}}, Limits{Lines: 2000, Bytes: 150_000})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			var seen uint64
			var win []Line
			for s.Stats().State != Ended {
				ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
				seen, _ = s.Next(ctx, seen)
				cancel()
				st := s.Stats()
				if st.Lines > 2000 || st.Bytes > 150_000 {
					t.Errorf("%+v", st)
				}
				win = s.Window(st.First, 50, win[:0])
				for i := range win {
					if i > 0 && win[i].Seq != win[i-1].Seq+1 {
						t.Errorf("lines %d and %d", win[i-1].Seq, win[i].Seq)
					}
				}
				_, _, _ = s.Find(t.Context(), mustCompile("line 7"), st.Next, Older)
			}
		})
	}
	wg.Wait()
	s.Close()
	if st := s.Stats(); st.Dropped == 0 || st.Dropped+uint64(st.Lines) >= st.Next {
		t.Errorf("%+v", st)
	}
}

// TestStream_OpensNoMoreThanItMay: over ssh each stream is a process.
func TestStream_OpensNoMoreThanItMay(t *testing.T) {
	for may, want := range map[int]int64{4: 4, 0: maxOpening} {
		synctest.Test(t, func(t *testing.T) {
			var open atomic.Int64
			o := openFunc(func(context.Context, Query) (io.ReadCloser, error) {
				open.Add(1)
				return newBody(nil, true), nil
			})
			var targets []Target
			for n := range 20 {
				targets = append(targets, Target{Task: testTask(n), Once: true})
			}
			s := Follow(t.Context(), o, targets, Limits{Open: may})
			defer s.Close()
			synctest.Wait()
			if got := open.Load(); got != want {
				t.Errorf("%d are open, want %d", got, want)
			}
		})
	}
}

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		500 * time.Millisecond: "500ms", 3400 * time.Millisecond: "3s", 62 * time.Second: "1m02s", 3*time.Hour + 4*time.Minute: "3h04m",
	} {
		if got := roughly(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
}

// TestStream_Retarget: a task that ends is read to its end without a double, one
// on a node that is down is not asked, one that is gone is let go.
func TestStream_Retarget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := func(n int, text string) []byte { return wire(1, at(n), 1, text+"\n") }
		var mu sync.Mutex
		var asked []Query
		o := openFunc(func(ctx context.Context, q Query) (io.ReadCloser, error) {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, q)
			body, w := io.Pipe()
			context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
			go func() {
				if q.Task == "a" {
					_, _ = w.Write(slices.Concat(line(1, "one"), line(2, "two")))
				}
				if !q.Follow {
					_, _ = w.Write(line(3, "last"))
					_ = w.Close()
				}
			}()
			return body, nil
		})
		sofar := func() []Query {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(asked)
		}
		s := Follow(t.Context(), o, []Target{{Task: "a"}, {Task: "b"}, {Task: "down", Away: true}}, Limits{})
		defer s.Close()
		time.Sleep(time.Second)
		if st, asked := s.Stats(), sofar(); len(asked) != 2 || st.State != Live || st.Streams != 3 {
			t.Fatalf("%+v, asked %+v", st, asked)
		}
		s.Retarget([]Target{{Task: "a", Once: true}, {Task: "down", Away: true}})
		time.Sleep(2 * leaveAfter)
		if got := all(s); !slices.Equal(got, []string{"one", "two", "last"}) {
			t.Errorf("%q", got)
		}
		asks := sofar()
		if q := asks[len(asks)-1]; q.Task != "a" || q.Follow || !q.Since.Equal(at(2).Add(-seamMargin)) {
			t.Errorf("asked %+v", q)
		}
		if st := s.Stats(); st.State != Away || st.Streams != 2 {
			t.Errorf("%+v", st)
		}
		s.Retarget([]Target{{Task: "a", Once: true}, {Task: "down"}})
		time.Sleep(time.Second)
		asks = sofar()
		if q := asks[len(asks)-1]; len(asks) != 4 || q.Task != "down" || !q.Follow || s.Stats().State != Live {
			t.Errorf("asked %+v, %+v", asks, s.Stats())
		}
	})
}
