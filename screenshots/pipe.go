package main

import (
	"context"
	"net"
	"sync"
)

// line is a network of one listener in memory. Unlike a socket's, its
// connections rest in the eyes of testing/synctest while nobody writes.
type line struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newLine() *line { return &line{conns: make(chan net.Conn), done: make(chan struct{})} }

// dial makes a connection to whoever accepts.
func (l *line) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case l.conns <- there:
		return here, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept implements net.Listener.
func (l *line) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (l *line) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr implements net.Listener.
func (l *line) Addr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "memory" }
func (address) String() string  { return "memory" }
