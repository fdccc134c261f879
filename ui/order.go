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
		a.say(theme.Dim, a.spell("lists are sorted by name; {order} puts the worst first"))
	} else {
		a.say(theme.Dim, a.spell("lists are sorted worst first; {order} sorts them by name"))
	}
	keep, byName := a.opt.KeepOrder, a.byName
	if keep == nil {
		return nil
	}
	return func() tea.Msg {
		_ = keep(byName) // If it cannot be remembered, the next run begins as this one did.
		return nil
	}
}
