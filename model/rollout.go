package model

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Status is how much attention something needs.
type Status int

// The statuses, in rising order of attention.
const (
	Neutral Status = iota // nothing to say
	Good
	Moving // on its way, as it should be
	Warning
	Broken
)

// Rollout is what a service's update is at.
type Rollout struct {
	State swarm.UpdateState // empty where there was none
	// New counts the tasks of the present spec that are up, Total all slots;
	// Known is false while the tasks were not read.
	New, Total int
	Known      bool
	Started    time.Time
	Message    string
}

// Active reports whether the engine is replacing tasks.
func (r Rollout) Active() bool {
	return r.State == swarm.UpdateStateUpdating || r.State == swarm.UpdateStateRollbackStarted
}

// MidUpdate reports whether an update of the service has begun and not ended:
// it goes on, or was stopped halfway, so that some tasks may be of the former
// specification.
func (s *Service) MidUpdate() bool {
	if s.UpdateStatus == nil {
		return false
	}
	switch s.UpdateStatus.State {
	case swarm.UpdateStateUpdating, swarm.UpdateStatePaused, swarm.UpdateStateRollbackStarted, swarm.UpdateStateRollbackPaused:
		return true
	default:
		return false
	}
}

// rolloutOf derives the state of a service's update.
func rolloutOf(s *Service, y *tally, replicas Replicas) Rollout {
	r := Rollout{Known: y.known, Total: replicas.Want}
	if u := s.UpdateStatus; u != nil {
		r.State, r.Message = u.State, u.Message
		if u.StartedAt != nil {
			r.Started = *u.StartedAt
		}
	}
	if y.known {
		r.New = y.fresh
	}
	return r
}

// rolledBackFor is how long an update that the engine took back is a problem:
// after a day somebody knows of it, and the service has run well ever since.
const rolledBackFor = 24 * time.Hour

// RolledBack reports whether the last update failed and was taken back by the
// engine itself. It keeps no previous spec then, other than after a rollback
// that somebody asked for (swarmkit manager/orchestrator/update/updater.go,
// rollbackUpdate).
func (s *Service) RolledBack(now time.Time) bool {
	u := s.UpdateStatus
	return u != nil && u.State == swarm.UpdateStateRollbackCompleted && s.PreviousSpec == nil &&
		(u.StartedAt == nil || now.Sub(*u.StartedAt) <= rolledBackFor)
}

// RollbackMark is what the marks of updates that were rolled back begin with;
// see [Finding.Mark].
const RollbackMark = "rolled-back-"

// RollbackMark names an update that was rolled back, in a form that can be the
// name of a file: the service and when the update began. Services have IDs
// that no other cluster has.
func (s *Service) RollbackMark() string {
	mark := RollbackMark + s.ID
	if u := s.UpdateStatus; u != nil && u.StartedAt != nil {
		mark += "-" + strconv.FormatInt(u.StartedAt.UnixNano(), 36)
	}
	return mark
}

// UpToDate reports whether a task was made from the service's present spec, as
// far as can be known.
func (s *Service) UpToDate(t *Task) bool {
	return s.samePrint(t) && !t.CreatedAt.Before(s.portsChanged())
}

func (s *Service) samePrint(t *Task) bool {
	return t.Spec == nil || t.Spec.Print == 0 || s.Print == 0 || t.Spec.Print == s.Print
}

// portsChanged is when an update began that changed the service's ports; zero
// for none. Tasks from before are out of date (swarmkit
// manager/orchestrator/task.go, IsTaskDirty), but their specification, which is
// all that the engine tells of them, is the same.
func (s *Service) portsChanged() time.Time {
	u, p := s.UpdateStatus, s.PreviousSpec
	switch {
	case p == nil || reflect.DeepEqual(p.EndpointSpec, s.Spec.EndpointSpec):
		return time.Time{}
	case u == nil:
		return s.UpdatedAt.Add(-portsSlack) // It is about to begin.
	case u.StartedAt == nil:
		return time.Time{}
	}
	return *u.StartedAt
}

