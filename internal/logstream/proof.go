package logstream

import (
	"context"
	"errors"
	"io"
	"time"
)

const (
	// proofFirst is after what time without an answer a stream that is followed is
	// asked for once without following, which has an answer of its own: a task that
	// is silent and an engine that hangs look the same.
	proofFirst = 15 * time.Second

	// proofEvery is how often that is done then, with up to proofStreams streams;
	// with more of them less often.
	proofEvery   = time.Minute
	proofStreams = 16

	// proofPatience is how long the answer may take. Every node is asked.
	proofPatience = 20 * time.Second
)

// errUnanswered is why a stream is given up of which nothing came, not even the
// answer that there is nothing.
var errUnanswered = errors.New("the engine does not answer")

// prove asks about a stream without an answer for as long as it has none, and gives
// it up with the cause if there is none to that either. It ends with the context.
func (r *reader) prove(ctx context.Context, t Target, late Late, giveUp context.CancelCauseFunc) {
	for pause := proofFirst; ; pause = proofEvery * time.Duration(1+r.s.Stats().Streams/proofStreams) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-late.Answered():
			timer.Stop()
			return
		case <-ctx.Done():
			timer.Stop()
			return
		}
		if err := r.ask(ctx, t); err != nil && ctx.Err() == nil {
			select {
			case <-late.Answered(): // It was only slow.
			default:
				giveUp(err)
			}
			return
		}
	}
}

// ask reads the last line of a target, without following: what it says is of no
// interest, only whether there is an answer.
func (r *reader) ask(ctx context.Context, t Target) error {
	ctx, cancel := context.WithTimeoutCause(ctx, proofPatience, errUnanswered)
	defer cancel()
	select {
	case r.s.opening <- struct{}{}:
		defer func() { <-r.s.opening }()
	case <-ctx.Done():
		return nil // Others are being asked, which says nothing of this one.
	}
	body, err := r.s.opener.OpenLogs(ctx, Query{Service: t.Service, Task: t.Task, TTY: t.TTY, Tail: 1})
	if err == nil {
		end := endWith(ctx, body)
		_, err = io.CopyN(io.Discard, body, 1)
		end()
	}
	switch {
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), errUnanswered):
		return errUnanswered
	case errors.Is(err, io.EOF):
		return nil
	}
	return err
}
