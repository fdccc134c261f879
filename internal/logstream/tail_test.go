package logstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTail(t *testing.T) {
	line := func(n int) []byte { return wire(2, at(n), 1, fmt.Sprintf("line %d\n", n)) }
	for _, tt := range []struct {
		name  string
		given answer
		want  []string
		err   string
	}{
		{"the newest", answer{data: slices.Concat(line(1), line(2), line(3))}, []string{"line 2", "line 3"}, ""},
		{"escape sequences", answer{data: wire(1, at(1), 1, "a\x1b[31mb\n")}, []string{"ab"}, ""},
		{"none", answer{}, nil, ""},
		{"an unfinished one", answer{data: wire(1, at(1), 1, "panic: no")}, []string{"panic: no"}, ""},
		{"no stream", answer{err: errors.New("the driver cannot read")}, nil, "the driver cannot read"},
		{"a task that is gone", answer{err: fmt.Errorf("%w: no such task", ErrGone)}, nil, "no longer exists"},
		{"what the engine warns of", answer{data: multiplexed(3, "error from daemon: incomplete log stream")}, nil, "incomplete log stream"},
		{"no end", answer{data: line(1), blocks: true}, []string{"line 1"}, "patience"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, errors.New("patience"))
			defer cancel()
			lines, err := Tail(ctx, &script{answers: []answer{tt.given}}, Target{Task: testTask(1)}, 2)
			var got []string
			for _, l := range lines {
				got = append(got, l.Text)
			}
			if !slices.Equal(got, tt.want) || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%s: %q, %v", tt.name, got, err)
			}
		})
	}
}
