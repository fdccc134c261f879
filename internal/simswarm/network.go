package simswarm

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

type swarmNet struct {
	api    swarm.Network
	subnet netip.Prefix
	used   map[netip.Addr]bool
	last   netip.Addr // the search for a free address goes on from here
}

func (n *swarmNet) id() string   { return n.api.ID }
func (n *swarmNet) name() string { return n.api.Spec.Name }

// foundNetworks makes the ingress network.
func (s *Swarm) foundNetworks() {
	s.addNetwork(swarm.NetworkSpec{
		Annotations: swarm.Annotations{Name: "ingress", Labels: map[string]string{}},
		Ingress:     true, DriverConfiguration: &swarm.Driver{},
		IPAMOptions: &swarm.IPAMOptions{}, Scope: "swarm",
	}, ingressSubnet)
}

// createNetwork makes an overlay network from the daemon's request.
func (s *Swarm) createNetwork(r network.CreateRequest) (*swarmNet, error) {
	if r.Name == "" {
		return nil, invalid("network name cannot be empty")
	}
	for _, n := range s.networks {
		if n.name() == r.Name {
			return nil, fail(409, "network with name %s already exists", r.Name)
		}
	}
	if r.Driver != "" && r.Driver != "overlay" {
		return nil, fail(501, "the demo swarm has overlay networks only")
	}
	spec := swarm.NetworkSpec{
		Annotations:         swarm.Annotations{Name: r.Name, Labels: r.Labels},
		DriverConfiguration: &swarm.Driver{Name: "overlay", Options: r.Options},
		Internal:            r.Internal, Attachable: r.Attachable, Scope: "swarm",
	}
	var subnet netip.Prefix
	if r.IPAM != nil {
		spec.IPAMOptions = &swarm.IPAMOptions{Driver: swarm.Driver{Name: cmp.Or(r.IPAM.Driver, "default"), Options: r.IPAM.Options}}
		for _, c := range r.IPAM.Config {
			spec.IPAMOptions.Configs = append(spec.IPAMOptions.Configs, swarm.IPAMConfig{Subnet: c.Subnet, Range: c.IPRange, Gateway: c.Gateway})
		}
		if len(r.IPAM.Config) > 0 {
			subnet = r.IPAM.Config[0].Subnet
		}
	}
	if !subnet.IsValid() {
		var ok bool
		if subnet, ok = s.freeSubnet(); !ok {
			return nil, refuse("Unknown", "could not find an available, non-overlapping IPv4 address pool "+
				"among the defaults to assign to the network")
		}
	}
	if !subnet.Addr().Is4() {
		return nil, fail(501, "the demo swarm has IPv4 networks only")
	}
	return s.addNetwork(spec, subnet), nil
}

func (s *Swarm) addNetwork(spec swarm.NetworkSpec, subnet netip.Prefix) *swarmNet {
	gateway := subnet.Masked().Addr().Next()
	n := &swarmNet{subnet: subnet, last: gateway, used: map[netip.Addr]bool{gateway: true}}
	options := map[string]string{"com.docker.network.driver.overlay.vxlanid_list": strconv.Itoa(4096 + len(s.networks))}
	maps.Copy(options, spec.DriverConfiguration.Options)
	n.api = swarm.Network{
		ID: s.newID(), Spec: spec, DriverState: swarm.Driver{Name: "overlay", Options: options},
		IPAMOptions: &swarm.IPAMOptions{
			Driver:  swarm.Driver{Name: "default"},
			Configs: []swarm.IPAMConfig{{Subnet: subnet, Gateway: gateway}},
		},
	}
	s.touch(&n.api.Meta)
	s.networks = append(s.networks, n)
	s.networkByID[n.id()] = n
	s.emit("network", "create", n.id(), map[string]string{"name": n.name()})
	// The allocator writes it once more.
	s.touch(&n.api.Meta)
	s.emit("network", "update", n.id(), map[string]string{"name": n.name()})
	return n
}

// ingressSubnet is the first of the engine's default pool.
var ingressSubnet = netip.MustParsePrefix("10.0.0.0/24")

