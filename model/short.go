package model

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// A service may be short of tasks without one on its way for so long: the
// counts and the tasks are lists of different age. Where the tasks were not read
// since it is short, as on a manager that is slow to answer, nothing is known of
// what is on its way, and the counts alone are believed later. A manager with much to
// do has taken eleven seconds for the task after one that it had stopped.
const (
	unexplainedGrace = 15 * time.Second
	unreadGrace      = time.Minute
)

// shorts remembers since when services have been short, as seen by this
// console.
type shorts struct {
	// begun is set after the first snapshot of a swarm that was read, and
	// first while that is made: what was so before the console looked may have
	// been so for long.
	begun, first bool
	since        map[ServiceID]time.Time
}

func (x *shorts) turn(ready bool) { x.first, x.begun = !x.begun, x.begun || ready }

// unexplained reports whether more tasks of a service are missing than what is
// on its way explains; listedAt is when the services were read.
func (x *shorts) unexplained(s *Service, f ServiceFacts, y *tally, l lateness, now, listedAt time.Time) bool {
	id := s.Key()
	if s.IsJob() || !f.Counted() || !f.Short(false) {
		delete(x.since, id)
		return false
	}
	missing := f.Want - f.Up - f.Finished
	// Two updates in short order stop a batch each, and the tasks of the first are
	// still on their way: only what lasts says more.
	stopped := y.known && f.Rollout.Active() && tooMany(l.replacing, int(min(s.rolling().Parallelism, 1<<31)), f.Up)
	if y.known && !stopped && missing <= l.moving {
		delete(x.since, id)
		return false
	}
	if !y.known && x.first && s.mayFinish() {
		return false // Its tasks report whether it has done what it was to do.
	}
	if _, known := x.since[id]; !known {
		x.since[id] = now
		if x.first {
			x.since[id] = time.Time{}
		}
	}
	since := later(x.since[id], s.UpdatedAt)
	if !x.since[id].IsZero() && now.Sub(since) < unreadGrace {
		// What was read at once tells nothing of what lasts.
		now = earliest(earliest(now, f.TasksAt), listedAt)
	}
	return now.Sub(since) >= unexplainedGrace
}

// tooMany reports whether an update has stopped far more tasks than its
// parallelism explains: each batch is started before the next is stopped.
func tooMany(replacing, parallelism, up int) bool {
	return parallelism > 0 && replacing > parallelism && (up == 0 || replacing > 2*parallelism)
}

// mayFinish reports whether a task of the service that ends well is not started
// again.
func (s *Service) mayFinish() bool {
	p := s.Spec.TaskTemplate.RestartPolicy
	return p != nil && (p.Condition == swarm.RestartPolicyConditionNone || p.Condition == swarm.RestartPolicyConditionOnFailure)
}
