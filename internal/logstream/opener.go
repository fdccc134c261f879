package logstream

import (
	"context"
	"errors"
	"io"
	"time"
)

// Opener opens the log stream of a service or task at the engine, always with
// timestamps and details, standard output and standard error. The context
// bounds the whole stream, not only its opening.
//
// An error that wraps [ErrGone], or has a method NotFound like those of the
// Docker client, says that the target does not exist any more: it is not tried
// again.
type Opener interface {
	OpenLogs(ctx context.Context, q Query) (io.ReadCloser, error)
}

// Late is a body of a stream whose answer may still be to come: the engine sends not
// even its headers before the first line.
type Late interface {
	// Answered is closed once there is an answer.
	Answered() <-chan struct{}
}

// Query is what an Opener is asked for.
type Query struct {
	// Service or Task is the ID of the target; exactly one is set.
	Service, Task string
	// TTY is whether the target's spec says so. The stream itself is looked
	// at, so a stale value does no harm.
	TTY bool
	// Follow asks for a stream that goes on.
	Follow bool
	// Tail is how many of the newest lines to send of each task.
	Tail int
	// Since is the time of the oldest line to send, inclusive; zero for any.
	Since time.Time
}

// Target names what to follow.
type Target struct {
	// Service or Task is the ID of the target; exactly one is set.
	Service, Task string
	// TTY is whether the target's spec says so.
	TTY bool
	// Since is the time of the oldest line of interest, zero for any.
	Since time.Time
	// Once reads what there is and ends, for a task that has ended.
	Once bool
	// Whole asks for all lines at first, not for the newest: of a task that began
	// after the log was opened.
	Whole bool
	// Away says that the node of the task cannot be asked now: the engine would
	// not answer. It is asked when that is over.
	Away bool
}

// key is what tells a target from the others of a stream.
func (t *Target) key() string { return t.Service + "/" + t.Task }

// ErrGone says that the target does not exist any more.
var ErrGone = errors.New("the target no longer exists")

// ErrClosed is returned by Next after Close.
var ErrClosed = errors.New("the log stream is closed")

func gone(err error) bool {
	var notFound interface{ NotFound() }
	return errors.Is(err, ErrGone) || errors.As(err, &notFound)
}
