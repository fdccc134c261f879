package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// Connect settles on an API version and finds out whether the engine can show
// the swarm. It may be called again at any time.
func (c *Client) Connect(ctx context.Context) (model.Session, error) {
	if err := c.ping(ctx); err != nil {
		return model.Session{}, err
	}
	info, err := c.info(ctx)
	if err != nil {
		return model.Session{}, err
	}
	managers := info.managers()
	if len(managers) > 0 {
		c.shared.managers.Store(&managers)
	}
	if s := info.situation(); s != "" {
		return model.Session{}, c.troubled(s, info.cause())
	}
	return model.Session{
		Context: c.endpoint.label(), Host: c.endpoint.Host, Endpoint: info.Name,
		NodeID: model.NodeID(info.Swarm.NodeID),
		Engine: info.ServerVersion, API: *c.version.Load(),
		ReadOnly: c.shared.options.ReadOnly,
		Managers: managers, TaskHistory: info.Swarm.Cluster.Spec.Orchestration.TaskHistoryRetentionLimit,
	}, nil
}

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
			Spec struct {
				Orchestration struct{ TaskHistoryRetentionLimit int64 }
			}
		}
	}
}

func (c *Client) info(ctx context.Context) (*info, error) {
	data, err := c.whole(ctx, call{op: "ask the engine about itself", path: "/info"})
	if err != nil {
		// Nothing that answers so is an engine that can be used.
		var said *ResponseError
		if errors.As(err, &said) && !errors.As(err, new(*model.Trouble)) {
			err = c.troubled(model.EngineError, err)
		}
		return nil, err
	}
	var i info
	if err := json.Unmarshal(data, &i); err != nil {
		var mismatch *json.UnmarshalTypeError
		if !errors.As(err, &mismatch) {
			return nil, c.explain(ctx, "ask the engine about itself", &garbageError{err})
		}
	}
	if i.ServerVersion == "" && i.Swarm.LocalNodeState == "" {
		return nil, c.explain(ctx, "ask the engine about itself", &garbageError{errors.New("it is not that of a Docker engine")})
	}
	return &i, nil
}

func (i *info) managers() []string {
	var addresses []string
	for _, peer := range i.Swarm.RemoteManagers {
		if peer.Addr != "" {
			addresses = append(addresses, peer.Addr)
		}
	}
	return addresses
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

// isManager tells whether the node is itself among the managers: one that is
// starting has no control yet, and is no worker.
func (i *info) isManager() bool {
	for _, peer := range i.Swarm.RemoteManagers {
		if peer.NodeID != "" && peer.NodeID == i.Swarm.NodeID {
			return true
		}
	}
	return false
}

// cause is what the engine itself says of its trouble.
func (i *info) cause() error {
	if i.Swarm.Error != "" {
		return errors.New(i.Swarm.Error)
	}
	if i.Swarm.LocalNodeState == "" {
		return errors.New("the engine says nothing of a swarm")
	}
	return fmt.Errorf("the engine says: swarm %s, manager: %t", i.Swarm.LocalNodeState, i.Swarm.ControlAvailable)
}
