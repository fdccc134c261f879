package model

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// KindNetwork is the kind of networks.
const KindNetwork Kind = "network"

// Network is one network that the connected manager knows: of the swarm, or of
// its own. Read only.
type Network struct {
	network.Network
	// Damage says why the engine's answer could not be read as a whole; empty
	// for a sound object.
	Damage string
}

// Meta implements [Object].
func (n *Network) Meta() Meta {
	return Meta{Ref: Ref{KindNetwork, n.ID}, Name: n.Name, Stack: StackName(n.Labels[LabelStack]), Labels: n.Labels,
		Created: n.Created, Moved: n.Created, Damage: n.Damage, Local: !n.InSwarm()}
}

var _ = register(KindInfo{
	Kind: KindNetwork, Plural: "networks", Path: "/networks", Bare: true, Required: true, Every: 30 * time.Second,
	Decode: func(read func(v any) string) Object {
		n := &Network{}
		n.Damage = read(&n.Network)
		return n
	},
	Writes: Writes{Create: true, Remove: true}, Recreate: recreateNetwork, Lost: []string{"the addresses that its services and tasks had"},
	Uses: func(spec *swarm.ServiceSpec, add func(id, name string)) {
		for _, n := range spec.TaskTemplate.Networks {
			add(n.Target, "")
		}
	},
	Implied: func(c *Cluster, spec *swarm.ServiceSpec, add func(id string)) {
		if spec.EndpointSpec == nil || !slices.ContainsFunc(spec.EndpointSpec.Ports, onEveryNode) {
			return
		}
		for _, n := range Listed[*Network](c, KindNetwork) {
			if n.Ingress {
				add(n.ID)
			}
		}
	},
	Shown: func(c *Cluster, id string) []Ref { return shownWithUsers(c, Ref{KindNetwork, id}) },
})

// ownOptions are set by the engine when it makes a network, and may belong to
// another one by now.
const ownOptions = "com.docker.network.driver.overlay.vxlanid_list"

// recreateNetwork turns what the engine shows of a network into what it takes to
// create one (docker/cli cli/command/network/create.go).
func recreateNetwork(raw json.RawMessage) (json.RawMessage, error) {
	var n struct {
		Name, Scope, Driver                       string
		EnableIPv6, Internal, Attachable, Ingress bool
		IPAM                                      json.RawMessage
		Options, Labels                           map[string]string
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return nil, err
	}
	delete(n.Options, ownOptions)
	return json.Marshal(n)
}

// onEveryNode reports whether a port is published on the ingress network.
func onEveryNode(p swarm.PortConfig) bool { return p.PublishMode != swarm.PortConfigPublishModeHost }

// InSwarm reports whether the network is one of the swarm's, and not of the
// connected manager alone.
func (n *Network) InSwarm() bool { return n.Scope == "swarm" }

// Encrypted reports whether what is sent between nodes is encrypted. The option
// needs no value (moby daemon/libnetwork/drivers/overlay).
func (n *Network) Encrypted() bool {
	v, ok := n.Options["encrypted"]
	return ok && v != "false" && v != "0"
}

// Subnets are the network's ranges of addresses.
func (n *Network) Subnets() []netip.Prefix {
	var out []netip.Prefix
	for _, c := range n.IPAM.Config {
		if c.Subnet.IsValid() {
			out = append(out, c.Subnet)
		}
	}
	return out
}

// AddressUse is how many of a network's IPv4 addresses are in use.
type AddressUse struct {
	Used, Total uint64
	// Known is false for a network whose users cannot be counted.
	Known bool
}

// AddressUse counts the addresses of a network of the swarm that are in use, as
// far as services and tasks tell: a gateway, a virtual address for each service,
// one for each task, and one for the load balancer of each node that has such a
// task (swarmkit manager/allocator). What joins an attachable network by itself
// is not seen.
func (c *Cluster) AddressUse(n *Network) AddressUse {
	u := AddressUse{Known: n.InSwarm()}
	for _, cfg := range n.IPAM.Config {
		if cfg.Subnet.IsValid() && cfg.Subnet.Addr().Is4() {
			u.Total += hosts(cfg.Subnet)
			if cfg.Gateway.IsValid() {
				u.Used++
			}
		}
	}
	balancers := map[NodeID]bool{}
	guessed := 0
	for _, user := range c.Users(n.Meta().Ref) {
		if user.Former {
			continue
		}
		s := user.Service
		virtual := slices.ContainsFunc(s.Endpoint.VirtualIPs, func(v swarm.EndpointVirtualIP) bool { return v.NetworkID == n.ID })
		if virtual {
			u.Used++
		}
		tasks, at := c.TasksOf(s.Key())
		if at.IsZero() { // Then the engine's count has to do, and nobody tells the nodes.
			u.Used += uint64(max(0, c.Facts(s.Key()).Up))
			guessed = max(guessed, min(c.Facts(s.Key()).Up, len(c.nodes)))
			continue
		}
		for _, t := range tasks {
			if k := n.addressesOf(t); k > 0 && !t.Terminal() {
				u.Used += k
				balancers[t.NodeID] = balancers[t.NodeID] || virtual
			}
		}
	}
	if n.Ingress {
		u.Used += uint64(len(c.nodes))
		return u
	}
	known := 0
	for _, is := range balancers {
		if is {
			known++
		}
	}
	u.Used += uint64(max(known, guessed))
	return u
}

// hosts is how many addresses of a subnet can be given away.
func hosts(p netip.Prefix) uint64 {
	bits := p.Addr().BitLen() - p.Bits()
	if bits < 2 || bits > 62 {
		return 0
	}
	return 1<<bits - 2
}

// addressesOf counts the addresses of a task that are the network's.
func (n *Network) addressesOf(t *Task) (count uint64) {
	for _, text := range strings.Fields(t.Addresses) {
		a, err := netip.ParseAddr(text)
		if err == nil && a.Is4() && slices.ContainsFunc(n.Subnets(), func(p netip.Prefix) bool { return p.Contains(a) }) {
			count++
		}
	}
	return count
}
