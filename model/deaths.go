package model

import (
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// death is a task that ended although it was meant to go on.
type death struct {
	id      TaskID
	node    NodeID
	created time.Time
	spec    Fingerprint
	// forced is how often it was asked to restart without a change, which the
	// fingerprint holds as well.
	forced uint64
	// ended is when the swarm took in its end, as it was first seen, and life
	// how long it was there, without the delay before its start.
	ended time.Time
	life  time.Duration
	// neverWell is set if its health check never passed, so that it did not run.
	neverWell bool
	// meant is set if it ended with 0 where the restart policy asks for such a delay
	// that its service is one that does its work again and again.
	meant bool
}

// repeatDelay is the restart delay from which on a task that ends well has done its
// work until the next time: an outage of that length nobody asks for.
const repeatDelay = time.Minute

// slotKey is where the tasks of one slot stand within a service.
type slotKey struct {
	slot int
	home NodeID
}

// slotDeaths are the deaths of one slot that were seen in this session, the
// newest first. The engine throws a slot's former tasks away, with a history of
// one at once, and a count that goes down again would tell of a recovery that
// was none.
type slotDeaths struct {
	kept []death
	// older counts those before the kept ones, the newest of which was made at
	// floor.
	older int
	floor time.Time
}

// keptDeaths bounds what is kept of one slot: more than a loop is judged by.
const keptDeaths = 12

// serviceDeaths are the deaths of one service by slot. Read only once they
// were given to a snapshot.
type serviceDeaths map[slotKey]slotDeaths

func (t *Task) slotKey() slotKey { return slotKey{t.Slot, t.home()} }

func (d death) newerFirst(o death) int { return o.created.Compare(d.created) }

// with adds a death that is not among them yet.
func (s slotDeaths) with(d death) slotDeaths {
	if !d.created.After(s.floor) || slices.ContainsFunc(s.kept, func(o death) bool { return o.id == d.id }) {
		return s
	}
	s.kept = append(slices.Clone(s.kept), d)
	slices.SortFunc(s.kept, death.newerFirst)
	if n := len(s.kept); n > keptDeaths {
		s.floor, s.older, s.kept = s.kept[n-1].created, s.older+1, s.kept[:n-1]
	}
	return s
}

// deathsIn adds to the deaths that were seen of a slot those that its tasks
// tell of.
func deathsIn(slot []*Task, seen slotDeaths) slotDeaths {
	for i := len(slot) - 1; i >= 0; i-- { // The oldest first; see floor.
		if crashed(slot, i) {
			seen = seen.with(slot[i].death())
		}
	}
	return seen
}

func (t *Task) death() death {
	ended := t.endedAt()
	d := death{id: t.ID, node: t.NodeID, created: t.CreatedAt, spec: t.print(), ended: ended, life: max(0, ended.Sub(t.CreatedAt)-t.restartDelay())}
	if t.Spec != nil {
		d.forced = t.Spec.ForceUpdate
	}
	d.neverWell = t.Unhealthy() && !t.hadStarted()
	d.meant = t.endedAsMeant()
	return d
}

func (t *Task) print() Fingerprint {
	if t.Spec == nil {
		return 0
	}
	return t.Spec.Print
}

// nodeBack is how soon after a node came back the swarm hears of the containers that
// ended with it, or with its engine: 0.1 s where nothing else happens.
const nodeBack = 5 * time.Second

// backWith reports whether a node came back, or its engine was started anew, just
// when the swarm took in the end of a task of it: then the task did not fail. All
// that a node tells of that is when it changed; the task was there before.
func backWith(n *Node, created, ended time.Time) bool {
	return n != nil && slices.ContainsFunc(n.returns(), func(at time.Time) bool {
		since := ended.Sub(at)
		return created.Before(at) && since > -time.Second && since < nodeBack
	})
}

// returnsKept is how many times are kept of a node at which it may have come back.
const returnsKept = 6

// returns are when a node may have come back: when it changed, but for what somebody
// wrote into its specification.
func (n *Node) returns() []time.Time {
	if n.returned == nil {
		return []time.Time{n.UpdatedAt}
	}
	return n.returned
}

// since is a node with what was seen of it before.
func (n *Node) since(was *Node) *Node {
	if was == nil || n.UpdatedAt.Equal(was.UpdatedAt) && was.returned == nil {
		return n
	}
	c := *n
	c.returned = was.returns()
	if !n.UpdatedAt.Equal(was.UpdatedAt) && reflect.DeepEqual(n.Spec, was.Spec) {
		kept := append(slices.Clone(c.returned), n.UpdatedAt)
		c.returned = kept[max(0, len(kept)-returnsKept):]
	}
	return &c
}

// EndedWithNode reports whether a task likely ended because its node went down, or
// the engine of its node was restarted.
func (c *Cluster) EndedWithNode(t *Task) bool {
	ran := t.State == swarm.TaskStateComplete || t.State == swarm.TaskStateFailed
	if !ran || t.Job || !backWith(c.Node(t.NodeID), t.CreatedAt, t.endedAt()) {
		return false
	}
	blamed := c.deaths[t.ServiceID][t.slotKey()].ofTasks(c.nodeByID).kept
	return !slices.ContainsFunc(blamed, func(d death) bool { return d.id == t.ID })
}

// StoppedWithNode reports whether a task likely ended with its node, as
// [Cluster.EndedWithNode] tells, and not with an exit code of its program's own.
func (c *Cluster) StoppedWithNode(t *Task) bool { return t.stoppedFromOutside() && c.EndedWithNode(t) }

// stoppedFromOutside reports whether the exit code of a task, if it has one, may be that
// of a program that was stopped: 0, or that of a signal. The program chose any other.
func (t *Task) stoppedFromOutside() bool {
	const signalled = 128
	return !t.Exited || t.ExitCode == 0 || t.ExitCode >= signalled
}

// FailuresOf are when tasks of a service's present specification failed, by node: also
// those that the engine keeps no more.
func (c *Cluster) FailuresOf(s *Service) map[NodeID][]time.Time {
	out, known := map[NodeID][]time.Time{}, map[TaskID]bool{}
	for _, slot := range c.deaths[s.Key()] {
		for _, d := range slot.kept {
			if d.spec == s.Print && !d.created.Before(s.portsChanged()) {
				out[d.node], known[d.id] = append(out[d.node], d.ended), true
			}
		}
	}
	tasks, _ := c.TasksOf(s.Key())
	for _, t := range tasks {
		if t.Bad() && s.UpToDate(t) && !known[t.ID] {
			out[t.NodeID] = append(out[t.NodeID], t.UpdatedAt)
		}
	}
	return out
}

// ofTasks leaves out the deaths of which the node is to blame. It is not where the task
// before died shortly before as well: a node also changes when the first task on a
// network comes to it or the last one ends, as each one of a loop may be (Engine 20.10).
func (s slotDeaths) ofTasks(nodes map[NodeID]*Node) slotDeaths {
	lost := func(d death) bool { return backWith(nodes[d.node], d.created, d.ended) }
	if !slices.ContainsFunc(s.kept, lost) {
		return s
	}
	var kept []death
	for i, d := range s.kept {
		before := i+1 < len(s.kept) && d.created.Sub(s.kept[i+1].ended) < proofMost && !lost(s.kept[i+1])
		if !lost(d) || before {
			kept = append(kept, d)
		}
	}
	s.kept = kept
	return s
}

// unmeant leaves out the deaths that are ends as they should be.
func (s slotDeaths) unmeant() slotDeaths {
	if slices.ContainsFunc(s.kept, func(d death) bool { return d.meant }) {
		s.kept = slices.DeleteFunc(slices.Clone(s.kept), func(d death) bool { return d.meant })
	}
	return s
}

// count is how many deaths there were.
func (s slotDeaths) count() int { return s.older + len(s.kept) }

func (d serviceDeaths) count() (n int) {
	for _, s := range d {
		n += s.count()
	}
	return n
}

// session is what was seen of the tasks' deaths since the console was started.
// Jobs are left out: the engine keeps all their tasks.
type session struct {
	deaths map[ServiceID]serviceDeaths
	// heads are the live tasks of slots whose history is too short to hold the
	// task before them.
	heads map[ServiceID]map[slotKey]*Task
}

func newSession() session {
	return session{deaths: map[ServiceID]serviceDeaths{}, heads: map[ServiceID]map[slotKey]*Task{}}
}

// shortHistory is the task history below which a slot may show no trace of the
// task that its live one replaced.
const shortHistory = 3

// observe takes in all tasks of a service. Some of them would not do: where the
// successor of a task is not known, it looks as if it had died.
func (x *session) observe(s *Service, tasks []*Task, nodes map[NodeID]*Node, history int64) {
	if s == nil || s.IsJob() {
		return
	}
	id := s.Key()
	before, changed := x.deaths[id], serviceDeaths(nil)
	brief := history > 0 && history < shortHistory
	heads := map[slotKey]*Task{}
	Slots(tasks, func(slot []*Task) {
		head, at := slot[0], slot[0].slotKey()
		d := deathsIn(slot, before[at])
		if brief && x.heads[id][at].vanished(slot, nodes) {
			d = d.with(x.heads[id][at].death())
		}
		if brief && head.Wanted() && !head.Terminal() {
			heads[at] = head
		}
		if d.count() > before[at].count() {
			if changed == nil {
				changed = serviceDeaths{}
				maps.Copy(changed, before)
			}
			changed[at] = d
		}
	})
	if changed != nil {
		x.deaths[id] = changed
	}
	if delete(x.heads, id); len(heads) > 0 {
		x.heads[id] = heads
	}
}

// vanished reports whether a live task of a slot made room for another of the
// same specification without a trace: with a history of one that is all there
// is to see of a crash. A task of a node that was drained or lost was moved.
func (t *Task) vanished(slot []*Task, nodes map[NodeID]*Node) bool {
	if t == nil || slot[0].ID == t.ID || t.print() == 0 || t.print() != slot[0].print() {
		return false
	}
	n := nodes[t.NodeID]
	return n != nil && n.Schedulable() && !slices.ContainsFunc(slot, func(o *Task) bool { return o.ID == t.ID })
}

// forget drops the services that are gone.
func (x *session) forget(alive map[ServiceID]*Service) {
	maps.DeleteFunc(x.deaths, func(id ServiceID, _ serviceDeaths) bool { return alive[id] == nil })
	maps.DeleteFunc(x.heads, func(id ServiceID, _ map[slotKey]*Task) bool { return alive[id] == nil })
}
