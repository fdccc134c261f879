package triage

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// stopSlack is how much longer than its grace period a task may take to stop: the
// engine kills it then, and tells the manager, which has taken 45 seconds where a machine
// had thirty times too much to do. stopEach comes on top for each other
// one that it has to stop at the same time, as in a drain.
const (
	stopSlack = time.Minute
	stopEach  = 5 * time.Second
)

// stopping are the tasks that run on one node although they are to stop.
type stopping struct {
	tasks    []*model.Task
	late     []*model.Task
	services []*model.Service // of the late ones
}

// neverStops reports tasks that go on running although they were told to stop,
// their grace period is over and their node is there: the engine of the node, or
// the container, hangs. Of several services it is the node's.
func neverStops(c *sweep, report func(model.Finding)) {
	on := c.stoppingByNode()
	for _, n := range c.Nodes() {
		at := on[n.Key()]
		if at == nil {
			continue
		}
		for _, t := range at.tasks {
			_, read := c.TasksOf(t.ServiceID)
			asked := t.UpdatedAt
			if n.UpdatedAt.After(asked) {
				asked = n.UpdatedAt // A node that comes back hears only then what is to stop.
			}
			if c.by(read).Sub(asked) >= t.StopGrace()+stopSlack+time.Duration(len(at.tasks)-1)*stopEach {
				at.add(t, c.Service(t.ServiceID))
			}
		}
		if len(at.late) > 0 {
			report(c.stuckStopping(n, at))
		}
	}
}

// stoppingByNode finds the tasks that run and are to stop, on nodes that are there.
func (c *sweep) stoppingByNode() map[model.NodeID]*stopping {
	on := map[model.NodeID]*stopping{}
	for _, s := range c.Services() {
		tasks, _ := c.TasksOf(s.Key())
		for _, t := range tasks {
			if t.State != swarm.TaskStateRunning || t.Wanted() {
				continue
			}
			if n := c.Node(t.NodeID); n == nil || !n.Ready() {
				continue
			}
			if on[t.NodeID] == nil {
				on[t.NodeID] = &stopping{}
			}
			on[t.NodeID].tasks = append(on[t.NodeID].tasks, t)
		}
	}
	return on
}

// add takes in one that is late; those of one service follow each other.
func (p *stopping) add(t *model.Task, s *model.Service) {
	if p.late = append(p.late, t); len(p.services) == 0 || p.services[len(p.services)-1] != s {
		p.services = append(p.services, s)
	}
}

// stuckStopping is the finding about the tasks of one node.
func (c *sweep) stuckStopping(n *model.Node, at *stopping) model.Finding {
	node, first := c.NodeName(n.Key()), at.late[0]
	for _, t := range at.late {
		if t.UpdatedAt.Before(first.UpdatedAt) {
			first = t
		}
	}
	f := model.Finding{Status: model.Warning, Since: first.UpdatedAt, Confidence: model.Likely,
		Why:      fmt.Sprintf("its grace period of %s is over: the engine or the container on %s hangs", model.Span(first.StopGrace()), node),
		Evidence: append(c.evidenceOf(first), model.Evidence{Object: c.TaskName(first), Field: "DesiredState", Value: string(first.Desired)}),
		Remedy:   model.Remedy{Text: "look at the engine on " + node + " (docker ps, journalctl -u docker); restart it if it hangs"}}
	if len(at.services) == 1 {
		s := at.services[0]
		f.Part = n.ID // It may be so on several.
		f.Ref, f.Subject, f.Claim = s.Key().Ref(), s.Name(), fmt.Sprintf("%s not stopping on %s", tasksAre(len(at.late)), node)
		return f
	}
	f.Ref, f.Subject = n.Key().Ref(), node
	f.Claim = fmt.Sprintf("%s not stopping, of %s", tasksAre(len(at.late)), model.Plural(len(at.services), "service"))
	f.Why = fmt.Sprintf("the grace period of %s of %s is over: the engine on %s hangs", model.Span(first.StopGrace()), c.TaskName(first), node)
	for _, s := range at.services {
		f.Affects = append(f.Affects, s.Key().Ref())
	}
	return f
}

func tasksAre(n int) string {
	if n == 1 {
		return "1 task is"
	}
	return fmt.Sprintf("%d tasks are", n)
}
