package model

import (
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

// reserves tells whether the scheduler counts the task's reservations.
func (t *Task) reserves() bool {
	switch t.State {
	case swarm.TaskStateAssigned, swarm.TaskStateAccepted, swarm.TaskStatePreparing,
		swarm.TaskStateReady, swarm.TaskStateStarting, swarm.TaskStateRunning:
		return true
	}
	return false
}
