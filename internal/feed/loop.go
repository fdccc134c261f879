package feed

import (
	"context"
	"errors"
	"slices"
	"time"

	"skep/model"
	"skep/model/triage"
)

// loop is what the goroutine of Run owns. Nothing of it is shared, except with
// the requests on their way, which write only to answers.
type loop struct {
	feed    *Feed
	ctx     context.Context
	builder *model.Builder
	answers chan answer    // room for what can be on its way
	flights [lanes]*flight // nil where nothing is on its way
	late    *flight        // what the screen waits for; nil for nothing

	interest model.Interest
	paused   bool
	session  model.Session
	// completed is set when the engine has told what only it knows; until then
	// it is asked, but not before completeAt. So it is when connections were
	// made since, of which there had been completedOver.
	completed     bool
	completeAt    time.Time
	completedOver uint64
	// read is set once services and nodes were read.
	read   bool
	conn   connection
	stream stream
	// opened brings the streams that were asked for: opening so many, the
	// newest numbered attempt.
	opened           chan opened
	opening, attempt int
	agenda           agenda
	publisher        publisher

	services map[model.ServiceID]*watch
	nodes    map[model.NodeID]*nodeWatch
	// When these were last listed since the connection was made, and what all
	// tasks looked like.
	servicesAt, nodesAt, allAt time.Time
	allTasks                   print
	// fastUntil is how long something visible converges.
	fastUntil time.Time
	forgotAt  time.Time
	// tooLarge is the key of the list of tasks that was too large to be read last.
	tooLarge string
	// allSightAt is when all tasks were last on the screen.
	allSightAt time.Time
	// addresslessAt is when a task was last seen to wait for an address.
	addresslessAt time.Time
}

func newLoop(f *Feed) *loop {
	l := &loop{
		feed: f, builder: model.NewBuilder(triage.Find), answers: make(chan answer, lanes), opened: make(chan opened), agenda: newAgenda(),
		services: map[model.ServiceID]*watch{}, nodes: map[model.NodeID]*nodeWatch{},
	}
	l.builder.Acknowledge(f.opts.Acknowledged...)
	return l
}

// run goes round until the context ends. Each turn starts a request if one is
// due, publishes a snapshot if there is news, and waits for whatever comes next.
func (l *loop) run(ctx context.Context) {
	l.ctx = ctx
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		next := l.turn(time.Now())
		if next.IsZero() {
			timer.Stop()
		} else {
			timer.Reset(time.Until(next))
		}
		select {
		case <-ctx.Done():
		case <-l.feed.wake:
		case <-timer.C:
		case a := <-l.answers:
			if l.land(a) {
				l.finish(a, time.Now())
			}
		case o := <-l.opened:
			l.listen(o, time.Now())
		case e, ok := <-l.stream.events:
			l.handleEvent(e, ok, time.Now())
		case err := <-l.stream.errs:
			l.handleStreamEnd(err, time.Now())
		}
	}
	l.closeStream()
	for ; l.opening > 0; l.opening-- {
		<-l.opened
	}
	for _, f := range l.flights {
		if f != nil {
			<-l.answers
		}
	}
}

// turn does what is due, and says when something else will be; zero for never.
func (l *loop) turn(now time.Time) time.Time {
	l.handleAsks(l.feed.take(), now)
	late := l.watchFlights(now)
	l.forget(now)
	// The snapshot first: what to ask for next follows from it.
	next := soonest(late, l.publish(now))
	if l.paused {
		return next
	}
	next = soonest(next, l.subscribe(now))
	if until := l.patience(now); !until.IsZero() {
		return soonest(next, until)
	}
	for {
		c, at := l.next(now)
		if at.IsZero() || at.After(now) {
			next = soonest(next, at)
			break
		}
		l.depart(c)
		l.send(c, now)
	}
	return soonest(next, l.watchFlights(now))
}

