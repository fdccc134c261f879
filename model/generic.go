package model

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

// GenericWords are generic resources as docker writes them, in order.
func GenericWords(list []swarm.GenericResource) []string {
	var out []string
	for _, g := range list {
		if d := g.DiscreteResourceSpec; d != nil {
			out = append(out, fmt.Sprintf("%s=%d", d.Kind, d.Value))
		}
		if n := g.NamedResourceSpec; n != nil {
			out = append(out, n.Kind+"="+n.Value)
		}
	}
	slices.Sort(out)
	return out
}

// GenericUse is how much of a generic resource of a node is in use.
type GenericUse struct {
	Kind        string
	Used, Total int64
	// Known is false while the node's tasks were not read.
	Known bool
}

// String is the use in short: "gpu 1/2", and a dash for what is not known.
func (u GenericUse) String() string {
	if !u.Known {
		return fmt.Sprintf("%s -/%d", u.Kind, u.Total)
	}
	return fmt.Sprintf("%s %d/%d", u.Kind, u.Used, u.Total)
}

// GenericUse is what a node has of each generic resource and how much of it is
// in use, by kind.
func (c *Cluster) GenericUse(n *Node) []GenericUse {
	var out []GenericUse
	has, l := n.Description.Resources, c.Load(n.Key())
	for _, g := range has.GenericResources {
		kind, _, _ := genericPart(g)
		if !slices.ContainsFunc(out, func(u GenericUse) bool { return u.Kind == kind }) {
			out = append(out, GenericUse{Kind: kind, Used: l.Generic[kind], Total: generic(has, kind), Known: !l.At.IsZero()})
		}
	}
	slices.SortFunc(out, func(a, b GenericUse) int { return cmp.Compare(a.Kind, b.Kind) })
	return out
}

// GenericHolder is a task that holds some of a node's generic resources.
type GenericHolder struct {
	Task *Task
	// Count is how much it holds, Names which where they have names.
	Count int64
	Names []string
}

// GenericHolders are the tasks on a node that hold a generic resource.
func (c *Cluster) GenericHolders(id NodeID, of string) []GenericHolder {
	var out []GenericHolder
	tasks, _ := c.TasksOn(id)
	for _, t := range tasks {
		if !t.reserves() {
			continue
		}
		h := GenericHolder{Task: t}
		for _, g := range t.holds() {
			kind, name, n := genericPart(g)
			if kind != of {
				continue
			}
			h.Count += n
			if name != "" {
				h.Names = append(h.Names, name)
			}
		}
		if h.Count > 0 {
			out = append(out, h)
		}
	}
	return out
}

// holds are the generic resources that a task was given, or those that it asks
// for while the engine does not tell.
func (t *Task) holds() []swarm.GenericResource {
	if len(t.Holds) > 0 {
		return t.Holds
	}
	return t.Reserved().GenericResources
}

// genericPart is what one entry of generic resources is about: a number of a
// kind, or one that has a name.
func genericPart(g swarm.GenericResource) (kind, name string, n int64) {
	switch {
	case g.DiscreteResourceSpec != nil:
		return g.DiscreteResourceSpec.Kind, "", g.DiscreteResourceSpec.Value
	case g.NamedResourceSpec != nil:
		return g.NamedResourceSpec.Kind, g.NamedResourceSpec.Value, 1
	}
	return "", "", 0
}
