package ui

import (
	"regexp"
	"slices"
	"strings"

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

// preview is a plan as it is shown.
type preview struct {
	lines []detail.Line
	// must is how many of the lines have to have been on the screen before it
	// can be confirmed: up to the end of the impact and the warnings.
	must int
	// seen are the texts of the lines that were.
	seen map[string]bool
}

// newPreview says what a plan will do: to running tasks, and what to mind, then
// the change field by field, how to undo it, and the same as docker commands.
func newPreview(p actions.Plan, g theme.Glyphs) *preview {
	var out pageText
	short := func(lines []string) []string { return shortDigests(g, lines...) }
	out.add(detail.Span{Text: table.Clean(short([]string{p.Title})[0]), Role: tierRole(p.Risk)})
	if p.Confirm.Why != "" {
		out.list("REFUSED", theme.Broken, short([]string{p.Confirm.Why}))
	}
	out.list("IMPACT", theme.Plain, short(p.Impact.Sentences))
	out.list("WARNINGS", theme.Warning, short(p.Warnings))
	must := len(out)
	if len(p.Changes) > 0 {
		out.section(p.ChangesTitle())
		for _, c := range p.Changes {
			out = append(out, changeLines(c, g)...)
		}
	}
	if p.Undo.Sentence != "" {
		// The commands are whole: they are there to be copied.
		out.list("UNDO", theme.Plain, append(short([]string{p.Undo.Sentence}), p.Undo.Commands...))
	}
	title := "DOCKER COMMAND"
	if len(p.Commands) > 1 {
		title = "DOCKER COMMANDS"
	}
	out.list(title, theme.Accent, p.Commands)
	return &preview{lines: out, must: must, seen: map[string]bool{}}
}

// unread counts the lines that have to be seen and were not.
func (v *preview) unread() int {
	n := 0
	for _, l := range v.lines[:v.must] {
		if text := l.String(); text != "" && !v.seen[text] {
			n++
		}
	}
	return n
}

// saw takes note of what is on the screen.
func (v *preview) saw(body *detail.Pager) {
	from, to := body.Shown()
	for _, l := range v.lines[from:min(to, len(v.lines))] {
		v.seen[l.String()] = true
	}
}

// same reports whether another preview says the same.
func (v *preview) same(other *preview) bool {
	return slices.EqualFunc(v.lines, other.lines, slices.Equal)
}

// digest is one in full length, of which the beginning is enough to tell it
// from others.
var digest = regexp.MustCompile(`(sha256:[0-9a-f]{12})[0-9a-f]{52}`)

// shortDigests cuts the digests of images in texts.
func shortDigests(g theme.Glyphs, texts ...string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = digest.ReplaceAllString(t, "${1}"+g.Ellipsis)
	}
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
	out.list("NOT BEGUN", theme.Warning, o.NotBegun)
	out.list("DONE", theme.Good, o.Done)
	out.list("UNDO WHAT WAS DONE", theme.Plain, o.Undo)
	out.list("WARNINGS", theme.Warning, warnings)
	return out
}

// changeLines is one field: on one line where it is short, else before and
// after below each other.
func changeLines(c model.Change, g theme.Glyphs) []detail.Line {
	values := shortDigests(g, table.Clean(c.Before), table.Clean(c.After))
	before, after := values[0], values[1]
	path := detail.Span{Text: "  " + table.Clean(c.Path) + "  ", Role: theme.Dim}
	minus := detail.Span{Text: before, Role: theme.Removed}
	plus := detail.Span{Text: after, Role: theme.Added}
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

func errorText(title string, err error) []detail.Line {
	return append([]detail.Line{{{Text: title, Role: theme.Title}}, nil}, detail.Plain(theme.Broken, model.MaskError(err))...)
}

// moreBelow is the rule under a text, with how much of it is not shown.
func moreBelow(th *theme.Theme, width, rows int) string {
	if rows <= 0 {
		return th.Paint(theme.Dim, strings.Repeat(th.Glyphs.Rule, width))
	}
	more := " " + th.Glyphs.More + " " + model.Plural(rows, "more line") + " "
	left := strings.Repeat(th.Glyphs.Rule, min(3, width))
	rest := width - table.Width(left) - table.Width(more)
	if rest < 0 {
		return th.Paint(theme.Warning, table.Fit(more, width, ""))
	}
	return th.Paint(theme.Dim, left) + th.Paint(theme.Warning, more) + th.Paint(theme.Dim, strings.Repeat(th.Glyphs.Rule, rest))
}
