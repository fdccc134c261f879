package feed

import (
	"hash/maphash"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// A print stands for everything about an object that can change, so that two
// answers can be compared without keeping either. The engine raises the version
// with every write; what it computes while it answers has to be added. Prints
// are compared within one process only.
type print uint64

var seed = maphash.MakeSeed()

// printOf is the print of a comparable value. Those of several objects are added
// up by xor, so that the order in which the engine names them does not matter.
func printOf[T comparable](v T) print { return print(maphash.Comparable(seed, v)) }

type serviceMark struct {
	id, damage string
	version    uint64
	status     swarm.ServiceStatus
	known      bool
}

// printService is the print of one service with its counts.
func printService(s *model.Service) print {
	m := serviceMark{id: s.ID, damage: s.Damage, version: s.Version.Index}
	if s.ServiceStatus != nil {
		m.status, m.known = *s.ServiceStatus, true
	}
	return printOf(m)
}

type nodeMark struct {
	id, damage string
	version    uint64
	state      swarm.NodeState
	manager    swarm.ManagerStatus
}

// printNode is the print of one node. The manager's status is made up when the
// node is listed and does not move the version.
func printNode(n *model.Node) print {
	m := nodeMark{id: n.ID, damage: n.Damage, version: n.Version.Index, state: n.Status.State}
	if n.ManagerStatus != nil {
		m.manager = *n.ManagerStatus
	}
	return printOf(m)
}

type taskMark struct {
	id             model.TaskID
	version        uint64
	state, desired swarm.TaskState
}

// printTask is the print of one task.
func printTask(t *model.Task) print {
	return printOf(taskMark{t.ID, t.Version, t.State, t.Desired})
}
