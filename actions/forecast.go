package actions

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// forecast is what a specification does to the tasks of a service that is no
// job, and how the engine goes about it.
type forecast struct {
	model.Turnover
	rolling
	// changed is set where the specification differs in what tasks are made
	// of, moved where only in where they may be.
	changed, moved bool
	// up counts the tasks that run now.
	up int
	// stuck is why the update can never end, mayStick why it may not: empty
	// where it can, or will.
	stuck, mayStick string
}

// foresee makes a forecast. Where the tasks were not read, it stands for what
// the service asks for.
func (s service) foresee(after json.RawMessage, config string) forecast {
	f := forecast{}
	f.changed, f.moved = dirty(s.spec, after)
	if c := s.in.Cluster; c != nil {
		if target := serviceOf(c, s.in.Target); target != nil {
			f.Turnover = c.Turnover(target, typed(after))
		}
	}
	if !f.Known {
		f.Turnover = model.Turnover{}
		if f.changed {
			in := s.in
			in.Doc.Spec = after
			f.Places = min(s.tasks, readService(in).tasks)
		}
		f.up = s.facts.Up
		f.rolling = readRolling(after, config, f.Places)
		return f
	}
	f.up = model.Running(f.Replaced) + model.Running(f.Stopped) + model.Running(f.Kept)
	if f.changed && sameToUs(s.spec, after) {
		// It differs in a field that the console does not know, and the
		// engine does.
		f.Replaced, f.Kept = append(f.Replaced, f.Kept...), nil
		f.Places = len(f.Replaced) + f.Revived
	}
	f.rolling = readRolling(after, config, f.Places)
	f.stuck, f.mayStick = s.stuckOn(f, after)
	return f
}

// typed is a specification as far as the console's types hold it.
func typed(spec json.RawMessage) *swarm.ServiceSpec {
	out := &swarm.ServiceSpec{}
	_ = json.Unmarshal(spec, out) // What can be read is there.
	return out
}

// sameToUs reports whether two specifications make the same tasks as far as the
// console's types tell.
func sameToUs(before, after json.RawMessage) bool {
	b, a := typed(before), typed(after)
	be, err1 := json.Marshal(b.EndpointSpec)
	ae, err2 := json.Marshal(a.EndpointSpec)
	return err1 == nil && err2 == nil && string(be) == string(ae) &&
		model.FingerprintOf(&b.TaskTemplate) == model.FingerprintOf(&a.TaskTemplate)
}

// stuckOn plays the update through and tells why it cannot end, or may not.
// The engine takes the tasks in any order (swarmkit
// manager/orchestrator/replicated/services.go ranges over a map), so the best
// one is played, and the worst.
func (s service) stuckOn(f forecast, after json.RawMessage) (never, maybe string) {
	if len(f.Replaced) == 0 || len(s.in.Cluster.Nodes()) == 0 {
		return "", ""
	}
	r := model.Replacement{
		Demand:   model.Demand{Service: model.ServiceID(s.in.Target.Ref.ID), Spec: s.shape(after)},
		Together: f.together(), StartFirst: f.startFirst, Bound: s.mode == model.ModeGlobal,
	}
	placer := s.placerWithout(f.Stopped)
	var roomy, others []*model.Task
	for _, t := range f.Replaced {
		if placer.MakesRoom(r.Demand, t) {
			roomy = append(roomy, t)
		} else {
			others = append(others, t)
		}
	}
	r.Old = slices.Concat(roomy, others)
	if _, never = placer.Replace(r); never != "" || r.Bound || len(roomy) == 0 || len(others) == 0 {
		return never, ""
	}
	r.Old = slices.Concat(others, roomy)
	_, maybe = s.placerWithout(f.Stopped).Replace(r)
	return "", maybe
}

// placerWithout places tasks where these, and those of the service that are on
// their way out, are gone.
func (s service) placerWithout(stopped []*model.Task) *model.Placer {
	c := s.in.Cluster
	placer := c.Placer()
	tasks, _ := c.TasksOf(model.ServiceID(s.in.Target.Ref.ID))
	for _, t := range tasks {
		if !t.Wanted() {
			placer.Vacate(t)
		}
	}
	for _, t := range stopped {
		placer.Vacate(t)
	}
	return placer
}

// replaced is how many tasks get a successor.
func (f forecast) replaced() int {
	if !f.Known {
		return f.Places
	}
	return len(f.Replaced)
}

// healthy is how many of the replaced tasks run now, as far as is known.
func (f forecast) healthy() int {
	if !f.Known {
		return min(f.up, f.Places)
	}
	return model.Running(f.Replaced)
}

// lowest is the smallest number of tasks that run on the way, if every new one
// starts.
func (f forecast) lowest() int {
	low := f.up - model.Running(f.Stopped)
	if !f.startFirst {
		low -= min(f.together(), f.healthy())
	}
	return max(0, low)
}

