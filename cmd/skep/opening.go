package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/moby/moby/api/types/network"

	"skep/internal/safetext"
	"skep/model"
)

const (
	// connectPatience is how long one connection may take to be accepted.
	connectPatience = 3 * time.Second
	// mostConnections are made at a time.
	mostConnections = 32
)

// opening is where a port is to answer, and whether it does.
type opening struct {
	model.Opening
	// Accepts is set where it was tried whether a connection is accepted.
	Accepts *bool `json:"accepts,omitempty"`
	// Why is why it does not answer, or was not tried.
	Why string `json:"why,omitempty"`
}

// silent reports whether it was tried, and did not answer.
func (o opening) silent() bool { return o.Accepts != nil && !*o.Accepts }

// connectTo connects to each, and closes the connection at once. Whether a datagram
// arrives nobody says, and so only TCP is tried. That something accepts does not say
// that a task does: an engine's own proxy accepts for a task that listens to nothing.
func connectTo(ctx context.Context, list []opening) {
	var all sync.WaitGroup
	free := make(chan struct{}, mostConnections)
	for i := range list {
		o := &list[i]
		if o.Protocol != network.TCP {
			o.Why = "not tried: " + string(o.Protocol) + " has no connections"
			continue
		}
		all.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			dialer := net.Dialer{Timeout: connectPatience}
			conn, err := dialer.DialContext(ctx, "tcp", o.at())
			if err == nil {
				_ = conn.Close()
			}
			accepts := err == nil
			o.Accepts, o.Why = &accepts, whyNot(err)
		})
	}
	all.Wait()
}

func (o opening) at() string { return net.JoinHostPort(o.Address, strconv.Itoa(int(o.Port))) }

// whyNot says why there was no connection.
func whyNot(err error) string {
	var late net.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &late) && late.Timeout():
		return "no answer within " + connectPatience.String() + ": a firewall, no way from here, or no task behind it"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused: nothing listens there"
	}
	if op := (*net.OpError)(nil); errors.As(err, &op) {
		err = op.Err
	}
	return err.Error()
}

// connectedText says which of the ports answer.
func connectedText(service string, list []opening) string {
	var b strings.Builder
	b.WriteString("\nConnected to from here\n")
	if len(list) == 0 {
		fmt.Fprintf(&b, "  nowhere: %s publishes no port that a node is to answer on now\n", safetext.Line(service))
	}
	rows := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, o := range list {
		said := "accepts"
		if o.Accepts == nil || !*o.Accepts {
			said = o.Why
		}
		_, _ = fmt.Fprintf(rows, "  %s\t%s\t%s\t%s\n", safetext.Line(o.Node), o.at(), o.Mode, safetext.Line(said))
	}
	_ = rows.Flush()
	return b.String()
}
