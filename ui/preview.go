package ui

import (
	"skep/actions"
	"skep/model"
	"skep/ui/detail"
	"skep/ui/table"
	"skep/ui/theme"
)

// previewText is what a plan will do: the change field by field, what it does
// to running tasks, what to mind, how to take it back, and the same as docker
// commands.
func previewText(p actions.Plan, unmask bool, g theme.Glyphs) []detail.Line {
	var out []detail.Line
	add := func(spans ...detail.Span) { out = append(out, spans) }
	section := func(title string) {
		add()
		add(detail.Span{Text: title, Role: theme.Title})
	}
	list := func(title string, role theme.Role, lines []string) {
		if len(lines) == 0 {
			return
		}
		section(title)
		for _, l := range lines {
			add(detail.Span{Text: "  " + table.Clean(l), Role: role})
		}
	}
	add(detail.Span{Text: table.Clean(p.Title), Role: tierRole(p.Risk)})
	if p.Confirm.Why != "" {
		list("REFUSED", theme.Broken, []string{p.Confirm.Why})
	}
	list("WARNING", theme.Warning, p.Warnings)
	if len(p.Changes) > 0 {
		section("CHANGES")
		for _, c := range p.Changes {
			out = append(out, changeLines(c, unmask, g)...)
		}
	}
	list("IMPACT", theme.Plain, p.Impact.Sentences)
	if p.Undo.Sentence != "" {
		list("TO TAKE IT BACK", theme.Plain, append([]string{p.Undo.Sentence}, p.Undo.Commands...))
	}
	list("THE SAME AS", theme.Accent, p.Commands)
	return out
}

// changeLines is one field: on one line where it is short, else before and
// after below each other.
func changeLines(c model.Change, unmask bool, g theme.Glyphs) []detail.Line {
	before, after := c.Before, c.After
	if c.Secret && !unmask {
		before, after = masked(before), masked(after)
	}
	path := detail.Span{Text: "  " + table.Clean(c.Path) + "  ", Role: theme.Dim}
	minus := detail.Span{Text: table.Clean(before), Role: theme.Removed}
	plus := detail.Span{Text: table.Clean(after), Role: theme.Added}
	switch {
	case before == "":
		return []detail.Line{{path, {Text: "+ ", Role: theme.Added}, plus}}
	case after == "":
		return []detail.Line{{path, {Text: "- ", Role: theme.Removed}, minus}}
	case len(before)+len(after) < 60:
		return []detail.Line{{path, minus, {Text: " " + g.Arrow + " ", Role: theme.Dim}, plus}}
	}
	return []detail.Line{
		{path},
		{{Text: "    - ", Role: theme.Removed}, minus},
		{{Text: "    + ", Role: theme.Added}, plus},
	}
}

func masked(value string) string {
	if value == "" {
		return ""
	}
	return "******"
}

func tierRole(t actions.Tier) theme.Role {
	switch t {
	case actions.Reversible:
		return theme.Good
	case actions.Disruptive:
		return theme.Warning
	default:
		return theme.Broken
	}
}
