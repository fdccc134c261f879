package model

import (
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Restarts counts the tasks of a service, or of one slot, that ended although
// nobody asked and that have a successor.
type Restarts struct {
	Count int
	// More is set where the engine may have thrown older tasks away, so that
	// there may have been more.
	More bool
	// Known is false while the service's tasks were not read.
	Known bool
	// At is when they were read, if they are no longer known: what is said
	// here is then what was so at that time. Zero otherwise.
	At time.Time
	// Last is the newest task that ended so, with a successor or without; nil
	// for none.
	Last *Task
	// Loop is set while a slot goes on failing, and Since is when the first of
	// the tasks that make it a loop was created.
	Loop  bool
	Since time.Time
}

// A slot loops if so many of its last tasks ended badly, each created within
// loopWindow of the next one (diagnosis rule D11), not counting the delay that
// the service asks for before a restart.
const (
	loopDeaths = 3
	loopWindow = time.Minute
)

// The engine's own values where a service does not say (swarmkit
// api/defaults/service.go, and the default of `docker swarm init`).
const (
	defaultRestartDelay = 5 * time.Second
	defaultTaskHistory  = 5
)

// maxRestartDelay keeps a senseless delay from overflowing a time.
const maxRestartDelay = 24 * time.Hour

// SameSlot tells whether two tasks stand in one place: the same slot of one
// service, or the same node where the service has a task for every node.
func SameSlot(x, y *Task) bool {
	return x.ServiceID == y.ServiceID && x.Slot == y.Slot && x.home() == y.home()
}

// home is the node of a task whose place is its node rather than a slot; empty
// for others.
func (t *Task) home() NodeID {
	if t.perNode || t.Slot == 0 && !t.Job {
		return t.NodeID
	}
	return ""
}

// Slots visits the slots of tasks that stand in the order of TasksOf.
func Slots(tasks []*Task, visit func(slot []*Task)) {
	for from := 0; from < len(tasks); {
		to := from + 1
		for to < len(tasks) && SameSlot(tasks[from], tasks[to]) {
			to++
		}
		visit(tasks[from:to:to])
		from = to
	}
}

// SlotRestarts counts what ended badly in one slot, the tasks of which stand
// in the order of TasksOf.
func (c *Cluster) SlotRestarts(slot []*Task) Restarts {
	r, over := slotRestarts(slot, c.Session.TaskHistory)
	r.endLoop(over, c.builtAt)
	return r
}

// slotRestarts also tells when a loop is over if nothing changes: when the
// running task has outlived it. That is zero where a newer task is needed.
func slotRestarts(slot []*Task, history int64) (r Restarts, over time.Time) {
	r.Known = true
	for i, t := range slot {
		if !t.died() {
			continue
		}
		if i > 0 {
			r.Count++ // The newest has no successor.
		}
		if r.Last == nil || t.CreatedAt.After(r.Last.CreatedAt) {
			r.Last = t
		}
	}
	if r.Last == nil {
		return r, over
	}
	head := slot[0]
	r.More = !head.Job && slotFull(slot, history)
	// Tasks that the swarm no longer wants are not started again, so where the
	// newest is one of them the slot has come to rest.
	if deaths, first := deathsInARow(slot); deaths >= loopDeaths && head.Wanted() {
		r.Loop, r.Since = true, first.CreatedAt
		if head.State == swarm.TaskStateRunning {
			over = head.CreatedAt.Add(loopWindow + head.restartDelay())
		}
	}
	return r, over
}

// endLoop takes back a loop that is over.
func (r *Restarts) endLoop(over, now time.Time) {
	if r.Loop && !over.IsZero() && now.After(over) {
		r.Loop, r.Since = false, time.Time{}
	}
}

// deathsInARow counts the newest tasks of a slot that died one soon after the
// other, and gives the first of them; nil for none. Those of another
// specification than the newest task's do not count: what was wrong with them
// may have been mended.
func deathsInARow(slot []*Task) (deaths int, first *Task) {
	head := slot[0]
	window := loopWindow + head.restartDelay()
	newer := time.Time{}
	for _, t := range slot {
		switch {
		case t.Wanted() && !t.Terminal():
		case !t.died() || !head.sameSpec(t) || !newer.IsZero() && newer.Sub(t.CreatedAt) > window:
			return deaths, first
		default:
			deaths++
			first = t
		}
		newer = t.CreatedAt
	}
	return deaths, first
}

// died tells whether the task ended although it was meant to go on.
func (t *Task) died() bool {
	return t.Bad() || t.State == swarm.TaskStateComplete && !t.Job
}

// sameSpec tells whether two tasks were made from the same specification, as
// far as can be known.
func (t *Task) sameSpec(o *Task) bool {
	return t.Spec == nil || o.Spec == nil || t.Spec.Print == 0 || o.Spec.Print == 0 || t.Spec.Print == o.Spec.Print
}

// slotFull tells whether a slot holds as many tasks as the engine keeps, so
// that there may have been others (swarmkit
// manager/orchestrator/taskreaper).
func slotFull(slot []*Task, history int64) bool {
	limit := history
	if limit == 0 {
		limit = defaultTaskHistory
	}
	p := slot[0].restartPolicy()
	attempts := p != nil && p.MaxAttempts != nil && *p.MaxAttempts > 0
	if attempts {
		limit = int64(min(*p.MaxAttempts, 1<<31)) + 1
	}
	if limit <= 0 || int64(len(slot)) < limit {
		return false
	}
	if !attempts || p.Window != nil && *p.Window > 0 {
		return true
	}
	// The first task and all its attempts are kept, and there are no others.
	return slices.ContainsFunc(slot, func(t *Task) bool {
		return !slot[0].sameSpec(t) || !t.died() && t != slot[0]
	})
}

func (t *Task) restartPolicy() *swarm.RestartPolicy {
	if t.Spec == nil {
		return nil
	}
	return t.Spec.RestartPolicy
}

func (t *Task) restartDelay() time.Duration {
	if p := t.restartPolicy(); p != nil && p.Delay != nil {
		return min(max(0, *p.Delay), maxRestartDelay)
	}
	return defaultRestartDelay
}
