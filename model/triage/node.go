package triage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

func nodeDown(c *sweep, report func(model.Finding)) {
	for _, n := range c.Nodes() {
		if n.Lost() {
			report(model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "down",
				Why: n.Status.Message, Status: model.Broken, Since: n.UpdatedAt, Weight: weightNode})
		}
	}
}

// managerUnreachable reports managers that their quorum can not reach. The leader
// finds that out when it is asked, and does not tell since when.
func managerUnreachable(c *sweep, report func(model.Finding)) {
	for _, n := range c.Nodes() {
		if n.Manages() && n.ManagerStatus.Reachability == swarm.ReachabilityUnreachable {
			report(model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "manager not reachable",
				Status: model.Broken, Weight: weightManager})
		}
	}
}

// quorumLost reports at once that too few managers are left. The leader steps
// down only some seconds later, and answers until then.
func quorumLost(c *sweep, report func(model.Finding)) {
	if q := c.Quorum(); q.Lost() {
		report(model.Finding{Ref: c.quorumStands(), Subject: "quorum", Status: model.Broken, Weight: weightAll,
			Claim: fmt.Sprintf("lost: %d of %d managers reachable, %d needed; nothing can be changed", q.Reachable, q.Managers, q.Needed())})
	}
}

func quorumThin(c *sweep, report func(model.Finding)) {
	q := c.Quorum()
	if q.Managers < 2 || q.Tolerance() > 0 || q.Lost() {
		return
	}
	report(model.Finding{Ref: c.quorumStands(), Subject: "quorum", Status: model.Warning, Weight: weightQuorum,
		Claim: fmt.Sprintf("%d of %d managers up, losing one more loses quorum", q.Reachable, q.Managers)})
}

// quorumStands is the node that stands for the quorum in the list.
func (c *sweep) quorumStands() model.Ref {
	i := slices.IndexFunc(c.Nodes(), (*model.Node).Leads)
	if i < 0 {
		i = slices.IndexFunc(c.Nodes(), (*model.Node).Manages)
	}
	return c.Nodes()[i].Key().Ref()
}

var availabilityWord = map[swarm.NodeAvailability]string{
	swarm.NodeAvailabilityDrain: "drained", swarm.NodeAvailabilityPause: "paused",
}

// nodeDrained reports nodes that take no tasks: as a problem where a task finds
// no node for want of this one, else as a note. Many swarms drain their
// managers.
func nodeDrained(c *sweep, report func(model.Finding)) {
	var homeless []*model.Service
	for _, s := range c.Services() {
		if w := c.Facts(s.Key()).Worst; w != nil && w.State == swarm.TaskStatePending && strings.Contains(w.Err, string(model.FilterReady)) {
			homeless = append(homeless, s)
		}
	}
	var placer *model.Placer
	for _, n := range c.Nodes() {
		word := availabilityWord[n.Spec.Availability]
		if !n.Ready() || word == "" {
			continue
		}
		p := model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: word, Status: model.Neutral, Since: n.UpdatedAt}
		for _, s := range homeless {
			if placer == nil {
				placer = c.Placer()
			}
			placer.Set(n.Key(), swarm.NodeAvailabilityActive)
			if placer.Fits(s.Demand(), n).OK() {
				p.Status, p.Why = model.Warning, s.Name()+" fits on no other node"
				break
			}
		}
		report(p)
	}
}

// A node that comes and goes so often within fallsFor is a problem even while
// it is there.
const (
	fallsMany = 3
	fallsFor  = 10 * time.Minute
)

// nodeFell reports nodes that were down lately and are back.
func nodeFell(c *sweep, report func(model.Finding)) {
	for _, n := range c.Nodes() {
		at := slices.DeleteFunc(slices.Clone(c.Falls(n.Key())), func(t time.Time) bool { return c.now.Sub(t) > fallsFor })
		if len(at) == 0 || n.Lost() {
			continue
		}
		p := model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Since: at[0], Claim: "was down and is back"}
		if len(at) > 1 {
			p.Claim = fmt.Sprintf("was down %d times in 10m and is back", len(at))
		}
		if len(at) >= fallsMany {
			p.Status = model.Warning
		}
		report(p)
	}
}
