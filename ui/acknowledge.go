package ui

import (
	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/theme"
)

// acknowledgeable is the problem under the cursor that its operator may take
// note of, after which it is none any more.
func (w *workspace) acknowledgeable() (model.Finding, bool) {
	if w.cluster == nil {
		return model.Finding{}, false
	}
	for _, p := range w.cluster.Problems() {
		if p.ID().Ref() == w.current().Row && p.Mark != "" {
			return p, true
		}
	}
	return model.Finding{}, false
}

func (w *workspace) acknowledgeReason() string {
	if _, ok := w.acknowledgeable(); !ok {
		return "only a rolled-back update can be acknowledged; other problems go when they are fixed"
	}
	return ""
}

// acknowledge takes note of a problem, in this run and the next ones.
func (a *App) acknowledge() tea.Cmd {
	p, ok := a.acknowledgeable()
	if !ok {
		return nil
	}
	a.backend.Feed.Acknowledge(p.Mark)
	a.say(theme.Good, "acknowledged: "+p.Subject+" "+p.Claim)
	keep := a.opt.Acknowledge
	if keep == nil {
		return nil
	}
	return func() tea.Msg {
		_ = keep(p.Mark) // If it cannot be remembered, the next run shows it again.
		return nil
	}
}
