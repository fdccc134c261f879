package model

import (
	"cmp"
	"slices"
	"strings"
)

// The names of the resources that every node has.
const (
	ResourceCPU    = "cpu"
	ResourceMemory = "memory"
)

// NodeFit is all that keeps a task off one node; no misfits where it fits.
type NodeFit struct {
	Node    *Node
	Misfits []Misfit
}

// OK reports whether the scheduler would place the task there.
func (f NodeFit) OK() bool { return len(f.Misfits) == 0 }

// First is the reason that the engine counts the node for.
func (f NodeFit) First() Misfit {
	if f.OK() {
		return Misfit{}
	}
	return f.Misfits[0]
}

// Matrix asks every filter about every node, where the engine tells only of the
// first that refuses. The nearest node stands first: that with the fewest
// obstacles, where being gone is worse than any other. A task of a global
// service can go to one node only.
func (p *Placer) Matrix(d Demand, bound NodeID) []NodeFit {
	var out []NodeFit
	for _, n := range p.cluster.nodes {
		if bound != "" && n.Key() != bound {
			continue
		}
		f := NodeFit{Node: n}
		for _, check := range schedulerChecks {
			f.Misfits = append(f.Misfits, check(p, d, n)...)
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b NodeFit) int { return cmp.Compare(a.distance(), b.distance()) })
	return out
}

// gone outweighs all other obstacles: nobody can mend it by a setting.
const gone = 1000

// distance counts obstacles. Of two nodes with as many, that one is nearer which lacks
// nothing but room: the tasks of a service were there, or are.
func (f NodeFit) distance() int {
	d := 2 * len(f.Misfits)
	if d > 0 && f.Only(Capacity...) {
		d--
	}
	if d > 0 && !f.Node.Ready() {
		d += gone
	}
	return d
}

// Capacity are the filters that room would satisfy; no setting of a node does.
var Capacity = []SchedulerFilter{FilterResources, FilterHostPort, FilterMaxReplicas}

// Only reports whether no other filters than these refuse a task.
func (f NodeFit) Only(filters ...SchedulerFilter) bool {
	return !slices.ContainsFunc(f.Misfits, func(m Misfit) bool { return !slices.Contains(filters, m.Filter) })
}

// Never reports whether a node would be too small for a task if it were empty.
func (f NodeFit) Never() bool {
	return slices.ContainsFunc(f.Misfits, func(m Misfit) bool { return m.Never })
}

// DemandOf is what a task of a service asks for: by its own specification, which
// the service's may no longer be.
func (s *Service) DemandOf(t *Task) Demand {
	d := s.Demand()
	if t.Spec != nil && t.Spec.ContainerSpec != nil {
		spec := s.Spec
		spec.TaskTemplate = t.Spec.TaskSpec
		d.Spec = &spec
	}
	return d
}

// WhyPending is what keeps a waiting task of a service off each node, the
// nearest first.
func (c *Cluster) WhyPending(s *Service, t *Task) []NodeFit {
	return c.Placer().Matrix(s.DemandOf(t), t.NodeID)
}

// MayBeRefused reports whether the reason that the engine gives for one or more
// nodes can be that of this demand, as far as is known here. Where it cannot,
// the engine knows of something that the filters here do not ask.
func (d Demand) MayBeRefused(reason string) bool {
	r, p := d.reservations(), d.Placement()
	switch says := func(f SchedulerFilter) bool { return strings.Contains(reason, string(f)) }; {
	case says(FilterReady):
		return true
	case says(FilterResources):
		return r.NanoCPUs > 0 || r.MemoryBytes > 0 || len(r.GenericResources) > 0
	case says(FilterConstraint):
		return len(p.Constraints) > 0
	case says(FilterPlatform):
		return len(p.Platforms) > 0
	case says(FilterHostPort):
		return len(d.hostPorts()) > 0
	case strings.Contains(reason, "max replicas per node"):
		return p.MaxReplicas > 0
	}
	return false
}
