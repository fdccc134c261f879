package actions

import (
	"fmt"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

var pathRole = []string{"Role"}

var (
	promote = Action{
		Verb: "promote", Title: "Promote to manager", Kind: model.KindNode, Tier: Reversible,
		Enabled: func(c *model.Cluster, t Target) string {
			if n := nodeOf(c, t); n.Manages() || n.Spec.Role == swarm.NodeRoleManager {
				return isManager
			}
			return ""
		},
		Plan: planPromote,
	}
	demote = Action{
		Verb: "demote", Title: "Demote to worker", Kind: model.KindNode, Tier: Destructive,
		Enabled: func(c *model.Cluster, t Target) string {
			if n := nodeOf(c, t); !n.Manages() && n.Spec.Role == swarm.NodeRoleWorker {
				return isWorker
			}
			return ""
		},
		Plan: planDemote,
	}
)

func planRole(in Input, verb, back string, risk Tier, role swarm.NodeRole) (Plan, *model.Node, error) {
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return Plan{}, nil, model.ErrGone
	}
	p, err := newPlan(in, verb, risk, Edit{Path: pathRole, Value: role})
	if err != nil {
		return Plan{}, nil, err
	}
	arg := nodeArg(in.Cluster, n.Key())
	p.Title = verb + " " + in.Target.Name
	p.Commands = []string{command("node", verb, arg)}
	p.Undo.Sentence = back + " it again"
	p.Undo.Commands = []string{command("node", back, arg)}
	return p, n, nil
}

func planPromote(in Input) (Plan, error) {
	p, n, err := planRole(in, "promote", "demote", Reversible, swarm.NodeRoleManager)
	if err != nil {
		return Plan{}, err
	}
	before := in.Cluster.Quorum()
	after := before
	for _, other := range in.Cluster.Nodes() {
		if in.inBatch(other.Key().Ref()) && !other.Manages() {
			after.Managers++
			if other.Ready() {
				after.Reachable++
			}
		}
	}
	p.Impact.say("no task moves; the quorum: %s", quorumChange(before, after))
	if after.Managers%2 == 0 {
		p.warn("%d managers can lose no more than %d can: an odd number is better", after.Managers, after.Managers-1)
	}
	if !n.Ready() {
		p.warn("%s is %s: as a manager that cannot be reached it makes the quorum harder to keep", in.Target.Name, n.Status.State)
	}
	p.confirm()
	return p, nil
}

func planDemote(in Input) (Plan, error) {
	p, n, err := planRole(in, "demote", "promote", Destructive, swarm.NodeRoleWorker)
	if err != nil {
		return Plan{}, err
	}
	before, after := quorumWithout(in)
	if why := quorumRefusal(before, after); why != "" {
		p.refuse("%s", why)
	}
	p.Impact.say("no task moves; the quorum: %s", quorumChange(before, after))
	if n.Leads() && p.Risk != Refused { // There would be no other.
		p.warn("%s is the leader: another manager takes over, and nothing can be changed for a few seconds", in.Target.Name)
	}
	if in.Cluster.Session.NodeID == n.Key() {
		p.warn("this console is connected to %s, and a worker cannot show the swarm", in.Target.Name)
	}
	if after.Managers > 0 && after.Tolerance() == 0 {
		p.warn("losing one more manager then loses quorum: %d of %d are needed", majority(after.Managers), after.Managers)
	}
	p.confirm()
	return p, nil
}

// majority is how many of so many managers make a quorum.
func majority(managers int) int { return managers/2 + 1 }

// quorumWithout is the quorum before and after the targets cease to be
// managers.
func quorumWithout(in Input) (before, after model.Quorum) {
	before = in.Cluster.Quorum()
	after = before
	for _, n := range in.Cluster.Nodes() {
		if !n.Manages() || !in.inBatch(n.Key().Ref()) {
			continue
		}
		after.Managers--
		after.Workers++
		if n.ManagerStatus.Reachability != swarm.ReachabilityUnreachable {
			after.Reachable--
		}
	}
	return before, after
}

// quorumRefusal gives the reason why managers must not go; empty where they
// may. It is the engine's own rule (swarmkit manager/state/raft,
// CanRemoveMember), asked before the key can be pressed.
func quorumRefusal(before, after model.Quorum) string {
	switch {
	case after.Managers >= before.Managers:
		return ""
	case after.Managers < 1:
		return "it is the last manager: without one there is no swarm"
	case after.Reachable < majority(after.Managers):
		return fmt.Sprintf("the swarm would lose its quorum: %d of %d managers could be reached, %d are needed; bring the others back first",
			after.Reachable, after.Managers, majority(after.Managers))
	}
	return ""
}

// quorumChange is the quorum before and after in words.
func quorumChange(before, after model.Quorum) string {
	say := func(q model.Quorum) string {
		return fmt.Sprintf("%d of %d managers reachable, %d can be lost", q.Reachable, q.Managers, q.Tolerance())
	}
	return say(before) + " -> " + say(after)
}
