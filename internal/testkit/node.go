package testkit

import (
	"maps"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// NodeOption says one thing about a node.
type NodeOption interface{ node(*model.Node) }

type nodeOption func(*model.Node)

func (o nodeOption) node(n *model.Node) { o(n) }

// Node makes a ready, active worker with 4 CPUs and 8 GiB.
func Node(options ...NodeOption) *model.Node {
	n := &model.Node{}
	n.Version.Index = 10
	n.CreatedAt, n.UpdatedAt = Now.Add(-90*24*time.Hour), Now.Add(-time.Hour)
	n.Spec.Role, n.Spec.Availability = swarm.NodeRoleWorker, swarm.NodeAvailabilityActive
	n.Status = swarm.NodeStatus{State: swarm.NodeStateReady, Addr: "10.0.0.9"}
	n.Description = swarm.NodeDescription{
		Hostname:  "worker1",
		Platform:  swarm.Platform{Architecture: "x86_64", OS: "linux"},
		Resources: swarm.Resources{NanoCPUs: 4e9, MemoryBytes: 8 << 30},
		Engine:    swarm.EngineDescription{EngineVersion: "29.7.2"},
	}
	for _, o := range options {
		o.node(n)
	}
	if n.ID == "" {
		n.ID = makeID("node", n.Description.Hostname)
	}
	return n
}

// Hostname names a node.
func Hostname(name string) NodeOption {
	return nodeOption(func(n *model.Node) { n.Description.Hostname = name })
}

// Manager makes a node a reachable manager.
func Manager() NodeOption { return manages(false, swarm.ReachabilityReachable) }

// Leader makes a node the leader.
func Leader() NodeOption { return manages(true, swarm.ReachabilityReachable) }

// LostManager makes a node a manager that the leader cannot reach.
func LostManager() NodeOption { return manages(false, swarm.ReachabilityUnreachable) }

func manages(leader bool, r swarm.Reachability) NodeOption {
	return nodeOption(func(n *model.Node) {
		n.Spec.Role = swarm.NodeRoleManager
		n.ManagerStatus = &swarm.ManagerStatus{Leader: leader, Reachability: r, Addr: n.Status.Addr + ":2377"}
	})
}

// Is sets a node's state.
func Is(state swarm.NodeState) NodeOption {
	return nodeOption(func(n *model.Node) { n.Status.State = state })
}

// Down makes a node one whose heartbeat is missing.
func Down() NodeOption {
	return nodeOption(func(n *model.Node) {
		n.Status.State, n.Status.Message = swarm.NodeStateDown, "heartbeat failure"
	})
}

// Availability sets what the scheduler may do with a node.
func Availability(a swarm.NodeAvailability) NodeOption {
	return nodeOption(func(n *model.Node) { n.Spec.Availability = a })
}

// NodeLabels adds labels to a node.
func NodeLabels(labels map[string]string) NodeOption {
	return nodeOption(func(n *model.Node) {
		if n.Spec.Labels == nil {
			n.Spec.Labels = map[string]string{}
		}
		maps.Copy(n.Spec.Labels, labels)
	})
}

// Offers sets a node's resources.
func Offers(nanoCPUs, bytes int64) NodeOption {
	return nodeOption(func(n *model.Node) {
		n.Description.Resources = swarm.Resources{NanoCPUs: nanoCPUs, MemoryBytes: bytes}
	})
}

// WithNode changes a node as no other option does.
func WithNode(change func(*model.Node)) NodeOption { return nodeOption(change) }
