package ui

import (
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/keys"
)

// keepLast keeps what was done last, so that a key takes it back. Where nothing was done,
// that is still what was done before.
func (a *App) keepLast(msg resultMsg) {
	var did []actions.Target
	wrote := false
	for i, r := range msg.results {
		wrote = wrote || slices.Contains([]actions.Verdict{actions.Done, actions.InPart, actions.Unknown}, r.Verdict())
		if actions.Undoable(msg.plans[i], r) && a.kept.Records != nil && msg.journal == nil {
			did = append(did, actions.Target{Ref: model.Ref{Kind: model.KindRecord, ID: r.Entry}, Name: msg.plans[i].Title})
		}
	}
	slices.Reverse(did) // What was done last goes back first.
	if wrote {
		a.last, a.lastDone = did, msg.title
	}
}

// undoHint says which key takes back what was just done; empty where none does.
func (a *App) undoHint() string {
	if len(a.last) == 0 || a.keyOf(keys.UndoLast) == "" {
		return ""
	}
	return " (" + a.keyOf(keys.UndoLast) + " undoes it)"
}

// undoReason is why what was done last cannot be taken back now.
func (a *App) undoReason(keys.Binding) string {
	switch {
	case len(a.last) == 0 && a.lastDone != "":
		return "what was done last cannot be undone: " + a.lastDone + "; :journal lists what was done before"
	case len(a.last) == 0:
		return "nothing that could be undone was done here since skep was started; :journal lists what was done before"
	}
	return a.writeReason("undo", a.last)
}

// undoLast previews what takes back what was done last.
func (a *App) undoLast() tea.Cmd { return a.openDialog("undo", a.last, nil) }

// undoCommand is the same by name.
func (a *App) undoCommand(string) (tea.Cmd, error) {
	if why := a.undoReason(keys.Binding{}); why != "" {
		return nil, errors.New(why)
	}
	return a.undoLast(), nil
}
