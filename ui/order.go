package ui

import (
	tea "charm.land/bubbletea/v2"

	"skep/ui/theme"
)

// changeOrder lets lists begin with what is wrong, or go by name, and remembers
// that for the next run.
func (a *App) changeOrder() tea.Cmd {
	a.byName = !a.byName
	if a.byName {
		a.say(theme.Dim, "lists go by name; o puts what is wrong first")
	} else {
		a.say(theme.Dim, "lists begin with what is wrong; o goes by name")
	}
	keep, byName := a.opt.KeepOrder, a.byName
	if keep == nil {
		return nil
	}
	return func() tea.Msg {
		_ = keep(byName) // If it can not be remembered, the next run begins as this one did.
		return nil
	}
}
