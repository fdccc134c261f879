package model

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"
)

// SchedulerFilter is one of the reasons for which the scheduler passes a node over, in
// words that go with a number of nodes.
type SchedulerFilter string

// The filters in the order in which the scheduler asks them; it counts a node
// for the first that fails (swarmkit manager/scheduler/pipeline.go).
const (
	FilterReady       SchedulerFilter = "not available for new tasks"
	FilterResources   SchedulerFilter = "insufficient resources"
	FilterPlugin      SchedulerFilter = "missing plugin"
	FilterConstraint  SchedulerFilter = "scheduling constraints not satisfied"
	FilterPlatform    SchedulerFilter = "unsupported platform"
	FilterHostPort    SchedulerFilter = "host-mode port already in use"
	FilterMaxReplicas SchedulerFilter = "max replicas per node reached"
)

// Count says of how many nodes it is the reason, in the engine's words.
func (f SchedulerFilter) Count(nodes int) string {
	of := fmt.Sprintf("%d nodes", nodes)
	if nodes == 1 {
		of = "1 node"
	}
	if f == FilterReady {
		return of + " " + string(f)
	}
	return string(f) + " on " + of
}

// Misfit is why a task cannot be placed on a node; the zero value where it
// can.
type Misfit struct {
	Filter SchedulerFilter
	// Detail says what exactly is missing on that node.
	Detail string
	// Never is set where the node would be too small if it were empty.
	Never bool
	// Wants is what the task asks for and does not get there, the same on every
	// node: a constraint, a port, a plugin, the name of a resource.
	Wants string
}

// Words say it of the node at hand.
func (m Misfit) Words() string {
	switch m.Filter {
	case FilterConstraint:
		return "lacks " + m.Detail
	case FilterPlugin:
		return "has no " + m.Detail
	case FilterHostPort:
		return "port " + m.Detail + " is taken"
	default:
		return m.Detail
	}
}

// OK reports whether the task fits.
func (m Misfit) OK() bool { return m.Filter == "" }

// Demand is a task to place: of which service, and what for.
type Demand struct {
	Service ServiceID
	Spec    *swarm.ServiceSpec
}

// Demand is what another task of the service asks for.
func (s *Service) Demand() Demand { return Demand{Service: s.Key(), Spec: &s.Spec} }

func (d Demand) reservations() swarm.Resources {
	if r := d.Spec.TaskTemplate.Resources; r != nil && r.Reservations != nil {
		return *r.Reservations
	}
	return swarm.Resources{}
}

// Placement is where the task may go.
func (d Demand) Placement() swarm.Placement {
	if p := d.Spec.TaskTemplate.Placement; p != nil {
		return *p
	}
	return swarm.Placement{}
}

// Limited reports whether tasks that run already can keep another one out.
func (d Demand) Limited() bool {
	r := d.reservations()
	return r.NanoCPUs > 0 || r.MemoryBytes > 0 || len(r.GenericResources) > 0 || d.Placement().MaxReplicas > 0 || len(d.hostPorts()) > 0
}

// hostPort is a port of a node that only one task can have.
type hostPort struct {
	protocol network.IPProtocol
	port     uint32
}

func (d Demand) hostPorts() []hostPort {
	var out []hostPort
	if e := d.Spec.EndpointSpec; e != nil {
		for _, p := range e.Ports {
			if p.PublishMode == swarm.PortConfigPublishModeHost && p.PublishedPort != 0 {
				out = append(out, hostPort{cmp.Or(p.Protocol, network.TCP), p.PublishedPort})
			}
		}
	}
	return out
}

// HostPorts are the ports that a task takes on its node for itself, as
// "8080/tcp".
func (d Demand) HostPorts() []string {
	var out []string
	for _, p := range d.hostPorts() {
		out = append(out, p.String())
	}
	return out
}

func (p hostPort) String() string { return fmt.Sprintf("%d/%s", p.port, p.protocol) }

// usage is what the tasks on one node take of it.
type usage struct {
	cpu, memory int64
	generic     map[string]int64
	ports       map[hostPort]int
	services    map[ServiceID]int
	tasks       int
}

// Placer foresees where the scheduler would place tasks. It begins with the
// snapshot as it is and keeps book of what is placed and moved; the snapshot
// itself stays as it is. It does not know of CSI volumes, network plugins,
// spread preferences, and nodes on which a service failed lately.
type Placer struct {
	cluster      *Cluster
	used         map[NodeID]*usage
	ports        map[ServiceID][]hostPort // found once for all tasks of a service
	availability map[NodeID]swarm.NodeAvailability
}

