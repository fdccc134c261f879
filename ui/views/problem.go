package views

import (
	"slices"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// effectIndent stands before what another finding, the one above, explains.
const effectIndent = "  "

// Problems are what is wrong, worst first, and then what is worth knowing.
var Problems = View[model.Finding]{
	Name: "problems", Aliases: []string{"problem", "pr"},
	About: "what is wrong, worst first",
	Own:   keys.ProblemList,
	Columns: []table.Column[model.Finding]{
		{Title: "SUBJECT", Min: 20,
			Cell: func(_ table.Data, p model.Finding) table.Cell {
				subject := p.Subject
				if p.Cause != "" {
					subject = effectIndent + subject
				}
				return table.Cell{Text: subject, Status: p.Status, Sign: true, Dim: p.Status == model.Neutral}
			}},
		{Title: "PROBLEM", Min: 16,
			Cell: func(_ table.Data, p model.Finding) table.Cell { return table.Cell{Text: p.Claim} }},
		{Title: "SINCE", Right: true, Drop: 1,
			Cell: func(_ table.Data, p model.Finding) table.Cell {
				if p.Since.IsZero() {
					return none
				}
				return table.Cell{Since: p.Since}
			},
			Compare: by(func(_ table.Data, p model.Finding) int64 { return -p.Since.UnixNano() })},
		{Title: "WHY", Min: 16, Flex: true,
			Cell: func(_ table.Data, p model.Finding) table.Cell { return table.Cell{Text: model.Brief(p.Why)} }},
	},
	Rows: func(f table.Data, _ Scope) []model.Finding {
		return slices.Concat(f.Cluster.Problems(), f.Cluster.Notes())
	},
	Known:   func(f table.Data, _ Scope) bool { return f.Cluster.Ready() },
	ID:      func(p model.Finding) model.Ref { return p.ID().Ref() },
	Subject: func(p model.Finding) model.Ref { return p.Ref },
	Title:   func(_ *model.Cluster, p model.Finding) string { return p.Subject },
	Labels:  func(*model.Cluster, model.Finding) map[string]string { return nil },
	Match: func(dst []string, _ *model.Cluster, p model.Finding) []string {
		return append(dst, p.Subject, p.Claim, p.Why)
	},
	Error:    func(_ *model.Cluster, p model.Finding) string { return p.String() },
	Wrong:    func(_ *model.Cluster, p model.Finding) bool { return p.Status > model.Neutral },
	Interest: func(Scope) model.Interest { return model.DiagnosisLists() },
	Enter:    func(*model.Cluster, model.Finding) Link { return Link{Describe: true} },
	Empty:    noProblems,
}
