package views

import (
	"cmp"
	"slices"
	"strings"

	"skep/actions"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// RecordSource is what the list of the journal is made from.
type RecordSource interface {
	table.Source
	// Records are the records, the newest first. They are shared.
	Records() []actions.Record
}

// Journal is what was done with skep, by this user on this machine; enter shows one
// record. What was done in other swarms is there, and dim.
var Journal = View[actions.Record]{
	Name: "journal", Aliases: []string{"records", "jo"},
	About: "what was done with skep; u takes it back",
	Kind:  model.KindRecord, Keys: keys.Records, Source: model.KindRecord.Info().Plural,
	Columns: []table.Column[actions.Record]{
		{Title: "WHEN", Right: true,
			Cell:    func(_ table.Data, r actions.Record) table.Cell { return since(r.Began) },
			Compare: by(func(_ table.Data, r actions.Record) int64 { return -r.Began.UnixNano() })},
		{Title: "WHAT", Min: 36, Spare: 12, Flex: true,
			Cell: func(d table.Data, r actions.Record) table.Cell { return of(d, r, table.Cell{Text: r.Title}) }},
		{Title: "OUTCOME",
			Cell: func(d table.Data, r actions.Record) table.Cell { return of(d, r, outcome(r)) }},
		{Title: "USER", Max: 16, Drop: 2,
			Cell: func(d table.Data, r actions.Record) table.Cell { return of(d, r, text(who(r))) }},
		{Title: "STACK", Max: 20, Drop: 3, Sparse: true,
			Cell: func(d table.Data, r actions.Record) table.Cell { return of(d, r, table.Cell{Text: r.Stack}) }},
		{Title: "CONTEXT", Max: 16, Drop: 1, Sparse: true,
			Cell: func(d table.Data, r actions.Record) table.Cell { return of(d, r, table.Cell{Text: elsewhere(d, r)}) }},
		{Title: "VERB", Wide: true,
			Cell: func(d table.Data, r actions.Record) table.Cell { return of(d, r, text(r.Verb)) }},
		{Title: "OBJECT", Wide: true,
			Cell: func(d table.Data, r actions.Record) table.Cell {
				return of(d, r, text(string(r.Target.Ref.Kind)+" "+r.Target.Name))
			}},
		{Title: "FROM", Wide: true,
			Cell: func(d table.Data, r actions.Record) table.Cell { return of(d, r, text(r.From)) }},
		{Title: "ID", Wide: true,
			Cell: func(d table.Data, r actions.Record) table.Cell { return of(d, r, text(r.ID)) }},
	},
	Rows: func(d table.Data, s Scope) []actions.Record {
		src, ok := d.Source.(RecordSource)
		if !ok {
			return nil
		}
		return slices.DeleteFunc(slices.Clone(src.Records()), func(r actions.Record) bool {
			return s.Stack != "" && r.Stack != string(s.Stack)
		})
	},
	Narrows: true,
	Known:   func(table.Data, Scope) bool { return true },
	ID:      func(r actions.Record) model.Ref { return r.Ref() },
	Title:   func(_ *model.Cluster, r actions.Record) string { return r.Title },
	Labels:  func(*model.Cluster, actions.Record) map[string]string { return nil },
	Match: func(dst []string, _ *model.Cluster, r actions.Record) []string {
		return append(dst, r.Verb, r.Target.Name, r.ID, r.Context)
	},
	Error:    func(_ *model.Cluster, r actions.Record) string { return r.Error },
	Wrong:    func(_ *model.Cluster, r actions.Record) bool { return r.Outcome != actions.Done },
	Interest: func(Scope) model.Interest { return model.Interest{} },
	Enter:    func(*model.Cluster, actions.Record) Link { return Link{Describe: true} },
	Empty: func(*model.Cluster, Scope) Nothing {
		return Nothing{What: "nothing was done with skep by this user yet"}
	},
}

// of dims the cell of what was done in another swarm.
func of(d table.Data, r actions.Record, c table.Cell) table.Cell {
	if elsewhere(d, r) != "" {
		c.Dim, c.Status = true, model.Neutral
	}
	return c
}

// elsewhere is the context in which something was done, where that is of another
// swarm than the one on the screen.
func elsewhere(d table.Data, r actions.Record) string {
	if d.Cluster == nil || d.Cluster.Session.Swarm == "" || d.Cluster.Session.Swarm == r.Swarm {
		return ""
	}
	return cmp.Or(r.Context, "another swarm")
}

// who is who did it: of somebody who was root by sudo, the one behind it.
func who(r actions.Record) string {
	if _, by, sudo := strings.Cut(r.User, "(sudo by "); sudo {
		return strings.TrimSuffix(by, ")") + " (sudo)"
	}
	return r.User
}

// outcome is what became of an action.
func outcome(r actions.Record) table.Cell {
	c := table.Cell{Text: r.OutcomeText(), Dim: r.Undone != ""}
	switch r.Outcome {
	case actions.Done:
	case "", actions.Unknown:
		c.Status = model.Warning
	case actions.NotDone, actions.NotBegun, actions.InPart:
		c.Status = model.Broken
	}
	return c
}
