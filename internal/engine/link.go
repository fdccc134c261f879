package engine

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// link is one connection to the engine, made when it is first used. Each has a
// transport of its own, which dials once: what is asked on it goes to the engine
// that it was made to, or nowhere. A transport that keeps several connections
// would choose among them by itself, and dial behind our back, and an address
// may lead to another swarm from one connection to the next.
type link struct {
	transport *http.Transport
	dialed    atomic.Bool
	// dead is set when the connection is closed, by whichever side.
	dead atomic.Bool
	// epoch is that of the links when it was made.
	epoch int
	// askedAt is when it was last asked which swarm it leads to. It belongs to
	// who holds the link.
	askedAt time.Time
}

// errSpent means that a link has lost its connection: before anything was sent, or
// before the answer to something that may be asked twice.
var errSpent = errors.New("the engine closed the connection without an answer")

// end closes the connection once nothing uses it.
func (l *link) end() {
	l.dead.Store(true)
	l.transport.CloseIdleConnections()
}

// closing tells its link when the connection is closed.
type closing struct {
	net.Conn
	link *link
}

func (c closing) Close() error {
	c.link.dead.Store(true)
	return c.Conn.Close()
}

// links are the connections of one client that nothing uses at the moment.
type links struct {
	mu    sync.Mutex
	idle  []*link // the one used last is the last
	epoch int
}

// take is a link for whoever asks: the one used last, or a fresh one.
func (c *Client) take() (l *link, fresh bool) {
	c.links.mu.Lock()
	defer c.links.mu.Unlock()
	for n := len(c.links.idle); n > 0; n = len(c.links.idle) {
		l := c.links.idle[n-1]
		c.links.idle = c.links.idle[:n-1]
		if !l.dead.Load() {
			return l, false
		}
	}
	return c.fresh(), true
}

func (c *Client) fresh() *link {
	l := &link{epoch: c.links.epoch}
	l.transport = c.endpoint.newTransport(func(ctx context.Context, network, address string) (net.Conn, error) {
		if l.dialed.Swap(true) {
			return nil, errSpent
		}
		conn, err := c.dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if l.dead.Load() { // It was given up meanwhile.
			_ = conn.Close()
			return nil, errSpent
		}
		return closing{conn, l}, nil
	})
	return l
}

// put gives a link back.
func (c *Client) put(l *link) {
	c.links.mu.Lock()
	keep := !l.dead.Load() && l.dialed.Load() && l.epoch == c.links.epoch && len(c.links.idle) < maxIdle
	if keep {
		c.links.idle = append(c.links.idle, l)
	}
	c.links.mu.Unlock()
	if !keep {
		l.end()
	}
}

// dropLinks closes the connections that nothing uses, and the others when they
// are given back.
func (c *Client) dropLinks() {
	c.links.mu.Lock()
	idle := c.links.idle
	c.links.idle = nil
	c.links.epoch++
	c.links.mu.Unlock()
	for _, l := range idle {
		l.end()
	}
}

// held is the context of what has to go out on one link.
func held(ctx context.Context, l *link) context.Context { return context.WithValue(ctx, linkKey{}, l) }

type linkKey struct{}

// holding calls f with a link that nothing else uses, and again with another
// where that one had lost its connection before.
func (c *Client) holding(f func(l *link) error) error {
	for {
		l, fresh := c.take()
		err := f(l)
		c.put(l)
		if fresh || !errors.Is(err, errSpent) {
			return err
		}
	}
}

// over sends a request on a link and calls done once the link is free again.
func (l *link) over(r *http.Request, done func()) (*http.Response, error) {
	resp, err := l.transport.RoundTrip(r)
	if err != nil {
		l.end()
		done()
		if errors.Is(err, io.EOF) {
			err = errHungUp // The transport says no more than EOF.
		}
		return nil, err
	}
	if resp.Body == nil || resp.Body == http.NoBody {
		done()
		return resp, nil
	}
	resp.Body = &linkBody{ReadCloser: resp.Body, done: sync.OnceFunc(done)}
	return resp, nil
}

// linkBody is a body that frees its link when it was read or closed.
type linkBody struct {
	io.ReadCloser
	done func()
}

func (b *linkBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.done()
	}
	return n, err
}

func (b *linkBody) Close() error {
	err := b.ReadCloser.Close()
	b.done()
	return err
}
