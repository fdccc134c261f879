package simswarm_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

func checkRestartLoop(e *engine) {
	id := e.create(e.name("a"), script("exit 7"), restart(swarm.RestartPolicyConditionAny, 100*time.Millisecond, 0))
	e.until("the history is full", func() error {
		if list := e.tasks(id); len(list) < 5 {
			return fmt.Errorf("%s", describe(list))
		}
		return nil
	})
	for _, t := range e.tasks(id) {
		equal(e, "slot", t.Slot, 1)
		if t.DesiredState != swarm.TaskStateShutdown {
			continue
		}
		equal(e, "state", t.Status.State, swarm.TaskStateFailed)
		equal(e, "message", t.Status.Message, "started")
		equal(e, "error", t.Status.Err, "task: non-zero exit (7)")
		if c := t.Status.ContainerStatus; c == nil || c.ExitCode != 7 || c.PID != 0 || len(c.ContainerID) != 64 {
			e.t.Errorf("container status %+v", c)
		}
	}
	e.sleep(2 * time.Second)
	if n := len(e.tasks(id)); n > 6 {
		e.t.Errorf("the history has %d tasks, want 5 and maybe one that is just being forgotten", n)
	}
	equal(e, "running", e.status(id).ServiceStatus.DesiredTasks, 1)
}

func checkFinished(e *engine) {
	id := e.create(e.name("a"), command("true"), restart(swarm.RestartPolicyConditionOnFailure, 100*time.Millisecond, 0))
	t := e.want(id, "the task is complete", 1, func(t swarm.Task) bool { return t.Status.State == swarm.TaskStateComplete })[0]
	equal(e, "message", t.Status.Message, "finished")
	equal(e, "error", t.Status.Err, "")
	e.sleep(time.Second)
	list := e.tasks(id)
	equal(e, "tasks after an end without failure", len(list), 1)
	equal(e, "desired state", list[0].DesiredState, swarm.TaskStateShutdown)
}

func checkAttempts(e *engine) {
	id := e.create(e.name("a"), script("exit 1"), restart(swarm.RestartPolicyConditionAny, 100*time.Millisecond, 2))
	down := func(t swarm.Task) bool {
		return t.Status.State == swarm.TaskStateFailed && t.DesiredState == swarm.TaskStateShutdown
	}
	e.want(id, "three attempts", 3, down)
	e.sleep(time.Second)
	equal(e, "tasks once the attempts are used up", len(e.tasks(id)), 3)
}

func checkMissingImage(e *engine) {
	id := e.create(e.name("a"), image("contract-missing:9"), restart(swarm.RestartPolicyConditionNone, 0, 0))
	t := e.want(id, "the task is rejected", 1, func(t swarm.Task) bool { return t.Status.State == swarm.TaskStateRejected })[0]
	equal(e, "message", t.Status.Message, "preparing")
	// Newer engines give the error of the pull instead.
	if !strings.Contains(t.Status.Err, "contract-missing") {
		e.t.Errorf("error %q", t.Status.Err)
	}
}

func checkMissingCommand(e *engine) {
	id := e.create(e.name("a"), command("/no/such/command"), restart(swarm.RestartPolicyConditionNone, 0, 0))
	t := e.want(id, "the task failed", 1, func(t swarm.Task) bool { return t.Status.State == swarm.TaskStateFailed })[0]
	equal(e, "message", t.Status.Message, "starting")
	if !strings.HasPrefix(t.Status.Err, "starting container failed: ") || !strings.Contains(t.Status.Err, "/no/such/command: no such file or directory") {
		e.t.Errorf("error %q", t.Status.Err)
	}
	if c := t.Status.ContainerStatus; c == nil || c.ExitCode != 127 {
		e.t.Errorf("container status %+v", c)
	}
}

// nodes counts the nodes that may take tasks.
func (e *engine) nodes() int {
	e.t.Helper()
	var list []swarm.Node
	e.must("GET", "/nodes", nil, &list)
	n := 0
	for _, x := range list {
		if x.Status.State == swarm.NodeStateReady && x.Spec.Availability == swarm.NodeAvailabilityActive {
			n++
		}
	}
	return n
}

func isPending(t swarm.Task) bool {
	return t.Status.State == swarm.TaskStatePending && t.DesiredState == swarm.TaskStateRunning && t.Status.Err != ""
}

func checkPending(e *engine) {
	n := e.nodes()
	id := e.create(e.name("a"), constraint("node.labels.nobody==here"))
	t := e.want(id, "the task is pending", 1, isPending)[0]
	equal(e, "message", t.Status.Message, "pending task scheduling")
	equal(e, "error", t.Status.Err, fmt.Sprintf("no suitable node (scheduling constraints not satisfied on %d nodes)", n))
	equal(e, "node", t.NodeID, "")

	id = e.create(e.name("b"), func(s *swarm.ServiceSpec) {
		s.TaskTemplate.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{MemoryBytes: 1 << 50}}
	})
	t = e.want(id, "the task is pending", 1, isPending)[0]
	equal(e, "error", t.Status.Err, fmt.Sprintf("no suitable node (insufficient resources on %d nodes)", n))
	s := e.status(id)
	equal(e, "running", s.ServiceStatus.RunningTasks, 0)
	equal(e, "desired", s.ServiceStatus.DesiredTasks, 1)
}