// Placer makes a Placer. It looks at all known tasks once.
func (c *Cluster) Placer() *Placer {
	p := &Placer{cluster: c, used: make(map[NodeID]*usage, len(c.nodes)),
		ports: make(map[ServiceID][]hostPort, len(c.services)), availability: map[NodeID]swarm.NodeAvailability{}}
	for _, n := range c.nodes {
		p.used[n.Key()] = &usage{generic: map[string]int64{}, ports: map[hostPort]int{}, services: map[ServiceID]int{}}
	}
	for _, tasks := range c.tasks {
		for _, t := range tasks {
			p.count(t, 1)
		}
	}
	return p
}

// count adds a task to its node's book, or takes it off.
func (p *Placer) count(t *Task, sign int64) {
	if u := p.used[t.NodeID]; u != nil && t.reserves() {
		r := t.Reserved()
		r.GenericResources = t.holds()
		u.take(t.ServiceID, r, p.portsOf(t.ServiceID), sign, t.Wanted())
	}
}

// portsOf are the host ports that the tasks of a service take.
func (p *Placer) portsOf(id ServiceID) []hostPort {
	ports, known := p.ports[id]
	if !known {
		if s := p.cluster.Service(id); s != nil {
			ports = s.Demand().hostPorts()
		}
		p.ports[id] = ports
	}
	return ports
}

func (u *usage) take(id ServiceID, r swarm.Resources, ports []hostPort, sign int64, active bool) {
	u.cpu += sign * r.NanoCPUs
	u.memory += sign * r.MemoryBytes
	for _, g := range r.GenericResources {
		kind, _, n := genericPart(g)
		u.generic[kind] += sign * n
	}
	for _, port := range ports {
		u.ports[port] += int(sign)
	}
	if active {
		u.services[id] += int(sign)
		u.tasks += int(sign)
	}
}

// Vacate takes a task off its node.
func (p *Placer) Vacate(t *Task) { p.count(t, -1) }

// Set supposes that a node has another availability.
func (p *Placer) Set(id NodeID, a swarm.NodeAvailability) { p.availability[id] = a }

// Open reports whether the scheduler would place anything on the node.
func (p *Placer) Open(n *Node) bool {
	a := n.Spec.Availability
	if supposed, ok := p.availability[n.Key()]; ok {
		a = supposed
	}
	return n.Ready() && a == swarm.NodeAvailabilityActive
}

// Sure reports whether the tasks of every open node were read, so that what they
// reserve is known.
func (p *Placer) Sure() bool {
	c := p.cluster
	if !c.allAt.IsZero() {
		return true
	}
	byService := len(c.services) > 0
	for _, s := range c.services {
		byService = byService && !c.serviceAt[s.Key()].IsZero()
	}
	if byService {
		return true
	}
	for _, n := range c.nodes {
		if p.Open(n) && c.nodeAt[n.Key()].IsZero() {
			return false
		}
	}
	return true
}

// schedulerChecks are the filters of a node in the scheduler's order. Each gives
// all that it has against the node; nothing where it lets the task through.
var schedulerChecks = []func(*Placer, Demand, *Node) []Misfit{
	(*Placer).checkOpen, (*Placer).checkResources, checkPlugins, checkConstraints, checkPlatform, (*Placer).checkPorts, (*Placer).checkMaxReplicas,
}

// Fits reports whether the scheduler would place a task on a node, and else the
// first reason why not.
func (p *Placer) Fits(d Demand, n *Node) Misfit {
	for _, check := range schedulerChecks {
		if m := check(p, d, n); len(m) > 0 {
			return m[0]
		}
	}
	return Misfit{}
}

func (p *Placer) checkOpen(_ Demand, n *Node) []Misfit {
	if p.Open(n) {
		return nil
	}
	return []Misfit{{Filter: FilterReady, Detail: p.closed(n), Wants: n.ID}}
}

func (p *Placer) closed(n *Node) string {
	if !n.Ready() {
		return "it is " + string(n.Status.State)
	}
	a := n.Spec.Availability
	if supposed, ok := p.availability[n.Key()]; ok {
		a = supposed
	}
	return "it is set to " + string(a)
}

