package model

import (
	"maps"
	"slices"
	"time"
)

// pastKept is how long what forgotten tasks said of restarts is believed. The
// feed reads every service's tasks again well within it.
const pastKept = 10 * time.Minute

// pasts are the restarts of services whose tasks were forgotten, one a service.
type pasts map[ServiceID]past

type past struct {
	restarts Restarts
	version  uint64
}

// of tells what is remembered of a service. A service that was changed since
// starts anew.
func (p pasts) of(s *Service, now time.Time) (Restarts, bool) {
	known, ok := p[s.Key()]
	if !ok || known.version != s.Version.Index || now.Sub(known.restarts.At) > pastKept {
		return Restarts{}, false
	}
	return known.restarts, true
}

// remember keeps the restarts of a service whose tasks are about to go.
func (b *Builder) remember(s *Service, at time.Time) {
	y := b.tally(s, true)
	r := y.restarts
	r.endLoop(y.loopOver, b.at)
	r.At = at
	if r.Last != nil {
		// The specification is what makes a task large.
		last := *r.Last
		last.Spec = nil
		r.Last = &last
	}
	b.past[s.Key()] = past{r, s.Version.Index}
}

// ForgetTasks drops the tasks of services that keep does not name, so that
// what was looked at once does not stay in memory for ever. How often they
// restarted is remembered for some minutes. Tasks on the nodes named, and on
// nodes that are not ready, are kept: the counts need the latter.
func (b *Builder) ForgetTasks(keep func(ServiceID) bool, nodes ...NodeID) {
	on := map[NodeID]bool{}
	for _, id := range nodes {
		on[id] = true
	}
	for _, n := range b.nodes {
		if !n.Ready() {
			on[n.Key()] = true
		}
	}
	b.forgetTimes(keep, on)
	for id, tasks := range b.tasks {
		if keep(id) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(tasks), func(t *Task) bool { return !on[t.NodeID] })
		b.setTasks(id, slices.Clip(rest))
	}
}

// forgetTimes forgets when what is about to be dropped was read. What stays
// and came with a list of all tasks gets its time.
func (b *Builder) forgetTimes(keep func(ServiceID) bool, on map[NodeID]bool) {
	all := b.read.allAt
	for _, s := range b.services {
		id := s.Key()
		at := later(all, b.read.serviceAt[id])
		switch {
		case at.IsZero():
		case keep(id):
			b.read.serviceAt[id] = at
		default:
			b.remember(s, at)
			delete(b.read.serviceAt, id)
		}
	}
	for id := range on {
		if at := later(all, b.read.nodeAt[id]); !at.IsZero() {
			b.read.nodeAt[id] = at
		}
	}
	maps.DeleteFunc(b.read.nodeAt, func(id NodeID, _ time.Time) bool { return !on[id] })
	b.read.allAt = time.Time{}
}
