package actions

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"skep/model"
)

// unreadTasks is the warning where the tasks of the nodes, and so what they
// reserve, are not known.
const unreadTasks = "the nodes' tasks have not been read: it is not known whether they fit"

func (p *Plan) warnUnread() {
	p.Impact.Unread = true
	p.warn(unreadTasks)
}

// sayStarts says how many tasks are to start, and how many of them can: a
// number that is wanted is not one that will run. What stays as it is, or where
// the number comes from, follows in rest.
func (s service) sayStarts(p *Plan, more int, rest string) {
	p.Impact.Starts += more
	plain := tasksDo(more, "start") + rest
	c := s.in.Cluster
	if c == nil || len(c.Nodes()) == 0 {
		p.Impact.say("%s", plain)
		return
	}
	placer := c.Placer()
	d := model.Demand{Service: model.ServiceID(s.in.Target.Ref.ID), Spec: s.shape(s.spec)}
	room := placer.TotalRoom(d)
	wanted := model.Plural(more, "more task") + " " + verb(more, "is", "are") + " wanted"
	fits := verb(more, "it fits", "they fit")
	// Tasks that were not read can only take room away.
	most, least := "", ""
	if !placer.Sure() {
		most, least = "at most ", " or more"
	}
	switch {
	case room >= model.Unlimited:
		p.Impact.say("%s", plain)
		p.Impact.say("%s: nothing limits their number", fits)
	case room == 0:
		p.Impact.say("%s, none fits now%s", wanted, rest)
		p.warn("there is no room for more: %d will stay pending (%s)", more, s.whyFull(placer, d, 0))
	case room < more:
		p.Impact.say("%s, %s%d of them %s now%s", wanted, most, room, verb(room, "fits", "fit"), rest)
		p.warn("at most %d more fit: %d%s will stay pending (%s)", room, more-room, least, s.whyFull(placer, d, room))
	case !placer.Sure():
		p.Impact.say("%s%s", wanted, rest)
		p.warnUnread()
	default:
		p.Impact.say("%s", plain)
		p.Impact.say("%s: there is room for %s more", fits, roughly(room))
	}
}

// roughly is a number of which only the size matters: exact, it would change with every
// task that comes or goes, and the preview with it.
func roughly(n int) string {
	const exact = 20
	if n <= exact {
		return strconv.Itoa(n)
	}
	unit := 1
	for n/unit >= 10 {
		unit *= 10
	}
	return fmt.Sprintf("at least %d", n/unit*unit)
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
