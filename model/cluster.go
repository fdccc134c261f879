package model

import (
	"sync"
	"time"
)

// Cluster is one snapshot of a swarm. It is immutable: neither it nor anything
// it points to changes once it was published.
type Cluster struct {
	// Session is the connection that the snapshot came from.
	Session Session
	// At is when the newest part of the snapshot was read; zero while nothing
	// was.
	At time.Time
	// ServicesAt and NodesAt are when those lists were last read whole; zero
	// while they were not.
	ServicesAt, NodesAt time.Time
	// Outage is set while the swarm cannot be read; the rest of the snapshot
	// is then the last known one.
	Outage *Outage

	builtAt   time.Time
	deaths    map[ServiceID]serviceDeaths
	falls     falls
	turns     map[NodeID]Turn
	demotions []Demotion
	elections []time.Time
	told      map[FindingID]sighting // of the snapshot before
	chronicle []Moment
	mended    []string   // see Mended
	services  []*Service // by name
	nodes     []*Node    // by hostname
	tasks     map[ServiceID][]*Task
	index     *taskIndex
	sets      map[Kind]*Set
	users     *userIndex
	taskSet
	serviceByID map[ServiceID]*Service
	nodeByID    map[NodeID]*Node
	facts       map[ServiceID]*ServiceFacts
	load        map[NodeID]NodeLoad
	problems    []Finding
	notes       []Finding
	about       map[Ref][]Finding
	stacks      []Stack
}

// taskSet is when which tasks were read.
type taskSet struct {
	allAt     time.Time
	serviceAt map[ServiceID]time.Time
	nodeAt    map[NodeID]time.Time
}

// Outage says that the snapshot is no longer confirmed.
type Outage struct {
	// Since is when the first failing request was answered, or gave up.
	Since time.Time
	// Waiting is set while a request is only late; the snapshot may be right.
	// Since is then when it was sent, and For says in words what it asks for.
	Waiting bool
	For     string
	// Err is the last error, mostly a *Trouble.
	Err error
	// RetryAt is when the next attempt starts; zero where none is made unasked,
	// or one is being made.
	RetryAt time.Time
}

// RetryPause is the longest pause before an attempt to connect again.
const RetryPause = 30 * time.Second

// Ready reports whether services and nodes were read at least once.
func (c *Cluster) Ready() bool {
	return c != nil && !c.ServicesAt.IsZero() && !c.NodesAt.IsZero()
}

// Services are all services by name. The caller must not change the slice.
func (c *Cluster) Services() []*Service { return c.services }

// Nodes are all nodes by hostname. The caller must not change the slice.
func (c *Cluster) Nodes() []*Node { return c.nodes }

// Stacks are the stacks by name. The caller must not change the slice.
func (c *Cluster) Stacks() []Stack { return c.stacks }

// Problems are what is wrong, worst first. The caller must not change the
// slice.
func (c *Cluster) Problems() []Finding { return c.problems }

// Notes are what is worth knowing and is no problem: a node that is drained
// and that nothing misses, a rollback that was acknowledged. The caller must
// not change the slice.
func (c *Cluster) Notes() []Finding { return c.notes }

// Noted is how many problems are notes only because their operator has taken note of
// them, without what they explain.
func (c *Cluster) Noted() (n int) {
	for _, f := range c.notes {
		if f.Noted {
			n++
		}
	}
	return n
}

// Mended are marks that take back what was acknowledged and is so no more since the
// snapshot before.
func (c *Cluster) Mended() []string { return c.mended }

// Falls are when a node was seen to go down lately, the oldest first. The caller
// must not change the slice.
func (c *Cluster) Falls(id NodeID) []time.Time { return c.falls[id] }

// Elections are when another manager was seen to lead, the oldest first. The
// caller must not change the slice.
func (c *Cluster) Elections() []time.Time { return c.elections }

// Service finds a service; nil if there is none of that ID.
func (c *Cluster) Service(id ServiceID) *Service { return c.serviceByID[id] }

// Node finds a node; nil if there is none of that ID.
func (c *Cluster) Node(id NodeID) *Node { return c.nodeByID[id] }

