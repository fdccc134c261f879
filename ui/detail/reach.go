package detail

import (
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// networks are how a service is reached, from inside and from outside.
func (s *sheet) networks(svc *model.Service) {
	s.section("Networks and ports")
	before := len(s.lines)
	attached := svc.Spec.TaskTemplate.Networks
	mode := endpointMode(svc)
	if len(attached) > 0 || len(svc.Endpoint.VirtualIPs) > 0 {
		s.field("Endpoint mode", plain(mode))
	}
	shown := map[string]bool{}
	for _, n := range attached {
		shown[n.Target] = true
		var parts []string
		if ip := virtualIP(svc, n.Target); ip != "" {
			parts = append(parts, "VIP "+ip)
		}
		if len(n.Aliases) > 0 {
			parts = append(parts, "aliases "+strings.Join(n.Aliases, ", "))
		}
		parts = append(parts, s.options(n.DriverOpts)...)
		if len(parts) == 0 {
			parts = []string{"attached"}
		}
		s.field(s.networkName(n.Target), plain(strings.Join(parts, ", ")))
	}
	for _, v := range svc.Endpoint.VirtualIPs {
		if !shown[v.NetworkID] && v.Addr.IsValid() {
			s.field(s.networkName(v.NetworkID), plain("VIP "+v.Addr.String()))
		}
	}
	s.portList(svc.Ports())
	if len(s.lines) == before {
		s.none("no networks, nothing published")
	}
}

func endpointMode(svc *model.Service) string {
	if e := svc.Spec.EndpointSpec; e != nil && e.Mode == swarm.ResolutionModeDNSRR {
		return "dnsrr: the name resolves to the tasks' addresses"
	}
	return "vip: the name resolves to one virtual address"
}

// virtualIP is the service's virtual address on a network; empty for none.
func virtualIP(svc *model.Service, network string) string {
	for _, v := range svc.Endpoint.VirtualIPs {
		if v.NetworkID == network && v.Addr.IsValid() {
			return v.Addr.String()
		}
	}
	return ""
}

// networkName is a network's name, or its ID while the name is not known.
func (s *sheet) networkName(id string) string {
	return nameOr(s.in.Cluster.NameOf(model.Ref{Kind: model.KindNetwork, ID: id}), "(unnamed)")
}

// portList are published ports, a line for each range.
func (s *sheet) portList(list []model.PortRange) {
	var out []string
	for _, r := range list {
		from := r.From()
		if from == "" {
			from = "any free port"
		}
		how := "ingress: on every node"
		if r.Host {
			how = "host: on the nodes of the tasks"
		}
		out = append(out, fmt.Sprintf("%s -> %s/%s, %s", from, r.To(), r.Protocol, how))
	}
	s.list("Published", out)
}
