package model

import "github.com/moby/moby/api/types/swarm"

// Quorum is what the managers can lose.
type Quorum struct {
	Managers, Reachable, Workers int
}

// Quorum counts the managers.
func (c *Cluster) Quorum() Quorum {
	var q Quorum
	for _, n := range c.nodes {
		switch {
		case !n.Manages():
			q.Workers++
			continue
		case n.ManagerStatus.Reachability != swarm.ReachabilityUnreachable:
			q.Reachable++
		}
		q.Managers++
	}
	return q
}

// Tolerance is how many more managers can be lost before the swarm has no
// leader.
func (q Quorum) Tolerance() int { return max(0, q.Reachable-(q.Managers/2+1)) }

// Needed is how many managers must be reachable for the swarm to have a leader.
func (q Quorum) Needed() int { return q.Managers/2 + 1 }

// Lost reports whether too few managers are reachable. A leader may be there
// for some seconds more.
func (q Quorum) Lost() bool { return q.Managers > 0 && q.Reachable < q.Needed() }
