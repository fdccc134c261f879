package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/moby/moby/api/types/common"

	"skep/model"
)

// call is one request.
type call struct {
	// op is what the request is for, in words: "list the services".
	op     string
	method string // GET if empty
	path   string
	// member is the part of the answer that is the list; empty where the answer
	// is.
	member string
	query  url.Values
	header http.Header
	body   []byte
	// patience is how long to wait for the next byte; that of the options if 0.
	patience time.Duration
	// stream lifts the limit once the headers are there, and that on the size.
	stream bool
	// quiet lifts the limit once the request is on its way: what it asks for may
	// have no first byte for hours, and the engine sends no headers before that.
	quiet bool
	// foreign marks a call that another server answers through the engine, so
	// that its words say nothing of the swarm.
	foreign bool
	// within bounds the whole, to the last byte of the body; 0 for no bound.
	within time.Duration
	// sent, where there is one, is set once there is a connection to send on.
	sent *atomic.Bool
	// limit is the largest body in bytes; that of the options if 0.
	limit int64
}

var (
	errNoAnswer = errors.New("no answer in time")
	errHungUp   = fmt.Errorf("the engine closed the connection without an answer: %w", io.EOF)
	errTrickles = errors.New("the answer did not come to its end in time")
	errTooLong  = model.ErrTooLarge
)

// answer is the body of a good response. It has to be closed.
type answer struct {
	client *Client
	call   call
	body   io.ReadCloser
	parent context.Context // what the caller gave
	ctx    context.Context // what the request runs under
	cancel context.CancelCauseFunc
	guard  *time.Timer // of the next byte
	whole  *time.Timer // of all of it; nil for no bound
	size   int64
}

// do sends a request. An error is one of those that the package promises.
func (c *Client) do(parent context.Context, req call) (*answer, error) {
	req.fill(c.shared.options)
	ctx, cancel := context.WithCancelCause(parent)
	r, err := http.NewRequestWithContext(ctx, req.method, c.url(req.path, req.query), nil)
	if err != nil {
		cancel(nil)
		return nil, fmt.Errorf("%s: %w", req.op, err)
	}
	if req.body != nil {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(req.body)), int64(len(req.body))
		r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(req.body)), nil }
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.endpoint.headers {
		r.Header.Set(name, value)
	}
	for name, values := range req.header {
		r.Header[name] = values
	}
	r.Header.Set("User-Agent", "skep")

	a := &answer{client: c, call: req, parent: parent, ctx: ctx, cancel: cancel}
	a.guard = time.AfterFunc(req.patience+c.loginTime(), func() { cancel(errNoAnswer) })
	trace := onceOnly(cancel, req.sent)
	if req.quiet {
		trace.WroteRequest = func(httptrace.WroteRequestInfo) { a.guard.Stop() }
	}
	r = r.WithContext(httptrace.WithClientTrace(ctx, trace))
	if req.within > 0 {
		a.whole = time.AfterFunc(req.within+c.loginTime(), func() { cancel(errTrickles) })
	}
	resp, err := c.http.Do(r)
	if err != nil {
		err = a.fail(err)
		_ = a.Close()
		return nil, err
	}
	a.body = resp.Body
	c.noteClock(resp)
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		defer a.Close()
		return nil, c.refused(parent, req, resp.StatusCode, errorText(resp, a))
	}
	if req.stream {
		a.guard.Stop()
	}
	return a, nil
}

// onceOnly ends a request that the transport would send again. It does so with
// each idle connection that there is, for as long as they break without an
// answer. That is right where one was closed before the request came, and shows
// at once; it is not where the engine takes requests and drops them.
func onceOnly(cancel context.CancelCauseFunc, sent *atomic.Bool) *httptrace.ClientTrace {
	var first time.Time
	return &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if sent != nil {
			sent.Store(true)
		}
		if first.IsZero() {
			first = time.Now()
		} else if time.Since(first) > resendWithin {
			cancel(errHungUp)
		}
	}}
}

// writes reports whether a request changes something.
func (req *call) writes() bool {
	return req.method != http.MethodGet && req.method != http.MethodHead && req.method != ""
}

func (req *call) fill(o Options) {
	if req.method == "" {
		req.method = http.MethodGet
	}
	if req.patience == 0 {
		req.patience = cmp.Or(o.Patience, answerTimeout)
	}
	if req.limit == 0 {
		req.limit = cmp.Or(o.MaxBody, maxBody)
	}
}

// loginTime is what a connection may take before the engine sees a request.
func (c *Client) loginTime() time.Duration {
	if c.endpoint.scheme() == "ssh" {
		return sshTimeout
	}
	return 0
}

// noteClock compares the clocks; the header has a resolution of a second.
func (c *Client) noteClock(resp *http.Response) {
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		c.skew.Store(int64(time.Until(at)))
	}
}

// Read reads the body, within the limits of its call. A body that was cut is
// an error, because the transport knows how long it was to be.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	a.size += int64(n)
	if !a.call.stream {
		a.guard.Reset(a.call.patience)
		if a.size > a.call.limit {
			return n, errTooLong
		}
	}
	return n, err
}

// Close ends the request.
func (a *answer) Close() error {
	a.guard.Stop()
	if a.whole != nil {
		a.whole.Stop()
	}
	// The context ends after the body, so that a connection whose body was
	// read to its end can be used again.
	if a.body != nil {
		_ = a.body.Close()
	}
	a.cancel(nil)
	return nil
}

// fail turns an error met while sending or reading into what the caller gets.
func (a *answer) fail(err error) error {
	if err == nil {
		return nil
	}
	// The address is in the trouble already, and the rest of it is ours.
	var tried *url.Error
	if errors.As(err, &tried) {
		err = tried.Err
	}
	switch cause := context.Cause(a.ctx); {
	case errors.Is(cause, errHungUp):
		err = cause
	case errors.Is(cause, errNoAnswer):
		err = fmt.Errorf("%w (waited %s)", errNoAnswer, a.call.patience)
	case errors.Is(cause, errTrickles):
		err = fmt.Errorf("%w (waited %s)", errTrickles, a.call.within)
	}
	if a.body != nil {
		err = &brokenError{err} // An engine that does not answer is something else.
	}
	if len(err.Error()) > maxSaid {
		err = shortError{err}
	}
	return a.client.explain(a.parent, a.call.op, err)
}

// all reads the whole body.
func (a *answer) all() ([]byte, error) {
	data, err := io.ReadAll(a)
	if err != nil {
		return nil, a.fail(err)
	}
	if _, err := weigh(data); err != nil {
		return nil, a.fail(err)
	}
	return data, nil
}

// whole sends a request for a single object and reads it.
func (c *Client) whole(ctx context.Context, req call) ([]byte, error) {
	req.fill(c.shared.options)
	req.limit = maxDocument
	req.within = cmp.Or(req.within, wholePatience*req.patience)
	a, err := c.do(ctx, req)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	return a.all()
}

// errorText is the message of a response that is no success.
func errorText(resp *http.Response, body io.Reader) string {
	data, err := io.ReadAll(io.LimitReader(body, maxErrorBody))
	var e common.ErrorResponse
	text := strings.TrimSpace(string(data))
	if json.Unmarshal(data, &e) == nil && e.Message != "" {
		text = strings.TrimSpace(e.Message)
	}
	if text == "" {
		text = http.StatusText(resp.StatusCode)
	}
	text = shorten(text, maxSaid)
	if err != nil {
		text += " (and the message broke off: " + err.Error() + ")"
	}
	return text
}
