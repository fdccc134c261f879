package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"

	"github.com/moby/moby/api/types/registry"

	"skep/model"
)

// Update writes the specification of a service or node, exactly as given, on
// top of the version given, and returns the engine's warnings.
//
// The error wraps model.ErrConflict if the object has another version by now,
// model.ErrGone if it is gone, model.ErrReadOnly if nothing may be written,
// model.ErrNotSent if the swarm was not the one that the write is for. A
// [model.OpenError] leaves open whether the engine has written: the connection
// may have broken after it did, and what a leader had in hand when it lost its
// quorum may be carried out when the quorum returns. Any other error is certain.
func (c *Client) Update(ctx context.Context, w model.Write) ([]string, error) {
	op := fmt.Sprintf("update %s %s", w.Ref.Kind, w.Ref.ID)
	if c.shared.options.ReadOnly {
		return nil, fmt.Errorf("%s: %w", op, model.ErrReadOnly)
	}
	takes := w.Ref.Kind.Info().Writes
	if !takes.Update {
		return nil, fmt.Errorf("%s: skep updates no %s", op, w.Ref.Kind.Info().Plural)
	}
	at, err := objectPath(w.Ref)
	if err != nil {
		return nil, err
	}
	if !json.Valid(w.Spec) || w.Spec[0] == 'n' {
		return nil, fmt.Errorf("%s: the specification is not JSON", op)
	}
	req := call{op: op, method: http.MethodPost, path: at + "/update", body: w.Spec,
		query: url.Values{"version": {strconv.FormatUint(w.Version, 10)}}}
	var warnings []string
	if takes.Image {
		// Said or not, the engine puts the stored credentials into the new
		// specification; without them the tasks could not pull any more.
		req.query.Set("registryAuthFrom", "spec")
		if w.Rollback {
			req.query.Set("rollback", "previous")
		}
		var warning string
		if req.header, warning = c.registryHeader(ctx, w.Image); warning != "" {
			warnings = append(warnings, warning)
		}
	} else if w.Rollback {
		return nil, fmt.Errorf("%s: only services can be rolled back", op)
	}
	said, err := c.guarded(ctx, w.Swarm, req)
	if err != nil {
		return warnings, err
	}
	var response struct{ Warnings []string }
	if len(said) > 0 { // A node's answer is empty.
		if err := decodeShort(said, &response); err != nil {
			// Who says this may not be the engine, so nothing may be written.
			return warnings, &model.OpenError{Cause: c.explain(ctx, op, &garbageError{err})}
		}
	}
	return append(warnings, response.Warnings...), nil
}

// Create makes an object of what the write specifies, and gives its ID. Errors
// are as for [Client.Update]; a name that is taken is a refusal.
func (c *Client) Create(ctx context.Context, w model.Write) (id string, warnings []string, err error) {
	info := w.Ref.Kind.Info()
	op := "create a " + string(w.Ref.Kind)
	switch {
	case c.shared.options.ReadOnly:
		return "", nil, fmt.Errorf("%s: %w", op, model.ErrReadOnly)
	case !info.Writes.Create || info.Path == "":
		return "", nil, fmt.Errorf("%s: skep creates no %s", op, info.Plural)
	case !json.Valid(w.Spec) || w.Spec[0] == 'n':
		return "", nil, fmt.Errorf("%s: the specification is not JSON", op)
	}
	req := call{op: op, method: http.MethodPost, path: info.Path + "/create", body: w.Spec}
	if info.Writes.Image {
		var warning string
		if req.header, warning = c.registryHeader(ctx, w.Image); warning != "" {
			warnings = append(warnings, warning)
		}
	}
	said, err := c.guarded(ctx, w.Swarm, req)
	if err != nil {
		return "", warnings, err
	}
	var response struct { // A network has one warning, and a service several.
		ID       string
		Warning  string
		Warnings []string
	}
	if err := decodeShort(said, &response); err != nil || response.ID == "" {
		return "", warnings, &model.OpenError{Cause: c.explain(ctx, op, &garbageError{cmp.Or(err, errors.New("it names nothing that was made"))})}
	}
	if response.Warning != "" {
		warnings = append(warnings, response.Warning)
	}
	return response.ID, append(warnings, response.Warnings...), nil
}

// Remove removes an object; of the write only that and the swarm matter. The
// error wraps model.ErrGone if it is gone already, and model.ErrInUse if
// something needs it. The engine refuses to remove a node that is not down.
func (c *Client) Remove(ctx context.Context, w model.Write) error {
	ref := w.Ref
	op := fmt.Sprintf("remove %s %s", ref.Kind, ref.ID)
	if c.shared.options.ReadOnly {
		return fmt.Errorf("%s: %w", op, model.ErrReadOnly)
	}
	if !ref.Kind.Info().Writes.Remove {
		return fmt.Errorf("%s: skep removes no %s", op, ref.Kind.Info().Plural)
	}
	at, err := objectPath(ref)
	if err != nil {
		return err
	}
	said, err := c.guarded(ctx, w.Swarm, call{op: op, method: http.MethodDelete, path: at})
	if err == nil && len(bytes.TrimSpace(said)) > 0 {
		err = &model.OpenError{Cause: c.explain(ctx, op, &garbageError{errors.New("an engine says nothing to a removal")})}
	}
	return err
}

// write sends a request that changes something. An error is a [model.OpenError]
// unless nothing was sent or the engine has refused.
func (c *Client) write(ctx context.Context, req call) ([]byte, error) {
	var sent atomic.Bool
	req.sent, req.within = &sent, writeTimeout
	said, err := c.whole(ctx, req)
	var answer *ResponseError
	if err == nil || !sent.Load() || errors.As(err, &answer) {
		return said, err
	}
	return nil, &model.OpenError{Cause: err}
}

// registryHeader is the header with the credentials for the image's registry;
// nil if there are none, with a warning if they could not be read: the engine
// then goes on with those that it has.
func (c *Client) registryHeader(ctx context.Context, image string) (http.Header, string) {
	if image == "" {
		return nil, ""
	}
	encoded, err := c.shared.credentials(ctx, image)
	switch {
	case errors.Is(err, context.Canceled):
		return nil, ""
	case err != nil:
		return nil, fmt.Sprintf("the registry credentials for %s could not be read: %v", image, err)
	case encoded == "":
		return nil, ""
	}
	return http.Header{registry.AuthHeader: {encoded}}, ""
}
