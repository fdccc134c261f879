package engine

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"skep/model"
)

// Connect settles on an API version and finds out whether the engine can show
// the swarm, and which swarm that is. It may be called again at any time.
//
// It asks for the swarm and not for GET /info, which looks at every container
// of its machine and has been seen to take half a minute; what only that tells,
// [Client.Complete] adds.
func (c *Client) Connect(ctx context.Context) (model.Session, error) {
	if err := c.ping(ctx); err != nil {
		return model.Session{}, err
	}
	s := model.Session{
		Context: c.endpoint.label(), Host: c.endpoint.Host, API: *c.version.Load(),
		ReadOnly: c.shared.options.ReadOnly,
	}
	cluster, err := c.cluster(ctx)
	if err != nil {
		return model.Session{}, c.refine(ctx, err)
	}
	s.Swarm, s.TaskHistory = cluster.ID, cluster.Spec.Orchestration.TaskHistoryRetentionLimit
	return s, nil
}

// cluster is the part of GET /swarm that matters here.
type cluster struct {
	ID   string
	Spec struct {
		Orchestration struct{ TaskHistoryRetentionLimit int64 }
	}
}

// cluster asks for the swarm. A proxy that does not let this request through
// may let the lists through, so then nothing is known, and nothing wrong.
func (c *Client) cluster(ctx context.Context) (cluster, error) {
	const op = "ask for the swarm"
	data, err := c.whole(ctx, call{op: op, path: "/swarm"})
	var said *ResponseError
	switch {
	case err == nil:
	case errors.As(err, new(*model.Trouble)) || !errors.As(err, &said):
		return cluster{}, err
	case said.Status == http.StatusForbidden:
		return cluster{}, nil
	default:
		// Nothing that answers so is an engine that can be used.
		return cluster{}, c.troubled(model.EngineError, err)
	}
	var found cluster
	if err := decodeShort(data, &found); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return cluster{}, c.explain(ctx, op, &garbageError{err})
	}
	if found.ID == "" {
		return cluster{}, c.explain(ctx, op, &garbageError{errors.New("it is not a Docker engine's")})
	}
	return found, nil
}

// refine adds to an answer that is no success what the engine says of itself,
// if it says so soon: why it can not show the swarm, and where the managers
// are. It is asked on beyond that, so that the next attempt may know.
func (c *Client) refine(ctx context.Context, err error) error {
	var said *ResponseError
	if !errors.As(err, &said) {
		return err
	}
	asked := c.ask()
	timer := time.NewTimer(infoPatience)
	defer timer.Stop()
	select {
	case <-asked.done:
	case <-timer.C:
		return err
	case <-ctx.Done():
		return err
	}
	if asked.err != nil {
		return err
	}
	var told *model.Trouble
	if s := asked.info.situation(); s != "" {
		return c.troubled(s, asked.info.cause(said))
	}
	if errors.As(err, &told) {
		return c.troubled(told.Situation, told.Cause)
	}
	return err
}

// Complete fills in what only GET /info tells. It can take long.
func (c *Client) Complete(ctx context.Context, s model.Session) (model.Session, error) {
	asked := c.ask()
	select {
	case <-asked.done:
	case <-ctx.Done():
		return s, ctx.Err()
	}
	if asked.err != nil {
		return s, asked.err
	}
	i := asked.info
	s.Endpoint, s.NodeID, s.Engine = i.Name, model.NodeID(i.Swarm.NodeID), i.ServerVersion
	if limit := i.Swarm.Cluster.Spec.Orchestration.TaskHistoryRetentionLimit; s.TaskHistory == 0 {
		s.TaskHistory = limit
	}
	return s, nil
}
