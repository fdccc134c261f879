package model

import (
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Turn is when a node was seen in this session to be given its availability and its
// role, each zero where it was not: the engine dates only the last write of a node,
// whatever that was for.
type Turn struct{ Availability, Role time.Time }

// Demotion is that a manager was seen to become a worker. Its node may be gone since.
type Demotion struct {
	Node NodeID
	Name string
	At   time.Time
}

// turns are what was seen of nodes in one list after the other.
type turns struct {
	of        map[NodeID]Turn
	demotions []Demotion // shared with snapshots: appended to in a copy
}

// observe compares a node with what it was in the list before.
func (x *turns) observe(was, n *Node) {
	if was == nil {
		return
	}
	t := x.of[n.Key()]
	if n.Spec.Availability != was.Spec.Availability {
		t.Availability = n.UpdatedAt
	}
	if n.Spec.Role != was.Spec.Role {
		t.Role = n.UpdatedAt
		list := slices.DeleteFunc(slices.Clone(x.demotions), func(d Demotion) bool { return d.Node == n.Key() })
		if n.Spec.Role == swarm.NodeRoleWorker {
			list = append(list, Demotion{Node: n.Key(), Name: n.Hostname(), At: n.UpdatedAt})
		}
		x.demotions = list[max(0, len(list)-fallsKept):]
	}
	if t != (Turn{}) {
		x.of[n.Key()] = t
	}
}

// Turn is when a node was seen to be given what it has; see [Turn].
func (c *Cluster) Turn(id NodeID) Turn { return c.turns[id] }

// Demotions are the managers that were seen to become workers, and have not been
// promoted since, the last of them last. The caller must not change the slice.
func (c *Cluster) Demotions() []Demotion { return c.demotions }
