package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"skep/internal/testkit/fault"
	"skep/model"
)

// swarmed is an engine of a swarm of that ID with one service, the same in every
// such swarm, as in a clone.
func swarmed(t *testing.T, id string) *fake {
	t.Helper()
	f := newFake(t)
	f.answers("/swarm", http.StatusOK, fmt.Sprintf(`{"ID":%q}`, id))
	f.answers("/info", http.StatusOK, strings.Replace(managerInfo, `"Cluster":{`, fmt.Sprintf(`"Cluster":{"ID":%q,`, id), 1))
	f.serves()
	return f
}

// serves registers the service.
func (f *fake) serves() {
	f.answers("/nodes", http.StatusOK, `[]`)
	f.answers("/services/s1", http.StatusOK, `{"ID":"s1","Version":{"Index":7},"Spec":{"Name":"web"}}`)
	f.answers("/services/s1/update", http.StatusOK, `{}`)
	f.handle("/events", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
}

// posts counts the writes that arrived.
func (f *fake) posts() int {
	n := 0
	for _, r := range f.requests() {
		if r.Method == http.MethodPost || r.Method == http.MethodDelete {
			n++
		}
	}
	return n
}

// connected is a pool at an address that leads to A as yet.
func connected(t *testing.T, f *fault.Proxy) *Pool {
	t.Helper()
	p := openPool(t, Options{Hosts: []string{f.Host()}})
	s, err := p.Connect(t.Context())
	if err != nil || s.Swarm != "A" {
		t.Fatalf("%+v, %v", s, err)
	}
	return p
}

func rewrite(p *Pool, swarm string) error {
	_, err := p.Update(context.Background(), model.Write{Swarm: swarm, Ref: model.ServiceID("s1").Ref(), Version: 7, Spec: []byte(`{"Name":"web"}`)})
	return err
}

func removed(p *Pool, swarm string) error {
	return p.Remove(context.Background(), model.Write{Swarm: swarm, Ref: model.ServiceID("s1").Ref()})
}

// wantOther checks that an error names both swarms.
func wantOther(t *testing.T, err error) {
	t.Helper()
	other := model.AsOtherSwarm(err)
	if other == nil || other.Shown != "A" || other.Found != "B" {
		t.Errorf("got %v (%+v), want that B answers in place of A", err, other)
	}
}

// wantRefused checks that a write was refused for the same reason, and that it
// is known that nothing was written.
func wantRefused(t *testing.T, err error) {
	t.Helper()
	wantOther(t, err)
	if !errors.Is(err, model.ErrNotSent) || isTrouble(err) {
		t.Errorf("got %v, want that nothing was sent", err)
	}
}

func TestIdentity_AnAddressThatComesToLeadElsewhere(t *testing.T) {
	for name, test := range map[string]struct {
		severs bool
		fails  func(t *testing.T, p *Pool) error
	}{
		"a list": {true, func(t *testing.T, p *Pool) error { _, _, err := p.Nodes(t.Context()); return err }},
		"a preview": {true, func(t *testing.T, p *Pool) error {
			_, err := p.Inspect(t.Context(), model.ServiceID("s1").Ref())
			return err
		}},
		"events": {false, func(t *testing.T, p *Pool) error {
			_, errs := p.Events(t.Context())
			return <-errs
		}},
		"connecting": {true, func(t *testing.T, p *Pool) error { _, err := p.Connect(t.Context()); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := swarmed(t, "A"), swarmed(t, "B")
			f := fault.New(t, a.host)
			p := connected(t, f)
			if name == "events" {
				_, _ = p.Events(t.Context()) // It takes the connection that there is.
			}
			f.Point(b.host)
			if test.severs {
				f.Break()
			}
			err := test.fails(t, p)
			wantOther(t, err)
			wantSituation(t, err, model.OtherSwarm)
			// It is noticed from now on, whatever is asked.
			_, err = p.Connect(t.Context())
			wantSituation(t, err, model.OtherSwarm)
			wantRefused(t, rewrite(p, "A"))
			wantRefused(t, removed(p, "A"))
			if n := b.posts(); n > 0 {
				t.Errorf("%d writes reached the other swarm", n)
			}
			f.Point(a.host)
			f.Break()
			if _, err = p.Connect(t.Context()); err != nil {
				t.Errorf("it leads back: %v", err)
			}
			if err := rewrite(p, "A"); err != nil {
				t.Errorf("it leads back: %v", err)
			}
		})
	}
}

// A write meets the other swarm first, and is the first to notice.
func TestIdentity_AWriteIsTheFirstToNotice(t *testing.T) {
	a, b := swarmed(t, "A"), swarmed(t, "B")
	f := fault.New(t, a.host)
	p := connected(t, f)
	f.Point(b.host)
	f.Break()
	wantRefused(t, rewrite(p, "A"))
	f.Break()
	wantRefused(t, removed(p, "A"))
	if a.posts()+b.posts() > 0 {
		t.Error("something was written")
	}
}

// A write that was planned for one swarm goes to no other, even where that is
// the one that was accepted meanwhile.
func TestIdentity_APlanGoesToItsOwnSwarmOnly(t *testing.T) {
	b := swarmed(t, "B")
	p := openPool(t, Options{Hosts: []string{b.host}, Swarm: "B"})
	if _, err := p.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, rewrite(p, "A"))
	wantRefused(t, removed(p, "A"))
	if err := rewrite(p, ""); !errors.Is(err, model.ErrNotSent) {
		t.Errorf("planned for nobody knows which: %v", err)
	}
	if b.posts() > 0 {
		t.Error("something was written")
	}
	if err := rewrite(p, "B"); err != nil || b.posts() != 1 {
		t.Errorf("%v, %d writes", err, b.posts())
	}
}

