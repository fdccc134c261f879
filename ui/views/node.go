package views

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// Nodes are the machines of the swarm.
var Nodes = View[*model.Node]{
	Name: "nodes", Aliases: []string{"no", "n", "node"},
	About: "the machines: state, role, reserved resources",
	Kind:  model.KindNode, Keys: keys.Nodes,
	Columns: []table.Column[*model.Node]{
		{Title: "HOSTNAME", Min: 12, Cut: table.CutMiddle,
			Cell: func(f table.Data, n *model.Node) table.Cell {
				name := f.Cluster.NodeName(n.Key())
				if n.Key() == f.Cluster.Session.NodeID {
					name += " *"
				}
				return table.Cell{Text: name}
			}},
		{Title: "STATUS",
			Cell: func(_ table.Data, n *model.Node) table.Cell {
				return table.Cell{Text: string(n.Status.State), Status: nodeStatus(n), Sign: true}
			},
			Compare: by(func(_ table.Data, n *model.Node) model.Status { return -nodeStatus(n) })},
		{Title: "AVAILABILITY",
			Cell: func(_ table.Data, n *model.Node) table.Cell {
				c := table.Cell{Text: string(n.Spec.Availability)}
				if n.Spec.Availability != swarm.NodeAvailabilityActive {
					c.Status = model.Warning
				}
				return c
			}},
		{Title: "ROLE",
			Cell: func(_ table.Data, n *model.Node) table.Cell {
				return table.Cell{Text: n.Role(), Status: roleStatus(n)}
			}},
		{Title: "TASKS", Right: true, Drop: 3,
			Cell: func(f table.Data, n *model.Node) table.Cell {
				l := f.Cluster.Load(n.Key())
				if l.At.IsZero() {
					return none
				}
				if n.Status.State == swarm.NodeStateDown {
					return table.Cell{Text: fmt.Sprintf("%d?", l.Running)}
				}
				return table.Cell{Text: fmt.Sprint(l.Running)}
			},
			Compare: by(func(f table.Data, n *model.Node) int { return -f.Cluster.Load(n.Key()).Running })},
		{Title: "CPU RSV", Right: true, Drop: 4,
			Cell: func(f table.Data, n *model.Node) table.Cell {
				l, total := f.Cluster.Load(n.Key()), n.Description.Resources.NanoCPUs
				if l.At.IsZero() {
					return table.Cell{Text: "-/" + model.BriefCores(total)}
				}
				return table.Cell{Text: model.BriefCores(l.Reserved.NanoCPUs) + "/" + model.BriefCores(total)}
			},
			Compare: by(func(f table.Data, n *model.Node) int64 { return -f.Cluster.Load(n.Key()).Reserved.NanoCPUs })},
		{Title: "MEM RSV", Right: true, Drop: 5,
			Cell: func(f table.Data, n *model.Node) table.Cell {
				l, total := f.Cluster.Load(n.Key()), n.Description.Resources.MemoryBytes
				if l.At.IsZero() {
					return table.Cell{Text: "-/" + model.BriefBytes(total)}
				}
				return table.Cell{Text: model.BriefBytes(l.Reserved.MemoryBytes) + "/" + model.BriefBytes(total)}
			},
			Compare: by(func(f table.Data, n *model.Node) int64 { return -f.Cluster.Load(n.Key()).Reserved.MemoryBytes })},
		{Title: "ENGINE", Max: 16, Drop: 6,
			Cell: func(_ table.Data, n *model.Node) table.Cell { return text(n.Description.Engine.EngineVersion) }},
		{Title: "ADDR", Drop: 7,
			Cell: func(_ table.Data, n *model.Node) table.Cell { return text(n.Status.Addr) }},
		{Title: "GENERIC", Wide: true, Sparse: true,
			Cell: func(f table.Data, n *model.Node) table.Cell {
				var out []string
				for _, u := range f.Cluster.GenericUse(n) {
					out = append(out, u.String())
				}
				return table.Cell{Text: strings.Join(out, " ")}
			}},
		{Title: "PLATFORM", Wide: true,
			Cell: func(_ table.Data, n *model.Node) table.Cell {
				p := n.Description.Platform
				if p.OS == "" && p.Architecture == "" {
					return none
				}
				return text(p.OS + "/" + p.Architecture)
			}},
		{Title: "JOINED", Right: true, Wide: true,
			Cell:    func(_ table.Data, n *model.Node) table.Cell { return since(n.CreatedAt) },
			Compare: by(func(_ table.Data, n *model.Node) int64 { return -n.CreatedAt.UnixNano() })},
		{Title: "ID", Wide: true,
			Cell: func(_ table.Data, n *model.Node) table.Cell { return text(n.ID) }},
		{Title: "LABELS", Wide: true,
			Cell: func(_ table.Data, n *model.Node) table.Cell { return text(labels(n.Spec.Labels)) }},
		{Title: "ENGINE LABELS", Wide: true,
			Cell: func(_ table.Data, n *model.Node) table.Cell { return text(labels(n.Description.Engine.Labels)) }},
	},
	Rows:      func(f table.Data, _ Scope) []*model.Node { return slices.Clone(f.Cluster.Nodes()) },
	Known:     func(f table.Data, _ Scope) bool { return !f.Cluster.NodesAt.IsZero() },
	ID:        func(n *model.Node) model.Ref { return n.Key().Ref() },
	Title:     func(c *model.Cluster, n *model.Node) string { return c.NodeName(n.Key()) },
	Labels:    func(_ *model.Cluster, n *model.Node) map[string]string { return n.Spec.Labels },
	Attention: func(_ *model.Cluster, n *model.Node) model.Status { return max(nodeStatus(n), roleStatus(n)) },
	Error: func(_ *model.Cluster, n *model.Node) string {
		if n.Ready() {
			return n.Damage
		}
		return n.Status.Message
	},
	Interest: func(Scope) model.Interest { return model.InterestIn(model.KindTask.All()) },
	Enter: func(_ *model.Cluster, n *model.Node) Link {
		return Link{View: "tasks", Scope: Scope{Of: n.Key().Ref()}}
	},
	Empty: noNodes,
}

func nodeStatus(n *model.Node) model.Status {
	switch n.Status.State {
	case swarm.NodeStateReady:
		return model.Good
	case swarm.NodeStateUnknown:
		return model.Moving
	default:
		return model.Broken
	}
}

func roleStatus(n *model.Node) model.Status {
	if n.Manages() && n.ManagerStatus.Reachability == swarm.ReachabilityUnreachable {
		return model.Broken
	}
	return model.Neutral
}
