// Package screens puts the screens on a connection to a swarm. It is the one
// place where the two meet: commands without a screen stand on package backend.
package screens

import (
	"context"

	"skep/internal/backend"
	"skep/internal/engine"
	"skep/internal/feed"
	"skep/ui"
)

// Open connects the screens as backend.Open does.
func Open(ctx context.Context, o engine.Options, f feed.Options, beside ...func(context.Context, *feed.Feed)) (ui.Backend, error) {
	return on(backend.Open(ctx, o, f, beside...))
}

// On puts the screens on a connection.
func On(b *backend.Backend) ui.Backend {
	return ui.Backend{
		Feed: b.Feed, Documents: b.Engine, Engine: b.Engine, Logs: b.Engine, Warning: b.Engine.Warning(), Close: b.Close,
		GoOver: func(swarm string) (ui.Backend, error) { return on(b.GoOver(swarm)) },
	}
}

func on(b *backend.Backend, err error) (ui.Backend, error) {
	if err != nil {
		return ui.Backend{}, err
	}
	return On(b), nil
}
