package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"skep/internal/logstream"
	"skep/model"
)

// quietAfter is after what time without an answer a log that is followed is
// taken for one in which nothing was written yet. A refusal comes sooner.
const quietAfter = time.Second

// OpenLogs opens the log stream of a service or task, with timestamps and
// details. The stream has no time limit but the context's. An error wraps
// model.ErrGone and logstream.ErrGone if there is no such service or task; that
// of a refusal that comes late is given by the first Read.
//
// The engine sends not even the headers before the first line (20.10, 28.5): a
// service that is silent must not look like an engine that hangs.
func (c *Client) OpenLogs(ctx context.Context, q logstream.Query) (io.ReadCloser, error) {
	ref := model.ServiceID(q.Service).Ref()
	if q.Task != "" {
		ref = model.TaskID(q.Task).Ref()
	}
	at, err := objectPath(ref)
	if err != nil {
		return nil, err
	}
	query := url.Values{
		"stdout": {"1"}, "stderr": {"1"}, "timestamps": {"1"}, "details": {"1"},
		"tail": {strconv.Itoa(max(q.Tail, 0))},
	}
	if q.Follow {
		query.Set("follow", "1")
	}
	if !q.Since.IsZero() {
		query.Set("since", unixTime(q.Since))
	}
	req := call{
		op: fmt.Sprintf("open the logs of %s %s", ref.Kind, ref.ID), path: at + "/logs", query: query,
		stream: true, quiet: q.Follow, sent: new(atomic.Bool),
	}
	if !q.Follow {
		return c.openLogs(ctx, req)
	}
	ctx, cancel := context.WithCancel(ctx)
	late := &lateBody{cancel: cancel, opened: make(chan struct{})}
	go func() {
		defer close(late.opened)
		late.body, late.err = c.openLogs(ctx, req)
	}()
	for {
		select {
		case <-late.opened:
			if late.err != nil {
				cancel()
				return nil, late.err
			}
			return late, nil
		case <-time.After(quietAfter):
			if req.sent.Load() {
				return late, nil
			}
		}
	}
}

func (c *Client) openLogs(ctx context.Context, req call) (io.ReadCloser, error) {
	a, err := c.do(ctx, req)
	if errors.Is(err, model.ErrGone) {
		return nil, fmt.Errorf("%w: %w", logstream.ErrGone, err)
	}
	if err != nil {
		return nil, err
	}
	return logBody{a}, nil
}

// logBody is a stream of logs whose errors are told as the package promises.
type logBody struct{ *answer }

func (b logBody) Read(p []byte) (int, error) {
	n, err := b.answer.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = b.fail(err)
	}
	return n, err
}

// lateBody is a stream of logs whose first byte is still to come.
type lateBody struct {
	cancel context.CancelFunc
	// opened is closed once there is a body or an error.
	opened chan struct{}
	body   io.ReadCloser
	err    error
}

// Answered implements logstream.Late.
func (b *lateBody) Answered() <-chan struct{} { return b.opened }

func (b *lateBody) Read(p []byte) (int, error) {
	<-b.opened
	if b.err != nil {
		return 0, b.err
	}
	return b.body.Read(p)
}

func (b *lateBody) Close() error {
	b.cancel()
	<-b.opened
	if b.err != nil {
		return nil // There is nothing to close.
	}
	return b.body.Close()
}
