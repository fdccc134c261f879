package simswarm

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// updater is one rolling update. It holds the slots that are left and reacts to
// what happens to the tasks that it made.
type updater struct {
	s      *Swarm
	svc    *service
	rel    *release
	config *swarm.UpdateConfig

	rollback bool // it rolls back, so a failure must not roll back again
	queue    []slot
	dirty    int // how many slots it began with
	workers  int // busy
	stopped  bool

	made     map[*task]time.Time // when they got to run; zero before
	arriving map[*task]func()    // what to do when they run
	failed   map[*task]bool
}

// startUpdate rolls the slots to the service's specification, unless an update
// towards it is going on.
func (s *Swarm) startUpdate(svc *service, slots []slot) {
	if u := svc.update; u != nil {
		if u.rel == svc.rel {
			return
		}
		u.cancel()
	}
	st := svc.api.UpdateStatus
	if st != nil && (st.State == swarm.UpdateStatePaused || st.State == swarm.UpdateStateRollbackPaused) {
		return
	}
	rolling := st != nil && (st.State == swarm.UpdateStateUpdating || st.State == swarm.UpdateStateRollbackStarted)
	u := &updater{
		s: s, svc: svc, rel: svc.rel, rollback: rolling && st.State == swarm.UpdateStateRollbackStarted,
		made: map[*task]time.Time{}, arriving: map[*task]func(){}, failed: map[*task]bool{},
	}
	for _, sl := range slots {
		if len(sl) > 1 || len(sl) == 1 && svc.rel.dirty(sl[0], s.nodeByID[sl[0].api.NodeID]) {
			u.queue = append(u.queue, sl)
		}
	}
	u.dirty = len(u.queue)
	if u.dirty == 0 {
		if rolling {
			u.complete()
		}
		return
	}
	svc.update = u
	if st == nil {
		started := s.now
		s.setUpdateStatus(svc, &swarm.UpdateStatus{
			State: swarm.UpdateStateUpdating, StartedAt: &started, Message: "update in progress",
		})
	}
	u.config = svc.api.Spec.UpdateConfig
	if u.rollback {
		u.config = svc.api.Spec.RollbackConfig
	}
	if u.config == nil {
		u.config = defaultUpdate()
	}
	n := int(u.config.Parallelism)
	if n == 0 || n > u.dirty {
		n = u.dirty
	}
	u.workers = n
	for range n {
		s.after(0, u.next)
	}
}

func (u *updater) monitor() time.Duration {
	if u.config.Monitor > 0 {
		return u.config.Monitor
	}
	return defaultMonitor
}

// cancel stops the update where it is.
func (u *updater) cancel() {
	u.stopped = true
	if u.svc.update == u {
		u.svc.update = nil
	}
}

// next is a worker that is free taking the next slot.
func (u *updater) next() {
	if u.svc.update != u {
		return
	}
	if u.stopped || len(u.queue) == 0 {
		if u.workers--; u.workers == 0 {
			u.drain()
		}
		return
	}
	sl := u.queue[0]
	u.queue = u.queue[1:]
	u.roll(sl, func() { u.s.after(u.config.Delay, u.next) })
}

// drain is the end of the last worker: the tasks are watched for one more
// period before the update counts as complete.
func (u *updater) drain() {
	if u.stopped {
		u.cancel()
		return
	}
	// A delay that is as long makes the watching longer than itself (swarmkit
	// manager/orchestrator/update/updater.go).
	watch := u.monitor()
	if u.config.Delay >= watch {
		watch = u.config.Delay + time.Second
	}
	u.s.after(watch, func() {
		if u.svc.update == u && !u.stopped {
			u.complete()
		}
	})
}

// roll replaces what is in the slot and calls done once the new task runs or
// has ended.
func (u *updater) roll(sl slot, done func()) {
	s := u.s
	var clean *task
	for _, t := range sl {
		if u.rel.dirty(t, s.nodeByID[t.api.NodeID]) {
			continue
		}
		if t.api.DesiredState == swarm.TaskStateRunning {
			clean = t
			break
		}
		if t.api.DesiredState == swarm.TaskStateReady {
			clean = t
		}
	}
	if clean != nil {
		u.keep(clean, sl, done)
		return
	}
	if u.overtaken(sl) {
		done()
		return
	}
	nodeID := ""
	if u.svc.global() {
		nodeID = sl[0].api.NodeID
	}
	t := s.newTask(u.svc, sl[0].api.Slot, nodeID, swarm.TaskStateReady)
	u.made[t] = time.Time{}
	if u.config.Order == swarm.UpdateOrderStartFirst {
		u.arriving[t] = func() {
			if t.state() == swarm.TaskStateRunning {
				u.retire(sl, nil)
			}
			done()
		}
		s.delayStart(t, nil, 0, nil)
		return
	}
	u.arriving[t] = done
	s.delayStart(t, u.retire(sl, nil), 0, nil)
}

