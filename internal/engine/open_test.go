package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"skep/model"
)

// TestWrite_WhatLeavesItOpen: only an answer that the engine gives before it does
// anything is certain; anything else has to be looked up.
func TestWrite_WhatLeavesItOpen(t *testing.T) {
	const (
		certain  = "certain"
		answered = "open, answered"
		open     = "open"
	)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"400":               {says(400, "port '80' is already in use"), certain},
		"403":               {says(403, "not you"), certain},
		"404":               {says(404, "service s1 not found"), certain},
		"408":               {says(408, "too slow"), open},
		"409":               {says(409, "name conflicts"), certain},
		"401":               {says(401, "log in"), answered},
		"405":               {says(405, "not like this"), certain},
		"407":               {says(407, "log in at the proxy"), answered},
		"421":               {says(421, "misdirected"), answered},
		"425":               {says(425, "too early"), answered},
		"429":               {says(429, "too many requests"), answered},
		"499":               {says(499, "the client has gone"), open},
		"out of sequence":   {says(500, "rpc error: code = Unknown desc = update out of sequence"), certain},
		"500":               {says(500, "internal server error"), answered},
		"501":               {says(501, "renaming services is not supported"), certain},
		"502":               {says(502, "bad gateway"), open},
		"503":               {says(503, "no server is available"), answered},
		"504":               {says(504, "gateway timeout"), open},
		"a worker":          {says(503, "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state."), certain},
		"no leader":         {says(500, "rpc error: code = Unknown desc = The swarm does not have a leader."), open},
		"leader lost":       {says(500, "rpc error: code = Unavailable desc = node lost leader status"), open},
		"the leader's time": {says(500, "rpc error: code = DeadlineExceeded desc = context deadline exceeded"), open},
		"cut":               {cut, open},
		"lost":              {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, open},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			p := f.pool(t, Options{})
			for _, path := range []string{"/services/s1", "/services/s1/update", "/nodes/n1", "/nodes/n1/update"} {
				f.handle(path, c.answer)
			}
			_, service := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref(), Spec: []byte(oddSpec)})
			_, rollback := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref(), Spec: []byte(oddSpec), Rollback: true})
			_, node := p.Update(t.Context(), model.Write{Swarm: "swarm1", Ref: model.NodeID("n1").Ref(), Spec: []byte(`{"Role":"worker"}`)})
			for op, err := range map[string]error{
				"update": service, "rollback": rollback, "node update": node,
				"remove": p.Remove(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref()}), "node remove": p.Remove(t.Context(), model.Write{Swarm: "swarm1", Ref: model.NodeID("n1").Ref()}),
			} {
				got := certain
				var left *model.OpenError
				if errors.As(err, &left) {
					got = map[bool]string{true: answered, false: open}[left.Answered]
				}
				if got != c.want || err == nil {
					t.Errorf("%s: %s, want %s: %v", op, got, c.want, err)
				}
			}
		})
	}
}

func says(status int, message string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"message":%q}`, message)
	}
}

// TestWrite_NothingSentIsCertain: there is nothing to look up where no connection
// was made.
func TestWrite_NothingSentIsCertain(t *testing.T) {
	p := openPool(t, Options{Hosts: []string{"unix://" + t.TempDir() + "/nothing"}})
	err := p.Remove(t.Context(), model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref()})
	if errors.As(err, new(*model.OpenError)) || !errors.Is(err, model.ErrNotSent) {
		t.Errorf("it is left open: %v", err)
	}
}

// TestWrite_GivenUpIsOpen, also where the program ends.
func TestWrite_GivenUpIsOpen(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	f.handle("/services/s1", func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if err := p.Remove(ctx, model.Write{Swarm: "swarm1", Ref: model.ServiceID("s1").Ref()}); !errors.As(err, new(*model.OpenError)) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestWrite_TrickleHasAnEnd: each byte comes in time, and they do not end.
func TestWrite_TrickleHasAnEnd(t *testing.T) {
	trickle := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/swarm") {
			fmt.Fprint(w, managerSwarm)
			return
		}
		for r.Context().Err() == nil {
			fmt.Fprint(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(time.Second):
			case <-r.Context().Done():
			}
		}
	}
	inBubble(t, trickle, func(t *testing.T, c *Client) {
		ref := model.ServiceID("s1").Ref()
		for op, do := range map[string]func() error{
			"update": func() error {
				_, err := c.Update(context.Background(), model.Write{Swarm: "swarm1", Ref: ref, Spec: []byte(oddSpec)})
				return err
			},
			"remove":  func() error { return c.Remove(context.Background(), model.Write{Swarm: "swarm1", Ref: ref}) },
			"inspect": func() error { _, err := c.Inspect(context.Background(), ref); return err },
		} {
			want := writeTimeout
			if op == "inspect" {
				want = wholePatience * answerTimeout
			}
			began := time.Now()
			err := do()
			wantSituation(t, err, model.Timeout)
			if took := time.Since(began).Round(time.Second); took != want || !strings.Contains(err.Error(), "waited "+want.String()) {
				t.Errorf("%s: %v after %s, want %s", op, err, took, want)
			}
			if open := errors.As(err, new(*model.OpenError)); open != (op != "inspect") {
				t.Errorf("%s: %v", op, err)
			}
		}
	})
}
