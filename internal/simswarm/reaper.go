package simswarm

import (
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

// reapSoon has the history of the service's tasks looked at.
func (s *Swarm) reapSoon(svc *service) {
	if svc.reaping || svc.job() {
		return // the engine keeps the tasks of jobs
	}
	svc.reaping = true
	s.after(reapDelay, func() {
		svc.reaping = false
		s.reap(svc)
	})
}

// reap forgets the oldest tasks of each slot beyond the limit.
func (s *Swarm) reap(svc *service) {
	limit := int(*s.cluster.Spec.Orchestration.TaskHistoryRetentionLimit)
	if p := svc.api.Spec.TaskTemplate.RestartPolicy; p != nil && p.MaxAttempts != nil && *p.MaxAttempts > 0 {
		// All the attempts have to stay visible, to be counted.
		limit = int(*p.MaxAttempts) + 1
	}
	if limit < 0 {
		return
	}
	groups := map[instance][]*task{}
	var order []instance
	for _, t := range svc.tasks {
		k := instanceOf(t)
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], t)
	}
	for _, k := range order {
		list := groups[k]
		excess := len(list) - limit
		for _, t := range slices.Clone(list) {
			if excess <= 0 {
				break
			}
			if !t.finished() || rank[t.api.DesiredState] <= rank[swarm.TaskStateRunning] {
				continue
			}
			s.deleteTask(t)
			excess--
		}
	}
}
