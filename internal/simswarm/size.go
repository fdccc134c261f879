package simswarm

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// Size is a swarm of a given size, for benchmarks and screenshots: the tasks
// are spread over the services unevenly, as they are in life, some services are
// global, a few cannot be placed, a few crash, and a few nodes are drained.
// Zero means 3 nodes, 10 services, and 4 tasks a service.
type Size struct {
	Nodes    int
	Services int
	Tasks    int
}

// sizeStacks are the names of the stacks that the services are dealt to.
var sizeStacks = []string{"shop", "data", "edge", "mail", "search", "billing", "reports", "auth", "media", "tools"}

// sizeParts name the services within a stack.
var sizeParts = []string{"api", "web", "worker", "cache", "store", "sync", "gate", "jobs", "feed", "index"}

func (z Size) apply(c *setup) {
	if z.Nodes <= 0 {
		z.Nodes = 3
	}
	if z.Services <= 0 {
		z.Services = 10
	}
	if z.Tasks <= 0 {
		z.Tasks = 4 * z.Services
	}
	c.fill = func(s *Swarm, now time.Time) { s.fillSize(z, now) }
}

// fillSize makes the swarm as it would have come to be in the last hours.
func (s *Swarm) fillSize(z Size, now time.Time) {
	s.now = now.Add(-6 * time.Hour)
	s.found("default")
	managers := 1
	if z.Nodes >= 3 {
		managers = 3
	}
	perNode := int64(z.Tasks/z.Nodes + 1)
	for i := range z.Nodes {
		m := machine{
			name: fmt.Sprintf("node-%03d", i+1), role: swarm.NodeRoleWorker, cpus: max(8, perNode/5), memory: max(16<<30, perNode<<28),
			labels: map[string]string{"rack": fmt.Sprintf("r%d", i/20+1), "zone": string(rune('a' + i%3))},
		}
		if i < managers {
			m.role = swarm.NodeRoleManager
		}
		s.join(m)
	}
	for i := range 10 {
		_, err := s.createNetwork(network.CreateRequest{Name: sizeStacks[i] + "_net", Labels: map[string]string{stackLabel: sizeStacks[i]}})
		mustDemo(err)
	}
	for _, part := range sizeParts {
		s.offer(hub+part, kindAPI)
	}
	s.fates[hub+"sync:2.0.1"] = fateCrash
	s.sizeServices(z, now)
	for i := range z.Nodes {
		if i >= managers && i%33 == 20 {
			s.demoNode(fmt.Sprintf("node-%03d", i+1), func(n *swarm.NodeSpec) { n.Availability = swarm.NodeAvailabilityDrain })
		}
	}
	s.runUntil(now)
}

// sizeServices creates the services, the ones that crash last: they make work
// from then on.
func (s *Swarm) sizeServices(z Size, now time.Time) {
	counts := z.deal(s)
	var late []*draft
	for i, n := range counts {
		stack, part := sizeStacks[i%len(sizeStacks)], sizeParts[i/len(sizeStacks)%len(sizeParts)]
		name := part
		if round := i / (len(sizeStacks) * len(sizeParts)); round > 0 {
			name = numbered(part, round+1)
		}
		image := fmt.Sprintf("%s%s:%d.%d.%d", hub, part, i%4+1, i%7, i%3)
		if part == "sync" && i%40 == 5 {
			image = hub + "sync:2.0.1"
		}
		d := draftService(stack, name, image, uint64(n)).uses(20, 500, 32, 256).env("STACK="+stack, "LOG_LEVEL=info")
		// A network of the default size has not addresses for more.
		if n <= 8 && i < 200 {
			d.on(stack + "_net")
		}
		switch {
		case i%50 == 49:
			d.where("node.labels.gpu==true")
		case i%20 == 7:
			d.where("node.role==worker")
		}
		if image == hub+"sync:2.0.1" {
			late = append(late, d)
			continue
		}
		d.create(s)
	}
	s.runUntil(now.Add(-10 * time.Minute))
	for _, d := range late {
		d.create(s)
	}
}

// deal gives every service its number of tasks: one each, and the rest so that
// a few services have many.
func (z Size) deal(s *Swarm) []int {
	counts := make([]int, z.Services)
	weights := make([]float64, z.Services)
	total := 0.0
	for i := range weights {
		f := s.rng.Float64()
		weights[i] = f * f * f
		total += weights[i]
	}
	left := max(0, z.Tasks-z.Services)
	given := 0
	for i, w := range weights {
		extra := int(float64(left) * w / total)
		counts[i] = 1 + extra
		given += extra
	}
	for i := 0; given < left; i++ {
		counts[i%z.Services]++
		given++
	}
	return counts
}
