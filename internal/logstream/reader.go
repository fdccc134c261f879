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
	s     *Stream
	asm   *assembler
	leave context.CancelFunc

	// status is the stream's, under its lock, and so are the time of the newest line
	// that came, when one came last or was asked for, whether it is read once, and
	// whether it was given up.
	status status
	front  time.Time
	spoke  time.Time
	once   bool
	gaveUp bool

	// answered, where it is set, is called when lines come.
	answered func()

	mu sync.Mutex
	// target is as it is wanted now; changed says that it is another than before,
	// and turn ends what is under way then.
	target  Target
	turn    context.CancelFunc
	changed chan struct{}

	// begun is when the target was opened first.
	begun time.Time
	// lost is when the stream was cut, zero while it is not; cut is set where it
	// was not by the reader itself.
	lost    time.Time
	cut     bool
	backoff time.Duration
	// tried counts the attempts in a row that failed and brought nothing newer than
	// triedAt.
	tried   int
	triedAt time.Time
	// unanswered is set where the engine answered nothing at all: it has to answer
	// something before it is believed to be silent.
	unanswered bool
}

func newReader(s *Stream, target Target) *reader {
	r := &reader{s: s, target: target, changed: make(chan struct{}, 1), backoff: minBackoff}
	r.status = status{state: Connecting, since: time.Now()}
	if target.Away {
		r.status.state = Away
	}
	r.asm = newAssembler(target.Task, &s.budget, time.Now, r.hand)
	r.asm.words = s.limits.Words
	r.asm.tells = func(text string) bool { return s.tells(r, text) }
	return r
}

// want is told what is wanted of the target now.
func (r *reader) want(t Target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.target.Once == t.Once && r.target.Away == t.Away {
		return
	}
	r.target.Once, r.target.Away = t.Once, t.Away
	select {
	case r.changed <- struct{}{}:
	default:
	}
	if r.turn != nil {
		r.turn()
	}
}

// begin is what is wanted now, until that changes.
func (r *reader) begin(ctx context.Context) (context.Context, context.CancelFunc, Target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case <-r.changed:
	default:
	}
	ctx, r.turn = context.WithCancel(ctx)
	return ctx, r.turn, r.target
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
	})
	defer finish()
	for ctx.Err() == nil {
		if state, why := r.follow(ctx); state != Waiting {
			finish()
			r.s.setStatus(r, state, time.Time{}, why)
			return
		}
	}
}

// follow does what is wanted of the target until it is something else, the stream
// is to be opened again, which is Waiting, or everything was read.
func (r *reader) follow(ctx context.Context) (State, string) {
	turn, end, t := r.begin(ctx)
	defer end()
	if t.Away {
		r.s.setStatus(r, Away, time.Time{}, "")
		<-turn.Done()
		return Waiting, ""
	}
	err := r.open(turn, t)
	switch {
	case ctx.Err() != nil:
		return Waiting, ""
	case turn.Err() != nil:
		r.cut = false
		return Waiting, ""
	case gone(err):
		if t.Service != "" || r.s.Stats().Streams == 1 {
			r.notice("the " + t.what() + " no longer exists; its logs end here")
		}
		return Failed, safeLine(err.Error())
	case errors.Is(err, io.EOF) && t.Once:
		return Ended, ""
	}
	if t.Once && r.givesUp() {
		why := "the logs of the " + t.what() + " are given up: " + safeLine(reason(err))
		r.notice(why)
		return Failed, why
	}
	if r.wait(turn, err) {
		r.s.setStatus(r, Connecting, time.Time{}, safeLine(reason(err)))
	}
	return Waiting, ""
}

// errLeaderLost is why a stream is not whole that ended like one that is.
var errLeaderLost = errors.New(saysLeaderLost)

// givesUp counts an attempt that failed, and reports whether it was the last one: so
// many in a row brought nothing new.
func (r *reader) givesUp() bool {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	if r.front.After(r.triedAt) {
		r.triedAt, r.tried = r.front, 0
	}
	r.tried++
	r.gaveUp = r.s.limits.Attempts > 0 && r.tried >= r.s.limits.Attempts
	return r.gaveUp
}

