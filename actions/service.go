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
// field: one field that the console's types cannot hold must not keep the
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
		s.tasks = model.Count(s.number(1, pathReplicas...))
	case model.ModeReplicatedJob:
		s.tasks = model.Count(s.number(s.number(1, "Mode", "ReplicatedJob", "MaxConcurrent"), pathCompletions...))
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

// serviceOf finds the service of a target in the snapshot.
func serviceOf(c *model.Cluster, t Target) *model.Service {
	return c.Service(model.ServiceID(t.Ref.ID))
}
