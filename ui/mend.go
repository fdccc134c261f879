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

// remedy is what would mend it, with the action that does so.
func (a *App) remedy() (action actions.Action, target actions.Target, values map[string]string, reason string) {
	f, ok := a.finding()
	switch r := f.Remedy; {
	case !ok:
		reason = "no problem is selected"
	case r.Text == "":
		reason = "nothing is known that would mend it by itself"
	case r.Verb == "":
		reason = "there is no key for it: " + r.Text
	case a.opt.ReadOnly:
		reason = "skep was started with --read-only"
	case a.offline():
		reason = "the swarm cannot be reached"
	default:
		target = actions.Target{Ref: r.Target, Name: a.cluster.NameOf(r.Target)}
		if action, ok = actions.Find(r.Verb); !ok {
			return action, target, nil, "not possible yet"
		}
		return action, target, r.Values, action.Disabled(a.cluster, []actions.Target{target})
	}
	return action, target, nil, reason
}

func (a *App) mendReason(keys.Binding) string {
	_, _, _, reason := a.remedy()
	return reason
}

// mend goes straight to the preview of what would mend a problem, or to the form
// where something is left to be said.
func (a *App) mend() tea.Cmd {
	action, target, values, _ := a.remedy()
	a.dialogs++
	d := &dialog{id: a.dialogs, action: action, targets: []actions.Target{target}, cancel: func() {}}
	lay(a.workspace, d)
	if action.Form != nil {
		d.form = newForm(action.Form(a.cluster, d.targets))
	}
	switch {
	case d.form == nil:
		return a.propose(nil)
	case d.form.fill(values):
		return a.propose(d.form.values())
	}
	d.enter(asking, a.now)
	return nil
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
