package simswarm

import (
	"cmp"
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

// placement is the state of the scheduler.
type placement struct {
	tick *job
}

// kickScheduler asks for a pass over the pending tasks. Requests that come close
// together are one.
func (s *Swarm) kickScheduler() {
	if s.tick == nil {
		s.tick = s.after(scheduleDebounce, func() {
			s.tick = nil
			s.schedule()
		})
	}
}

// schedule places what can be placed. Tasks of one service and one
// specification are placed together.
func (s *Swarm) schedule() {
	type group struct {
		rel   *release
		tasks []*task
	}
	var groups []*group
	byRelease := map[*release]*group{}
	for _, t := range s.unplaced() {
		if t.api.NodeID != "" {
			s.confirm(t)
			continue
		}
		g := byRelease[t.rel]
		if g == nil {
			g = &group{rel: t.rel}
			byRelease[t.rel] = g
			groups = append(groups, g)
		}
		g.tasks = append(g.tasks, t)
	}
	for _, g := range groups {
		s.place(g.tasks)
	}
}

// unplaced lists the tasks that wait for the scheduler.
func (s *Swarm) unplaced() []*task {
	var out []*task
	for _, svc := range s.services {
		for _, t := range svc.tasks {
			if t.state() == swarm.TaskStatePending && t.wanted() {
				out = append(out, t)
			}
		}
	}
	return out
}

// confirm checks a task of a global service, which has its node already.
func (s *Swarm) confirm(t *task) {
	n := s.nodeByID[t.api.NodeID]
	if n == nil {
		return
	}
	if i := refusal(n, t); i >= 0 {
		refused := make([]int, len(filters))
		refused[i] = 1
		s.holdBack(t, explain(refused))
		return
	}
	s.assign(t, n, "scheduler confirmed task can run on preassigned node")
}

// candidate is a node that may take a task of the group.
type candidate struct {
	n        *node
	failures int
	mine     int // tasks of the service
	all      int // tasks in all
	branch   string
}

// place puts the tasks of a group on nodes, each on the best one left: with the
// fewest recent failures of the service, then its fewest tasks, then the fewest
// tasks in all.
func (s *Swarm) place(tasks []*task) {
	refused := make([]int, len(filters))
	var open []*candidate
	first := tasks[0]
	for _, n := range s.nodes {
		if i := refusal(n, first); i >= 0 {
			refused[i]++
			continue
		}
		c := &candidate{n: n, mine: n.byService[first.api.ServiceID], all: n.active, branch: s.branch(n, first)}
		if f := len(n.recentFailures(first.api.ServiceID, s.now)); f >= faultLimit {
			c.failures = f
		}
		open = append(open, c)
	}
	perBranch := map[string]int{}
	for _, c := range open {
		perBranch[c.branch] += c.mine
	}
	for i, t := range tasks {
		if len(open) == 0 {
			for _, left := range tasks[i:] {
				s.holdBack(left, explain(refused))
			}
			return
		}
		best := slices.MinFunc(open, func(a, b *candidate) int { return a.compare(b, perBranch) })
		s.assign(t, best.n, "scheduler assigned task to node")
		best.mine++
		best.all++
		perBranch[best.branch]++
		if why := refusal(best.n, first); why >= 0 {
			refused[why]++
			open = remove(open, best)
		}
	}
}

func (c *candidate) compare(d *candidate, perBranch map[string]int) int {
	return cmp.Or(
		perBranch[c.branch]-perBranch[d.branch], c.failures-d.failures, c.mine-d.mine, c.all-d.all,
	)
}

// branch is the part of the swarm that the node belongs to, by the service's
// preferences for spreading. Without one all nodes are in one branch, and
// counting per branch changes nothing.
func (s *Swarm) branch(n *node, t *task) string {
	p := t.api.Spec.Placement
	if p == nil || len(p.Preferences) == 0 {
		return ""
	}
	key := ""
	for _, pref := range p.Preferences {
		if pref.Spread == nil {
			continue
		}
		const nodeLabel, engineLabel = "node.labels.", "engine.labels."
		d := pref.Spread.SpreadDescriptor
		switch {
		case len(d) > len(nodeLabel) && d[:len(nodeLabel)] == nodeLabel:
			key += n.api.Spec.Labels[d[len(nodeLabel):]] + "\x00"
		case len(d) > len(engineLabel) && d[:len(engineLabel)] == engineLabel:
			key += n.api.Description.Engine.Labels[d[len(engineLabel):]] + "\x00"
		}
	}
	return key
}

func (s *Swarm) assign(t *task, n *node, message string) {
	t.api.NodeID = n.id()
	s.loadOn(t, n)
	s.setStatus(t, swarm.TaskStateAssigned, message, "")
	if !n.cut {
		s.accept(t)
	}
}

// holdBack leaves the task pending and says why. It writes only what changed,
// as each write moves the version.
func (s *Swarm) holdBack(t *task, why string) {
	err := "no suitable node (" + why + ")"
	if why == "" {
		err = "no suitable node"
	}
	if t.api.Status.Err != err {
		s.setStatus(t, swarm.TaskStatePending, "pending task scheduling", err)
	}
}
