package model

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Outcome is what has become of a change to a service, or of its start.
type Outcome string

// The outcomes. All but the first are final: waiting changes nothing about them,
// unless somebody does something.
const (
	OutcomeMoving      Outcome = "in progress"
	OutcomeConverged   Outcome = "converged"
	OutcomeRolledBack  Outcome = "rolled back"
	OutcomePaused      Outcome = "paused"
	OutcomeUnplaceable Outcome = "cannot be placed"
	OutcomeCrashLoop   Outcome = "crash loop"
	OutcomeUnknown     Outcome = "cannot tell"
)

// Convergence is how far a service is on the way to what it asks for.
type Convergence struct {
	Service ServiceID
	Name    string
	Outcome Outcome
	// Suspect is what it looks like while that is not certain: the outcome, if
	// nothing changes. [OutcomeMoving] where nothing looks wrong.
	Suspect Outcome
	// Why says it in a sentence: what is waited for, or what is wrong.
	Why string
	// Culprit is the task to blame; nil for none.
	Culprit *Task
	// Standing is how its places stand; nil while that is not known.
	Standing *Standing
	// Held is how long it has been seen as it should be, Window how long it has to
	// be.
	Held, Window time.Duration
}

// Settled reports whether waiting changes nothing any more.
func (v Convergence) Settled() bool { return v.Outcome != OutcomeMoving }

const (
	// leastWindow is how long a service has to be seen as it should be at the
	// least: less than two looks show nothing.
	leastWindow = DefaultMonitor
	// suspectFor is how long something has to look wrong without an end before
	// that is said. On top of how long each task may take.
	suspectFor = 20 * time.Second
	// roomFor is the same for a task that fits nowhere while other services move
	// and may make room.
	roomFor = 2 * time.Minute
	// goneFor is how long a task has to have had no successor: the list may be of
	// the moment between the two.
	goneFor = 5 * time.Second
	// blindFor is how long a swarm may not be read.
	blindFor = time.Minute
	// youngDeath is until when a task that ended badly had hardly started. The
	// next one is watched for twice as long as it lasted.
	youngDeath = time.Minute
	// refusals is how often in a row the tasks of a place may be refused by their
	// nodes: after five failures the scheduler tries others (swarmkit
	// manager/scheduler/scheduler.go, maxFailures).
	refusals = 6
	// portsSlack is how much later than a change of ports the engine may write the
	// service once more, for the addresses that it gave out.
	portsSlack = 2 * time.Second
)

// ConvergenceWatch watches whether a service gets to what it asks for, and stays
// there. It tells from what is read, not from what the engine says of an update
// alone: that is late, and over when the tasks of it may yet die.
type ConvergenceWatch struct {
	id ServiceID
	// least is the version that the service must have to be the one that is
	// waited for; 0 for any.
	least uint64

	name    string // empty until it was seen
	called  string // meanwhile
	version uint64
	// from is when the first snapshot was made.
	from time.Time
	// seenAt is when the service was first seen with its version: what was read
	// before tells nothing of it.
	seenAt time.Time
	// goodFrom is when everything was first read as it should be, with these tasks
	// up; zero while it is not.
	goodFrom time.Time
	up       []TaskID
	// suspect is what it has looked like since.
	suspect   Outcome
	suspectAt time.Time
	// refused are the tasks of each place that its nodes refused, lasted how long
	// the longest lasted that died young.
	refused map[slotKey]map[TaskID]bool
	lasted  map[slotKey]time.Duration
}

// WatchConvergence watches a service from a version on that a write gave it; 0
// takes any.
func WatchConvergence(id ServiceID, least uint64) *ConvergenceWatch {
	return &ConvergenceWatch{id: id, least: least}
}

// Called tells what the service is called, as long as no snapshot shows it.
func (w *ConvergenceWatch) Called(name string) *ConvergenceWatch {
	w.called = name
	return w
}

// Look takes in a snapshot.
func (w *ConvergenceWatch) Look(c *Cluster) Convergence {
	v := Convergence{Service: w.id, Outcome: OutcomeMoving, Suspect: OutcomeMoving}
	if w.from.IsZero() {
		w.from = c.builtAt
	}
	s := c.Service(w.id)
	v.Name = cmp.Or(w.name, w.called, ShortID(string(w.id)))
	if s != nil {
		v.Name, v.Window = s.Name(), s.window()
	}
	if w.blind(c, s, &v) {
		return v
	}
	standing := c.Standing(s)
	v.Standing = &standing
	w.remember(c, s)
	if !w.engineSays(c, s, &v) && !w.failing(c, s, &v) {
		w.holding(c, s, &v)
	}
	if v.Suspect != OutcomeMoving || v.Settled() && v.Outcome != OutcomeConverged {
		w.goodFrom = time.Time{}
	}
	if v.Settled() {
		v.Suspect = v.Outcome
	}
	return v
}

