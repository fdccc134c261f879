package model

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Builder takes in what the engine answers and builds snapshots of it. It
// belongs to one goroutine. What it was given is never changed, and nor is
// anything that a published snapshot holds: every slice and map that changes is
// replaced by another.
type Builder struct {
	triage     Triage
	session    Session
	services   []*Service
	nodes      []*Node
	servicesAt time.Time
	nodesAt    time.Time
	at         time.Time
	tasks      map[ServiceID][]*Task
	read       taskSet
	past       pasts
	outage     *Outage
	hidden     hiddenWords
	sets       map[Kind]*Set // replaced, never changed
	sightings  sightings
	shorts     shorts
	seen       session
	// acknowledged are the marks of what the operator has taken note of.
	acknowledged map[string]bool
	noted        seen
	chronicle    chronicle

	serviceByID map[ServiceID]*Service
	nodeByID    map[NodeID]*Node
	// lostAt is when a node that is not ready was first seen so.
	lostAt map[NodeID]time.Time
	falls  falls
	turns  turns
	// elections are the changes of the leader.
	elections elections

	// What was derived, kept until what it came from changes.
	tallies map[ServiceID]*tally
	loads   map[NodeID]*NodeLoad
	index   *taskIndex
}

// NewBuilder starts with nothing known. Without a triage it finds nothing wrong.
func NewBuilder(triage Triage) *Builder {
	return &Builder{
		triage:  triage,
		tasks:   map[ServiceID][]*Task{},
		past:    pasts{},
		hidden:  hiddenWords{},
		shorts:  shorts{since: map[ServiceID]time.Time{}},
		seen:    newSession(),
		read:    taskSet{serviceAt: map[ServiceID]time.Time{}, nodeAt: map[NodeID]time.Time{}},
		lostAt:  map[NodeID]time.Time{},
		falls:   falls{},
		turns:   turns{of: map[NodeID]Turn{}},
		tallies: map[ServiceID]*tally{},
		index:   &taskIndex{},
	}
}

// SetSession takes in what is known of the connection.
func (b *Builder) SetSession(s Session) {
	if s.TaskHistory != b.session.TaskHistory {
		clear(b.tallies)
	}
	b.session = s
}

// SetServices takes in the list of all services. Tasks of services that are
// gone are forgotten, except those that a list of tasks still names.
func (b *Builder) SetServices(services []*Service, at time.Time) {
	b.services = slices.SortedFunc(slices.Values(b.hidden.services(services)), func(x, y *Service) int {
		return cmp.Or(cmp.Compare(x.Name(), y.Name()), cmp.Compare(x.ID, y.ID))
	})
	b.servicesAt = at
	b.at = later(b.at, at)
	alive := make(map[ServiceID]*Service, len(services))
	for _, s := range b.services {
		alive[s.Key()] = s
		if s.IsJob() && b.serviceByID[s.Key()] == nil && len(b.tasks[s.Key()]) > 0 {
			b.setTasks(s.Key(), perNode(b.tasks[s.Key()], s.Mode() == ModeGlobalJob))
		}
	}
	b.serviceByID = alive
	b.seen.forget(alive)
	maps.DeleteFunc(b.shorts.since, func(id ServiceID, _ time.Time) bool { return alive[id] == nil })
	maps.DeleteFunc(b.past, func(id ServiceID, _ past) bool { return alive[id] == nil })
	maps.DeleteFunc(b.tallies, func(id ServiceID, _ *tally) bool { return alive[id] == nil })
	for id := range b.read.serviceAt {
		if alive[id] == nil {
			delete(b.read.serviceAt, id)
			b.setTasks(id, nil)
		}
	}
}

