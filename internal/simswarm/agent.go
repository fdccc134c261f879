package simswarm

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// The agent is the worker's side: it takes a task through its states.

// step queues what the agent does next with the task. There is at most one next
// step, so that an order to stop replaces it.
func (s *Swarm) step(t *task, d time.Duration, f func()) {
	t.step.cancel()
	t.step = s.after(d, func() {
		t.step = nil
		if n := s.nodeByID[t.api.NodeID]; n == nil || n.cut {
			return
		}
		f()
	})
}

// accept is the start of the agent's work on an assigned task.
func (s *Swarm) accept(t *task) {
	s.step(t, s.between(acceptMin, acceptMax), func() {
		s.setStatus(t, swarm.TaskStateAccepted, "accepted", "")
		s.step(t, prepareTime, func() {
			s.setStatus(t, swarm.TaskStatePreparing, "preparing", "")
			s.prepare(t)
		})
	})
}

// prepare pulls the image.
func (s *Swarm) prepare(t *task) {
	n := s.nodeByID[t.api.NodeID]
	spec := t.api.Spec.ContainerSpec
	if spec == nil {
		s.step(t, cachedMin, func() { s.prepared(t) })
		return
	}
	ref := spec.Image
	if _, ok := s.image(ref); !ok {
		s.step(t, s.between(pullFailMin, pullFailMax), func() {
			t.api.Status.ContainerStatus = &swarm.ContainerStatus{}
			s.setStatus(t, swarm.TaskStateRejected, "preparing", s.pullError(ref))
		})
		return
	}
	d := s.between(cachedMin, cachedMax)
	if !n.images[withTag(ref)] && !s.given[withTag(ref)] {
		d = s.between(pullMin, pullMax)
	}
	s.step(t, d, func() {
		n.images[withTag(ref)] = true
		s.prepared(t)
	})
}

func (s *Swarm) prepared(t *task) {
	s.setStatus(t, swarm.TaskStateReady, "prepared", "")
	s.advance(t)
}

// advance starts the container once the manager wants it to run.
func (s *Swarm) advance(t *task) {
	if t.state() != swarm.TaskStateReady || t.api.DesiredState == swarm.TaskStateReady {
		return
	}
	s.setStatus(t, swarm.TaskStateStarting, "starting", "")
	t.prog = s.programOf(t)
	s.step(t, s.between(startMin, startMax), func() { s.started(t) })
}

// started is the moment the process exists.
func (s *Swarm) started(t *task) {
	container := swarm.ContainerStatus{ContainerID: hexID("container "+t.id(), 64)}
	if t.prog.fault != "" {
		container.ExitCode = t.prog.code
		t.api.Status.ContainerStatus = &container
		s.setStatus(t, swarm.TaskStateFailed, "starting", t.prog.fault)
		return
	}
	container.PID = 2000 + int(hash(t.id(), 3)%60000)
	t.api.Status.ContainerStatus = &container
	t.logStart = s.now
	if wait, ok := probeTime(t); ok {
		s.probe(t, wait)
		return
	}
	if t.prog.runs >= 0 && t.prog.runs <= reportTime {
		// The reports are gathered, so that nobody sees it run.
		s.step(t, t.prog.runs, func() { s.exited(t, "started") })
		return
	}
	s.running(t)
}

// probeTime is when the health check first answers; false without one. For a
// sick process it is when the retries are used up.
func probeTime(t *task) (time.Duration, bool) {
	h := t.api.Spec.ContainerSpec.Healthcheck
	if h == nil || len(h.Test) == 0 || h.Test[0] == "NONE" {
		return 0, false
	}
	interval, retries := h.Interval, h.Retries
	if interval == 0 {
		interval = defaultProbeInterval
	}
	if retries == 0 {
		retries = defaultProbeRetries
	}
	if t.prog.sick {
		return h.StartPeriod + interval*time.Duration(retries), true
	}
	if h.StartPeriod > 0 && h.StartInterval > 0 {
		return h.StartInterval, true
	}
	return interval, true
}

