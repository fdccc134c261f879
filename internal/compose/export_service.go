package compose

import (
	"strconv"
	"strings"
	"time"

	"github.com/docker/cli/cli/compose/types"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// container says what tasks run as a compose file does.
func (e *exporter) container(out *types.ServiceConfig, c *swarm.ContainerSpec) {
	out.Entrypoint, out.Command, out.Hostname = c.Command, c.Args, c.Hostname
	out.Labels, out.WorkingDir, out.User = ownLabels(c.Labels), c.Dir, c.User
	out.StopSignal, out.Tty, out.StdinOpen, out.ReadOnly, out.Init = c.StopSignal, c.TTY, c.OpenStdin, c.ReadOnly, c.Init
	out.Sysctls, out.CapAdd, out.CapDrop, out.OomScoreAdj = c.Sysctls, c.CapabilityAdd, c.CapabilityDrop, c.OomScoreAdj
	if c.Isolation != container.IsolationDefault {
		out.Isolation = string(c.Isolation)
	}
	if g := c.StopGracePeriod; g != nil && *g != 10*time.Second {
		out.StopGracePeriod = (*types.Duration)(g)
	}
	e.environment(out, c.Env)
	for _, h := range c.Hosts {
		address, names, _ := strings.Cut(h, " ")
		for _, name := range strings.Fields(names) {
			out.ExtraHosts = append(out.ExtraHosts, name+":"+address)
		}
	}
	if d := c.DNSConfig; d != nil {
		out.DNSSearch = d.Search
		for _, server := range d.Nameservers {
			out.DNS = append(out.DNS, server.String())
		}
	}
	for _, u := range c.Ulimits {
		if out.Ulimits == nil {
			out.Ulimits = map[string]*types.UlimitsConfig{}
		}
		out.Ulimits[u.Name] = &types.UlimitsConfig{Soft: int(u.Soft), Hard: int(u.Hard)}
	}
	out.HealthCheck = health(c.Healthcheck)
}

// environment says the variables. What is empty in a file, a deploy takes from its own
// environment where that has one of the name, unless the file's key has the = in it.
func (e *exporter) environment(out *types.ServiceConfig, vars []string) {
	if len(vars) > 0 {
		out.Environment = types.MappingWithEquals{}
	}
	for _, entry := range vars {
		name, value, set := strings.Cut(entry, "=")
		switch {
		case !set:
			out.Environment[name] = nil
			e.note("%s_%s: a deploy takes %s from its own environment, where that has one", e.stack, out.Name, name)
		case value == "":
			out.Environment[entry] = nil
			e.note("%s_%s: %s is kept empty by the = in its key; without, a deploy would take it from its own environment", e.stack, out.Name, name)
		default:
			out.Environment[name] = &value
		}
	}
}

func health(h *container.HealthConfig) *types.HealthCheckConfig {
	switch {
	case h == nil:
		return nil
	case len(h.Test) == 1 && h.Test[0] == "NONE":
		return &types.HealthCheckConfig{Disable: true}
	}
	out := &types.HealthCheckConfig{Test: h.Test, Timeout: span(h.Timeout), Interval: span(h.Interval), StartPeriod: span(h.StartPeriod), StartInterval: span(h.StartInterval)}
	if h.Retries > 0 {
		out.Retries = new(uint64(h.Retries))
	}
	return out
}

// span is a duration that is left out where it is zero.
func span(d time.Duration) *types.Duration {
	if d == 0 {
		return nil
	}
	return new(types.Duration(d))
}

// mounts are the volumes of a service.
func (e *exporter) mounts(out *types.ServiceConfig, mounts []mount.Mount) {
	for _, m := range mounts {
		v := types.ServiceVolumeConfig{Type: string(m.Type), Source: m.Source, Target: m.Target, ReadOnly: m.ReadOnly, Consistency: string(m.Consistency)}
		if m.Consistency == mount.ConsistencyDefault {
			v.Consistency = ""
		}
		if b := m.BindOptions; b != nil && b.Propagation != "" {
			v.Bind = &types.ServiceVolumeBind{Propagation: string(b.Propagation)}
		}
		if t := m.TmpfsOptions; t != nil && t.SizeBytes > 0 {
			v.Tmpfs = &types.ServiceVolumeTmpfs{Size: t.SizeBytes}
		}
		if i := m.ImageOptions; i != nil && i.Subpath != "" {
			v.Image = &types.ServiceVolumeImage{Subpath: i.Subpath}
		}
		if o := m.VolumeOptions; o != nil && (o.NoCopy || o.Subpath != "") {
			v.Volume = &types.ServiceVolumeVolume{NoCopy: o.NoCopy, Subpath: o.Subpath}
		}
		if (m.Type == mount.TypeVolume || m.Type == mount.TypeCluster) && m.Source != "" && !strings.HasPrefix(m.Source, "group:") {
			v.Source = e.volume(m)
		}
		out.Volumes = append(out.Volumes, v)
	}
}

// volume adds a named volume, and gives its name in the file.
func (e *exporter) volume(m mount.Mount) string {
	key := e.key(model.KindVolume, m.Source)
	var v types.VolumeConfig
	o := m.VolumeOptions
	switch {
	case m.Type == mount.TypeCluster && e.nameOf(key, m.Source) == "":
	case o == nil || o.Labels[model.LabelStack] != e.stack:
		v.External, v.Name = types.External{External: true}, m.Source
	default:
		v.Name, v.Labels = e.nameOf(key, m.Source), ownLabels(o.Labels)
		if o.DriverConfig != nil {
			v.Driver, v.DriverOpts = o.DriverConfig.Name, o.DriverConfig.Options
		}
	}
	if was, known := e.config.Volumes[key]; known && !sameVolume(was, v) {
		e.note("the volume %s is described in two ways; this is one of them", m.Source)
		return key
	}
	e.config.Volumes[key] = v
	return key
}

func sameVolume(a, b types.VolumeConfig) bool {
	if a.External != b.External || a.Name != b.Name || a.Driver != b.Driver || len(a.DriverOpts) != len(b.DriverOpts) || len(a.Labels) != len(b.Labels) {
		return false
	}
	for key, value := range a.DriverOpts {
		if b.DriverOpts[key] != value {
			return false
		}
	}
	for key, value := range a.Labels {
		if b.Labels[key] != value {
			return false
		}
	}
	return true
}

// deployment says how a service is deployed.
func deployment(out *types.ServiceConfig, s *swarm.ServiceSpec) {
	d := &out.Deploy
	switch m := s.Mode; {
	case m.Global != nil:
		d.Mode = "global"
	case m.GlobalJob != nil:
		d.Mode = "global-job"
	case m.ReplicatedJob != nil:
		d.Mode, d.Replicas = "replicated-job", m.ReplicatedJob.TotalCompletions
	case m.Replicated != nil:
		d.Replicas = m.Replicated.Replicas
	}
	d.Labels = ownLabels(s.Labels)
	d.UpdateConfig, d.RollbackConfig = rollout(s.UpdateConfig), rollout(s.RollbackConfig)
	t := &s.TaskTemplate
	if r := t.RestartPolicy; r != nil {
		d.RestartPolicy = &types.RestartPolicy{Condition: string(r.Condition), Delay: (*types.Duration)(r.Delay), MaxAttempts: r.MaxAttempts, Window: (*types.Duration)(r.Window)}
		if r.MaxAttempts != nil && *r.MaxAttempts == 0 {
			d.RestartPolicy.MaxAttempts = nil
		}
		if r.Window != nil && *r.Window == 0 {
			d.RestartPolicy.Window = nil
		}
	}
	if p := t.Placement; p != nil {
		d.Placement.Constraints, d.Placement.MaxReplicas = p.Constraints, p.MaxReplicas
		for _, pref := range p.Preferences {
			if pref.Spread != nil {
				d.Placement.Preferences = append(d.Placement.Preferences, types.PlacementPreferences{Spread: pref.Spread.SpreadDescriptor})
			}
		}
	}
	if r := t.Resources; r != nil {
		limits(d, r)
	}
	if l := t.LogDriver; l != nil {
		out.Logging = &types.LoggingConfig{Driver: l.Name, Options: l.Options}
	}
	if p := s.EndpointSpec; p != nil {
		if p.Mode != swarm.ResolutionModeVIP {
			d.EndpointMode = string(p.Mode)
		}
		for _, port := range p.Ports {
			out.Ports = append(out.Ports, types.ServicePortConfig{Mode: string(port.PublishMode), Target: port.TargetPort, Published: port.PublishedPort, Protocol: string(port.Protocol)})
		}
	}
}

func limits(d *types.DeployConfig, r *swarm.ResourceRequirements) {
	if l := r.Limits; l != nil && *l != (swarm.Limit{}) {
		d.Resources.Limits = &types.ResourceLimit{NanoCPUs: cores(l.NanoCPUs), MemoryBytes: types.UnitBytes(l.MemoryBytes), Pids: l.Pids}
	}
	if l := r.Reservations; l != nil && (l.NanoCPUs != 0 || l.MemoryBytes != 0 || len(l.GenericResources) > 0) {
		d.Resources.Reservations = &types.Resource{NanoCPUs: cores(l.NanoCPUs), MemoryBytes: types.UnitBytes(l.MemoryBytes)}
		for _, g := range l.GenericResources {
			var one types.GenericResource
			if g.DiscreteResourceSpec != nil {
				one.DiscreteResourceSpec = &types.DiscreteGenericResource{Kind: g.DiscreteResourceSpec.Kind, Value: g.DiscreteResourceSpec.Value}
			}
			d.Resources.Reservations.GenericResources = append(d.Resources.Reservations.GenericResources, one)
		}
	}
}

// cores is a number of CPUs as text.
func cores(nano int64) string {
	if nano == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(nano)/1e9, 'f', -1, 64)
}

func rollout(u *swarm.UpdateConfig) *types.UpdateConfig {
	if u == nil {
		return nil
	}
	return &types.UpdateConfig{
		Parallelism: &u.Parallelism, Delay: types.Duration(u.Delay), FailureAction: string(u.FailureAction),
		Monitor: types.Duration(u.Monitor), MaxFailureRatio: u.MaxFailureRatio, Order: string(u.Order),
	}
}
