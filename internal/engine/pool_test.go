package engine

import (
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"skep/model"
)

// manager is a fake engine that can be made to fail.
func manager(t *testing.T, name string) (f *fake, broken *atomic.Bool) {
	f, broken = newFake(t), &atomic.Bool{}
	answer := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if broken.Load() {
				http.Error(w, "The swarm does not have a leader.", http.StatusInternalServerError)
				return
			}
			_, _ = w.Write([]byte(body))
		}
	}
	f.handle("/swarm", answer(managerSwarm))
	f.handle("/info", answer(strings.Replace(managerInfo, `"Name":"m1"`, `"Name":"`+name+`"`, 1)))
	f.handle("/nodes", answer("[]"))
	return f, broken
}

func connectTo(t *testing.T, p *Pool) string {
	t.Helper()
	s, err := p.Connect(t.Context())
	if err == nil {
		s, err = p.Complete(t.Context(), s)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s.Endpoint
}

func TestConnect_Session(t *testing.T) {
	f := newFake(t)
	f.manages()
	p := openPool(t, Options{Hosts: []string{f.host}})
	s, err := p.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := model.Session{Context: f.host, Host: f.host, API: "1.41", Swarm: "swarm1", TaskHistory: 7}
	if s != want {
		t.Errorf("got %+v, want %+v", s, want)
	}
	s, err = p.Complete(t.Context(), s)
	if want.Endpoint, want.NodeID, want.Engine = "m1", "n1", "20.10.24"; err != nil || s != want {
		t.Errorf("got %+v, %v, want %+v", s, err, want)
	}
}

func TestConnect_NegotiatesEachTime(t *testing.T) {
	f := newFake(t)
	version := atomic.Value{}
	f.mux = http.NewServeMux()
	f.mux.HandleFunc("/_ping", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Api-Version", version.Load().(string)) })
	for _, v := range []string{"1.41", "1.55", "1.56"} {
		f.mux.HandleFunc("/v"+v+"/swarm", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(managerSwarm)) })
	}
	p := openPool(t, Options{Hosts: []string{f.host}})
	// The engine is upgraded, taken back, and becomes newer than we are.
	for said, want := range map[string]string{"1.41": "1.41", "1.55": "1.55", "1.99": "1.56"} {
		version.Store(said)
		if s, err := p.Connect(t.Context()); err != nil || s.API != want {
			t.Errorf("engine of API %s: got %s, %v, want %s", said, s.API, err, want)
		}
	}
}

func TestPool_FailsOver(t *testing.T) {
	a, brokenA := manager(t, "a")
	b, brokenB := manager(t, "b")
	p := openPool(t, Options{Hosts: []string{"unix:///nobody/home", a.host, b.host}})
	if got := connectTo(t, p); got != "a" {
		t.Fatalf("got %s, want a", got)
	}
	// The last good one is tried first.
	if got := connectTo(t, p); got != "a" || p.Endpoint().Host != a.host {
		t.Fatalf("got %s, want a again", got)
	}
	// A request that failed makes the next one the first, even though the
	// failed one would answer.
	brokenA.Store(true)
	_, _, err := p.Nodes(t.Context())
	wantSituation(t, err, model.NoLeader)
	brokenA.Store(false)
	if got := connectTo(t, p); got != "b" {
		t.Fatalf("got %s, want b", got)
	}
	if got := connectTo(t, p); got != "b" {
		t.Fatalf("got %s, want b again", got)
	}
	// Without a request in between, Connect finds out by itself.
	brokenB.Store(true)
	if got := connectTo(t, p); got != "a" {
		t.Fatalf("got %s, want a", got)
	}
	// A request goes to the one that was chosen.
	before := len(a.requests())
	if _, _, err := p.Nodes(t.Context()); err != nil || len(a.requests()) != before+1 {
		t.Errorf("the request went elsewhere: %v", err)
	}
}

func TestPool_AllFail(t *testing.T) {
	a, brokenA := manager(t, "a")
	brokenA.Store(true)
	p := openPool(t, Options{Hosts: []string{"unix:///nobody/home", a.host, "unix:///nor/here"}})
	_, err := p.Connect(t.Context())
	trouble := wantSituation(t, err, model.NoLeader)
	if trouble.Host != a.host {
		t.Errorf("got host %s, want that which tells most", trouble.Host)
	}
	for _, part := range []string{"/nobody/home", a.host, "/nor/here", "does not have a leader", "no such file"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not tell of %q", err, part)
		}
	}
	brokenA.Store(false)
	if got := connectTo(t, p); got != "a" {
		t.Errorf("got %s", got)
	}
}

func TestPool_GoneObjectsAreNoFailure(t *testing.T) {
	a, _ := manager(t, "a")
	b, _ := manager(t, "b")
	p := openPool(t, Options{Hosts: []string{a.host, b.host}})
	connectTo(t, p)
	_, err := p.Inspect(t.Context(), model.ServiceID("s1").Ref())
	wantGone(t, err)
	if got := connectTo(t, p); got != "a" {
		t.Errorf("got %s, want a again", got)
	}
}

func TestPool_Empty(t *testing.T) {
	p := NewPool(nil, Options{})
	_, err := p.Connect(t.Context())
	wantSituation(t, err, model.BadHost)
	for _, read := range reads(p) {
		wantSituation(t, read(t.Context()), model.BadHost)
	}
	p.Close()
	if p.Endpoint().Host != "" {
		t.Error("an endpoint out of nowhere")
	}
}

func TestPool_Concurrent(t *testing.T) {
	a, broken := manager(t, "a")
	b, _ := manager(t, "b")
	p := openPool(t, Options{Hosts: []string{a.host, b.host}})
	connectTo(t, p)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				if i == 0 {
					broken.Store(!broken.Load())
				}
				if i%2 == 0 {
					_, _ = p.Connect(t.Context())
				}
				_, _, _ = p.Nodes(t.Context())
				_ = p.Endpoint()
				_ = p.Stats()
			}
		})
	}
	wg.Wait()
	broken.Store(false)
	connectTo(t, p)
	if _, _, err := p.Nodes(t.Context()); err != nil {
		t.Errorf("it does not recover: %v", err)
	}
}

// TestPool_OwnDial: a way of its own is taken whatever the address says, and
// the address is what everything is called by.
func TestPool_OwnDial(t *testing.T) {
	f := newFake(t)
	f.manages()
	dials := 0
	p := openPool(t, Options{Hosts: []string{"tcp://manager1:2376"}, Dial: func(ctx context.Context) (net.Conn, error) {
		dials++
		return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(f.host, "unix://"))
	}})
	s, err := p.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if dials == 0 || s.Host != "tcp://manager1:2376" {
		t.Errorf("%d connections were made, to %q", dials, s.Host)
	}
}