// open opens the stream once and reads it to its end, whose error is returned;
// it is never nil.
func (r *reader) open(parent context.Context, t Target) error {
	// A context of its own: some openers' streams end by nothing else.
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	if r.unanswered {
		if err := r.ask(ctx, t); err != nil {
			return err
		}
		r.unanswered = false
	}
	if r.s.limits.Open == 0 {
		r.s.asks(r, t)
	}
	select {
	case r.s.opening <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	r.s.asks(r, t)
	opened := sync.OnceFunc(func() { <-r.s.opening })
	defer opened()
	body, err := r.s.opener.OpenLogs(ctx, r.query(t))
	if err != nil {
		return err
	}
	if body == nil {
		return errors.New("the engine answered without a stream")
	}
	switch {
	case !t.Once:
		opened()
	case r.s.limits.Lossless && r.s.limits.Open == 0: // It waits for others, which have to be opened.
		r.answered = opened
	}
	begun := time.Now()
	r.asm.opened, r.asm.lostLeader = begun, false
	if r.begun.IsZero() {
		r.begun = begun
	}
	if !r.lost.IsZero() {
		if r.cut && r.s.tells(r, ofCut) {
			r.notice("connection lost, resumed after " + roughly(begun.Sub(r.lost)))
		}
		r.lost, r.cut = time.Time{}, false
	}
	r.s.setStatus(r, Live, time.Time{}, "")
	if late, ok := body.(Late); ok && late.Answered() != nil {
		r.s.wg.Go(func() { r.prove(ctx, t, late, cancel) })
	}
	err = r.read(ctx, t, body)
	if why := context.Cause(ctx); why != nil && parent.Err() == nil {
		err, r.unanswered = why, errors.Is(why, errUnanswered)
		if r.unanswered && r.s.tells(r, ofCut) {
			r.notice(why.Error() + "; what is written now is shown when it does")
		}
	}
	if t.Once && r.asm.lostLeader && errors.Is(err, io.EOF) {
		err = errLeaderLost // It ends as a whole one does.
	}
	if time.Since(begun) >= steadyAfter {
		r.backoff = minBackoff
	}
	if !errors.Is(err, io.EOF) || !t.Once {
		r.lost, r.cut = time.Now(), true
	}
	return err
}

// query asks for the tail at first, and after a cut for what came since.
func (r *reader) query(t Target) Query {
	q := Query{
		Service: t.Service, Task: t.Task, TTY: t.TTY,
		Follow: !t.Once, Tail: r.s.limits.Tail, Since: t.Since,
	}
	if t.Whole {
		q.Tail = r.s.limits.Lines
	}
	from := r.asm.resume(r.lost)
	switch {
	case !from.IsZero():
		r.asm.reopened()
		from = from.Add(-seamMargin)
	case q.Tail == 0:
		from = r.begun // All that was written since is wanted, and nothing came yet.
	}
	if from.IsZero() {
		return q
	}
	if from.After(t.Since) {
		q.Since = from
	}
	q.Tail = r.s.limits.Lines // More would be dropped by the ring anyway.
	return q
}

// read reads the stream until its end.
func (r *reader) read(ctx context.Context, t Target, body io.ReadCloser) error {
	defer endWith(ctx, body)()
	frames := newFramer(body, t.TTY, r.hand)
	if !t.Once {
		frames.wait = func(d time.Duration) {
			select {
			case <-time.After(d):
			case <-ctx.Done():
			}
		}
	}
	for {
		f, err := frames.next()
		if err != nil {
			r.hand()
			return err
		}
		r.asm.add(f)
	}
}

// endWith closes a body when the context ends: a read that blocks ends by nothing
// else. What it returns closes it at once; it comes back when that is done.
func endWith(ctx context.Context, body io.Closer) (end func()) {
	closeOnce := sync.OnceFunc(func() { _ = body.Close() })
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { defer close(closed); closeOnce() })
	return func() {
		closeOnce()
		if !stop() {
			<-closed
		}
	}
}

// hand hands the collected lines on.
func (r *reader) hand() {
	if r.answered != nil && len(r.asm.out) > 0 {
		r.answered()
	}
	r.s.add(r, r.asm.out)
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
	r.s.setStatus(r, Waiting, time.Now().Add(d), safeLine(reason(err)))
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (t *Target) what() string {
	if t.Task != "" {
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
