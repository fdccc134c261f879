package triage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// nodeDown reports nodes that are gone. One whose host has joined again under
// another ID is no more than an entry that nobody removed.
func nodeDown(c *sweep, report func(model.Finding)) {
	for _, n := range c.Nodes() {
		if !n.Lost() || c.joinedAgain(n) {
			continue
		}
		name := c.NodeName(n.Key())
		f := model.Finding{Ref: n.Key().Ref(), Subject: name, Claim: "down", Why: n.Status.Message, Status: model.Broken,
			Since: n.UpdatedAt, Weight: weightNode, Evidence: []model.Evidence{
				{Object: name, Field: "Status.State", Value: string(n.Status.State)}, {Object: name, Field: "Status.Message", Value: n.Status.Message}},
			Remedy: model.Remedy{Text: "bring its engine back: see whether the host is up and reaches the managers; remove the node only if it is gone for good"}}
		if falls := c.lately(n); len(falls) >= fallsMany {
			f.Claim = fmt.Sprintf("down, %d times in %s", len(falls), model.Span(fallsFor))
		}
		switch left := c.certificateLife() - c.now.Sub(n.UpdatedAt); {
		case left < 0:
			f.Remedy.Text = "remove it and let it join anew: it was away for longer than its certificate lives, and cannot come back"
		case left < renewSoon:
			f.Remedy.Text += fmt.Sprintf("; its certificate runs out within %d hours, after which it has to join anew", 1+int(left.Hours()))
		}
		if c.agentLost(n) {
			f.Claim += ", though its manager answers"
			f.Evidence = append(f.Evidence, reachability(c, n))
			f.Remedy.Text = "restart its engine; if its log goes on with \"session initiation timed out\", demote it, let it leave by force and join anew: it has lost the list of its peers"
		}
		report(f)
	}
}

// agentLostAfter is how long a node may be down while its manager answers already, as
// when its engine starts.
const agentLostAfter = time.Minute

// agentLost reports whether a node is down for its agent alone: its manager is heard by
// the others and does not know them, which is so for good where one died right
// after its promotion (Engine 20.10, seen).
func (c *sweep) agentLost(n *model.Node) bool {
	return n.Manages() && n.ManagerStatus.Reachability == swarm.ReachabilityReachable && c.by(c.NodesAt).Sub(n.UpdatedAt) > agentLostAfter
}

// certificateLife is how long a node's certificate lives, which is so where nobody
// has said otherwise (swarmkit ca/certificates.go). A node renews it when half of
// that is over at the latest.
func (c *sweep) certificateLife() time.Duration {
	return cmp.Or(c.Session.CertLife, 90*24*time.Hour)
}

// joinedAgain reports whether the host of a node that is gone has left and joined
// again: one that is there has its name, and its address or joined when it went. Hosts
// made from one image may have one name.
func (c *sweep) joinedAgain(n *model.Node) bool {
	return slices.ContainsFunc(c.Nodes(), func(o *model.Node) bool {
		return o != n && o.Ready() && o.Hostname() == n.Hostname() && o.CreatedAt.After(n.CreatedAt) &&
			(o.Status.Addr == n.Status.Addr || n.UpdatedAt.Sub(o.CreatedAt) < rejoins)
	})
}

// rejoins is how much sooner than the leader gives a node up its host may have joined
// again.
const rejoins = time.Minute

// demoteLeftBehind is what helps against managers whose hosts have joined again: no
// manager can be removed.
func demoteLeftBehind(n *model.Node) model.Remedy {
	return model.Remedy{Text: fmt.Sprintf("demote and remove it: docker node demote %s, then docker node rm %s", n.ID, n.ID), Verb: "demote", Target: n.Key().Ref()}
}

// staleNode notes nodes that are gone and whose host has joined again.
func staleNode(c *sweep, report func(model.Finding)) {
	for _, n := range c.Nodes() {
		if n.Lost() && c.joinedAgain(n) {
			f := model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Status: model.Neutral, Since: n.UpdatedAt,
				Claim: "down, and its host has joined again", Why: "this entry was left behind; reading logs may fail as long as it is there",
				Remedy: model.Remedy{Text: "remove it: docker node rm " + n.ID, Verb: "remove", Target: n.Key().Ref()}}
			if n.Manages() {
				f.Remedy = demoteLeftBehind(n)
			}
			report(f)
		}
	}
}

