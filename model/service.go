package model

import (
	"math"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Labels that `docker stack deploy` sets (docker/cli, cli/compose/convert).
const (
	LabelStack      = "com.docker.stack.namespace"
	LabelStackImage = "com.docker.stack.image"
)

// Service is one service as the leader last knew it. Read only.
type Service struct {
	swarm.Service
	// Print is the fingerprint of the task template: a live task with another
	// one is out of date.
	Print Fingerprint
	// Damage says why the engine's answer could not be read as a whole; empty
	// for a sound object. What could be read is there.
	Damage string
}

// Mode is how a service decides on its tasks.
type Mode string

// The modes of the engine, in its own words.
const (
	ModeReplicated    Mode = "replicated"
	ModeGlobal        Mode = "global"
	ModeReplicatedJob Mode = "replicated-job"
	ModeGlobalJob     Mode = "global-job"
)

// Key is the service's ID.
func (s *Service) Key() ServiceID { return ServiceID(s.ID) }

// Name is the service's name.
func (s *Service) Name() string { return s.Spec.Name }

// Stack is the stack that the service belongs to; empty for none.
func (s *Service) Stack() StackName { return StackName(s.Spec.Labels[LabelStack]) }

// Mode is the service's mode. The engine takes a spec without any for a
// replicated service.
func (s *Service) Mode() Mode {
	switch m := s.Spec.Mode; {
	case m.Global != nil:
		return ModeGlobal
	case m.ReplicatedJob != nil:
		return ModeReplicatedJob
	case m.GlobalJob != nil:
		return ModeGlobalJob
	default:
		return ModeReplicated
	}
}

// IsJob reports whether the service's tasks are meant to end.
func (s *Service) IsJob() bool {
	m := s.Mode()
	return m == ModeReplicatedJob || m == ModeGlobalJob
}

// Replicas is the number of replicas that the spec asks for; 1 where it does
// not say, 0 for modes that have no such number.
func (s *Service) Replicas() uint64 {
	switch m := s.Spec.Mode; {
	case m.Replicated != nil && m.Replicated.Replicas != nil:
		return *m.Replicated.Replicas
	case m.ReplicatedJob != nil && m.ReplicatedJob.MaxConcurrent != nil:
		return *m.ReplicatedJob.MaxConcurrent
	case m.Global != nil, m.GlobalJob != nil:
		return 0
	default:
		return 1
	}
}

// countLimit is the largest number of tasks that is counted with: an engine takes
// any number of 64 bits, which is negative where it is added up.
const countLimit = 1_000_000_000_000_000

// Count is a number of tasks as it is counted with.
func Count(n uint64) int { return int(min(n, countLimit, math.MaxInt/4)) }

// Completions is how many tasks of a replicated job are to complete.
func (s *Service) Completions() uint64 {
	if j := s.Spec.Mode.ReplicatedJob; j != nil && j.TotalCompletions != nil {
		return *j.TotalCompletions
	}
	return s.Replicas()
}

// Image is the image as the spec names it, with its digest.
func (s *Service) Image() string {
	if c := s.Spec.TaskTemplate.ContainerSpec; c != nil {
		return c.Image
	}
	return ""
}

// TTY reports whether the service's containers write to a terminal, which makes
// their logs a raw stream.
func (s *Service) TTY() bool {
	c := s.Spec.TaskTemplate.ContainerSpec
	return c != nil && c.TTY
}

// KindService is the kind of services.
const KindService Kind = "service"

var _ = register(KindInfo{
	Kind: KindService, Plural: "services", Path: "/services", Writes: Writes{Create: true, Update: true, Remove: true, Image: true},
	Lost: []string{"its logs and its task history", "the registry's credentials that the engine kept for it", "what its rollback would restore"},
	Find: func(c *Cluster, id string) (Meta, bool) {
		s := c.Service(ServiceID(id))
		if s == nil {
			return Meta{}, false
		}
		m := Meta{Ref: s.Key().Ref(), Name: s.Name(), Stack: s.Stack(), Labels: s.Spec.Labels,
			Version: s.Version.Index, Created: s.CreatedAt, Updated: s.UpdatedAt, Moved: s.UpdatedAt}
		tasks, _ := c.TasksOf(s.Key())
		for _, t := range tasks {
			m.Moved = later(m.Moved, t.Since())
		}
		return m, true
	},
	Names: serviceNames,
	Tasks: func(c *Cluster, id string) ([]*Task, time.Time) { return c.TasksOf(ServiceID(id)) },
	Logs: func(c *Cluster, id string) LogSource {
		if s := c.Service(ServiceID(id)); s != nil {
			return LogSource{Services: []ServiceID{s.Key()}}
		}
		return LogSource{}
	},
	// Specifications name networks by their IDs.
	Shown: func(_ *Cluster, id string) []Ref { return []Ref{ServiceID(id).Ref(), KindNetwork.All()} },
})

// serviceNames are the names of all services.
func serviceNames(c *Cluster) []string {
	out := make([]string, len(c.services))
	for i, s := range c.services {
		out[i] = s.Name()
	}
	return out
}
