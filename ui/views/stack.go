package views

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// Stacks are the groups of services that were deployed together.
var Stacks = View[model.Stack]{
	Name: "stacks", Aliases: []string{"st", "stack"},
	About: "what was deployed together, and how much is up",
	Kind:  model.KindStack, Keys: keys.Stacks,
	Columns: []table.Column[model.Stack]{
		{Title: "NAME", Min: 12, Cut: table.CutMiddle,
			Cell: func(_ table.Data, s model.Stack) table.Cell { return table.Cell{Text: string(s.Name)} }},
		{Title: "SERVICES", Right: true,
			Cell:    func(_ table.Data, s model.Stack) table.Cell { return table.Cell{Text: fmt.Sprint(len(s.Services))} },
			Compare: by(func(_ table.Data, s model.Stack) int { return -len(s.Services) })},
		{Title: "UP/WANT", Right: true,
			Cell: func(_ table.Data, s model.Stack) table.Cell {
				if s.Jobs == len(s.Services) {
					return none // Jobs are not up; their states are in the services.
				}
				return count(model.Replicas{Up: s.Up, Finished: s.Finished, Want: s.Want, Sure: s.Sure}, false)
			},
			Compare: by(func(_ table.Data, s model.Stack) int { return s.Up + s.Finished - s.Want })},
		{Title: "PROBLEMS", Right: true,
			Cell: func(_ table.Data, s model.Stack) table.Cell {
				if s.Problems == 0 {
					return none
				}
				return table.Cell{Text: fmt.Sprint(s.Problems), Status: model.Broken}
			},
			Compare: by(func(_ table.Data, s model.Stack) int { return -s.Problems })},
		{Title: "UPDATED", Right: true, Drop: 1,
			Cell:    func(_ table.Data, s model.Stack) table.Cell { return table.Cell{Since: s.Updated} },
			Compare: by(func(_ table.Data, s model.Stack) int64 { return -s.Updated.UnixNano() })},
		{Title: "JOBS", Right: true, Wide: true,
			Cell: func(_ table.Data, s model.Stack) table.Cell {
				if s.Jobs == 0 {
					return none
				}
				return table.Cell{Text: fmt.Sprintf("%d/%d done", s.Complete, s.Jobs)}
			}},
		{Title: "CREATED", Right: true, Wide: true,
			Cell:    func(_ table.Data, s model.Stack) table.Cell { return since(created(s)) },
			Compare: by(func(_ table.Data, s model.Stack) int64 { return -created(s).UnixNano() })},
		{Title: "MEMBERS", Wide: true,
			Cell: func(_ table.Data, s model.Stack) table.Cell { return text(members(s)) }},
	},
	Rows:   func(f table.Data, _ Scope) []model.Stack { return slices.Clone(f.Cluster.Stacks()) },
	Known:  func(f table.Data, _ Scope) bool { return !f.Cluster.ServicesAt.IsZero() },
	ID:     func(s model.Stack) model.Ref { return s.Name.Ref() },
	Title:  func(_ *model.Cluster, s model.Stack) string { return string(s.Name) },
	Labels: func(*model.Cluster, model.Stack) map[string]string { return nil },
	Attention: func(_ *model.Cluster, s model.Stack) model.Status {
		if s.Problems > 0 {
			return model.Broken
		}
		return model.Neutral
	},
	Error: func(*model.Cluster, model.Stack) string { return "" },
	Interest: func(Scope) model.Interest {
		return model.Interest{}
	},
	Enter: func(_ *model.Cluster, s model.Stack) Link {
		return Link{View: "services", Scope: Scope{Stack: s.Name}}
	},
	Empty: noStacks,
}

// created is when the first of a stack's services was made that are there now.
func created(s model.Stack) time.Time {
	var first time.Time
	for _, svc := range s.Services {
		if first.IsZero() || svc.CreatedAt.Before(first) {
			first = svc.CreatedAt
		}
	}
	return first
}

// members are the names of a stack's services, without that of the stack.
func members(s model.Stack) string {
	out := make([]string, len(s.Services))
	for i, svc := range s.Services {
		out[i] = strings.TrimPrefix(svc.Name(), string(s.Name)+"_")
	}
	return strings.Join(out, " ")
}
