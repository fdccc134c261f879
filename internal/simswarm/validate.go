package simswarm

import (
	"regexp"
	"slices"

	"github.com/distribution/reference"
	"github.com/moby/moby/api/types/swarm"
)

// dnsName is what the engine takes as the name of a service.
var dnsName = regexp.MustCompile(`^[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*$`)

const (
	minCPU    = 1e6     // nanoCPUs
	minMemory = 4 << 20 // bytes

	// maxTasks keeps a slip of the finger from filling the memory of this
	// machine. Engines have no such limit.
	maxTasks = 100_000
)

// validate refuses what the engine refuses, in its words.
func (s *Swarm) validate(spec *swarm.ServiceSpec) error {
	for _, check := range []func(*swarm.ServiceSpec) error{
		checkShape, checkMode, checkName, checkResources, checkRestart, checkPlacement, checkContainer,
		checkUpdate, checkEndpoint, s.checkReferences,
	} {
		if err := check(spec); err != nil {
			return err
		}
	}
	return nil
}

// checkShape is what the daemon itself refuses when it converts the request.
func checkShape(spec *swarm.ServiceSpec) error {
	modes := 0
	for _, set := range []bool{
		spec.Mode.Replicated != nil, spec.Mode.Global != nil, spec.Mode.ReplicatedJob != nil, spec.Mode.GlobalJob != nil,
	} {
		if set {
			modes++
		}
	}
	if modes > 1 {
		return invalid("must specify only one service mode")
	}
	t := &spec.TaskTemplate
	if t.ContainerSpec == nil {
		return invalid("mismatched Runtime and *Spec fields")
	}
	if slices.Contains(t.ContainerSpec.Secrets, nil) || slices.Contains(t.ContainerSpec.Configs, nil) {
		return invalid("invalid reference to a secret or config: null")
	}
	if r := t.RestartPolicy; r != nil && !slices.Contains([]swarm.RestartPolicyCondition{
		"", swarm.RestartPolicyConditionNone, swarm.RestartPolicyConditionOnFailure, swarm.RestartPolicyConditionAny,
	}, r.Condition) {
		return invalid("invalid RestartCondition: %q", string(r.Condition))
	}
	for kind, c := range map[string]*swarm.UpdateConfig{"update": spec.UpdateConfig, "rollback": spec.RollbackConfig} {
		if c == nil {
			continue
		}
		switch c.FailureAction {
		case "", swarm.UpdateFailureActionPause, swarm.UpdateFailureActionContinue:
		case swarm.UpdateFailureActionRollback:
			if kind == "rollback" {
				return invalid("unrecognized rollback failure action rollback")
			}
		default:
			return invalid("unrecognized %s failure action %s", kind, c.FailureAction)
		}
	}
	return nil
}

func checkMode(spec *swarm.ServiceSpec) error {
	var counts []*uint64
	if r := spec.Mode.Replicated; r != nil {
		counts = append(counts, r.Replicas)
	}
	if j := spec.Mode.ReplicatedJob; j != nil {
		counts = append(counts, j.MaxConcurrent, j.TotalCompletions)
	}
	for _, n := range counts {
		if n != nil && *n > maxTasks {
			return refuse("InvalidArgument", "replicas: the demo swarm runs at most %d tasks of a service", maxTasks)
		}
	}
	return nil
}

func checkName(spec *swarm.ServiceSpec) error {
	if !dnsName.MatchString(spec.Name) {
		return refuse("InvalidArgument", "name must be valid as a DNS name component")
	}
	if len(spec.Name) > 63 {
		return refuse("InvalidArgument", "name must be 63 characters or fewer")
	}
	return nil
}

func checkResources(spec *swarm.ServiceSpec) error {
	r := spec.TaskTemplate.Resources
	if r == nil {
		return nil
	}
	check := func(cpu, memory int64) error {
		if cpu != 0 && cpu < minCPU {
			return refuse("InvalidArgument", "invalid cpu value %g: Must be at least %g", float64(cpu)/1e9, minCPU/1e9)
		}
		if memory != 0 && memory < minMemory {
			return refuse("InvalidArgument", "invalid memory value %d: Must be at least 4MiB", memory)
		}
		return nil
	}
	if r.Limits != nil {
		if err := check(r.Limits.NanoCPUs, r.Limits.MemoryBytes); err != nil {
			return err
		}
	}
	if r.Reservations != nil {
		return check(r.Reservations.NanoCPUs, r.Reservations.MemoryBytes)
	}
	return nil
}