// Facts are what was derived for a service; the zero value for an unknown one.
func (c *Cluster) Facts(id ServiceID) ServiceFacts {
	if f := c.facts[id]; f != nil {
		return *f
	}
	return ServiceFacts{}
}

// Load is what was derived for a node; the zero value for an unknown one.
func (c *Cluster) Load(id NodeID) NodeLoad { return c.load[id] }

// TasksOf are the known tasks of a service by slot, the newest of a slot first,
// and when they were read whole. The time is zero while they were not: then
// there may be others. The caller must not change the slice.
func (c *Cluster) TasksOf(id ServiceID) ([]*Task, time.Time) {
	return c.tasks[id], later(c.allAt, c.serviceAt[id])
}

// TasksOn are the known tasks of a node by service and slot, and when they
// were read whole; see TasksOf.
func (c *Cluster) TasksOn(id NodeID) ([]*Task, time.Time) {
	var out []*Task
	c.eachService(func(tasks []*Task) {
		for _, t := range tasks {
			if t.NodeID == id {
				out = append(out, t)
			}
		}
	})
	return out, later(c.allAt, c.nodeAt[id])
}

// Tasks are all known tasks by service and slot, and when they were read
// whole; see TasksOf.
func (c *Cluster) Tasks() ([]*Task, time.Time) {
	out := make([]*Task, 0, c.KnownTasks())
	c.eachService(func(tasks []*Task) { out = append(out, tasks...) })
	return out, c.allAt
}

// KnownTasks is how many tasks are known.
func (c *Cluster) KnownTasks() int {
	n := 0
	for _, tasks := range c.tasks {
		n += len(tasks)
	}
	return n
}

// Task finds a task among the known ones; nil if it is not there.
func (c *Cluster) Task(id TaskID) *Task { return c.index.find(c.tasks, id) }

// taskIndex finds tasks by their ID. It is filled when it is first asked, and
// shared by all snapshots with the same tasks.
type taskIndex struct {
	fill sync.Once
	byID map[TaskID]*Task
}

func (x *taskIndex) find(tasks map[ServiceID][]*Task, id TaskID) *Task {
	if x == nil {
		return nil // A snapshot that no Builder made.
	}
	x.fill.Do(func() {
		n := 0
		for _, list := range tasks {
			n += len(list)
		}
		x.byID = make(map[TaskID]*Task, n)
		for _, list := range tasks {
			for _, t := range list {
				x.byID[t.ID] = t
			}
		}
	})
	return x.byID[id]
}

// TaskName is a task's name as an operator says it: service.slot, or
// service.hostname for a global service. The engine does not store names. Where
// a hostname is not unique, the node's ID is added; where the service is gone,
// its ID stands for its name, as short as docker prints it.
func (c *Cluster) TaskName(t *Task) string {
	service := shortID(string(t.ServiceID), dockerIDLength)
	s := c.Service(t.ServiceID)
	switch {
	case s != nil:
		service = s.Name()
	case service == "":
		service = "(no service)"
	}
	if !t.byNode(s) {
		return service + "." + t.Place()
	}
	if t.NodeID == "" {
		return service
	}
	return service + "." + c.NodeName(t.NodeID)
}

// NodeName is a node's hostname, with a part of its ID where another node has
// the same one; the ID itself for an unknown node.
func (c *Cluster) NodeName(id NodeID) string {
	n := c.Node(id)
	if n == nil {
		return string(id)
	}
	if c.load[id].Twin {
		return n.Hostname() + "(" + shortID(n.ID, 5) + ")"
	}
	return n.Hostname()
}

// eachService visits the known tasks in a fixed order: by service name, those
// without a known service last.
func (c *Cluster) eachService(visit func([]*Task)) {
	for _, s := range c.services {
		if tasks := c.tasks[s.Key()]; len(tasks) > 0 {
			visit(tasks)
		}
	}
	for _, id := range c.orphanServices() {
		visit(c.tasks[id])
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earliest is the earlier of two times of which zero means none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// dockerIDLength is the length to which docker cuts IDs.
const dockerIDLength = 12

// ShortID is an ID as short as docker prints it.
func ShortID(id string) string { return shortID(id, dockerIDLength) }

// shortID cuts an ID to a length.
func shortID(id string, length int) string {
	if len(id) > length {
		return id[:length]
	}
	return id
}
