package simswarm

import (
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

// current reports whether the task belongs to the running iteration of its job.
func (svc *service) current(t *task) bool {
	return t.api.JobIteration != nil && t.api.JobIteration.Index == svc.iteration.Index
}

// dropOldIterations ends what an update of the job has made obsolete.
func (s *Swarm) dropOldIterations(svc *service) {
	for _, t := range slices.Clone(svc.tasks) {
		if !svc.current(t) && !t.finished() {
			s.setDesired(t, swarm.TaskStateRemove)
		}
	}
}

// reconcileJob starts as many tasks as may run at once until enough have
// completed. The slots count from 0.
func (s *Swarm) reconcileJob(svc *service) {
	s.dropOldIterations(svc)
	j := svc.api.Spec.Mode.ReplicatedJob
	active, done := 0, 0
	used := map[int]bool{}
	for _, t := range svc.tasks {
		if !svc.current(t) {
			continue
		}
		used[t.api.Slot] = true
		switch {
		case t.state() == swarm.TaskStateComplete:
			done++
		case t.wanted():
			active++
		case t.finished() && t.api.DesiredState == swarm.TaskStateShutdown && !s.shouldRestart(t):
			// The slot has used its attempts up: nobody completes it.
			done++
		}
	}
	want := min(int(*j.MaxConcurrent), int(*j.TotalCompletions)-done)
	for n := 0; active < want; n++ {
		if !used[n] {
			s.newTask(svc, n, "", swarm.TaskStateComplete)
			active++
		}
	}
}

// reconcileGlobalJob runs the job once on every node that may have it.
func (s *Swarm) reconcileGlobalJob(svc *service) {
	s.dropOldIterations(svc)
	has := map[string]bool{}
	for _, t := range svc.tasks {
		if svc.current(t) {
			has[t.api.NodeID] = true
		}
	}
	for _, n := range s.nodes {
		if !has[n.id()] && n.ready() && n.api.Spec.Availability == swarm.NodeAvailabilityActive &&
			svc.rel.constraints.match(n) {
			s.newTask(svc, 0, n.id(), swarm.TaskStateComplete)
		}
	}
}
