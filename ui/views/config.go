package views

import (
	"skep/model"
	"skep/ui/table"
)

// Configs are the swarm's configs; their contents are in their descriptions.
var Configs = objectView(View[*model.Config]{
	Kind: model.KindConfig, Aliases: []string{"cfg", "config"},
	About: "the configs, and which services use them",
	Columns: []table.Column[*model.Config]{
		{Title: "SIZE", Right: true, Drop: 3,
			Cell:    func(_ table.Data, c *model.Config) table.Cell { return text(model.BriefBytes(int64(c.Size))) },
			Compare: by(func(_ table.Data, c *model.Config) int { return -c.Size })},
		{Title: "TEMPLATE", Sparse: true, Drop: 6,
			Cell: func(_ table.Data, c *model.Config) table.Cell { return driver(c.Spec.Templating) }},
	},
})
