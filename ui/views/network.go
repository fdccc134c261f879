package views

import (
	"fmt"
	"strings"

	"skep/model"
	"skep/ui/table"
)

// Networks are those of the swarm, and those of the connected manager.
var Networks = objectView(View[*model.Network]{
	Kind: model.KindNetwork, Aliases: []string{"net", "network"},
	About: "the networks: subnets, addresses in use",
	Columns: []table.Column[*model.Network]{
		{Title: "DRIVER", Drop: 6,
			Cell: func(_ table.Data, n *model.Network) table.Cell { return text(n.Driver) }},
		{Title: "SCOPE", Drop: 7,
			Cell: func(_ table.Data, n *model.Network) table.Cell { return text(n.Scope) }},
		{Title: "SUBNET", Max: 24, Drop: 3,
			Cell: func(_ table.Data, n *model.Network) table.Cell { return text(subnets(n)) }},
		{Title: "ADDRESSES", Right: true, Drop: 2,
			Cell: func(f table.Data, n *model.Network) table.Cell { return addresses(f.Cluster.AddressUse(n)) },
			Compare: by(func(f table.Data, n *model.Network) float64 {
				u := f.Cluster.AddressUse(n)
				return -float64(u.Used) / float64(max(u.Total, 1))
			})},
		{Title: "TRAITS", Max: 24, Drop: 8, Sparse: true,
			Cell: func(_ table.Data, n *model.Network) table.Cell { return table.Cell{Text: traits(n)} }},
	},
})

func subnets(n *model.Network) string {
	var out []string
	for _, p := range n.Subnets() {
		out = append(out, p.String())
	}
	return strings.Join(out, " ")
}

// fullFrom is the share of addresses in use from which a network needs
// attention: the next rollout may find none left.
const fullFrom = 0.9

func addresses(u model.AddressUse) table.Cell {
	if !u.Known || u.Total == 0 {
		return none
	}
	c := table.Cell{Text: fmt.Sprintf("~%d/%d", u.Used, u.Total)}
	if float64(u.Used) >= fullFrom*float64(u.Total) {
		c.Status = model.Warning
	}
	return c
}

// traits are what a network is besides.
func traits(n *model.Network) string {
	var out []string
	for _, t := range []struct {
		is   bool
		word string
	}{{n.Ingress, "ingress"}, {n.Encrypted(), "encrypted"}, {n.Attachable, "attachable"}, {n.Internal, "internal"}, {n.EnableIPv6, "ipv6"}} {
		if t.is {
			out = append(out, t.word)
		}
	}
	return strings.Join(out, " ")
}