// probe waits for the health check. Until then the task is starting, though its
// process runs.
func (s *Swarm) probe(t *task, wait time.Duration) {
	if t.prog.runs >= 0 && t.prog.runs <= wait {
		s.step(t, t.prog.runs, func() { s.exited(t, "starting") })
		return
	}
	s.step(t, wait, func() {
		if t.prog.sick {
			s.containerEnded(t, 137)
			s.setStatus(t, swarm.TaskStateFailed, "starting", "task: non-zero exit (137): dockerexec: unhealthy container")
			return
		}
		s.running(t)
	})
}

func (s *Swarm) running(t *task) {
	t.api.Status.PortStatus = hostPorts(t)
	s.setStatus(t, swarm.TaskStateRunning, "started", "")
	if t.prog.runs >= 0 && !t.finished() {
		s.step(t, max(0, t.prog.runs-s.now.Sub(t.logStart)), func() { s.exited(t, "started") })
	}
}

// exited is the process ending by itself.
func (s *Swarm) exited(t *task, phase string) {
	s.containerEnded(t, t.prog.code)
	if t.prog.code == 0 {
		s.setStatus(t, swarm.TaskStateComplete, "finished", "")
		return
	}
	s.setStatus(t, swarm.TaskStateFailed, phase, fmt.Sprintf("task: non-zero exit (%d)", t.prog.code))
}

// containerEnded notes the exit code. The status is replaced, not changed: an
// answer that is being written may hold the old one.
func (s *Swarm) containerEnded(t *task, code int) {
	c := swarm.ContainerStatus{ExitCode: code}
	if old := t.api.Status.ContainerStatus; old != nil {
		c.ContainerID = old.ContainerID
	}
	t.api.Status.ContainerStatus, t.api.Status.PortStatus = &c, swarm.PortStatus{}
	t.logEnd = s.now
}

// stopTask makes the agent end the task. An agent that is cut off cannot, and
// the task stays as it was last seen.
func (s *Swarm) stopTask(t *task) {
	if n := s.nodeByID[t.api.NodeID]; n == nil || n.cut {
		return
	}
	if !t.past(swarm.TaskStateStarting) || t.api.Status.ContainerStatus == nil {
		s.step(t, prepareTime, func() { s.setStatus(t, swarm.TaskStateShutdown, "shutdown", "") })
		return
	}
	patience := grace(t.api.Spec.ContainerSpec)
	d := patience
	if !t.prog.ignoresStop {
		d = min(patience, s.between(stopMin, stopMax))
	}
	if t.prog.runs >= 0 {
		d = min(d, max(0, t.prog.runs-s.now.Sub(t.logStart))) // it ends by itself before
	}
	s.step(t, d, func() {
		s.containerEnded(t, t.prog.stopCode())
		s.setStatus(t, swarm.TaskStateShutdown, "shutdown", "")
	})
}

// resume is the agent of a machine that came back looking at a task it had.
func (s *Swarm) resume(t *task) {
	if t.finished() {
		return
	}
	if t.past(swarm.TaskStateStarting) && t.api.Status.ContainerStatus != nil {
		s.step(t, s.between(stopMin, stopMax), func() {
			s.containerEnded(t, 137)
			s.setStatus(t, swarm.TaskStateFailed, "started", "task: non-zero exit (137)")
		})
		return
	}
	if !t.wanted() {
		s.stopTask(t)
		return
	}
	switch t.state() {
	case swarm.TaskStateAssigned:
		s.accept(t)
	case swarm.TaskStateAccepted, swarm.TaskStatePreparing:
		s.setStatus(t, swarm.TaskStatePreparing, "preparing", "")
		s.prepare(t)
	case swarm.TaskStateStarting:
		s.step(t, startMin, func() { s.started(t) })
	default: // It waits for something else, or has ended.
	}
}

// hostPorts are the ports that the task holds on its node: each twice, for the
// two families of addresses, as the engine reports it.
func hostPorts(t *task) swarm.PortStatus {
	var st swarm.PortStatus
	for _, p := range t.rel.ports {
		if p.PublishMode == swarm.PortConfigPublishModeHost {
			p.Name = "" // the node does not know it
			st.Ports = append(st.Ports, p, p)
		}
	}
	return st
}
