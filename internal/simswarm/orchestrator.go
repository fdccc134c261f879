package simswarm

import "github.com/moby/moby/api/types/swarm"

// reconcile brings the tasks of a service to what its specification says.
func (s *Swarm) reconcile(svc *service) {
	m := svc.api.Spec.Mode
	switch {
	case m.Global != nil:
		s.reconcileGlobal(svc)
	case m.ReplicatedJob != nil:
		s.reconcileJob(svc)
	case m.GlobalJob != nil:
		s.reconcileGlobalJob(svc)
	default:
		s.reconcileReplicated(svc)
	}
}

// taskDied is called once for a task that reached a final state.
func (s *Swarm) taskDied(t *task) {
	switch t.api.DesiredState {
	case swarm.TaskStateComplete:
		if t.state() == swarm.TaskStateComplete {
			s.reconcile(t.svc)
			return
		}
		s.restart(t)
	case swarm.TaskStateReady, swarm.TaskStateRunning:
		s.restart(t)
	default: // It was to end.
	}
}

// displace moves a task off a node that may not have it.
func (s *Swarm) displace(t *task) {
	if t.svc == nil {
		return
	}
	if t.svc.global() {
		// There is no other node for it.
		s.setDesired(t, swarm.TaskStateShutdown)
		return
	}
	if t.finished() {
		return
	}
	s.restart(t)
}

// slot is the tasks that share a number, or a node in a global service.
type slot []*task

// updatable reports whether the task has a place in its slot: it is wanted, or it
// ended and is not to be replaced. See swarmkit's IsTaskUpdatable.
func (s *Swarm) updatable(t *task) bool {
	switch t.api.DesiredState {
	case swarm.TaskStateReady, swarm.TaskStateRunning:
		return true
	case swarm.TaskStateRemove:
		return false
	default:
	}
	st := t.svc.api.UpdateStatus
	return (st == nil || st.State != swarm.UpdateStateRollbackStarted) && !s.shouldRestart(t)
}
