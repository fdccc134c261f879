package lab

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// dialTimeout bounds a connection to a node: an unplugged one never answers.
const dialTimeout = 5 * time.Second

// Forward listens on the loopback until the test ends and passes connections
// on to the port where the node listens with TLS. It returns host and port.
//
// The connections go over the node's link, so Unplug holds them up.
func (n *Node) Forward(t testing.TB) string {
	t.Helper()
	return n.ForwardPort(t, tlsPort)
}

// ForwardPort is Forward to another port, such as one that a service publishes
// in host mode.
func (n *Node) ForwardPort(t testing.TB, port int) string {
	t.Helper()
	f, err := n.NewForward(port)
	if err != nil {
		t.Fatalf("lab: %v", err)
	}
	t.Cleanup(f.Close)
	return f.Addr()
}

// Forward passes connections from the loopback into a lab.
type Forward struct {
	listener net.Listener
	cancel   context.CancelFunc
	running  sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// NewForward starts a Forward to a port of the node, for those who have no test.
func (n *Node) NewForward(port int) (*Forward, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &Forward{listener: listener, cancel: cancel, conns: map[net.Conn]bool{}}
	// From the switch, not from the node itself, where a link that is down
	// would make no difference.
	namespace, target := n.lab.switchName(), fmt.Sprintf("%s:%d", n.IP(), port)
	f.running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.running.Go(func() { f.serve(ctx, conn, namespace, target) })
		}
	})
	return f, nil
}

// Addr is the host and port where the Forward listens.
func (f *Forward) Addr() string { return f.listener.Addr().String() }

// Close stops listening, cuts every connection and returns when all is still.
func (f *Forward) Close() {
	f.cancel()
	f.listener.Close()
	f.mu.Lock()
	for c := range f.conns {
		c.Close()
	}
	f.conns = nil
	f.mu.Unlock()
	f.running.Wait()
}

// serve passes bytes both ways until each side has said its last: one that has
// ended its half still gets the other's answer.
func (f *Forward) serve(ctx context.Context, from net.Conn, namespace, target string) {
	defer f.drop(from)
	if !f.keep(from) {
		return
	}
	dialCtx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	to, err := dialIn(dialCtx, namespace, target)
	if err != nil {
		return
	}
	defer f.drop(to)
	if !f.keep(to) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { pass(to, from) })
	both.Go(func() { pass(from, to) })
	both.Wait()
}

func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if tcp, ok := to.(*net.TCPConn); ok && err == nil {
		_ = tcp.CloseWrite()
		return
	}
	to.Close()
	from.Close()
}

// keep notes a connection for Close, and reports false after it.
func (f *Forward) keep(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conns == nil {
		return false
	}
	f.conns[c] = true
	return true
}

func (f *Forward) drop(c net.Conn) {
	c.Close()
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.conns, c)
}
