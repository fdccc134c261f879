package compose

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strconv"

	"github.com/docker/cli/cli/compose/types"
	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/model"
)

// What follows says in the engine's words what a file says, as docker stack deploy
// does (docker/cli cli/compose/convert, Apache License 2.0). That package itself
// asks the engine on the way, and brings gRPC, swarmkit and an exporter of telemetry
// along.

// defaultNetwork is the one that a service without networks is on.
const defaultNetwork = "default"

// waveKey is the field of a service that says in which group it is deployed.
const waveKey = "x-skep-wave"

// stackName is what docker takes for the name of a stack.
var stackName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9_.-]*$`)

// Stack is what files ask for as a stack of this name.
func (l Loaded) Stack(name string) (actions.Stack, error) {
	c := converter{name: name, config: l.Config}
	out := actions.Stack{Name: name, Warnings: slices.Clone(l.Warnings)}
	if !stackName.MatchString(name) {
		return out, fmt.Errorf("%q is no name for a stack: letters, digits, and . _ - behind the first", name)
	}
	var err error
	if out.Networks, out.Outside, err = c.networks(); err != nil {
		return out, err
	}
	files, outside, err := c.files()
	if err != nil {
		return out, err
	}
	out.Files, out.Outside = files, append(out.Outside, outside...)
	for _, s := range l.Config.Services {
		service, err := c.service(s)
		if err != nil {
			return out, fmt.Errorf("service %s: %w", s.Name, err)
		}
		if len(s.Tmpfs) > 0 {
			out.Warnings = append(out.Warnings, fmt.Sprintf("service %s: tmpfs means nothing to a swarm; a volume of type tmpfs does", s.Name))
		}
		out.Services = append(out.Services, service)
	}
	slices.SortFunc(out.Services, func(a, b actions.StackService) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

type converter struct {
	name   string
	config *types.Config
}

// scope is the name in the swarm of what the file calls so.
func (c converter) scope(name string) string { return c.name + "_" + name }

// labelled are labels with that of the stack.
func (c converter) labelled(labels map[string]string) map[string]string {
	out := map[string]string{}
	maps.Copy(out, labels)
	out[model.LabelStack] = c.name
	return out
}

// networks are those that services are on: the stack's own, and others' by name.
func (c converter) networks() ([]actions.StackNetwork, []model.Ref, error) {
	used := map[string]bool{}
	for _, s := range c.config.Services {
		if len(s.Networks) == 0 {
			used[defaultNetwork] = true
		}
		for name := range s.Networks {
			used[name] = true
		}
	}
	var own []actions.StackNetwork
	var outside []model.Ref
	for _, key := range slices.Sorted(maps.Keys(used)) {
		n := c.config.Networks[key]
		if n.External.External {
			if container.NetworkMode(n.Name).IsUserDefined() { // Others are on every node.
				outside = append(outside, model.Ref{Kind: model.KindNetwork, ID: n.Name})
			}
			continue
		}
		request, err := c.network(key, n)
		if err != nil {
			return nil, nil, fmt.Errorf("network %s: %w", key, err)
		}
		spec, err := json.Marshal(request)
		if err != nil {
			return nil, nil, err
		}
		own = append(own, actions.StackNetwork{Name: request.Name, Spec: spec})
	}
	return own, outside, nil
}

func (c converter) network(key string, n types.NetworkConfig) (network.CreateRequest, error) {
	out := network.CreateRequest{
		Name: cmp.Or(n.Name, c.scope(key)), Driver: cmp.Or(n.Driver, "overlay"), Options: n.DriverOpts,
		Internal: n.Internal, Attachable: n.Attachable, Labels: c.labelled(n.Labels),
	}
	if n.Ipam.Driver == "" && len(n.Ipam.Config) == 0 {
		return out, nil
	}
	out.IPAM = &network.IPAM{Driver: n.Ipam.Driver}
	for _, pool := range n.Ipam.Config {
		subnet, err := netip.ParsePrefix(pool.Subnet)
		if err != nil {
			return out, fmt.Errorf("subnet: %w", err)
		}
		out.IPAM.Config = append(out.IPAM.Config, network.IPAMConfig{Subnet: subnet})
	}
	return out, nil
}

// files are the configs and secrets: the stack's own, with what is in them, and
// others' by name.
func (c converter) files() ([]actions.StackFile, []model.Ref, error) {
	var own []actions.StackFile
	var outside []model.Ref
	add := func(kind model.Kind, key string, f types.FileObjectConfig) error {
		if f.External.External {
			outside = append(outside, model.Ref{Kind: kind, ID: f.Name})
			return nil
		}
		file, err := c.file(kind, key, f)
		if err != nil {
			return fmt.Errorf("%s %s: %w", kind, key, err)
		}
		own = append(own, file)
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(c.config.Configs)) {
		if err := add(model.KindConfig, key, types.FileObjectConfig(c.config.Configs[key])); err != nil {
			return nil, nil, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.config.Secrets)) {
		if err := add(model.KindSecret, key, types.FileObjectConfig(c.config.Secrets[key])); err != nil {
			return nil, nil, err
		}
	}
	return own, outside, nil
}

func (c converter) file(kind model.Kind, key string, f types.FileObjectConfig) (actions.StackFile, error) {
	out := actions.StackFile{Kind: kind, Name: cmp.Or(f.Name, c.scope(key)), Labels: c.labelled(f.Labels)}
	// The engine's types of both kinds say the same with the same names.
	spec := swarm.SecretSpec{Annotations: swarm.Annotations{Name: out.Name, Labels: out.Labels}}
	if f.Driver != "" {
		spec.Driver = &swarm.Driver{Name: f.Driver, Options: f.DriverOpts}
	} else {
		var err error
		if spec.Data, err = os.ReadFile(f.File); err != nil {
			return out, err
		}
	}
	if f.TemplateDriver != "" {
		spec.Templating = &swarm.Driver{Name: f.TemplateDriver}
	}
	sealed := kind.Info().Unmade != "" // Its content can be seen by nothing else.
	sum, err := sumOf(spec, sealed)
	if err != nil {
		return out, err
	}
	out.Sum = sum
	if sealed {
		out.Labels = maps.Clone(out.Labels)
		out.Labels[model.LabelContent] = sum
		spec.Labels = out.Labels
	}
	out.Spec, err = json.Marshal(spec)
	return out, err
}

// service is one of the file's.
func (c converter) service(s types.ServiceConfig) (actions.StackService, error) {
	out := actions.StackService{Name: c.scope(s.Name)}
	for _, name := range s.DependsOn {
		out.After = append(out.After, c.scope(name))
	}
	var err error
	if out.Wave, err = wave(s.Extras[waveKey]); err != nil {
		return out, err
	}
	t := &out.Spec.TaskTemplate
	out.Spec.Annotations = swarm.Annotations{Name: out.Name, Labels: c.labelled(s.Deploy.Labels)}
	out.Spec.Labels[model.LabelStackImage] = s.Image
	if t.ContainerSpec, err = c.container(s); err != nil {
		return out, err
	}
	if t.Networks, err = c.attachments(s); err != nil {
		return out, err
	}
	if t.Resources, err = resources(s.Deploy.Resources); err != nil {
		return out, err
	}
	if t.RestartPolicy, err = restartPolicy(s.Restart, s.Deploy.RestartPolicy); err != nil {
		return out, err
	}
	t.Placement = &swarm.Placement{Constraints: s.Deploy.Placement.Constraints, MaxReplicas: s.Deploy.Placement.MaxReplicas}
	for _, p := range s.Deploy.Placement.Preferences {
		t.Placement.Preferences = append(t.Placement.Preferences, swarm.PlacementPreference{Spread: &swarm.SpreadOver{SpreadDescriptor: p.Spread}})
	}
	if s.Logging != nil {
		t.LogDriver = &swarm.Driver{Name: s.Logging.Driver, Options: s.Logging.Options}
	}
	out.Spec.EndpointSpec = endpoint(s)
	out.Spec.UpdateConfig, out.Spec.RollbackConfig = updateConfig(s.Deploy.UpdateConfig), updateConfig(s.Deploy.RollbackConfig)
	out.Spec.Mode, err = mode(s.Deploy.Mode, s.Deploy.Replicas)
	return out, err
}

// wave reads the group that a service says it belongs to.
func wave(value any) (int, error) {
	switch v := value.(type) {
	case nil:
		return 0, nil
	case int:
		return v, nil
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%s: %v is no number", waveKey, value)
}

// attachments are the networks of a service, by name.
func (c converter) attachments(s types.ServiceConfig) ([]swarm.NetworkAttachmentConfig, error) {
	networks := s.Networks
	if len(networks) == 0 {
		networks = map[string]*types.ServiceNetworkConfig{defaultNetwork: {}}
	}
	var out []swarm.NetworkAttachmentConfig
	for key, n := range networks {
		config, known := c.config.Networks[key]
		if !known && key != defaultNetwork {
			return nil, fmt.Errorf("undefined network %q", key)
		}
		a := swarm.NetworkAttachmentConfig{Target: cmp.Or(config.Name, c.scope(key))}
		if n != nil {
			a.Aliases, a.DriverOpts = slices.Clone(n.Aliases), n.DriverOpts
		}
		if container.NetworkMode(a.Target).IsUserDefined() { // Others have no names.
			a.Aliases = append(a.Aliases, s.Name)
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b swarm.NetworkAttachmentConfig) int { return cmp.Compare(a.Target, b.Target) })
	return out, nil
}

func mode(name string, replicas *uint64) (swarm.ServiceMode, error) {
	if replicas != nil && (name == "global" || name == "global-job") {
		return swarm.ServiceMode{}, errors.New("only what is replicated has replicas")
	}
	switch name {
	case "", "replicated":
		return swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: replicas}}, nil
	case "global":
		return swarm.ServiceMode{Global: &swarm.GlobalService{}}, nil
	case "replicated-job":
		return swarm.ServiceMode{ReplicatedJob: &swarm.ReplicatedJob{MaxConcurrent: replicas, TotalCompletions: replicas}}, nil
	case "global-job":
		return swarm.ServiceMode{GlobalJob: &swarm.GlobalJob{}}, nil
	}
	return swarm.ServiceMode{}, fmt.Errorf("unknown mode %q", name)
}
