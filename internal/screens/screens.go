// Package screens puts the screens on a connection to a swarm. It is the one
// place where the two meet: commands without a screen stand on package backend.
package screens

import (
	"context"
	"errors"
	"strings"
	"time"

	"skep/internal/backend"
	"skep/internal/converge"
	"skep/internal/engine"
	"skep/internal/feed"
	"skep/model"
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
		Settle: func(ctx context.Context, services map[model.ServiceID]uint64) error {
			return settle(ctx, b.Feed, services)
		},
		GoOver: func(swarm string) (ui.Backend, error) { return on(b.GoOver(swarm)) },
	}
}

// settleWithin is how long is waited for one wave of a deployment.
const settleWithin = 5 * time.Minute

// watched is a feed whose interest is the screen's.
type watched struct{ *feed.Feed }

// SetInterest leaves it as it is: what is changing is read in any case.
func (watched) SetInterest(model.Interest) {}

// settle waits until services run as they should.
func settle(ctx context.Context, from *feed.Feed, services map[model.ServiceID]uint64) error {
	state, err := converge.Wait(ctx, watched{from}, converge.Selection{Services: services}, settleWithin, func(converge.State) {})
	if report := converge.NewReport(state); err == nil && report.ExitCode != 0 {
		return errors.New(strings.Join(report.Failures(), "; "))
	}
	return err
}

func on(b *backend.Backend, err error) (ui.Backend, error) {
	if err != nil {
		return ui.Backend{}, err
	}
	return On(b), nil
}
