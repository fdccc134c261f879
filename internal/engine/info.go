package engine

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// info is the part of GET /info that matters here. It is decoded without the
// types of the API, some of which refuse what older engines send.
type info struct {
	Name, ServerVersion string
	Swarm               struct {
		NodeID           string
		LocalNodeState   swarm.LocalNodeState
		ControlAvailable bool
		Error            string
		RemoteManagers   []swarm.Peer
		Cluster          struct {
			ID   string
			Spec struct {
				Orchestration orchestration
			}
		}
	}
}

// asking is GET /info on its way, or answered when done is closed.
type asking struct {
	done chan struct{}
	info *info
	err  error
}

// ask asks the engine about itself, unless it is being asked. The answer is
// waited for in the background for as long as the pool is open: whoever wants
// it can wait with others, or come back.
func (c *Client) ask() *asking {
	c.asks.Lock()
	defer c.asks.Unlock()
	if c.asked != nil {
		return c.asked
	}
	a := &asking{done: make(chan struct{})}
	c.asked = a
	c.shared.running.Go(func() {
		a.info, a.err = c.info(c.shared.life, infoTimeout)
		if a.err == nil {
			c.shared.setManagers(a.info.managers())
		}
		c.asks.Lock()
		c.asked = nil
		c.asks.Unlock()
		close(a.done)
	})
	return a
}

func (c *Client) info(ctx context.Context, patience time.Duration) (*info, error) {
	data, err := c.whole(ctx, call{op: "ask the engine about itself", path: "/info", patience: patience})
	if err != nil {
		return nil, err
	}
	var i info
	if err := decodeShort(data, &i); err != nil {
		var mismatch *json.UnmarshalTypeError
		if !errors.As(err, &mismatch) {
			return nil, c.explain(ctx, "ask the engine about itself", &garbageError{err})
		}
	}
	if i.ServerVersion == "" && i.Swarm.LocalNodeState == "" {
		return nil, c.explain(ctx, "ask the engine about itself", &garbageError{errors.New("it is not a Docker engine's")})
	}
	return &i, nil
}

// managers are the others that the engine knows of.
func (i *info) managers() []model.Manager {
	var out []model.Manager
	for _, peer := range i.Swarm.RemoteManagers {
		if peer.Addr != "" && peer.NodeID != i.Swarm.NodeID {
			out = append(out, model.Manager{NodeID: model.NodeID(peer.NodeID), Address: host(peer.Addr)})
		}
	}
	return out
}

// host is an address without the port, which is that of the managers among
// themselves and of no use to anybody else.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		return h
	}
	return address
}

// situation tells what keeps the engine from showing the swarm; empty for
// nothing.
func (i *info) situation() model.Situation {
	said := situationOf(i.Swarm.Error)
	switch i.Swarm.LocalNodeState {
	case swarm.LocalNodeStateLocked:
		return model.Locked
	case swarm.LocalNodeStatePending:
		// A manager that was restarted and finds no quorum stays pending for
		// ever, and says why.
		switch {
		case said != "":
			return said
		case i.Swarm.ControlAvailable:
			// It is about to be active, and answers already.
			return ""
		case i.Swarm.NodeID != "" && !i.isManager():
			return model.Orphaned
		}
		return model.Preparing
	case swarm.LocalNodeStateError:
		if said != "" {
			return said
		}
		return model.EngineError
	case swarm.LocalNodeStateActive:
	default:
		return model.NotSwarm
	}
	switch {
	case said != "":
		return said
	case i.Swarm.ControlAvailable:
		return ""
	case len(i.Swarm.RemoteManagers) > 0 && i.isManager():
		return model.Preparing
	}
	return model.WorkerNode
}

// isManager reports whether the node is itself among the managers: one that is
// starting has no control yet, and is no worker.
func (i *info) isManager() bool {
	for _, peer := range i.Swarm.RemoteManagers {
		if peer.NodeID != "" && peer.NodeID == i.Swarm.NodeID {
			return true
		}
	}
	return false
}

// cause is what the engine says of its trouble: when it was asked about itself,
// or else in the answer to something else.
func (i *info) cause(said error) error {
	if i.Swarm.Error != "" {
		return errors.New(i.Swarm.Error)
	}
	return said
}