// roleAfter is how long a node may take to become what it was promoted or demoted
// to.
const roleAfter = time.Minute

// roleStuck reports nodes that were promoted or demoted, and are still what they
// were.
func roleStuck(c *sweep, report func(model.Finding)) {
	for _, n := range c.Nodes() {
		wants := n.Spec.Role == swarm.NodeRoleManager
		// A node whose promotion fails joins again and again, which writes it each time.
		since := cmp.Or(c.Turn(n.Key()).Role, n.UpdatedAt)
		if n.Spec.Role == "" || wants == n.Manages() || !n.Ready() || c.by(c.NodesAt).Sub(since) < roleAfter {
			continue
		}
		f := model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Status: model.Warning, Since: since, Claim: "promoted, and no manager yet",
			Evidence: []model.Evidence{{Object: c.NodeName(n.Key()), Field: "Spec.Role", Value: string(n.Spec.Role)}, {Object: c.NodeName(n.Key()), Field: "ManagerStatus", Value: fmt.Sprint(n.Manages())}},
			Remedy:   model.Remedy{Text: "look at the engine's log on the node, and see whether the other managers reach its port 2377; if it cannot be had, demote it again", Verb: "demote", Target: n.Key().Ref()}}
		if !wants {
			f.Claim, f.Remedy = "demoted, and still a manager", model.Remedy{Text: "look at the engine's log on the leader: it keeps a manager without which the quorum would be lost, until others are back"}
		}
		report(f)
	}
}

// lately are when a node was seen to go down, as far as that still counts.
func (c *sweep) lately(n *model.Node) []time.Time {
	return slices.DeleteFunc(slices.Clone(c.Falls(n.Key())), func(t time.Time) bool { return c.now.Sub(t) > fallsFor })
}

func unreachable(n *model.Node) bool {
	return n.Manages() && n.ManagerStatus.Reachability == swarm.ReachabilityUnreachable
}

// reachability is what the leader says of a manager.
func reachability(c *sweep, n *model.Node) model.Evidence {
	return model.Evidence{Object: c.NodeName(n.Key()), Field: "ManagerStatus.Reachability", Value: string(n.ManagerStatus.Reachability)}
}

// managerUnreachable reports managers that their quorum cannot reach. The leader
// finds that out when it is asked, and does not tell since when.
func managerUnreachable(c *sweep, report func(model.Finding)) {
	for _, n := range c.Nodes() {
		if !unreachable(n) {
			continue
		}
		f := model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "manager not reachable",
			Status: model.Broken, Weight: weightManager,
			Evidence: []model.Evidence{reachability(c, n)},
			Remedy:   model.Remedy{Text: "bring its engine back: see whether the host is up, and reaches the port 2377 of the other managers"}}
		if n.Lost() && c.joinedAgain(n) {
			f.Why, f.Remedy = "its host has joined again: this entry was left behind, and counts among the managers as long as it is there", demoteLeftBehind(n)
		}
		report(f)
	}
}

// quorumLost reports at once that too few managers are left. The leader steps
// down only some seconds later, and answers until then.
func quorumLost(c *sweep, report func(model.Finding)) {
	q := c.Quorum()
	if !q.Lost() {
		return
	}
	f := model.Finding{Ref: c.quorumStands(), Subject: "quorum", Status: model.Broken, Weight: weightAll,
		Claim:  fmt.Sprintf("lost: %d of %d managers reachable, %d needed; nothing can be changed", q.Reachable, q.Managers, q.Needed()),
		Remedy: model.Remedy{Text: "bring managers back, as many as are missing: what runs goes on meanwhile"}}
	var names []string
	for _, n := range c.Nodes() {
		if unreachable(n) {
			names = append(names, c.NodeName(n.Key()))
			f.Evidence = append(f.Evidence, reachability(c, n))
		}
	}
	f.Why = some(names) + " " + number(len(names), "is", "are") + " not reachable"
	report(f)
}