func (p *Placer) checkResources(d Demand, n *Node) (out []Misfit) {
	r, u, has := d.reservations(), p.usage(n), n.Description.Resources
	if free := has.NanoCPUs - u.cpu; r.NanoCPUs > free {
		out = append(out, Misfit{FilterResources, fmt.Sprintf("%s of %s cores free, %s needed",
			cores(free), cores(has.NanoCPUs), cores(r.NanoCPUs)), r.NanoCPUs > has.NanoCPUs, ResourceCPU})
	}
	if free := has.MemoryBytes - u.memory; r.MemoryBytes > free {
		out = append(out, Misfit{FilterResources, fmt.Sprintf("%s of %s memory free, %s needed",
			memory(free), memory(has.MemoryBytes), memory(r.MemoryBytes)), r.MemoryBytes > has.MemoryBytes, ResourceMemory})
	}
	for _, g := range r.GenericResources {
		if g.DiscreteResourceSpec == nil {
			continue
		}
		kind, want := g.DiscreteResourceSpec.Kind, g.DiscreteResourceSpec.Value
		total := generic(has, kind)
		if free := total - u.generic[kind]; want > free {
			out = append(out, Misfit{FilterResources, fmt.Sprintf("%d of %d %s free, %d needed", max(0, free), total, kind, want), want > total, kind})
		}
	}
	return out
}

func (p *Placer) usage(n *Node) *usage {
	if u := p.used[n.Key()]; u != nil {
		return u
	}
	return &usage{}
}

// generic is how much of a kind a node offers: by number, or one for each name.
func generic(r swarm.Resources, kind string) int64 {
	var n int64
	for _, g := range r.GenericResources {
		switch {
		case g.DiscreteResourceSpec != nil && g.DiscreteResourceSpec.Kind == kind:
			n += g.DiscreteResourceSpec.Value
		case g.NamedResourceSpec != nil && g.NamedResourceSpec.Kind == kind:
			n++
		}
	}
	return n
}

func cores(nano int64) string { return Cores(max(0, nano)) }

// Amount is so much of a resource in words.
func Amount(resource string, n int64) string {
	switch resource {
	case ResourceCPU:
		return cores(n)
	case ResourceMemory:
		return memory(n)
	}
	return fmt.Sprint(n)
}

func memory(bytes int64) string { return Bytes(max(0, bytes)) }

func checkPlugins(_ *Placer, d Demand, n *Node) (out []Misfit) {
	e := n.Description.Engine
	if e.EngineVersion == "" && len(e.Plugins) == 0 {
		return nil // Such a node cannot be asked.
	}
	lacks := func(what string) { out = append(out, Misfit{Filter: FilterPlugin, Detail: what, Wants: what}) }
	if spec := d.Spec.TaskTemplate.ContainerSpec; spec != nil {
		for _, m := range spec.Mounts {
			if m.Type != "volume" || m.VolumeOptions == nil || m.VolumeOptions.DriverConfig == nil {
				continue
			}
			driver := m.VolumeOptions.DriverConfig.Name
			if _, has := plugin(e, "Volume", driver); driver != "" && driver != "local" && !has {
				lacks("volume driver " + driver)
			}
		}
	}
	if l := d.Spec.TaskTemplate.LogDriver; l != nil && l.Name != "" && l.Name != "none" {
		// Old engines do not tell which log drivers they have.
		if some, has := plugin(e, "Log", l.Name); some && !has {
			lacks("log driver " + l.Name)
		}
	}
	return out
}

// plugin reports whether an engine has plugins of a sort, and the one of a name.
func plugin(e swarm.EngineDescription, sort, name string) (some, has bool) {
	for _, p := range e.Plugins {
		if p.Type == sort {
			some = true
			has = has || p.Name == name || p.Name == name+":latest"
		}
	}
	return some, has
}

func checkConstraints(_ *Placer, d Demand, n *Node) (out []Misfit) {
	constraints, err := ParseConstraints(d.Placement().Constraints)
	if err != nil {
		return nil // The engine then asks none of them.
	}
	for _, c := range constraints {
		if !c.Matches(n) {
			out = append(out, Misfit{Filter: FilterConstraint, Detail: c.Explain(n), Wants: c.String()})
		}
	}
	return out
}

// architectures are the names that mean another one.
var architectures = map[string]string{"x86_64": "amd64", "aarch64": "arm64"}

func checkPlatform(_ *Placer, d Demand, n *Node) []Misfit {
	platforms := d.Placement().Platforms
	if len(platforms) == 0 {
		return nil
	}
	arch := func(name string) string { return cmp.Or(architectures[name], name) }
	has := n.Description.Platform
	var names []string
	for _, want := range platforms {
		if (want.Architecture == "" || arch(want.Architecture) == arch(has.Architecture)) && (want.OS == "" || want.OS == has.OS) {
			return nil
		}
		names = append(names, want.OS+"/"+want.Architecture)
	}
	image := strings.Join(names, ", ")
	return []Misfit{{Filter: FilterPlatform, Detail: fmt.Sprintf("the image is for %s, the node is %s/%s", image, has.OS, has.Architecture), Wants: image}}
}

