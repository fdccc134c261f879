package simswarm_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// breaks is a change to a release that ends with an error at once.
var breaks = script("exit 3")

func checkPaused(e *engine) {
	id := e.create(e.name("a"), replicas(3), failing(swarm.UpdateFailureActionPause),
		restart(swarm.RestartPolicyConditionAny, 500*time.Millisecond, 0))
	e.want(id, "three tasks run", 3, running)
	e.update(id, breaks)
	s := e.settled(id, swarm.UpdateStatePaused)
	const form = "update paused due to failure or early termination of task "
	culprit, ok := strings.CutPrefix(s.UpdateStatus.Message, form)
	if !ok {
		e.t.Fatalf("message %q", s.UpdateStatus.Message)
	}
	found := false
	for _, t := range e.tasks(id) {
		found = found || t.ID == culprit && t.Status.State == swarm.TaskStateFailed
	}
	if !found {
		e.t.Errorf("the task %s that the message names is not a failed one of %s", culprit, describe(e.tasks(id)))
	}
	if s.UpdateStatus.CompletedAt != nil {
		e.t.Error("a paused update has an end")
	}
	e.want(id, "two of the old tasks run on", 2, running)

	status, text := e.rollback(id)
	equal(e, "rollback "+text, status, 200)
	if st := e.service(id).UpdateStatus; st.State == swarm.UpdateStateRollbackStarted {
		equal(e, "message", st.Message, "manually requested rollback")
	}
	e.settled(id, swarm.UpdateStateRollbackCompleted)
	e.want(id, "three tasks run again", 3, running)
}

func checkAutomaticRollback(e *engine) {
	id := e.create(e.name("a"), replicas(2), failing(swarm.UpdateFailureActionRollback),
		restart(swarm.RestartPolicyConditionAny, 500*time.Millisecond, 0))
	e.want(id, "two tasks run", 2, running)
	good := e.service(id).Spec.TaskTemplate.ContainerSpec.Args
	e.update(id, breaks)
	s := e.settled(id, swarm.UpdateStateRollbackCompleted)
	equal(e, "message", s.UpdateStatus.Message, "rollback completed")
	equal(e, "command", fmt.Sprint(s.Spec.TaskTemplate.ContainerSpec.Args), fmt.Sprint(good))
	if s.PreviousSpec != nil {
		e.t.Error("there is a previous spec after an automatic rollback")
	}
	status, text := e.rollback(id)
	equal(e, "a second rollback", status, 400)
	equal(e, "text", text, "rpc error: code = FailedPrecondition desc = service "+id+" does not have a previous spec")
	e.want(id, "two tasks run again", 2, running)
}

func checkContinued(e *engine) {
	id := e.create(e.name("a"), replicas(2), rolling(swarm.UpdateFailureActionContinue, 500*time.Millisecond),
		restart(swarm.RestartPolicyConditionAny, time.Second, 0))
	e.want(id, "two tasks run", 2, running)
	e.update(id, breaks)
	s := e.settled(id, swarm.UpdateStateCompleted)
	equal(e, "message", s.UpdateStatus.Message, "update completed")
	e.want(id, "nothing of the old release runs", 0, func(t swarm.Task) bool {
		return running(t) && strings.Contains(strings.Join(t.Spec.ContainerSpec.Args, " "), lives)
	})
}

// checkUpToDate sees which changes replace tasks, through the filter that the
// docker command uses.
func checkUpToDate(e *engine) {
	id := e.create(e.name("a"), replicas(2), rolling(swarm.UpdateFailureActionPause, 300*time.Millisecond))
	before := e.want(id, "two tasks run", 2, running)
	e.update(id, func(s *swarm.ServiceSpec) { s.Labels = map[string]string{"color": "blue"} })
	e.update(id, constraint("node.role!=nothing"))
	var current []swarm.Task
	e.must("GET", "/tasks?"+filters("service", id, "_up-to-date", "true"), nil, &current)
	equal(e, "tasks up to date after a change of labels and constraints", len(current), 2)
	for i, t := range e.want(id, "still two", 2, running) {
		equal(e, "task", t.ID, before[i].ID)
	}
	e.update(id, func(s *swarm.ServiceSpec) { s.TaskTemplate.ForceUpdate++ })
	e.settled(id, swarm.UpdateStateCompleted)
	e.must("GET", "/tasks?"+filters("service", id, "_up-to-date", "true", "desired-state", "running"), nil, &current)
	equal(e, "tasks up to date after a forced update", len(current), 2)
	for _, t := range current {
		for _, b := range before {
			if t.ID == b.ID {
				e.t.Error("a forced update has kept a task")
			}
		}
	}
}
