package actions

import (
	"fmt"
	"slices"

	"skep/model"
)

var remove = Action{
	Verb: "remove", Title: "Remove", Kind: model.KindService, Tier: Destructive,
	Plan: planRemove,
}

// planRemove removes a service. The engine keeps neither the specification nor the
// registry's credentials nor the logs; the journal keeps the first of them.
func planRemove(in Input) (Plan, error) {
	s := readService(in)
	p := Plan{
		Verb: "remove", Title: fmt.Sprintf("remove the service %s", s.name()), Target: in.Target, Risk: Destructive,
		Steps:    []Step{{Op: OpRemove, Ref: in.Target.Ref, Seen: in.Doc}},
		Commands: []string{command("service", "rm", s.arg())},
		Undo:     Undo{Sentence: comesBack(in.Target.Ref.Kind)},
	}
	p.Impact.Stops = max(s.tasks, s.facts.Up)
	if s.job() {
		p.Impact.Stops = s.facts.Up + s.facts.Starting // Those that completed stop no more.
	}
	p.Impact.say("%s; the logs and the task history go with it", tasksDo(p.Impact.Stops, "stop"))
	if stack := stackOf(in); stack != "" && !in.InGroup && field(s.spec, pathGreen...) == nil {
		p.warn("it belongs to the stack %s: the next docker stack deploy creates it again", stack)
	}
	if names := localVolumes(s.shape(s.spec)); len(names) > 0 {
		p.Impact.say("its volumes stay on their nodes: %s", list(slices.Compact(names)))
	}
	s.warnPair(&p)
	p.confirm()
	return p, nil
}

// stackOf is the stack that the target belongs to; empty for none.
func stackOf(in Input) string {
	var stack string
	decodeField(in.Doc.Spec, &stack, "Labels", model.LabelStack)
	if stack == "" { // Networks have no specification.
		decodeField(in.Doc.Raw, &stack, "Labels", model.LabelStack)
	}
	return stack
}