// handleAsks takes in what was asked for.
func (l *loop) handleAsks(a asks, now time.Time) {
	if a.looked {
		if l.interest.AllTasks() {
			l.allSightAt = now
		}
		l.interest = a.interest
	}
	if len(a.acknowledged) > 0 {
		l.builder.Acknowledge(a.acknowledged...)
		l.publisher.fresh()
	}
	if a.refresh {
		l.pollFast(now)
		l.hintAll(now)
		l.conn.hurry(now)
	}
	if l.paused && !a.paused {
		l.hintAll(now)
	}
	l.paused = a.paused
}

// finish takes in an answer.
func (l *loop) finish(a answer, now time.Time) {
	was := *l.agenda.pastOf(a.call)
	first, another := a.kind.screen() && was.end.IsZero(), a.kind.screen() && was.key != a.key()
	l.agenda.charge(a, l.fast(now))
	if a.err != nil {
		l.fail(a, now)
		return
	}
	// What somebody has just turned to is news even if it was known before: the
	// time at which it was read is.
	changed := another
	switch a.kind {
	case connect:
		l.connected(a.session, now)
		return
	case complete:
		l.session, l.completed, l.completeAt = a.session, true, now.Add(dutyCap)
		l.completedOver = l.feed.src.Connections()
		l.builder.SetSession(a.session)
		l.publisher.fresh()
		return
	case listServices:
		changed = l.noteServices(a.services, now)
		l.builder.SetServices(a.services, a.ended)
		l.servicesAt = now
	case listNodes:
		changed = l.noteNodes(a.nodes, now)
		l.builder.SetNodes(a.nodes, a.ended)
		l.nodesAt = now
	case listObjects:
		l.noteObjects(a, now)
		return
	case screenAll, screenServices, screenNode, ghosts, active, sweep:
		changed = l.noteTasks(a, now) || changed
		changed = l.fits(a) || changed
		if slices.ContainsFunc(a.tasks, func(t *model.Task) bool { return waitsForAddress(t, a.ended) }) {
			l.addresslessAt = now
		}
		l.builder.SetTasks(a.query, a.tasks, a.ended)
	}
	l.confirm(now)
	if first {
		l.publisher.arrived()
	}
	// A snapshot without news is worth one as well: it is how the reader knows
	// that the swarm was heard of. What is polled for the counts tells it.
	if changed || a.kind == listServices || l.agenda.heavy {
		l.publisher.fresh()
	}
}

// connected begins anew on a connection: subscribe first, then list.
func (l *loop) connected(s model.Session, now time.Time) {
	l.session, l.completed, l.completeAt = s, false, now
	l.builder.SetSession(s)
	l.conn.connected(now)
	l.servicesAt, l.nodesAt = time.Time{}, time.Time{}
	l.resync(now)
	l.publisher.fresh()
}

// resync makes everything that matters be read again.
func (l *loop) resync(now time.Time) {
	l.hintAll(now)
	for _, w := range l.services {
		w.dirty = w.dirty || w.unsettled
	}
	for _, n := range l.nodes {
		n.dirty = n.dirty || n.lost
	}
}

// confirm ends an outage when what was read since is the whole of services and
// nodes.
func (l *loop) confirm(now time.Time) {
	if l.servicesAt.IsZero() || l.nodesAt.IsZero() {
		return
	}
	l.read = true
	if l.conn.sound(now) {
		l.outage()
	}
}

// fail takes in that a request was not answered as it should be.
func (l *loop) fail(a answer, now time.Time) {
	switch {
	case a.kind == complete && model.AsOtherSwarm(a.err) == nil:
		l.completeAt = now.Add(dutyCap)
		return // The lists report whether anything is wrong.
	case a.kind == listObjects:
		l.missObjects(a, now)
		return
	case a.kind >= screenAll && errors.Is(a.err, model.ErrGone):
		l.gone(a, now)
		return
	case a.kind >= screenAll && errors.Is(a.err, model.ErrTooLarge):
		l.overflow(a, now)
		return
	}
	l.closeStream()
	l.abandon()
	l.conn.fail(a, now)
	l.outage()
}

