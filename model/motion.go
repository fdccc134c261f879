package model

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// How long a task may take for a step on its way to running before something
// is wrong. A start is no outage: until then it is moving, in the verdict as in
// the column STATE.
const (
	// allocationGrace is for the addresses and ports of a task, placeGrace for
	// its place on a node and the node's answer. Both take no time on a machine
	// that has some.
	allocationGrace = 30 * time.Second
	placeGrace      = time.Minute
	// refusedGrace is how long no node may be found. In an update the old task
	// still has the port or the memory that the new one asks for.
	refusedGrace = 10 * time.Second
	// prepareGrace is for pulling the image and setting up networks and
	// volumes.
	prepareGrace = 2 * time.Minute
	// startGrace comes on top of what the health check may take.
	startGrace = 10 * time.Second
)

// dueAt is until when a task that does not run yet is on its way as it should
// be. stopping is set while the task that it replaces is being stopped.
func (t *Task) dueAt(stopping bool) time.Time {
	at := t.Since()
	switch {
	case t.State == swarm.TaskStatePending && t.Err != "":
		at = t.CreatedAt.Add(refusedGrace)
		if stopping {
			at = at.Add(t.StopGrace())
		}
		return at
	case t.Err != "":
		return t.CreatedAt // It tells itself what is wrong.
	case t.State == swarm.TaskStateNew:
		return at.Add(allocationGrace)
	case t.State == swarm.TaskStatePreparing:
		return at.Add(prepareGrace)
	case t.State == swarm.TaskStateStarting:
		return at.Add(startGrace + t.healthGrace())
	case t.State == swarm.TaskStateReady, t.Desired == swarm.TaskStateReady:
		// It waits for the restart delay, or for the old task to stop.
		return at.Add(placeGrace + t.restartDelay() + t.StopGrace())
	default:
		return at.Add(placeGrace)
	}
}

// healthGrace is how long a container may take to become healthy, or to be
// found unhealthy.
func (t *Task) healthGrace() time.Duration { return t.failedChecks(true) }

// HasHealthcheck reports whether the service says how its container is checked, if at
// all: else what the image has holds, which the swarm does not know.
func (t *Task) HasHealthcheck() bool {
	return t.Spec != nil && t.Spec.ContainerSpec != nil && t.Spec.ContainerSpec.Healthcheck != nil && len(t.Spec.ContainerSpec.Healthcheck.Test) > 0
}

// MayBeUnhealthy reports whether a task that ended with exit code 0 may have been
// stopped because its health check failed: the engine tells of no failure where the
// program obeys the request to stop. A health check that only the image has is not
// known to the swarm.
func (t *Task) MayBeUnhealthy() bool {
	if t.State != swarm.TaskStateComplete || t.Job || t.Spec == nil || t.Spec.ContainerSpec == nil || t.Spec.ContainerSpec.Healthcheck == nil {
		return false
	}
	least := t.failedChecks(false)
	return least > 0 && t.endedAt().Sub(t.CreatedAt) >= least
}

// failedChecks is how long as many checks take as make a container unhealthy, each
// of them until its time is out or at once; 0 where there is no check.
func (t *Task) failedChecks(hang bool) time.Duration {
	interval, timeout, start, retries := DefaultProbeInterval, DefaultProbeTimeout, time.Duration(0), DefaultProbeRetries
	if t.Spec != nil && t.Spec.ContainerSpec != nil {
		if h := t.Spec.ContainerSpec.Healthcheck; h != nil {
			if len(h.Test) > 0 && h.Test[0] == "NONE" {
				return 0
			}
			set := func(value *time.Duration, to time.Duration) {
				if to > 0 {
					*value = to
				}
			}
			set(&interval, h.Interval)
			set(&timeout, h.Timeout)
			set(&start, h.StartPeriod)
			if h.Retries > 0 {
				retries = h.Retries
			}
		}
	}
	if !hang {
		timeout = 0
	}
	sum := float64(start) + float64(retries)*(float64(interval)+float64(timeout))
	return time.Duration(min(sum, float64(maxRestartDelay)))
}

// StopGrace is how long its container has to stop before it is killed.
func (t *Task) StopGrace() time.Duration {
	if t.Spec != nil && t.Spec.ContainerSpec != nil && t.Spec.ContainerSpec.StopGracePeriod != nil {
		return min(max(0, *t.Spec.ContainerSpec.StopGracePeriod), maxRestartDelay)
	}
	return DefaultStopGrace
}

// waiting is a task on its way, and until when that is as it should be.
type waiting struct {
	task *Task
	due  time.Time
	// extra is set where another task of the slot is up, as in an update that
	// starts the new one first; replaces where one was stopped for it.
	extra, replaces bool
}
