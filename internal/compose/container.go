package compose

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/docker/cli/cli/compose/types"
	"github.com/docker/cli/opts"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// container is what a service's tasks run.
func (c converter) container(s types.ServiceConfig) (*swarm.ContainerSpec, error) {
	mounts, err := c.mounts(s.Volumes)
	if err != nil {
		return nil, err
	}
	health, err := healthcheck(s.HealthCheck)
	if err != nil {
		return nil, err
	}
	out := &swarm.ContainerSpec{
		Image: s.Image, Command: s.Entrypoint, Args: s.Command, Hostname: s.Hostname, Hosts: hosts(s.ExtraHosts),
		Healthcheck: health, Env: environment(s.Environment), Labels: c.labelled(s.Labels), Dir: s.WorkingDir, User: s.User,
		Mounts: mounts, StopGracePeriod: types.ConvertDurationPtr(s.StopGracePeriod), StopSignal: s.StopSignal, TTY: s.Tty,
		OpenStdin: s.StdinOpen, ReadOnly: s.ReadOnly, Isolation: container.Isolation(s.Isolation), Init: s.Init, Sysctls: s.Sysctls,
		Ulimits: ulimits(s.Ulimits), OomScoreAdj: s.OomScoreAdj, Privileges: &swarm.Privileges{},
	}
	out.CapabilityAdd, out.CapabilityDrop = opts.EffectiveCapAddCapDrop(s.CapAdd, s.CapDrop)
	if out.DNSConfig, err = dns(s.DNS, s.DNSSearch); err != nil {
		return nil, err
	}
	if out.Secrets, err = c.secrets(s.Secrets); err != nil {
		return nil, err
	}
	if out.Configs, err = c.configs(s.Configs); err != nil {
		return nil, err
	}
	return out, c.credentials(s.CredentialSpec, out)
}

// fileTarget is a file that a service uses, with what is said of it there.
func fileTarget(r types.FileReferenceConfig) swarm.ConfigReferenceFileTarget {
	mode := os.FileMode(0o444)
	if r.Mode != nil {
		mode = os.FileMode(*r.Mode)
	}
	return swarm.ConfigReferenceFileTarget{Name: cmp.Or(r.Target, r.Source), UID: cmp.Or(r.UID, "0"), GID: cmp.Or(r.GID, "0"), Mode: mode}
}

func (c converter) secrets(refs []types.ServiceSecretConfig) ([]*swarm.SecretReference, error) {
	var out []*swarm.SecretReference
	for _, r := range refs {
		secret, known := c.config.Secrets[r.Source]
		if !known {
			return nil, fmt.Errorf("undefined secret %q", r.Source)
		}
		file := swarm.SecretReferenceFileTarget(fileTarget(types.FileReferenceConfig(r)))
		if slices.ContainsFunc(out, func(o *swarm.SecretReference) bool { return o.File.Name == file.Name }) {
			return nil, fmt.Errorf("two secrets are to be %s", file.Name)
		}
		out = append(out, &swarm.SecretReference{File: &file, SecretName: cmp.Or(secret.Name, c.scope(r.Source))})
	}
	slices.SortFunc(out, func(a, b *swarm.SecretReference) int {
		return cmp.Or(cmp.Compare(a.SecretName, b.SecretName), cmp.Compare(a.File.Name, b.File.Name))
	})
	return out, nil
}

func (c converter) configs(refs []types.ServiceConfigObjConfig) ([]*swarm.ConfigReference, error) {
	var out []*swarm.ConfigReference
	for _, r := range refs {
		config, known := c.config.Configs[r.Source]
		if !known {
			return nil, fmt.Errorf("undefined config %q", r.Source)
		}
		file := fileTarget(types.FileReferenceConfig(r))
		if slices.ContainsFunc(out, func(o *swarm.ConfigReference) bool { return o.File.Name == file.Name }) {
			return nil, fmt.Errorf("two configs are to be %s", file.Name)
		}
		out = append(out, &swarm.ConfigReference{File: &file, ConfigName: cmp.Or(config.Name, c.scope(r.Source))})
	}
	slices.SortFunc(out, func(a, b *swarm.ConfigReference) int {
		return cmp.Or(cmp.Compare(a.ConfigName, b.ConfigName), cmp.Compare(a.File.Name, b.File.Name))
	})
	return out, nil
}

// credentials are those of Windows. Of a config, its name stands in place of its ID
// until that is known.
func (c converter) credentials(s types.CredentialSpecConfig, out *swarm.ContainerSpec) error {
	n := 0
	for _, way := range []string{s.Config, s.File, s.Registry} {
		if way != "" {
			n++
		}
	}
	switch {
	case n == 0:
		return nil
	case n > 1:
		return errors.New("credential_spec: one of config, file and registry")
	}
	spec := swarm.CredentialSpec(s)
	if s.Config != "" {
		config, known := c.config.Configs[s.Config]
		if !known {
			return fmt.Errorf("undefined config %q", s.Config)
		}
		spec.Config = cmp.Or(config.Name, c.scope(s.Config))
		out.Configs = append(out.Configs, &swarm.ConfigReference{ConfigName: spec.Config, Runtime: &swarm.ConfigReferenceRuntimeTarget{}})
	}
	out.Privileges.CredentialSpec = &spec
	return nil
}

// hosts are the file's name:address as the engine has them: address name.
func hosts(list types.HostsList) []string {
	var out []string
	for _, h := range list {
		if name, address, ok := strings.Cut(h, ":"); ok {
			out = append(out, address+" "+name)
		}
	}
	return out
}

