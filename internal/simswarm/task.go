package simswarm

import (
	"strconv"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// task is one attempt to run a container.
type task struct {
	api swarm.Task
	svc *service // as long as the service exists; its ID stays in api
	rel *release // the specification it was made from

	serviceName string
	labels      map[string]string // the service's, when the task was made

	prog     program
	step     *job // what the agent does next
	counted  bool // part of its node's load
	active   bool // part of its node's numbers of wanted tasks
	freed    bool // its addresses are given back
	logStart time.Time
	logEnd   time.Time // zero while the container can write
}

// rank orders the states. A task only moves forward.
var rank = map[swarm.TaskState]int{
	swarm.TaskStateNew: 0, swarm.TaskStateAllocated: 1, swarm.TaskStatePending: 2, swarm.TaskStateAssigned: 3,
	swarm.TaskStateAccepted: 4, swarm.TaskStatePreparing: 5, swarm.TaskStateReady: 6, swarm.TaskStateStarting: 7,
	swarm.TaskStateRunning: 8, swarm.TaskStateComplete: 9, swarm.TaskStateShutdown: 10, swarm.TaskStateFailed: 11,
	swarm.TaskStateRejected: 12, swarm.TaskStateRemove: 13, swarm.TaskStateOrphaned: 14,
}

func (t *task) id() string { return t.api.ID }

func (t *task) state() swarm.TaskState { return t.api.Status.State }

// past reports whether the task has reached state or is beyond it.
func (t *task) past(state swarm.TaskState) bool { return rank[t.api.Status.State] >= rank[state] }

// finished reports whether the task has reached a final state.
func (t *task) finished() bool { return rank[t.api.Status.State] > rank[swarm.TaskStateRunning] }

// wanted reports whether the manager wishes the task to run, now or soon. The
// tasks of jobs are wished to complete.
func (t *task) wanted() bool {
	switch t.api.DesiredState {
	case swarm.TaskStateReady, swarm.TaskStateRunning:
		return true
	case swarm.TaskStateComplete:
		return !t.finished()
	default:
		return false
	}
}

// name is what people call the task; it is not stored in the engine.
func (t *task) name() string {
	if t.api.Slot != 0 {
		return t.serviceName + "." + strconv.Itoa(t.api.Slot)
	}
	return t.serviceName + "." + t.api.NodeID
}

// newTask makes a task of the service and starts it on its way.
func (s *Swarm) newTask(svc *service, slot int, nodeID string, desired swarm.TaskState) *task {
	t := &task{svc: svc, rel: svc.rel, serviceName: svc.api.Spec.Name, labels: svc.api.Spec.Labels}
	t.api = swarm.Task{
		ID:           s.newID(),
		Annotations:  swarm.Annotations{Labels: map[string]string{}},
		Spec:         svc.rel.taskSpec,
		ServiceID:    svc.id(),
		Slot:         slot,
		NodeID:       nodeID,
		DesiredState: desired,
		Status:       swarm.TaskStatus{Timestamp: s.now, State: swarm.TaskStateNew, Message: "created"},
	}
	if svc.job() {
		iteration := svc.iteration
		t.api.JobIteration = &iteration
	}
	s.touch(&t.api.Meta)
	s.taskByID[t.id()] = t
	svc.tasks = append(svc.tasks, t)
	s.reapSoon(svc)
	s.allocate(t)
	return t
}

// setStatus records what the agent or a manager found out about the task, and
// tells everybody who waits for it.
func (s *Swarm) setStatus(t *task, state swarm.TaskState, message, err string) {
	if rank[state] < rank[t.state()] {
		return
	}
	was := t.finished()
	t.api.Status.State, t.api.Status.Message, t.api.Status.Err = state, message, err
	t.api.Status.Timestamp = s.now
	s.touch(&t.api.Meta)
	if t.finished() && !was {
		s.ended(t)
	}
	if t.svc == nil {
		return
	}
	if t.svc.update != nil {
		t.svc.update.observe(t)
	}
	if t.finished() && !was {
		s.taskDied(t)
	}
}

// ended frees what a task that runs no more has held.
func (s *Swarm) ended(t *task) {
	t.step.cancel()
	if t.logEnd.IsZero() {
		t.logEnd = s.now
	}
	s.unload(t)
	s.releaseAddresses(t)
	for _, d := range s.waitingFor(t) {
		d.proceed()
	}
	if t.svc != nil {
		s.reapSoon(t.svc)
	}
	if t.api.DesiredState == swarm.TaskStateRemove {
		s.after(reapDelay, func() { s.deleteTask(t) })
	}
	s.kickScheduler()
}

// setDesired changes what the manager wishes of the task.
func (s *Swarm) setDesired(t *task, desired swarm.TaskState) {
	if rank[desired] <= rank[t.api.DesiredState] {
		return
	}
	t.api.DesiredState = desired
	s.touch(&t.api.Meta)
	if rank[desired] <= rank[swarm.TaskStateComplete] {
		s.advance(t)
		return
	}
	s.deactivate(t)
	switch {
	case t.finished():
		if desired == swarm.TaskStateRemove {
			s.after(reapDelay, func() { s.deleteTask(t) })
		}
	case !t.past(swarm.TaskStateAssigned):
		// Nobody runs it, so nobody has to be asked to stop.
		s.setStatus(t, swarm.TaskStateShutdown, t.api.Status.Message, "")
	default:
		s.stopTask(t)
	}
}

// deleteTask forgets the task.
func (s *Swarm) deleteTask(t *task) {
	if s.taskByID[t.id()] != t {
		return
	}
	t.step.cancel()
	s.unload(t)
	s.releaseAddresses(t)
	delete(s.taskByID, t.id())
	if t.svc != nil {
		t.svc.tasks = remove(t.svc.tasks, t)
	}
	s.orphans = remove(s.orphans, t)
	s.changed = true
}

// allTasks lists every task, those of removed services last.
func (s *Swarm) allTasks() []*task {
	out := make([]*task, 0, len(s.taskByID))
	for _, svc := range s.services {
		out = append(out, svc.tasks...)
	}
	return append(out, s.orphans...)
}
