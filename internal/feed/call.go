package feed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"skep/model"
)

// kind is a sort of request. Each has its own pause.
type kind int

const (
	connect        kind = iota // find an endpoint
	listServices               // all services with their counts
	listNodes                  // all nodes
	screenAll                  // all tasks, because the screen shows them
	screenServices             // the tasks of the services on the screen
	screenNode                 // the tasks of the node on the screen
	ghosts                     // the tasks of a node that is down or was
	lively                     // the tasks of services where something happens
	still                      // the tasks of the others, little by little
	kinds
)

// screen tells whether somebody is looking at what the request is for.
func (k kind) screen() bool { return k == screenAll || k == screenServices || k == screenNode }

// call is one request.
type call struct {
	kind  kind
	query model.TaskQuery // of the kinds that list tasks
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
	// warned is set when it has shown as waiting.
	warned bool
}

// answer is how a request ended.
type answer struct {
	call
	started, ended time.Time
	bytes          int64
	err            error
	late           bool // given up rather than refused

	session  model.Session
	services []*model.Service
	nodes    []*model.Node
	tasks    []*model.Task
}

func (a answer) took() time.Duration { return a.ended.Sub(a.started) }

// send makes the request in a goroutine of its own, so that the loop can go on
// watching. The answer always comes.
func (l *loop) send(c call, now time.Time) {
	l.flight = &flight{call: c, started: now}
	go func() {
		a := answer{call: c, started: now}
		ctx, cancel := context.WithTimeout(l.ctx, requestTimeout)
		defer cancel()
		l.ask(ctx, &a)
		a.late = a.err != nil && ctx.Err() != nil
		a.ended = time.Now()
		l.answers <- a
	}()
}

// ask makes the request.
func (l *loop) ask(ctx context.Context, a *answer) {
	src := l.feed.src
	switch a.kind {
	case connect:
		a.session, a.err = src.Connect(ctx)
	case listServices:
		a.services, a.bytes, a.err = src.Services(ctx)
	case listNodes:
		a.nodes, a.bytes, a.err = src.Nodes(ctx)
	default:
		a.tasks, a.bytes, a.err = src.Tasks(ctx, a.query)
	}
}

// timeout says that a request was given up.
func (l *loop) timeout(err error) error {
	var told *model.Trouble
	if errors.As(err, &told) && told.Situation == model.Timeout {
		return err
	}
	return &model.Trouble{Situation: model.Timeout, Host: l.session.Host, Managers: l.session.Managers,
		Cause: fmt.Errorf("no answer within %s: %w", requestTimeout, err)}
}