// freeSubnet is the next /24 of the engine's default pool; false if all are
// taken.
func (s *Swarm) freeSubnet() (netip.Prefix, bool) {
	for i := range 1 << 16 {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0}), 24)
		if !slices.ContainsFunc(s.networks, func(n *swarmNet) bool { return n.subnet.Overlaps(p) }) {
			return p, true
		}
	}
	return netip.Prefix{}, false
}

// take gives a free address out; false if there is none.
func (n *swarmNet) take() (netip.Prefix, bool) {
	a := n.last
	for range 1 << (32 - n.subnet.Bits()) {
		if a = a.Next(); !n.subnet.Contains(a) {
			a = n.subnet.Masked().Addr().Next()
		}
		if !n.used[a] && n.subnet.Contains(a.Next()) { // the last one is the broadcast address
			n.used[a] = true
			n.last = a
			return netip.PrefixFrom(a, n.subnet.Bits()), true
		}
	}
	return netip.Prefix{}, false
}

func (s *Swarm) getNetwork(key string) (*swarmNet, error) {
	return lookup("network", key, s.networks, (*swarmNet).id, (*swarmNet).name)
}

func (s *Swarm) removeNetwork(key string) error {
	n, err := s.getNetwork(key)
	if err != nil {
		return err
	}
	for _, svc := range s.services {
		if n.api.Spec.Ingress && len(svc.rel.ports) > 0 {
			return refuse("FailedPrecondition", "ingress network cannot be removed because service %s depends on it", svc.id())
		}
		for _, a := range svc.api.Spec.TaskTemplate.Networks {
			if a.Target == n.id() {
				return refuse("FailedPrecondition", "network %s is in use by service %s", n.id(), svc.id())
			}
		}
	}
	for _, t := range s.allTasks() {
		if !t.wanted() || t.finished() {
			continue
		}
		for _, a := range t.api.NetworksAttachments {
			if a.Network.ID == n.id() {
				return refuse("FailedPrecondition", "network %s is in use by task %s", n.id(), t.id())
			}
		}
	}
	s.networks = remove(s.networks, n)
	delete(s.networkByID, n.id())
	s.index++
	s.changed = true
	s.emit("network", "remove", n.id(), map[string]string{"name": n.name()})
	return nil
}

// predefined are what the swarm has of the networks that every engine has of its own: a
// service can be on one (moby daemon/cluster/networks.go, populateNetworkID), and no
// list has them (filterPredefinedNetworks).
func (s *Swarm) predefined() []network.Network {
	var out []network.Network
	for _, name := range []string{"bridge", "host"} {
		out = append(out, network.Network{
			Name: name, ID: hexID("predefined network "+name, idLength), Created: s.cluster.CreatedAt, Scope: "swarm", Driver: name,
			IPAM: network.IPAM{Config: []network.IPAMConfig{}}, Labels: map[string]string{"com.docker.swarm.predefined": "true"},
		})
	}
	return out
}

// resolveNetworks turns the names in a specification into IDs, in a copy.
func (s *Swarm) resolveNetworks(spec *swarm.ServiceSpec) error {
	list := slices.Clone(spec.TaskTemplate.Networks)
	for i := range list {
		all := s.predefined()
		if k := slices.IndexFunc(all, func(n network.Network) bool { return n.Name == list[i].Target || n.ID == list[i].Target }); k >= 0 {
			list[i].Target = all[k].ID
			continue
		}
		n, err := s.getNetwork(list[i].Target)
		if err != nil {
			return err
		}
		list[i].Target = n.id()
	}
	spec.TaskTemplate.Networks = list
	return nil
}

// attached are the networks of a service's tasks, the ingress first.
func (s *Swarm) attached(r *release) []*swarmNet {
	var out []*swarmNet
	for _, p := range r.ports {
		if p.PublishMode == swarm.PortConfigPublishModeIngress {
			out = append(out, s.networks[0])
			break
		}
	}
	for _, a := range r.spec.TaskTemplate.Networks {
		if n := s.networkByID[a.Target]; n != nil {
			out = append(out, n)
		}
	}
	return out
}

