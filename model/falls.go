package model

import (
	"slices"
	"time"
)

// falls are when nodes were seen to go down, the last few of each.
type falls map[NodeID][]time.Time

// fallsKept is how many are kept of a node: more than it is judged by.
const fallsKept = 6

func (f falls) add(id NodeID, at time.Time) {
	kept := append(slices.Clone(f[id]), at)
	f[id] = kept[max(0, len(kept)-fallsKept):]
}
