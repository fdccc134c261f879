package views

import (
	"slices"

	"skep/model"
	"skep/ui/table"
)

// ContextSource is what a list of the docker contexts is made from.
type ContextSource interface {
	table.Source
	Contexts() []model.Context
}

// guard is what skep's configuration says of a context.
func guard(x model.Context) table.Cell {
	switch {
	case x.Production && x.ReadOnly:
		return table.Cell{Text: "production, read-only", Status: model.Warning}
	case x.Production:
		return table.Cell{Text: "production", Status: model.Warning}
	case x.ReadOnly:
		return table.Cell{Text: "read-only"}
	}
	return table.Cell{}
}

// Contexts are the docker contexts; enter goes over to another.
var Contexts = View[model.Context]{
	Name: model.KindContext.Info().Plural, Aliases: []string{"ctxs"},
	About: "the docker contexts; opening one connects to it",
	Kind:  model.KindContext, Source: model.KindContext.Info().Plural,
	Columns: []table.Column[model.Context]{
		{Title: "NAME", Min: 12, Max: 40, Cut: table.CutMiddle,
			Cell: func(f table.Data, x model.Context) table.Cell {
				if f.Cluster != nil && f.Cluster.Session.Context == x.Name {
					return table.Cell{Text: x.Name + " *"}
				}
				return table.Cell{Text: x.Name}
			}},
		{Title: "HOST", Min: 16,
			Cell: func(_ table.Data, x model.Context) table.Cell { return text(x.Host) }},
		{Title: "GUARD", Sparse: true,
			Cell: func(_ table.Data, x model.Context) table.Cell { return guard(x) }},
		{Title: "DESCRIPTION", Min: 12, Flex: true, Drop: 1, Sparse: true,
			Cell: func(_ table.Data, x model.Context) table.Cell { return table.Cell{Text: x.Description} }},
	},
	Rows: func(f table.Data, _ Scope) []model.Context {
		if s, ok := f.Source.(ContextSource); ok {
			return slices.Clone(s.Contexts())
		}
		return nil
	},
	Known:    func(table.Data, Scope) bool { return true },
	ID:       model.Context.Ref,
	Title:    func(_ *model.Cluster, x model.Context) string { return x.Name },
	Labels:   func(*model.Cluster, model.Context) map[string]string { return nil },
	Error:    func(*model.Cluster, model.Context) string { return "" },
	Interest: func(Scope) model.Interest { return model.Interest{} },
	Enter:    func(_ *model.Cluster, x model.Context) Link { return Link{Connect: x.Name} },
	Empty: func(*model.Cluster, Scope) Nothing {
		return Nothing{What: "no docker contexts", Do: "docker context create makes some"}
	},
}
