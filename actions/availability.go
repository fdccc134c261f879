package actions

import (
	"fmt"
	"slices"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const activateVerb = "activate"

var pathAvailability = []string{"Availability"}

// alreadySet gives the reason why a node needs no change.
func alreadySet(a swarm.NodeAvailability, reason string) func(*model.Cluster, Target) string {
	return func(c *model.Cluster, t Target) string {
		if n := nodeOf(c, t); n.Spec.Availability == a {
			return reason
		}
		return ""
	}
}

var (
	drain = Action{
		Verb: "drain", Title: "Drain", Kind: model.KindNode, Tier: Disruptive,
		Enabled: alreadySet(swarm.NodeAvailabilityDrain, isDrained),
		Plan:    planDrain,
	}
	pause = Action{
		Verb: "pause", Title: "Pause", Kind: model.KindNode, Tier: Reversible,
		Enabled: alreadySet(swarm.NodeAvailabilityPause, isPaused),
		Plan:    planPause,
	}
	activate = Action{
		Verb: activateVerb, Title: "Activate", Kind: model.KindNode, Tier: Reversible,
		Enabled: func(c *model.Cluster, t Target) string {
			if n := nodeOf(c, t); n.Spec.Availability == swarm.NodeAvailabilityActive && !gentle(c, n) {
				return isActive
			}
			return ""
		},
		Plan: planActivate,
	}
)

// nodeOf finds the node of a target in the snapshot.
func nodeOf(c *model.Cluster, t Target) *model.Node { return c.Node(model.NodeID(t.Ref.ID)) }

// planAvailability is what the three plans have in common.
func planAvailability(in Input, verb string, risk Tier, a swarm.NodeAvailability) (Plan, *model.Node, error) {
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return Plan{}, nil, model.ErrGone
	}
	p, err := newPlan(in, verb, risk, Edit{Path: pathAvailability, Value: a})
	if err != nil {
		return Plan{}, nil, err
	}
	before := swarm.NodeAvailabilityActive
	decodeField(in.Doc.Spec, &before, pathAvailability...)
	set := func(a swarm.NodeAvailability) string {
		return command("node", "update", "--availability", string(a), nodeArg(in.Cluster, n.Key()))
	}
	p.Title = verb + " " + in.Target.Name
	p.Commands = []string{set(a)}
	p.Undo.Sentence = fmt.Sprintf("set it back to %s", before)
	p.Undo.Commands = []string{set(before)}
	return p, n, nil
}

func planPause(in Input) (Plan, error) {
	p, n, err := planAvailability(in, "pause", Reversible, swarm.NodeAvailabilityPause)
	if err != nil {
		return Plan{}, err
	}
	if n.Spec.Availability == swarm.NodeAvailabilityDrain {
		p.Impact.say("it is drained: nothing runs there, and nothing will")
	} else {
		stay, _ := liveTasks(in.Cluster, n.Key())
		p.Impact.say("%s; no new ones come", tasksDo(len(stay), "stay"))
	}
	if open := otherOpen(in); len(open) == 0 {
		p.warn("no other node takes tasks: what stops will not start again anywhere")
	}
	p.confirm()
	return p, nil
}

func planActivate(in Input) (Plan, error) {
	plan := planAvailability
	if n := nodeOf(in.Cluster, in.Target); n != nil && gentle(in.Cluster, n) {
		plan = planLetAllBack
	}
	p, n, err := plan(in, activateVerb, Reversible, swarm.NodeAvailabilityActive)
	if err != nil {
		return Plan{}, err
	}
	c := in.Cluster
	placer := c.Placer()
	placer.Set(n.Key(), swarm.NodeAvailabilityActive)
	var names []string
	fits := 0
	for _, s := range c.Services() {
		d := s.Demand()
		if s.Mode() == model.ModeGlobal && n.Spec.Availability == swarm.NodeAvailabilityDrain && placer.Fits(d, n).OK() {
			placer.Occupy(d, n)
			names = append(names, s.Name())
		}
		tasks, _ := c.TasksOf(s.Key())
		for _, t := range tasks {
			if t.State == swarm.TaskStatePending && t.Wanted() && t.NodeID == "" && placer.Fits(d, n).OK() {
				placer.Occupy(d, n)
				fits++
			}
		}
	}
	if missed := missedUpdates(c, n); len(missed) > 0 {
		p.raise(Disruptive)
		p.Impact.Restarts = len(missed)
		p.Impact.say("%s here at once: %s, which changed while the node took no tasks", tasksDo(len(missed), "restart"), list(missed))
	}
	p.Impact.Starts = len(names)
	if len(names) > 0 {
		p.Impact.say("%s here for global services: %s", tasksDo(len(names), "start"), list(names))
	}
	if _, known := liveTasks(c, n.Key()); fits > 0 && !known && !placer.Sure() {
		p.Impact.say("room for at most %s that cannot be placed now", model.Plural(fits, "task"))
		p.warnUnread()
	} else if fits > 0 {
		p.Impact.say("room for %s that cannot be placed now", model.Plural(fits, "task"))
	}
	p.Impact.say("tasks running elsewhere stay there: only new ones come here")
	if !n.Ready() {
		p.warn("%s is %s: nothing starts there until it is back", in.Target.Name, n.Status.State)
	}
	p.confirm()
	return p, nil
}

// missedUpdates are the global services of which a paused node holds a task of
// an older version. As soon as it is active the engine replaces them, all at
// once (swarmkit manager/orchestrator/global, reconcileOneNode).
func missedUpdates(c *model.Cluster, n *model.Node) []string {
	var names []string
	live, _ := liveTasks(c, n.Key())
	for _, t := range live {
		if s := c.Service(t.ServiceID); s != nil && s.Mode() == model.ModeGlobal && !s.UpToDate(t) {
			names = append(names, s.Name())
		}
	}
	slices.Sort(names)
	return names
}

// liveTasks are the tasks of a node that are meant to run there, and whether
// these are known to be all.
func liveTasks(c *model.Cluster, id model.NodeID) (live []*model.Task, known bool) {
	tasks, at := c.TasksOn(id)
	for _, t := range tasks {
		if t.Wanted() && !t.Terminal() {
			live = append(live, t)
		}
	}
	return live, !at.IsZero()
}

// otherOpen are the nodes that take tasks and are not targets themselves.
func otherOpen(in Input) []*model.Node {
	var out []*model.Node
	for _, n := range in.Cluster.Nodes() {
		if n.Schedulable() && !in.inBatch(n.Key().Ref()) {
			out = append(out, n)
		}
	}
	return out
}

// list names a few things.
func list(names []string) string {
	const shown = 6
	out := ""
	for i, name := range names {
		if i == shown {
			return fmt.Sprintf("%s and %d more", out, len(names)-shown)
		}
		if i > 0 {
			out += ", "
		}
		out += name
	}
	return out
}
