package model

import (
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Stage is how far one place of a service is, a slot or the node of a global
// one, with what the service asks for now.
type Stage int

// The stages.
const (
	// StageMissing is a place that should have a task and has none.
	StageMissing Stage = iota
	// StageOld has a task of a former specification.
	StageOld
	// StageStopping has a task that is being stopped, and gets no other.
	StageStopping
	// StageWaiting has a task of the present specification on its way.
	StageWaiting
	// StageFailed has one that ended badly, and none that is up since.
	StageFailed
	// StageNew has one that is up.
	StageNew
	// StageDone has one that did what it was there for, and is not started again.
	StageDone

	stages
)

// PlaceStanding is how one place stands.
type PlaceStanding struct {
	Stage Stage
	// Task is the one that the stage is about; nil for a place that is missing.
	Task *Task
	// Dead is the newest task of the present specification that ended badly in
	// a row that leads up to now; nil for none.
	Dead *Task
	// Leaves is set while another task of the place runs on beside the new one.
	Leaves bool
	// GaveUp is set where the swarm does not start the task again that failed.
	GaveUp bool
	// Kept is set for a former task that the engine does not replace, because its
	// node is paused.
	Kept bool
}

// Standing is how all places of a service stand.
type Standing struct {
	// Places are those with a task, in the order of TasksOf; those without one
	// are only counted.
	Places []PlaceStanding
	// Want is how many are to be up, for a job to complete.
	Want int
	// Job is set for a job, of which each place has to complete.
	Job    bool
	counts [stages]int
	// Leaving counts the places of which another task runs on, Unsure those on
	// nodes of which the manager has not heard since an election.
	Leaving, Unsure int
}

// Count is how many places are at a stage.
func (t Standing) Count(g Stage) int { return t.counts[g] }

// Standing tells how the places of a service stand, as far as its tasks are
// known.
func (c *Cluster) Standing(s *Service) Standing {
	v := stander{Cluster: c, s: s, goal: newGoal(s, &s.Spec)}
	tasks, _ := c.TasksOf(s.Key())
	Slots(presentIteration(s, tasks), v.slot)
	v.out.Want, v.out.Job = v.want(), s.IsJob()
	v.out.counts[StageMissing] = max(0, v.out.Want-v.filled)
	return v.out
}

// stander works a Standing out.
type stander struct {
	*Cluster
	s    *Service
	goal goal
	out  Standing
	// filled counts the places that need no other task than they have.
	filled int
	// homes are the nodes that have one, of a service with one for every node.
	homes map[NodeID]bool
}

// slot takes in one place.
func (v *stander) slot(slot []*Task) {
	p := v.place(slot)
	if p.Task == nil {
		return
	}
	if p.Stage == StageOld && v.s.Mode() == ModeGlobal {
		n := v.Node(p.Task.NodeID)
		p.Kept = n != nil && n.Spec.Availability == swarm.NodeAvailabilityPause
	}
	if p.Stage == StageNew && !v.s.IsJob() {
		if n := v.Node(p.Task.NodeID); n != nil && !n.Ready() {
			v.out.Unsure++
		}
	}
	if p.Leaves {
		v.out.Leaving++
	}
	v.out.Places = append(v.out.Places, p)
	v.out.counts[p.Stage]++
	if p.Stage != StageStopping {
		v.filled++
		if home := slot[0].home(); home != "" {
			if v.homes == nil {
				v.homes = map[NodeID]bool{}
			}
			v.homes[home] = true
		}
	}
}

// place judges one place. It has no task where all that is there is history.
func (v *stander) place(slot []*Task) (p PlaceStanding) {
	var old, waiting, stopping *Task
	live := 0
	for _, t := range slot {
		wanted := t.Wanted() && !t.Terminal()
		if wanted {
			live++
		}
		switch clean := wanted && !v.dirty(t); {
		case clean && t.State == swarm.TaskStateRunning && t.runMeant() && v.there(t):
			if p.Task == nil {
				p.Stage, p.Task = StageNew, t
			}
		case clean && waiting == nil:
			waiting = t
		case wanted && old == nil:
			old = t
		case !wanted && !t.Terminal() && t.NodeID != "" && v.there(t) && (t.State == swarm.TaskStateRunning || t.State == swarm.TaskStateStarting):
			stopping = t
		}
	}
	p.Dead = v.dead(slot)
	switch {
	case p.Task != nil:
		p.Leaves = live > 1 || stopping != nil
	case waiting != nil && p.Dead != nil:
		p.Stage, p.Task = StageFailed, waiting
	case waiting != nil:
		p.Stage, p.Task = StageWaiting, waiting
	case old != nil:
		p.Stage, p.Task = StageOld, old
	default:
		v.ended(slot, stopping, &p)
	}
	return p
}

// ended judges a place in which no task is meant to run.
func (v *stander) ended(slot []*Task, stopping *Task, p *PlaceStanding) {
	switch head := slot[0]; {
	case head.Job && head.State == swarm.TaskStateComplete:
		p.Stage, p.Task = StageDone, head
	case finished(head) && !v.dirty(head):
		p.Stage, p.Task = StageDone, head
	case stopping != nil:
		p.Stage, p.Task = StageStopping, stopping
	case gaveUp(v.s, head, v.nodeByID) && !v.dirty(head):
		p.Stage, p.Task, p.Dead, p.GaveUp = StageFailed, head, head, true
	}
}

// dead is the newest task of the present specification that ended badly, where
// nothing else has run in the place since but what is there now.
func (v *stander) dead(slot []*Task) *Task {
	i := former(slot)
	if i < 0 || !failed(slot, i) || v.dirty(slot[i]) {
		return nil
	}
	return slot[i]
}

// dirty reports whether a task is of a former specification. The engine starts a
// job anew for a new one, so what is left of its present run is never.
func (v *stander) dirty(t *Task) bool {
	if v.s.IsJob() {
		return false
	}
	return v.goal.dirty(t, v.Node(t.NodeID))
}

// there reports whether the node of a task can be heard.
func (v *stander) there(t *Task) bool {
	n := v.Node(t.NodeID)
	return n != nil && !n.Lost()
}

// want is how many places the service asks for. A service with one for every node
// may not have made them all yet.
func (v *stander) want() int {
	switch v.s.Mode() {
	case ModeReplicated:
		return Count(v.s.Replicas())
	case ModeReplicatedJob:
		return Count(v.s.Completions())
	case ModeGlobal, ModeGlobalJob:
	}
	want := v.filled
	for _, n := range v.nodes {
		open := n.Ready() && n.Spec.Availability != swarm.NodeAvailabilityDrain && n.Spec.Availability != swarm.NodeAvailabilityPause
		if open && !v.homes[n.Key()] && v.goal.fits(n) {
			want++
		}
	}
	return want
}

// Complete reports whether every place is as it should be, and nothing else of
// the service runs.
func (t Standing) Complete() bool {
	if t.Job {
		return t.counts[StageDone] >= t.Want
	}
	kept := 0
	for _, p := range t.Places {
		if p.Kept {
			kept++
		}
	}
	return t.counts[StageNew]+t.counts[StageDone]+kept == t.Want && t.Leaving == 0 && t.Unsure == 0 && t.counts[StageStopping] == 0
}

// Up are the tasks that are up, by their IDs.
func (t Standing) Up() []TaskID {
	var out []TaskID
	for _, p := range t.Places {
		if p.Stage == StageNew {
			out = append(out, p.Task.ID)
		}
	}
	slices.Sort(out)
	return out
}

// LeastRemaining is how long an update takes yet at the least: the engine waits for the
// delay after each batch, the last one too, and then watches for failures for the
// monitor window, or where the delay is as long for a second longer than that (swarmkit
// manager/orchestrator/update/updater.go). It counts the places that the engine has not
// come to. Zero once there is none: a place whose task is on its way may be one that it
// is done with, and how much of the waiting is over only the engine knows.
func (s *Service) LeastRemaining(t Standing) time.Duration {
	left := t.counts[StageOld]
	if left == 0 {
		return 0
	}
	delay, parallelism := time.Duration(0), DefaultParallelism
	if config := s.RollingConfig(); config != nil {
		delay, parallelism = config.Delay, Count(config.Parallelism)
	}
	if parallelism == 0 {
		parallelism = left
	}
	watch := s.monitor()
	if delay >= watch {
		watch = delay + time.Second
	}
	batches := (left + parallelism - 1) / parallelism
	return time.Duration(batches)*delay + watch
}
