package actions

import (
	"context"
	"errors"
	"fmt"
	"time"

	"skep/model"
)

// Times of a write whose end is not seen.
const (
	// writeGrace is what a request gets that is on its way when the program is
	// left, and lookGrace what looking it up gets then.
	writeGrace, lookGrace = 5 * time.Second, 2 * time.Second
	// looks is how often a write that is not there is looked for before it counts
	// as not made.
	looks = 4
	// goneWithin is how long the engine gets until an object is gone that is
	// removed along with what uses it: tasks stop first, and have their time.
	goneWithin = time.Minute
)

// lookTime is how long a write is looked up, and lookPause the time between two
// looks: what an engine has in hand it does within a moment.
var lookTime, lookPause = 6 * time.Second, 500 * time.Millisecond

// Grace is how long [RunAll] may go on after the end of its context, with all
// that it writes down.
const Grace = writeGrace + lookGrace

var errLeft = errors.New("skep was left before the answer came")

// outlive is a context that goes on for a while after another has ended.
func outlive(ctx context.Context, grace time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	var timer *time.Timer
	stop := context.AfterFunc(ctx, func() {
		timer = time.AfterFunc(grace, func() { cancel(errLeft) })
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() {
		stop()
		cancel(nil)
	}
}

// settle decides what became of a write that gave an error. A refusal of the
// engine is final. Where the answer was lost on the way, or came from something
// between, the write may have been made all the same: it is looked for.
func (s Step) settle(ctx context.Context, eng Engine, t Trace, warnings []string, err error) ([]string, error) {
	var open *model.OpenError
	if errors.Is(err, model.ErrNotSent) || !errors.As(err, &open) {
		return warnings, err
	}
	found, failed := t.settled(ctx, eng)
	switch {
	case failed != nil:
		return warnings, fmt.Errorf("%w: %w; it could not be looked up: %w", ErrUnsure, err, failed)
	case found.Verdict == Done:
		return append(warnings, fmt.Sprintf("the engine's answer was lost, but the change was made (%v)", err)), nil
	case found.Verdict == NotDone && open.Answered:
		return warnings, err
	case found.Verdict == NotDone:
		return warnings, fmt.Errorf("%w: it is not there so far: %w", ErrUnsure, err)
	}
	return warnings, fmt.Errorf("%w: %s: %w", ErrUnsure, found.Why, err)
}

// settled looks a write up until it is there, or has not come for a while. The
// error is that of the last look, where none told anything.
func (t Trace) settled(ctx context.Context, eng Engine) (Finding, error) {
	ctx, end := outlive(ctx, lookGrace)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var last Finding
	var failed error
	for n := 0; n < looks || last.Verdict == ""; n++ {
		found, err := t.LookUp(ctx, eng)
		if err == nil {
			last, failed = found, nil
		} else if last.Verdict == "" {
			failed = err
		}
		if last.Verdict == Done || last.Verdict == Unknown {
			break
		}
		select {
		case <-ctx.Done():
			return last, failed
		case <-time.After(lookPause):
		}
	}
	return last, failed
}

// shows reports whether a look finds the step carried out.
func (t Trace) shows(ctx context.Context, eng Engine) bool {
	ctx, end := outlive(ctx, lookGrace)
	defer end()
	found, err := t.LookUp(ctx, eng)
	return err == nil && found.Verdict == Done
}
