package views

import (
	"slices"

	"skep/actions"
	"skep/model"
	"skep/ui/table"
)

// momentsMost bounds the timeline: the older ones are not told.
const momentsMost = 1000

// Timeline is what happened lately, the newest first: what changed in the swarm,
// what became of its tasks, which problems came and went, and what was done with
// skep; enter describes what it happened to.
var Timeline = View[model.Moment]{
	Name: "timeline", Aliases: []string{"moments", "tl"},
	About:  "what happened lately, the newest first, up to 1,000",
	Source: model.KindRecord.Info().Plural,
	Columns: []table.Column[model.Moment]{
		{Title: "WHEN", Right: true,
			Cell:    func(_ table.Data, m model.Moment) table.Cell { return since(m.At) },
			Compare: by(func(_ table.Data, m model.Moment) int64 { return -m.At.UnixNano() })},
		{Title: "SUBJECT", Min: 12, Max: 28,
			Cell: func(_ table.Data, m model.Moment) table.Cell { return text(m.Name) }},
		{Title: "WHAT", Min: 16, Max: 44,
			Cell: func(_ table.Data, m model.Moment) table.Cell {
				return table.Cell{Text: m.What, Status: m.Status, Sign: m.Status > model.Neutral}
			}},
		{Title: "WHY", Min: 12, Flex: true,
			Cell: func(_ table.Data, m model.Moment) table.Cell { return table.Cell{Text: model.Brief(m.Why)} }},
		{Title: "KIND", Wide: true,
			Cell: func(_ table.Data, m model.Moment) table.Cell { return text(string(m.Ref.Kind)) }},
		{Title: "TIME", Wide: true,
			Cell: func(_ table.Data, m model.Moment) table.Cell {
				return table.Cell{Text: m.At.UTC().Format("2006-01-02 15:04:05")}
			}},
	},
	Rows: func(d table.Data, s Scope) []model.Moment {
		if d.Cluster == nil {
			return nil // The journal alone is another list.
		}
		out := d.Cluster.TimelineOf(s.Stack, momentsMost)
		if src, ok := d.Source.(RecordSource); ok {
			for _, r := range src.Records() {
				if elsewhere(d, r) == "" && (s.Stack == "" || r.Stack == string(s.Stack)) {
					out = append(out, recorded(r))
				}
			}
		}
		slices.SortStableFunc(out, func(a, b model.Moment) int { return b.At.Compare(a.At) })
		return out[:min(momentsMost, len(out))]
	},
	Narrows: true,
	Known: func(d table.Data, _ Scope) bool {
		if !d.Cluster.Ready() {
			return false
		}
		_, at := d.Cluster.Tasks()
		return !at.IsZero()
	},
	ID:      model.Moment.ID,
	Subject: func(m model.Moment) model.Ref { return m.Ref },
	Title:   func(_ *model.Cluster, m model.Moment) string { return m.Name },
	Labels:  func(*model.Cluster, model.Moment) map[string]string { return nil },
	Match: func(dst []string, _ *model.Cluster, m model.Moment) []string {
		return append(dst, m.What, m.Why, string(m.Ref.Kind))
	},
	Error:    func(_ *model.Cluster, m model.Moment) string { return m.Why },
	Wrong:    func(_ *model.Cluster, m model.Moment) bool { return m.Status > model.Moving },
	Interest: func(Scope) model.Interest { return model.Diagnosis() },
	Enter:    func(*model.Cluster, model.Moment) Link { return Link{Describe: true, Subject: true} },
	Empty: func(*model.Cluster, Scope) Nothing {
		return Nothing{What: "nothing that happened is known"}
	},
}

// recorded is what was done with skep as a moment.
func recorded(r actions.Record) model.Moment {
	status := model.Neutral
	if r.Outcome != actions.Done {
		status = model.Warning
	}
	m := model.Moment{At: r.Began, Ref: r.Target.Ref, Name: r.Target.Name, What: "skep: " + r.Title, Why: r.OutcomeText(), Status: status}
	if by := who(r); by != "" {
		m.Why += ", by " + by
	}
	return m
}
