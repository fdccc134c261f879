package model

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// KindDiscovery is who finds a service, and whom it finds: of the service of its ID,
// from the snapshot alone.
const KindDiscovery Kind = "discovery"

// KindNames are the names on a network as the connected engine resolves them: of the
// network of its ID.
const KindNames Kind = "names"

var (
	_ = register(KindInfo{Kind: KindDiscovery, Plural: "discoveries",
		Shown: func(_ *Cluster, id string) []Ref { return []Ref{ServiceID(id).Ref(), KindNetwork.All()} }})
	_ = register(KindInfo{Kind: KindNames, Plural: "names", Path: "/networks", Query: "verbose=true", Bare: true, Resolves: true,
		Shown: func(c *Cluster, id string) []Ref { return shownWithUsers(c, Ref{KindNetwork, id}) }})
)

// Attachment is a service on one network.
type Attachment struct {
	Network NetworkID `json:"network_id"`
	// Name is the network's name; its ID while it is not known.
	Name string `json:"network"`
	// VIP is the service's virtual address there; empty where the names resolve to the
	// addresses of the tasks.
	VIP string `json:"vip,omitempty"`
	// Names are those that resolve there: the service's own and its aliases.
	Names []string `json:"names"`
	// With are the other services on it, by name.
	With []string `json:"with,omitempty"`
}

// NetworkID is the ID of a network.
type NetworkID string

// Ref names the network.
func (id NetworkID) Ref() Ref { return Ref{KindNetwork, string(id)} }

// ByTasks reports whether a service's names resolve to the addresses of its tasks.
func (s *Service) ByTasks() bool {
	e := s.Spec.EndpointSpec
	return e != nil && e.Mode == swarm.ResolutionModeDNSRR
}

// Attachments are the networks that a service is on, in the order of its
// specification.
func (c *Cluster) Attachments(s *Service) []Attachment {
	var out []Attachment
	for _, n := range s.Spec.TaskTemplate.Networks {
		a := Attachment{Network: NetworkID(n.Target), Name: c.NameOf(NetworkID(n.Target).Ref()), Names: []string{s.Name()}}
		for _, alias := range n.Aliases {
			if !slices.Contains(a.Names, alias) {
				a.Names = append(a.Names, alias)
			}
		}
		for _, v := range s.Endpoint.VirtualIPs {
			if v.NetworkID == n.Target && v.Addr.IsValid() {
				a.VIP = v.Addr.Addr().String()
			}
		}
		now, _ := UserNames(c.Users(a.Network.Ref()))
		a.With = slices.DeleteFunc(now, func(name string) bool { return name == s.Name() })
		slices.Sort(a.With)
		out = append(out, a)
	}
	return out
}

// Reach says whether one service reaches another one.
type Reach struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Over are the networks that both are on, with the names of the other one there.
	Over []Attachment `json:"over,omitempty"`
	// Ports are those that the other one publishes, by which it can be reached from
	// anywhere that reaches a node.
	Ports []string `json:"ports,omitempty"`
	// Why is why it does not, or why nothing answers; empty where it does.
	Why string `json:"why,omitempty"`
	// Can is set where they share a network.
	Can bool `json:"can"`
}

// Reach says whether a service reaches another one by a name, on which network, and
// why not.
func (c *Cluster) Reach(from, to *Service) Reach {
	r := Reach{From: from.Name(), To: to.Name()}
	mine, theirs := c.Attachments(from), c.Attachments(to)
	for _, t := range theirs {
		if slices.ContainsFunc(mine, func(m Attachment) bool { return m.Network == t.Network }) {
			r.Over = append(r.Over, t)
		}
	}
	for _, p := range to.Ports() {
		r.Ports = append(r.Ports, p.String())
	}
	f := c.Facts(to.Key())
	switch r.Can = len(r.Over) > 0; {
	case !r.Can && len(mine) == 0:
		r.Why = from.Name() + " is on no network of the swarm"
	case !r.Can && len(theirs) == 0:
		r.Why = to.Name() + " is on no network of the swarm"
	case !r.Can:
		r.Why = fmt.Sprintf("no network in common: %s is on %s, %s on %s", from.Name(), attachedTo(mine), to.Name(), attachedTo(theirs))
	case !to.IsJob() && f.Counted() && f.Up == 0:
		r.Why = "the name resolves, and nothing answers: none of its tasks is up"
	}
	return r
}

