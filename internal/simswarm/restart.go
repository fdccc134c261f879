package simswarm

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// restarts is the restart supervisor's memory, which like the real one's does
// not survive the leader.
type restarts struct {
	delays  map[*task]*delay   // by the task that waits to be started
	waiting map[*task][]*delay // by the task whose end they wait for
	history map[instance]*attempts
}

// instance is what the attempts are counted for: a slot, or a node in a global
// service.
type instance struct {
	service string
	slot    int
	node    string
}

// attempts are the restarts under one specification.
type attempts struct {
	rel   *release
	total uint64
	times []time.Time
}

func (r *restarts) init() {
	r.delays = map[*task]*delay{}
	r.waiting = map[*task][]*delay{}
	r.history = map[instance]*attempts{}
}

func (r *restarts) forgetRestarts(svc *service) {
	for k := range r.history {
		if k.service == svc.id() {
			delete(r.history, k)
		}
	}
}

func instanceOf(t *task) instance {
	i := instance{service: t.api.ServiceID, slot: t.api.Slot}
	if t.svc != nil && t.svc.global() {
		i.node = t.api.NodeID
	}
	return i
}

// restart puts another task into the place of t, if the policy allows it.
func (s *Swarm) restart(t *task) {
	if d := s.delays[t]; d != nil {
		// The task died while it waited to be started. Without waiting for
		// that to end, a missing image would be a tight loop.
		d.again = true
		return
	}
	if t.svc == nil || rank[t.api.DesiredState] > rank[swarm.TaskStateComplete] {
		return
	}
	s.setDesired(t, swarm.TaskStateShutdown)
	if !s.shouldRestart(t) {
		if t.svc.job() {
			s.reconcile(t.svc)
		}
		return
	}
	nodeID := ""
	if t.svc.global() {
		nodeID = t.api.NodeID
	}
	n := s.nodeByID[t.api.NodeID]
	next := s.newTask(t.svc, t.api.Slot, nodeID, swarm.TaskStateReady)
	s.record(next)
	wait := defaultRestartDelay
	if p := t.api.Spec.RestartPolicy; p != nil && p.Delay != nil {
		wait = *p.Delay
	}
	if n != nil && n.drained() {
		wait = 0
	}
	old := t
	if t.finished() || n != nil && n.down() {
		old = nil
	}
	s.delayStart(next, old, wait, nil)
}

// shouldRestart reports whether the restart policy wants t replaced.
func (s *Swarm) shouldRestart(t *task) bool {
	p := t.api.Spec.RestartPolicy
	condition := swarm.RestartPolicyConditionAny
	if p != nil && p.Condition != "" {
		condition = p.Condition
	}
	failed := t.state() != swarm.TaskStateComplete
	if t.svc != nil && t.svc.job() && !failed {
		return false
	}
	if condition == swarm.RestartPolicyConditionNone || condition == swarm.RestartPolicyConditionOnFailure && !failed {
		return false
	}
	if p == nil || p.MaxAttempts == nil || *p.MaxAttempts == 0 {
		return true
	}
	a := s.history[instanceOf(t)]
	if a == nil || a.rel != t.rel {
		return true
	}
	if p.Window == nil || *p.Window == 0 {
		return a.total < *p.MaxAttempts
	}
	since := t.api.Status.Timestamp.Add(-*p.Window)
	recent := uint64(0)
	for _, at := range a.times {
		if at.After(since) && at.Before(t.api.Status.Timestamp) {
			recent++
		}
	}
	return recent < *p.MaxAttempts
}

// record counts a restart, if its policy has a limit.
func (s *Swarm) record(t *task) {
	p := t.api.Spec.RestartPolicy
	if p == nil || p.MaxAttempts == nil || *p.MaxAttempts == 0 {
		return
	}
	k := instanceOf(t)
	a := s.history[k]
	if a == nil || a.rel != t.rel {
		a = &attempts{rel: t.rel}
		s.history[k] = a
	}
	a.total++
	if p.Window != nil && *p.Window != 0 {
		a.times = append(a.times, s.now)
	}
}

// delay is a task that is prepared but not to be started yet: until its time has
// come and the task that it replaces has stopped.
type delay struct {
	s       *Swarm
	t       *task
	old     *task
	elapsed bool
	given   bool // the patience with old is over, or its node is gone
	again   bool // t died meanwhile
	done    func()
}

// delayStart wishes t to run after wait and once old, if any, has ended. It then
// calls done.
func (s *Swarm) delayStart(t, old *task, wait time.Duration, done func()) {
	d := &delay{s: s, t: t, old: old, done: done}
	s.delays[t] = d
	if old != nil && !old.finished() {
		s.waiting[old] = append(s.waiting[old], d)
		s.after(max(wait, oldTaskPatience), func() {
			d.given = true
			d.proceed()
		})
	}
	if wait > 0 {
		s.after(wait, func() {
			d.elapsed = true
			d.proceed()
		})
		return
	}
	d.elapsed = true
	d.proceed()
}

// proceed starts the task if nothing keeps it any more.
func (d *delay) proceed() {
	s := d.s
	if s.delays[d.t] != d || !d.elapsed || d.old != nil && !d.old.finished() && !d.given {
		return
	}
	delete(s.delays, d.t)
	if d.old != nil {
		s.waiting[d.old] = remove(s.waiting[d.old], d)
		if len(s.waiting[d.old]) == 0 {
			delete(s.waiting, d.old)
		}
	}
	if d.t.svc != nil && d.t.api.DesiredState == swarm.TaskStateReady {
		desired := swarm.TaskStateRunning
		if d.t.svc.job() {
			desired = swarm.TaskStateComplete
		}
		s.setDesired(d.t, desired)
	}
	if d.done != nil {
		d.done()
	}
	if d.again {
		s.restart(d.t)
	}
}

// waitingFor lists the delays that wait for t to end.
func (s *Swarm) waitingFor(t *task) []*delay {
	return append([]*delay(nil), s.waiting[t]...)
}

// giveUpOn lets those proceed that wait for a task of a node that is down.
func (s *Swarm) giveUpOn(n *node) {
	for _, t := range append([]*task(nil), n.tasks...) {
		for _, d := range s.waitingFor(t) {
			d.given = true
			d.proceed()
		}
	}
}
