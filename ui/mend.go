package ui

import (
	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/theme"
	"skep/ui/views"
)

// finding is the one under the cursor, or the one that is shown.
func (w *workspace) finding() (model.Finding, bool) {
	if w.cluster == nil {
		return model.Finding{}, false
	}
	o := w.current()
	return w.cluster.Finding(model.FindingID(o.Row.ID))
}

// mendReason is why nothing that would mend a problem can be done now.
func (a *App) mendReason(keys.Binding) string {
	f, ok := a.finding()
	switch r := f.Remedy; {
	case !ok:
		return "no problem is selected"
	case r.Text == "":
		return "nothing is known that would mend it by itself"
	case r.Verb == "":
		return "this is for you to do: " + r.Text
	}
	return a.writeReason(f.Remedy.Verb, a.remedied(f))
}

// remedied is what the remedy of a problem is done to.
func (w *workspace) remedied(f model.Finding) []actions.Target {
	return []actions.Target{{Ref: f.Remedy.Target, Name: w.cluster.NameOf(f.Remedy.Target)}}
}

// mend goes straight to the preview of what would mend a problem, or to the form
// where something is left to be said.
func (a *App) mend() tea.Cmd {
	f, _ := a.finding()
	return a.openDialog(f.Remedy.Verb, a.remedied(f), f.Remedy.Values)
}

// openConcerned goes to the tasks of what a problem is about.
func (a *App) openConcerned() tea.Cmd {
	f, _ := a.finding()
	if f.Ref.Kind.Info().Tasks == nil {
		a.say(theme.Dim, "it is about nothing that has tasks")
		return nil
	}
	return a.push(views.Tasks.Open(views.Scope{Of: f.Ref}))
}
