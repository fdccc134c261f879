package simswarm_test

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// checks may run at the same time.
var checks = []check{
	{"JobAgain", checkJobAgain}, // It takes longest to be cleared away.
	{"Scale", checkScale},
	{"Conflict", checkConflict},
	{"RemovedTasks", checkRemoved},
	{"Update", checkUpdate},
	{"StartFirst", checkStartFirst},
	{"PausedUpdate", checkPaused},
	{"AutomaticRollback", checkAutomaticRollback},
	{"ContinuedUpdate", checkContinued},
	{"UpToDate", checkUpToDate},
	{"RestartLoop", checkRestartLoop},
	{"Finished", checkFinished},
	{"Attempts", checkAttempts},
	{"MissingImage", checkMissingImage},
	{"MissingCommand", checkMissingCommand},
	{"Pending", checkPending},
	{"PendingReplaced", checkPendingReplaced},
	{"MaxReplicas", checkMaxReplicas},
	{"HostPort", checkHostPort},
	{"Job", checkJob},
	{"Secrets", checkSecrets},
	{"Networks", checkNetworks},
	{"Logs", checkLogs},
	{"TTYLogs", checkTTYLogs},
	{"Events", checkEvents},
	{"Filters", checkFilters},
}

func checkScale(e *engine) {
	id := e.create(e.name("a"), replicas(2))
	before := e.want(id, "two tasks run", 2, running)
	s := e.status(id)
	equal(e, "running", s.ServiceStatus.RunningTasks, 2)
	equal(e, "desired", s.ServiceStatus.DesiredTasks, 2)
	if s.UpdateStatus != nil || s.PreviousSpec != nil {
		e.t.Errorf("a new service has an update status or a previous spec: %+v", s)
	}

	version := e.service(id).Version.Index
	e.update(id, replicas(4))
	after := e.want(id, "four tasks run", 4, running)
	s = e.service(id)
	if s.Version.Index <= version {
		e.t.Errorf("the version went from %d to %d", version, s.Version.Index)
	}
	if s.UpdateStatus != nil {
		e.t.Errorf("a scale has made an update status: %+v", s.UpdateStatus)
	}
	if s.PreviousSpec == nil || *s.PreviousSpec.Mode.Replicated.Replicas != 2 {
		e.t.Error("a scale has to make the old spec the previous one")
	}
	kept := 0
	slots := map[int]bool{}
	for _, t := range after {
		slots[t.Slot] = true
		for _, b := range before {
			if b.ID == t.ID {
				kept++
			}
		}
	}
	equal(e, "kept tasks", kept, 2)
	equal(e, "slots 1 to 4", slots[1] && slots[2] && slots[3] && slots[4], true)

	e.update(id, replicas(1))
	e.want(id, "one task is left", 1, func(swarm.Task) bool { return true })
	status, text := e.rollback(id)
	equal(e, "rollback "+text, status, 200)
	e.want(id, "the rollback undoes the scale", 4, running)
	e.settled(id, swarm.UpdateStateRollbackCompleted)
}

func checkConflict(e *engine) {
	id := e.create(e.name("a"))
	s := e.service(id)
	e.update(id, func(s *swarm.ServiceSpec) { s.Labels = map[string]string{"a": "b"} })
	status, data := e.do("POST", fmt.Sprintf("/services/%s/update?version=%d", id, s.Version.Index), s.Spec)
	equal(e, "status", status, 500)
	equal(e, "text", message(data), "rpc error: code = Unknown desc = update out of sequence")
	if got := e.service(id).Spec.Labels["a"]; got != "b" {
		e.t.Errorf("the refused write went through: label %q", got)
	}
}

func checkRemoved(e *engine) {
	id := e.create(e.name("a"), replicas(2), script("trap 'sleep 1; exit 0' TERM; "+lives))
	e.want(id, "two tasks run", 2, running)
	e.must("DELETE", "/services/"+id, nil, nil)
	status, data := e.do("GET", "/services/"+id, nil)
	equal(e, "status", status, 404)
	equal(e, "text", message(data), "service "+id+" not found")
	seen := false
	e.until("the tasks are gone", func() error {
		list := e.tasksOf(id)
		for _, t := range list {
			seen = seen || t.DesiredState == swarm.TaskStateRemove && t.Status.State == swarm.TaskStateRunning
		}
		if len(list) > 0 {
			return fmt.Errorf("left: %s", describe(list))
		}
		return nil
	})
	equal(e, "tasks that still stop are listed without their service", seen, true)
}

func checkUpdate(e *engine) {
	id := e.create(e.name("a"), replicas(3), rolling(swarm.UpdateFailureActionPause, time.Second))
	old := e.want(id, "three tasks run", 3, running)
	e.update(id, image(Image2))
	s := e.settled(id, swarm.UpdateStateCompleted)
	equal(e, "message", s.UpdateStatus.Message, "update completed")
	if s.UpdateStatus.StartedAt == nil || s.UpdateStatus.CompletedAt == nil {
		e.t.Errorf("times of the update: %+v", s.UpdateStatus)
	}
	equal(e, "previous image", s.PreviousSpec.TaskTemplate.ContainerSpec.Image, Image1)
	e.want(id, "three tasks of the new image", 3, runs(Image2))
	e.want(id, "the old ones were shut down", 3, func(t swarm.Task) bool {
		return t.DesiredState == swarm.TaskStateShutdown && t.Status.State == swarm.TaskStateShutdown &&
			t.Status.Message == "shutdown" && t.Status.Err == "" && t.Spec.ContainerSpec.Image == Image1
	})
	equal(e, "tasks before", len(old), 3)

	status, text := e.rollback(id)
	equal(e, "rollback "+text, status, 200)
	s = e.settled(id, swarm.UpdateStateRollbackCompleted)
	equal(e, "message", s.UpdateStatus.Message, "rollback completed")
	equal(e, "image after the rollback", s.Spec.TaskTemplate.ContainerSpec.Image, Image1)
	equal(e, "previous image after the rollback", s.PreviousSpec.TaskTemplate.ContainerSpec.Image, Image2)
	e.want(id, "three tasks of the old image", 3, runs(Image1))
}

// checkStartFirst sees that the old task stops only when the new one runs.
func checkStartFirst(e *engine) {
	id := e.create(e.name("a"), rolling(swarm.UpdateFailureActionPause, 500*time.Millisecond), func(s *swarm.ServiceSpec) {
		s.UpdateConfig.Order = swarm.UpdateOrderStartFirst
	})
	e.want(id, "the task runs", 1, running)
	e.update(id, image(Image2))
	e.until("the new task runs", func() error {
		up, fresh := 0, false
		for _, t := range e.tasks(id) {
			if t.Status.State == swarm.TaskStateRunning {
				up++
			}
			fresh = fresh || runs(Image2)(t)
		}
		if up == 0 {
			e.t.Error("nothing runs in between")
		}
		if !fresh {
			return fmt.Errorf("%s", describe(e.tasks(id)))
		}
		return nil
	})
	e.settled(id, swarm.UpdateStateCompleted)
}
