package releases

import (
	"context"
	"time"

	"skep/model"
)

// historyPatience is how long the first release of a service waits until all its
// tasks were read, whose specifications tell of former ones.
const historyPatience = 2 * time.Minute

// Updates tells the updates of services that a journal knows, the oldest first.
type Updates func(ctx context.Context) (map[model.ServiceID][]model.SpecUpdate, error)

// Recorder writes down what the services of a swarm are in the ledger, as snapshots
// show it. It asks the engine nothing. It is for one goroutine.
type Recorder struct {
	store   *Store
	updates Updates
	seen    map[model.ServiceID]sight
}

// sight is a service as it was seen last.
type sight struct {
	version uint64
	mark    string
	// known is set once the ledger has it so, and live where that was before it
	// changed.
	known, live bool
	since       time.Time
}

// NewRecorder makes a recorder; updates may be nil.
func NewRecorder(store *Store, updates Updates) *Recorder {
	return &Recorder{store: store, updates: updates, seen: map[model.ServiceID]sight{}}
}

// Feed publishes snapshots.
type Feed interface {
	Next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error)
}

// Follow records what a feed publishes, until the context ends.
func (r *Recorder) Follow(ctx context.Context, feed Feed) {
	for seen := uint64(0); ; {
		c, n, err := feed.Next(ctx, seen)
		if err != nil {
			return
		}
		seen = n
		_ = r.See(ctx, c) // It is tried again with the next one.
	}
}

// See records what a snapshot shows. What could not be written is tried again with
// the next one.
func (r *Recorder) See(ctx context.Context, c *model.Cluster) error {
	if c == nil || !c.Ready() || c.Session.Swarm == "" || c.Outage != nil {
		return nil
	}
	var due []*model.Service
	for _, s := range c.Services() {
		if s.Damage == "" && r.changed(c, s) && r.ripe(c, s) {
			due = append(due, s)
		}
	}
	r.forget(c)
	if len(due) == 0 {
		return nil
	}
	var updates map[model.ServiceID][]model.SpecUpdate
	if r.updates != nil {
		updates, _ = r.updates(ctx) // Without it the engine's own word has to do.
	}
	var first error
	for _, s := range due {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.record(c, s, updates[s.Key()]); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// changed reports whether a service is not in the ledger as it is.
func (r *Recorder) changed(c *model.Cluster, s *model.Service) bool {
	at, seen := r.seen[s.Key()]
	if seen && at.version == s.Version.Index {
		return !at.known
	}
	mark := markOf(s)
	switch {
	case !seen:
		last := r.store.LastMark(c.Session.Swarm, s.Name())
		at = sight{mark: mark, known: last == mark, since: c.At}
	case at.mark != mark:
		at.mark, at.known, at.live = mark, false, true
	}
	at.version = s.Version.Index
	r.seen[s.Key()] = at
	return !at.known
}

func markOf(s *model.Service) string {
	spec, err := model.PlainSpecOf(&s.Spec)
	if err != nil {
		return ""
	}
	return Mark(spec)
}

// ripe reports whether all is known that tells of former releases, or is waited for
// no longer.
func (r *Recorder) ripe(c *model.Cluster, s *model.Service) bool {
	_, read := c.TasksOf(s.Key())
	at := r.seen[s.Key()]
	return !read.IsZero() || c.At.Sub(at.since) > historyPatience || r.store.LastMark(c.Session.Swarm, s.Name()) != ""
}

// record writes a service down.
func (r *Recorder) record(c *model.Cluster, s *model.Service, updates []model.SpecUpdate) error {
	at := r.seen[s.Key()]
	tasks, _ := c.TasksOf(s.Key())
	err := r.store.Add(c.Session.Swarm, s.Name(), func(last *model.Release) []model.Release {
		return model.Reconstruct(last, model.Past{Service: s, Tasks: tasks, Updates: updates, Live: at.live})
	})
	if err == nil {
		at.known = true
		r.seen[s.Key()] = at
	}
	return err
}

// forget lets go of services that are gone.
func (r *Recorder) forget(c *model.Cluster) {
	if len(r.seen) <= 2*len(c.Services())+100 {
		return
	}
	for id := range r.seen {
		if c.Service(id) == nil {
			delete(r.seen, id)
		}
	}
}
