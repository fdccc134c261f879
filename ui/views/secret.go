package views

import (
	"skep/model"
	"skep/ui/table"
)

// Secrets are the swarm's, without what they hold.
var Secrets = objectView(View[*model.Secret]{
	Kind: model.KindSecret, Aliases: []string{"sec", "secret"},
	About: "the secrets, and which services use them",
	Columns: []table.Column[*model.Secret]{
		{Title: "DRIVER", Sparse: true, Drop: 6,
			Cell: func(_ table.Data, s *model.Secret) table.Cell { return driver(s.Spec.Driver) }},
		{Title: "TEMPLATE", Sparse: true, Drop: 7,
			Cell: func(_ table.Data, s *model.Secret) table.Cell { return driver(s.Spec.Templating) }},
	},
})
