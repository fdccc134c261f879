package model

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// ServiceFacts is what was derived for one service.
type ServiceFacts struct {
	Replicas
	Rollout  Rollout
	Restarts Restarts
	// Worst is the task that tells best what is wrong: one that cannot go on,
	// else the last of a slot that has none any more, else one that ended badly
	// and whose successor does not run yet, else one that should run by now.
	// Nil while nothing is known to be wrong; it may be set although nothing is
	// missing, as in an update that starts the new task first.
	Worst *Task
	// Waiting is the oldest of the live tasks that do not run yet; nil for none.
	Waiting *Task
	// GaveUp counts the slots whose last task ended and that the swarm does
	// not start again.
	GaveUp int
	// Unproved counts the tasks that are up, follow one that died and have not
	// outlived it yet, and UnprovedNew those of them that are of the present
	// specification. Without them a verdict would flip with every restart.
	Unproved, UnprovedNew int
	// Watched counts those of them of which the specification was changed after the
	// last death, and that have run since for as long as an update is watched: they
	// are mended as far as can be told; and, DiedOnce, those that follow one that died
	// once after a long life. ProvedAt is when the last of the unproved ones has
	// lasted, if nothing changes.
	Watched, DiedOnce int
	ProvedAt          time.Time
	// Steady counts the tasks that are up and do not follow one that died: it stays
	// as it is while others come and go.
	Steady int
	// Restarting counts the tasks that follow one that died and do not run yet.
	Restarting int
	// Unexplained is set where more is missing than what is on its way, or an
	// update, explains, and has been for more than a moment.
	Unexplained bool
	// NoPlace is set for a service that has a task for every node, where there
	// is no node that it may run on.
	NoPlace bool
	// Reverted is set where the engine itself took the last update back, and
	// nobody has acknowledged that.
	Reverted bool
	// EndedWell is set where the last task of every slot is of the present
	// specification, ended well and is not to be started again. To an update that
	// watched it that was a failure, and it is paused; nothing is left to update.
	EndedWell bool
	// BadSince is since when a slot of those is down that Worst and GaveUp are
	// about, as far as its tasks tell; zero for none.
	BadSince time.Time
	// Overtaken is set where a task is of another specification than the service and
	// newer than it: the service was changed since it was listed.
	Overtaken bool
	// TasksAt is when the service's tasks were last read whole; zero for
	// never.
	TasksAt time.Time
}

// Restarted counts the tasks that follow one that died and of which nothing tells yet
// that they are better.
func (f ServiceFacts) Restarted() int { return f.Unproved - f.Watched + f.Restarting }

// Counted reports whether anything says how many tasks are up: the engine's
// count, or the tasks themselves.
func (f ServiceFacts) Counted() bool { return f.Reported >= 0 || !f.TasksAt.IsZero() }

// Shortage is how bad it is that too few of a service's tasks are up: Neutral
// where none is missing, Moving where all that is missing is on its way as it
// should be. The verdict and the column STATE both follow it.
func (f ServiceFacts) Shortage() Status {
	switch {
	case !f.Counted() || !f.Short(false):
		return Neutral
	case f.Worst == nil && f.GaveUp == 0 && !f.Unexplained:
		return Moving
	case f.Up == 0:
		return Broken
	default:
		return Warning
	}
}

// Surrender says in a word how the slots ended that the swarm does not start
// again: as the service asks after a failure, or because it used up its
// attempts. Empty where there are none.
func (f ServiceFacts) Surrender() string {
	if f.GaveUp == 0 {
		return ""
	}
	if w := f.Worst; w != nil && w.Terminal() {
		if p := w.restartPolicy(); p != nil && p.Condition == swarm.RestartPolicyConditionNone {
			return "failed"
		}
	}
	return "gave up"
}

// serviceFacts derives the facts of every service.
func (b *Builder) serviceFacts(c *Cluster, now time.Time) map[ServiceID]*ServiceFacts {
	out := make(map[ServiceID]*ServiceFacts, len(b.services))
	all := make([]ServiceFacts, len(b.services))
	ghostsAt := b.ghostsAt()
	b.shorts.turn(c.Ready())
	for i, s := range b.services {
		id, f := s.Key(), &all[i]
		_, f.TasksAt = c.TasksOf(id)
		y := b.tally(s, !f.TasksAt.IsZero())
		f.Replicas = c.replicas(s, y, f.TasksAt, ghostsAt)
		f.Rollout = rolloutOf(s, y, f.Replicas)
		l := y.late(now, readAt(f.TasksAt, now))
		f.Restarts, f.GaveUp, f.Waiting = y.restarts, y.gaveUp, y.waiting
		f.Worst, f.BadSince = l.worst, l.badSince
		f.EndedWell = y.known && y.done > 0 && y.done >= f.Want && y.starting == 0
		f.Overtaken = y.overtaken
		f.Unexplained = b.shorts.unexplained(s, *f, y, l, now, b.servicesAt)
		if m := s.Mode(); (m == ModeGlobal || m == ModeGlobalJob) && len(c.nodes) > 0 {
			_, most := c.placesFor(s)
			f.NoPlace = most == 0
		}
		f.Reverted = s.RolledBack(now) && !b.acknowledged[s.RollbackMark()]
		f.Restarts.endLoop(y.loopOver, now)
		u := y.unproved(now)
		f.Unproved, f.UnprovedNew, f.Watched, f.DiedOnce, f.ProvedAt = u.all, u.fresh, u.watched, u.once, u.until
		if f.Steady = f.Up; y.known { // The count may be newer than the tasks.
			f.Steady = max(0, min(f.Up, y.up+y.strangeUp-f.Unproved))
		}
		f.Restarting = y.restarting
		if !y.known {
			if past, ok := b.past.of(s, now); ok {
				f.Restarts = past
			}
		}
		out[id] = f
	}
	return out
}

// readAt is the time by which a service's tasks are judged that were on their
// way: when they were read. Nothing tells that they still are now, and a busy
// engine is asked seldom.
func readAt(tasksAt, now time.Time) time.Time {
	if tasksAt.IsZero() {
		return now
	}
	return earliest(tasksAt, now)
}

// tally counts the tasks of a service, if that was not done before.
func (b *Builder) tally(s *Service, known bool) *tally {
	id := s.Key()
	y := b.tallies[id]
	if y == nil || y.version != s.Version.Index || y.print != s.Print || y.known != known {
		y = tallyOf(s, b.tasks[id], b.nodeByID, b.session.TaskHistory, known, b.seen.deaths[id])
		b.tallies[id] = y
	}
	return y
}
