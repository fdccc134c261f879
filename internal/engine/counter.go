package engine

import (
	"net"
	"sync/atomic"
)

// Stats is what a pool has cost so far.
type Stats struct {
	// Requests that were sent, and those of them that change something.
	Requests, Writes uint64
	// Connections that were made.
	Connections uint64
	// Received and Sent are bytes on the wire, headers and TLS included.
	Received, Sent uint64
}

type counters struct {
	requests, writes, connections, received, sent atomic.Uint64
}

func (c *counters) stats() Stats {
	return Stats{
		Requests: c.requests.Load(), Writes: c.writes.Load(), Connections: c.connections.Load(),
		Received: c.received.Load(), Sent: c.sent.Load(),
	}
}

type countedConn struct {
	net.Conn
	counters *counters
}

func (c countedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.counters.received.Add(uint64(max(n, 0)))
	return n, err
}

func (c countedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.counters.sent.Add(uint64(max(n, 0)))
	return n, err
}
