package simswarm

import (
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// Demo is a plausible shop in trouble: three managers and five workers, a few
// stacks that have run for days, and
//   - shop_search cannot be placed: it needs an SSD, and the node with one is
//     drained, forgotten for three days;
//   - shop_payments crashes and is restarted over and over since its update;
//   - the update of shop_api is paused, because the new version never becomes
//     healthy;
//   - batch_invoices is a job that is half way through.
//
// Each can be mended: activate the node, roll back, choose another image.
func Demo() Option {
	return optionFunc(func(c *setup) { c.fill = (*Swarm).fillDemo })
}

// hub is where the shop's own images come from.
const hub = "registry.shop.example/"

// The versions of the shop's programs that went wrong.
const (
	paymentsBad = hub + "payments:1.9.0"
	apiBad      = hub + "api:3.3.0"
)

// fillDemo lives the swarm's last days in a few milliseconds, so that the
// histories are what a real one would have.
func (s *Swarm) fillDemo(now time.Time) {
	s.now = now.Add(-12 * day)
	at := func(ago time.Duration) { s.runUntil(now.Add(-ago)) }

	for name, k := range map[string]kind{
		"web": kindWeb, "api": kindAPI, "cart": kindAPI, "payments": kindAPI, "search": kindAPI,
		"thumbnails": kindWorker, "mailer": kindWorker, "invoices": kindBatch,
	} {
		s.offer(hub+name, k)
	}
	s.fates[paymentsBad] = fateCrash
	s.fates[apiBad] = fateSick
	s.foundDemo()
	s.demoNetworks()
	at(12*day - time.Minute)
	s.deployEdge()
	at(12*day - 3*time.Minute)
	s.deployData()
	at(12*day - 10*time.Minute)
	s.deployMonitoring()
	at(11*day - 2*time.Hour)
	s.deployShop()
	at(6*day + 5*time.Hour)
	s.demoImage("shop_web", hub+"web:2.14.0")
	at(3*day + 2*time.Hour)
	s.demoNode("fra1-wrk4", func(n *swarm.NodeSpec) { n.Availability = swarm.NodeAvailabilityDrain })
	at(26 * time.Hour)
	s.demoScale("shop_web", 4)
	at(42 * time.Minute)
	s.demoImage("shop_payments", paymentsBad)
	at(25 * time.Minute)
	s.demoImage("shop_api", apiBad)
	at(100 * time.Second)
	s.deployBatch()
	s.runUntil(now)
}

func (s *Swarm) foundDemo() {
	s.found("default")
	zones := []string{"a", "b", "c"}
	for i := range 3 {
		s.join(machine{
			name: numbered("fra1-mgr", i+1), role: swarm.NodeRoleManager, cpus: 4, memory: 8 << 30,
			labels: map[string]string{"zone": zones[i]},
		})
	}
	for i := range 5 {
		m := machine{
			name: numbered("fra1-wrk", i+1), role: swarm.NodeRoleWorker, cpus: 8, memory: 32 << 30,
			labels: map[string]string{"zone": zones[i%3]},
		}
		if i == 3 {
			m.labels["disk"] = "ssd"
		}
		if i == 4 {
			m.labels["storage"] = "data"
		}
		s.join(m)
	}
}

func (s *Swarm) demoNetworks() {
	for _, n := range [][2]string{
		{"edge", "public"}, {"shop", "backend"}, {"data", "store"}, {"monitoring", "scrape"},
	} {
		_, err := s.createNetwork(network.CreateRequest{
			Name: n[0] + "_" + n[1], Driver: "overlay", Attachable: n[0] == "edge",
			Labels: map[string]string{stackLabel: n[0]},
		})
		mustDemo(err)
	}
}

// mustDemo ends the program when the demo's own content is refused: that is a
// defect which the first test shows.
func mustDemo(err error) {
	if err != nil {
		panic("simswarm: demo: " + err.Error())
	}
}

// demoService changes a service as a user would.
func (s *Swarm) demoService(name string, change func(*swarm.ServiceSpec)) {
	svc, err := s.getService(name)
	mustDemo(err)
	spec := svc.api.Spec
	change(&spec)
	mustDemo(s.updateService(svc.id(), svc.api.Version.Index, spec, false))
}

func (s *Swarm) demoImage(name, image string) {
	s.demoService(name, func(spec *swarm.ServiceSpec) {
		c := *spec.TaskTemplate.ContainerSpec
		c.Image = pinned(image)
		spec.TaskTemplate.ContainerSpec = &c
	})
}

func (s *Swarm) demoScale(name string, n uint64) {
	s.demoService(name, func(spec *swarm.ServiceSpec) {
		spec.Mode = swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &n}}
	})
}

func (s *Swarm) demoNode(name string, change func(*swarm.NodeSpec)) {
	n := s.findNode(name)
	spec := n.api.Spec
	change(&spec)
	mustDemo(s.updateNode(n.id(), n.api.Version.Index, spec))
}
