package model

import (
	"slices"
	"time"
)

// falls are when nodes were seen to go down, the last few of each.
type falls map[NodeID][]time.Time

// fallsKept is how many are kept of a node: more than it is judged by.
const fallsKept = 6

// elections are when another node was seen to lead, the last few.
type elections struct {
	leader NodeID
	at     []time.Time
}

// observe takes in who leads. None does for a moment in between.
func (e *elections) observe(nodes []*Node, at time.Time) {
	for _, n := range nodes {
		if !n.Leads() || n.Key() == e.leader {
			continue
		}
		if e.leader != "" {
			kept := append(slices.Clone(e.at), at)
			e.at = kept[max(0, len(kept)-fallsKept):]
		}
		e.leader = n.Key()
		return
	}
}

func (f falls) add(id NodeID, at time.Time) {
	kept := append(slices.Clone(f[id]), at)
	f[id] = kept[max(0, len(kept)-fallsKept):]
}