func attachedTo(list []Attachment) string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// Resolved is one service as an engine resolves its name on a network.
type Resolved struct {
	Service string
	VIP     string
	// Tasks are the addresses of its tasks, each with what the engine calls it.
	Tasks map[string]string
}

// ReadNames reads what an engine resolves on a network. It knows that only of a
// network that it takes part in: false where it does not.
func ReadNames(raw json.RawMessage) ([]Resolved, bool, error) {
	var n struct {
		Services map[string]struct {
			VIP   string
			Tasks []struct{ Name, EndpointIP string }
		}
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return nil, false, err
	}
	var out []Resolved
	for name, s := range n.Services {
		if name == "" {
			continue // Containers that are none of a service.
		}
		r := Resolved{Service: name, Tasks: map[string]string{}}
		if _, err := netip.ParseAddr(s.VIP); err == nil {
			r.VIP = s.VIP // Without one 20.10 says "<nil>".
		}
		for _, t := range s.Tasks {
			r.Tasks[t.EndpointIP] = t.Name
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Resolved) int { return cmp.Compare(a.Service, b.Service) })
	return out, n.Services != nil, nil
}

// Stale is one difference between the names that an engine resolves on a network and
// the tasks that run.
type Stale struct {
	Service string `json:"service"`
	// What is missing, extra or twice.
	What    string `json:"what"`
	Address string `json:"address"`
	Task    string `json:"task,omitempty"`
	// Text says it in a sentence.
	Text string `json:"text"`
	// NodeGone is set where a node explains it that is not ready: no restart helps.
	NodeGone bool `json:"nodeGone,omitempty"`
}

// The kinds of difference.
const (
	StaleMissing = "missing"
	StaleExtra   = "extra"
	StaleTwice   = "twice"
)

// namesLag is how long after a change a name may still lead to what was there before,
// and by how much the clocks of a manager and of this machine may differ.
const namesLag = 5 * time.Second

// NamesCheck is what came of comparing names with tasks.
type NamesCheck struct {
	Stale []Stale
	// Compared is how many services were. Those whose tasks were not read are Unread, and
	// those that changed since the names were, or right before, are Changed.
	Compared        int
	Unread, Changed []string
}

// CheckNames compares what an engine resolves on a network, read at a time, with the
// tasks that run there; with those of now, whatever changed, where the time is zero.
func (c *Cluster) CheckNames(n *Network, seen []Resolved, read time.Time) (out NamesCheck) {
	owners := map[string]string{}
	for _, u := range c.Users(n.Meta().Ref) {
		if u.Former {
			continue
		}
		s := u.Service
		tasks, at := c.TasksOf(s.Key())
		if at.IsZero() {
			out.Unread = append(out.Unread, s.Name())
			continue
		}
		since := read.Add(-namesLag)
		if !read.IsZero() && (s.UpdatedAt.After(since) || slices.ContainsFunc(tasks, func(t *Task) bool { return t.endedAt().After(since) })) {
			out.Changed = append(out.Changed, s.Name())
			continue
		}
		i := slices.IndexFunc(seen, func(r Resolved) bool { return r.Service == s.Name() })
		told := Resolved{Service: s.Name(), Tasks: map[string]string{}}
		if i >= 0 {
			told = seen[i]
		}
		out.Compared++
		out.Stale = append(out.Stale, c.checkService(n, s, tasks, told, owners)...)
	}
	for _, r := range seen {
		if !slices.ContainsFunc(c.Users(n.Meta().Ref), func(u User) bool { return u.Service.Name() == r.Service }) {
			why := "and there is no such service"
			if slices.ContainsFunc(c.services, func(s *Service) bool { return s.Name() == r.Service }) {
				why = "and the service is no longer on the network"
			}
			for _, address := range sortedKeys(r.Tasks) {
				out.Stale = append(out.Stale, Stale{Service: r.Service, What: StaleExtra, Address: address, Task: r.Tasks[address], Text: fmt.Sprintf("%s resolves to %s, %s", r.Service, address, why)})
			}
		}
	}
	return out
}

