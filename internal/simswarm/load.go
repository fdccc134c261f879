package simswarm

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// load is what the scheduler knows of the tasks of a node.
type load struct {
	tasks     []*task // assigned and not finished
	cpu       int64
	memory    int64
	ports     map[hostPort]int
	failures  map[string][]time.Time // of tasks, by service
	active    int                    // tasks that are wanted
	byService map[string]int         // the same, by service
}

type hostPort struct {
	port     uint32
	protocol string
}

func (l *load) init() {
	l.ports = map[hostPort]int{}
	l.failures = map[string][]time.Time{}
	l.byService = map[string]int{}
}

// reserved is what a task reserves of a node.
func reserved(spec *swarm.TaskSpec) (cpu, memory int64) {
	if spec.Resources == nil || spec.Resources.Reservations == nil {
		return 0, 0
	}
	return spec.Resources.Reservations.NanoCPUs, spec.Resources.Reservations.MemoryBytes
}

// count adds the task to its node's load, or takes it off.
func (n *node) count(t *task, sign int) {
	cpu, memory := reserved(&t.api.Spec)
	n.cpu += int64(sign) * cpu
	n.memory += int64(sign) * memory
	for _, p := range t.rel.ports {
		if p.PublishMode == swarm.PortConfigPublishModeHost && p.PublishedPort != 0 {
			n.ports[hostPort{p.PublishedPort, string(p.Protocol)}] += sign
		}
	}
}

// loadOn puts the task on the node.
func (s *Swarm) loadOn(t *task, n *node) {
	t.counted, t.active = true, true
	n.tasks = append(n.tasks, t)
	n.count(t, 1)
	n.active++
	n.byService[t.api.ServiceID]++
}

// deactivate takes a task that is not wanted any more out of the numbers that
// the scheduler evens out. It still holds what it reserved.
func (s *Swarm) deactivate(t *task) {
	n := s.nodeByID[t.api.NodeID]
	if !t.active || n == nil {
		return
	}
	t.active = false
	n.active--
	n.byService[t.api.ServiceID]--
}

// unload takes a task that ended off its node, and remembers a failure.
func (s *Swarm) unload(t *task) {
	n := s.nodeByID[t.api.NodeID]
	if !t.counted || n == nil {
		return
	}
	s.deactivate(t)
	t.counted = false
	n.tasks = remove(n.tasks, t)
	n.count(t, -1)
	if st := t.state(); st == swarm.TaskStateFailed || st == swarm.TaskStateRejected {
		n.failures[t.api.ServiceID] = append(n.recentFailures(t.api.ServiceID, s.now), s.now)
	}
}

// recentFailures are the failures of the service's tasks that still count.
func (n *node) recentFailures(service string, now time.Time) []time.Time {
	list := n.failures[service]
	for len(list) > 0 && now.Sub(list[0]) > faultWindow {
		list = list[1:]
	}
	n.failures[service] = list
	return list
}
