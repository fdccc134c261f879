package model

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// PortRange is a published port, or several that follow each other on both
// sides.
type PortRange struct {
	// Published is 0 where any free port will do.
	Published, Target uint32
	// More is how many ports follow the first.
	More     uint32
	Protocol network.IPProtocol
	// Host is set where the port is opened on the nodes of the tasks alone.
	Host bool
}

// PortRanges puts published ports in order and merges those that follow each
// other, as `docker service ls` does (docker/cli cli/command/service,
// formatter.go): the engine gives them in any order, and a task's once for each
// family of addresses.
func PortRanges(list []swarm.PortConfig) []PortRange {
	ports := make([]PortRange, len(list))
	for i, p := range list {
		ports[i] = PortRange{Published: p.PublishedPort, Target: p.TargetPort,
			Protocol: cmp.Or(p.Protocol, network.TCP), Host: p.PublishMode == swarm.PortConfigPublishModeHost}
	}
	slices.SortFunc(ports, func(a, b PortRange) int {
		return cmp.Or(cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.Published, b.Published), cmp.Compare(a.Target, b.Target),
			compareBool(a.Host, b.Host))
	})
	var out []PortRange
	for _, p := range slices.Compact(ports) {
		if n := len(out); n > 0 && out[n-1].goesOnWith(p) {
			out[n-1].More++
			continue
		}
		out = append(out, p)
	}
	return out
}

func (r PortRange) goesOnWith(p PortRange) bool {
	return r.Published != 0 && p.Protocol == r.Protocol && p.Host == r.Host &&
		p.Published == r.Published+r.More+1 && p.Target == r.Target+r.More+1
}

// From is the published side: a port, or the first and the last; empty where
// any free port will do.
func (r PortRange) From() string {
	if r.Published == 0 {
		return ""
	}
	return r.span(r.Published)
}

// To is the side of the container.
func (r PortRange) To() string { return r.span(r.Target) }

func (r PortRange) span(first uint32) string {
	if r.More == 0 {
		return fmt.Sprint(first)
	}
	return fmt.Sprintf("%d-%d", first, first+r.More)
}

// String is the range in short: "8080:80", "53:53/udp", "9000-9002:90-92 host".
func (r PortRange) String() string {
	out := r.To()
	if from := r.From(); from != "" {
		out = from + ":" + out
	}
	if r.Protocol != network.TCP {
		out += "/" + string(r.Protocol)
	}
	if r.Host {
		out += " host"
	}
	return out
}

// Ports are the published ports of a service: those that the engine gave, or
// else those that the spec asks for.
func (s *Service) Ports() []PortRange {
	list := s.Endpoint.Ports
	if len(list) == 0 && s.Spec.EndpointSpec != nil {
		list = s.Spec.EndpointSpec.Ports
	}
	return PortRanges(list)
}
