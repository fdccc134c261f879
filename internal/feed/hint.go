package feed

import (
	"context"
	"time"

	"skep/model"
)

// stream is a stream of events, open or on its way to be. The zero value is
// none.
type stream struct {
	events <-chan model.Event
	errs   <-chan error
	cancel context.CancelFunc
	asked  time.Time
	open   bool
}

// opened is a stream that was asked for, with what tells it from an earlier one
// that nobody waits for any more.
type opened struct {
	stream
	attempt int
}

// subscribe asks for the stream of events if it is time to, and says when it
// will be; zero for not at all.
func (l *loop) subscribe(now time.Time) time.Time {
	if !l.conn.up || !l.stream.asked.IsZero() {
		return time.Time{}
	}
	if l.conn.eventsAt.After(now) {
		return l.conn.eventsAt
	}
	ctx, cancel := context.WithCancel(l.ctx)
	l.stream = stream{cancel: cancel, asked: now}
	l.attempt++
	attempt := l.attempt
	l.opening++
	go func() {
		o := opened{attempt: attempt}
		o.events, o.errs = l.feed.src.Events(ctx)
		l.opened <- o
	}()
	return time.Time{}
}

// listen takes in a stream that was asked for. One that took so long that the
// lists did not wait for it may have missed what they hold.
func (l *loop) listen(o opened, now time.Time) {
	l.opening--
	if o.attempt != l.attempt || l.stream.asked.IsZero() {
		return // its context has ended already
	}
	l.stream.events, l.stream.errs, l.stream.open = o.events, o.errs, true
	l.conn.streamOpened(now)
	if now.Sub(l.stream.asked) > eventsPatience {
		l.hintAll(now)
	}
}

// patience is until when the lists wait for the stream of events, so that no
// change falls between the two; zero if they need not.
func (l *loop) patience(now time.Time) time.Time {
	if l.stream.asked.IsZero() || l.stream.open {
		return time.Time{}
	}
	if until := l.stream.asked.Add(eventsPatience); until.After(now) {
		return until
	}
	return time.Time{}
}

// handleEvent takes in one event.
func (l *loop) handleEvent(e model.Event, ok bool, now time.Time) {
	if !ok {
		var err error
		select {
		case err = <-l.stream.errs:
		default:
		}
		l.handleStreamEnd(err, now)
		return
	}
	l.builder.Announce(e, now)
	ref := model.Ref{Kind: model.Kind(e.Kind), ID: e.ID}
	switch {
	case ref.Service() != "":
		if w := l.services[ref.Service()]; w != nil {
			w.move(now)
		}
		l.agenda.hint(listServices, now.Add(debounce))
		l.pollFast(now)
	case ref.Node() != "":
		// Nodes are updated for reasons that concern nobody, such as the
		// bookkeeping of networks. Whether this one came or went, and with it
		// its tasks, shows in the list.
		l.agenda.hint(listNodes, now.Add(debounce))
		l.agenda.hint(listServices, now.Add(debounce))
	default:
		l.agenda.objects.hint(ref.Kind, now.Add(debounce))
	}
}

// handleStreamEnd takes in that there is no stream of events, any more or at all. The
// lists tell what was missed meanwhile, and whether the whole connection is
// gone; how things stand without events, they tell anyway. That another swarm
// answers they may not tell for a while, on connections that were made before.
func (l *loop) handleStreamEnd(err error, now time.Time) {
	if model.AsOtherSwarm(err) != nil {
		l.fail(answer{err: err}, now)
		return
	}
	l.closeStream()
	if l.conn.streamEnded(now) {
		l.resync(now)
	}
}

func (l *loop) closeStream() {
	if l.stream.cancel != nil {
		l.stream.cancel()
	}
	l.stream = stream{}
}

// hintAll makes the lists, and what is on the screen, be read again.
func (l *loop) hintAll(now time.Time) {
	l.agenda.staleBefore = now
	l.agenda.hint(listServices, now)
	l.agenda.hint(listNodes, now)
}
