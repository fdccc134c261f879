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
	// onceOnly is set where tasks end by themselves and are not started again:
	// for the engine one that ends while it is watched has failed, even with
	// exit 0.
	onceOnly bool
}

// readRolling reads the update configuration ("UpdateConfig" or
// "RollbackConfig") of a specification.
func readRolling(spec json.RawMessage, config string, tasks int) rolling {
	r := rolling{tasks: tasks, parallelism: model.DefaultParallelism, monitor: model.DefaultMonitor, failure: swarm.UpdateFailureActionPause}
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
		r.monitor = model.DefaultMonitor
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

// batches is in how many goes the tasks are replaced.
func (r rolling) batches() int { return (r.tasks + r.together() - 1) / max(1, r.together()) }

// atLeast is how long the engine takes when every task starts at once: it
// waits for the delay after each, and watches for failures for a while after
// the last (swarmkit manager/orchestrator/update/updater.go).
func (r rolling) atLeast() time.Duration {
	if r.tasks == 0 {
		return 0
	}
	watch := r.monitor
	if r.delay >= watch {
		watch = r.delay + time.Second
	}
	return time.Duration(r.batches())*r.delay + watch
}

func (r rolling) onFailure() string {
	fails, fail := "fails", "fail"
	if r.onceOnly {
		fails, fail = "ends, even well,", "end, even well,"
	}
	when := fmt.Sprintf("if a task %s within %s of its start", fails, model.Span(r.monitor))
	if r.ratio > 0 {
		when = fmt.Sprintf("if more than %.4g%% of the tasks %s within %s of their start", r.ratio*100, fail, model.Span(r.monitor))
	}
	switch r.failure {
	case swarm.UpdateFailureActionContinue:
		return "continues whatever fails"
	case swarm.UpdateFailureActionRollback:
		return when + ", it rolls back by itself"
	default:
		return when + ", it pauses"
	}
}

// dirty reports whether tasks made from one specification are replaced when the
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
