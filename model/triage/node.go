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
				Why: n.Status.Message, Status: model.Broken, Since: n.UpdatedAt, Weight: weightNode, Evidence: []model.Evidence{
					{Object: c.NodeName(n.Key()), Field: "Status.State", Value: string(n.Status.State)}, {Object: c.NodeName(n.Key()), Field: "Status.Message", Value: n.Status.Message}}})
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
	for _, n := range c.Nodes() {
		word := availabilityWord[n.Spec.Availability]
		if !n.Ready() || word == "" {
			continue
		}
		f := model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: word, Status: model.Neutral, Since: n.UpdatedAt,
			Evidence: []model.Evidence{{Object: c.NodeName(n.Key()), Field: "Spec.Availability", Value: string(n.Spec.Availability)}}}
		if waits := c.blamed[n.Key()]; len(waits) > 0 {
			f.Status, f.Why = model.Warning, c.starved(waits)
			f.Remedy = model.Remedy{Text: "activate it", Verb: "activate", Target: f.Ref}
		}
		report(f)
	}
}

// starved names the services that wait for a node.
func (c *sweep) starved(waits []model.FindingID) string {
	var names []string
	for _, s := range c.Services() {
		if slices.ContainsFunc(waits, func(id model.FindingID) bool { return strings.HasSuffix(string(id), "/"+s.ID) }) {
			names = append(names, s.Name())
		}
	}
	if len(names) == 1 {
		return names[0] + " fits on no other node"
	}
	return some(names) + " fit on no other node"
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
