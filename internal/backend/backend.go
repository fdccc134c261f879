// Package backend puts together what a console stands on: the way to the engine
// and the feed of pictures from it.
package backend

import (
	"context"
	"sync"

	"skep/internal/engine"
	"skep/internal/feed"
	"skep/ui"
)

// Open starts a feed on an engine. It does not wait for an answer; errors are
// those of engine.Open. Close, or the end of the context, ends the feed.
func Open(ctx context.Context, o engine.Options, f feed.Options) (ui.Backend, error) {
	pool, err := engine.Open(o)
	if err != nil {
		return ui.Backend{}, err
	}
	goOver := func(swarm string) (ui.Backend, error) {
		o := o
		o.Swarm = swarm
		return Open(ctx, o, f)
	}
	life, cancel := context.WithCancel(ctx)
	pictures := feed.New(pool, f)
	var running sync.WaitGroup
	running.Go(func() { _ = pictures.Run(life) }) // It ends with its context only.
	return ui.Backend{
		Feed: pictures, Documents: pool, Engine: pool, Logs: pool, Warning: pool.Warning(), GoOver: goOver,
		Close: func() {
			cancel()
			running.Wait()
			pool.Close()
		},
	}, nil
}
