package ui

import (
	"errors"
	"strings"

	"skep/model"
	"skep/ui/detail"
	"skep/ui/table"
	"skep/ui/theme"
)

// asTrouble finds the trouble in an error; nil if it is none.
func asTrouble(err error) *model.Trouble {
	var t *model.Trouble
	if errors.As(err, &t) {
		return t
	}
	return nil
}

// troubleText is the screen of an outage: what it is, and how it may end.
func troubleText(o *model.Outage) []detail.Line {
	out := outageText(o)
	t := asTrouble(o.Err)
	if t == nil {
		return out
	}
	if t.Passing() {
		out = append(out, plainLines(theme.Dim, "It is tried again by itself; ctrl+r tries at once.")...)
	}
	return append(out, plainLines(theme.Dim, ":ctx NAME goes to another context.")...)
}

// outageText is an outage: what it is, what to do, and the whole error.
func outageText(o *model.Outage) []detail.Line {
	var out []detail.Line
	add := func(role theme.Role, text string) { out = append(out, plainLines(role, text)...) }
	add(theme.Plain, "")
	t := asTrouble(o.Err)
	if t == nil {
		add(theme.Broken, o.Err.Error())
		return out
	}
	add(theme.Broken, t.Headline())
	add(theme.Plain, "")
	for l := range strings.SplitSeq(t.Advice(), "\n") {
		out = append(out, adviceLine(table.Clean(l)))
	}
	add(theme.Plain, "")
	if t.Cause != nil {
		add(theme.Dim, "The whole error:")
		add(theme.Plain, t.Cause.Error())
		add(theme.Plain, "")
	}
	return out
}

// adviceLine sets off what can be typed from what is said. The texts of
// troubles have two blanks or more on each side of it.
func adviceLine(text string) detail.Line {
	var out detail.Line
	for text != "" {
		blanks := len(text) - len(strings.TrimLeft(text, " "))
		end := strings.Index(text[blanks:], "  ")
		if end < 0 {
			end = len(text) - blanks
		}
		part := text[:blanks+end]
		role := theme.Accent
		if word := part[blanks:]; blanks < 2 || word == "or" || strings.HasPrefix(word, "(") {
			role = theme.Plain
		}
		out = append(out, detail.Span{Text: part, Role: role})
		text = text[len(part):]
	}
	return out
}

// plainLines are the lines of a text in one role.
func plainLines(role theme.Role, text string) []detail.Line {
	var out []detail.Line
	for _, l := range strings.Split(text, "\n") {
		out = append(out, detail.Line{{Text: table.Clean(l), Role: role}})
	}
	return out
}
