package testkit

import (
	"strconv"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// TaskOption says one thing about a task.
type TaskOption interface{ task(*model.Task) }

type taskOption func(*model.Task)

func (o taskOption) task(t *model.Task) { o(t) }

// Task makes a task that has been running for an hour, or that has been on its
// way to running for a moment. Two tasks that differ in nothing have the same
// ID.
func Task(options ...TaskOption) *model.Task {
	t := &model.Task{
		Version: 10, State: swarm.TaskStateRunning, Desired: swarm.TaskStateRunning,
		Message: "started",
	}
	for _, o := range options {
		o.task(t)
	}
	if t.CreatedAt.IsZero() {
		t.CreatedAt = Now.Add(-time.Hour)
		switch t.State {
		case swarm.TaskStateAssigned, swarm.TaskStateAccepted, swarm.TaskStatePreparing, swarm.TaskStateReady, swarm.TaskStateStarting:
			t.CreatedAt = Now.Add(-5 * time.Second)
		default: // It came into its state some time ago.
		}
	}
	if t.UpdatedAt.IsZero() {
		t.UpdatedAt = t.CreatedAt.Add(4 * time.Second)
	}
	if t.StateAt.IsZero() {
		t.StateAt = t.UpdatedAt
	}
	if t.ID == "" {
		t.ID = model.TaskID(makeID("task", string(t.ServiceID), string(t.NodeID), strconv.Itoa(t.Slot),
			strconv.FormatUint(t.JobIteration, 10), strconv.FormatInt(t.CreatedAt.UnixNano(), 10)))
	}
	return t
}

// Of makes a task one of a service, made from its present specification.
func Of(s *model.Service) TaskOption {
	return taskOption(func(t *model.Task) {
		t.ServiceID = s.Key()
		t.Spec = &model.TaskSpec{TaskSpec: s.Spec.TaskTemplate, Print: s.Print}
		if s.IsJob() {
			t.Job, t.Desired = true, swarm.TaskStateComplete
			if s.JobStatus != nil {
				t.JobIteration = s.JobStatus.JobIteration.Index
			}
		}
	})
}

// OfID makes a task one of a service that need not exist.
func OfID(id model.ServiceID) TaskOption {
	return taskOption(func(t *model.Task) { t.ServiceID = id })
}

// On puts a task on a node.
func On(n *model.Node) TaskOption { return OnID(n.Key()) }

// OnID puts a task on a node that need not exist.
func OnID(id model.NodeID) TaskOption {
	return taskOption(func(t *model.Task) { t.NodeID = id })
}

// Slot is a task's slot.
func Slot(n int) TaskOption { return taskOption(func(t *model.Task) { t.Slot = n }) }

// State is what a task is observed to do, and Desired what it should do.
func State(s swarm.TaskState) TaskOption {
	return taskOption(func(t *model.Task) { t.State = s })
}

// Desired is what the swarm wants of a task.
func Desired(s swarm.TaskState) TaskOption {
	return taskOption(func(t *model.Task) { t.Desired = s })
}

// Ago is how long before [Now] a task was created.
func Ago(d time.Duration) TaskOption {
	return taskOption(func(t *model.Task) { t.CreatedAt = Now.Add(-d) })
}

// Err is a task's error.
func Err(text string) TaskOption { return taskOption(func(t *model.Task) { t.Err = text }) }

// Iteration is that of a job that a task belongs to.
func Iteration(n int) TaskOption {
	return taskOption(func(t *model.Task) { t.Job, t.JobIteration = true, uint64(n) })
}

// FromImage makes a task one of an older specification, with another image.
func FromImage(image string) TaskOption {
	return taskOption(func(t *model.Task) {
		spec := swarm.TaskSpec{ContainerSpec: &swarm.ContainerSpec{Image: image}}
		t.Spec = &model.TaskSpec{TaskSpec: spec, Print: model.FingerprintOf(&spec)}
	})
}

// Failed makes a task one that ended with an exit code.
func Failed(code int) TaskOption {
	return taskOption(func(t *model.Task) {
		t.State, t.Desired = swarm.TaskStateFailed, swarm.TaskStateShutdown
		t.Err = "task: non-zero exit (" + strconv.Itoa(code) + ")"
		t.ExitCode, t.Exited = code, true
	})
}

// Ended makes a task one that ended by itself with exit code 0.
func Ended() TaskOption {
	return taskOption(func(t *model.Task) {
		t.State, t.Exited, t.Message = swarm.TaskStateComplete, true, "finished"
		if !t.Job {
			t.Desired = swarm.TaskStateShutdown
		}
	})
}

// Stopped makes a task one that was stopped on request.
func Stopped() TaskOption {
	return taskOption(func(t *model.Task) {
		t.State, t.Desired = swarm.TaskStateShutdown, swarm.TaskStateShutdown
	})
}

// Pending makes a task one that found no node, or that nobody has looked at.
func Pending(err string) TaskOption {
	return taskOption(func(t *model.Task) {
		t.State, t.NodeID, t.Err, t.Message = swarm.TaskStatePending, "", err, "pending task scheduling"
	})
}

// WithTask changes a task as no other option does.
func WithTask(change func(*model.Task)) TaskOption { return taskOption(change) }