// checkPendingReplaced: an update of what cannot be placed stays in progress.
func checkPendingReplaced(e *engine) {
	id := e.create(e.name("a"), constraint("node.labels.nobody==here"))
	first := e.want(id, "the task is pending", 1, isPending)[0]
	e.update(id, func(s *swarm.ServiceSpec) { s.TaskTemplate.ForceUpdate++ })
	e.want(id, "its replacement is pending", 1, func(t swarm.Task) bool { return isPending(t) && t.ID != first.ID })
	old := e.want(id, "the first one is shut down", 1, func(t swarm.Task) bool { return t.ID == first.ID })[0]
	equal(e, "state", old.Status.State, swarm.TaskStateShutdown)
	equal(e, "message", old.Status.Message, "pending task scheduling")
	equal(e, "error", old.Status.Err, "")
	equal(e, "update", e.settled(id, swarm.UpdateStateUpdating).UpdateStatus.Message, "update in progress")
}

func checkMaxReplicas(e *engine) {
	n := e.nodes()
	id := e.create(e.name("a"), replicas(uint64(n+1)), func(s *swarm.ServiceSpec) {
		s.TaskTemplate.Placement = &swarm.Placement{MaxReplicas: 1}
	})
	e.want(id, "one task a node runs", n, running)
	t := e.want(id, "one is pending", 1, isPending)[0]
	equal(e, "error", t.Status.Err, "no suitable node (max replicas per node limit exceed)")
}

func checkHostPort(e *engine) {
	n := e.nodes()
	id := e.create(e.name("a"), replicas(uint64(n+1)), func(s *swarm.ServiceSpec) {
		s.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{
			Protocol: network.TCP, TargetPort: 80, PublishedPort: 18481, PublishMode: swarm.PortConfigPublishModeHost,
		}}}
	})
	up := e.want(id, "one task a node runs", n, running)
	t := e.want(id, "one is pending", 1, isPending)[0]
	equal(e, "error", t.Status.Err, fmt.Sprintf("no suitable node (host-mode port already in use on %d nodes)", n))
	// One for each family of addresses, alike.
	if list := up[0].Status.PortStatus.Ports; len(list) == 0 || list[0].PublishedPort != 18481 || list[0].TargetPort != 80 ||
		list[0].PublishMode != swarm.PortConfigPublishModeHost || list[len(list)-1] != list[0] {
		e.t.Errorf("ports that the task holds: %+v", list)
	}
}

func checkJob(e *engine) {
	id := e.create(e.name("a"), command("true"), func(s *swarm.ServiceSpec) {
		two, four := uint64(2), uint64(4)
		s.Mode = swarm.ServiceMode{ReplicatedJob: &swarm.ReplicatedJob{MaxConcurrent: &two, TotalCompletions: &four}}
	})
	done := e.want(id, "four tasks complete", 4, func(t swarm.Task) bool { return t.Status.State == swarm.TaskStateComplete })
	slots := map[int]bool{}
	for _, t := range done {
		slots[t.Slot] = true
		equal(e, "desired state", t.DesiredState, swarm.TaskStateComplete)
		if t.JobIteration == nil || t.JobIteration.Index != 0 {
			e.t.Errorf("iteration %+v", t.JobIteration)
		}
	}
	equal(e, "slots 0 to 3", slots[0] && slots[1] && slots[2] && slots[3], true)
	s := e.status(id)
	equal(e, "desired", s.ServiceStatus.DesiredTasks, 2)
	equal(e, "running", s.ServiceStatus.RunningTasks, 0)
	equal(e, "completed", s.ServiceStatus.CompletedTasks, 4)
	if s.JobStatus == nil || s.JobStatus.LastExecution.IsZero() {
		e.t.Errorf("job status %+v", s.JobStatus)
	}
	e.update(id, func(s *swarm.ServiceSpec) { s.Labels = map[string]string{"again": "yes"} })
	e.until("any update runs the job again", func() error {
		s := e.status(id)
		if s.JobStatus.JobIteration.Index == 0 || s.ServiceStatus.CompletedTasks != 4 {
			return fmt.Errorf("%+v %+v", s.JobStatus, s.ServiceStatus)
		}
		return nil
	})
}

// checkJobAgain sees that what still runs of the earlier iteration does not
// count.
func checkJobAgain(e *engine) {
	id := e.create(e.name("a"), command("sh", "-c", lives), func(s *swarm.ServiceSpec) {
		one, grace := uint64(1), 30*time.Second // a shell that traps nothing is killed after it
		s.Mode = swarm.ServiceMode{ReplicatedJob: &swarm.ReplicatedJob{MaxConcurrent: &one, TotalCompletions: &one}}
		s.TaskTemplate.ContainerSpec.StopGracePeriod = &grace
	})
	up := func(t swarm.Task) bool { return t.Status.State == swarm.TaskStateRunning }
	first := e.want(id, "the task runs", 1, up)[0]
	e.update(id, func(s *swarm.ServiceSpec) { s.Labels = map[string]string{"again": "yes"} })
	e.want(id, "the next one runs while the first still stops", 2, up)
	equal(e, "running", e.status(id).ServiceStatus.RunningTasks, 1)
	e.want(id, "the first is told to stop", 1, func(t swarm.Task) bool {
		return t.ID == first.ID && t.DesiredState == swarm.TaskStateRemove
	})
}
