// Package backend puts together what every command stands on that looks at a
// swarm, with a screen or without: the way to the engine and the feed of
// snapshots from it. It knows nothing of screens.
package backend

import (
	"context"
	"sync"

	"skep/internal/engine"
	"skep/internal/feed"
)

// Backend is one connection to a swarm.
type Backend struct {
	// Feed publishes snapshots, Engine reads and writes single objects and opens
	// logs.
	Feed   *feed.Feed
	Engine *engine.Pool

	// again connects once more, for the swarm of that ID.
	again   func(swarm string) (*Backend, error)
	stop    context.CancelFunc
	running sync.WaitGroup
}

// Open starts a feed on an engine. It does not wait for an answer; errors are
// those of engine.Open. Close, or the end of the context, ends the feed, and what
// goes on beside it.
func Open(ctx context.Context, o engine.Options, f feed.Options, beside ...func(context.Context, *feed.Feed)) (*Backend, error) {
	pool, err := engine.Open(o)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(ctx)
	b := &Backend{Feed: feed.New(pool, f), Engine: pool, stop: stop}
	b.again = func(swarm string) (*Backend, error) {
		o := o
		o.Swarm = swarm
		return Open(ctx, o, f, beside...)
	}
	for _, work := range beside {
		b.running.Go(func() { work(life, b.Feed) })
	}
	b.running.Go(func() { _ = b.Feed.Run(life) }) // It ends with its context only.
	return b, nil
}

// GoOver connects to the same addresses, for the swarm of that ID and no other.
func (b *Backend) GoOver(swarm string) (*Backend, error) { return b.again(swarm) }

// Close ends the feed and then the connections. It may be called from any
// goroutine.
func (b *Backend) Close() {
	b.stop()
	b.running.Wait()
	b.Engine.Close()
}
