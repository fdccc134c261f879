package model

import (
	"slices"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Restarts counts the tasks of a service, or of one slot, that ended although
// nobody asked and that have a successor: those of the slots' histories, and
// those that were seen in this session and that the engine has thrown away
// since. So the count of a service does not go down. A task that was rejected,
// as where an image is missing, never ran and is no restart.
type Restarts struct {
	Count int
	// More is set where the engine may have thrown older tasks away, so that
	// there may have been more.
	More bool
	// Known is false while the service's tasks were not read; the count is then
	// what was seen before.
	Known bool
	// At is when they were read, if they are no longer known: what is said
	// here is then what was so at that time. Zero otherwise.
	At time.Time
	// Last is the newest task that ended so or was rejected, with a successor
	// or without; nil for none.
	Last *Task
	// Loop is set while a slot goes on failing. Since is when the first of the
	// tasks that make it a loop was created, and Every how far apart they were.
	Loop  bool
	Since time.Time
	Every time.Duration
	// Repeats is set where the task before ended well, and the restart policy asks for
	// another one after a delay of at least a minute.
	Repeats bool
}

// String is the count for a column: "-" where nothing was read, "5+" where
// there may have been more, and "0?" where the history is too short to tell of
// any.
func (r Restarts) String() string {
	switch {
	case !r.Known && r.Count == 0:
		return "-"
	case r.More && r.Count == 0:
		return "0?"
	case r.More || !r.Known:
		return strconv.Itoa(r.Count) + "+"
	}
	return strconv.Itoa(r.Count)
}

// A slot loops if so many of its last tasks died, each created within loopWindow of the
// next one, not counting the delay that the service asks for before a restart. The loop
// is over when a task has outlived those before it; see [slotDeaths.provenAt].
const (
	loopDeaths = 3
	loopWindow = 30 * time.Minute
)

// maxRestartDelay keeps a senseless delay from overflowing a time.
const maxRestartDelay = 24 * time.Hour

// SameSlot reports whether two tasks stand in one place: the same slot of one
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
	r, over := slotRestarts(slot, c.Session.TaskHistory, c.deaths[slot[0].ServiceID][slot[0].slotKey()])
	r.endLoop(over, c.builtAt)
	return r
}

// slotRestarts also tells when a loop is over if nothing changes: when the
// running task has outlived it. That is zero where a newer task is needed.
func slotRestarts(slot []*Task, history int64, seen slotDeaths) (r Restarts, over time.Time) {
	r.Known = true
	for i, t := range slot {
		if failed(slot, i) && (r.Last == nil || t.CreatedAt.After(r.Last.CreatedAt)) {
			r.Last = t
		}
	}
	seen = deathsIn(slot, seen)
	if r.Count = seen.count(); crashed(slot, 0) {
		r.Count-- // The newest has no successor.
	}
	head := slot[0]
	r.More = !head.Job && slotFull(slot, history) && (seen.count() > 0 || former(slot) < 0)
	// Tasks that the swarm no longer wants are not started again, so where the
	// newest is one of them the slot has come to rest.
	if !head.Wanted() {
		return r, over
	}
	row := seen.inARow(head)
	r.Repeats = len(row) > 0 && row[0].meant
	if n := len(row); n >= loopDeaths && slices.ContainsFunc(row, func(d death) bool { return !d.meant }) {
		r.Loop, r.Since = true, row[n-1].created
		r.Every = head.CreatedAt.Sub(r.Since) / time.Duration(n)
		if head.State == swarm.TaskStateRunning {
			over = later(seen.provenAt(head), head.CreatedAt.Add(proofMargin))
		}
	}
	return r, over
}

// endLoop takes back a loop that is over.
func (r *Restarts) endLoop(over, now time.Time) {
	if r.Loop && !over.IsZero() && now.After(over) {
		r.Loop, r.Since, r.Every = false, time.Time{}, 0
	}
}

// inARow are the newest deaths of a slot, each soon after the other. Those of another specification than the
// newest task's do not count: what was wrong with them may have been mended. A
// task that was moved between them, off a node that was drained or lost, mended
// nothing.
func (s slotDeaths) inARow(head *Task) (row []death) {
	window := loopWindow + head.restartDelay()
	newer := head.CreatedAt
	for _, d := range s.kept {
		between := newer.Sub(d.created)
		if !samePrint(head.print(), d.spec) || between > window {
			break
		}
		row, newer = append(row, d), d.created
	}
	return row
}

// failuresInARow counts the newest tasks of a slot that ended badly one soon
// after the other, and gives the first of them; nil for none.
func failuresInARow(slot []*Task) (failures int, first *Task) {
	head := slot[0]
	window := loopWindow + head.restartDelay()
	newer := time.Time{}
	for i, t := range slot {
		switch {
		case t.Wanted() && !t.Terminal():
		case !failed(slot, i) || !head.sameSpec(t) || !newer.IsZero() && newer.Sub(t.CreatedAt) > window:
			return failures, first
		default:
			failures++
			first = t
		}
		newer = t.CreatedAt
	}
	return failures, first
}

// died reports whether the task ended although it may have been meant to go on.
func (t *Task) died() bool {
	return t.Bad() || t.State == swarm.TaskStateComplete && !t.Job && !t.endedAsMeant()
}

// endedAsMeant reports whether the task ended with 0 where its restart policy asks for a
// delay of at least [repeatDelay].
func (t *Task) endedAsMeant() bool {
	return t.State == swarm.TaskStateComplete && !t.Job && t.restartDelay() >= repeatDelay && !t.MayBeUnhealthy()
}

// failed reports whether a task of a slot ended because something was wrong
// with it, rather than because another was to take its place.
func failed(slot []*Task, i int) bool { return slot[i].died() && !replaced(slot, i) }

// crashed reports whether a task of a slot ran, and ended by itself.
func crashed(slot []*Task, i int) bool {
	t := slot[i]
	return (t.State == swarm.TaskStateFailed || t.State == swarm.TaskStateComplete && !t.Job) && !replaced(slot, i)
}

// replacedAfter is how much later than its successor was made a task must have
// ended to have been replaced: the swarm makes the successor of one that died
// when it hears of it, and writes the dead one down once more some 0.2 s later.
const replacedAfter = 3 * time.Second

// replaced reports whether a task of a slot ended after its successor was made,
// so that its end was not the reason for it: it was stopped, or was lost with
// its node and found dead when the node came back. Both clocks have to say so,
// the manager's and the node's.
func replaced(slot []*Task, i int) bool {
	t := slot[i]
	for j := i - 1; j >= 0; j-- {
		if next := slot[j]; next.CreatedAt.After(t.CreatedAt) {
			return t.UpdatedAt.Sub(next.CreatedAt) > replacedAfter && t.StateAt.After(next.CreatedAt)
		}
	}
	return false
}

// sameSpec reports whether two tasks were made from the same specification, as
// far as can be known.
func (t *Task) sameSpec(o *Task) bool { return samePrint(t.print(), o.print()) }

func samePrint(a, b Fingerprint) bool { return a == 0 || b == 0 || a == b }

// slotFull reports whether a slot holds as many tasks as the engine keeps, so
// that there may have been others (swarmkit
// manager/orchestrator/taskreaper).
func slotFull(slot []*Task, history int64) bool {
	limit := history
	if limit == 0 {
		limit = DefaultTaskHistory
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
	return DefaultRestartDelay
}
