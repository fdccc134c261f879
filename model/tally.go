package model

import (
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// tally is what the tasks of one service say. It depends on the tasks, on the
// service's specification and on the states of the nodes, and on nothing else,
// so it is kept while none of them changes.
type tally struct {
	version uint64
	print   Fingerprint
	known   bool
	ports   time.Time // see portsChanged

	running   int       // recorded as running, as the engine counts
	up        int       // run, are meant to, and their node is there
	fresh     int       // are up and made from the present specification
	starting  int       // live, and not running yet
	waiting   *Task     // of those the oldest
	waits     []waiting // of those one for each slot where none is up
	ghosts    int       // recorded as running on a node that is lost
	strange   int       // recorded as running on a node that no list names
	strangeUp int       // and meant to run
	unsure    bool
	overtaken bool // see ServiceFacts
	completed int
	places    int // places of a service that has one for every node
	gaveUp    int
	finished  int // slots that ended well and are not to be started again
	done      int // of those the ones made from the present specification
	restarts  Restarts
	// loopOver is when the last of the loops is over if nothing changes; zero
	// if one of them only ends with a newer task.
	loopOver time.Time
	proofs   []proof // of the tasks that are up and follow one that died
	// restarting counts those that do not run yet.
	restarting int

	worst     *Task
	worstRank int
	// badSince is since when the first of the slots that are blamed is down;
	// zero for none.
	badSince time.Time
}

// The ranks of what is wrong in a slot, in rising order of weight.
const (
	rankLate      = iota + 1 // a live task takes too long
	rankRestarted            // a former task ended badly, the next is on its way
	rankGaveUp               // the last task ended, and there will be none
	rankStuck                // a live task cannot go on
)

// tallyOf counts the tasks of a service, which stand in the order of
// compareTasks. known is false if there may be others. seen are the deaths of
// this session.
func tallyOf(s *Service, tasks []*Task, nodes map[NodeID]*Node, history int64, known bool, seen serviceDeaths) *tally {
	y := &tally{version: s.Version.Index, print: s.Print, known: known, ports: s.portsChanged()}
	y.restarts.Known = known
	endless := false
	met := 0
	Slots(presentIteration(s, tasks), func(slot []*Task) {
		for _, t := range slot {
			y.count(s, t, nodes)
		}
		y.judge(s, slot, nodes)
		before := seen[slot[0].slotKey()]
		met += before.count()
		if !known {
			return
		}
		y.prove(s, slot, before, nodes)
		r, over := slotRestarts(slot, history, before)
		y.restarts.add(r)
		endless = endless || r.Loop && over.IsZero()
		y.loopOver = later(y.loopOver, over)
	})
	if endless {
		y.loopOver = time.Time{}
	}
	y.restarts.Count += seen.count() - met // What is left is of slots that are gone.
	return y
}

// add takes in the restarts of one slot.
func (r *Restarts) add(slot Restarts) {
	r.Count += slot.Count
	r.More = r.More || slot.More
	if slot.Last != nil && (r.Last == nil || slot.Last.CreatedAt.After(r.Last.CreatedAt)) {
		r.Last = slot.Last
	}
	r.Loop, r.Repeats = r.Loop || slot.Loop, r.Repeats || slot.Repeats
	if slot.Loop && (r.Since.IsZero() || slot.Since.Before(r.Since)) {
		r.Since, r.Every = slot.Since, slot.Every
	}
}

// presentIteration are the tasks of a job's present iteration; all tasks of other services.
func presentIteration(s *Service, tasks []*Task) []*Task {
	if !s.IsJob() {
		return tasks
	}
	iteration := uint64(0)
	if s.JobStatus != nil {
		iteration = s.JobStatus.JobIteration.Index
	} else {
		for _, t := range tasks {
			iteration = max(iteration, t.JobIteration)
		}
	}
	var out []*Task
	for _, t := range tasks {
		if t.JobIteration == iteration {
			out = append(out, t)
		}
	}
	return out
}

// count takes in one task.
func (y *tally) count(s *Service, t *Task, nodes map[NodeID]*Node) {
	y.overtaken = y.overtaken || t.Wanted() && !t.Terminal() && !s.IsJob() && !s.samePrint(t) && t.CreatedAt.After(s.UpdatedAt)
	switch {
	case t.State == swarm.TaskStateComplete && s.IsJob():
		y.completed++
		return
	case t.State == swarm.TaskStateRunning:
		y.running++
	default:
		if t.Wanted() && !t.Terminal() {
			y.starting++
			if y.waiting == nil || t.CreatedAt.Before(y.waiting.CreatedAt) {
				y.waiting = t
			}
		}
		return
	}
	n := nodes[t.NodeID]
	switch {
	case n == nil:
		y.strange++
		if t.runMeant() {
			y.strangeUp++
		}
	case n.Lost():
		y.ghosts++
	case t.runMeant():
		// After an election every node is unknown until its next heartbeat;
		// that says nothing about its tasks.
		y.unsure = y.unsure || !n.Ready()
		y.up++
		if s.samePrint(t) && !t.CreatedAt.Before(y.ports) {
			y.fresh++
		}
	}
}

// judge looks for what is wrong in one slot.
func (y *tally) judge(s *Service, slot []*Task, nodes map[NodeID]*Node) {
	head := slot[0]
	live := head.Wanted() && !head.Terminal()
	y.wait(slot, nodes)
	if y.hasPlace(s, slot) {
		y.places++
	}
	switch {
	case !y.known:
		// What looks like the last task of a slot may have a successor.
	case live || head.Wanted():
		if head.State == swarm.TaskStateRunning {
			return
		}
		if i := former(slot); i >= 0 && failed(slot, i) && head.sameSpec(slot[i]) {
			y.blame(slot, slot[i], rankRestarted)
		}
	case finished(head):
		y.finished++
		if s.samePrint(head) && !head.CreatedAt.Before(y.ports) {
			y.done++
		}
		if s.Mode() == ModeGlobal {
			y.places++ // The engine no longer counts it.
		}
	case gaveUp(s, head, nodes):
		y.gaveUp++
		y.blame(slot, head, rankGaveUp)
		if s.Mode() == ModeGlobal {
			y.places++
		}
	}
}

// wait notes the live task of a slot that does not run yet, the newest of them.
func (y *tally) wait(slot []*Task, nodes map[NodeID]*Node) {
	var w waiting
	up, stopping := false, false
	for _, t := range slot {
		switch {
		case t.Wanted() && !t.Terminal() && t.State != swarm.TaskStateRunning:
			if w.task == nil {
				w.task = t
			}
		case t.State == swarm.TaskStateRunning && t.runMeant():
			n := nodes[t.NodeID]
			up = up || n != nil && !n.Lost()
		case !t.Terminal():
			n := nodes[t.NodeID]
			stopping = stopping || n == nil || !n.Lost() // A ghost does not stop any more.
		}
	}
	if w.task == nil {
		return
	}
	w.due, w.extra = w.task.dueAt(stopping), up
	if i := former(slot); i >= 0 && !up && !failed(slot, i) && !slot[i].sameSpec(w.task) {
		n := nodes[slot[i].NodeID] // A drain moves as many tasks as it likes.
		w.replaces = n != nil && n.Schedulable()
	}
	y.waits = append(y.waits, w)
}

// former is the place in a slot of its newest task that has ended, or is meant
// to; -1 for none.
func former(slot []*Task) int {
	return slices.IndexFunc(slot, func(t *Task) bool { return !t.Wanted() || t.Terminal() })
}

// finished reports whether a slot's newest task ended well where the service
// asks for no other after such an end: it did what it was there for.
func finished(head *Task) bool {
	if head.Job || head.State != swarm.TaskStateComplete || head.Desired == swarm.TaskStateRemove {
		return false
	}
	p := head.restartPolicy()
	return p != nil && (p.Condition == swarm.RestartPolicyConditionNone || p.Condition == swarm.RestartPolicyConditionOnFailure)
}

// late blames the tasks that should run by now, if they still did not when they
// were read. One that says itself that it cannot go on is taken at its word.
func (y *tally) late(now, read time.Time) lateness {
	l := lateness{worst: y.worst, badSince: y.badSince}
	rank := y.worstRank
	for _, w := range y.waits {
		by := read
		if w.task.Err != "" {
			by = now
		}
		if by.Before(w.due) {
			if !w.extra {
				l.moving++
			}
			if w.replaces {
				l.replacing++
			}
			continue
		}
		own := rankLate
		if w.task.Err != "" {
			own = rankStuck
		}
		l.badSince = earliest(l.badSince, w.task.CreatedAt)
		if l.worst == nil || own > rank || own == rank && w.task.CreatedAt.After(l.worst.CreatedAt) {
			l.worst, rank = w.task, own
		}
	}
	return l
}

// lateness is what a tally says at a time.
type lateness struct {
	worst    *Task
	badSince time.Time
	// moving counts the slots without a task that is up whose next one is on
	// its way as it should be, replacing those of them where the former one
	// was stopped for it.
	moving, replacing int
}

// hasPlace reports whether a service that has a task for every node wants one
// where this slot is.
func (y *tally) hasPlace(s *Service, slot []*Task) bool {
	switch s.Mode() {
	case ModeGlobal:
		for _, t := range slot {
			if t.Wanted() {
				return true
			}
		}
	case ModeGlobalJob:
		for _, t := range slot {
			if t.Wanted() || t.State == swarm.TaskStateComplete || t.Bad() {
				return true
			}
		}
	case ModeReplicated, ModeReplicatedJob: // Any node does.
	}
	return false
}

// gaveUp reports whether a slot's newest task, which is not wanted any more,
// ended by itself: the swarm has tried as often as it was told to. A task on a
// node that may not have one any longer was not given up but taken away.
func gaveUp(s *Service, head *Task, nodes map[NodeID]*Node) bool {
	if !head.died() || head.Desired == swarm.TaskStateRemove {
		return false
	}
	if s.Mode() == ModeGlobal {
		n := nodes[head.NodeID]
		return n != nil && n.Schedulable() && head.State != swarm.TaskStateRejected && s.UpToDate(head)
	}
	return true
}

// blame names a task of a slot as the one that needs a look, unless a worse is
// known.
func (y *tally) blame(slot []*Task, t *Task, rank int) {
	y.badSince = earliest(y.badSince, downSince(slot, t))
	if y.worst == nil || rank > y.worstRank || rank == y.worstRank && t.CreatedAt.After(y.worst.CreatedAt) {
		y.worst, y.worstRank = t, rank
	}
}

// downSince is when a slot ceased to do what it should, of which a task is to
// blame: when the first of the tasks ended that died one soon after the other.
func downSince(slot []*Task, blamed *Task) time.Time {
	since := blamed.CreatedAt
	if blamed.Terminal() {
		since = blamed.endedAt()
	}
	if _, first := failuresInARow(slot); first != nil {
		since = earliest(since, first.endedAt())
	}
	return since
}

// endedAt is when the swarm took in that a task had ended. When it was made
// says little: it may have run for weeks.
func (t *Task) endedAt() time.Time { return later(t.CreatedAt, t.UpdatedAt) }
