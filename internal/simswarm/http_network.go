package simswarm

import (
	"net/http"
	"slices"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

func (s *Swarm) routeNetworks(add, managed func(string, handler)) {
	add("GET /networks", s.listNetworks)
	add("GET /networks/{id}", s.inspectNetwork)
	managed("POST /networks/create", func(w http.ResponseWriter, r *http.Request) error {
		var req network.CreateRequest
		if err := readJSON(r, &req); err != nil {
			return err
		}
		return s.answer(w, http.StatusCreated, func() (any, error) {
			n, err := s.createNetwork(req)
			if err != nil {
				return nil, err
			}
			return network.CreateResponse{ID: n.id()}, nil
		})
	})
	managed("DELETE /networks/{id}", func(w http.ResponseWriter, r *http.Request) error {
		s.lock()
		defer s.unlock()
		if err := s.removeNetwork(r.PathValue("id")); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// view is the network as the daemon shows it.
func (n *swarmNet) view() network.Network {
	cfg := n.api.IPAMOptions.Configs[0]
	v := network.Network{
		Name: n.name(), ID: n.id(), Created: n.api.CreatedAt, Scope: "swarm", Driver: "overlay", EnableIPv4: true,
		IPAM: network.IPAM{
			Driver: "default", Config: []network.IPAMConfig{{Subnet: cfg.Subnet, Gateway: cfg.Gateway}},
		},
		Internal: n.api.Spec.Internal, Attachable: n.api.Spec.Attachable, Ingress: n.api.Spec.Ingress,
		Options: n.api.DriverState.Options, Labels: n.api.Spec.Labels,
	}
	return v
}

// localNetworks are the networks that every engine has of its own.
func (s *Swarm) localNetworks() []network.Network {
	var out []network.Network
	for _, l := range [][2]string{{"bridge", "bridge"}, {"docker_gwbridge", "bridge"}, {"host", "host"}, {"none", "null"}} {
		out = append(out, network.Network{
			Name: l[0], ID: hexID("network "+l[0], 64), Created: s.cluster.CreatedAt, Scope: "local", Driver: l[1], EnableIPv4: true,
			IPAM: network.IPAM{Driver: "default", Config: []network.IPAMConfig{}}, Options: map[string]string{}, Labels: map[string]string{},
		})
	}
	return out
}

// reachable are the swarm networks that the engine can tell of. A worker, or a
// manager without a leader, knows only those that its own tasks are on, and
// says so with no word.
func (s *Swarm) reachable() []*swarmNet {
	if s.manages() == nil {
		return s.networks
	}
	used := map[string]bool{s.networks[0].id(): true}
	for _, t := range s.me.tasks {
		for _, a := range t.api.NetworksAttachments {
			used[a.Network.ID] = true
		}
	}
	var out []*swarmNet
	for _, n := range s.networks {
		if used[n.id()] {
			out = append(out, n)
		}
	}
	return out
}

func (s *Swarm) listNetworks(w http.ResponseWriter, r *http.Request) error {
	sel, err := selectionOf(r, "id", "name", "label", "driver", "scope", "type", "dangling")
	if err != nil {
		return err
	}
	return s.answer(w, http.StatusOK, func() (any, error) {
		all := s.localNetworks()
		for _, n := range s.reachable() {
			all = append(all, n.view())
		}
		out := []network.Summary{}
		for _, n := range all {
			if sel.prefix("id", n.ID) && sel.prefix("name", n.Name) && sel.labels("label", n.Labels) &&
				sel.exact("driver", n.Driver) && sel.exact("scope", n.Scope) {
				out = append(out, network.Summary{Network: n})
			}
		}
		return out, nil
	})
}

func (s *Swarm) inspectNetwork(w http.ResponseWriter, r *http.Request) error {
	key := r.PathValue("id")
	return s.answer(w, http.StatusOK, func() (any, error) {
		for _, l := range slices.Concat(s.localNetworks(), s.predefined()) {
			if l.Name == key || l.ID == key {
				return network.Inspect{Network: l}, nil
			}
		}
		n, err := lookup("network", key, s.reachable(), (*swarmNet).id, (*swarmNet).name)
		if err != nil {
			return nil, err
		}
		v := network.Inspect{Network: n.view()}
		if isTrue(r, "verbose") {
			s.discover(n, &v)
		}
		return v, nil
	})
}

// discover adds who is on the network: the engine's view of service discovery.
func (s *Swarm) discover(n *swarmNet, v *network.Inspect) {
	v.Services = map[string]network.ServiceInfo{}
	for _, svc := range s.services {
		var info network.ServiceInfo
		on := false
		for _, vip := range svc.api.Endpoint.VirtualIPs {
			if vip.NetworkID == n.id() {
				info.VIP, on = vip.Addr.Addr(), true
			}
		}
		for _, t := range svc.tasks {
			host := s.nodeByID[t.api.NodeID]
			if t.state() != swarm.TaskStateRunning || host == nil {
				continue
			}
			for _, a := range t.api.NetworksAttachments {
				if a.Network.ID == n.id() {
					on = true
					info.Tasks = append(info.Tasks, network.Task{
						Name: t.name() + "." + t.id(), EndpointID: hexID("endpoint "+t.id(), 64), EndpointIP: a.Addresses[0].Addr(),
						Info: map[string]string{"Host IP": host.api.Status.Addr},
					})
				}
			}
		}
		if on {
			v.Services[svc.name()] = info
		}
	}
}
