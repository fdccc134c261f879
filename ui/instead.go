package ui

import (
	tea "charm.land/bubbletea/v2"

	"skep/actions"
)

// instead is the verb that is better done first than what is previewed, where it can
// be; empty for none. Of several plans each names its own.
func (d *dialog) instead(a *App) string {
	if len(d.plans) != 1 || d.plan.Instead == "" || a.writeReason(d.plan.Instead, d.insteadOf()) != "" {
		return ""
	}
	return d.plan.Instead
}

func (d *dialog) insteadOf() []actions.Target { return []actions.Target{d.plan.Target} }

// doInstead leaves a preview for that of the verb that is better done first.
func (a *App) doInstead(d *dialog) tea.Cmd {
	verb, targets := d.plan.Instead, d.insteadOf()
	a.closeDialog()
	return a.openDialog(verb, targets, nil)
}