// Misnamed are the services on a network that differ from what an engine resolves
// there, by name: those that a restart gives new names. One that has left the network
// gets none there, however often it restarts. On the ingress network are those that
// publish a port, whatever networks they name.
func (c *Cluster) Misnamed(n *Network, seen []Resolved, read time.Time) []*Service {
	stale := c.CheckNames(n, seen, read).Stale
	users := c.Users(n.Meta().Ref)
	stale = slices.DeleteFunc(stale, func(s Stale) bool { return s.NodeGone })
	return slices.DeleteFunc(slices.Clone(c.services), func(s *Service) bool {
		on := n.Ingress || slices.ContainsFunc(users, func(u User) bool { return !u.Former && u.Service.Key() == s.Key() })
		return !on || !slices.ContainsFunc(stale, func(x Stale) bool { return x.Service == s.Name() })
	})
}

// missing is that the name of a service does not lead to one of its tasks.
func (c *Cluster) missing(s *Service, t *Task, address string) Stale {
	out := Stale{Service: s.Name(), What: StaleMissing, Address: address, Task: c.TaskName(t)}
	if n := c.Node(t.NodeID); n == nil || !n.Ready() {
		out.NodeGone = true
		out.Text = fmt.Sprintf("%s had %s on %s, which is not there: no name leads to it, until another one runs or the node is back", out.Task, address, c.NodeName(t.NodeID))
		return out
	}
	out.Text = fmt.Sprintf("%s runs with %s, which the name does not resolve to here: who asks here does not find it", out.Task, address)
	return out
}

// checkService compares one service; owners are the tasks of the addresses seen so
// far.
func (c *Cluster) checkService(n *Network, s *Service, tasks []*Task, told Resolved, owners map[string]string) (out []Stale) {
	mine := map[string]bool{}
	for _, t := range tasks {
		name := c.TaskName(t)
		for _, address := range n.addressesIn(t) {
			if t.Terminal() {
				continue
			}
			mine[address] = true
			if t.State != swarm.TaskStateRunning || !t.Wanted() {
				continue // It comes or goes, and so does its name.
			}
			if other := owners[address]; other != "" {
				out = append(out, Stale{Service: s.Name(), What: StaleTwice, Address: address, Task: name, Text: fmt.Sprintf("%s has the address %s, which %s has too", name, address, other)})
			}
			owners[address] = name
			if _, found := told.Tasks[address]; !found {
				out = append(out, c.missing(s, t, address))
			}
		}
	}
	for _, address := range sortedKeys(told.Tasks) {
		if !mine[address] {
			out = append(out, Stale{Service: s.Name(), What: StaleExtra, Address: address, Task: told.Tasks[address], Text: fmt.Sprintf("%s resolves to %s, which no task of it has: what is sent there is lost", s.Name(), address)})
		}
	}
	return out
}

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// addressesIn are the addresses of a task that are the network's.
func (n *Network) addressesIn(t *Task) (out []string) {
	for _, text := range strings.Fields(t.Addresses) {
		a, err := netip.ParseAddr(text)
		if err == nil && slices.ContainsFunc(n.Subnets(), func(p netip.Prefix) bool { return p.Contains(a) }) {
			out = append(out, text)
		}
	}
	return out
}
