package triage

import (
	"fmt"
	"net"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// allocatorBusy is how many tasks wait for addresses at once where the manager
// is at work on them rather than out of addresses.
const allocatorBusy = 100

// whyNew is why a task has got no addresses yet. The engine never says, whatever
// the reason: what can be counted is which network is full, and whether the
// manager has other tasks to see to first.
func (c *sweep) whyNew(s *model.Service, t *model.Task) reason {
	r := reason{evidence: append(c.evidenceOf(t), model.Evidence{Object: c.TaskName(t), Field: "CreatedAt", Value: t.CreatedAt.UTC().Format("15:04:05")})}
	if full, is := c.whyFullNetwork(s, r); is {
		return full
	}
	if n := c.unallocated(); n >= allocatorBusy {
		r.why, r.kin = fmt.Sprintf("the manager is giving addresses to %d tasks, this is one of them", n), "allocator"
		return r
	}
	r.why = "waits for a network address or a published port; the engine does not say why"
	r.confidence = model.Hint
	r.remedy.Text = "see how full its networks are (skep net), and whether another service publishes its port; if neither is it, restart the leader's engine, which looks at all anew"
	return r
}

// networksOf names the networks of a service that tasks get addresses of.
func (c *sweep) networksOf(s *model.Service) string {
	var names []string
	for _, n := range s.Spec.TaskTemplate.Networks {
		if m, ok := c.Find(model.Ref{Kind: model.KindNetwork, ID: n.Target}); ok {
			names = append(names, m.Name)
		}
	}
	return some(names)
}

// whyFullNetwork says that a network of a service is full, if one is; else it gives
// back what is known.
func (c *sweep) whyFullNetwork(s *model.Service, r reason) (reason, bool) {
	full := c.fullNetwork(s)
	if full.subnet == "" {
		return r, false
	}
	r.why = fmt.Sprintf("its network %s is full: %d of %d addresses are in use", full.subnet, full.used, full.size)
	r.confidence = model.Likely
	r.remedy = model.Remedy{Text: "use a larger network, or fewer tasks on this one"}
	r.never = true
	return r, true
}

// unallocated counts the tasks that wait for addresses.
func (c *sweep) unallocated() int {
	if c.newTasks < 0 {
		c.newTasks = 0
		tasks, _ := c.Tasks()
		for _, t := range tasks {
			if t.State == swarm.TaskStateNew && t.Wanted() {
				c.newTasks++
			}
		}
	}
	return c.newTasks
}

// fill is how much of a subnet is used.
type fill struct {
	subnet     string
	used, size int
}

// fullNetwork is the subnet of a service that has no address left, as far as can
// be counted: of tasks, of services, and of the one that every node with tasks
// has on it.
func (c *sweep) fullNetwork(s *model.Service) fill {
	for _, vip := range s.Endpoint.VirtualIPs {
		_, subnet, err := net.ParseCIDR(vip.Addr.String())
		if err != nil {
			continue
		}
		ones, bits := subnet.Mask.Size()
		if bits-ones > 12 { // More than four thousand.
			continue
		}
		name := subnet.String()
		if m, ok := c.Find(model.Ref{Kind: model.KindNetwork, ID: vip.NetworkID}); ok {
			name = m.Name + " (" + name + ")"
		}
		f := fill{subnet: name, size: 1<<(bits-ones) - 3} // Its own, broadcast and gateway.
		if f.used = c.addressesIn(subnet); f.used >= f.size {
			f.used = f.size // Some nodes that have tasks may have got no address themselves.
			return f
		}
	}
	return fill{}
}

func (c *sweep) addressesIn(subnet *net.IPNet) int {
	used, nodes := map[string]bool{}, map[model.NodeID]bool{}
	for _, s := range c.Services() {
		for _, vip := range s.Endpoint.VirtualIPs {
			if ip, _, err := net.ParseCIDR(vip.Addr.String()); err == nil && subnet.Contains(ip) {
				used[ip.String()] = true
			}
		}
	}
	tasks, _ := c.Tasks()
	for _, t := range tasks {
		if t.Terminal() {
			continue
		}
		for a := range strings.SplitSeq(t.Addresses, " ") {
			if ip := net.ParseIP(a); ip != nil && subnet.Contains(ip) {
				used[ip.String()] = true
				nodes[t.NodeID] = true
			}
		}
	}
	return len(used) + len(nodes)
}
