package feed

import (
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// watch is what the feed remembers of one service in order to decide when its
// tasks are worth reading. It outlives the tasks themselves.
type watch struct {
	id      model.ServiceID
	status  print // of the service and its counts, as last listed
	tasks   print // of its tasks, as last read
	count   int   // of its tasks, as last read
	desired int
	// readAt is when its tasks were last asked for, movedAt when anything
	// about it was last seen, or said, to change.
	readAt, movedAt time.Time
	// bornAt is when it was first listed, if it was made while we watched.
	bornAt time.Time
	// sightAt is when it last was on the screen or out of order.
	sightAt time.Time
	// unripeAt is since when one of its tasks is on its way to something; zero
	// while all have arrived, or are stuck for a reason that they tell.
	unripeAt time.Time
	// dirty is set while a hint was not followed yet.
	dirty bool
	// unsettled is set while it is not as it should be, looping while its
	// tasks fail again and again, which moves for ever without going anywhere.
	unsettled, looping bool
	// held is set while the builder has tasks of it.
	held bool
}

// wanted reports whether its tasks are of interest even if nobody looks at them.
func (w *watch) wanted(now time.Time) bool {
	return w.unsettled || w.dirty || w.moving(now)
}

func (w *watch) moving(now time.Time) bool {
	return !w.movedAt.IsZero() && now.Sub(w.movedAt) < activeFor
}

// active reports whether reading its tasks again is likely to show something new.
func (w *watch) active(now time.Time) bool {
	ripening := !w.unripeAt.IsZero() && now.Sub(w.unripeAt) < ripeness
	return w.dirty || w.readAt.IsZero() || w.moving(now) || ripening
}

// unread reports whether it is not known yet what becomes of its tasks: they were
// never read, or only when it was just made.
func (w *watch) unread(now time.Time) bool {
	return w.readAt.IsZero() || w.unsettled && !w.bornAt.IsZero() && now.Sub(w.bornAt) < activeFor
}

func (w *watch) move(now time.Time) { w.movedAt, w.dirty = now, true }

// size is about how many tasks a list of them would hold.
func (w *watch) size() int { return max(w.count, w.desired, 1) }

// nodeWatch is what the feed remembers of one node.
type nodeWatch struct {
	status print
	tasks  print
	lost   bool
	readAt time.Time
	// bytes is what its tasks took when they were last read.
	bytes int64
	// dirty is set while its tasks are to be read because it came or went.
	dirty bool
}

// noteServices compares a list of all services with the last one, and tells
// whether anything changed.
func (l *loop) noteServices(services []*model.Service, now time.Time) bool {
	changed := false
	alive := make(map[model.ServiceID]bool, len(services))
	for _, s := range services {
		id := s.Key()
		alive[id] = true
		w := l.services[id]
		status := printService(s)
		switch {
		case w == nil:
			w = &watch{id: id}
			l.services[id] = w
			changed = true
			if !l.servicesAt.IsZero() {
				w.bornAt = now
				w.move(now)
			}
		case w.status != status:
			w.move(now)
			changed = true
		}
		w.status = status
		if st := s.ServiceStatus; st != nil {
			w.desired = int(st.DesiredTasks)
		}
	}
	for id := range l.services {
		if !alive[id] {
			delete(l.services, id)
			changed = true
		}
	}
	return changed
}

// noteNodes compares a list of all nodes with the last one, and reports whether
// anything changed. The tasks of a node that has gone or come back are to be
// read at once, and its services move.
func (l *loop) noteNodes(nodes []*model.Node, now time.Time) bool {
	changed := false
	alive := make(map[model.NodeID]bool, len(nodes))
	for _, n := range nodes {
		id := n.Key()
		alive[id] = true
		w, status := l.nodes[id], printNode(n)
		if w == nil {
			w = &nodeWatch{}
			l.nodes[id] = w
		}
		changed = changed || w.status != status
		w.status = status
		if gone := n.Lost(); gone != w.lost {
			w.lost, w.dirty = gone, true
			l.agenda.hint(listServices, now)
			l.pollFast(now)
		}
	}
	for id := range l.nodes {
		if !alive[id] {
			delete(l.nodes, id)
			changed = true
		}
	}
	return changed
}

// sum is what a list says of the tasks of one service.
type sum struct {
	print  print
	count  int
	unripe bool
}

// sumTasks adds up a list by service, and prints the whole.
func sumTasks(tasks []*model.Task) (sums map[model.ServiceID]sum, whole print) {
	sums = map[model.ServiceID]sum{}
	for _, t := range tasks {
		p := printTask(t)
		s := sums[t.ServiceID]
		s.print ^= p
		s.count++
		s.unripe = s.unripe || unripe(t)
		sums[t.ServiceID] = s
		whole ^= p
	}
	return sums, whole
}

// noteTasks compares the answer to a query with the last one to the same, and
// reports whether anything changed.
func (l *loop) noteTasks(a answer, now time.Time) (changed bool) {
	q := a.query
	sums, whole := sumTasks(a.tasks)
	switch {
	case q.Node != "":
		for id := range sums {
			if w := l.services[id]; w != nil {
				w.held = true
			}
		}
		if w := l.nodes[q.Node]; w != nil {
			changed = w.readAt.IsZero() || w.tasks != whole
			w.tasks, w.readAt, w.bytes = whole, now, a.bytes
		}
	case q.All():
		changed = l.allAt.IsZero() || l.allTasks != whole
		l.allAt, l.allTasks = now, whole
		for id, w := range l.services {
			w.note(sums[id], now)
		}
		for _, w := range l.nodes {
			w.readAt = now
		}
	default:
		for _, id := range q.Services {
			if w := l.services[id]; w != nil && w.note(sums[id], now) {
				changed = true
			}
		}
	}
	return changed
}

// note takes in what a list says of all tasks of the service, and reports whether
// it is news.
func (w *watch) note(s sum, now time.Time) bool {
	first, same := w.readAt.IsZero(), w.tasks == s.print
	news := first || !w.held || !same
	if !first && !same {
		w.movedAt = now
	}
	w.tasks, w.count, w.readAt, w.held = s.print, s.count, now, true
	switch {
	case !s.unripe:
		w.unripeAt = time.Time{}
	case w.unripeAt.IsZero():
		w.unripeAt = now
	}
	return news
}

// unripe reports whether a task is on its way: its state will change, or it will
// tell why not. Neither shows in the counts of its service.
func unripe(t *model.Task) bool {
	return t.Wanted() && !t.Terminal() && t.State != swarm.TaskStateRunning && t.Err == ""
}

// judge takes from a new snapshot which services are out of order, and until
// when something on the screen converges.
func (l *loop) judge(c *model.Cluster, now time.Time) {
	visible := map[model.ServiceID]bool{}
	for _, id := range l.interest.Services() {
		visible[id] = true
	}
	for _, s := range c.Services() {
		w := l.services[s.Key()]
		if w == nil {
			continue
		}
		f := c.Facts(s.Key())
		w.unsettled, w.looping = unsettled(s, f), f.Restarts.Loop
		if w.wanted(now) || visible[w.id] {
			w.sightAt = now
		}
		if w.movedAt.IsZero() || w.looping || len(visible) > 0 && !visible[w.id] {
			continue
		}
		still := convergeAfterHint
		if f.Short(s.IsJob()) || f.Rollout.Active() {
			still = convergeAtMost
		}
		l.fastUntil = latest(l.fastUntil, w.movedAt.Add(still))
	}
}

// unsettled reports whether a service is not as it should be, by the engine's
// counts or by what is known of its tasks.
func unsettled(s *model.Service, f model.ServiceFacts) bool {
	if f.Rollout.Active() || f.Ghosts > 0 || s.Mode() == model.ModeGlobal && !f.Sure {
		return true
	}
	if _, status := f.State(s); status > model.Good {
		return true
	}
	st := s.ServiceStatus
	switch {
	case st == nil:
		return true // an engine that does not count: the tasks have to be
	case s.IsJob():
		return st.RunningTasks > 0
	default:
		return st.RunningTasks != st.DesiredTasks
	}
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