func (p *Placer) checkPorts(d Demand, n *Node) (out []Misfit) {
	for _, port := range d.hostPorts() {
		if p.usage(n).ports[port] > 0 {
			out = append(out, Misfit{Filter: FilterHostPort, Detail: port.String(), Wants: port.String()})
		}
	}
	return out
}

func (p *Placer) checkMaxReplicas(d Demand, n *Node) []Misfit {
	limit := d.Placement().MaxReplicas
	if has := p.usage(n).services[d.Service]; limit > 0 && has >= 0 && uint64(has) >= limit {
		return []Misfit{{Filter: FilterMaxReplicas, Detail: fmt.Sprintf("it has %d of at most %d", has, limit), Wants: fmt.Sprint(limit)}}
	}
	return nil
}

// Unlimited stands for as many tasks as one likes.
const Unlimited = math.MaxInt32

// Room is how many more tasks fit on a node; [Unlimited] where nothing limits
// them.
func (p *Placer) Room(d Demand, n *Node) int {
	if !p.Fits(d, n).OK() {
		return 0
	}
	room := int64(Unlimited)
	limit := func(free, each int64) {
		if each > 0 {
			room = min(room, free/each)
		}
	}
	r, u, has := d.reservations(), p.usage(n), n.Description.Resources
	limit(has.NanoCPUs-u.cpu, r.NanoCPUs)
	limit(has.MemoryBytes-u.memory, r.MemoryBytes)
	for _, g := range r.GenericResources {
		if g.DiscreteResourceSpec != nil {
			kind := g.DiscreteResourceSpec.Kind
			limit(generic(has, kind)-u.generic[kind], g.DiscreteResourceSpec.Value)
		}
	}
	if m := d.Placement().MaxReplicas; m > 0 && m < Unlimited {
		limit(int64(m)-int64(u.services[d.Service]), 1)
	}
	if len(d.hostPorts()) > 0 {
		limit(1, 1)
	}
	return int(room)
}

// TotalRoom is how many more tasks fit on all nodes together.
func (p *Placer) TotalRoom(d Demand) int {
	sum := 0
	for _, n := range p.cluster.nodes {
		sum = min(Unlimited, sum+p.Room(d, n))
	}
	return sum
}

// Place chooses a node as the scheduler would: one with few tasks of the
// service, and then with few tasks. It keeps book of the task. It gives an
// empty ID where the task fits nowhere.
func (p *Placer) Place(d Demand) NodeID {
	var best *Node
	for _, n := range p.cluster.nodes {
		if !p.Fits(d, n).OK() {
			continue
		}
		if best == nil || cmp.Or(
			cmp.Compare(p.usage(n).services[d.Service], p.usage(best).services[d.Service]),
			cmp.Compare(p.usage(n).tasks, p.usage(best).tasks)) < 0 {
			best = n
		}
	}
	if best == nil {
		return ""
	}
	p.Occupy(d, best)
	return best.Key()
}

// Occupy keeps book of a task on a node.
func (p *Placer) Occupy(d Demand, n *Node) {
	p.usage(n).take(d.Service, d.reservations(), d.hostPorts(), 1, true)
}

// Refusal is how many nodes one filter passes over.
type Refusal struct {
	Filter SchedulerFilter
	Nodes  []*Node
	// Detail is the first node's.
	Detail string
}

// Refusals are why a task fits nowhere, the reason of most nodes first.
func (p *Placer) Refusals(d Demand) []Refusal {
	var out []Refusal
	for _, n := range p.cluster.nodes {
		m := p.Fits(d, n)
		if m.OK() {
			continue
		}
		i := slices.IndexFunc(out, func(r Refusal) bool { return r.Filter == m.Filter })
		if i < 0 {
			i = len(out)
			out = append(out, Refusal{Filter: m.Filter, Detail: p.cluster.NodeName(n.Key()) + ": " + m.Detail})
		}
		out[i].Nodes = append(out[i].Nodes, n)
	}
	slices.SortStableFunc(out, func(a, b Refusal) int { return cmp.Compare(len(b.Nodes), len(a.Nodes)) })
	return out
}

// Explain is why a task fits nowhere in one line, much like the engine's own;
// empty where it fits somewhere.
func (p *Placer) Explain(d Demand) string {
	if p.TotalRoom(d) > 0 {
		return ""
	}
	var parts []string
	for _, r := range p.Refusals(d) {
		parts = append(parts, r.Filter.Count(len(r.Nodes)))
	}
	if len(parts) == 0 {
		return "there are no nodes"
	}
	return strings.Join(parts, "; ")
}
