package testkit

import (
	"maps"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// ServiceOption says one thing about a service.
type ServiceOption interface{ service(*model.Service) }

type serviceOption func(*model.Service)

func (o serviceOption) service(s *model.Service) { o(s) }

// Service makes a replicated service of one replica.
func Service(options ...ServiceOption) *model.Service {
	s := &model.Service{}
	s.Spec.Name = "web"
	s.Version.Index = 10
	s.CreatedAt, s.UpdatedAt = Now.Add(-72*time.Hour), Now.Add(-24*time.Hour)
	s.Spec.TaskTemplate = swarm.TaskSpec{
		ContainerSpec: &swarm.ContainerSpec{Image: "example/app:1"},
		RestartPolicy: &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionAny},
		Runtime:       swarm.RuntimeContainer,
	}
	for _, o := range options {
		o.service(s)
	}
	if s.Spec.Mode == (swarm.ServiceMode{}) {
		Replicas(1).service(s)
	}
	if s.ID == "" {
		s.ID = makeID("service", s.Spec.Name)
	}
	s.Print = model.FingerprintOf(&s.Spec.TaskTemplate)
	return s
}

// Name names a service.
func Name(name string) ServiceOption {
	return serviceOption(func(s *model.Service) { s.Spec.Name = name })
}

// Replicas makes a service a replicated one.
func Replicas(n int) ServiceOption {
	return serviceOption(func(s *model.Service) {
		s.Spec.Mode = swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: count(n)}}
	})
}

// Global makes a service a global one.
func Global() ServiceOption {
	return serviceOption(func(s *model.Service) {
		s.Spec.Mode = swarm.ServiceMode{Global: &swarm.GlobalService{}}
	})
}

// Job makes a service a replicated job in its nth run.
func Job(concurrent, completions, run int) ServiceOption {
	return serviceOption(func(s *model.Service) {
		s.Spec.Mode = swarm.ServiceMode{ReplicatedJob: &swarm.ReplicatedJob{
			MaxConcurrent: count(concurrent), TotalCompletions: count(completions),
		}}
		s.JobStatus = &swarm.JobStatus{JobIteration: swarm.Version{Index: uint64(run)}}
	})
}

// GlobalJob makes a service a global job in its nth run.
func GlobalJob(run int) ServiceOption {
	return serviceOption(func(s *model.Service) {
		s.Spec.Mode = swarm.ServiceMode{GlobalJob: &swarm.GlobalJob{}}
		s.JobStatus = &swarm.JobStatus{JobIteration: swarm.Version{Index: uint64(run)}}
	})
}

// Image is what a service runs.
func Image(image string) ServiceOption {
	return Template(func(t *swarm.TaskSpec) {
		if t.ContainerSpec == nil {
			t.ContainerSpec = &swarm.ContainerSpec{}
		}
		t.ContainerSpec.Image = image
	})
}

// Plugin makes a service one that has a plugin in place of a container.
func Plugin(remote string) ServiceOption {
	return Template(func(t *swarm.TaskSpec) {
		t.Runtime, t.ContainerSpec = swarm.RuntimePlugin, nil
		t.PluginSpec = &swarm.RuntimeSpec{Remote: remote}
	})
}

// Template changes a service's task template.
func Template(change func(*swarm.TaskSpec)) ServiceOption {
	return serviceOption(func(s *model.Service) { change(&s.Spec.TaskTemplate) })
}

// Stack puts a service into a stack.
func Stack(name string) ServiceOption {
	return ServiceLabels(map[string]string{model.LabelStack: name})
}

// ServiceLabels adds labels to a service.
func ServiceLabels(labels map[string]string) ServiceOption {
	return serviceOption(func(s *model.Service) {
		if s.Spec.Labels == nil {
			s.Spec.Labels = map[string]string{}
		}
		maps.Copy(s.Spec.Labels, labels)
	})
}

// Updating is what a service's update is at; it began a minute ago.
func Updating(state swarm.UpdateState, message string) ServiceOption {
	return serviceOption(func(s *model.Service) {
		began := Now.Add(-time.Minute)
		s.UpdateStatus = &swarm.UpdateStatus{State: state, StartedAt: &began, Message: message}
	})
}

// Reports is the engine's own count of a service's tasks.
func Reports(running, desired int) ServiceOption {
	return serviceOption(func(s *model.Service) {
		s.ServiceStatus = &swarm.ServiceStatus{RunningTasks: uint64(running), DesiredTasks: uint64(desired)}
	})
}

// Version is a service's version.
func Version(v uint64) ServiceOption {
	return serviceOption(func(s *model.Service) { s.Version.Index = v })
}

// Changed is how long before [Now] a service was last changed.
func Changed(ago time.Duration) ServiceOption {
	return serviceOption(func(s *model.Service) { s.UpdatedAt = Now.Add(-ago) })
}

// DamagedService is a service of which the engine's answer was not read whole.
func DamagedService(why string) ServiceOption {
	return serviceOption(func(s *model.Service) { s.Damage = why })
}

// WithService changes a service as no other option does.
func WithService(change func(*model.Service)) ServiceOption { return serviceOption(change) }

func count(n int) *uint64 {
	u := uint64(n)
	return &u
}

// ID sets the ID of any object, in place of the derived one.
type ID string

func (id ID) service(s *model.Service) { s.ID = string(id) }
func (id ID) node(n *model.Node)       { n.ID = string(id) }
func (id ID) task(t *model.Task)       { t.ID = model.TaskID(id) }

// Placed sets where the tasks may go.
func Placed(p swarm.Placement) ServiceOption {
	return Template(func(t *swarm.TaskSpec) { t.Placement = &p })
}

// RestartPolicy sets when tasks are started again.
func RestartPolicy(change func(*swarm.RestartPolicy)) ServiceOption {
	return Template(func(t *swarm.TaskSpec) {
		p := swarm.RestartPolicy{}
		change(&p)
		t.RestartPolicy = &p
	})
}
