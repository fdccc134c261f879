package model

import (
	"slices"
	"strings"
	"time"
)

// announced are the attributes of events that tell something which no list does, as
// the engine names them without ".old" and ".new", in the order in which they are told.
var announced = []string{"replicas", "image", "availability", "role", "reachability", "state"}

// Announce takes in what an event says that the lists do not: from what an object was
// changed to what, and that one is gone. It is for the timeline only.
func (b *Builder) Announce(e Event, at time.Time) {
	m := Moment{At: at, Ref: Ref{Kind(e.Kind), e.ID}, Name: e.Attributes["name"]}
	switch e.Action {
	case "update":
		m.What = e.changes()
	case "remove":
		if m.Ref.Service() == "" && m.Ref.Node() == "" { // Those are missed in their lists.
			m.What = "removed"
		}
	}
	if m.What == "" || m.Name == "" || e.ID == "" {
		return
	}
	b.chronicle.add(m)
}

// changes are what an event says was changed, such as "replicas 2 -> 3".
func (e Event) changes() string {
	var out []string
	for _, key := range announced {
		was, is := e.Attributes[key+".old"], e.Attributes[key+".new"]
		if key == "image" {
			was, is = ShortImage(was), ShortImage(is)
		}
		if was == is || was == "" || is == "" || key == "state" && is != "ready" { // Its falls are told.
			continue
		}
		out = append(out, key+" "+was+" -> "+is)
	}
	return MaskText(strings.Join(out, ", "))
}

// untold drops the moments that say no more than that something was changed, where an
// event has told what.
func untold(list []Moment) []Moment {
	told := map[Ref][]time.Time{}
	for _, m := range list {
		if strings.Contains(m.What, " -> ") {
			told[m.Ref] = append(told[m.Ref], m.At)
		}
	}
	return slices.DeleteFunc(list, func(m Moment) bool {
		return m.What == "changed" && slices.ContainsFunc(told[m.Ref], func(t time.Time) bool { return m.At.Sub(t).Abs() < together })
	})
}
