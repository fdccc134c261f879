package ui

import (
	"context"

	"skep/actions"
	"skep/model"
	"skep/ui/table"
)

// Kept is what is written down of what is done in a swarm, and read again. Whatever
// is nil is not kept.
type Kept struct {
	// Journal writes down what was done.
	Journal func(s model.Session, e actions.Entry) error
	// Records reads what was written down.
	Records Records
	// Releases reads the ledger of releases.
	Releases Releases
	// Unanswered asks a swarm after what earlier runs wrote down no outcome of, and
	// says it in a sentence each.
	Unanswered func(ctx context.Context, s model.Session, eng actions.Engine) ([]string, error)
	// Briefly says where it comes up that it is not kept for good; empty where it is.
	Briefly string
}

// keeps is what is written down of the swarm behind it.
func (b Backend) keeps(opt Options) Kept {
	if b.Kept != nil {
		return *b.Kept
	}
	return opt.Kept
}

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

func newKeepers(contexts Contexts, kept Kept) keepers {
	k := keepers{}
	if contexts != nil {
		k[model.KindContext] = func(_ context.Context, ref model.Ref) (model.Document, error) { return contexts.Inspect(ref) }
	}
	if kept.Records != nil {
		k[model.KindRecord] = kept.Records.Inspect
	}
	if kept.Releases != nil {
		k[model.KindRelease] = kept.Releases.Inspect
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
