package actions

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const upgradeVerb, endUpgradeVerb = "upgrade", "end-upgrade"

var (
	upgrade = Action{
		Verb: upgradeVerb, Title: "Upgrade the nodes", Kind: model.KindNode, Tier: Disruptive,
		Form: func(c *model.Cluster, targets []Target) *Form {
			f := gentleForm(c, targets)
			if f != nil {
				f.Title = "Upgrade " + model.Plural(len(targets), "node")
			}
			return f
		},
		Plan: planUpgrade,
	}
	endUpgrade = Action{
		Verb: endUpgradeVerb, Title: "End the upgrade", Kind: model.KindNode, Tier: Reversible,
		Enabled: func(c *model.Cluster, t Target) string {
			if _, marked := nodeOf(c, t).UpgradeMark(); !marked {
				return isNotUpgraded
			}
			return ""
		},
		Plan: planEndUpgrade,
	}
)

var pathUpgrade = []string{"Labels", model.LabelUpgrade}

// upgradeOrder is in which order nodes are upgraded: workers, managers, and the
// leader last, so that there is one election at the most.
func upgradeOrder(nodes []*model.Node) []*model.Node {
	rank := func(n *model.Node) int {
		switch {
		case n.Leads():
			return 2
		case n.Manages():
			return 1
		}
		return 0
	}
	out := slices.Clone(nodes)
	slices.SortStableFunc(out, func(a, b *model.Node) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// planUpgrade marks a node as one that is to be upgraded. What is said of the walk
// over all of them goes with the first.
func planUpgrade(in Input) (Plan, error) {
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return Plan{}, model.ErrGone
	}
	hard, err := parseRest(in.Values[restKey])
	if err != nil {
		return Plan{}, err
	}
	mark := model.UpgradeMark{Engine: n.Description.Engine.EngineVersion, Hard: hard, Began: began(in)}
	if before, marked := n.UpgradeMark(); marked {
		mark.Engine, mark.Away = before.Engine, before.Away
	}
	p, err := newPlan(in, upgradeVerb, Disruptive, Edit{Path: pathUpgrade, Value: mark.String()})
	if err != nil {
		return Plan{}, err
	}
	p.Goes = true
	p.Title = "upgrade " + in.Target.Name
	var todo []*model.Node
	for _, other := range in.Cluster.Nodes() {
		if in.inBatch(other.Key().Ref()) {
			todo = append(todo, other)
		}
	}
	q := in.Cluster.Quorum()
	switch {
	case len(in.Cluster.Nodes()) < 2:
		p.refuse("it is the only node: nothing could run elsewhere meanwhile")
	case n.Manages() && q.Managers == 2:
		p.refuse("with two managers, one that is away loses the quorum: promote a third one first, or demote one")
	case n.Manages() && q.Managers == 1:
		p.warn("it is the only manager: while it is away nothing can be changed; what runs goes on")
	}
	if todo = upgradeOrder(todo); todo[0] == n {
		sayUpgrade(&p, in.Cluster, todo, hard)
	}
	p.Undo.Sentence = "end the upgrade (skep upgrade --end): nodes that were upgraded stay so"
	p.Commands = []string{command("node", "update", "--label-add", model.LabelUpgrade+"="+mark.String(), nodeArg(in.Cluster, n.Key()))}
	p.confirm()
	return p, nil
}

// sayUpgrade says how the nodes are gone through.
func sayUpgrade(p *Plan, c *model.Cluster, todo []*model.Node, hard bool) {
	names := make([]string, len(todo))
	for i, n := range todo {
		if names[i] = c.NodeName(n.Key()); n.Leads() {
			names[i] += " (the leader)"
		}
	}
	say := func(format string, args ...any) {
		p.Impact.Whole = append(p.Impact.Whole, fmt.Sprintf(format, args...))
	}
	say("one after the other, in this order: %s", list(names))
	say("each is drained gently; then you upgrade or reboot it, and skep waits until it is back with another engine, or after it was down; then it is activated, and the services may come back to it")
	if hard {
		say("what cannot go gently is stopped before the node is yours")
	} else {
		say("what cannot go gently goes on running on the node: it is named then")
	}
	say("no node is taken out while another is down, and no manager while the quorum could not spare it")
	say("it can be left and gone on with at any time: labels on the nodes say how far it is")
}

func planEndUpgrade(in Input) (Plan, error) {
	p, err := newPlan(in, endUpgradeVerb, Reversible, Edit{Path: pathUpgrade, Delete: true})
	if err != nil {
		return Plan{}, err
	}
	p.Title = "end the upgrade of " + in.Target.Name
	p.Impact.say("nothing moves")
	if n := nodeOf(in.Cluster, in.Target); n != nil && gentle(in.Cluster, n) {
		p.warn("%s is being drained gently: activate it to take that back", in.Target.Name)
	}
	p.Undo.Sentence = "begin the upgrade again"
	p.Commands = []string{command("node", "update", "--label-rm", model.LabelUpgrade, nodeArg(in.Cluster, model.NodeID(in.Target.Ref.ID)))}
	p.confirm()
	return p, nil
}

// upgradeProcedure goes through all nodes that are marked; it is one for the swarm.
func upgradeProcedure(Target) Procedure {
	return Procedure{Verb: upgradeVerb, title: "upgrade", next: func(c *model.Cluster, _ Target) Move { return nextUpgrade(c) }}
}

// nextUpgrade is what comes next in the upgrade of the nodes.
func nextUpgrade(c *model.Cluster) Move {
	var todo []*model.Node
	for _, n := range c.Nodes() {
		if _, marked := n.UpgradeMark(); marked {
			todo = append(todo, n)
		}
	}
	if len(todo) == 0 {
		return Move{Done: "no node is left to be upgraded"}
	}
	todo = upgradeOrder(todo)
	n := todo[0]
	if i := slices.IndexFunc(todo, func(n *model.Node) bool { _, begun := n.DrainMark(); return begun }); i >= 0 {
		n = todo[i]
	}
	m := upgradeOne(c, n)
	m.Refs = append(m.Refs, n.Key().Ref())
	m.Said = fmt.Sprintf("%s left, %s", model.Plural(len(todo), "node"), c.NodeName(n.Key()))
	m.Back = "begin it again to go on, or end it"
	return m
}

// upgradeOne is what comes next with the node whose turn it is.
func upgradeOne(c *model.Cluster, n *model.Node) Move {
	t := Target{Ref: n.Key().Ref(), Name: c.NodeName(n.Key())}
	mark, _ := n.UpgradeMark()
	drain, begun := n.DrainMark()
	order := func(verb, title string, plan func(in Input) (Plan, error)) Move {
		return Move{Now: &Order{verb: verb, title: title + " " + t.Name, target: t, plan: plan}}
	}
	switch {
	case n.Gone() && begun && !mark.Away:
		mark.Away = true
		return order("note-away", "note that it was down:", func(in Input) (Plan, error) { return planUpgradeMark(in, mark) })
	case !n.Ready():
		return Move{Wait: fmt.Sprintf("waits until %s is back", t.Name), Idle: true}
	case n.Upgraded() && begun && drain.Phase == model.DrainBack:
		return nextBack(c, n)
	case n.Upgraded() && begun:
		return order(activateVerb, "let the services back to", func(in Input) (Plan, error) {
			return planNode(in, activateVerb, "let the services back to "+t.Name, model.DrainBack, n.Spec.Availability)
		})
	case n.Upgraded():
		return order(upgradeVerb, "done with", func(in Input) (Plan, error) { return planUpgradeMark(in, model.UpgradeMark{}) })
	case !begun && n.Spec.Availability == swarm.NodeAvailabilityDrain:
		return Move{Wait: yours(t, mark), Idle: true}
	case !begun:
		if why := spared(c, n); why != "" {
			return Move{Wait: fmt.Sprintf("%s is not taken out: %s", t.Name, why), Idle: true}
		}
		return order(gentleVerb, "drain gently", func(in Input) (Plan, error) {
			if mark.Hard {
				in.Values = map[string]string{restKey: restHard}
			}
			return planGentleDrain(in)
		})
	}
	m := nextDrain(c, n)
	if m.Done != "" {
		text := yours(t, mark)
		if m.Partly {
			text = m.Done + "; " + text
		}
		return Move{Wait: text, Idle: true}
	}
	return m
}

// yours says that a node waits for its operator.
func yours(t Target, mark model.UpgradeMark) string {
	return fmt.Sprintf("%s is yours: upgrade or reboot it now (it has engine %s); activate it to go on without", t.Name, mark.Engine)
}

// spared is why a node must not be taken out now.
func spared(c *model.Cluster, n *model.Node) string {
	for _, other := range c.Nodes() {
		switch m, marked := other.DrainMark(); {
		case other == n:
		case !other.Ready():
			return fmt.Sprintf("%s is %s", c.NodeName(other.Key()), other.Status.State)
		case marked && m.Phase == model.DrainBack:
			return fmt.Sprintf("the gentle drain of %s is being taken back", c.NodeName(other.Key()))
		}
	}
	if q := c.Quorum(); n.Manages() && q.Managers > 1 && q.Tolerance() < 1 {
		return fmt.Sprintf("%d of %d managers can be reached, and none can be spared", q.Reachable, q.Managers)
	}
	return ""
}

// planUpgradeMark sets the mark of a node; the zero one takes it away.
func planUpgradeMark(in Input, mark model.UpgradeMark) (Plan, error) {
	e := Edit{Path: pathUpgrade, Value: mark.String()}
	title := in.Target.Name + " was down"
	if mark == (model.UpgradeMark{}) {
		e, title = Edit{Path: pathUpgrade, Delete: true}, in.Target.Name+" is upgraded"
	}
	p, err := newPlan(in, upgradeVerb, Reversible, e)
	if err != nil {
		return Plan{}, err
	}
	p.Title, p.Undo.Sentence = title, "nothing to undo"
	p.confirm()
	return p, nil
}

// AllNodes are the nodes that an upgrade of the swarm is for; [ErrNoChange] where it
// would end and was not begun.
func AllNodes(c *model.Cluster, verb string) ([]Target, error) {
	var out []Target
	for _, n := range upgradeOrder(c.Nodes()) {
		if _, marked := n.UpgradeMark(); verb != endUpgradeVerb || marked {
			out = append(out, Target{Ref: n.Key().Ref(), Name: c.NodeName(n.Key())})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: no upgrade is under way", ErrNoChange)
	}
	return out, nil
}
