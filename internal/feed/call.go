package feed

import (
	"context"
	"strings"
	"time"

	"skep/model"
)

// kind is a sort of request. Each has its own pause.
type kind int

const (
	connect        kind = iota // find an endpoint
	complete                   // what the engine says of itself
	listServices               // all services with their counts
	listNodes                  // all nodes
	listObjects                // all objects of another kind, which the screen shows
	screenAll                  // all tasks, because the screen shows them
	screenServices             // the tasks of the services on the screen
	screenNode                 // the tasks of the node on the screen
	ghosts                     // the tasks of a node that is down or was
	active                     // the tasks of services where something happens
	sweep                      // the tasks of the others, little by little
	kinds
)

// screen reports whether somebody is looking at what the request is for.
func (k kind) screen() bool { return k == screenAll || k == screenServices || k == screenNode }

// lane is a queue of requests that go out one after the other. Those of other
// lanes pass beside one that takes its time.
type lane int

// tasksLane is shared by all lists of tasks.
const (
	tasksLane = lane(screenAll)
	lanes     = tasksLane + 1
)

func (k kind) lane() lane { return min(lane(k), tasksLane) }

// awaited is what the screen waits for while the request is late; empty for
// nothing.
func (k kind) awaited() string {
	switch {
	case k == connect:
		return "the engine"
	case k == listServices:
		return "the services"
	case k == listNodes:
		return "the nodes"
	case k.screen():
		return "the tasks"
	}
	return ""
}

// awaited is what the screen waits for while the request is late.
func (c call) awaited() string {
	if c.kind == listObjects {
		return "the " + c.of.Info().Plural
	}
	return c.kind.awaited()
}

// call is one request.
type call struct {
	kind  kind
	query model.TaskQuery // of the kinds that list tasks
	of    model.Kind      // of listObjects
	// news is set for a first look while the budgets for all are used up.
	news bool
}

// key tells queries of a kind apart.
func (c call) key() string {
	if len(c.query.Services) == 0 {
		return string(c.query.Node)
	}
	var b strings.Builder
	for _, id := range c.query.Services {
		b.WriteString(string(id))
		b.WriteByte(' ')
	}
	return b.String()
}

// flight is a request on its way.
type flight struct {
	call
	started time.Time
	cancel  context.CancelFunc
	// void is set when its answer counts for nothing any more: the connection
	// that it was made on has failed.
	void bool
}

// answer is how a request ended.
type answer struct {
	call
	started, ended time.Time
	bytes          int64
	err            error

	session  model.Session
	services []*model.Service
	nodes    []*model.Node
	tasks    []*model.Task
	objects  []model.Object
}

func (a answer) took() time.Duration { return a.ended.Sub(a.started) }

// send makes the request in a goroutine of its own, so that the loop can go on
// watching. The answer always comes.
func (l *loop) send(c call, now time.Time) {
	ctx, cancel := context.WithCancel(l.ctx)
	l.flights[c.kind.lane()] = &flight{call: c, started: now, cancel: cancel}
	session := l.session
	go func() {
		defer cancel()
		a := answer{call: c, started: now, session: session}
		l.ask(ctx, &a)
		a.ended = time.Now()
		l.answers <- a
	}()
}

// land frees the lane of a request, and reports whether its answer counts.
func (l *loop) land(a answer) bool {
	f := l.flights[a.kind.lane()]
	l.flights[a.kind.lane()] = nil
	return !f.void && l.ctx.Err() == nil
}

// abandon gives up what is on its way.
func (l *loop) abandon() {
	for _, f := range l.flights {
		if f != nil {
			f.void = true
			f.cancel()
		}
	}
}

// ask makes the request.
func (l *loop) ask(ctx context.Context, a *answer) {
	src := l.feed.src
	switch a.kind {
	case connect:
		a.session, a.err = src.Connect(ctx)
	case complete:
		a.session, a.err = src.Complete(ctx, a.session)
	case listServices:
		a.services, a.bytes, a.err = src.Services(ctx)
	case listNodes:
		a.nodes, a.bytes, a.err = src.Nodes(ctx)
	case listObjects:
		a.objects, a.bytes, a.err = src.List(ctx, a.of)
	case screenAll, screenServices, screenNode, ghosts, active, sweep:
		a.tasks, a.bytes, a.err = src.Tasks(ctx, a.query)
	}
}
