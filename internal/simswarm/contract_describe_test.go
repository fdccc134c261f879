package simswarm_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"
)

func sortTasks(list []swarm.Task) {
	slices.SortFunc(list, func(a, b swarm.Task) int { return a.CreatedAt.Compare(b.CreatedAt) })
}

// describe puts tasks into words for a failed test.
func describe(list []swarm.Task) string {
	var b strings.Builder
	for _, t := range list {
		fmt.Fprintf(&b, "[%d %s/%s %q %q] ", t.Slot, t.DesiredState, t.Status.State, t.Status.Message, t.Status.Err)
	}
	return b.String()
}
