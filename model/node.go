package model

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Node is one node of the swarm as the leader last knew it. Read only.
type Node struct {
	swarm.Node
	// Damage says why the engine's answer could not be read as a whole; empty
	// for a sound object. What could be read is there.
	Damage string

	returned []time.Time // set by a Builder: see returns
}

// Key is the node's ID.
func (n *Node) Key() NodeID { return NodeID(n.ID) }

// Hostname is the name the node gave itself, or its ID while it gave none.
// Hostnames are not unique: a node that left and joined again has a twin.
func (n *Node) Hostname() string {
	if n.Description.Hostname == "" {
		return n.ID
	}
	return n.Description.Hostname
}

// Ready reports whether the leader hears the node's heartbeat.
func (n *Node) Ready() bool { return n.Status.State == swarm.NodeStateReady }

// Lost reports whether the leader has given the node up, so that nothing is known
// of what runs there. A node that is unknown, as all are for some seconds after
// an election, is neither ready nor lost.
func (n *Node) Lost() bool {
	return n.Status.State == swarm.NodeStateDown || n.Status.State == swarm.NodeStateDisconnected
}

// Gone reports whether the node is lost, or is a manager that neither the leader
// nor its peers hear. A leader that is rebooted goes without ever being lost: the
// next one calls every node unknown and then ready as it reports (Engine 20.10).
func (n *Node) Gone() bool {
	return n.Lost() || !n.Ready() && n.Manages() && n.ManagerStatus.Reachability == swarm.ReachabilityUnreachable
}

// Manages reports whether the node is a manager now. The spec's role is only
// what was asked for: a promotion that has not arrived has no ManagerStatus.
func (n *Node) Manages() bool { return n.ManagerStatus != nil }

// Leads reports whether the node is the Raft leader.
func (n *Node) Leads() bool { return n.ManagerStatus != nil && n.ManagerStatus.Leader }

// Schedulable reports whether the scheduler may place new tasks on the node.
func (n *Node) Schedulable() bool {
	return n.Ready() && n.Spec.Availability == swarm.NodeAvailabilityActive
}

// Role is the node's role in words: "leader", "manager", "worker", the
// reachability where a manager is not reachable, and what is still pending.
func (n *Node) Role() string {
	switch {
	case n.Leads():
		return "leader"
	case n.Manages() && n.Spec.Role == swarm.NodeRoleWorker:
		return "demotion pending"
	case n.Manages() && n.ManagerStatus.Reachability != swarm.ReachabilityReachable:
		return string(n.ManagerStatus.Reachability)
	case n.Manages():
		return "manager"
	case n.Spec.Role == swarm.NodeRoleManager:
		return "promotion pending"
	default:
		return "worker"
	}
}

// KindNode is the kind of nodes.
const KindNode Kind = "node"

var _ = register(KindInfo{
	Kind: KindNode, Plural: "nodes", Path: "/nodes", Writes: Writes{Update: true, Remove: true},
	Unmade: "a node that was removed has to join the swarm again (docker swarm join, on the node)",
	Find: func(c *Cluster, id string) (Meta, bool) {
		n := c.Node(NodeID(id))
		if n == nil {
			return Meta{}, false
		}
		return Meta{Ref: n.Key().Ref(), Name: c.NodeName(n.Key()), Labels: n.Spec.Labels,
			Version: n.Version.Index, Created: n.CreatedAt, Updated: n.UpdatedAt, Moved: n.UpdatedAt}, true
	},
	Names: func(c *Cluster) []string {
		out := make([]string, len(c.nodes))
		for i, n := range c.nodes {
			out[i] = n.Hostname()
		}
		return out
	},
	Tasks: func(c *Cluster, id string) ([]*Task, time.Time) { return c.TasksOn(NodeID(id)) },
	Logs: func(c *Cluster, id string) LogSource {
		if n := c.Node(NodeID(id)); n != nil {
			return LogSource{Nodes: []NodeID{n.Key()}}
		}
		return LogSource{}
	},
	Shown: func(_ *Cluster, id string) []Ref { return []Ref{NodeID(id).Ref()} },
})