// blind reports whether nothing can be told from a snapshot, and why.
func (w *ConvergenceWatch) blind(c *Cluster, s *Service, v *Convergence) bool {
	blind := func(o Outcome, format string, args ...any) bool {
		v.Outcome, v.Suspect, v.Why = o, OutcomeUnknown, fmt.Sprintf(format, args...)
		return true
	}
	switch {
	case c.Outage != nil && !c.Outage.Waiting && c.builtAt.Sub(c.Outage.Since) > blindFor:
		return blind(OutcomeUnknown, "the swarm cannot be read: %v", c.Outage.Err)
	case c.Outage != nil && !c.Outage.Waiting:
		return blind(OutcomeMoving, "the swarm cannot be read just now: %v", c.Outage.Err)
	case !c.Ready():
		return blind(OutcomeMoving, "the swarm is being read")
	case s == nil && w.name != "":
		return blind(OutcomeUnknown, "the service was removed")
	case s == nil && w.least > 0 && c.builtAt.Sub(w.from) < blindFor:
		return blind(OutcomeMoving, "the swarm does not show it yet") // It was written, and so has just been made.
	case s == nil:
		return blind(OutcomeUnknown, "there is no such service")
	case s.Version.Index < w.least:
		return blind(OutcomeMoving, "the swarm does not show the change yet")
	case s.Damage != "":
		return blind(OutcomeUnknown, "the engine's answer cannot be read as a whole: %s", s.Damage)
	}
	w.name = s.Name()
	if w.seenAt.IsZero() || w.version != s.Version.Index {
		w.version, w.seenAt = s.Version.Index, c.ServicesAt
	}
	if _, at := c.TasksOf(w.id); !at.After(w.seenAt) {
		return blind(OutcomeMoving, "its tasks are being read")
	}
	return false
}

// remember keeps what the engine forgets of tasks that ended badly.
func (w *ConvergenceWatch) remember(c *Cluster, s *Service) {
	if w.refused == nil {
		w.refused, w.lasted = map[slotKey]map[TaskID]bool{}, map[slotKey]time.Duration{}
	}
	tasks, _ := c.TasksOf(w.id)
	g := newGoal(s, &s.Spec)
	Slots(presentIteration(s, tasks), func(slot []*Task) {
		key := slot[0].slotKey()
		for i, t := range slot {
			if !failed(slot, i) || g.dirty(t, c.Node(t.NodeID)) {
				continue
			}
			if t.State == swarm.TaskStateRejected {
				if w.refused[key] == nil {
					w.refused[key] = map[TaskID]bool{}
				}
				w.refused[key][t.ID] = true
			} else if life := t.endedAt().Sub(t.CreatedAt); life < max(youngDeath, 2*s.window()) {
				w.lasted[key] = max(w.lasted[key], life)
			}
		}
	})
}

// engineSays takes the engine's word for an update that has failed.
func (w *ConvergenceWatch) engineSays(c *Cluster, s *Service, v *Convergence) bool {
	f := c.Facts(w.id)
	u := s.UpdateStatus
	switch {
	case u == nil:
		return false
	case u.State == swarm.UpdateStatePaused && !f.EndedWell:
		v.Outcome = OutcomePaused
	case u.State == swarm.UpdateStateRollbackPaused && !f.EndedWell:
		v.Outcome = OutcomePaused
	case s.RolledBack(c.builtAt):
		v.Outcome = OutcomeRolledBack
	default:
		return false
	}
	v.Culprit = c.UpdateCulprit(s)
	if v.Why = cmp.Or(u.Message, string(u.State)); v.Culprit != nil {
		v.Why = u.Message[:strings.LastIndexByte(u.Message, ' ')+1] + c.TaskName(v.Culprit)
		if !strings.HasSuffix(u.Message, string(v.Culprit.ID)) {
			v.Why = fmt.Sprintf("%s: %s", u.Message, c.TaskName(v.Culprit))
		}
		v.Why += c.Blame(v.Culprit)
	}
	return true
}

// UpdateCulprit is the task for which an update was stopped: the one that the
// engine names, else the newest that ended badly since it began; nil for none.
func (c *Cluster) UpdateCulprit(s *Service) (last *Task) {
	u := s.UpdateStatus
	if t := c.Task(TaskID(u.Message[strings.LastIndexByte(u.Message, ' ')+1:])); t != nil {
		return t
	}
	tasks, _ := c.TasksOf(s.Key())
	for _, t := range tasks {
		since := u.StartedAt == nil || !t.CreatedAt.Before(*u.StartedAt)
		if since && t.died() && (last == nil || t.CreatedAt.After(last.CreatedAt)) {
			last = t
		}
	}
	return last
}

// Blame is a task's node and error, to stand behind its name.
func (c *Cluster) Blame(t *Task) string {
	out := ""
	if t.NodeID != "" {
		out = " on " + c.NodeName(t.NodeID)
	}
	if t.Bad() || t.Err != "" || t.State != swarm.TaskStateRunning {
		out += ": " + c.Reason(t)
	}
	return out
}

