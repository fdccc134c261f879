package main

import (
	"context"
	"io"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"skep/actions"
)

// TestUntil_ASignalEndsAQuestion that nobody answers, and so does it end a file that is
// being typed.
func TestUntil_ASignalEndsAQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		typed, far := io.Pipe()
		defer far.Close()
		ctx, end := context.WithCancelCause(t.Context())
		go func() {
			_, _ = far.Write([]byte("N\n"))
			synctest.Wait() // The second question waits for its answer.
			end(signalError{syscall.SIGINT})
		}()
		in := until{ctx, typed}
		var out strings.Builder
		c := actions.Confirm{Gate: actions.GateKey}
		if yes, err := confirmed(in, &out, c); yes || err != nil {
			t.Errorf("the first answer: %v, %v", yes, err)
		}
		yes, err := confirmed(in, &out, c)
		if code := tell(&out, failed(err)); yes || code != 130 || !strings.HasSuffix(out.String(), ": \n") {
			t.Errorf("%v, exit code %d: %q", yes, code, out.String())
		}
		if b, err := io.ReadAll(in); len(b) > 0 || tell(&out, failed(err)) != 130 {
			t.Errorf("a file that is typed: %q, %v", b, err)
		}
	})
}
