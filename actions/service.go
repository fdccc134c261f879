package actions

import (
	"encoding/json"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// Paths into a service's specification.
var (
	pathReplicas    = []string{"Mode", "Replicated", "Replicas"}
	pathCompletions = []string{"Mode", "ReplicatedJob", "TotalCompletions"}
	pathImage       = []string{"TaskTemplate", "ContainerSpec", "Image"}
	pathPlatforms   = []string{"TaskTemplate", "Placement", "Platforms"}
	pathForce       = []string{"TaskTemplate", "ForceUpdate"}
)

// service is what planners read of a service's document. It is read field by
// field: one field that the console's types can not hold must not keep the
// operator from changing another.
type service struct {
	in   Input
	spec json.RawMessage
	mode model.Mode
	// tasks is how many tasks the service asks for; of a job in one whole run.
	tasks  int
	facts  model.ServiceFacts
	status swarm.UpdateState
}

func readService(in Input) service {
	s := service{in: in, spec: in.Doc.Spec, mode: model.ModeReplicated}
	for _, m := range []struct {
		name string
		mode model.Mode
	}{{"Global", model.ModeGlobal}, {"ReplicatedJob", model.ModeReplicatedJob}, {"GlobalJob", model.ModeGlobalJob}} {
		if field(s.spec, "Mode", m.name) != nil {
			s.mode = m.mode
		}
	}
	if in.Cluster != nil {
		s.facts = in.Cluster.Facts(model.ServiceID(in.Target.Ref.ID))
	}
	switch s.mode {
	case model.ModeReplicated:
		s.tasks = int(s.number(1, pathReplicas...))
	case model.ModeReplicatedJob:
		s.tasks = int(s.number(s.number(1, "Mode", "ReplicatedJob", "MaxConcurrent"), pathCompletions...))
	case model.ModeGlobalJob:
		// A job wants only what has not completed yet.
		s.tasks = s.facts.Total
	default:
		s.tasks = s.facts.Want
	}
	decodeField(in.Doc.Raw, &s.status, "UpdateStatus", "State")
	return s
}

// number reads a number of the spec; without for one that is not there.
func (s service) number(without uint64, path ...string) uint64 {
	decodeField(s.spec, &without, path...)
	return without
}

func (s service) job() bool {
	return s.mode == model.ModeReplicatedJob || s.mode == model.ModeGlobalJob
}

func (s service) name() string { return s.in.Target.Name }

// image is the image of the spec.
func (s service) image() string {
	var image string
	decodeField(s.spec, &image, pathImage...)
	return image
}

// shape is the part of a specification that placement depends on.
func (s service) shape(spec json.RawMessage) *swarm.ServiceSpec {
	out := &swarm.ServiceSpec{}
	out.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{}
	decodeField(spec, &out.TaskTemplate.ContainerSpec.Mounts, "TaskTemplate", "ContainerSpec", "Mounts")
	decodeField(spec, &out.TaskTemplate.Placement, "TaskTemplate", "Placement")
	decodeField(spec, &out.TaskTemplate.Resources, "TaskTemplate", "Resources")
	decodeField(spec, &out.TaskTemplate.LogDriver, "TaskTemplate", "LogDriver")
	decodeField(spec, &out.EndpointSpec, "EndpointSpec")
	return out
}

// warnJob says that the engine runs a job again after every write, whatever it
// changed (swarmkit manager/controlapi/service.go, JobIteration).
func (s service) warnJob(p *Plan) {
	if s.job() {
		p.raise(Disruptive)
		p.warn("%s is a job: any change of it starts the job again from the beginning", s.name())
	}
}

// warnPaused says that the engine takes any write for the order to go on with
// an update that it had paused.
func (s service) warnPaused(p *Plan) {
	switch s.status {
	case swarm.UpdateStatePaused, swarm.UpdateStateRollbackPaused:
		p.raise(Disruptive)
		p.warn("the update of %s is paused, and any change resumes it: tasks of the older version restart", s.name())
	case swarm.UpdateStateUpdating, swarm.UpdateStateRollbackStarted:
		p.warn("%s is being updated: the engine begins to count failures anew and goes on with the tasks still to do", s.name())
	}
}

// warnPrevious says what a later rollback will restore: the engine keeps one
// former spec, and every write replaces it.
func (s service) warnPrevious(p *Plan, what string) {
	previous := s.in.Doc.Previous
	if len(previous) == 0 || model.SameJSON(field(previous, "TaskTemplate"), field(s.spec, "TaskTemplate")) {
		return
	}
	var image string
	decodeField(previous, &image, pathImage...)
	if image == s.image() || image == "" {
		p.warn("a rollback after this undoes %s only; the version it restores now is lost", what)
		return
	}
	p.warn("a rollback after this undoes %s only; the version it restores now (%s) is lost", what, image)
}

// serviceOf finds the service of a target in the picture.
func serviceOf(c *model.Cluster, t Target) *model.Service {
	return c.Service(model.ServiceID(t.Ref.ID))
}
