package views

import (
	"maps"
	"slices"
	"strings"

	"skep/model"
	"skep/ui/table"
)

// Volumes are the cluster volumes, and those of the connected engine.
var Volumes = objectView(View[*model.Volume]{
	Kind: model.KindVolume, Aliases: []string{"vol", "volume"},
	About: "cluster volumes, and those of the connected node",
	Columns: []table.Column[*model.Volume]{
		{Title: "DRIVER", Max: 20, Drop: 3,
			Cell: func(_ table.Data, v *model.Volume) table.Cell { return text(v.Driver) }},
		{Title: "WHERE", Max: 20, Drop: 2,
			Cell: func(f table.Data, v *model.Volume) table.Cell { return where(f.Cluster, v) }},
		{Title: "SIZE", Right: true, Sparse: true, Drop: 6,
			Cell: func(_ table.Data, v *model.Volume) table.Cell { return table.Cell{Text: capacity(v)} }},
		{Title: "GROUP", Sparse: true, Drop: 7,
			Cell: func(_ table.Data, v *model.Volume) table.Cell { return table.Cell{Text: group(v)} }},
		{Title: "OPTIONS", Wide: true, Sparse: true,
			Cell: func(_ table.Data, v *model.Volume) table.Cell { return table.Cell{Text: volumeOptions(v.Options)} }},
	},
})

// where is where a volume is.
func where(c *model.Cluster, v *model.Volume) table.Cell {
	switch id := c.Session.NodeID; {
	case v.InSwarm():
		return table.Cell{Text: "swarm"}
	case id == "":
		return table.Cell{Text: "this node"}
	default:
		return table.Cell{Text: c.NodeName(id)}
	}
}

func capacity(v *model.Volume) string {
	if !v.InSwarm() || v.ClusterVolume.Info == nil || v.ClusterVolume.Info.CapacityBytes <= 0 {
		return ""
	}
	return model.BriefBytes(v.ClusterVolume.Info.CapacityBytes)
}

func group(v *model.Volume) string {
	if !v.InSwarm() {
		return ""
	}
	return v.ClusterVolume.Spec.Group
}

func volumeOptions(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, model.MaskPair(k+"="+m[k]))
	}
	return strings.Join(out, " ")
}
