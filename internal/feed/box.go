package feed

import (
	"context"
	"sync"

	"skep/model"
)

// box holds the latest snapshot and its number. Readers wait for a number higher
// than the one that they have seen.
type box struct {
	mu       sync.Mutex
	number   uint64
	snapshot *model.Cluster
	newer    chan struct{} // closed when the next snapshot is put in
}

func newBox() *box { return &box{newer: make(chan struct{})} }

// put replaces the snapshot and wakes every reader. It never blocks.
func (b *box) put(c *model.Cluster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.number++
	b.snapshot = c
	close(b.newer)
	b.newer = make(chan struct{})
}

// next waits for a snapshot newer than seen.
func (b *box) next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error) {
	for {
		b.mu.Lock()
		number, snapshot, newer := b.number, b.snapshot, b.newer
		b.mu.Unlock()
		if number > seen {
			return snapshot, number, nil
		}
		select {
		case <-ctx.Done():
			return nil, seen, ctx.Err()
		case <-newer:
		}
	}
}
