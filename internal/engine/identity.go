package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"skep/model"
)

// identity is the swarm that the clients of a pool are for: the first that
// answers, unless the options name it. It never becomes another.
type identity struct {
	mu     sync.Mutex
	id, at string
}

// meets takes note that a swarm answered at an address. It is an error if that
// is another swarm than the pool's. An empty ID says nothing.
func (s *identity) meets(id, at string) *model.OtherSwarmError {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case id == "":
	case s.id == "" || s.id == id:
		s.id, s.at = id, at
	default:
		return &model.OtherSwarmError{Shown: s.id, ShownAt: s.at, Found: id, FoundAt: at}
	}
	return nil
}

// known is the ID of the pool's swarm; empty while it is not known.
func (s *identity) known() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// meets takes note that a swarm answered here. Where it is another than the
// pool's, the connections lead to it, or are about to.
func (c *Client) meets(id string) error {
	other := c.shared.swarm.meets(id, c.endpoint.Host)
	if other == nil {
		return nil
	}
	c.dropLinks()
	return c.troubled(model.OtherSwarm, other)
}

// doubts reports whether a read has to wait until it is known which swarm its
// link leads to: where the link is new, and from time to time, because a swarm
// can be left and made anew under an engine that goes on. What is asked to find
// that out does not wait for it, nor does anything while the engine will not say.
func (c *Client) doubts(l *link, r *http.Request) bool {
	if time.Since(l.askedAt) < identityAge || time.Now().UnixNano() < c.silentUntil.Load() {
		return false
	}
	for _, own := range []string{"/swarm", "/_ping", "/info"} {
		if strings.HasSuffix(r.URL.Path, own) {
			return false
		}
	}
	return true
}

// verify asks on a link which swarm it leads to. It is an error only if that is
// another one: a read does not wait long for the answer, and goes on without.
func (c *Client) verify(ctx context.Context, l *link) error {
	// Nothing of the request that waits but its end: this is another one.
	asking, cancel := context.WithCancel(c.shared.life)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	found, err := c.cluster(held(asking, l), identityPatience)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errSpent):
		return nil // The next connection is asked.
	case err == nil && found.ID != "":
		l.askedAt = time.Now()
		return c.meets(found.ID)
	}
	c.silentUntil.Store(time.Now().Add(identitySilence).UnixNano())
	return nil
}

// cluster is the part of GET /swarm that matters here.
type cluster struct {
	ID   string
	Spec struct {
		Orchestration orchestration
		CAConfig      struct{ NodeCertExpiry time.Duration }
	}
}

// orchestration is how many tasks of a slot are kept, the one that lives included, as
// the swarm has it.
type orchestration struct{ TaskHistoryRetentionLimit *int64 }

// history is how many tasks of a slot are kept: the one that lives always is; 0 where it
// was not told.
func (o orchestration) history() int64 {
	switch limit := o.TaskHistoryRetentionLimit; {
	case limit == nil:
		return 0
	case *limit == 0:
		return 1
	default:
		return *limit
	}
}

// cluster asks for the swarm. A proxy that does not let this request through
// may let the lists through, so then nothing is known, and nothing wrong.
func (c *Client) cluster(ctx context.Context, patience time.Duration) (cluster, error) {
	const op = "ask for the swarm"
	data, err := c.whole(ctx, call{op: op, path: "/swarm", patience: patience})
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

// guarded sends a write on a connection on which the engine has just said that
// it is of the swarm that the write is for, and of the pool's. Where it is not,
// or does not say, nothing is sent, and the error wraps model.ErrNotSent.
func (c *Client) guarded(ctx context.Context, swarm string, req call) ([]byte, error) {
	var said []byte
	err := c.holding(func(l *link) error {
		if err := c.admit(ctx, l, swarm); err != nil {
			return notSent(req.op, err)
		}
		var err error
		if said, err = c.write(held(ctx, l), req); errors.Is(err, errSpent) {
			err = notSent(req.op, err)
		}
		return err
	})
	return said, err
}

// notSent says of an error that nothing was written. What is not known of a
// write is only whether it arrived, so this is none of the troubles that leave
// that open.
func notSent(op string, err error) error {
	var trouble *model.Trouble
	if errors.As(err, &trouble) {
		err = cmp.Or(trouble.Cause, err)
	}
	return fmt.Errorf("%s: %w: %w", op, model.ErrNotSent, err)
}

// admit is why a link may not be written on for a swarm; nil if it may.
func (c *Client) admit(ctx context.Context, l *link, swarm string) error {
	id, err := c.swarmOf(ctx, l)
	if err != nil {
		return err
	}
	if err := c.meets(id); err != nil {
		return err
	}
	switch {
	case swarm == id && id == c.shared.swarm.known():
		return nil // Or nobody ever said, which the plan has told.
	case id == "":
		return model.ErrSwarmUnknown
	case swarm == "":
		return errPlannedBlind
	}
	return &model.OtherSwarmError{Shown: swarm, Found: id, FoundAt: c.endpoint.Host}
}

// errPlannedBlind means that a write was planned before it was known for which
// swarm.
var errPlannedBlind = errors.New("it was planned before the engine had told which swarm this is; open it again")

// swarmOf asks on a link which swarm it leads to: first for the swarm, and where
// that is not let through, the engine about itself. It is empty where neither
// is.
func (c *Client) swarmOf(ctx context.Context, l *link) (string, error) {
	found, err := c.cluster(held(ctx, l), writeIdentityPatience)
	if err != nil || found.ID != "" {
		l.askedAt = time.Now()
		return found.ID, err
	}
	i, err := c.info(held(ctx, l), writeIdentityPatience)
	if err == nil {
		return i.Swarm.Cluster.ID, nil
	}
	if said := new(ResponseError); errors.As(err, &said) && said.Status == http.StatusForbidden {
		return "", nil
	}
	return "", err
}