func quorumThin(c *sweep, report func(model.Finding)) {
	q := c.Quorum()
	even := q.Managers > 2 && q.Managers%2 == 0 && q.Reachable == q.Managers
	if q.Managers < 2 || q.Tolerance() > 0 && !even || q.Lost() {
		return
	}
	f := model.Finding{Ref: c.quorumStands(), Subject: "quorum", Status: model.Warning, Weight: weightQuorum,
		Claim:  fmt.Sprintf("%d of %d managers up, losing one more loses quorum", q.Reachable, q.Managers),
		Remedy: model.Remedy{Text: "bring back the managers that are not reachable"}}
	if even {
		f.Status, f.Weight = model.Neutral, 0
		f.Claim, f.Why = fmt.Sprintf("%d managers, an even number", q.Managers), fmt.Sprintf("they can lose no more than %d could", q.Managers-1)
	}
	switch i := slices.IndexFunc(c.Nodes(), func(n *model.Node) bool { return unreachable(n) && n.Lost() && c.joinedAgain(n) }); {
	case q.Reachable == q.Managers:
		c.evenManagers(&f)
	case i >= 0:
		f.Remedy = demoteLeftBehind(c.Nodes()[i])
		f.Remedy.Text = c.NodeName(c.Nodes()[i].Key()) + " was left behind: " + f.Remedy.Text
	}
	report(f)
}

// evenManagers says what helps an even number of managers, and who was seen to be
// demoted to it.
func (c *sweep) evenManagers(f *model.Finding) {
	f.Remedy.Text = "promote one more node: an even number of managers survives no more losses than the odd one below it"
	list := c.Demotions()
	if len(list) == 0 {
		return
	}
	last := list[len(list)-1]
	f.Since = last.At
	f.Why = strings.TrimPrefix(fmt.Sprintf("%s; %s was demoted at %s", f.Why, last.Name, last.At.UTC().Format("15:04:05 UTC")), "; ")
	f.Evidence = append(f.Evidence, model.Evidence{Object: last.Name, Field: "Spec.Role, as was seen", Value: "manager -> worker"})
	if n := c.Node(last.Node); n != nil && n.Ready() {
		f.Remedy = model.Remedy{Text: "promote " + last.Name + " again, or another node: an even number of managers survives no more losses than the odd one below it", Verb: "promote", Target: last.Node.Ref()}
	}
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
		f := model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: word, Status: model.Neutral, Since: c.closedSince(n),
			Evidence: []model.Evidence{{Object: c.NodeName(n.Key()), Field: "Spec.Availability", Value: string(n.Spec.Availability)},
				{Object: c.NodeName(n.Key()), Field: "UpdatedAt", Value: n.UpdatedAt.UTC().Format("2006-01-02 15:04:05 UTC") + ", or before"}}}
		f.Undated = f.Since.IsZero()
		if waits := c.blamed[n.Key()]; len(waits) > 0 {
			f.Status, f.Why = model.Warning, c.starved(waits)
			f.Remedy = model.Remedy{Text: "activate it", Verb: "activate", Target: f.Ref}
		}
		report(f)
	}
}

// closedSince is since when a node takes no tasks, as far as that was seen, or a gentle
// drain has written it down: when a node was last written says nothing, as each
// election and each label writes it.
func (c *sweep) closedSince(n *model.Node) time.Time {
	at := c.Turn(n.Key()).Availability
	if mark, is := n.DrainMark(); at.IsZero() && is && mark.Phase == model.DrainDone {
		return mark.Began
	}
	return at
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
		at := c.lately(n)
		if len(at) == 0 || n.Lost() {
			continue
		}
		p := model.Finding{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Since: at[0], Claim: "was down and is back",
			Remedy: model.Remedy{Text: "look at its host and its network: journalctl -u docker, losses on the way to the managers"}}
		if len(at) > 1 {
			p.Claim = fmt.Sprintf("was down %d times in 10m and is back", len(at))
		}
		if len(at) >= fallsMany {
			p.Status = model.Warning
		}
		report(p)
	}
}

// leaderFlaps reports that the swarm has changed its leader again and again: each
// time nothing can be changed for some seconds, and updates begin anew.
func leaderFlaps(c *sweep, report func(model.Finding)) {
	at := slices.DeleteFunc(slices.Clone(c.Elections()), func(t time.Time) bool { return c.now.Sub(t) > fallsFor })
	if len(at) < fallsMany {
		return
	}
	report(model.Finding{Ref: c.quorumStands(), Part: "leader", Subject: "quorum", Status: model.Warning, Weight: weightQuorum, Since: at[0],
		Claim:  fmt.Sprintf("changed its leader %d times in %s", len(at), model.Span(fallsFor)),
		Why:    "the managers do not reach each other in time: a slow disk, a busy machine or a network that loses packets",
		Remedy: model.Remedy{Text: "look at the managers' disks and load, and at the latency between them"}})
}
