package simswarm

import (
	"encoding/json"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// release is one specification of a service and what follows from it. It is
// never changed.
type release struct {
	spec        swarm.ServiceSpec
	taskSpec    swarm.TaskSpec
	constraints constraints
	ports       []swarm.PortConfig // published, with the numbers given out

	// key tells two releases apart whose tasks differ. bareKey leaves out the
	// placement, which is in placeKey: a task stays where only that differs and
	// its node meets the new constraints.
	key, bareKey, placeKey string
}

// newRelease works a normalised specification out.
func newRelease(spec swarm.ServiceSpec) *release {
	r := &release{spec: spec, taskSpec: spec.TaskTemplate}
	r.taskSpec.Runtime = ""
	if p := r.taskSpec.Placement; p != nil {
		r.constraints, _ = parseConstraints(p.Constraints)
	}
	r.key = specKey(r.taskSpec, spec.EndpointSpec)
	bare := r.taskSpec
	bare.Placement = nil
	r.bareKey = specKey(bare, nil)
	r.placeKey = specKey(swarm.TaskSpec{Placement: r.taskSpec.Placement}, nil)
	return r
}

// specKey writes what decides whether a task has to be replaced. JSON leaves
// empty fields out, so that absent and empty are the same.
func specKey(t swarm.TaskSpec, e *swarm.EndpointSpec) string {
	if t.Resources == nil {
		t.Resources = &swarm.ResourceRequirements{}
	}
	if t.Placement == nil {
		t.Placement = &swarm.Placement{}
	}
	b, err := json.Marshal(struct {
		T swarm.TaskSpec
		E *swarm.EndpointSpec `json:",omitempty"`
	}{t, e})
	if err != nil {
		panic(err) // cannot happen: the types are the API's own
	}
	return string(b)
}

// dirty reports whether a task of the old release has to be replaced to get to
// the new one (swarmkit manager/orchestrator/task.go, IsTaskDirty). Where the
// placement alone of what makes a task has changed, nothing else is looked at,
// the ports neither.
func (r *release) dirty(t *task, n *node) bool {
	if t.rel == r || t.rel.key == r.key {
		return false
	}
	moved := t.rel.placeKey != r.placeKey && t.rel.bareKey == r.bareKey
	return !moved || n == nil || !r.constraints.match(n)
}

// normalise brings a specification into the form in which the engine gives it
// back. It copies what it changes.
func normalise(spec swarm.ServiceSpec) swarm.ServiceSpec {
	spec.Labels = orEmpty(spec.Labels)
	t := &spec.TaskTemplate
	if t.ContainerSpec != nil {
		t.Runtime = swarm.RuntimeContainer
		c := *t.ContainerSpec
		if c.Isolation == "" {
			c.Isolation = container.IsolationDefault
		}
		t.ContainerSpec = &c
	}
	m := &spec.Mode
	switch {
	case m.ReplicatedJob != nil:
		j := *m.ReplicatedJob
		if j.MaxConcurrent == nil {
			one := uint64(1)
			j.MaxConcurrent = &one
		}
		if j.TotalCompletions == nil {
			j.TotalCompletions = j.MaxConcurrent
		}
		m.ReplicatedJob = &j
	case m.Global != nil, m.GlobalJob != nil:
	case m.Replicated == nil || m.Replicated.Replicas == nil:
		one := uint64(1)
		m.Replicated = &swarm.ReplicatedService{Replicas: &one}
	}
	spec.UpdateConfig = normaliseUpdate(spec.UpdateConfig)
	spec.RollbackConfig = normaliseUpdate(spec.RollbackConfig)
	spec.EndpointSpec = normaliseEndpoint(spec.EndpointSpec)
	return spec
}

func normaliseUpdate(c *swarm.UpdateConfig) *swarm.UpdateConfig {
	if c == nil {
		return nil
	}
	n := *c
	if n.FailureAction == "" {
		n.FailureAction = swarm.UpdateFailureActionPause
	}
	if n.Order == "" {
		n.Order = swarm.UpdateOrderStopFirst
	}
	return &n
}

func normaliseEndpoint(e *swarm.EndpointSpec) *swarm.EndpointSpec {
	if e == nil {
		return nil
	}
	n := *e
	if n.Mode == "" {
		n.Mode = swarm.ResolutionModeVIP
	}
	n.Ports = append([]swarm.PortConfig(nil), e.Ports...)
	for i := range n.Ports {
		if n.Ports[i].Protocol == "" {
			n.Ports[i].Protocol = network.TCP
		}
		if n.Ports[i].PublishMode == "" {
			n.Ports[i].PublishMode = swarm.PortConfigPublishModeIngress
		}
	}
	return &n
}

// withDefaults fills in what the engine assumes, for insertDefaults=true.
func withDefaults(spec swarm.ServiceSpec) swarm.ServiceSpec {
	t := &spec.TaskTemplate
	if t.ContainerSpec != nil {
		c := *t.ContainerSpec
		if c.StopGracePeriod == nil {
			g := defaultGrace
			c.StopGracePeriod = &g
		}
		if c.DNSConfig == nil {
			c.DNSConfig = &swarm.DNSConfig{}
		}
		t.ContainerSpec = &c
	}
	if t.Resources == nil {
		t.Resources = &swarm.ResourceRequirements{}
	}
	if t.Placement == nil {
		t.Placement = &swarm.Placement{}
	}
	if t.RestartPolicy == nil {
		delay, attempts := defaultRestartDelay, uint64(0)
		t.RestartPolicy = &swarm.RestartPolicy{
			Condition: swarm.RestartPolicyConditionAny, Delay: &delay, MaxAttempts: &attempts,
		}
	}
	if spec.UpdateConfig == nil {
		spec.UpdateConfig = defaultUpdate()
	}
	if spec.RollbackConfig == nil {
		spec.RollbackConfig = defaultUpdate()
	}
	return spec
}

func defaultUpdate() *swarm.UpdateConfig {
	return &swarm.UpdateConfig{
		Parallelism: 1, FailureAction: swarm.UpdateFailureActionPause,
		Monitor: defaultMonitor, Order: swarm.UpdateOrderStopFirst,
	}
}
