package e2e_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"skep/internal/engine"
	"skep/internal/simswarm"
	"skep/internal/testkit/fault"
	"skep/internal/testkit/vterm"
	"skep/ui"
)

// twins are a swarm and its clone, which has the same objects with the same IDs,
// behind an address that leads to the first as yet.
type twins struct {
	*vterm.Terminal
	a, b  *simswarm.Swarm
	hostB string
	proxy *fault.Proxy
}

const webSpec = `{"Name":"web","Mode":{"Replicated":{"Replicas":1}},"TaskTemplate":{"ContainerSpec":{"Image":"busybox:1","Command":["sleep","1000000"]}}}`

// simulated is one of them, and where it listens.
func simulated(t *testing.T, id string) (*simswarm.Swarm, string) {
	t.Helper()
	s := simswarm.New(simswarm.Bare(1, 0), simswarm.WithImages("busybox:1"), simswarm.WithID(id))
	t.Cleanup(s.Close)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/services/create", bytes.NewReader([]byte(webSpec))))
	if w.Code != http.StatusCreated {
		t.Fatal(w.Body)
	}
	host, err := s.Listen()
	if err != nil {
		t.Fatal(err)
	}
	return s, host
}

// twinned starts a console on the first. Further hosts are managers to fail over
// to.
func twinned(t *testing.T, failover bool) *twins {
	t.Helper()
	var s twins
	var hostA string
	s.a, hostA = simulated(t, "swarmA")
	s.b, s.hostB = simulated(t, "swarmB")
	s.proxy = fault.New(t, hostA)
	hosts := []string{s.proxy.Host()}
	if failover {
		hosts = append(hosts, s.hostB)
	}
	app, err := ui.New(context.Background(), ui.Options{Backend: connect(t, engine.Options{Hosts: hosts})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	s.Terminal = vterm.Start(t, app, 120, 30)
	s.Wait("web", "1/1", "live")
	return &s
}

// moves makes the address lead to the clone.
func (s *twins) moves() {
	s.proxy.Point(s.hostB)
	s.proxy.Break()
}

// version is that of the service in a swarm, the same as long as nothing was
// written.
func version(t *testing.T, s *simswarm.Swarm) string {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/services/web", nil))
	spec, _, _ := strings.Cut(w.Body.String(), `"CreatedAt"`)
	return spec
}

// TestConsole_NeverWritesToAnotherSwarm moves the address at every step of a
// write: the clone, whose objects have the same IDs and versions, is not written
// to, and its rows are not shown before the operator goes over to it.
func TestConsole_NeverWritesToAnotherSwarm(t *testing.T) {
	slow(t)
	t.Parallel()
	for name, test := range map[string]func(t *testing.T, s *twins){
		"before the preview": func(t *testing.T, s *twins) {
			s.moves()
			s.Type("r")
		},
		"between the preview and Y": func(t *testing.T, s *twins) {
			s.Type("r")
			s.Wait("Y apply")
			s.moves()
			calm()
			s.Type("Y", "Y")
			if screen := s.Wait("nother swarm"); strings.Contains(screen, "writing") || strings.Contains(screen, "Nothing was written") {
				s.Wait("Nothing was written") // Y came before the address was seen to have moved.
				s.Type(vterm.Esc)
			}
		},
		"between Y and the request": func(t *testing.T, s *twins) {
			s.Type("r")
			s.Wait("Y apply")
			calm()
			s.proxy.Set(fault.Rule{Method: "GET", Path: "^/services/", Fault: fault.Delay{For: time.Minute}})
			for !confirms(s.Terminal) {
				s.WaitGone(again)
			}
			s.Wait("writing")
			s.moves()
			s.proxy.Clear()
			s.Until("the outcome", func(screen string) bool {
				return strings.Contains(unwrapped(screen), "leads to swarm swarmB") && strings.Contains(screen, "Nothing was written")
			})
			s.Type(vterm.Esc)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := twinned(t, false)
			a, b := version(t, s.a), version(t, s.b)
			if a != b {
				t.Fatalf("they are no clones:\n%s\n%s", a, b)
			}
			test(t, s)
			s.Wait("Another swarm answers", "swarmA", "swarmB", "go over")
			s.WaitGone("live")
			if version(t, s.a) != a || version(t, s.b) != b {
				t.Error("something was written")
			}
			calm()
			s.Type("A")
			s.Wait("web", "1/1", "live")
			s.Type("r")
			s.Wait("Y apply")
			apply(s.Terminal)
			s.Wait("accepted")
			if version(t, s.a) != a || version(t, s.b) == b {
				t.Error("after going over it was not the other one that was written to")
			}
		})
	}
}

// TestConsole_FailsOverWithinOneSwarmOnly, and names both addresses.
func TestConsole_FailsOverWithinOneSwarmOnly(t *testing.T) {
	slow(t)
	t.Parallel()
	s := twinned(t, true)
	b := version(t, s.b)
	s.proxy.Set(fault.Rule{Fault: fault.Refuse{}})
	s.Wait("Another swarm answers at " + s.hostB)
	s.Until("both addresses and both swarms", func(screen string) bool {
		text := unwrapped(screen)
		return strings.Contains(text, s.hostB+" is of swarm swarmB, and not of swarm swarmA, which is shown and answered at "+s.proxy.Host())
	})
	s.proxy.Clear()
	s.Type("\x12")
	s.Wait("web", "1/1", "live")
	if version(t, s.b) != b {
		t.Error("something was written")
	}
}