// foretell writes into a plan what a specification does to the tasks that there
// are. What is added and given up is for the verb to say.
func (s service) foretell(p *Plan, after json.RawMessage, config string) forecast {
	f := s.foresee(after, config)
	i := &p.Impact
	i.Known, i.Restarts, i.Starts, i.Lowest = f.Known, f.replaced(), f.Revived, f.lowest()
	for _, t := range f.Replaced {
		i.Replaced = append(i.Replaced, t.ID)
	}
	s.sayUnderway(p, f, after)
	switch {
	case f.Places > 0:
		f.say(p, s)
	case f.moved && !f.Known:
		p.raise(Disruptive)
		i.say("only the placement changes: tasks move away from nodes that no longer fit, the others stay")
	case f.moved:
		i.say("only the placement changes: every task is where it may be, and stays")
	case f.changed && len(f.Kept) > 0:
		i.say("no task restarts: those there already have this version")
	case f.changed:
		i.say("no task runs now, so none restarts")
	}
	return f
}

// say says what happens to the tasks: how many and in which order, how long it
// takes, and what if it fails.
func (f forecast) say(p *Plan, s service) {
	if f.changed || f.moved || !s.goesOn() {
		p.raise(Disruptive)
	}
	i := &p.Impact
	if f.stuck != "" {
		i.Stuck = f.stuck
		p.warn("the update can never finish, and the engine will not say so: %s", f.stuck)
	} else {
		i.AtLeast = f.atLeast()
	}
	if f.mayStick != "" {
		i.MayStick = f.mayStick
		p.warn("the update may never finish, depending on which task the engine replaces first: %s", f.mayStick)
	}
	if f.moved {
		i.say("only the placement changes: tasks move away from nodes that no longer fit")
	}
	i.say("%s%s", f.which(), f.order())
	if f.Revived > 0 {
		i.say("%s that had ended for good %s again", model.Plural(f.Revived, "task"), verb(f.Revived, "starts", "start"))
	}
	if n := f.early(); n > 0 {
		i.say("%s of the older version %s at once, although the %s in its place %s not run yet",
			model.Plural(n, "task"), verb(n, "stops", "stop"), verb(n, "new one", "new ones"), verb(n, "does", "do"))
	}
	if n := s.facts.Finished; n > 0 {
		i.say("%s ended well already: what %s did is done a second time", model.Plural(n, "task"), verb(n, "it", "they"))
	}
	s.sayNotAllRun(p, f)
	if f.stuck == "" {
		timing := fmt.Sprintf("takes at least %s", model.Span(i.AtLeast))
		if f.delay > 0 && f.batches() > 1 {
			timing += fmt.Sprintf(" (%s between batches)", model.Span(f.delay))
		}
		i.say("%s", timing)
	}
	f.onceOnly = s.facts.Finished > 0
	i.say("%s", f.onFailure())
	if f.replaced() > 0 && i.Lowest == 0 && !f.startFirst && (f.up > 0 || !f.Known && !s.facts.Counted()) && len(f.Kept) == 0 && f.together() == f.Places {
		p.warn("%s goes to 0 while it restarts: no task runs until the first replacement does", s.name())
	}
}

// early counts the tasks that run and are stopped although the one that is
// there to replace them does not run: where a new task is there already, the
// engine does not wait for it, in whichever order it replaces tasks (swarmkit
// manager/orchestrator/update/updater.go, useExistingTask).
func (f forecast) early() int {
	n := 0
	for _, t := range f.Stopped {
		beside := func(k *model.Task) bool { return model.SameSlot(k, t) && model.Running([]*model.Task{k}) == 0 }
		if model.Running([]*model.Task{t}) > 0 && slices.ContainsFunc(f.Kept, beside) {
			n++
		}
	}
	return n
}

// which counts the tasks that restart, and those that do not.
func (f forecast) which() string {
	n, rest := f.replaced(), len(f.Kept)
	together := ""
	switch {
	case n > 1 && f.together() >= n:
		together = " at once"
	case n > 1:
		together = fmt.Sprintf(", %d at a time", f.together())
	}
	switch {
	case n == 0:
		return "no task that is meant to run restarts"
	case rest > 0:
		return fmt.Sprintf("%d of %d tasks %s%s, %s", n, n+rest, verb(n, "restarts", "restart"), together,
			verb(rest, "the other stays", fmt.Sprintf("the other %d stay", rest)))
	case n == 1:
		return "its only task restarts"
	default:
		return fmt.Sprintf("%s tasks restart%s", all(n), together)
	}
}

// order says what of old and new comes first.
func (f forecast) order() string {
	switch {
	case f.replaced() == 0:
		return ""
	case f.startFirst:
		return "; start-first: each new task runs before the old one stops"
	default:
		return "; stop-first: each old task stops before the new one starts"
	}
}

// sayNotAllRun says that tasks are replaced that do not run.
func (s service) sayNotAllRun(p *Plan, f forecast) {
	n, up := f.replaced(), f.healthy()
	switch {
	case n == 0 || !f.Known && !s.facts.Counted():
	case s.facts.Restarted() > 0: // A count would change with every restart.
		p.Impact.say("%s; %s replaced all the same", verb(n, "it does not stay up", "not all of them stay up"), verb(n, "it is", "they are"))
	case up >= n:
	case up == 0:
		p.Impact.say("%s; %s replaced all the same", verb(n, "it is not running now", "none of them is running now"), verb(n, "it is", "they are"))
	default:
		p.Impact.say("only %d of the %d %s now; the others are replaced all the same", up, n, verb(up, "runs", "run"))
	}
}
