package feed

import (
	"errors"
	"slices"
	"time"

	"skep/model"
)

// agenda is what is known of the requests made so far, from which follows when
// each kind may be made again.
type agenda struct {
	past [kinds]past
	// hinted is when a list is due because something said that it changed;
	// zero for no hint.
	hinted [kinds]time.Time
	// heavy is set where the services weigh so much, by their labels or what
	// else they carry, that their list is no way to count what runs: then the
	// sweep counts the tasks, which carry none of it, and events tell when a
	// service itself was changed.
	heavy bool
	// staleBefore makes what is on the screen due if it was read earlier.
	staleBefore time.Time
	// taskBytes is the size of one task in an answer, as last measured.
	taskBytes float64

	work     bucket // seconds of request time, all requests together
	idle     bucket // bytes of polling and of the background
	leftover bucket // bytes that the background gets in any case
	active   bucket // bytes for services where something happens
	news     bucket // bytes for services that are new, in any case

	objects objectLists
}

// past is what is known of the last requests of a kind.
type past struct {
	end   time.Time
	key   string
	bytes int64
	// took are the last durations, the newest first; zero for none yet.
	took [3]time.Duration
}

func newAgenda() agenda {
	return agenda{
		taskBytes: taskBytes,
		work:      newBucket(dutyShare, dutyBurst.Seconds(), dutyCap.Seconds()*dutyShare),
		idle:      newBucket(idleRate, idleBurst, idleDebt),
		leftover:  newBucket(leftoverRate, idleBurst, idleDebt),
		active:    newBucket(activeRate, activeBurst, activeBurst),
		news:      newBucket(newsRate, newsBurst, newsBurst),
		objects:   objectLists{},
	}
}

// cost is what a request of the kind takes. The shortest of the last ones
// counts: a single slow answer, as during an election, says little about what
// the request costs.
func (p *past) cost() time.Duration {
	shortest := p.took[0]
	for _, d := range p.took[1:] {
		if d > 0 {
			shortest = min(shortest, d)
		}
	}
	return shortest
}

// pastOf is what is known of the last requests like one.
func (a *agenda) pastOf(c call) *past {
	if c.kind == listObjects {
		return &a.objects.of(c.of).past
	}
	return &a.past[c.kind]
}

// allowed is when a request may be made again by the duty rule.
func (a *agenda) allowed(c call) time.Time {
	p := a.pastOf(c)
	if p.end.IsZero() {
		return time.Time{}
	}
	floor, factor := repeatFloor, dutyFactor
	switch {
	case c.kind.screen() && p.key != c.key():
		floor, factor = exploreFloor, exploreFactor
	case c.kind == sweep:
		floor = sweepSpacing
	case p.took[1] == 0:
		factor = exploreFactor // The first of all may have been slow for another reason.
	}
	return p.end.Add(min(max(dutyCap, p.cost()), max(floor, time.Duration(factor)*p.cost())))
}

// charge notes what a request cost. Polls are charged to the idle budget only
// while it is one: what a busy time needs is not taken from the sweep.
func (a *agenda) charge(r answer, fast bool) {
	p := a.pastOf(r.call)
	p.end = r.ended
	if errors.Is(r.err, model.ErrTooLarge) {
		// It was read until it was too much, and will be again.
		took := max(r.took(), 1)
		p.key, p.took = r.key(), [3]time.Duration{took, took, took}
		a.work.take(r.ended, r.took().Seconds())
	}
	if r.err != nil {
		return // how long it took says nothing of what it costs
	}
	p.key, p.bytes = r.key(), r.bytes
	p.took = [3]time.Duration{max(r.took(), 1), p.took[0], p.took[1]}
	bytes := float64(r.bytes)
	switch r.kind {
	case connect, complete:
		return
	case listServices, listNodes:
		if r.kind == listServices {
			a.heavy = r.bytes > heavyService*int64(max(len(r.services), heavyServices))
		}
		// A heavy list has a rate of its own.
		if !fast && !(a.heavy && r.kind == listServices) {
			a.idle.take(r.ended, bytes)
		}
	case active:
		a.active.take(r.ended, bytes)
		if r.news {
			a.news.take(r.ended, bytes)
		}
	case listObjects, screenAll, screenServices, screenNode: // What is looked at is no background.
	case sweep, ghosts:
		if !fast || r.kind == sweep {
			a.idle.take(r.ended, bytes)
			a.leftover.take(r.ended, bytes)
		}
	}
	a.work.take(r.ended, r.took().Seconds())
	if n := len(r.tasks); n > 0 {
		a.taskBytes = bytes / float64(n)
	}
}

