package detail

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/network"

	"skep/model"
)

var _ = describes(model.KindNetwork, (*sheet).network)

// network describes a network.
func (s *sheet) network() {
	n, ok := objectOf[*model.Network](s)
	if !ok {
		return
	}
	var read network.Inspect // Only a network that is read alone says who is on it.
	_ = decode(s.in.Doc.Raw, &read)
	s.object("Network", n.Meta())
	s.text("Driver", n.Driver)
	s.text("Scope", scopeWords(n))
	for _, t := range []struct {
		is    bool
		key   string
		words string
	}{
		{n.Ingress, "Ingress", "yes: it carries the ports that are published on every node"},
		{n.InSwarm() && !n.Ingress, "Encrypted", yesNo(n.Encrypted())},
		{n.InSwarm() && !n.Ingress, "Attachable", attachableWords(n.Attachable)},
		{n.Internal, "Internal", "yes: it leads nowhere outside"},
		{n.ConfigOnly, "Config only", "yes: other networks are made from it"},
	} {
		if t.is {
			s.field(t.key, plain(t.words))
		}
	}
	s.networkAddresses(n, read.Status)
	s.usersOf(n.Meta().Ref, func(svc *model.Service) string { return reachWords(svc, n.ID) })
	s.containers(read.Containers)
	s.labels("Labels", n.Labels)
	s.labels("Options", n.Options)
}

func scopeWords(n *model.Network) string {
	if n.InSwarm() {
		return n.Scope
	}
	return n.Scope + ": of the engine that skep is connected to"
}

func yesNo(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

func attachableWords(is bool) string {
	if is {
		return "yes: containers that are no tasks may join, and are not counted here"
	}
	return "no"
}

// networkAddresses are a network's subnets and how many of their addresses are
// in use: by the engine's count where it tells (API 1.52), or else by skep's.
func (s *sheet) networkAddresses(n *model.Network, told *network.Status) {
	s.section("Addresses")
	before := len(s.lines)
	if told != nil {
		for _, p := range slices.SortedFunc(maps.Keys(told.IPAM.Subnets), netip.Prefix.Compare) {
			u := told.IPAM.Subnets[p]
			s.field("In use", plain(fmt.Sprintf("%d of %s, %d free", u.IPsInUse, p, u.DynamicIPsAvailable)))
		}
	} else if u := s.in.Cluster.AddressUse(n); u.Known && u.Total > 0 {
		s.field("In use", plain(fmt.Sprintf("~%d of %d", u.Used, u.Total)), dim(" (counted from services and tasks; the engine does not tell)"))
	}
	for _, c := range n.IPAM.Config {
		if !c.Subnet.IsValid() {
			continue
		}
		words := c.Subnet.String()
		if c.Gateway.IsValid() {
			words += ", gateway " + c.Gateway.String()
		}
		if c.IPRange.IsValid() {
			words += ", given away from " + c.IPRange.String()
		}
		s.field("Subnet", plain(words))
	}
	if len(s.lines) == before {
		s.none("none of its own")
	}
}

// reachWords say how a service is reached on a network.
func reachWords(svc *model.Service, id string) string {
	var parts []string
	if ip := virtualIP(svc, id); ip != "" {
		parts = append(parts, "VIP "+ip)
	}
	for _, n := range svc.Spec.TaskTemplate.Networks {
		if n.Target == id && len(n.Aliases) > 0 {
			parts = append(parts, "aliases "+strings.Join(n.Aliases, ", "))
		}
	}
	return strings.Join(parts, ", ")
}

// containers are who is on the network on the connected engine.
func (s *sheet) containers(on map[string]network.EndpointResource) {
	if len(on) == 0 {
		return
	}
	s.section(fmt.Sprintf("On the connected engine (%d)", len(on)))
	var rows [][]Span
	for _, id := range slices.Sorted(maps.Keys(on)) {
		e := on[id]
		rows = append(rows, []Span{plain(nameOr(e.Name, model.ShortID(id))), plain(prefixText(e.IPv4Address)), plain(prefixText(e.IPv6Address))})
	}
	s.grid(rows)
}

func prefixText(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}
