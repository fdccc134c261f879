package simswarm

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"
)

// filter is one reason why a node may not take a task.
type filter struct {
	pass    func(*node, *task) bool
	explain func(nodes int) string
}

// filters are in the engine's order; only the first that refuses a node is
// counted.
var filters = []filter{
	{isAvailable, counted("%d %s not available for new tasks")},
	{hasResources, counted("insufficient resources on %d %s")},
	{hasPlugins, counted("missing plugin on %d %s")},
	{meetsConstraints, counted("scheduling constraints not satisfied on %d %s")},
	{hasPlatform, counted("unsupported platform on %d %s")},
	{hasHostPorts, counted("host-mode port already in use on %d %s")},
	{belowMaxReplicas, func(int) string { return "max replicas per node limit exceed" }},
}

func counted(format string) func(int) string {
	return func(n int) string {
		if n == 1 {
			return fmt.Sprintf(format, n, "node")
		}
		return fmt.Sprintf(format, n, "nodes")
	}
}

func isAvailable(n *node, _ *task) bool {
	return n.ready() && n.api.Spec.Availability == swarm.NodeAvailabilityActive
}

func hasResources(n *node, t *task) bool {
	cpu, memory := reserved(&t.api.Spec)
	total := n.api.Description.Resources
	return (cpu == 0 || n.cpu+cpu <= total.NanoCPUs) && (memory == 0 || n.memory+memory <= total.MemoryBytes)
}

// hasPlugins checks the volume and log drivers that the task names.
func hasPlugins(n *node, t *task) bool {
	has := func(kind, name string) bool {
		return slices.ContainsFunc(n.api.Description.Engine.Plugins, func(p swarm.PluginDescription) bool {
			return p.Type == kind && (p.Name == name || p.Name == name+":latest")
		})
	}
	if c := t.api.Spec.ContainerSpec; c != nil {
		for _, m := range c.Mounts {
			if m.VolumeOptions != nil && m.VolumeOptions.DriverConfig != nil && m.VolumeOptions.DriverConfig.Name != "" &&
				!has("Volume", m.VolumeOptions.DriverConfig.Name) {
				return false
			}
		}
	}
	if l := t.api.Spec.LogDriver; l != nil && l.Name != "" && l.Name != "none" {
		return has("Log", l.Name)
	}
	return true
}

func meetsConstraints(n *node, t *task) bool { return t.rel.constraints.match(n) }

func hasPlatform(n *node, t *task) bool {
	p := t.api.Spec.Placement
	if p == nil || len(p.Platforms) == 0 {
		return true
	}
	have := n.api.Description.Platform
	return slices.ContainsFunc(p.Platforms, func(want swarm.Platform) bool {
		return (want.OS == "" || want.OS == have.OS) &&
			(want.Architecture == "" || architecture(want.Architecture) == architecture(have.Architecture))
	})
}

// architecture brings the two names of an architecture together.
func architecture(name string) string {
	switch name {
	case "x86_64":
		return "amd64"
	case "aarch64":
		return "arm64"
	}
	return name
}

func hasHostPorts(n *node, t *task) bool {
	for _, p := range t.rel.ports {
		if p.PublishMode == swarm.PortConfigPublishModeHost && p.PublishedPort != 0 &&
			n.ports[hostPort{p.PublishedPort, string(p.Protocol)}] > 0 {
			return false
		}
	}
	return true
}

func belowMaxReplicas(n *node, t *task) bool {
	p := t.api.Spec.Placement
	return p == nil || p.MaxReplicas == 0 || uint64(n.byService[t.api.ServiceID]) < p.MaxReplicas
}

// refusal is the index of the first filter that refuses the node, or -1.
func refusal(n *node, t *task) int {
	for i, f := range filters {
		if !f.pass(n, t) {
			return i
		}
	}
	return -1
}

// explain puts the refusals into the engine's words, the commonest first.
func explain(refused []int) string {
	order := make([]int, 0, len(filters))
	for i, n := range refused {
		if n > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return refused[b] - refused[a] })
	var parts []string
	for _, i := range order {
		parts = append(parts, filters[i].explain(refused[i]))
	}
	return strings.Join(parts, "; ")
}