// spare is when the background may spend bytes.
func (a *agenda) spare(now time.Time) time.Time {
	return soonest(a.idle.ready(now), a.leftover.ready(now))
}

// hint makes a list due at that time, if it is not due sooner.
func (a *agenda) hint(k kind, at time.Time) { a.hinted[k] = soonest(a.hinted[k], at) }

// orHinted is when a list is due: while there are hints, when they were
// gathered, even if the poll would come first. Hints wait for a moment only.
func (a *agenda) orHinted(c call, poll time.Time) time.Time {
	if hinted := a.hinted[c.kind]; !hinted.IsZero() {
		return hinted
	}
	return poll
}

// dirtyAt is when to read again the tasks of a service that was hinted at:
// after the list of services that the same hint makes due.
func (l *loop) dirtyAt(now time.Time) time.Time {
	return latest(now, l.agenda.hinted[listServices])
}

// besideAt is when a request may go out: with one on its way it waits for that,
// but not for long. Nothing waits for what the engine says of itself.
func (l *loop) besideAt() (at time.Time) {
	for _, f := range l.flights {
		if f != nil && f.kind != complete {
			at = latest(at, f.started.Add(besideAfter))
		}
	}
	return at
}

// depart takes the hints that a request follows, so that those which come
// while it is on its way are kept for the next.
func (l *loop) depart(c call) {
	if c.kind == listObjects {
		l.agenda.objects.of(c.of).hinted = time.Time{}
	}
	l.agenda.hinted[c.kind] = time.Time{}
	if c.kind < screenAll {
		return
	}
	if c.query.All() {
		for _, w := range l.services {
			w.dirty = false
		}
		for _, n := range l.nodes {
			n.dirty = false
		}
	}
	for _, id := range c.query.Services {
		if w := l.services[id]; w != nil {
			w.dirty = false
		}
	}
	if n := l.nodes[c.query.Node]; n != nil {
		n.dirty = false
	}
}

// next is the most pressing request that is due, or else the one that will be
// due first, with its time; zero for none.
func (l *loop) next(now time.Time) (call, time.Time) {
	if !l.conn.up {
		if l.flights[connect] != nil {
			return call{}, time.Time{}
		}
		return call{kind: connect}, l.conn.connectAt(now)
	}
	var best call
	var bestAt time.Time
	beside := l.besideAt()
	for _, candidate := range [...]func(time.Time) (call, time.Time){
		l.nextNodes, l.nextServices, l.nextComplete, l.nextGhosts,
		l.nextScreenAll, l.nextScreenNode, l.nextScreenServices, l.nextObjects, l.nextActive, l.nextLeftover,
	} {
		c, at := candidate(now)
		if at.IsZero() || l.flights[c.kind.lane()] != nil {
			continue
		}
		at = latest(latest(at, l.agenda.allowed(c)), beside)
		if !at.After(now) {
			return c, at
		}
		if bestAt.IsZero() || at.Before(bestAt) {
			best, bestAt = c, at
		}
	}
	return best, bestAt
}

// nextComplete asks the engine about itself, and again after connections were
// made: they may lead to another manager.
func (l *loop) nextComplete(now time.Time) (call, time.Time) {
	if l.completed && l.feed.src.Connections() == l.completedOver {
		return call{}, time.Time{}
	}
	return call{kind: complete}, l.completeAt
}

// nextNodes comes before the services, because which of their tasks count
// depends on the nodes.
func (l *loop) nextNodes(now time.Time) (call, time.Time) {
	c := call{kind: listNodes}
	if l.nodesAt.IsZero() {
		return c, now
	}
	every := time.Duration(float64(l.agenda.past[listNodes].bytes) / nodesRate * float64(time.Second))
	every = min(max(every, nodesFast), nodesSlow)
	if !l.stream.open {
		every = nodesFast
	}
	if l.interest.Blurred {
		every = blurredInterval
	}
	return c, l.agenda.orHinted(c, l.nodesAt.Add(every))
}

