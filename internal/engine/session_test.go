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

// TestConnect_DoesNotWaitForInfo has an engine that takes half a minute to say
// what it is, as one whose containers fail their health checks.
func TestConnect_DoesNotWaitForInfo(t *testing.T) {
	asked := 0
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
			w.Header().Set("Api-Version", "1.41")
		case strings.HasSuffix(r.URL.Path, "/info"):
			asked++
			time.Sleep(30 * time.Second)
			fmt.Fprint(w, managerInfo)
		case strings.HasSuffix(r.URL.Path, "/swarm"):
			fmt.Fprint(w, managerSwarm)
		default:
			fmt.Fprint(w, "[]")
		}
	}, func(t *testing.T, c *Client) {
		start := time.Now()
		s, err := c.Connect(context.Background())
		if took := time.Since(start); err != nil || took != 0 || s.Swarm != "swarm1" || s.Engine != "" {
			t.Fatalf("after %s: %+v, %v", took, s, err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := c.Complete(ctx, s); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		// Who comes back waits for the same answer.
		s, err = c.Complete(context.Background(), s)
		if took := time.Since(start); err != nil || took != 30*time.Second || s.Engine != "20.10.24" || asked != 1 {
			t.Errorf("after %s and %d requests: %+v, %v", took, asked, s, err)
		}
	})
}

// TestConnect_AWorkerIsToldOfAtOnce has a worker that takes half a minute to
// name the managers.
func TestConnect_AWorkerIsToldOfAtOnce(t *testing.T) {
	inBubble(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/_ping"):
			w.Header().Set("Api-Version", "1.41")
		case strings.HasSuffix(r.URL.Path, "/info"):
			select {
			case <-time.After(30 * time.Second):
			case <-r.Context().Done():
			}
			fmt.Fprint(w, `{"ServerVersion":"20.10.24","Swarm":{"NodeID":"w1","LocalNodeState":"active","RemoteManagers":[{"NodeID":"m1","Addr":"10.0.0.1:2377"}]}}`)
		default:
			http.Error(w, engineMessages[0].message, engineMessages[0].status)
		}
	}, func(t *testing.T, c *Client) {
		start := time.Now()
		_, err := c.Connect(context.Background())
		trouble := wantSituation(t, err, model.WorkerNode)
		if took := time.Since(start); took > infoPatience || len(trouble.Managers) != 0 {
			t.Errorf("after %s: %+v", took, trouble)
		}
		time.Sleep(30 * time.Second)
		_, err = c.Connect(context.Background())
		trouble = wantSituation(t, err, model.WorkerNode)
		if fmt.Sprint(trouble.Managers) != "[{m1  10.0.0.1}]" || !strings.Contains(trouble.Advice(), "skep -H ssh://USER@10.0.0.1") {
			t.Errorf("got %+v", trouble)
		}
	})
}

func TestConnect_AProxyMayHideTheSwarm(t *testing.T) {
	f := newFake(t)
	f.fails("/swarm", http.StatusForbidden, "not for you")
	f.answers("/info", http.StatusOK, managerInfo)
	p := openPool(t, Options{Hosts: []string{f.host}})
	s, err := p.Connect(t.Context())
	if err != nil || s.Swarm != "" {
		t.Fatalf("got %+v, %v", s, err)
	}
	if s, err = p.Complete(t.Context(), s); err != nil || s.TaskHistory != 7 {
		t.Errorf("got %+v, %v", s, err)
	}
}

// A swarm that keeps no history keeps the task that lives, which is not the same as one
// whose history is not known.
func TestConnect_TaskHistory(t *testing.T) {
	for said, want := range map[string]int64{`{}`: 0, `{"TaskHistoryRetentionLimit":0}`: 1, `{"TaskHistoryRetentionLimit":3}`: 3, `{"TaskHistoryRetentionLimit":-1}`: -1} {
		f := newFake(t)
		f.answers("/swarm", http.StatusOK, `{"ID":"swarm1","Spec":{"Orchestration":`+said+`}}`)
		s, err := openPool(t, Options{Hosts: []string{f.host}}).Connect(t.Context())
		if err != nil || s.TaskHistory != want {
			t.Errorf("%s: %+v, %v", said, s, err)
		}
	}
}

// TestManagers_AreNamedAsTheNodesWere: what a worker or a lost manager knows of
// the others is their addresses only.
func TestManagers_AreNamedAsTheNodesWere(t *testing.T) {
	f := newFake(t)
	p := f.pool(t, Options{})
	f.answers("/nodes", 200, `[{"ID":"n2","Description":{"Hostname":"second"},"ManagerStatus":{"Addr":"10.0.0.2:2377"}},
{"ID":"n3","Description":{"Hostname":"third"},"ManagerStatus":{"Addr":"[fd00::3]:2377"}},{"ID":"w","Description":{"Hostname":"worker"}}]`)
	if _, _, err := p.Nodes(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.fails("/services", engineMessages[5].status, engineMessages[5].message)
	_, _, err := p.Services(t.Context())
	trouble := wantSituation(t, err, model.NoLeader)
	if got := fmt.Sprint(trouble.Managers); got != "[{n2 second 10.0.0.2} {n3 third fd00::3}]" {
		t.Errorf("got %s", got)
	}
	if _, err := p.Complete(t.Context(), model.Session{}); err != nil {
		t.Fatal(err)
	}
	_, _, err = p.Services(t.Context())
	if got := fmt.Sprint(wantSituation(t, err, model.NoLeader).Managers); got != "[{n2 second 10.0.0.2}]" {
		t.Errorf("after /info, which tells no hostnames: %s", got)
	}
}
