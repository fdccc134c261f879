package feed

import (
	"context"
	"sync"

	"skep/model"
)

// box holds the latest picture and its number. Readers wait for a number higher
// than the one that they have seen.
type box struct {
	mu      sync.Mutex
	number  uint64
	picture *model.Cluster
	newer   chan struct{} // closed when the next picture is put in
}

func newBox() *box { return &box{newer: make(chan struct{})} }

// put replaces the picture and wakes every reader. It never blocks.
func (b *box) put(c *model.Cluster) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.number++
	b.picture = c
	close(b.newer)
	b.newer = make(chan struct{})
}

// next waits for a picture newer than seen.
func (b *box) next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error) {
	for {
		b.mu.Lock()
		number, picture, newer := b.number, b.picture, b.newer
		b.mu.Unlock()
		if number > seen {
			return picture, number, nil
		}
		select {
		case <-ctx.Done():
			return nil, seen, ctx.Err()
		case <-newer:
		}
	}
}
