package views

import (
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// objectView completes the view of a kind that is kept as a [model.Set] with what
// all such kinds have in common. The view brings its Kind, Aliases and About,
// and its own columns, which stand behind the name.
func objectView[T model.Object](v View[T]) View[T] {
	kind := v.Kind
	v.Name, v.Keys, v.Narrows = kind.Info().Plural, keys.Parts, true
	v.Columns = append(append([]table.Column[T]{nameColumn[T]()}, v.Columns...), commonColumns[T]()...)
	v.Rows = func(f table.Data, s Scope) []T {
		out := model.Listed[T](f.Cluster, kind)
		kept := out[:0]
		for _, o := range out {
			if s.Stack == "" || o.Meta().Stack == s.Stack {
				kept = append(kept, o)
			}
		}
		return kept
	}
	v.Known = func(f table.Data, _ Scope) bool { return f.Cluster.Set(kind).Known() }
	v.ID = func(o T) model.Ref { return o.Meta().Ref }
	v.Title = func(_ *model.Cluster, o T) string { return o.Meta().Name }
	v.Labels = func(_ *model.Cluster, o T) map[string]string { return o.Meta().Labels }
	v.Error = func(_ *model.Cluster, o T) string { return o.Meta().Damage }
	v.Interest = func(Scope) model.Interest { return model.InterestIn(kind.All()) }
	v.Enter = func(*model.Cluster, T) Link { return Link{Describe: true} }
	v.Empty = func(c *model.Cluster, _ Scope) Nothing {
		if err := c.Set(kind).Err; err != nil {
			return Nothing{What: "the " + v.Name + " cannot be read", Do: table.Clean(err.Error())}
		}
		return Nothing{What: "no " + v.Name}
	}
	return v
}

func nameColumn[T model.Object]() table.Column[T] {
	return table.Column[T]{Title: "NAME", Min: 12, Max: 40, Cut: table.CutMiddle,
		Cell: func(f table.Data, o T) table.Cell { return name(f, o.Meta().Name) }}
}

func commonColumns[T model.Object]() []table.Column[T] {
	return []table.Column[T]{
		{Title: "SERVICES", Min: 10, Drop: 1,
			Cell:    func(f table.Data, o T) table.Cell { return usedBy(f.Cluster, o.Meta()) },
			Compare: by(func(f table.Data, o T) int { return -len(f.Cluster.Users(o.Meta().Ref)) })},
		{Title: "STACK", Max: 20, Drop: 5,
			Cell: func(_ table.Data, o T) table.Cell { return text(string(o.Meta().Stack)) }},
		{Title: "CREATED", Right: true, Drop: 4,
			Cell:    func(_ table.Data, o T) table.Cell { return since(o.Meta().Created) },
			Compare: by(func(_ table.Data, o T) int64 { return -o.Meta().Created.UnixNano() })},
		{Title: "ID", Wide: true,
			Cell: func(_ table.Data, o T) table.Cell { return text(o.Meta().Ref.ID) }},
		{Title: "LABELS", Wide: true,
			Cell: func(_ table.Data, o T) table.Cell { return text(labels(o.Meta().Labels)) }},
	}
}

// usedBy are the services that use an object. What belongs to one engine alone
// may be used by what is no service.
func usedBy(c *model.Cluster, m model.Meta) table.Cell {
	now, former := model.UserNames(c.Users(m.Ref))
	switch {
	case len(now) > 0:
		return table.Cell{Text: strings.Join(now, ", ")}
	case len(former) > 0:
		return table.Cell{Text: "only before: " + strings.Join(former, ", "), Dim: true}
	case m.Local:
		return none
	}
	return table.Cell{Text: "nothing", Dim: true}
}

// driver is the cell of a driver's name; empty for none.
func driver(d *swarm.Driver) table.Cell {
	if d == nil {
		return table.Cell{}
	}
	return table.Cell{Text: d.Name}
}
