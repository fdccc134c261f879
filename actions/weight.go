package actions

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"skep/model"
)

// proxies are those that route to one of the pair.
func (p pair) proxies() []model.Routing {
	if routed := model.Routed(p.blue.Spec.Labels); len(routed) > 0 {
		return routed
	}
	return model.Routed(p.green.Spec.Labels)
}

// weighed reports whether all of them have weights by label: a step is then a weight,
// whatever the replicas.
func (p pair) weighed() bool {
	routed := p.proxies()
	return len(routed) > 0 && !slices.ContainsFunc(routed, func(r model.Routing) bool { return r.Weight == "" })
}

// weights say who gets how many requests.
func (p pair) weights() string {
	of := func(s *model.Service) string {
		for _, r := range model.Routed(s.Spec.Labels) {
			return r.WeightOf()
		}
		return "0"
	}
	return fmt.Sprintf("weights: %s of %s, %s of %s", of(p.green), p.green.Name(), of(p.blue), p.blue.Name())
}

// weigh are the edits that give one of the two a weight; an empty one takes it away.
func (p pairing) weigh(doc model.Document, weight string) []Edit {
	before := labelsOf(doc.Spec)
	return labelEdits(before, model.Weighed(before, p.proxies(), weight))
}

// beginWeights begins a switch in steps by weights.
func (p pairing) beginWeights(percents []int) (Plan, error) {
	routed := p.proxies()
	was := routed[0].WeightOf()
	if _, err := strconv.ParseUint(was, 10, 16); was != "" && err != nil {
		return Plan{}, fmt.Errorf("%s=%s is no number from 0 to 100", routed[0].Weight, was)
	}
	out, err := p.plan(switchVerb, Reversible, p.writeGreen(p.marked(model.GreenStepping, func(m *model.GreenMark) { m.Steps, m.Weight = percents, was })))
	if err != nil {
		return Plan{}, err
	}
	blue, green := p.blue.Name(), p.green.Name()
	out.Goes = true
	out.Title = fmt.Sprintf("switch the requests of %s over to %s, in %s", blue, green, model.Plural(len(percents)+1, "step"))
	var keys []string
	for _, r := range routed {
		keys = append(keys, r.Weight)
	}
	for i, n := range percents {
		out.Impact.say("step %d: %s gets %d of 100 requests, and %s %d, by the label %s", i+1, green, n, blue, 100-n, strings.Join(keys, ", "))
	}
	out.Impact.say("then all: %s", p.handover(p.blueDoc, p.greenDoc).what())
	out.Impact.say("before each step all tasks are up, and have been for %s; a task of %s that fails stops it there", model.Span(p.mark.Pause), green)
	out.Impact.say("only labels change: no task of either restarts; it can be left and gone on with at any time")
	out.Undo.Sentence = "switch back at any time (" + p.backCommand() + ")"
	p.warnNames(&out)
	p.finish(&out)
	return out, nil
}

// shareBy gives the new service so many of 100 requests, and the old one the others.
// The receiver comes first: until the other is written it has that part of more than
// 100, and nobody has less than all.
func (p pairing) shareBy(percent int) (Plan, error) {
	h := p.handover(p.blueDoc, p.greenDoc)
	if err := h.possible(true); err != nil {
		return Plan{}, err
	}
	before := labelsOf(p.greenDoc.Spec)
	taken := model.Weighed(model.Taken(before, labelsOf(p.blueDoc.Spec)), h.routed, strconv.Itoa(percent))
	mark := p.marked(model.GreenStepping, func(m *model.GreenMark) { m.Steps = m.Steps[min(1, len(m.Steps)):] })
	return p.plan("share", Reversible, p.writeGreen(append(labelEdits(before, taken), mark)...), p.writeBlue(p.weigh(p.blueDoc, strconv.Itoa(100-percent))...))
}
