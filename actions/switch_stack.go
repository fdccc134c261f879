package actions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

// What is done to two stacks that stand beside each other is one plan: all of their
// services or none, and one undo.
var (
	switchStack = Action{
		Verb: switchVerb, Title: "Switch requests over to the stack beside it", Kind: model.KindStack, Tier: Reversible, Makes: true,
		Enabled: func(c *model.Cluster, t Target) string { return besideReason(c, t, model.GreenBeside) },
		Reads:   readBeside,
		Plan: func(in Input) (Plan, error) {
			return planBeside(in, switchVerb, planSwitch, model.GreenBeside)
		},
	}
	switchStackBack = Action{
		Verb: switchBackVerb, Title: "Switch requests back from the stack beside it", Kind: model.KindStack, Tier: Reversible, Makes: true,
		Enabled: func(c *model.Cluster, t Target) string { return besideReason(c, t, model.GreenOver) },
		Reads:   readBeside,
		Plan: func(in Input) (Plan, error) {
			return planBeside(in, switchBackVerb, planSwitchBack, model.GreenOver)
		},
	}
	finishStack = Action{
		Verb: finishVerb, Title: "Finish the switch of a stack", Kind: model.KindStack, Tier: Disruptive, Makes: true,
		Enabled: func(c *model.Cluster, t Target) string { return besideReason(c, t, finishable...) },
		Form:    finish.Form, Needs: finish.Needs, Reads: readBeside, Plan: planFinishStack,
	}
	finishable = []model.GreenPhase{model.GreenBeside, model.GreenOver, model.GreenFinishing, model.GreenRenewed, model.GreenReturned}
)

// besideReason is why nothing can be done with two stacks; empty where a pair of them
// is in one of the phases.
func besideReason(c *model.Cluster, t Target, phases ...model.GreenPhase) string {
	pairs := stacksBeside(c, t)
	if len(pairs) == 0 {
		return "no other stack stands beside it: deploy one first (skep deploy --beside)"
	}
	if !slices.ContainsFunc(pairs, func(p pair) bool { return slices.Contains(phases, p.mark.Phase) }) {
		return pairs[0].standing()
	}
	return ""
}

func readBeside(in Input) []model.Ref {
	var out []model.Ref
	for _, p := range stacksBeside(in.Cluster, in.Target) {
		out = append(out, p.refs()...)
	}
	return out
}

// input is what one of the pairs is planned from.
func (p pair) input(in Input) Input {
	out := in
	out.Target, out.InGroup = serviceTarget(p.green), true
	out.Batch = []Target{out.Target}
	out.Doc = in.Others[out.Target.Ref].Doc
	return out
}

// planBeside plans for all pairs of two stacks that are in a phase, as one.
func planBeside(in Input, does string, plan func(Input) (Plan, error), phase model.GreenPhase) (Plan, error) {
	var plans []Plan
	var inside, apart, weak []string
	for _, p := range stacksBeside(in.Cluster, in.Target) {
		one := p.input(in)
		read, err := readPairing(one)
		switch {
		case err != nil:
			return Plan{}, fmt.Errorf("%s: %w", p.green.Name(), err)
		case read.mark.Phase != phase && read.mark.Phase != model.GreenBeside && read.mark.Phase != model.GreenOver:
			return Plan{}, errors.New(read.standing())
		case !holds(read.blueDoc.Spec) && !holds(read.greenDoc.Spec):
			if inside = append(inside, p.green.Name()); read.byAlias() {
				inside, apart = inside[:len(inside)-1], append(apart, p.green.Name())
			}
			to := p.green
			if does == switchBackVerb {
				to = p.blue
			}
			if in.Cluster.Facts(to.Key()).TasksAt.IsZero() {
				return Plan{}, fmt.Errorf("the tasks of %s: %w", to.Name(), ErrUnread)
			}
			if why, held := complete(in.Cluster, to); why != "" {
				weak = append(weak, strings.TrimSuffix(why+": "+held, ": "))
			}
			continue
		case read.mark.Phase != phase:
			continue
		}
		made, err := plan(one)
		switch {
		case err != nil:
			return Plan{}, fmt.Errorf("%s: %w", p.green.Name(), err)
		case made.Goes:
			return Plan{}, fmt.Errorf("%s was stopped, or takes several steps: skep %s it first by itself", p.blue.Name(), strings.ReplaceAll(does, "switch-back", "switch --back"))
		}
		plans = append(plans, made)
	}
	if len(plans) == 0 {
		return Plan{}, errors.New("no proxy routes to any of its services by labels that skep knows, and none publishes a port of its own")
	}
	out := besideSum(in, does, plans)
	if does == switchVerb && len(plans) > 0 {
		out.Impact.say("all at once: in steps each service goes over by itself (skep switch SERVICE --steps)")
	}
	if len(inside) > 0 {
		out.Impact.say("with them come those that nobody outside calls: %s", list(inside))
	}
	for _, why := range weak {
		out.warn("what gets the requests may need what is not up: %s", why)
	}
	if len(apart) > 0 {
		out.warn("left alone, because they are called by an alias in a network that both stacks have, which changes hands one by one: %s", list(apart))
	}
	out.Undo = Undo{Sentence: "skep undo, or skep switch --back stack/" + quote(in.Target.Name) + ": all of it as one"}
	if does == switchBackVerb {
		out.Undo.Sentence = "skep undo, or switch over again: all of it as one"
	}
	return out, nil
}

