package triage

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// stopSlack is how much longer than its grace period a task may take to stop: the
// engine kills it then, and tells the manager.
const stopSlack = 30 * time.Second

// neverStops reports tasks that go on running although they were told to stop,
// their grace period is over and their node is there: the engine of the node, or
// the container, hangs.
func neverStops(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		tasks, _ := c.TasksOf(s.Key())
		var first *model.Task
		stuck := 0
		for _, t := range tasks {
			n := c.Node(t.NodeID)
			if t.State != swarm.TaskStateRunning || t.Wanted() || n == nil || !n.Ready() ||
				c.now.Sub(t.UpdatedAt) < t.StopGrace()+stopSlack {
				continue
			}
			if stuck++; first == nil || t.UpdatedAt.Before(first.UpdatedAt) {
				first = t
			}
		}
		if first == nil {
			continue
		}
		node := c.NodeName(first.NodeID)
		f := model.Finding{Ref: s.Key().Ref(), Subject: s.Name(), Status: model.Warning, Since: first.UpdatedAt, Confidence: model.Likely,
			Claim:    fmt.Sprintf("%s not stopping on %s", tasksAre(stuck), node),
			Why:      fmt.Sprintf("its grace period of %s is over: the engine or the container on %s hangs", model.Span(first.StopGrace()), node),
			Evidence: append(c.evidenceOf(first), model.Evidence{Object: c.TaskName(first), Field: "DesiredState", Value: string(first.Desired)}),
			Remedy:   model.Remedy{Text: "look at the engine on " + node + " (docker ps, journalctl -u docker); restart it if it hangs"}}
		report(f)
	}
}

func tasksAre(n int) string {
	if n == 1 {
		return "1 task is"
	}
	return fmt.Sprintf("%d tasks are", n)
}
