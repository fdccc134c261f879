package actions

import (
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

// sayRoom says how many more tasks fit, if that limits anything.
func (s service) sayRoom(p *Plan, more int) {
	c := s.in.Cluster
	if c == nil || len(c.Nodes()) == 0 {
		return
	}
	placer := c.Placer()
	d := model.Demand{Service: model.ServiceID(s.in.Target.Ref.ID), Spec: s.shape(s.spec)}
	room := placer.TotalRoom(d)
	known := ""
	if !placer.Sure() {
		known = ", as far as the tasks of the nodes are known"
	}
	switch {
	case room >= model.Unlimited:
		p.Impact.say("they fit: nothing limits their number")
	case room >= more:
		p.Impact.say("they fit: there is room for %d more%s", room, known)
	case room == 0:
		p.warn("there is no room for more%s: %d will stay pending (%s)", known, more, s.whyFull(placer, d, 0))
	default:
		p.warn("at most %d more fit%s: %d will stay pending (%s)", room, known, more-room, s.whyFull(placer, d, room))
	}
}

// whyFull is what keeps the tasks out that no longer fit. What limits the
// nodes that still have room is only seen when they are full.
func (s service) whyFull(placer *model.Placer, d model.Demand, room int) string {
	for range min(room, maxReplicas) {
		placer.Place(d)
	}
	why := placer.Explain(d)
	if refusals := placer.Refusals(d); len(refusals) == 1 && refusals[0].Detail != "" {
		why += ": " + refusals[0].Detail
	}
	return why
}

// tally counts names, for sentences such as "2 to worker2, 1 to worker3".
type tally map[string]int

func (t tally) String() string {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if t[a] != t[b] {
			return t[b] - t[a]
		}
		return strings.Compare(a, b)
	})
	const shown = 5
	parts := make([]string, 0, shown+1)
	for i, name := range names {
		if i == shown {
			parts = append(parts, fmt.Sprintf("and %d more nodes", len(names)-shown))
			break
		}
		parts = append(parts, fmt.Sprintf("%d to %s", t[name], name))
	}
	return strings.Join(parts, ", ")
}