// SetNodes takes in the list of all nodes.
func (b *Builder) SetNodes(nodes []*Node, at time.Time) {
	b.nodes = slices.SortedFunc(slices.Values(b.hidden.nodes(nodes)), func(x, y *Node) int {
		return cmp.Or(cmp.Compare(x.Hostname(), y.Hostname()), cmp.Compare(x.ID, y.ID))
	})
	b.nodesAt = at
	b.at = later(b.at, at)
	alive := make(map[NodeID]*Node, len(nodes))
	same := len(nodes) == len(b.nodeByID)
	for i, n := range b.nodes {
		id := n.Key()
		was := b.nodeByID[id]
		n = n.since(was)
		b.nodes[i], alive[id] = n, n
		same = same && was != nil && was.Status.State == n.Status.State && was.UpdatedAt.Equal(n.UpdatedAt)
		if was != nil && n.Lost() && !was.Lost() {
			b.falls.add(id, at)
		}
		b.turns.observe(was, n)
		if n.Ready() {
			delete(b.lostAt, id)
		} else if b.lostAt[id].IsZero() {
			b.lostAt[id] = at
		}
	}
	b.elections.observe(b.nodes, at)
	if !same {
		clear(b.tallies)
	}
	b.nodeByID = alive
	gone := func(id NodeID, _ time.Time) bool { return alive[id] == nil }
	maps.DeleteFunc(b.read.nodeAt, gone)
	maps.DeleteFunc(b.lostAt, gone)
	maps.DeleteFunc(b.falls, func(id NodeID, _ []time.Time) bool { return alive[id] == nil })
	maps.DeleteFunc(b.turns.of, func(id NodeID, _ Turn) bool { return alive[id] == nil })
}

// SetTasks takes in the answer to a query: what the query covers and the
// answer does not hold is gone.
func (b *Builder) SetTasks(q TaskQuery, tasks []*Task, at time.Time) {
	b.at = later(b.at, at)
	fresh := byService(b.hidden.tasks(tasks))
	switch {
	case q.All():
		b.tasks = make(map[ServiceID][]*Task, len(fresh))
		b.read = taskSet{allAt: at, serviceAt: map[ServiceID]time.Time{}, nodeAt: map[NodeID]time.Time{}}
		clear(b.tallies)
		clear(b.past)
		b.touch()
	case q.Node != "":
		b.drop(q.Node)
		b.read.nodeAt[q.Node] = at
	default:
		for _, id := range q.Services {
			b.read.serviceAt[id] = at
			delete(b.past, id)
			if fresh[id] == nil {
				b.setTasks(id, nil)
			} else {
				delete(b.tasks, id)
			}
		}
	}
	for id, tasks := range fresh {
		b.insert(id, tasks)
		if q.Node == "" {
			b.seen.observe(b.serviceByID[id], b.tasks[id], b.nodeByID, b.session.TaskHistory)
		}
	}
}

// byService groups tasks into slices of their own, cut from one piece.
func byService(tasks []*Task) map[ServiceID][]*Task {
	counts := map[ServiceID]int{}
	for _, t := range tasks {
		counts[t.ServiceID]++
	}
	piece := make([]*Task, len(tasks))
	out := make(map[ServiceID][]*Task, len(counts))
	for _, t := range tasks {
		group, ok := out[t.ServiceID]
		if !ok {
			n := counts[t.ServiceID]
			group, piece = piece[:0:n], piece[n:]
		}
		out[t.ServiceID] = append(group, t)
	}
	return out
}

// drop forgets the tasks of one node.
func (b *Builder) drop(node NodeID) {
	on := func(t *Task) bool { return t.NodeID == node }
	for id, tasks := range b.tasks {
		if slices.ContainsFunc(tasks, on) {
			b.setTasks(id, slices.DeleteFunc(slices.Clone(tasks), on))
		}
	}
}

// insert adds tasks of one service, each in place of an older copy of itself.
// The slice becomes the builder's.
func (b *Builder) insert(id ServiceID, fresh []*Task) {
	if old := b.tasks[id]; len(old) > 0 {
		have := make(map[TaskID]bool, len(fresh))
		for _, t := range fresh {
			have[t.ID] = true
		}
		for _, t := range old {
			if !have[t.ID] {
				fresh = append(fresh, t)
			}
		}
	}
	if s := b.serviceByID[id]; s != nil && s.Mode() == ModeGlobalJob || s == nil && spread(fresh) {
		fresh = perNode(fresh, true)
	}
	slices.SortFunc(fresh, compareTasks)
	b.setTasks(id, fresh)
}

// spread reports whether the tasks of a service that is gone look like those of
// a job with one for every node: all bear the same number, on several nodes.
func spread(tasks []*Task) bool {
	several := false
	for _, t := range tasks {
		if !t.Job || t.Slot != 0 {
			return false
		}
		several = several || t.NodeID != tasks[0].NodeID
	}
	return several
}

