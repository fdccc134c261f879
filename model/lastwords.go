package model

import "github.com/moby/moby/api/types/swarm"

// LastDead is the newest task of a service that ended badly, if that is what is
// wrong with the service and the task ran, so that it may have said why; nil for
// none.
func (c *Cluster) LastDead(id ServiceID) *Task {
	f := c.Facts(id)
	t := f.Restarts.Last
	if t == nil || t.State == swarm.TaskStateRejected || t.neverStarted() {
		return nil
	}
	dies := f.Restarts.Loop || f.Unproved+f.Restarting+f.GaveUp > 0 || f.Worst != nil && f.Worst.Terminal()
	switch f.Rollout.State {
	case swarm.UpdateStatePaused, swarm.UpdateStateRollbackStarted, swarm.UpdateStateRollbackPaused:
		dies = true
	case swarm.UpdateStateUpdating, swarm.UpdateStateCompleted, swarm.UpdateStateRollbackCompleted:
		dies = dies || f.Reverted
	}
	if !dies {
		return nil
	}
	return t
}

// Unheard is why the log of a task cannot be read; empty where it may be.
func (c *Cluster) Unheard(t *Task) string {
	switch {
	case c.onLostNode(t):
		return c.NodeName(t.NodeID) + " is down, and has it"
	case t.Spec != nil && t.Spec.LogDriver != nil && t.Spec.LogDriver.Name == "none":
		return "its log driver is none"
	}
	return ""
}
