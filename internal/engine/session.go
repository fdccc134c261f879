package engine

import (
	"context"
	"errors"
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
		ReadOnly: c.shared.options.ReadOnly, Production: c.shared.options.Production,
	}
	var cluster cluster
	err := c.holding(func(l *link) (err error) {
		if cluster, err = c.cluster(held(ctx, l), 0); err == nil && cluster.ID != "" {
			l.askedAt = time.Now()
		}
		return err
	})
	if err != nil {
		return model.Session{}, c.refine(ctx, err)
	}
	if err := c.meets(cluster.ID); err != nil {
		return model.Session{}, err
	}
	s.Swarm, s.TaskHistory = cluster.ID, cluster.Spec.Orchestration.history()
	s.CertLife = cluster.Spec.CAConfig.NodeCertExpiry
	return s, nil
}

// refine adds to an answer that is no success what the engine says of itself,
// if it says so soon: why it cannot show the swarm, and where the managers
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
	if err := c.meets(i.Swarm.Cluster.ID); err != nil {
		return s, err
	}
	if s.Swarm == "" {
		s.Swarm = i.Swarm.Cluster.ID
	}
	s.Endpoint, s.NodeID, s.Engine = i.Name, model.NodeID(i.Swarm.NodeID), i.ServerVersion
	if s.TaskHistory == 0 {
		s.TaskHistory = i.Swarm.Cluster.Spec.Orchestration.history()
	}
	return s, nil
}
