package model

import (
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Replicas is how many tasks of a service do what they should.
type Replicas struct {
	// Up counts tasks that run, are meant to run, and whose node is ready. It
	// is not the engine's count, which goes on counting the tasks of a dead
	// node (swarmkit manager/controlapi/service.go, ListServiceStatuses).
	Up int
	// Want is what the service asks for; for a global service the number of
	// nodes that should run it, for a job what may run at once.
	Want int
	// Sure is false while part of the count could not be checked, such as the
	// tasks of a node that has just gone, or all after an election.
	Sure bool
	// Reported is the engine's count of running tasks; -1 if it gave none.
	Reported int
	// Ghosts are tasks that are recorded as running on a node that is not
	// ready.
	Ghosts int
	// Starting counts live tasks that do not run yet, as far as tasks are known.
	Starting int
	// Completed and Total count the tasks of a job's present run.
	Completed, Total int
	// Finished counts the slots of a service that is no job whose task ended
	// well and is not to be started again.
	Finished int
	// At is when the count was read.
	At time.Time
}

// Short reports whether something is missing.
func (r Replicas) Short(job bool) bool {
	if job {
		return r.Completed < r.Total
	}
	return r.Up+r.Finished < r.Want
}

// Tasks that were read before the engine's count are used in its place for so
// long, as long as the two agree; the feed reads those of services that move
// more often.
const tasksOutliveCount = 15 * time.Second

// replicas counts the tasks of a service. ghostsAt is when its tasks must have
// been read at the earliest if those on lost nodes are to be known.
func (c *Cluster) replicas(s *Service, y *tally, tasksAt, ghostsAt time.Time) Replicas {
	r := Replicas{Reported: -1, At: c.ServicesAt, Ghosts: y.ghosts, Starting: y.starting, Completed: y.completed, Finished: y.finished}
	up, unsure := y.up, y.unsure || c.NodesAt.IsZero()
	if y.strange > 0 {
		if c.NodesAt.IsZero() || tasksAt.After(c.NodesAt) {
			up, unsure = up+y.strangeUp, true // The node is newer than the list.
		} else {
			r.Ghosts += y.strange
		}
	}
	st := s.ServiceStatus
	if st != nil {
		r.Reported = Count(st.RunningTasks)
		r.Completed = max(r.Completed, Count(st.CompletedTasks))
	}
	switch {
	case y.known && (st == nil || !tasksAt.Before(c.ServicesAt) ||
		y.running == r.Reported && tasksAt.Add(tasksOutliveCount).After(c.ServicesAt)):
		r.Up, r.At, r.Sure = up, tasksAt, !unsure
		r.Want, r.Total = wantedByTasks(s, y, r.Completed)
	case st != nil:
		r.Up = max(0, r.Reported-r.Ghosts)
		r.Want, r.Total = wantedByCount(s)
		if s.Mode() == ModeGlobal && s.Damage == "" && !c.NodesAt.IsZero() {
			least, most := c.placesFor(s)
			if y.known {
				r.Want = y.places // A paused node that had none has got none since.
			}
			unsure = unsure || !y.known && r.Want < most && least < most
			r.Want = min(max(r.Want, least), most)
		}
		// More than wanted is more than what is up: the others are about to be
		// stopped, and which they are is not known.
		r.Sure = !unsure && !tasksAt.Before(ghostsAt) && (r.Up <= r.Want || s.IsJob())
	default:
		r.Up = up
		r.Want, r.Total = wantedByTasks(s, y, r.Completed)
	}
	return r
}

// placesFor is on how many nodes a global service should run: at least, and at
// most where nodes are paused, for those keep the task that they have and get
// no other. The engine's count leaves out a node while its task waits for a
// delayed restart, and for good once it gave up. The engine asks no more than
// the constraints: what else keeps a task off a node leaves it there pending
// (swarmkit manager/orchestrator/global).
func (c *Cluster) placesFor(s *Service) (least, most int) {
	constraints, err := ParseConstraints(s.Demand().Placement().Constraints)
	if err != nil {
		constraints = nil // The engine then asks none of them.
	}
	for _, n := range c.nodes {
		switch {
		case n.Lost() || n.Spec.Availability == swarm.NodeAvailabilityDrain:
		case slices.ContainsFunc(constraints, func(c Constraint) bool { return !c.Matches(n) }):
		case n.Spec.Availability == swarm.NodeAvailabilityPause:
			most++
		default:
			least, most = least+1, most+1
		}
	}
	return least, most
}

// runMeant reports whether the swarm means a running task to go on running.
func (t *Task) runMeant() bool {
	return t.Desired == swarm.TaskStateRunning || t.Desired == swarm.TaskStateComplete
}

// wantedByTasks is how many tasks a service asks for, and for a job how many
// are to complete, where the tasks are known.
func wantedByTasks(s *Service, y *tally, completed int) (want, total int) {
	switch s.Mode() {
	case ModeGlobal:
		return y.places, 0
	case ModeGlobalJob:
		// The count may be newer than the tasks.
		_, counted := wantedByCount(s)
		total = max(y.places, completed, counted)
		return total - completed, total
	default:
		return wantedByCount(s)
	}
}

// wantedByCount is the same by the engine's count, where the specification
// does not say it.
func wantedByCount(s *Service) (want, total int) {
	st := s.ServiceStatus
	switch s.Mode() {
	case ModeReplicatedJob:
		return Count(s.Replicas()), Count(s.Completions())
	case ModeReplicated:
		if s.Damage != "" && st != nil {
			return Count(st.DesiredTasks), 0 // The specification may be what was not read.
		}
		return Count(s.Replicas()), 0
	case ModeGlobal, ModeGlobalJob: // Their nodes decide, so the engine has counted.
	}
	if st == nil {
		return 0, 0
	}
	if s.IsJob() {
		return Count(st.DesiredTasks), Count(st.DesiredTasks) + Count(st.CompletedTasks)
	}
	return Count(st.DesiredTasks), 0
}
