package model

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Unallocated reports whether a task has waited too long for the addresses and
// ports that it needs before a node is looked for. The engine says nothing of
// this: the task stays new, without an error (moby#37338).
func (t *Task) Unallocated(now time.Time) bool {
	return t.State == swarm.TaskStateNew && t.Err == "" && t.Wanted() && now.Sub(t.CreatedAt) >= allocationGrace
}
