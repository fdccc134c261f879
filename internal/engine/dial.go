package engine

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/docker/cli/cli/connhelper"
	"github.com/moby/moby/client"
)

// dialFunc makes a connection to one fixed engine, whatever address it is
// asked for.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer is how the endpoint is reached.
func (e Endpoint) dialer() (dialFunc, error) {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: keepAlive, Interval: keepAlive, Count: keepAliveProbes,
	}}
	_, rest, _ := strings.Cut(e.Host, "://")
	switch e.scheme() {
	case "unix":
		return func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", rest)
		}, nil
	case "ssh":
		return e.sshDialer()
	case "npipe":
		pipe, err := client.New(client.WithHost(e.Host))
		if err != nil {
			return nil, err
		}
		dial := pipe.Dialer()
		return func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) }, nil
	default:
		return dialer.DialContext, nil
	}
}

// sshDialer runs ssh as docker does. The flags go before what the user's
// configuration of ssh says: without them a host that vanished leaves a
// connection that hangs for ever.
func (e Endpoint) sshDialer() (dialFunc, error) {
	helper, err := connhelper.GetConnectionHelperWithSSHOpts(e.Host, e.sshOptions())
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := helper.Dialer(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return sshConn{conn}, nil
	}, nil
}

func (e Endpoint) sshOptions() []string {
	out := []string{
		fmt.Sprintf("-oConnectTimeout=%d", int(sshTimeout.Seconds())),
		fmt.Sprintf("-oServerAliveInterval=%d", int(keepAlive.Seconds())),
		fmt.Sprintf("-oServerAliveCountMax=%d", keepAliveProbes),
	}
	if e.batch {
		out = append(out, "-oBatchMode=yes")
	}
	return out
}

// sshConn is a connection through an ssh process.
type sshConn struct{ net.Conn }

// Write returns what ssh said where the process ended before it took the
// request: the write itself knows of a broken pipe only.
func (c sshConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if err != nil {
		if _, said := c.Conn.Read(make([]byte, 1)); said != nil {
			err = said
		}
	}
	return n, err
}

// counted is how the endpoint is reached, or what the options put in its place,
// counting what it costs.
func (e Endpoint) counted(s *shared) (dialFunc, error) {
	dial, err := e.dialer()
	if err != nil {
		return nil, err
	}
	if own := s.options.Dial; own != nil {
		dial = func(ctx context.Context, _, _ string) (net.Conn, error) { return own(ctx) }
	}
	counters := &s.counters
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		counters.connections.Add(1)
		return countedConn{calm(conn), counters}, nil
	}, nil
}

// newTransport is the HTTP transport of one link to the endpoint.
func (e Endpoint) newTransport(dial dialFunc) *http.Transport {
	t := &http.Transport{
		DialContext:         dial,
		TLSClientConfig:     e.tls,
		TLSHandshakeTimeout: dialTimeout,
		MaxIdleConns:        1,
		IdleConnTimeout:     idleTimeout,
		ReadBufferSize:      readBuffer,

		MaxResponseHeaderBytes: maxHeader,
		// The engine compresses nothing, and a cut body must be seen as one.
		DisableCompression: true,
	}
	if e.scheme() == "tcp" {
		t.Proxy = http.ProxyFromEnvironment
	}
	return t
}
