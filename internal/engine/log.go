package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"

	"skep/internal/logstream"
	"skep/model"
)

// OpenLogs opens the log stream of a service or task, with timestamps and
// details. The stream has no time limit but the context's. An error wraps
// model.ErrGone and logstream.ErrGone if there is no such service or task.
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
	a, err := c.do(ctx, call{
		op: fmt.Sprintf("open the logs of %s %s", ref.Kind, ref.ID), path: at + "/logs", query: query, stream: true,
	})
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