// besideSum is one plan for two stacks.
func besideSum(in Input, does string, plans []Plan) Plan {
	out := Combine(plans)
	blue, green := besideNames(in)
	from, to := blue, green
	if does == switchBackVerb {
		from, to = green, blue
	}
	out.Verb, out.Target, out.Stops, out.Instead = does, in.Target, true, ""
	out.Title = fmt.Sprintf("switch the requests of the stack %s over to %s: %s", from, to, model.Plural(len(plans), "service"))
	out.Warnings, out.Impact.Sentences = slices.Clone(out.Warnings), slices.Clone(out.Impact.Sentences)
	out.Undo.Commands = nil
	if out.Risk == Refused {
		out.Confirm.Gate, out.Steps = GateNone, nil
		return out
	}
	out.confirm()
	return out
}

// besideNames are the two stacks, whichever of them the target is.
func besideNames(in Input) (blue, green string) {
	for _, p := range stacksBeside(in.Cluster, in.Target) {
		return string(p.blue.Stack()), string(p.green.Stack())
	}
	return in.Target.Name, in.Target.Name
}

// planFinishStack begins to make the services of a stack what those of the one beside
// it are.
func planFinishStack(in Input) (Plan, error) {
	var plans []Plan
	for _, p := range stacksBeside(in.Cluster, in.Target) {
		if !slices.Contains(finishable, p.mark.Phase) {
			return Plan{}, errors.New(p.standing())
		}
		made, err := planFinish(p.input(in))
		if err != nil {
			return Plan{}, fmt.Errorf("%s: %w", p.green.Name(), err)
		}
		made.Target = serviceTarget(p.blue) // It is whose tasks restart.
		plans = append(plans, made)
	}
	if len(plans) == 0 {
		return Plan{}, errors.New("no other stack stands beside it")
	}
	blue, green := besideNames(in)
	out := besideSum(in, finishVerb, plans)
	out.Goes = true
	out.Title = fmt.Sprintf("make the stack %s what %s is, and remove the services of that: %s", blue, green, model.Plural(len(plans), "pair"))
	out.Impact.say("first all of %s become what theirs beside them are, then the requests come back, and only then is one of %s removed", blue, green)
	out.Impact.say("what else %s has, its networks and volumes, stays: remove it afterwards (skep remove stack/%s)", green, quote(green))
	return out, nil
}

// finishStackProcedure goes on for all pairs of two stacks, in step: what gets requests
// calls the others of its stack, so that none of them comes before all of them can, and
// none goes before nobody is sent to any of them.
func finishStackProcedure(t Target) Procedure {
	watches := map[model.ServiceID]*stopwatch{}
	return Procedure{Verb: finishVerb, Target: t, title: "switch to " + t.Name, next: func(c *model.Cluster, t Target) Move {
		pairs := stacksBeside(c, t)
		if len(pairs) == 0 {
			return Move{Done: "the stack is what the one beside it was, and the services of that are gone"}
		}
		behind := furthestBehind(pairs)
		var now, wait Move
		var refs []model.Ref
		for _, p := range pairs {
			if watches[p.green.Key()] == nil {
				watches[p.green.Key()] = &stopwatch{}
			}
			m := nextSwitch(c, serviceTarget(p.green), watches[p.green.Key()])
			refs = append(refs, m.Refs...)
			switch {
			case m.Stop != "":
				m.Back = "skep finish stack/" + quote(t.Name) + " goes on"
				return m
			case p.mark.Phase != behind:
			case m.Now != nil && now.Now == nil:
				now = m
			case m.Wait != "" && (wait.Wait == "" || wait.Held == "" && m.Held != ""):
				wait = m
			}
		}
		switch {
		case wait.Wait != "":
		case now.Now != nil:
			wait = now
		default:
			wait = Move{Stop: pairs[0].standing()}
		}
		wait.Refs = refs
		return wait
	}}
}

// furthestBehind is the phase of a finish that some of the pairs are in, and none is
// before.
func furthestBehind(pairs []pair) model.GreenPhase {
	for _, phase := range []model.GreenPhase{model.GreenFinishing, model.GreenRenewed} {
		if slices.ContainsFunc(pairs, func(p pair) bool { return p.mark.Phase == phase }) {
			return phase
		}
	}
	return model.GreenReturned
}
