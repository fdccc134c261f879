package simswarm

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/moby/moby/api/types/events"
)

// streamEvents sends the events until the reader goes or "until" is reached.
func (s *Swarm) streamEvents(w http.ResponseWriter, r *http.Request) error {
	sel, err := selectionOf(r, "type", "event", "scope", "node", "service", "network", "secret", "config",
		"container", "image", "volume", "label", "daemon", "plugin")
	if err != nil {
		return err
	}
	since, until, err := period(r)
	if err != nil {
		return err
	}
	first, c, now := s.tuneIn(since, until)
	defer func() {
		s.lock()
		defer s.unlock()
		s.unlisten(c)
	}()

	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	flush(w)
	enc := json.NewEncoder(w)
	for _, m := range first {
		if sel.event(m) && enc.Encode(m) != nil {
			return nil
		}
	}
	flush(w)
	var end <-chan time.Time
	if !until.IsZero() {
		if !until.After(now) {
			return nil
		}
		ended := make(chan time.Time, 1)
		t := s.clock.AfterFunc(until.Sub(now), func() { ended <- time.Time{} })
		defer t.Stop()
		end = ended
	}
	for {
		select {
		case m := <-c:
			if sel.event(m) && enc.Encode(m) != nil {
				return nil
			}
			flush(w)
		case <-end:
			return nil
		case <-r.Context().Done():
			return nil
		case <-s.ctx.Done():
			return nil
		}
	}
}

// tuneIn gives what has happened in the period, what happens from now on, and
// what now is.
func (s *Swarm) tuneIn(since, until time.Time) (past []events.Message, next chan events.Message, now time.Time) {
	s.lock()
	defer s.unlock()
	if !since.IsZero() {
		for _, m := range s.past {
			if m.TimeNano >= since.UnixNano() && (until.IsZero() || m.TimeNano <= until.UnixNano()) {
				past = append(past, m)
			}
		}
	}
	return past, s.listen(), s.now
}

// period reads the "since" and the "until" of a request.
func period(r *http.Request) (since, until time.Time, err error) {
	if since, err = parseSince(r.URL.Query().Get("since")); err == nil {
		until, err = parseSince(r.URL.Query().Get("until"))
	}
	if err != nil {
		err = invalid("%s", err)
	}
	return since, until, err
}

// event reports whether the event is asked for.
func (sel selection) event(m events.Message) bool {
	name := m.Actor.Attributes["name"]
	for _, kind := range []string{"node", "service", "network", "secret", "config"} {
		if len(sel[kind]) > 0 && (string(m.Type) != kind || !sel.exact(kind, m.Actor.ID) && !sel.exact(kind, name)) {
			return false
		}
	}
	return sel.exact("type", string(m.Type)) && sel.exact("event", string(m.Action)) && sel.exact("scope", m.Scope)
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }
