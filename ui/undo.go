package ui

import (
	"context"
	"errors"
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// Records reads what was done, in this console and in others.
type Records interface {
	// Read gives what there is; see [views.RecordSource].
	Read(ctx context.Context) (table.Source, error)
	// Changed waits until there may be more than in a revision.
	Changed(ctx context.Context, revision uint64) error
	// Inspect reads one record whole.
	Inspect(ctx context.Context, ref model.Ref) (model.Document, error)
}

// keepers read single objects that are none of the swarm's, by their kind.
type keepers map[model.Kind]func(ctx context.Context, ref model.Ref) (model.Document, error)

func newKeepers(opt Options) keepers {
	k := keepers{}
	if contexts := opt.Contexts; contexts != nil {
		k[model.KindContext] = func(_ context.Context, ref model.Ref) (model.Document, error) { return contexts.Inspect(ref) }
	}
	if opt.Records != nil {
		k[model.KindRecord] = opt.Records.Inspect
	}
	if opt.Releases != nil {
		k[model.KindRelease] = opt.Releases.Inspect
	}
	return k
}

// withKeepers is an engine beside which what is none of its own is read.
type withKeepers struct {
	actions.Engine
	keepers keepers
}

// Inspect implements actions.Engine.
func (w withKeepers) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	if read := w.keepers[ref.Kind]; read != nil {
		return read(ctx, ref)
	}
	return w.Engine.Inspect(ctx, ref)
}

// keepLast keeps what was done last, so that a key takes it back.
func (a *App) keepLast(msg resultMsg) {
	var did []actions.Target
	for i, r := range msg.results {
		undoable := len(actions.Inverse(actions.Dids(msg.plans[i], r)).Steps) > 0
		if undoable && a.opt.Records != nil && msg.journal == nil && !a.backend.Demo {
			did = append(did, actions.Target{Ref: model.Ref{Kind: model.KindRecord, ID: r.Entry}, Name: msg.plans[i].Title})
		}
	}
	slices.Reverse(did) // What was done last goes back first.
	a.last = did
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
	if len(a.last) == 0 {
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
