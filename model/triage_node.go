package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

func nodeDown(c *Cluster, _ time.Time, report func(Problem)) {
	for _, n := range c.nodes {
		if n.Lost() {
			report(Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "down",
				Why: n.Status.Message, Status: Broken, Since: n.UpdatedAt, weight: weightNode})
		}
	}
}

// managerUnreachable reports managers that their quorum can not reach. The leader
// finds that out when it is asked, and does not tell since when.
func managerUnreachable(c *Cluster, _ time.Time, report func(Problem)) {
	for _, n := range c.nodes {
		if n.Manages() && n.ManagerStatus.Reachability == swarm.ReachabilityUnreachable {
			report(Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "manager not reachable",
				Status: Broken, weight: weightManager})
		}
	}
}

// quorumLost reports at once that too few managers are left. The leader steps
// down only some seconds later, and answers until then.
func quorumLost(c *Cluster, _ time.Time, report func(Problem)) {
	if q := c.Quorum(); q.Lost() {
		report(Problem{Ref: c.quorumStands(), Subject: "quorum", Status: Broken, weight: weightAll,
			Claim: fmt.Sprintf("lost: %d of %d managers reachable, %d needed; nothing can be changed", q.Reachable, q.Managers, q.Needed())})
	}
}

func quorumThin(c *Cluster, _ time.Time, report func(Problem)) {
	q := c.Quorum()
	if q.Managers < 2 || q.Tolerance() > 0 || q.Lost() {
		return
	}
	report(Problem{Ref: c.quorumStands(), Subject: "quorum", Status: Warning, weight: weightQuorum,
		Claim: fmt.Sprintf("%d of %d managers up, losing one more loses quorum", q.Reachable, q.Managers)})
}

// quorumStands is the node that stands for the quorum in the list.
func (c *Cluster) quorumStands() Ref {
	i := slices.IndexFunc(c.nodes, (*Node).Leads)
	if i < 0 {
		i = slices.IndexFunc(c.nodes, (*Node).Manages)
	}
	return c.nodes[i].Key().Ref()
}

var availabilityWord = map[swarm.NodeAvailability]string{
	swarm.NodeAvailabilityDrain: "drained", swarm.NodeAvailabilityPause: "paused",
}

// nodeDrained reports nodes that take no tasks: as a problem where a task finds
// no node for want of this one, else as a note. Many swarms drain their
// managers.
func nodeDrained(c *Cluster, _ time.Time, report func(Problem)) {
	var homeless []*Service
	for _, s := range c.services {
		if w := c.Facts(s.Key()).Worst; w != nil && w.State == swarm.TaskStatePending && strings.Contains(w.Err, string(FilterReady)) {
			homeless = append(homeless, s)
		}
	}
	var placer *Placer
	for _, n := range c.nodes {
		word := availabilityWord[n.Spec.Availability]
		if !n.Ready() || word == "" {
			continue
		}
		p := Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: word, Status: Neutral, Since: n.UpdatedAt}
		for _, s := range homeless {
			if placer == nil {
				placer = c.Placer()
			}
			placer.Set(n.Key(), swarm.NodeAvailabilityActive)
			if placer.Fits(s.Demand(), n).OK() {
				p.Status, p.Why = Warning, s.Name()+" fits on no other node"
				break
			}
		}
		report(p)
	}
}

// falls are when nodes were seen to go down, the last few of each.
type falls map[NodeID][]time.Time

// A node that comes and goes so often within fallsFor is a problem even while
// it is there.
const (
	fallsMany = 3
	fallsFor  = 10 * time.Minute
)

func (f falls) add(id NodeID, at time.Time) {
	kept := append(slices.Clone(f[id]), at)
	f[id] = kept[max(0, len(kept)-2*fallsMany):]
}

// nodeFell reports nodes that were down lately and are back.
func nodeFell(c *Cluster, now time.Time, report func(Problem)) {
	for _, n := range c.nodes {
		at := slices.DeleteFunc(slices.Clone(c.falls[n.Key()]), func(t time.Time) bool { return now.Sub(t) > fallsFor })
		if len(at) == 0 || n.Lost() {
			continue
		}
		p := Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Since: at[0], Claim: "was down and is back"}
		if len(at) > 1 {
			p.Claim = fmt.Sprintf("was down %d times in 10m and is back", len(at))
		}
		if len(at) >= fallsMany {
			p.Status = Warning
		}
		report(p)
	}
}
