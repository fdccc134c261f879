package model

import (
	"cmp"
	"net/netip"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// Opening is a published port of a service on one node.
type Opening struct {
	Node string `json:"node"`
	// Address is the node's as the managers see it, which need not be the one that
	// clients know.
	Address  string                      `json:"address"`
	Port     uint32                      `json:"port"`
	Protocol network.IPProtocol          `json:"protocol"`
	Mode     swarm.PortConfigPublishMode `json:"mode"`
}

// Openings are where a service is to answer, in the order of its ports: a port of the
// routing mesh on every node that is ready, one of the host on the nodes of its running
// tasks alone, where a task may have got another one each time.
func (c *Cluster) Openings(s *Service) (out []Opening) {
	open := func(n *Node, p swarm.PortConfig) {
		if n != nil && n.Ready() && p.PublishedPort != 0 {
			out = append(out, Opening{n.Hostname(), n.Address(), p.PublishedPort,
				cmp.Or(p.Protocol, network.TCP), cmp.Or(p.PublishMode, swarm.PortConfigPublishModeIngress)})
		}
	}
	for _, p := range s.Endpoint.Ports {
		if p.PublishMode == swarm.PortConfigPublishModeHost {
			continue
		}
		for _, n := range c.Nodes() {
			open(n, p)
		}
	}
	tasks, _ := c.TasksOf(s.Key())
	for _, t := range tasks {
		if t.State != swarm.TaskStateRunning || !t.Wanted() {
			continue
		}
		seen := map[swarm.PortConfig]bool{} // Once for each family of addresses.
		for _, p := range t.Ports {
			p.Name = ""
			if p.PublishMode == swarm.PortConfigPublishModeHost && !seen[p] {
				seen[p] = true
				open(c.Node(t.NodeID), p)
			}
		}
	}
	return out
}

// Address is where others reach the node, as the managers see it; of a manager that
// has none there, the one of its own.
func (n *Node) Address() string {
	ip, err := netip.ParseAddr(n.Status.Addr)
	if (err != nil || ip.IsUnspecified() || ip.IsLoopback()) && n.ManagerStatus != nil {
		if own, err := netip.ParseAddrPort(n.ManagerStatus.Addr); err == nil {
			return own.Addr().String()
		}
	}
	return n.Status.Addr
}
