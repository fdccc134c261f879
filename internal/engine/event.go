package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"time"

	"skep/model"
)

// Events subscribes to what happens to the swarm's nodes, services, networks,
// secrets and configs. It returns once the subscription stands, so that a list
// read afterwards misses nothing, or once it has failed.
//
// The first channel ends with the subscription; the second then holds the one
// reason, which is the context's error where that ended it. The engine drops
// events while the reader is slow, and may repeat those of the last second.
func (c *Client) Events(ctx context.Context) (<-chan model.Event, <-chan error) {
	since := time.Now().Add(time.Duration(c.skew.Load()) - eventOverlap)
	query := filters(map[string]map[string]bool{
		"scope": {"swarm": true},
		"type":  {"node": true, "service": true, "network": true, "secret": true, "config": true},
	})
	query.Set("since", unixTime(since))
	a, err := c.do(ctx, call{op: "listen to events", path: "/events", query: query, stream: true})
	if err != nil {
		return brokenEvents(err)
	}
	events, errs := make(chan model.Event), make(chan error, 1)
	go func() {
		defer close(errs)
		defer close(events)
		defer a.Close()
		errs <- pump(ctx, a, events)
	}()
	return events, errs
}

func brokenEvents(err error) (<-chan model.Event, <-chan error) {
	events, errs := make(chan model.Event), make(chan error, 1)
	errs <- err
	close(events)
	close(errs)
	return events, errs
}

// unixTime is how the engine wants a time: seconds and nanoseconds.
func unixTime(t time.Time) string {
	fraction := strconv.Itoa(1_000_000_000 + t.Nanosecond())[1:]
	return strconv.FormatInt(t.Unix(), 10) + "." + fraction
}

// pump hands on events until the stream or the context ends.
func pump(ctx context.Context, a *answer, events chan<- model.Event) error {
	limited := &eventReader{body: a}
	dec := json.NewDecoder(limited)
	for {
		var wire struct {
			Type, Action, Scope string
			Actor               struct {
				ID         string
				Attributes map[string]string
			}
		}
		limited.size = 0
		if err := dec.Decode(&wire); err != nil {
			var mismatch *json.UnmarshalTypeError
			if errors.As(err, &mismatch) {
				continue
			}
			if errors.Is(err, io.EOF) {
				err = errors.New("the engine ended the event stream")
			}
			return a.fail(err)
		}
		e := model.Event{Kind: wire.Type, Action: wire.Action, ID: wire.Actor.ID, Attributes: wire.Actor.Attributes}
		select {
		case events <- e:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// eventReader refuses an event that is too long to be one.
type eventReader struct {
	body io.Reader
	size int
}

func (r *eventReader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if r.size += n; r.size > maxEvent {
		return n, errTooLong
	}
	return n, err
}
