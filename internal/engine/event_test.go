package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"skep/internal/logstream"
	"skep/model"
)

func TestEvents_Deliver(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.handle("/events", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		fmt.Fprintln(w, `{"Type":"service","Action":"update","Actor":{"ID":"s1","Attributes":{"name":"web","replicas.old":"1","replicas.new":"3"}},"scope":"swarm","time":1}`)
		fmt.Fprintln(w, `{"Type":7,"Action":"not one that can be read"}`)
		fmt.Fprintln(w, `{"status":"old style","Type":"node","Action":"update","Actor":{"ID":"n1"}}`)
	})
	events, errs := p.Events(t.Context())
	var got []model.Event
	for e := range events {
		got = append(got, e)
	}
	want := []model.Event{
		{Kind: "service", Action: "update", ID: "s1", Attributes: map[string]string{"name": "web", "replicas.old": "1", "replicas.new": "3"}},
		{Kind: "node", Action: "update", ID: "n1"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	wantSituation(t, <-errs, model.BrokenOff)
	if _, open := <-errs; open {
		t.Error("there is a second error")
	}
}

func TestEvents_AskForTheSwarmsOnly(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.answers("/events", 200, "")
	before := time.Now()
	_, errs := p.Events(t.Context())
	after := time.Now()
	<-errs
	seen := f.requests()
	query := seen[len(seen)-1].URL.Query()
	if got, want := query.Get("filters"), `{"scope":{"swarm":true},"type":{"config":true,"network":true,"node":true,"secret":true,"service":true}}`; got != want {
		t.Errorf("got filters %s, want %s", got, want)
	}
	var seconds, fraction int64
	if _, err := fmt.Sscanf(query.Get("since"), "%d.%09d", &seconds, &fraction); err != nil {
		t.Fatal(err)
	}
	// The engine's own clock has a resolution of a second, by which it may seem off.
	asked := time.Unix(seconds, fraction).Add(eventOverlap)
	if asked.Before(before.Add(-time.Second)) || asked.After(after.Add(time.Second)) {
		t.Errorf("asks at %s for events since %s", after, time.Unix(seconds, fraction))
	}
}

// TestEvents_StandWhenTheyReturn checks that the call waits for the engine's
// headers, and not for its first event.
func TestEvents_StandWhenTheyReturn(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	subscribed := make(chan struct{})
	f.handle("/events", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		close(subscribed)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	events, errs := p.Events(ctx)
	select {
	case <-subscribed:
	default:
		t.Error("returned before the engine had subscribed")
	}
	cancel()
	if _, open := <-events; open {
		t.Error("an event out of nowhere")
	}
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled itself", err)
	}
}

func TestEvents_CancelWhileNobodyReads(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.handle("/events", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			fmt.Fprintln(w, `{"Type":"node","Action":"update","Actor":{"ID":"n1"}}`)
		}
	})
	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	_, errs := p.Events(ctx)
	cancel()
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	p.Close()
	// The engine's side of the connection ends a little later.
	goleak.VerifyNone(t, before)
}

func TestEvents_TooLong(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.handle("/events", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"Type":"node","Action":"%s"}`, strings.Repeat("x", 2*maxEvent))
	})
	events, errs := p.Events(t.Context())
	if _, open := <-events; open {
		t.Error("it was delivered")
	}
	wantSituation(t, <-errs, model.EngineError)
}

func TestOpenLogs_Query(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.answers("/services/s1/logs", 200, "lines of s1")
	f.answers("/tasks/t1/logs", 200, "lines of t1")
	for want, q := range map[string]logstream.Query{
		"/v1.41/services/s1/logs?details=1&follow=1&stderr=1&stdout=1&tail=100&timestamps=1":              {Service: "s1", Follow: true, Tail: 100},
		"/v1.41/tasks/t1/logs?details=1&since=1767323045.000000007&stderr=1&stdout=1&tail=0&timestamps=1": {Task: "t1", Since: time.Date(2026, 1, 2, 3, 4, 5, 7, time.UTC)},
	} {
		body, err := p.OpenLogs(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(body)
		if err != nil || string(data) != "lines of "+q.Service+q.Task {
			t.Errorf("got %q, %v", data, err)
		}
		if err := body.Close(); err != nil {
			t.Error(err)
		}
		seen := f.requests()
		if got := seen[len(seen)-1].URL.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestOpenLogs_Gone(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.fails("/services/s1/logs", 404, "service s1 not found")
	_, err := p.OpenLogs(t.Context(), logstream.Query{Service: "s1"})
	if !errors.Is(err, logstream.ErrGone) || !errors.Is(err, model.ErrGone) || !strings.Contains(err.Error(), "service s1 not found") {
		t.Errorf("got %v", err)
	}
	if _, err := p.OpenLogs(t.Context(), logstream.Query{}); err == nil {
		t.Error("logs of nothing have no error")
	}
}

func TestOpenLogs_BrokenAndCancelled(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.handle("/services/s1/logs", cutChunk)
	body, err := p.OpenLogs(t.Context(), logstream.Query{Service: "s1"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(body)
	wantSituation(t, err, model.BrokenOff)
	_ = body.Close()

	f.handle("/services/s2/logs", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	body, err = p.OpenLogs(ctx, logstream.Query{Service: "s2", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := io.ReadAll(body); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled itself", err)
	}
}
