package ui

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

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

// troubleText is the screen of an outage: what it is, what to do, and the
// whole error.
func troubleText(o *model.Outage) []detail.Line {
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
	add(theme.Plain, t.Advice())
	add(theme.Plain, "")
	if t.Cause != nil {
		add(theme.Dim, "The whole error:")
		add(theme.Plain, t.Cause.Error())
		add(theme.Plain, "")
	}
	if t.Passing() {
		add(theme.Dim, "Trying again by itself; ctrl+r tries at once, :ctx NAME goes to another context, q quits.")
	} else {
		add(theme.Dim, ":ctx NAME goes to another context, q quits.")
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

// fail shows an error in the last line.
func (a *App) fail(text string) tea.Cmd {
	a.say(theme.Broken, text)
	return nil
}
