package model

import (
	"maps"
	"slices"
	"time"
)

// BuildAnew builds a snapshot without anything that was derived before.
func (b *Builder) BuildAnew(now time.Time) *Cluster {
	tallies, loads, index := b.tallies, b.loads, b.index
	defer func() { b.tallies, b.loads, b.index = tallies, loads, index }()
	b.tallies, b.loads, b.index = map[ServiceID]*tally{}, nil, &taskIndex{}
	return b.Build(now)
}

// Situations are all that have a text.
func Situations() []Situation { return slices.Sorted(maps.Keys(troubles)) }
