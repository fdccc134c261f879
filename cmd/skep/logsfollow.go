package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/logs"
)

// lastWords is how long what has left the swarm is still listened to.
const lastWords = 3 * time.Second

// follower keeps a log that is followed in step with the swarm.
type follower struct {
	p      *printer
	of     model.LogSource
	plan   *logs.Plan
	since  time.Time
	stream *logstream.Stream
	watch  *model.LogWatch
	// look says what is to be read of the swarm, and looks is what was said last.
	look  func(model.Interest)
	looks model.Interest
	// homes are the services of the tasks that the log is of.
	homes map[model.TaskID]model.ServiceID
}

// startIn notes where the tasks are at home in the first snapshot.
func (f *follower) startIn(c *model.Cluster) {
	f.homes = map[model.TaskID]model.ServiceID{}
	for _, id := range f.of.Tasks {
		if t := c.Task(id); t != nil {
			f.homes[id] = t.ServiceID
		}
	}
}

// see takes in a snapshot; an error says that nothing is left that could write.
func (f *follower) see(c *model.Cluster) error {
	if f.gone(c) {
		return fmt.Errorf("%s no longer exists", f.p.request.target)
	}
	if looks := f.interest(c); !looks.Equal(f.looks) {
		f.looks = looks
		f.look(looks)
	}
	// A service that has just joined comes before its tasks: until they are read, what
	// is followed stays.
	if targets, known := f.p.targets(f.plan, c, f.since); known {
		f.stream.Retarget(targets)
	}
	for _, text := range f.watch.Observe(c) {
		f.stream.Notice(text)
	}
	return nil
}

// interest is what has to be read to know who writes the log, also of a task that has
// left the swarm.
func (f *follower) interest(c *model.Cluster) model.Interest {
	looks := f.of.Interest(c)
	for _, id := range f.of.Tasks {
		if home, known := f.homes[id]; known {
			looks = looks.With(home.Ref())
		}
	}
	return looks
}

// gone reports whether nothing is left of what the log is of.
func (f *follower) gone(c *model.Cluster) bool {
	return len(f.of.AllOf(c)) == 0 &&
		!slices.ContainsFunc(f.of.Nodes, func(id model.NodeID) bool { return c.Node(id) != nil }) &&
		!slices.ContainsFunc(f.of.Tasks, func(id model.TaskID) bool { return !f.taskGone(c, id) })
}

// taskGone reports whether the tasks of a task's service were read, and it is none of
// them.
func (f *follower) taskGone(c *model.Cluster, id model.TaskID) bool {
	home, known := f.homes[id]
	if c.Task(id) != nil || !known {
		return false
	}
	_, at := c.TasksOf(home)
	return !at.IsZero() || c.Service(home) == nil
}

// watchFeed takes in each snapshot, until the context ends or nothing is left that writes.
func (f *follower) watchFeed(ctx context.Context, next func(context.Context, uint64) (*model.Cluster, uint64, error)) error {
	for seen := uint64(0); ; {
		c, n, err := next(ctx, seen)
		if err != nil {
			return err
		}
		seen = n
		f.p.cluster.Store(c)
		if err := f.see(c); err != nil {
			f.stream.Retarget(nil)
			select { // What was written last is on its way.
			case <-ctx.Done():
			case <-time.After(lastWords):
			}
			return err
		}
	}
}
