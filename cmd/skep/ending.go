package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// endPatience is how long the console may take to leave the terminal after it
// was told to end, and again to bring to an end what it does: a write has
// [actions.Grace] from the first moment on, and then comes into the journal.
var endPatience = 6 * time.Second

// quitPatience is how long the console may take to leave as when it is quit,
// before it is killed.
const quitPatience = 2 * time.Second

// signalError says that a signal ended the program.
type signalError struct{ signal syscall.Signal }

func (e signalError) Error() string { return "ended by a signal: " + e.signal.String() }

// code is the exit code, as shells count it.
func (e signalError) code() int { return 128 + int(e.signal) }

// errLeft says that skep was left in the middle of a change, whose outcome was
// told.
var errLeft = errors.New("left in the middle of a change")

// untilSignal is a context that a signal ends, which is then its cause. One that is
// ignored, as nohup has it for that of a lost terminal, stays so: to ask for it would
// end that.
func untilSignal(parent context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(parent)
	came := make(chan os.Signal, 1)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(came, s)
		}
	}
	go func() {
		select {
		case s := <-came:
			sent, _ := s.(syscall.Signal)
			cancel(signalError{sent})
		case <-parent.Done():
			signal.Stop(came)
		}
	}()
	return ctx
}

// until reads until its context ends: a read of standard input waits for a key, whatever
// signal comes. The error is the cause then, and what is typed later is lost.
type until struct {
	ctx context.Context
	in  io.Reader
}

func (u until) Read(p []byte) (int, error) {
	type read struct {
		b   []byte
		err error
	}
	came := make(chan read, 1)
	go func() {
		b := make([]byte, len(p)) // p is the caller's again once this was given up.
		n, err := u.in.Read(b)
		came <- read{b[:n], err}
	}()
	select {
	case r := <-came:
		return copy(p, r.b), r.err
	case <-u.ctx.Done():
		return 0, context.Cause(u.ctx)
	}
}