func (l *loop) nextServices(now time.Time) (call, time.Time) {
	c := call{kind: listServices}
	if l.servicesAt.IsZero() {
		return c, now
	}
	if !l.agenda.heavy {
		return c, l.agenda.orHinted(c, l.servicesAt.Add(l.interval(now)))
	}
	bytes := float64(l.agenda.past[listServices].bytes)
	every := time.Duration(bytes / heavyRate * float64(time.Second))
	if !l.stream.open {
		every = min(every, heavyUntold)
	}
	hinted := l.servicesAt.Add(time.Duration(bytes / screenBusyRate * float64(time.Second)))
	return c, latest(hinted, l.agenda.orHinted(c, l.servicesAt.Add(every)))
}

// interval is how old a list may grow.
func (l *loop) interval(now time.Time) time.Duration {
	switch {
	case l.interest.Blurred:
		return blurredInterval
	case l.fast(now):
		return repeatFloor
	default:
		return idleInterval
	}
}

// screenDue is when something on the screen is to be read again, which was read
// at a time and took so many bytes.
func (l *loop) screenDue(at time.Time, bytes float64, now time.Time) time.Time {
	if at.IsZero() || at.Before(l.agenda.staleBefore) {
		return now
	}
	rate := float64(screenIdleRate)
	if l.fast(now) {
		rate = screenBusyRate
	}
	return at.Add(max(l.interval(now), time.Duration(bytes/rate*float64(time.Second))))
}

func (l *loop) nextScreenAll(now time.Time) (call, time.Time) {
	c := call{kind: screenAll}
	if !l.interest.AllTasks() {
		return c, time.Time{}
	}
	return c, l.screenDue(l.allAt, float64(l.agenda.past[screenAll].bytes), now)
}

func (l *loop) nextScreenNode(now time.Time) (call, time.Time) {
	if l.interest.AllTasks() {
		return call{}, time.Time{}
	}
	var c call
	var first time.Time
	for _, id := range l.interest.Nodes() {
		n := l.nodes[id]
		if n == nil {
			continue
		}
		at := now
		if !n.dirty {
			at = l.screenDue(n.readAt, float64(n.bytes), now)
		}
		if first.IsZero() || at.Before(first) {
			c, first = call{kind: screenNode, query: model.TaskQuery{Node: id}}, at
		}
	}
	return c, first
}

func (l *loop) nextScreenServices(now time.Time) (call, time.Time) {
	if l.interest.AllTasks() {
		return call{}, time.Time{}
	}
	var ask []*watch
	for _, id := range l.interest.Services() {
		if w := l.services[id]; w != nil {
			ask = append(ask, w)
		}
	}
	if len(ask) == 0 {
		return call{}, time.Time{}
	}
	slices.SortStableFunc(ask, func(a, b *watch) int { return a.readAt.Compare(b.readAt) })
	ask = l.agenda.cut(ask, batchBytes)
	c := call{kind: screenServices, query: model.TaskQuery{Services: ids(ask)}}
	oldest := ask[0].readAt
	for _, w := range ask {
		if w.dirty {
			return c, l.dirtyAt(now)
		}
	}
	return c, l.screenDue(oldest, l.agenda.estimate(ask), now)
}

// nextGhosts reads the tasks of a node that has just gone or come back, and
// seldom those of one that is gone for long. Without them the counts are wrong,
// so no budget holds the first of these up.
func (l *loop) nextGhosts(now time.Time) (call, time.Time) {
	var urgent, oldest model.NodeID
	count := 0
	var at time.Time
	for id, n := range l.nodes {
		switch {
		case n.dirty, n.lost && n.readAt.IsZero():
			count++
			if urgent == "" || id < urgent {
				urgent = id
			}
		case n.lost && (at.IsZero() || n.readAt.Before(at)):
			oldest, at = id, n.readAt
		}
	}
	switch {
	case count > manyGhosts:
		return call{kind: ghosts}, now
	case count > 0:
		return call{kind: ghosts, query: model.TaskQuery{Node: urgent}}, now
	case oldest == "":
		return call{}, time.Time{}
	}
	at = latest(at.Add(ghostInterval), l.agenda.past[ghosts].end.Add(ghostSpacing))
	at = latest(at, l.agenda.spare(now))
	return call{kind: ghosts, query: model.TaskQuery{Node: oldest}}, at
}
