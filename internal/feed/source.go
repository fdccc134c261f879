package feed

import (
	"context"

	"skep/model"
)

// Source answers for the swarm. The counts are the bytes of the answers. Every
// call ends: with an error where nothing has come for so long that nothing will.
// How long an answer may take that does come is not bounded, because a long
// list over a slow connection takes its time. The feed makes one call of each method at
// a time, apart from the streams of events that earlier calls opened.
type Source interface {
	// Connect finds an endpoint that can show the swarm. Where there are
	// several, each call begins with the one after the last.
	Connect(context.Context) (model.Session, error)
	// Complete fills in what only the engine's own word tells, which may take
	// long to come.
	Complete(context.Context, model.Session) (model.Session, error)
	// Connections counts the connections made so far. Each may lead to another
	// manager of the swarm.
	Connections() uint64
	Lister
	// Events opens the stream of hints. It is open when Events returns, so
	// that nothing is missed between it and a list made afterwards. Where it
	// could not be opened, is lost, or the context ends, the first channel is
	// closed and the second holds the reason.
	Events(context.Context) (<-chan model.Event, <-chan error)
}

// Lister lists what the swarm consists of.
type Lister interface {
	Services(context.Context) ([]*model.Service, int64, error)
	Nodes(context.Context) ([]*model.Node, int64, error)
	// Tasks answers with an error that is [model.ErrGone] if the query names
	// something that no longer exists.
	Tasks(context.Context, model.TaskQuery) ([]*model.Task, int64, error)
	// List lists the objects of a kind that is kept as a [model.Set].
	List(context.Context, model.Kind) ([]model.Object, int64, error)
}
