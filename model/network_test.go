package model_test

import (
	"net/netip"
	"testing"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// on makes a service use networks of those names, now or in its earlier version.
func on(former bool, names ...string) testkit.ServiceOption {
	return testkit.WithService(func(s *model.Service) {
		spec := &s.Spec
		if former {
			s.PreviousSpec = &swarm.ServiceSpec{}
			spec = s.PreviousSpec
		}
		for _, n := range names {
			spec.TaskTemplate.Networks = append(spec.TaskTemplate.Networks, swarm.NetworkAttachmentConfig{Target: n + "-id"})
		}
	})
}

func inSubnet(text string) func(*model.Network) {
	return func(n *model.Network) {
		p := netip.MustParsePrefix(text)
		n.IPAM.Config = []network.IPAMConfig{{Subnet: p, Gateway: p.Addr().Next()}}
	}
}

func TestUsers_NowAndBefore(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), on(false, "front"), on(true, "front", "old"))
	api := testkit.Service(testkit.Name("api"), on(false, "front", "back"))
	published := testkit.Service(testkit.Name("edge"), testkit.WithService(func(s *model.Service) {
		s.Spec.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{TargetPort: 80, PublishedPort: 80}}}
	}))
	var listed []model.Object
	for _, n := range []string{"front", "back", "old", "unused"} {
		listed = append(listed, testkit.Network(n))
	}
	listed = append(listed, testkit.Network("ingress", func(n *model.Network) { n.Ingress = true }))
	c := testkit.Cluster(testkit.Services(web, api, published), testkit.Objects(model.KindNetwork, listed...))
	for name, want := range map[string][2]string{
		"front": {"api web", ""}, "back": {"api", ""}, "old": {"", "web"}, "unused": {"", ""}, "ingress": {"edge", ""},
	} {
		now, former := model.UserNames(c.Users(model.Ref{Kind: model.KindNetwork, ID: name + "-id"}))
		if got := [2]string{join(now), join(former)}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func join(names []string) (out string) {
	for i, n := range names {
		if i > 0 {
			out += " "
		}
		out += n
	}
	return out
}

func TestAddressUse_CountsWhatServicesAndTasksHold(t *testing.T) {
	front := testkit.Network("front", inSubnet("10.0.1.0/24"))
	n1, n2 := testkit.Node(testkit.Hostname("n1")), testkit.Node(testkit.Hostname("n2"))
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(3), on(false, "front"), testkit.WithService(func(s *model.Service) {
		s.Endpoint.VirtualIPs = []swarm.EndpointVirtualIP{{NetworkID: "front-id", Addr: netip.MustParsePrefix("10.0.1.2/24")}}
	}))
	task := func(slot int, n *model.Node, addresses string, more ...testkit.TaskOption) *model.Task {
		x := testkit.Task(append([]testkit.TaskOption{testkit.Of(web), testkit.Slot(slot), testkit.On(n)}, more...)...)
		x.Addresses = addresses
		return x
	}
	parts := []testkit.ClusterOption{testkit.Nodes(n1, n2), testkit.Services(web), testkit.Objects(model.KindNetwork, front)}
	read := append([]testkit.ClusterOption{testkit.Tasks(
		task(1, n1, "10.0.1.3 10.255.0.7"), task(2, n1, "10.0.1.4"), task(3, n2, "10.0.1.5 broken"),
		task(3, n2, "10.0.1.6", testkit.Stopped()),
	)}, parts...)
	// A gateway, a virtual address, three tasks, and a load balancer on each of
	// the two nodes; the task that has ended holds none.
	if u := testkit.Cluster(read...).AddressUse(front); u != (model.AddressUse{Used: 7, Total: 254, Known: true}) {
		t.Errorf("with the tasks: %+v", u)
	}
	counted := *web
	counted.ServiceStatus = &swarm.ServiceStatus{RunningTasks: 3, DesiredTasks: 3}
	parts[1] = testkit.Services(&counted)
	if u := testkit.Cluster(parts...).AddressUse(front); u != (model.AddressUse{Used: 7, Total: 254, Known: true}) {
		t.Errorf("by the engine's count: %+v", u)
	}
	local := testkit.Network("bridge", func(n *model.Network) { n.Scope = "local" })
	if u := testkit.Cluster(parts...).AddressUse(local); u.Known {
		t.Errorf("a network of one engine: %+v", u)
	}
}
