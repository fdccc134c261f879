package feed

import (
	"context"
	"time"

	"skep/model"
)

// Want is what a command waits for that looks once.
type Want struct {
	Interest model.Interest
	// Known reports whether a snapshot has what cannot be done without, Whole
	// whether also what is worth waiting for; nil if nothing is.
	Known, Whole func(*model.Cluster) bool
	// Longer is how long is waited for a whole one, once one is known. On a
	// troubled swarm it may never come.
	Longer time.Duration
}

// source is the part of a feed that is waited on.
type source interface {
	Next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error)
	SetInterest(model.Interest)
}

// Await waits for a snapshot that has what is wanted. It is an error if the
// swarm cannot be read, or if the context ends before anything is known, which
// is then its cause.
func (f *Feed) Await(ctx context.Context, w Want) (*model.Cluster, error) {
	return await(ctx, f, w)
}

// Follow calls see with every snapshot from now on, until it returns an error or
// the context ends, the cause of which is then the error.
func (f *Feed) Follow(ctx context.Context, in model.Interest, see func(*model.Cluster) error) error {
	return follow(ctx, f, in, see)
}

func follow(ctx context.Context, from source, in model.Interest, see func(*model.Cluster) error) error {
	from.SetInterest(in)
	for seen := uint64(0); ; {
		c, n, err := from.Next(ctx, seen)
		if err != nil {
			return context.Cause(ctx)
		}
		seen = n
		if err := see(c); err != nil {
			return err
		}
	}
}

func await(ctx context.Context, from source, w Want) (*model.Cluster, error) {
	from.SetInterest(w.Interest)
	var known *model.Cluster
	for seen := uint64(0); ; {
		c, n, err := from.Next(ctx, seen)
		switch {
		case err != nil && known != nil:
			return known, nil
		case err != nil:
			return nil, context.Cause(ctx)
		case c.Outage != nil && !c.Outage.Waiting:
			return nil, c.Outage.Err
		}
		if seen = n; !w.Known(c) {
			continue
		}
		if w.Whole == nil || w.Whole(c) {
			return c, nil
		}
		if known == nil {
			longer, enough := context.WithTimeout(ctx, w.Longer)
			defer enough()
			ctx = longer
		}
		known = c
	}
}
