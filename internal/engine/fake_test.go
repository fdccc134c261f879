package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"skep/internal/testkit"
	"skep/model"
)

func TestMain(m *testing.M) {
	if code, is := runAsChild(); is {
		os.Exit(code)
	}
	if floodAsChild() {
		return
	}
	goleak.VerifyTestMain(m)
}

// managerInfo is what a manager of a sound swarm says of itself.
const managerInfo = `{"Name":"m1","ServerVersion":"20.10.24","Swarm":{"NodeID":"n1","LocalNodeState":"active",
"ControlAvailable":true,"Error":"","RemoteManagers":[{"NodeID":"n1","Addr":"10.0.0.1:2377"},{"NodeID":"n2","Addr":"10.0.0.2:2377"}],
"Cluster":{"Spec":{"Orchestration":{"TaskHistoryRetentionLimit":7}},"DefaultAddrPool":["what older engines send"]}}}`

// managerSwarm is what it says of the swarm.
const managerSwarm = `{"ID":"swarm1","Spec":{"Orchestration":{"TaskHistoryRetentionLimit":7}},"DefaultAddrPool":["what older engines send"]}`

// manages makes the engine a manager of a sound swarm.
func (f *fake) manages() {
	f.answers("/swarm", http.StatusOK, managerSwarm)
	f.answers("/info", http.StatusOK, managerInfo)
}

// fake is an engine of which each test says what it answers.
type fake struct {
	mux  *http.ServeMux
	host string
	mu   sync.Mutex
	seen []*http.Request
}

// newFake starts an engine on a socket of its own. It answers pings as API
// 1.41, and what the test registers.
func newFake(t testing.TB) *fake {
	t.Helper()
	path := testkit.Sock(t)
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	f := newFakeOn(t, listener)
	f.host = "unix://" + path
	return f
}

func newFakeOn(t testing.TB, listener net.Listener) *fake {
	t.Helper()
	f := &fake{mux: http.NewServeMux()}
	f.mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", "1.41") })
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.seen = append(f.seen, r)
		f.mu.Unlock()
		f.mux.ServeHTTP(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return f
}

// answers registers a fixed answer for a path without its version.
func (f *fake) answers(path string, status int, body string) {
	f.mux.HandleFunc("/v1.41"+path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
}

// fails registers an error message.
func (f *fake) fails(path string, status int, message string) {
	f.answers(path, status, fmt.Sprintf(`{"message":%q}`, message))
}

func (f *fake) handle(path string, h http.HandlerFunc) { f.mux.HandleFunc("/v1.41"+path, h) }

// requests are those that arrived so far.
func (f *fake) requests() []*http.Request {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]*http.Request(nil), f.seen...)
}

// pool is a connected pool over the engine.
func (f *fake) pool(t testing.TB, o Options) *Pool {
	t.Helper()
	f.manages()
	o.Hosts = []string{f.host}
	p := openPool(t, o)
	s, err := p.Connect(t.Context())
	if err == nil {
		_, err = p.Complete(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// openPool makes a pool that a test need not close.
func openPool(t testing.TB, o Options) *Pool {
	t.Helper()
	if o.Env == nil {
		o.Env = environment(t, nil)
	}
	p, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// environment is one with an empty home folder, and what is given.
func environment(t testing.TB, vars map[string]string) func(string) string {
	home := t.TempDir()
	return func(name string) string {
		if value, ok := vars[name]; ok {
			return value
		}
		if name == "HOME" || name == "USERPROFILE" {
			return home
		}
		return ""
	}
}

// wantSituation checks that an error is a trouble of that kind.
func wantSituation(t testing.TB, err error, want model.Situation) *model.Trouble {
	t.Helper()
	var trouble *model.Trouble
	if !errors.As(err, &trouble) {
		t.Fatalf("got error %v (%T), want a trouble of situation %q", err, err, want)
	}
	if trouble.Situation != want {
		t.Fatalf("got situation %q (%v), want %q", trouble.Situation, err, want)
	}
	return trouble
}

func within(t testing.TB, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}