func environment(vars types.MappingWithEquals) []string {
	out := make([]string, 0, len(vars))
	for name, value := range vars {
		if value != nil {
			name += "=" + *value
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func dns(servers, search []string) (*swarm.DNSConfig, error) {
	if len(servers) == 0 && len(search) == 0 {
		return nil, nil
	}
	out := &swarm.DNSConfig{Search: search}
	for _, s := range servers {
		address, err := netip.ParseAddr(s)
		if err != nil {
			return nil, fmt.Errorf("dns: %w", err)
		}
		out.Nameservers = append(out.Nameservers, address)
	}
	return out, nil
}

func ulimits(limits map[string]*types.UlimitsConfig) []*container.Ulimit {
	var out []*container.Ulimit
	for name, u := range limits {
		l := &container.Ulimit{Name: name, Soft: int64(u.Soft), Hard: int64(u.Hard)}
		if u.Single != 0 {
			l.Soft, l.Hard = int64(u.Single), int64(u.Single)
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b *container.Ulimit) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func healthcheck(h *types.HealthCheckConfig) (*container.HealthConfig, error) {
	switch {
	case h == nil:
		return nil, nil
	case h.Disable && len(h.Test) > 0:
		return nil, errors.New("healthcheck: a test, or disable; not both")
	case h.Disable:
		return &container.HealthConfig{Test: []string{"NONE"}}, nil
	}
	out := &container.HealthConfig{
		Test: h.Test, Timeout: duration(h.Timeout), Interval: duration(h.Interval), StartPeriod: duration(h.StartPeriod), StartInterval: duration(h.StartInterval),
	}
	if h.Retries != nil {
		out.Retries = int(min(*h.Retries, 1<<30)) //nolint:gosec // It is bounded.
	}
	return out, nil
}

func duration(d *types.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return time.Duration(*d)
}

func restartPolicy(restart string, policy *types.RestartPolicy) (*swarm.RestartPolicy, error) {
	if policy != nil {
		return &swarm.RestartPolicy{
			Condition: swarm.RestartPolicyCondition(policy.Condition), MaxAttempts: policy.MaxAttempts,
			Delay: types.ConvertDurationPtr(policy.Delay), Window: types.ConvertDurationPtr(policy.Window),
		}, nil
	}
	if restart == "" {
		return nil, nil
	}
	p, err := opts.ParseRestartPolicy(restart)
	if err != nil {
		return nil, err
	}
	out := &swarm.RestartPolicy{}
	switch p.Name {
	case container.RestartPolicyDisabled, "":
		return nil, nil
	case container.RestartPolicyAlways, container.RestartPolicyUnlessStopped:
		out.Condition = swarm.RestartPolicyConditionAny
	case container.RestartPolicyOnFailure:
		out.Condition = swarm.RestartPolicyConditionOnFailure
	default:
		return nil, fmt.Errorf("restart: unknown policy %q", p.Name)
	}
	if n := p.MaximumRetryCount; n > 0 {
		out.MaxAttempts = new(uint64(n))
	}
	return out, nil
}

func updateConfig(u *types.UpdateConfig) *swarm.UpdateConfig {
	if u == nil {
		return nil
	}
	out := &swarm.UpdateConfig{
		Parallelism: 1, Delay: time.Duration(u.Delay), FailureAction: swarm.FailureAction(u.FailureAction),
		Monitor: time.Duration(u.Monitor), MaxFailureRatio: u.MaxFailureRatio, Order: swarm.UpdateOrder(u.Order),
	}
	if u.Parallelism != nil {
		out.Parallelism = *u.Parallelism
	}
	return out
}

func resources(r types.Resources) (*swarm.ResourceRequirements, error) {
	out := &swarm.ResourceRequirements{}
	if l := r.Limits; l != nil {
		cpus, err := cpus(l.NanoCPUs)
		if err != nil {
			return nil, err
		}
		out.Limits = &swarm.Limit{NanoCPUs: cpus, MemoryBytes: int64(l.MemoryBytes), Pids: l.Pids}
	}
	if l := r.Reservations; l != nil {
		cpus, err := cpus(l.NanoCPUs)
		if err != nil {
			return nil, err
		}
		out.Reservations = &swarm.Resources{NanoCPUs: cpus, MemoryBytes: int64(l.MemoryBytes)}
		for _, g := range l.GenericResources {
			var one swarm.GenericResource
			if d := g.DiscreteResourceSpec; d != nil {
				one.DiscreteResourceSpec = &swarm.DiscreteGenericResource{Kind: d.Kind, Value: d.Value}
			}
			out.Reservations.GenericResources = append(out.Reservations.GenericResources, one)
		}
	}
	return out, nil
}

func cpus(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	return opts.ParseCPUs(text)
}

func endpoint(s types.ServiceConfig) *swarm.EndpointSpec {
	out := &swarm.EndpointSpec{Mode: swarm.ResolutionMode(strings.ToLower(s.Deploy.EndpointMode))}
	for _, p := range s.Ports {
		out.Ports = append(out.Ports, swarm.PortConfig{
			Protocol: network.IPProtocol(p.Protocol), TargetPort: p.Target, PublishedPort: p.Published, PublishMode: swarm.PortConfigPublishMode(p.Mode),
		})
	}
	slices.SortFunc(out.Ports, swarm.PortConfig.Compare)
	return out
}
