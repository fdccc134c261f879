package actions

import (
	"fmt"

	"skep/model"
)

var removeNode = Action{
	Verb: "remove", Title: "Remove from the swarm", Kind: model.KindNode, Tier: Destructive,
	Enabled: func(c *model.Cluster, t Target) string {
		switch n := nodeOf(c, t); {
		case n.Manages():
			return "it is a manager: demote it first"
		case n.Ready():
			return "it is ready: stop its engine or let it leave (docker swarm leave, on the node) first"
		case !n.Lost():
			return fmt.Sprintf("its state is %s: whether it is down is not known yet", n.Status.State)
		}
		return ""
	},
	Plan: planRemoveNode,
}

// planRemoveNode forgets a node that is down. The engine refuses any other.
func planRemoveNode(in Input) (Plan, error) {
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return Plan{}, model.ErrGone
	}
	p := Plan{
		Verb: "remove", Title: "remove the node " + in.Target.Name, Target: in.Target, Risk: Destructive,
		Steps:    []Step{{Op: OpRemove, Ref: in.Target.Ref, Name: in.Target.Name, Seen: in.Doc}},
		Commands: []string{command("node", "rm", nodeArg(in.Cluster, n.Key()))},
		Undo:     Undo{Sentence: "cannot be undone: to come back it has to join the swarm anew (docker swarm join, on the node), with other labels"},
	}
	p.Impact.say("no task stops: the engine has given up what ran there when the node went down")
	p.Impact.say("%s", quorumUntouched(in.Cluster, n))
	if n.Spec.Availability == "active" && n.Status.State == "disconnected" {
		p.warn("it may only be cut off: what runs there goes on running, seen by nobody")
	}
	if len(n.Spec.Labels) > 0 {
		p.warn("%s of it %s lost", model.Plural(len(n.Spec.Labels), "label"), verb(len(n.Spec.Labels), "is", "are"))
	}
	p.confirm()
	return p, nil
}
