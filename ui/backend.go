package ui

import (
	"context"

	"skep/actions"
	"skep/internal/logstream"
	"skep/model"
)

// Feed publishes snapshots of the swarm.
type Feed interface {
	// Next waits for a snapshot newer than the one of that number.
	Next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error)
	// SetInterest says what is on the screen. It never blocks.
	SetInterest(model.Interest)
	// Acknowledge takes note that the operator knows of the problem of a mark.
	// It never blocks.
	Acknowledge(mark string)
	// Refresh asks for news soon. It never blocks.
	Refresh()
	// Pause and Resume stop asking the engine while the terminal belongs to
	// another program.
	Pause()
	Resume()
}

// Documents reads single objects.
type Documents interface {
	Inspect(ctx context.Context, ref model.Ref) (model.Document, error)
}

// Backend is one connection to a swarm, with all that the screens use of it.
type Backend struct {
	Feed      Feed
	Documents Documents
	Engine    actions.Engine
	Logs      logstream.Opener
	// Settle waits until services, each from a version on, run as they should, or
	// gives the reason why they do not; nil where that cannot be told.
	Settle func(ctx context.Context, services map[model.ServiceID]uint64) error
	// Demo is set where the swarm is not a real one.
	Demo bool
	// Kept is what is written down of this swarm in place of that of the options;
	// nil for no such thing.
	Kept *Kept
	// Warning is what could not be read of the configuration that led to it;
	// empty for nothing. It stays on the screen.
	Warning string
	// GoOver connects to the same addresses, for the swarm of that ID and no
	// other. It does not wait for an answer; nil where there is no going over.
	GoOver func(swarm string) (Backend, error)
	// Close ends it. It may be called from any goroutine.
	Close func()
}

// Contexts knows the docker contexts and connects to them.
type Contexts interface {
	// List lists them.
	List() []model.Context
	// Inspect reads one.
	Inspect(ref model.Ref) (model.Document, error)
	// Open connects to a context. It does not wait for an answer.
	Open(name string) (Backend, error)
}

// masked is a backend that warns without naming secrets.
func masked(b Backend) Backend {
	b.Warning = model.MaskText(b.Warning)
	return b
}

// settle waits for the services that steps have written.
func (b Backend) settle(ctx context.Context, done []actions.StepResult) error {
	services := map[model.ServiceID]uint64{}
	for _, s := range done {
		if id := s.Ref.Service(); id != "" {
			services[id] = s.Version
		}
	}
	if b.Settle == nil || len(services) == 0 {
		return nil
	}
	b.Feed.Refresh()
	return b.Settle(ctx, services)
}
