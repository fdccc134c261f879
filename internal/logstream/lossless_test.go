package logstream

import (
	"context"
	"fmt"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// taken reads a lossless stream to its end.
func taken(t *testing.T, s *Stream) (out []string) {
	t.Helper()
	var at uint64 = 1
	for seen := uint64(0); ; {
		version, err := s.Next(t.Context(), seen)
		if err != nil {
			t.Fatal(err)
		}
		st := s.Stats()
		lines := s.Window(at, 1<<20, nil)
		for _, l := range lines {
			out, at = append(out, l.Text), l.Seq+1
		}
		s.Taken(at)
		if st.Dropped > 0 {
			t.Fatalf("%+v", st)
		}
		if seen = version; st.State >= Failed {
			return out
		}
	}
}

// However late a node answers, the lines come in order of time, and all of them also
// where there is no room for so many to wait.
func TestLossless_IsInOrderOfTime(t *testing.T) {
	for name, limits := range map[string]Limits{"roomy": {}, "narrow": {Lines: 300, Bytes: 200_000}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const tasks, lines = 20, 500
				o := openFunc(func(ctx context.Context, q Query) (io.ReadCloser, error) {
					pr, pw := io.Pipe()
					var n int
					_, _ = fmt.Sscanf(q.Task[len(q.Task)-2:], "%d", &n)
					go func() {
						time.Sleep(time.Duration(n) * 100 * time.Millisecond)
						for i := range lines {
							if _, err := pw.Write(wire(1, at(i*tasks+n), n, fmt.Sprintf("%05d\n", i*tasks+n))); err != nil {
								return
							}
						}
						_ = pw.Close()
					}()
					return pr, nil
				})
				var targets []Target
				for n := range tasks {
					targets = append(targets, Target{Task: testTask(n), Once: true})
				}
				limits.Lossless = true
				s := Follow(t.Context(), o, targets, limits)
				defer s.Close()
				got := taken(t, s)
				if len(got) != tasks*lines || name == "roomy" && !slices.IsSorted(got) {
					t.Errorf("%d lines, in order: %v", len(got), slices.IsSorted(got))
				}
			})
		})
	}
}

// A node that hangs keeps the others waiting for a while, not for ever; of one that is
// followed and silent nobody waits for more than a second.
func TestLossless_DoesNotWaitForEver(t *testing.T) {
	for _, once := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			o := openFunc(func(_ context.Context, q Query) (io.ReadCloser, error) {
				if q.Task == testTask(1) {
					return newBody(nil, true), nil
				}
				return newBody(wire(1, at(10), 2, "b\n"), true), nil
			})
			begun := time.Now()
			s := Follow(t.Context(), o, []Target{{Task: testTask(1), Once: once}, {Task: testTask(2), Once: once}}, Limits{Lossless: true})
			defer s.Close()
			for seen := uint64(0); s.Stats().Lines == 0; {
				var err error
				if seen, err = s.Next(t.Context(), seen); err != nil {
					t.Fatal(err)
				}
			}
			most := firstSilence
			if once {
				most = onceSilence
			}
			if d := time.Since(begun); d > most+2*holdFirst {
				t.Errorf("once %v: after %s", once, d)
			}
		})
	}
}
