package simswarm

import (
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

// reconcileGlobal gives every node that may have one a task.
func (s *Swarm) reconcileGlobal(svc *service) {
	byNode := map[string][]*task{}
	for _, t := range svc.tasks {
		byNode[t.api.NodeID] = append(byNode[t.api.NodeID], t)
	}
	var slots []slot
	for _, n := range s.nodes {
		tasks := byNode[n.id()]
		delete(byNode, n.id())
		if n.down() || n.drained() || !svc.rel.constraints.match(n) {
			s.shutdownAll(tasks)
			continue
		}
		if n.api.Spec.Availability == swarm.NodeAvailabilityPause {
			continue // Nothing is added or updated there.
		}
		live := liveOf(tasks)
		switch {
		case len(live) > 0:
			slots = append(slots, live)
		case len(tasks) > 0 && tasks[len(tasks)-1].finished() && s.ranOut(tasks[len(tasks)-1]):
			slots = append(slots, slot{tasks[len(tasks)-1]})
		case n.ready():
			s.newTask(svc, 0, n.id(), swarm.TaskStateRunning)
		}
	}
	for _, t := range slices.Clone(svc.tasks) {
		if _, gone := byNode[t.api.NodeID]; gone {
			s.setDesired(t, swarm.TaskStateShutdown)
		}
	}
	s.startUpdate(svc, slots)
}

// liveOf are the tasks among some that are meant to run.
func liveOf(tasks []*task) []*task {
	return slices.DeleteFunc(slices.Clone(tasks), func(t *task) bool {
		return t.api.DesiredState != swarm.TaskStateReady && t.api.DesiredState != swarm.TaskStateRunning
	})
}

// refresh brings the tasks of global services on one node up to date at once,
// which is no rolling update: they missed one while the node was paused
// (swarmkit manager/orchestrator/global, reconcileOneNode).
func (s *Swarm) refresh(n *node) {
	if !n.ready() || n.api.Spec.Availability != swarm.NodeAvailabilityActive {
		return
	}
	for _, svc := range s.services {
		if svc.api.Spec.Mode.Global == nil || !svc.rel.constraints.match(n) {
			continue
		}
		live := liveOf(slices.DeleteFunc(slices.Clone(svc.tasks), func(t *task) bool { return t.api.NodeID != n.id() }))
		old := slices.DeleteFunc(slices.Clone(live), func(t *task) bool { return !svc.rel.dirty(t, n) })
		if len(live) > 0 && len(old) == len(live) {
			s.newTask(svc, 0, n.id(), swarm.TaskStateRunning)
		}
		s.shutdownAll(old)
	}
}

// ranOut reports whether a task ended by itself and is not to be replaced. One
// that was told to stop, because its node was drained, is.
func (s *Swarm) ranOut(t *task) bool {
	return t.state() != swarm.TaskStateShutdown && t.state() != swarm.TaskStateOrphaned && s.updatable(t)
}

func (s *Swarm) shutdownAll(tasks []*task) {
	for _, t := range tasks {
		if t.wanted() {
			s.setDesired(t, swarm.TaskStateShutdown)
		}
	}
}
