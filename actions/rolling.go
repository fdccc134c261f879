package actions

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// rolling is how the engine replaces the tasks of a service.
type rolling struct {
	tasks       int
	parallelism int
	delay       time.Duration
	monitor     time.Duration
	failure     swarm.FailureAction
	ratio       float32
	startFirst  bool
}

// What the engine does where the service does not say (swarmkit
// api/defaults/service.go).
const (
	defaultParallelism = 1
	defaultMonitor     = 5 * time.Second
)

// readRolling reads the update configuration ("UpdateConfig" or
// "RollbackConfig") of a specification.
func readRolling(spec json.RawMessage, config string, tasks int) rolling {
	r := rolling{tasks: tasks, parallelism: defaultParallelism, monitor: defaultMonitor, failure: swarm.UpdateFailureActionPause}
	if field(spec, config) == nil {
		return r
	}
	var (
		parallelism uint64
		order       swarm.UpdateOrder
	)
	decodeField(spec, &parallelism, config, "Parallelism")
	decodeField(spec, &r.delay, config, "Delay")
	decodeField(spec, &r.monitor, config, "Monitor")
	decodeField(spec, &r.failure, config, "FailureAction")
	decodeField(spec, &r.ratio, config, "MaxFailureRatio")
	decodeField(spec, &order, config, "Order")
	r.startFirst = order == swarm.UpdateOrderStartFirst
	if r.monitor <= 0 {
		r.monitor = defaultMonitor
	}
	r.parallelism = int(min(parallelism, maxReplicas))
	return r
}

// together is how many tasks are replaced at once; a parallelism of 0 means
// all.
func (r rolling) together() int {
	if r.parallelism <= 0 {
		return r.tasks
	}
	return min(r.parallelism, r.tasks)
}

// atLeast is how long the engine takes when every task starts at once: it
// waits for the delay after each, and watches for failures for a while after
// the last (swarmkit manager/orchestrator/update/updater.go).
func (r rolling) atLeast() time.Duration {
	if r.tasks == 0 {
		return 0
	}
	batches := (r.tasks + r.together() - 1) / r.together()
	watch := r.monitor
	if r.delay >= watch {
		watch = r.delay + time.Second
	}
	return time.Duration(batches)*r.delay + watch
}

// describe writes what happens into a plan: to the tasks, in which order, how
// long, and what if it fails.
func (r rolling) describe(p *Plan, name string) {
	p.raise(Disruptive)
	p.Impact.Restarts = r.tasks
	if r.tasks == 0 {
		p.Impact.say("no task runs now, so none restarts")
		return
	}
	p.Impact.AtLeast = r.atLeast()
	which := "its only task restarts"
	if r.tasks > 1 {
		which = fmt.Sprintf("%s tasks restart, %d at a time", all(r.tasks), r.together())
		if r.together() == r.tasks {
			which = fmt.Sprintf("%s tasks restart at once", all(r.tasks))
		}
	}
	if r.startFirst {
		p.Impact.say("%s; each runs before the one it replaces stops", which)
	} else {
		p.Impact.say("%s; each stops before its replacement starts", which)
	}
	timing := fmt.Sprintf("takes at the least %s", model.Span(p.Impact.AtLeast))
	if r.delay > 0 {
		timing += fmt.Sprintf(" (%s between batches)", model.Span(r.delay))
	}
	p.Impact.Sentences = append(p.Impact.Sentences, timing, r.onFailure())
	if !r.startFirst && r.together() == r.tasks {
		p.warn("%s goes to 0 while it restarts: no task runs until the first replacement does", name)
	}
}

func (r rolling) onFailure() string {
	when := fmt.Sprintf("if a task fails within %s of its start", model.Span(r.monitor))
	if r.ratio > 0 {
		when = fmt.Sprintf("if more than %.4g %% of the tasks fail within %s of their start", r.ratio*100, model.Span(r.monitor))
	}
	switch r.failure {
	case swarm.UpdateFailureActionContinue:
		return "goes on whatever fails"
	case swarm.UpdateFailureActionRollback:
		return when + ", it rolls back by itself"
	default:
		return when + ", it pauses"
	}
}

// restarts says what happens to the tasks of a service whose task template
// changes.
func (s service) restarts(p *Plan, spec json.RawMessage, config string) {
	if s.job() {
		p.raise(Disruptive)
		p.Impact.Starts = s.tasks
		switch {
		case s.mode != model.ModeGlobalJob:
			p.Impact.say("the job runs again from the beginning: %s", model.Plural(s.tasks, "task"))
		case s.tasks > 0:
			p.Impact.say("the job runs again from the beginning: %s, one on each node that it fits", model.Plural(s.tasks, "task"))
		default: // Nothing has counted them yet.
			p.Impact.say("the job runs again from the beginning: one task on each node that it fits")
		}
		return
	}
	readRolling(spec, config, s.tasks).describe(p, s.name())
	switch up := s.facts.Up; {
	case !s.facts.Counted() || up >= s.tasks:
	case up == 0:
		p.Impact.say("none of them runs now; they are replaced all the same")
	default:
		p.Impact.say("only %d of the %d %s now; the others are replaced all the same", up, s.tasks, verb(up, "runs", "run"))
	}
}

// dirty tells whether tasks made from one specification are replaced when the
// service gets another, and whether only its placement differs: then those
// stay whose node still fits (swarmkit manager/orchestrator/task.go,
// IsTaskDirty).
func dirty(before, after json.RawMessage) (all, placementOnly bool) {
	if !model.SameJSON(field(before, "EndpointSpec"), field(after, "EndpointSpec")) {
		return true, false
	}
	b, a := field(before, "TaskTemplate"), field(after, "TaskTemplate")
	if model.SameJSON(b, a) {
		return false, false
	}
	without := []Edit{{Path: []string{"Placement"}, Delete: true}, {Path: []string{"Runtime"}, Delete: true}}
	bb, err1 := Apply(b, without)
	aa, err2 := Apply(a, without)
	if err1 == nil && err2 == nil && model.SameJSON(bb, aa) {
		return false, true
	}
	return true, false
}

// all is how people say that none of n is left out.
func all(n int) string {
	if n == 2 {
		return "both"
	}
	return fmt.Sprintf("all %d", n)
}