// The connection stays, and the engine is a manager of another swarm: docker
// swarm leave --force, docker swarm init.
func TestIdentity_ASwarmThatIsMadeAnew(t *testing.T) {
	f := newFake(t)
	f.serves()
	var mu sync.Mutex
	id := "A"
	f.handle("/swarm", func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, `{"ID":%q}`, id)
	})
	p := openPool(t, Options{Hosts: []string{f.host}})
	if _, err := p.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	id = "B"
	mu.Unlock()
	wantRefused(t, rewrite(p, "A"))
	_, _, err := p.Nodes(t.Context())
	wantSituation(t, err, model.OtherSwarm)
	if f.posts() > 0 {
		t.Error("something was written")
	}
}

func TestIdentity_SeveralManagersAreOfOneSwarm(t *testing.T) {
	a, b := swarmed(t, "A"), swarmed(t, "B")
	f := fault.New(t, a.host)
	p := openPool(t, Options{Hosts: []string{f.Host(), b.host}})
	if _, err := p.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.Point("unix:///nowhere")
	f.Break()
	_, _, _ = p.Nodes(t.Context())
	_, err := p.Connect(t.Context())
	wantOther(t, err)
	for _, host := range []string{f.Host(), b.host} {
		if !strings.Contains(err.Error(), host) {
			t.Errorf("%s is not named: %v", host, err)
		}
	}
	if got := p.Endpoint().Host; got != f.Host() {
		t.Errorf("it went over to %s", got)
	}
}

// A proxy may not let GET /swarm through; then the engine's word on itself
// counts, and where that is not let through either, what can be known is nothing.
func TestIdentity_BehindAProxyThatDenies(t *testing.T) {
	t.Run("the swarm", func(t *testing.T) {
		f := newFake(t)
		f.serves()
		f.fails("/swarm", http.StatusForbidden, "denied")
		f.answers("/info", http.StatusOK, strings.Replace(managerInfo, `"Cluster":{`, `"Cluster":{"ID":"A",`, 1))
		p := openPool(t, Options{Hosts: []string{f.host}})
		s, err := p.Connect(t.Context())
		if err == nil {
			s, err = p.Complete(t.Context(), s)
		}
		if err != nil || s.Swarm != "A" {
			t.Fatalf("%+v, %v", s, err)
		}
		if err := rewrite(p, "A"); err != nil {
			t.Error(err)
		}
		if err := rewrite(p, "B"); !errors.Is(err, model.ErrNotSent) || f.posts() != 1 {
			t.Errorf("%v, %d writes", err, f.posts())
		}
	})
	t.Run("both", func(t *testing.T) {
		f := newFake(t)
		f.serves()
		f.fails("/swarm", http.StatusForbidden, "denied")
		f.fails("/info", http.StatusForbidden, "denied")
		p := openPool(t, Options{Hosts: []string{f.host}})
		if s, err := p.Connect(t.Context()); err != nil || s.Swarm != "" {
			t.Fatalf("%+v, %v", s, err)
		}
		if _, _, err := p.Nodes(t.Context()); err != nil {
			t.Error(err)
		}
		if err := rewrite(p, "A"); !errors.Is(err, model.ErrSwarmUnknown) || !errors.Is(err, model.ErrNotSent) || f.posts() != 0 {
			t.Errorf("%v, %d writes", err, f.posts())
		}
		if err := rewrite(p, ""); err != nil || f.posts() != 1 {
			t.Errorf("%v, %d writes", err, f.posts())
		}
	})
}

// An engine that does not say which swarm it is of keeps no list back for long,
// and the next not at all; a write waits, and is refused.
func TestIdentity_AnEngineThatDoesNotSay(t *testing.T) {
	handler := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/swarm") {
			<-r.Context().Done()
		}
		fmt.Fprint(w, `[]`)
	}
	inBubble(t, handler, func(t *testing.T, c *Client) {
		for _, want := range []time.Duration{identityPatience, 0} {
			start := time.Now()
			if _, _, err := c.Nodes(t.Context()); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); took != want {
				t.Errorf("it took %s, want %s", took, want)
			}
		}
		start := time.Now()
		_, err := c.Update(t.Context(), model.Write{Swarm: "A", Ref: model.ServiceID("s1").Ref(), Spec: []byte(`{}`)})
		if took := time.Since(start); !errors.Is(err, model.ErrNotSent) || took != writeIdentityPatience {
			t.Errorf("%v after %s", err, took)
		}
	})
}

// An engine that closes each connection after an answer can be read. It cannot
// be written to, because what answers next may be of another swarm.
func TestIdentity_ConnectionsThatAreNotKept(t *testing.T) {
	f := newFake(t)
	f.serves()
	f.handle("/swarm", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		fmt.Fprint(w, `{"ID":"A"}`)
	})
	p := openPool(t, Options{Hosts: []string{f.host}})
	if _, err := p.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Nodes(t.Context()); err != nil {
		t.Error(err)
	}
	if err := rewrite(p, "A"); !errors.Is(err, model.ErrNotSent) || f.posts() != 0 {
		t.Errorf("%v, %d writes", err, f.posts())
	}
}

// What has not been asked for by name is not asked for all the time.
func TestIdentity_IsAskedOnceAConnection(t *testing.T) {
	f := swarmed(t, "A")
	p := openPool(t, Options{Hosts: []string{f.host}})
	if _, err := p.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, _, err := p.Nodes(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	for _, r := range f.requests() {
		if strings.HasSuffix(r.URL.Path, "/swarm") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("asked %d times", n)
	}
}
