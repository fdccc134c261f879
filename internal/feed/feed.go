package feed

import (
	"cmp"
	"context"
	"sync"
	"time"

	"skep/model"
)

// Options are what the user decides of a feed.
type Options struct {
	// Slow publishes fewer snapshots, for a terminal on a slow link.
	Slow bool
	// Acknowledged are the marks of the problems that the operator knows of.
	Acknowledged []string
	// Mended is told the marks that take those back which hold no longer, because
	// what they are of is no more; it does not take long. It may be nil.
	Mended func(marks []string)
	// OutOfSight is how long tasks are kept that nobody looks at and that are in
	// order; 0 for the usual.
	OutOfSight time.Duration
}

// Feed reads a swarm and publishes snapshots of it. See the package's promises.
type Feed struct {
	src  Source
	opts Options
	box  *box

	mu   sync.Mutex
	asks asks
	// wake has room for one: the loop looks at everything asked for at once.
	wake chan struct{}
}

// asks is what the other goroutines want of the loop.
type asks struct {
	interest model.Interest
	looked   bool // the interest is another than the loop knows
	refresh  bool
	// acknowledged are the marks that came since the loop looked.
	acknowledged []string
	paused       bool
}

// New makes a feed; it does nothing until Run.
func New(src Source, opts Options) *Feed {
	opts.OutOfSight = cmp.Or(opts.OutOfSight, outOfSight)
	return &Feed{src: src, opts: opts, box: newBox(), wake: make(chan struct{}, 1)}
}

// Run reads the swarm until the context ends, and returns nil then. It may be
// called once.
func (f *Feed) Run(ctx context.Context) error {
	newLoop(f).run(ctx)
	return nil
}

// Next waits for a snapshot that is newer than the one numbered seen, and
// returns it with its number; 0 takes any. Until the swarm was read for the
// first time there is none, except one that holds only an Outage. The only
// error is the context's.
func (f *Feed) Next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error) {
	return f.box.next(ctx, seen)
}

// SetInterest says what is on the screen. The last call counts.
func (f *Feed) SetInterest(at model.Interest) {
	f.ask(func(a *asks) { a.interest, a.looked = at, true })
}

// Refresh reads what is on the screen soon, and after an outage tries again at
// once. It is for a user who asks, and for the moment after an action.
func (f *Feed) Refresh() { f.ask(func(a *asks) { a.refresh = true }) }

// Acknowledge takes note that the operator knows of a problem; see
// [model.Finding.Mark].
func (f *Feed) Acknowledge(mark string) {
	f.ask(func(a *asks) { a.acknowledged = append(a.acknowledged, mark) })
}

// Pause starts no more requests until Resume, which then reads everything
// anew. It is for the time in which another program has the terminal.
func (f *Feed) Pause() { f.ask(func(a *asks) { a.paused = true }) }

// Resume ends a Pause.
func (f *Feed) Resume() { f.ask(func(a *asks) { a.paused = false }) }

func (f *Feed) ask(change func(*asks)) {
	f.mu.Lock()
	change(&f.asks)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default: // the loop has not looked yet and will find this as well
	}
}

// take hands the loop what was asked for since the last time.
func (f *Feed) take() asks {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.asks
	f.asks.looked, f.asks.refresh, f.asks.acknowledged = false, false, nil
	return a
}
