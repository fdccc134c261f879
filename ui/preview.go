package ui

import (
	"skep/actions"
	"skep/model"
	"skep/ui/detail"
	"skep/ui/table"
	"skep/ui/theme"
)

// pageText is text in sections. Whatever is added to it is cleaned.
type pageText []detail.Line

func (t *pageText) add(spans ...detail.Span) { *t = append(*t, spans) }

func (t *pageText) section(title string) {
	t.add()
	t.add(detail.Span{Text: title, Role: theme.Title})
}

// list adds a section of lines, if there are any.
func (t *pageText) list(title string, role theme.Role, lines []string) {
	if len(lines) == 0 {
		return
	}
	t.section(title)
	for _, l := range lines {
		t.add(detail.Span{Text: "  " + table.Clean(l), Role: role})
	}
}

// previewText is what a plan will do: the change field by field, what it does
// to running tasks, what to mind, how to take it back, and the same as docker
// commands.
func previewText(p actions.Plan, g theme.Glyphs) []detail.Line {
	var out pageText
	out.add(detail.Span{Text: table.Clean(p.Title), Role: tierRole(p.Risk)})
	if p.Confirm.Why != "" {
		out.list("REFUSED", theme.Broken, []string{p.Confirm.Why})
	}
	out.list("WARNING", theme.Warning, p.Warnings)
	if len(p.Changes) > 0 {
		out.section("CHANGES")
		for _, c := range p.Changes {
			out = append(out, changeLines(c, g)...)
		}
	}
	out.list("IMPACT", theme.Plain, p.Impact.Sentences)
	if p.Undo.Sentence != "" {
		out.list("TO TAKE IT BACK", theme.Plain, append([]string{p.Undo.Sentence}, p.Undo.Commands...))
	}
	out.list("THE SAME AS", theme.Accent, p.Commands)
	return out
}

// outcomeText is what became of an action on several objects that did not go
// well with all of them: what was not done comes first, and nobody has to guess
// what was.
func outcomeText(title string, o actions.Outcome, warnings []string) []detail.Line {
	var out pageText
	out.add(detail.Span{Text: table.Clean(title + ": " + o.String()), Role: theme.Broken})
	out.list("NOT DONE", theme.Broken, o.NotDone)
	out.list("NOT KNOWN WHETHER IT WAS DONE", theme.Broken, o.Unsure)
	out.list("DONE", theme.Good, o.Done)
	out.list("TO TAKE BACK WHAT WAS DONE", theme.Plain, o.Undo)
	out.list("WARNING", theme.Warning, warnings)
	return out
}

// changeLines is one field: on one line where it is short, else before and
// after below each other.
func changeLines(c model.Change, g theme.Glyphs) []detail.Line {
	before, after := c.Before, c.After
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