func checkRestart(spec *swarm.ServiceSpec) error {
	r := spec.TaskTemplate.RestartPolicy
	switch {
	case r == nil:
	case r.Delay != nil && *r.Delay < 0:
		return refuse("InvalidArgument", "TaskSpec: restart-delay cannot be negative")
	case r.Window != nil && *r.Window < 0:
		return refuse("InvalidArgument", "TaskSpec: restart-window cannot be negative")
	}
	return nil
}

func checkPlacement(spec *swarm.ServiceSpec) error {
	if spec.TaskTemplate.Placement == nil {
		return nil
	}
	_, err := parseConstraints(spec.TaskTemplate.Placement.Constraints)
	return err
}

func checkContainer(spec *swarm.ServiceSpec) error {
	c := spec.TaskTemplate.ContainerSpec
	if c.Image == "" {
		return refuse("InvalidArgument", "ContainerSpec: image reference must be provided")
	}
	if _, err := reference.ParseNormalizedNamed(c.Image); err != nil {
		return refuse("InvalidArgument", "ContainerSpec: %q is not a valid repository/tag", c.Image)
	}
	targets := map[string]bool{}
	for _, m := range c.Mounts {
		if targets[m.Target] {
			return refuse("InvalidArgument", "ContainerSpec: duplicate mount point: %s", m.Target)
		}
		targets[m.Target] = true
	}
	return nil
}

func checkUpdate(spec *swarm.ServiceSpec) error {
	for _, c := range []*swarm.UpdateConfig{spec.UpdateConfig, spec.RollbackConfig} {
		switch {
		case c == nil:
		case c.Delay < 0:
			return refuse("InvalidArgument", "TaskSpec: update-delay cannot be negative")
		case c.Monitor < 0:
			return refuse("InvalidArgument", "TaskSpec: update-monitor cannot be negative")
		case c.MaxFailureRatio < 0 || c.MaxFailureRatio > 1:
			return refuse("InvalidArgument", "TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1")
		}
	}
	return nil
}

func checkEndpoint(spec *swarm.ServiceSpec) error {
	e := spec.EndpointSpec
	if e == nil {
		return nil
	}
	type published struct {
		port uint32
		mode swarm.PortConfigPublishMode
		prot string
	}
	seen := map[published]bool{}
	for _, p := range e.Ports {
		if e.Mode == swarm.ResolutionModeDNSRR && p.PublishMode != swarm.PortConfigPublishModeHost {
			return refuse("InvalidArgument", "EndpointSpec: port published with ingress mode can't be used with dnsrr mode")
		}
		if p.PublishedPort == 0 {
			continue
		}
		k := published{p.PublishedPort, p.PublishMode, string(p.Protocol)}
		if seen[k] {
			return refuse("InvalidArgument", "EndpointSpec: duplicate published ports provided")
		}
		seen[k] = true
	}
	return nil
}

// checkReferences refuses secrets and configs that do not exist.
func (s *Swarm) checkReferences(spec *swarm.ServiceSpec) error {
	c := spec.TaskTemplate.ContainerSpec
	for _, r := range c.Secrets {
		if findBlob(s.secrets, r.SecretID) == nil {
			return refuse("InvalidArgument", "secret not found: %s", r.SecretName)
		}
	}
	for _, r := range c.Configs {
		if findBlob(s.configs, r.ConfigID) == nil {
			return refuse("InvalidArgument", "config not found: %s", r.ConfigName)
		}
	}
	return nil
}

// checkPorts refuses published ports that another service has.
func (s *Swarm) checkPorts(spec *swarm.ServiceSpec, self *service) error {
	if spec.EndpointSpec == nil {
		return nil
	}
	for _, p := range spec.EndpointSpec.Ports {
		if p.PublishedPort == 0 {
			continue
		}
		for _, other := range s.services {
			if other == self {
				continue
			}
			for _, q := range other.rel.ports {
				ingress := q.PublishMode == swarm.PortConfigPublishModeIngress
				if q.PublishedPort != p.PublishedPort || q.Protocol != p.Protocol ||
					!ingress && p.PublishMode != swarm.PortConfigPublishModeIngress {
					continue
				}
				word := "a host-published"
				if ingress {
					word = "an ingress"
				}
				return refuse("InvalidArgument", "port '%d' is already in use by service '%s' (%s) as %s port",
					p.PublishedPort, other.api.Spec.Name, other.id(), word)
			}
		}
	}
	return nil
}
