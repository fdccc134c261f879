package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// NodeLoad is what was derived for one node.
type NodeLoad struct {
	// Running counts the tasks that run on the node and are meant to.
	Running int
	// Reserved is the sum of the reservations of the tasks that the scheduler
	// counts: those from assigned to running, wanted or not (swarmkit
	// manager/scheduler/scheduler.go).
	Reserved swarm.Resources
	// Generic is how much of each generic resource they hold, by kind; nil for
	// none.
	Generic map[string]int64
	// At is when the node's tasks were read; zero for never.
	At time.Time
	// Twin is set where another node bears the same hostname.
	Twin bool
}

// nodeLoads derives the load of every node. The pass over the tasks is made
// only if they changed.
func (b *Builder) nodeLoads() map[NodeID]NodeLoad {
	if b.loads == nil {
		b.loads = make(map[NodeID]*NodeLoad, len(b.nodes))
		for _, tasks := range b.tasks {
			for _, t := range tasks {
				b.addLoad(t)
			}
		}
	}
	names := make(map[string]int, len(b.nodes))
	for _, n := range b.nodes {
		names[n.Hostname()]++
	}
	out := make(map[NodeID]NodeLoad, len(b.nodes))
	for _, n := range b.nodes {
		l := NodeLoad{}
		if sum := b.loads[n.Key()]; sum != nil {
			l = *sum
		}
		l.At = later(b.read.allAt, b.read.nodeAt[n.Key()])
		l.Twin = names[n.Hostname()] > 1
		out[n.Key()] = l
	}
	return out
}

func (b *Builder) addLoad(t *Task) {
	if t.NodeID == "" || !t.reserves() {
		return
	}
	l := b.loads[t.NodeID]
	if l == nil {
		l = &NodeLoad{}
		b.loads[t.NodeID] = l
	}
	if t.State == swarm.TaskStateRunning && t.runMeant() {
		l.Running++
	}
	r := t.Reserved()
	l.Reserved.NanoCPUs += r.NanoCPUs
	l.Reserved.MemoryBytes += r.MemoryBytes
	for _, g := range t.holds() {
		kind, _, n := genericPart(g)
		if l.Generic == nil {
			l.Generic = map[string]int64{}
		}
		l.Generic[kind] += n
	}
}

// reserves reports whether the scheduler counts the task's reservations.
func (t *Task) reserves() bool {
	switch t.State {
	case swarm.TaskStateAssigned, swarm.TaskStateAccepted, swarm.TaskStatePreparing,
		swarm.TaskStateReady, swarm.TaskStateStarting, swarm.TaskStateRunning:
		return true
	default:
		return false
	}
}

// Shortage is what a task lacks that the scheduler refuses for its reservations.
type Shortage struct {
	// Kinds are the resources that nodes are short of: cpu, memory, and the
	// names of generic ones.
	Kinds []string
	// Detail says it of the first such node.
	Detail string
}

// Shortage is what a pending task lacks, where the engine says no more than
// that resources do not suffice. A node the tasks of which were not read is left
// out, unless it would be too small if nothing ran there.
func (c *Cluster) Shortage(t *Task) Shortage {
	var out Shortage
	if t.State != swarm.TaskStatePending || !strings.Contains(t.Err, string(FilterResources)) {
		return out
	}
	needs := t.Reserved()
	for _, n := range c.nodes {
		if !n.Schedulable() {
			continue
		}
		l, has := c.Load(n.Key()), n.Description.Resources
		lacks := func(kind, free, total, need string) {
			if !slices.Contains(out.Kinds, kind) {
				out.Kinds = append(out.Kinds, kind)
			}
			switch {
			case out.Detail != "":
			case l.At.IsZero():
				out.Detail = fmt.Sprintf("%s has %s %s, %s needed", c.NodeName(n.Key()), total, kind, need)
			default:
				out.Detail = fmt.Sprintf("%s has %s of %s %s free, %s needed", c.NodeName(n.Key()), free, total, kind, need)
			}
		}
		if free := has.NanoCPUs - l.Reserved.NanoCPUs; needs.NanoCPUs > free {
			lacks("cpu", cores(free), cores(has.NanoCPUs), cores(needs.NanoCPUs))
		}
		if free := has.MemoryBytes - l.Reserved.MemoryBytes; needs.MemoryBytes > free {
			lacks("memory", memory(free), memory(has.MemoryBytes), memory(needs.MemoryBytes))
		}
		for _, g := range needs.GenericResources {
			kind, _, need := genericPart(g)
			total := generic(has, kind)
			if free := total - l.Generic[kind]; need > free {
				lacks(kind, fmt.Sprint(max(0, free)), fmt.Sprint(total), fmt.Sprint(need))
			}
		}
	}
	return out
}

// Reason is why a task does not run, with what it lacks; see the function Reason.
// A task that is new has waited for too short a time to blame anything.
func (c *Cluster) Reason(t *Task) string {
	if t.State == swarm.TaskStateNew && t.Err == "" && !t.Unallocated(c.At) {
		return "new: it is given its network addresses and ports"
	}
	return c.Shortage(t).Explain(Reason(t))
}

// Explain adds to the engine's words what is lacking.
func (s Shortage) Explain(reason string) string {
	if len(s.Kinds) == 0 {
		return reason
	}
	what := string(FilterResources)
	return strings.Replace(reason, what, what+" ("+strings.Join(s.Kinds, ", ")+")", 1)
}
