package actions

import (
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// drainProcedure drains a node gently, or takes that back: its mark says which.
func drainProcedure(t Target) Procedure {
	return Procedure{Verb: gentleVerb, Target: t, title: "gentle drain of " + t.Name, next: func(c *model.Cluster, t Target) Move {
		n := nodeOf(c, t)
		if n == nil {
			return Move{Stop: "the node is no longer in the swarm"}
		}
		return nextDrain(c, n)
	}}
}

// nextDrain is what comes next in the gentle drain of a node.
func nextDrain(c *model.Cluster, n *model.Node) Move {
	mark, marked := n.DrainMark()
	switch {
	case !marked && n.Spec.Availability == swarm.NodeAvailabilityActive && len(c.KeptAway(n.Key())) == 0:
		return Move{Done: "the node is active"}
	case !marked:
		return Move{Stop: "somebody has ended it: its mark on the node is gone"}
	case mark.Phase == model.DrainBack:
		return nextBack(c, n)
	case n.Spec.Availability == swarm.NodeAvailabilityActive:
		return Move{Stop: "somebody else has activated the node", Back: goOn}
	}
	d := drainWalk{c: c, n: n, mark: mark, name: c.NodeName(n.Key())}
	d.all = leaversOf(c, n, leaving(c))
	return d.next()
}

// goOn is how to go on with what stopped, and how to take it back.
const goOn = "drain it gently once more to go on, or activate it to take it back"

// leaving are the nodes that are being drained gently, or were.
func leaving(c *model.Cluster) []model.NodeID {
	var out []model.NodeID
	for _, n := range c.Nodes() {
		if m, ok := n.DrainMark(); ok && m.Phase != model.DrainBack {
			out = append(out, n.Key())
		}
	}
	return out
}

// drainWalk is one look at a gentle drain.
type drainWalk struct {
	c    *model.Cluster
	n    *model.Node
	name string
	mark model.DrainMark
	all  []leaver
}

func (d drainWalk) next() Move {
	m := Move{Said: d.said(), Back: goOn, Refs: d.refs()}
	if _, known := liveTasks(d.c, d.n.Key()); !known {
		m.Wait = "reads the tasks of " + d.name
		return m
	}
	var next, waits *leaver
	for i := range d.all {
		l := &d.all[i]
		switch {
		case l.away && d.stopped(l) != "":
			m.Stop = d.stopped(l)
			return m
		case l.away && !l.settled():
			m.Wait, m.Held = d.waitsFor(l)
			return m
		case l.away && l.Spec.Labels[model.LabelOrder] != "":
			m.Now = &Order{verb: "order-back", title: fmt.Sprintf("give %s its own update order back", l.Name()),
				target: l.target(), again: true, plan: planOrderBack}
			return m
		case l.away:
		case d.rolledBack(l):
			m.Stop = fmt.Sprintf("%s was rolled back by the engine when it was moved: %s", l.Name(), d.whyFailed(l))
			return m
		case l.why == "" && next == nil:
			next = l
		case l.passes && waits == nil:
			waits = l
		}
	}
	switch {
	case next != nil:
		m.Now = d.moveOff(next)
	case waits != nil:
		m.Wait = fmt.Sprintf("waits until %s can move: %s", waits.Name(), waits.why)
	default:
		d.end(&m)
	}
	return m
}

func (d drainWalk) moveOff(l *leaver) *Order {
	id, trick := d.n.Key(), l.trick
	return &Order{verb: "move-off", title: fmt.Sprintf("move %s off %s", l.Name(), d.name), target: l.target(),
		plan: func(in Input) (Plan, error) { return planMoveOff(in, id, trick) }}
}

func (l *leaver) target() Target { return Target{Ref: l.Key().Ref(), Name: l.Name()} }

// end is what comes once nothing is left that could go gently.
func (d drainWalk) end(m *Move) {
	_, left := parted(d.all)
	t := Target{Ref: d.n.Key().Ref(), Name: d.name}
	drained := d.n.Spec.Availability == swarm.NodeAvailabilityDrain
	set := func(verb, title string, phase model.DrainPhase, to swarm.NodeAvailability) {
		m.Now = &Order{verb: verb, title: title, target: t, again: true,
			plan: func(in Input) (Plan, error) { return planNode(in, verb, title, phase, to) }}
	}
	switch {
	case len(left) > 0 && !d.mark.Hard && !drained && d.mark.Phase != model.DrainLeft:
		set("gentle-drain", "leave the rest on "+d.name, model.DrainLeft, d.n.Spec.Availability)
	case len(left) > 0 && !d.mark.Hard && !drained:
		m.Partly = true
		m.Done = fmt.Sprintf("%s is paused; what cannot go gently goes on there: %s", d.name, whys(left))
	case !drained || d.mark.Phase != model.DrainDone:
		set("drain", "drain "+d.name, model.DrainDone, swarm.NodeAvailabilityDrain)
	default:
		if n := d.remains(); n > 0 {
			m.Wait = fmt.Sprintf("%s left on %s", model.Plural(n, "task"), d.name)
			return
		}
		m.Done = d.name + " is drained and empty"
	}
}

// whys names services with the reasons why they cannot go gently.
func whys(left []leaver) string {
	out := make([]string, len(left))
	for i, l := range left {
		out[i] = fmt.Sprintf("%s (%s)", l.Name(), l.why)
	}
	return strings.Join(out, ", ")
}

// remains counts the tasks on the node that have not ended.
func (d drainWalk) remains() int {
	tasks, _ := d.c.TasksOn(d.n.Key())
	left := 0
	for _, t := range tasks {
		if !t.Terminal() && t.State != swarm.TaskStateRemove {
			left++
		}
	}
	return left
}

// stopped is why a service that moves does not get any further.
func (d drainWalk) stopped(l *leaver) string {
	switch l.facts.Rollout.State {
	case swarm.UpdateStatePaused, swarm.UpdateStateRollbackPaused:
		return fmt.Sprintf("%s does not start elsewhere, and the engine has paused its update: %s", l.Name(), d.whyFailed(l))
	case swarm.UpdateStateUpdating, swarm.UpdateStateRollbackStarted, swarm.UpdateStateCompleted, swarm.UpdateStateRollbackCompleted:
	}
	if l.MidUpdate() && held(l.Service) {
		return fmt.Sprintf("%s does not go on moving: %s", l.Name(), isHeld)
	}
	// A loop of before the drain says nothing of the other nodes.
	if l.facts.Restarts.Loop && d.failedLast(l) != nil {
		return fmt.Sprintf("%s does not stay up elsewhere: %s", l.Name(), d.whyFailed(l))
	}
	return ""
}

// failedLast is the newest task that ended elsewhere since the drain began; nil for
// none.
func (d drainWalk) failedLast(l *leaver) *model.Task {
	var last *model.Task
	tasks, _ := d.c.TasksOf(l.Key())
	for _, t := range tasks {
		if t.Terminal() && t.NodeID != d.n.Key() && !t.CreatedAt.Before(d.mark.Began) && (last == nil || t.CreatedAt.After(last.CreatedAt)) {
			last = t
		}
	}
	return last
}

// whyFailed is the reason of the new task that failed last, or what the engine
// says. One that ends well when its health check stops it leaves no error behind.
func (d drainWalk) whyFailed(l *leaver) string {
	last := d.failedLast(l)
	if last == nil {
		return l.facts.Rollout.Message
	}
	why := model.Brief(d.c.Reason(last))
	if !last.Bad() {
		why = fmt.Sprintf("it ended, with exit code %d, before it was up for long enough", last.ExitCode)
		if h := last.Spec; h != nil && h.ContainerSpec != nil && h.ContainerSpec.Healthcheck != nil {
			why += "; its health check may not have passed"
		}
	}
	return fmt.Sprintf("%s on %s: %s", d.c.TaskName(last), d.c.NodeName(last.NodeID), why)
}

// rolledBack reports whether the engine has taken back the move of a service since
// this gentle drain began. With what it wrote the mark of the service went as well.
func (d drainWalk) rolledBack(l *leaver) bool {
	u := l.UpdateStatus
	if u == nil || u.StartedAt == nil || u.StartedAt.Before(d.mark.Began) {
		return false
	}
	return u.State == swarm.UpdateStateRollbackCompleted || u.State == swarm.UpdateStateRollbackStarted
}

// waitsFor is what is waited for of a service that moves, and what holds it up.
func (d drainWalk) waitsFor(l *leaver) (wait, held string) {
	wait = fmt.Sprintf("%s moves, %d/%d up", l.Name(), l.facts.Up, l.facts.Want)
	switch {
	case l.facts.Worst != nil:
		held = d.c.TaskName(l.facts.Worst) + ": " + model.Brief(d.c.Reason(l.facts.Worst))
	case len(l.here) == 0 && l.facts.Rollout.Active():
		wait += ", watched for failures"
	}
	return wait, held
}

// said counts the services that have moved.
func (d drainWalk) said() string {
	gentle, left := parted(d.all)
	done := 0
	for _, l := range gentle {
		if l.away && l.settled() {
			done++
		}
	}
	text := fmt.Sprintf("%d of %s moved", done, model.Plural(len(gentle), "service"))
	if len(left) > 0 {
		text += fmt.Sprintf(", %d cannot go gently", len(left))
	}
	return text
}

// refs are what has to be read: the node, and the services that move.
func (d drainWalk) refs() []model.Ref {
	out := []model.Ref{d.n.Key().Ref()}
	for _, l := range d.all {
		out = append(out, l.Key().Ref())
	}
	return out
}

// nextBack is what comes next where a gentle drain is taken back: the services
// first, while no task can come to the node, and then the node.
func nextBack(c *model.Cluster, n *model.Node) Move {
	id, name := n.Key(), c.NodeName(n.Key())
	m := Move{Back: "activate it once more to go on", Refs: []model.Ref{id.Ref()}}
	kept := c.KeptAway(id)
	m.Said = model.Plural(len(kept), "service") + " to let back"
	for _, s := range kept {
		t := Target{Ref: s.Key().Ref(), Name: s.Name()}
		m.Refs = append(m.Refs, t.Ref)
		if m.Now == nil {
			m.Now = &Order{verb: "let-back", title: fmt.Sprintf("let %s come back to %s", s.Name(), name), target: t,
				plan: func(in Input) (Plan, error) { return planLetBack(in, id) }}
		}
	}
	if m.Now == nil {
		m.Now = &Order{verb: activateVerb, title: "activate " + name, target: Target{Ref: id.Ref(), Name: name},
			plan: func(in Input) (Plan, error) {
				return planNode(in, activateVerb, "activate "+name, "", swarm.NodeAvailabilityActive)
			}}
	}
	return m
}