// perNode copies the tasks of a job and says whether it has one for every node.
// From the task alone that cannot be told: it bears the same number as the
// first slot of another job.
func perNode(tasks []*Task, on bool) []*Task {
	out := make([]*Task, len(tasks))
	for i, t := range tasks {
		c := *t
		c.perNode = on
		out[i] = &c
	}
	slices.SortFunc(out, compareTasks)
	return out
}

// setTasks replaces the known tasks of a service.
func (b *Builder) setTasks(id ServiceID, tasks []*Task) {
	if len(tasks) == 0 {
		delete(b.tasks, id)
	} else {
		b.tasks[id] = tasks
	}
	delete(b.tallies, id)
	b.touch()
}

// touch drops what was derived from all tasks.
func (b *Builder) touch() { b.loads, b.index = nil, &taskIndex{} }

// SetOutage says that the swarm cannot be read; nil says that it can again.
func (b *Builder) SetOutage(o *Outage) {
	if o != nil {
		c := *o
		o = &c
	}
	b.outage = o
}

// Acknowledge takes note that the operator knows of a problem of that mark; see
// [Finding.Mark].
func (b *Builder) Acknowledge(marks ...string) {
	known := maps.Clone(b.acknowledged)
	if known == nil {
		known = map[string]bool{}
	}
	for _, m := range marks {
		known[m] = true
	}
	b.acknowledged, b.noted = known, b.noted.with(marks)
}

// ghostsAt is when the tasks of a service must have been read at the earliest
// so that all its tasks on lost nodes are known; zero if they are known.
func (b *Builder) ghostsAt() time.Time {
	at := time.Time{}
	for id, lost := range b.lostAt {
		if later(b.read.allAt, b.read.nodeAt[id]).Before(lost) {
			at = later(at, lost)
		}
	}
	return at
}

// Build makes a snapshot of what is known. now is used for what depends on how
// long something has been so.
func (b *Builder) Build(now time.Time) *Cluster {
	c := &Cluster{
		Session: b.session, At: b.at, ServicesAt: b.servicesAt, NodesAt: b.nodesAt, Outage: b.outage,
		builtAt: now, deaths: maps.Clone(b.seen.deaths), falls: maps.Clone(b.falls), turns: maps.Clone(b.turns.of), demotions: b.turns.demotions, elections: b.elections.at, told: b.sightings.seen,
		services: b.services, nodes: b.nodes, sets: b.sets, users: &userIndex{},
		serviceByID: b.serviceByID, nodeByID: b.nodeByID,
		tasks: maps.Clone(b.tasks), index: b.index,
		taskSet: taskSet{allAt: b.read.allAt,
			serviceAt: maps.Clone(b.read.serviceAt), nodeAt: maps.Clone(b.read.nodeAt)},
	}
	c.load = b.nodeLoads()
	c.facts = b.serviceFacts(c, now)
	if b.triage != nil {
		found := b.triage(c, now)
		found, c.mended = b.noted.settle(b.session.Swarm, found, now, c.Ready() && c.Outage == nil && c.TasksUnread() == 0)
		b.sightings.date(found, now, c.Ready() && c.TasksUnread() == 0)
		if c.Ready() && c.Outage == nil {
			b.chronicle.observe(c, found, now)
		}
		c.chronicle = b.chronicle.at
		c.problems, c.notes = splitNotes(found)
		c.about = byObject(found)
	}
	c.stacks = c.findStacks()
	return c
}

// compareTasks orders the tasks of one service: by slot, or by node
// where there is one for every node, and within those the live one first, then the newest.
func compareTasks(x, y *Task) int {
	return cmp.Or(
		cmp.Compare(x.Slot, y.Slot), cmp.Compare(x.home(), y.home()),
		-compareBool(x.Wanted() && !x.Terminal(), y.Wanted() && !y.Terminal()),
		y.CreatedAt.Compare(x.CreatedAt),
		cmp.Compare(x.ID, y.ID),
	)
}

func compareBool(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	default:
		return -1
	}
}

// orphanServices are the IDs of services that tasks name and no list does.
// Jobs leave such tasks behind on older engines.
func (c *Cluster) orphanServices() []ServiceID {
	var out []ServiceID
	for id := range c.tasks {
		if c.serviceByID[id] == nil {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}