// overtaken reports whether the tasks of the slot have ended and been replaced
// while the slot was waiting for its turn. Another task would be one too many.
func (u *updater) overtaken(sl slot) bool {
	for _, t := range sl {
		if rank[t.api.DesiredState] <= rank[swarm.TaskStateRunning] || !u.s.shouldRestart(t) {
			return false
		}
	}
	return true
}

// keep uses a task of the slot that is up to date already.
func (u *updater) keep(t *task, sl slot, done func()) {
	old := u.retire(sl, t)
	if t.api.DesiredState == swarm.TaskStateReady {
		u.s.delayStart(t, old, 0, done)
		return
	}
	done()
}

// retire shuts the tasks of the slot down, but for one, and gives one that has
// yet to stop.
func (u *updater) retire(sl slot, but *task) *task {
	var stopping *task
	for _, t := range sl {
		if t == but {
			continue
		}
		if rank[t.api.DesiredState] <= rank[swarm.TaskStateRunning] {
			u.s.setDesired(t, swarm.TaskStateShutdown)
		}
		if !t.finished() {
			stopping = t
		}
	}
	return stopping
}

// observe is told of every change of a task of the service.
func (u *updater) observe(t *task) {
	started, mine := u.made[t]
	if !mine || !t.past(swarm.TaskStateRunning) {
		return
	}
	if started.IsZero() {
		u.made[t] = u.s.now
	}
	if arrived := u.arriving[t]; arrived != nil {
		delete(u.arriving, t)
		arrived()
	}
	if !t.finished() || u.failed[t] || u.config.FailureAction == swarm.UpdateFailureActionContinue {
		return
	}
	if started.IsZero() || u.s.now.Sub(started) <= u.monitor() {
		u.failed[t] = true
		u.judge(t)
	}
}

// judge acts on the failure of a task, if it is one too many.
func (u *updater) judge(t *task) {
	if u.stopped || float32(len(u.failed))/float32(u.dirty) <= u.config.MaxFailureRatio {
		return
	}
	because := fmt.Sprintf(" due to failure or early termination of task %s", t.id())
	switch {
	case u.config.FailureAction != swarm.UpdateFailureActionRollback:
		u.pause("update paused" + because)
	case u.rollback:
		u.pause("rollback paused" + because)
	default:
		u.rollBack("update rolled back" + because)
	}
}

func (u *updater) pause(message string) {
	u.stopped = true
	st := *u.svc.api.UpdateStatus
	st.State, st.Message = swarm.UpdateStatePaused, message
	if u.rollback {
		st.State = swarm.UpdateStateRollbackPaused
	}
	u.s.setUpdateStatus(u.svc, &st)
}

// rollBack makes the previous specification the current one. There is none
// before it: a later rollback by hand is refused.
func (u *updater) rollBack(message string) {
	u.stopped = true
	svc := u.svc
	if svc.api.PreviousSpec == nil {
		u.pause("update paused because there is no previous spec to roll back to")
		return
	}
	old := svc.api
	st := *svc.api.UpdateStatus
	st.State, st.Message = swarm.UpdateStateRollbackStarted, message
	svc.api.UpdateStatus = &st
	previous := *svc.api.PreviousSpec
	svc.api.PreviousSpec = nil
	u.s.setSpec(svc, previous)
	u.s.touch(&svc.api.Meta)
	u.s.emitService("update", svc, &old)
	u.s.tellAllocated(svc, old.Endpoint)
	u.s.after(0, func() {
		if u.s.serviceByID[svc.id()] == svc {
			u.s.reconcile(svc)
		}
	})
}

func (u *updater) complete() {
	if u.svc.update == u {
		u.svc.update = nil
	}
	st := *u.svc.api.UpdateStatus
	at := u.s.now
	st.CompletedAt = &at
	st.State, st.Message = swarm.UpdateStateCompleted, "update completed"
	if u.rollback {
		st.State, st.Message = swarm.UpdateStateRollbackCompleted, "rollback completed"
	}
	u.s.setUpdateStatus(u.svc, &st)
}