// State is the service in a word or two, for a column.
func (f ServiceFacts) State(s *Service) (string, Status) {
	state := f.Rollout.State
	if f.EndedWell && (state == swarm.UpdateStatePaused || state == swarm.UpdateStateRollbackPaused) {
		return "completed", Good
	}
	switch state {
	case swarm.UpdateStateUpdating:
		return f.Progress("updating"), f.moving()
	case swarm.UpdateStateRollbackStarted:
		return f.Progress("rolling back"), f.moving()
	case swarm.UpdateStatePaused:
		return f.Progress("paused"), Broken
	case swarm.UpdateStateRollbackPaused:
		return f.Progress("rollback paused"), Broken
	case swarm.UpdateStateCompleted, swarm.UpdateStateRollbackCompleted: // Its tasks tell.
	}
	if f.NoPlace && !f.Restarts.Loop && f.Want == 0 && f.Up == 0 && f.Completed == 0 {
		return "no node", Warning
	}
	if s.IsJob() {
		return f.jobState()
	}
	short := f.Shortage()
	switch {
	case !f.Counted():
		return "not counted", Neutral
	case f.Restarts.Loop:
		return "restart loop", Broken
	case f.Want == 0 && f.Up == 0 && s.Mode() == ModeGlobal:
		return "converging", Moving // Its tasks are about to be made.
	case f.Want == 0 && f.Up == 0:
		return "scaled to 0", Neutral
	case short == Broken && f.GaveUp >= f.Want-f.Finished:
		return f.Surrender(), Broken
	case short == Broken:
		return "down", Broken
	case short == Warning:
		return "degraded", Warning
	case f.Restarted() > 0:
		return "restarted", Warning
	case short == Moving:
		return "converging", Moving
	case f.Up > f.Want:
		return "stopping extra", Moving
	case f.Reverted:
		return "rolled back", Warning
	case f.Finished > 0 && f.Up == 0:
		return "completed", Good
	case f.Finished > 0:
		return fmt.Sprintf("%d completed", f.Finished), Good
	default:
		return "ok", Good
	}
}

// Progress adds how far an update has come to a word for it.
func (f ServiceFacts) Progress(word string) string {
	if !f.Rollout.Known || f.Rollout.Total == 0 {
		return word
	}
	return fmt.Sprintf("%s %d/%d", word, min(f.Rollout.New, f.Rollout.Total), f.Rollout.Total)
}

// moving is how much attention an update needs that goes on.
func (f ServiceFacts) moving() Status {
	switch {
	case f.Restarts.Loop, f.Shortage() == Broken:
		return Broken
	case f.Worst != nil, f.Shortage() == Warning:
		return Warning
	default:
		return Moving
	}
}

// jobState is the state of a job.
func (f ServiceFacts) jobState() (string, Status) {
	stuck := f.Worst != nil && !f.Worst.Terminal()
	switch {
	case !f.Counted():
		return "not counted", Neutral
	case f.Restarts.Loop:
		return "failing", Broken
	case f.Total == 0:
		return "idle", Neutral
	case f.Completed >= f.Total:
		return "complete", Good
	case f.GaveUp > 0 && f.Up == 0 && f.Starting == 0:
		return "failed", Broken
	case stuck && f.Up == 0:
		return "not running", Broken
	case stuck || f.GaveUp > 0:
		return "job running", Warning
	case f.Up == 0 && f.Starting == 0:
		return "job waiting", Moving // Nothing of it runs now.
	default:
		return "job running", Moving
	}
}

// Status is the state of a task by word and attention.
func (t *Task) Status(node *Node) (string, Status) {
	word := string(t.State)
	switch {
	case t.State == swarm.TaskStateRunning && t.NodeID != "" && (node == nil || node.Lost()):
		return "node lost", Broken
	case t.Bad():
		return word, Broken
	case t.State == swarm.TaskStateRunning && t.runMeant():
		return word, Good
	case t.State == swarm.TaskStateRunning:
		return "stopping", Moving
	case t.State == swarm.TaskStateComplete && t.Job:
		return word, Good
	case t.Terminal() || !t.Wanted():
		return word, Neutral // A task that never ran keeps its state when it is stopped.
	case t.State == swarm.TaskStatePending && t.Err != "":
		return word, Broken
	default:
		return word, Moving
	}
}

// byNode reports whether a task is named by its node rather than by its slot.
func (t *Task) byNode(s *Service) bool {
	if s != nil {
		m := s.Mode()
		return m == ModeGlobal || m == ModeGlobalJob
	}
	return t.perNode || t.Slot == 0 && !t.Job
}
