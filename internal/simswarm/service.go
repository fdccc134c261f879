package simswarm

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// service is a service and its tasks.
type service struct {
	api   swarm.Service
	rel   *release
	tasks []*task // in the order of creation

	update    *updater // the rolling update that is going on
	iteration swarm.Version
	executed  time.Time // the start of the job's iteration
	reaping   bool
}

func (svc *service) id() string   { return svc.api.ID }
func (svc *service) name() string { return svc.api.Spec.Name }

func (svc *service) global() bool {
	return svc.api.Spec.Mode.Global != nil || svc.api.Spec.Mode.GlobalJob != nil
}

func (svc *service) job() bool {
	return svc.api.Spec.Mode.ReplicatedJob != nil || svc.api.Spec.Mode.GlobalJob != nil
}

// replicas is how many slots a replicated service shall have.
func (svc *service) replicas() int {
	if r := svc.api.Spec.Mode.Replicated; r != nil && r.Replicas != nil {
		return int(*r.Replicas)
	}
	return 0
}

func (s *Swarm) getService(key string) (*service, error) {
	return lookup("service", key, s.services, (*service).id, (*service).name)
}

// createService makes a service.
func (s *Swarm) createService(spec swarm.ServiceSpec) (*service, error) {
	if spec.Name == "" {
		spec.Name = fmt.Sprintf("unnamed_%s", s.newID()[:6])
	}
	spec, err := s.admit(spec, nil)
	if err != nil {
		return nil, err
	}
	for _, other := range s.services {
		if other.name() == spec.Name {
			return nil, refuse("AlreadyExists", "name conflicts with an existing object: service %s already exists", spec.Name)
		}
	}
	svc := &service{api: swarm.Service{ID: s.newID()}}
	s.touch(&svc.api.Meta)
	s.services = append(s.services, svc)
	s.serviceByID[svc.id()] = svc
	s.setSpec(svc, spec)
	if svc.job() {
		svc.executed = s.now
	}
	s.emitService("create", svc, nil)
	s.tellAllocated(svc, swarm.Endpoint{})
	s.reconcile(svc)
	return svc, nil
}

// admit checks a specification and brings it into the stored form.
func (s *Swarm) admit(spec swarm.ServiceSpec, self *service) (swarm.ServiceSpec, error) {
	if err := checkShape(&spec); err != nil {
		return spec, err
	}
	spec = normalise(spec)
	if err := s.validate(&spec); err != nil {
		return spec, err
	}
	if err := s.resolveNetworks(&spec); err != nil {
		return spec, err
	}
	return spec, s.checkPorts(&spec, self)
}

// setSpec makes spec the current one.
func (s *Swarm) setSpec(svc *service, spec swarm.ServiceSpec) {
	svc.api.Spec = spec
	svc.rel = newRelease(spec)
	s.allocateEndpoint(svc)
}

// updateService is the write of a service. With rollback, the specification is
// checked but the previous one is what is written.
func (s *Swarm) updateService(key string, version uint64, spec swarm.ServiceSpec, rollback bool) error {
	svc, err := s.getService(key)
	if err != nil {
		return err
	}
	spec, err = s.admit(spec, svc)
	if err != nil {
		return err
	}
	switch {
	case modeOf(spec.Mode) != modeOf(svc.api.Spec.Mode):
		return refuse("Unimplemented", "service mode change is not allowed")
	case spec.Name != svc.name():
		return refuse("Unimplemented", "renaming services is not supported")
	case rollback && svc.api.PreviousSpec == nil:
		return refuse("FailedPrecondition", "service %s does not have a previous spec", svc.id())
	case version != svc.api.Version.Index:
		return errSequence()
	}
	old := svc.api
	if rollback {
		spec = *svc.api.PreviousSpec
		started := s.now
		svc.api.UpdateStatus = &swarm.UpdateStatus{
			State: swarm.UpdateStateRollbackStarted, Message: "manually requested rollback", StartedAt: &started,
		}
	} else {
		svc.api.UpdateStatus = nil
	}
	previous := svc.api.Spec
	svc.api.PreviousSpec = &previous
	s.setSpec(svc, spec)
	if svc.job() {
		svc.iteration.Index++
		svc.executed = s.now
	}
	s.touch(&svc.api.Meta)
	s.emitService("update", svc, &old)
	s.tellAllocated(svc, old.Endpoint)
	s.reconcile(svc)
	return nil
}

// tellAllocated is the allocator's own write of a service whose addresses or
// ports have changed.
func (s *Swarm) tellAllocated(svc *service, old swarm.Endpoint) {
	if !reflect.DeepEqual(svc.api.Endpoint, old) {
		s.touch(&svc.api.Meta)
		s.emitService("update", svc, &svc.api)
	}
}

func modeOf(m swarm.ServiceMode) string {
	switch {
	case m.Global != nil:
		return "global"
	case m.ReplicatedJob != nil:
		return "replicated-job"
	case m.GlobalJob != nil:
		return "global-job"
	}
	return "replicated"
}

// removeService deletes the service; its tasks go when they have stopped.
func (s *Swarm) removeService(key string) error {
	svc, err := s.getService(key)
	if err != nil {
		return err
	}
	if svc.update != nil {
		svc.update.cancel()
	}
	s.services = remove(s.services, svc)
	delete(s.serviceByID, svc.id())
	s.forgetRestarts(svc)
	s.releaseEndpoint(svc)
	s.index++
	s.changed = true
	s.emitService("remove", svc, nil)
	tasks := slices.Clone(svc.tasks)
	s.orphans = append(s.orphans, tasks...)
	svc.tasks = nil
	for _, t := range tasks {
		t.svc = nil
		s.setDesired(t, swarm.TaskStateRemove)
	}
	return nil
}

// setUpdateStatus is the system's own write of the update's progress, which
// moves the version too.
func (s *Swarm) setUpdateStatus(svc *service, st *swarm.UpdateStatus) {
	old := svc.api
	svc.api.UpdateStatus = st
	s.touch(&svc.api.Meta)
	s.emitService("update", svc, &old)
}

// status counts as the engine counts: a running task counts whatever is wished
// of it and whether or not its node is there, but of a job only what belongs to
// its present iteration.
func (svc *service) status() *swarm.ServiceStatus {
	var st swarm.ServiceStatus
	mode := svc.api.Spec.Mode
	for _, t := range svc.tasks {
		if svc.job() && !svc.current(t) {
			continue
		}
		switch t.state() {
		case swarm.TaskStateRunning:
			st.RunningTasks++
		case swarm.TaskStateComplete:
			if svc.job() {
				st.CompletedTasks++
			}
		default:
		}
		switch {
		case mode.Global != nil && t.api.DesiredState == swarm.TaskStateRunning:
			st.DesiredTasks++
		case mode.GlobalJob != nil && t.api.DesiredState == swarm.TaskStateComplete && t.state() != swarm.TaskStateComplete:
			st.DesiredTasks++
		}
	}
	switch {
	case mode.Replicated != nil:
		st.DesiredTasks = uint64(svc.replicas())
	case mode.ReplicatedJob != nil:
		st.DesiredTasks = *mode.ReplicatedJob.MaxConcurrent
	}
	return &st
}

// view is the service as the API shows it.
func (svc *service) view(status, defaults bool) swarm.Service {
	v := svc.api
	if status {
		v.ServiceStatus = svc.status()
	}
	if svc.job() {
		v.JobStatus = &swarm.JobStatus{JobIteration: svc.iteration, LastExecution: svc.executed}
	}
	if defaults {
		v.Spec = withDefaults(v.Spec)
	}
	return v
}