// allocateEndpoint gives the service its virtual addresses and the ports that
// the specification leaves open, keeping what it has.
func (s *Swarm) allocateEndpoint(svc *service) {
	old := svc.api.Endpoint
	spec := svc.api.Spec.EndpointSpec
	if spec != nil {
		svc.rel.ports = slices.Clone(spec.Ports)
		for i := range svc.rel.ports {
			p := &svc.rel.ports[i]
			if p.PublishedPort == 0 && p.PublishMode == swarm.PortConfigPublishModeIngress {
				p.PublishedPort = s.freePort(old.Ports, *p)
			}
		}
	}
	nets := s.attached(svc.rel)
	if len(nets) == 0 && len(svc.rel.ports) == 0 {
		s.releaseEndpoint(svc)
		svc.api.Endpoint = swarm.Endpoint{}
		return
	}
	e := swarm.Endpoint{Ports: svc.rel.ports}
	if spec != nil {
		e.Spec = *spec
	} else {
		e.Spec.Mode = swarm.ResolutionModeVIP
	}
	if e.Spec.Mode != swarm.ResolutionModeDNSRR {
		for _, n := range nets {
			i := slices.IndexFunc(old.VirtualIPs, func(v swarm.EndpointVirtualIP) bool { return v.NetworkID == n.id() })
			if i >= 0 {
				e.VirtualIPs = append(e.VirtualIPs, old.VirtualIPs[i])
			} else if a, ok := n.take(); ok {
				e.VirtualIPs = append(e.VirtualIPs, swarm.EndpointVirtualIP{NetworkID: n.id(), Addr: a})
			}
		}
	}
	svc.api.Endpoint = e
}

// freePort is the port that p had before, or the next of the engine's range.
func (s *Swarm) freePort(old []swarm.PortConfig, p swarm.PortConfig) uint32 {
	for _, o := range old {
		if o.TargetPort == p.TargetPort && o.Protocol == p.Protocol {
			return o.PublishedPort
		}
	}
	taken := map[uint32]bool{}
	for _, svc := range s.services {
		for _, q := range svc.rel.ports {
			taken[q.PublishedPort] = true
		}
	}
	port := uint32(30000)
	for taken[port] {
		port++
	}
	return port
}

func (s *Swarm) releaseEndpoint(svc *service) {
	for _, v := range svc.api.Endpoint.VirtualIPs {
		if n := s.networkByID[v.NetworkID]; n != nil {
			delete(n.used, v.Addr.Addr())
		}
	}
}

// allocate gives a new task its addresses and hands it to the scheduler. Where
// a network has none left the task stays new, with no error anywhere.
func (s *Swarm) allocate(t *task) {
	if t.state() != swarm.TaskStateNew {
		return
	}
	var got []swarm.NetworkAttachment
	for _, n := range s.attached(t.rel) {
		a, ok := n.take()
		if !ok {
			s.giveBack(got)
			s.starved = append(s.starved, t)
			return
		}
		got = append(got, swarm.NetworkAttachment{Network: n.api, Addresses: []netip.Prefix{a}})
	}
	t.api.NetworksAttachments = got
	s.setStatus(t, swarm.TaskStatePending, "pending task scheduling", "")
	s.kickScheduler()
}

// releaseAddresses frees the addresses of a task that ended, and lets a task
// that waits for one try again.
func (s *Swarm) releaseAddresses(t *task) {
	if t.freed {
		return
	}
	t.freed = true
	s.giveBack(t.api.NetworksAttachments)
	s.starved = remove(s.starved, t)
	if len(s.starved) > 0 && len(t.api.NetworksAttachments) > 0 {
		waiting := s.starved
		s.starved = nil
		s.after(allocateRetry, func() {
			for _, t := range waiting {
				if !t.finished() && s.taskByID[t.id()] == t {
					s.allocate(t)
				}
			}
		})
	}
}

func (s *Swarm) giveBack(list []swarm.NetworkAttachment) {
	for _, a := range list {
		if n := s.networkByID[a.Network.ID]; n != nil {
			delete(n.used, a.Addresses[0].Addr())
		}
	}
}
