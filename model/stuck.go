package model

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// StuckUpdate reports whether a service's update, which the engine says goes on,
// cannot end as things are, and why: it waits for a new task that fits
// nowhere, and nothing that would make room is on its way. The engine itself
// waits without a limit (swarmkit manager/orchestrator/update/updater.go, "TODO:
// Consider adding a timeout here"). It says no where that is not certain.
func (c *Cluster) StuckUpdate(s *Service) (why string, stuck bool) {
	tasks, at := c.TasksOf(s.Key())
	if at.IsZero() || !c.Facts(s.Key()).Rollout.Active() {
		return "", false
	}
	var waiting *Task
	for _, t := range tasks {
		switch {
		case !t.Wanted() || t.Terminal() || t.State == swarm.TaskStateRunning || !s.UpToDate(t):
		case t.State != swarm.TaskStatePending:
			return "", false // Once it runs, another may make way.
		case waiting == nil || t.CreatedAt.Before(waiting.CreatedAt):
			waiting = t
		}
	}
	if waiting == nil {
		return "", false
	}
	placer := c.Placer()
	for _, list := range c.tasks {
		for _, t := range list {
			if !t.Wanted() || t == waiting {
				placer.Vacate(t)
			}
		}
	}
	d := s.Demand()
	for _, row := range placer.Matrix(d, waiting.NodeID) {
		// It fits, or would if a node were heard that may come back.
		if row.OK() || !row.Node.Ready() && row.Only(FilterReady) {
			return "", false
		}
	}
	why = placer.ExplainAt(d, waiting.NodeID)
	if old := outgoing(tasks, waiting); old != nil && s.rolling().Order == swarm.UpdateOrderStartFirst {
		placer.Vacate(old)
		if placer.ExplainAt(d, waiting.NodeID) == "" {
			return fmt.Sprintf("%s finds %s", c.TaskName(waiting), besideOld(why)), true
		}
	}
	return fmt.Sprintf("%s fits on no node: %s", c.TaskName(waiting), why), true
}

// outgoing is the task that runs where another waits to replace it; nil for
// none.
func outgoing(tasks []*Task, waiting *Task) *Task {
	for _, t := range tasks {
		if t != waiting && t.Wanted() && !t.Terminal() && SameSlot(t, waiting) {
			return t
		}
	}
	return nil
}

// rolling is how the engine replaces tasks in the update that goes on, or in
// the next one where none does.
func (s *Service) rolling() swarm.UpdateConfig {
	if config := s.RollingConfig(); config != nil {
		return *config
	}
	return swarm.UpdateConfig{Parallelism: DefaultParallelism}
}

// RollingConfig is the same as the specification has it; nil where it does not
// say.
func (s *Service) RollingConfig() *swarm.UpdateConfig {
	if u := s.UpdateStatus; u != nil && (u.State == swarm.UpdateStateRollbackStarted || u.State == swarm.UpdateStateRollbackPaused) {
		return s.Spec.RollbackConfig
	}
	return s.Spec.UpdateConfig
}

// monitor is for how long the engine watches each task that it replaces, or did in
// a rollback that has ended.
func (s *Service) monitor() time.Duration {
	config := s.RollingConfig()
	if u := s.UpdateStatus; u != nil && u.State == swarm.UpdateStateRollbackCompleted {
		config = s.Spec.RollbackConfig
	}
	if config != nil && config.Monitor > 0 {
		return config.Monitor
	}
	return DefaultMonitor
}

// ExplainAt is why a task does not fit on the node that it is bound to, as the
// tasks of global services are, or on any where that is none; empty where it
// fits.
func (p *Placer) ExplainAt(d Demand, id NodeID) string {
	if id == "" {
		return p.Explain(d)
	}
	n := p.cluster.Node(id)
	if n == nil {
		return "its node no longer exists"
	}
	m := p.Fits(d, n)
	switch {
	case m.OK():
		return ""
	case m.Detail == "":
		return fmt.Sprintf("%s on %s", m.Filter, p.cluster.NodeName(id))
	default:
		return fmt.Sprintf("%s on %s (%s)", m.Filter, p.cluster.NodeName(id), m.Detail)
	}
}
