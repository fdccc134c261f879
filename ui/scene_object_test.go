package ui

import (
	"net/netip"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// shopObjects are what the shop's services use, and what nothing uses.
func shopObjects() []testkit.ClusterOption {
	return []testkit.ClusterOption{
		testkit.Objects(model.KindNetwork, shopNetworks()...),
	}
}

// onNetworks makes a service use networks, by their names.
func onNetworks(names ...string) testkit.ServiceOption {
	return testkit.Template(func(t *swarm.TaskSpec) {
		for _, n := range names {
			t.Networks = append(t.Networks, swarm.NetworkAttachmentConfig{Target: n + "-id"})
		}
	})
}

func shopNetworks() []model.Object {
	subnet := func(text string) func(*model.Network) {
		return func(n *model.Network) {
			p := netip.MustParsePrefix(text)
			n.IPAM.Config = []network.IPAMConfig{{Subnet: p, Gateway: p.Addr().Next()}}
		}
	}
	inStack := func(n *model.Network) { n.Labels = map[string]string{model.LabelStack: "shop"} }
	local := func(driver string) func(*model.Network) {
		return func(n *model.Network) { n.Scope, n.Driver = "local", driver }
	}
	return []model.Object{
		testkit.Network("shop_front", subnet("10.0.1.0/24"), inStack, func(n *model.Network) { n.Attachable = true }),
		testkit.Network("shop_small", subnet("10.0.2.0/28"), inStack, func(n *model.Network) { n.Options = map[string]string{"encrypted": ""} }),
		testkit.Network("shop_back", subnet("10.0.4.0/24"), inStack), testkit.Network("shop_jobs", subnet("10.0.5.0/24"), inStack),
		testkit.Network("shop_mail", subnet("10.0.6.0/24"), inStack, func(n *model.Network) { n.Internal = true }),
		testkit.Network("left-over", subnet("10.0.3.0/24"), func(n *model.Network) { n.Created = testkit.Now.Add(-300 * 24 * time.Hour) }),
		testkit.Network("ingress", subnet("10.255.0.0/16"), func(n *model.Network) { n.Ingress = true }),
		testkit.Network("bridge", local("bridge")), testkit.Network("none", local("null")),
	}
}
