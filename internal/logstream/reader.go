package logstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"
)

// reader follows one target and opens its stream again when it is cut.
type reader struct {
	s      *Stream
	index  int
	target Target
	asm    *assembler

	// lost is when the stream was cut, zero while it is not.
	lost    time.Time
	backoff time.Duration
}

func newReader(s *Stream, index int, target Target) *reader {
	r := &reader{s: s, index: index, target: target, backoff: minBackoff}
	r.asm = newAssembler(target.Task, &s.budget, time.Now, r.hand)
	return r
}

// run follows the target until ctx ends, everything was read, or the target
// is gone.
func (r *reader) run(ctx context.Context) {
	// What is still unfinished at the end is all that will ever come. It is there
	// before the state says that it is the end.
	finish := sync.OnceFunc(func() {
		r.asm.flush()
		r.hand()
		r.asm.forgetAll()
		r.s.release()
	})
	defer finish()
	for {
		err := r.follow(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case gone(err):
			r.notice("the " + r.what() + " no longer exists; its logs end here")
			finish()
			r.s.setStatus(r.index, Failed, time.Time{}, safeLine(err.Error()))
			return
		case errors.Is(err, io.EOF) && r.target.Once:
			finish()
			r.s.setStatus(r.index, Ended, time.Time{}, "")
			return
		}
		if !r.wait(ctx, err) {
			return
		}
		r.s.setStatus(r.index, Connecting, time.Time{}, safeLine(reason(err)))
	}
}

// follow opens the stream once and reads it to its end, whose error is
// returned; it is never nil.
func (r *reader) follow(ctx context.Context) error {
	// A context of its own: some openers' streams end by nothing else.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	body, err := r.s.opener.OpenLogs(ctx, r.query())
	if err != nil {
		return err
	}
	if body == nil {
		return errors.New("the engine answered without a stream")
	}
	begun := time.Now()
	r.asm.opened = begun
	if !r.lost.IsZero() {
		r.notice("connection lost, resumed after " + roughly(begun.Sub(r.lost)))
		r.lost = time.Time{}
	}
	r.s.setStatus(r.index, Live, time.Time{}, "")
	err = r.read(ctx, body)
	if time.Since(begun) >= steadyAfter {
		r.backoff = minBackoff
	}
	if ctx.Err() == nil && !(errors.Is(err, io.EOF) && r.target.Once) {
		r.lost = time.Now()
	}
	return err
}

// query asks for the tail at first, and after a cut for what came since.
func (r *reader) query() Query {
	q := Query{
		Service: r.target.Service, Task: r.target.Task, TTY: r.target.TTY,
		Follow: !r.target.Once, Tail: r.s.limits.Tail, Since: r.target.Since,
	}
	if from := r.asm.resume(r.lost); !from.IsZero() {
		r.asm.reopened()
		q.Since = from.Add(-seamMargin)
		q.Tail = r.s.limits.Lines // More would be dropped by the ring anyway.
	}
	return q
}

// read reads the stream until its end.
func (r *reader) read(ctx context.Context, body io.ReadCloser) error {
	closeOnce := sync.OnceFunc(func() { _ = body.Close() })
	defer closeOnce()
	// A read that blocks ends by closing what it reads from.
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(closed); closeOnce() })
	defer func() {
		if !stop() {
			<-closed
		}
	}()

	frames := newFramer(body, r.target.TTY, r.hand)
	for {
		f, err := frames.next()
		if err != nil {
			r.hand()
			return err
		}
		r.asm.add(f)
	}
}

// hand hands the collected lines on.
func (r *reader) hand() {
	r.s.add(r.asm.out)
	clear(r.asm.out)
	r.asm.out, r.asm.outBytes = r.asm.out[:0], 0
}

func (r *reader) notice(text string) {
	r.asm.put(Line{Time: time.Now(), Kind: Notice, Text: text})
	r.hand()
}

// wait waits before the stream is opened again, longer every time. It returns
// false when the stream is to end.
func (r *reader) wait(ctx context.Context, err error) bool {
	d := spread(r.backoff)
	r.backoff = min(2*r.backoff, maxBackoff)
	r.s.setStatus(r.index, Waiting, time.Now().Add(d), safeLine(reason(err)))
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *reader) what() string {
	if r.target.Task != "" {
		return "task"
	}
	return "service"
}

// reason says why a stream ended in words.
func reason(err error) string {
	switch {
	case errors.Is(err, io.EOF):
		return "the engine ended the stream"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was cut"
	}
	return err.Error()
}

// spread moves a backoff by up to a quarter, so that many consoles that lost
// the same engine do not come back at the same moment. It stays within the
// bounds.
func spread(d time.Duration) time.Duration {
	d += time.Duration((rand.Float64() - 0.5) / 2 * float64(d))
	return min(max(d, minBackoff), maxBackoff)
}

// roughly writes a duration as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
}