// failing looks for what will not get well by itself. It reports whether
// something looks so, or takes too long.
func (w *ConvergenceWatch) failing(c *Cluster, s *Service, v *Convergence) bool {
	o, patience := w.suspicion(c, s, v)
	read := c.readSince(w.id)
	if o != w.suspect || o == OutcomeMoving {
		w.suspect, w.suspectAt = o, read
	}
	if o == OutcomeMoving {
		return false
	}
	v.Suspect = o
	if read.Sub(w.suspectAt) >= patience {
		v.Outcome = o
	}
	return true
}

// suspicion is what a service looks like that does not get on, and how long it
// has to look so.
func (w *ConvergenceWatch) suspicion(c *Cluster, s *Service, v *Convergence) (Outcome, time.Duration) {
	f := c.Facts(w.id)
	if f.NoPlace && v.Standing.Want == 0 {
		v.Why = "no node may have a task of it"
		return OutcomeUnplaceable, suspectFor
	}
	if t, why, loops := w.crashed(c, s, v.Standing); t != nil {
		v.Culprit, v.Why = t, c.TaskName(t)+c.Blame(t)+why
		switch {
		case f.Rollout.Active() && s.guarded():
			return OutcomeCrashLoop, suspectFor + s.window() // The engine may yet stop it.
		case loops:
			return OutcomeCrashLoop, 0
		}
		return OutcomeCrashLoop, goneFor
	}
	if t := w.nowhere(c, v.Standing); t != nil {
		v.Culprit, v.Why = t, c.TaskName(t)+": "+c.Reason(t)
		if why, stuck := c.StuckUpdate(s); stuck {
			v.Why = why
		}
		if c.othersMove(w.id) {
			return OutcomeUnplaceable, roomFor
		}
		return OutcomeUnplaceable, suspectFor
	}
	return OutcomeMoving, 0
}

// crashed is the task that ended badly last where tasks of the present
// specification do so again and again, or are not started any more.
func (w *ConvergenceWatch) crashed(c *Cluster, s *Service, standing *Standing) (worst *Task, why string, loop bool) {
	tasks, _ := c.TasksOf(w.id)
	g := newGoal(s, &s.Spec)
	loops := map[slotKey]bool{}
	Slots(presentIteration(s, tasks), func(slot []*Task) {
		if !g.dirty(slot[0], c.Node(slot[0].NodeID)) {
			loops[slot[0].slotKey()] = c.SlotRestarts(slot).Loop
		}
	})
	for _, p := range standing.Places {
		key := p.Task.slotKey()
		switch {
		case p.Dead == nil || worst != nil && worst.CreatedAt.After(p.Dead.CreatedAt):
		case p.GaveUp:
			worst, why, loop = p.Dead, "; the swarm does not start it again", false
		case loops[key]:
			worst, why, loop = p.Dead, "; it fails again and again", true
		case p.Stage == StageFailed && len(w.refused[key]) >= refusals:
			worst, why, loop = p.Dead, fmt.Sprintf("; refused %d times", len(w.refused[key])), true
		case p.Stage == StageFailed && p.Task.State == swarm.TaskStatePreparing && p.Task.Err != "":
			worst, why, loop = p.Task, "", false
		}
	}
	return worst, why, loop
}

// nowhere is a task that has waited for too long for a place or an address.
func (w *ConvergenceWatch) nowhere(c *Cluster, standing *Standing) *Task {
	for _, p := range standing.Places {
		t := p.Task
		waits := t.State == swarm.TaskStatePending || t.State == swarm.TaskStateNew
		if (p.Stage == StageWaiting || p.Stage == StageFailed) && waits && !t.Terminal() && !c.builtAt.Before(t.dueAt(standing.Count(StageStopping)+standing.Leaving > 0)) {
			return t
		}
	}
	return nil
}

// othersMove reports whether another service is being updated, and so may make
// room.
func (c *Cluster) othersMove(but ServiceID) bool {
	for _, s := range c.services {
		if s.Key() != but && c.Facts(s.Key()).Rollout.Active() {
			return true
		}
	}
	return false
}

// guarded reports whether the engine stops an update that fails.
func (s *Service) guarded() bool {
	return s.rolling().FailureAction != swarm.UpdateFailureActionContinue
}

// window is how long a service is watched after a change.
func (s *Service) window() time.Duration { return max(s.monitor(), leastWindow) }

// Ready is how many of what is wanted are up, or for a job complete.
func (v Convergence) Ready() int {
	switch t := v.Standing; {
	case t == nil:
		return 0
	case t.Job:
		return t.Count(StageDone)
	default:
		return t.Count(StageNew) + t.Count(StageDone)
	}
}

// WithTaskName is a message of the engine that ends with the ID of a task, with
// the task's name in its place.
func (c *Cluster) WithTaskName(message string) string {
	i := strings.LastIndexByte(message, ' ') + 1
	if t := c.Task(TaskID(message[i:])); t != nil {
		return message[:i] + c.TaskName(t)
	}
	return message
}