// gone follows from a list of tasks that named something which no longer
// exists: the list of what does has to be read before the next attempt.
func (l *loop) gone(a answer, now time.Time) {
	l.confirm(now)
	l.hintAll(now)
	l.skip(a.query, now)
}

// skip leaves what a query asked for until it is due anew.
func (l *loop) skip(q model.TaskQuery, now time.Time) {
	for _, id := range q.Services {
		if w := l.services[id]; w != nil {
			w.readAt, w.dirty = now, false
		}
	}
	if w := l.nodes[q.Node]; w != nil {
		w.readAt, w.dirty = now, false
	}
}

// overflow follows from a list of tasks that is too large to be read. The engine
// answers, so the rest of the swarm stays live; that list is asked for again when
// what it costs allows.
func (l *loop) overflow(a answer, now time.Time) {
	l.confirm(now)
	l.skip(a.query, now)
	if a.kind.screen() {
		l.tooLarge = a.key()
		l.builder.SetUnread(model.KindTask, a.err)
	}
	l.publisher.fresh()
}

// fits takes in that tasks were read, and reports whether that ends an overflow.
func (l *loop) fits(a answer) bool {
	if !a.kind.screen() || l.builder.Unread(model.KindTask) == nil || !a.query.All() && l.tooLarge != a.key() {
		return false
	}
	l.builder.SetUnread(model.KindTask, nil)
	return true
}

// outage puts the state of the connection into the snapshot.
func (l *loop) outage() {
	o := l.conn.outage()
	if o == nil && l.late != nil {
		o = &model.Outage{Since: l.late.started, Waiting: true, For: l.late.awaited()}
	}
	l.builder.SetOutage(o)
	l.publisher.fresh()
}

// watchFlights finds what the screen waits for, and says when to look again.
func (l *loop) watchFlights(now time.Time) (next time.Time) {
	var late *flight
	for _, f := range l.flights {
		if f == nil || f.void || f.awaited() == "" {
			continue
		}
		patience := waitingAfter
		if !l.read {
			patience = waitingAtFirst
		}
		switch at := f.started.Add(patience); {
		case at.After(now):
			next = soonest(next, at)
		case late == nil || f.started.Before(late.started):
			late = f
		}
	}
	if late != l.late {
		l.late = late
		l.outage()
	}
	return next
}

// fast reports whether to ask at the shortest interval.
func (l *loop) fast(now time.Time) bool { return now.Before(l.fastUntil) }

// pollFast asks at the shortest interval for a while.
func (l *loop) pollFast(now time.Time) {
	l.fastUntil = latest(l.fastUntil, now.Add(convergeAfterHint))
}

// forget drops tasks that nobody looked at for a while.
func (l *loop) forget(now time.Time) {
	if l.interest.AllTasks() || now.Sub(l.forgotAt) < min(forgetEvery, l.feed.opts.OutOfSight) {
		return
	}
	keep := map[model.ServiceID]bool{}
	for _, id := range l.interest.Services() {
		keep[id] = true
	}
	drop := false
	allSeen := now.Sub(l.allSightAt) < l.feed.opts.OutOfSight && !l.allSightAt.IsZero()
	for id, w := range l.services {
		seen := latest(w.sightAt, w.readAt)
		if allSeen || w.unsettled || now.Sub(seen) < l.feed.opts.OutOfSight {
			keep[id] = true
		}
		drop = drop || w.held && !keep[id]
	}
	l.forgotAt = now
	if !drop {
		return
	}
	for id, w := range l.services {
		w.held = w.held && keep[id]
	}
	for id, n := range l.nodes {
		if !n.lost && !l.interest.Has(id.Ref()) {
			n.readAt = time.Time{}
		}
	}
	l.allAt = time.Time{}
	l.builder.ForgetTasks(func(id model.ServiceID) bool { return keep[id] }, l.interest.Nodes()...)
}

// soonest is the earlier of two times of which zero means never.
func soonest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
