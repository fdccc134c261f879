package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/engine"
	"skep/internal/simswarm"
	"skep/internal/testkit"
	"skep/internal/testkit/fault"
	"skep/internal/testkit/vterm"
	"skep/ui"
)

// shaky is a console on a simulated swarm, with faults between the two.
type shaky struct {
	*vterm.Terminal
	t     *testing.T
	sim   *simswarm.Swarm
	proxy *fault.Proxy
}

// shaken starts one on three nodes and three services, with the rules in force
// from the first request on.
func shaken(t *testing.T, opt ui.Options, width, height int, rules ...fault.Rule) *shaky {
	t.Helper()
	return shakenFor(t, 0, opt, width, height, rules...)
}

// shakenFor does so with a patience for answers; 0 for the usual.
func shakenFor(t *testing.T, patience time.Duration, opt ui.Options, width, height int, rules ...fault.Rule) *shaky {
	t.Helper()
	s := &shaky{t: t, sim: simswarm.New(simswarm.Bare(1, 2), simswarm.WithImages("busybox:1"))}
	t.Cleanup(s.sim.Close)
	host, err := s.sim.Listen()
	if err != nil {
		t.Fatal(err)
	}
	for name, replicas := range map[string]uint64{"web": 3, "wiki": 2, "zoo": 1} {
		spec := swarm.ServiceSpec{Mode: swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}}}
		spec.Name = name
		spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{
			Image: "busybox:1", Command: []string{"sh", "-c", "while true; do echo line $i; sleep 0.4; done"}}
		s.api("POST", "/services/create", spec, nil)
	}
	s.settled(3, 2, 1)
	s.proxy = fault.New(t, host)
	s.proxy.Set(rules...)
	opt.Backend = connect(t, engine.Options{Hosts: []string{s.proxy.Host()}, Patience: patience})
	app, err := ui.New(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	s.Terminal = vterm.Start(t, app, width, height)
	return s
}

// settled waits until so many tasks run in all: a console that starts into slow
// answers looks for the next change much later.
func (s *shaky) settled(counts ...uint64) {
	s.t.Helper()
	want := uint64(0)
	for _, n := range counts {
		want += n
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		var services []swarm.Service
		running := uint64(0)
		s.api("GET", "/services?status=true", nil, &services)
		for _, svc := range services {
			running += svc.ServiceStatus.RunningTasks
		}
		if running == want {
			return
		}
	}
	s.t.Fatal("the simulated swarm does not start its tasks")
}

// api asks the simulated swarm behind the console's back.
func (s *shaky) api(method, path string, in, out any) {
	s.t.Helper()
	ask(s.t, s.sim, method, path, in, out)
}

// ask asks a simulated swarm behind the console's back.
func ask(t *testing.T, sim *simswarm.Swarm, method, path string, in, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	sim.Handler().ServeHTTP(w, httptest.NewRequest(method, path, bytes.NewReader(body)))
	if w.Code >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s", method, path, w.Body)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
		t.Fatal(err)
	}
}

// replicas is how many a service is to have.
func (s *shaky) replicas(name string) uint64 {
	s.t.Helper()
	var svc swarm.Service
	s.api("GET", "/services/"+name, nil, &svc)
	return *svc.Spec.Mode.Replicated.Replicas
}

// scale changes how many a service is to have.
func (s *shaky) scale(name string, replicas uint64) {
	s.t.Helper()
	var svc swarm.Service
	s.api("GET", "/services/"+name, nil, &svc)
	svc.Spec.Mode.Replicated.Replicas = &replicas
	s.api("POST", fmt.Sprintf("/services/%s/update?version=%d", svc.ID, svc.Version.Index), svc.Spec, nil)
}

// TestFault puts every fault before every kind of request that matters; without
// SKEP_SLOW=1 that is an error of the engine's. The tests run side by side, because
// they mostly wait.
func TestFault(t *testing.T) {
	slow(t)
	t.Parallel()
	var all sync.WaitGroup
	// With more at once, answers take seconds on a machine with two processors, and a
	// console that spares an engine so slow asks it too seldom for these tests.
	places := make(chan struct{}, 12)
	for _, group := range []struct {
		name  string
		tests map[string]func(*testing.T)
	}{
		{"silence to the end", silences()}, // The longest first.
		{"documents", documentFaults()}, {"lists", listFaults()}, {"logs", logFaults()},
		{"writes", writeFaults()}, {"events", eventFaults()}, {"start", startFaults()}, {"info", infoFaults()},
	} {
		for name, test := range group.tests {
			if !testkit.Slow() && path.Base(name) != "500" {
				continue
			}
			places <- struct{}{}
			all.Go(func() {
				defer func() { <-places }()
				t.Run(group.name+"/"+name, test)
			})
		}
	}
	all.Wait()
}

// trouble is a fault with what the screen says of it.
type trouble struct {
	fault fault.Fault
	// mark is in the header while the fault lasts; words are on the screen of
	// the outage, or in the place of what could not be read. No words mean that
	// there is no error, only waiting.
	mark, words string
}

const whole = "a long text that the engine, or something between, has to say of what went wrong in it, to its very end"

// held is longer than a test takes: what is held up goes on when the rules are
// cleared.
const held = time.Minute

var troubles = map[string]trouble{
	"delay":        {fault.Delay{For: held}, "▲ waiting ", ""},
	"cut":          {fault.Cut{}, "STALE", "unexpected EOF"},
	"lost":         {fault.Lose{}, "STALE", "closed the connection without an answer"},
	"500":          {fault.Answer{Text: whole}, "STALE", whole},
	"garbage":      {fault.Garbage{}, "STALE", "makes no sense"},
	"other JSON":   {fault.Garbage{Body: `[1, "two", null, {"message": "hello"}]`}, "STALE", "makes no sense"},
	"silence":      {fault.Silence{For: held}, "▲ waiting ", ""},
	"some silence": {fault.Silence{For: 2500 * time.Millisecond}, "STALE", "EOF"},
	"429":          {fault.TooMany(time.Second), "STALE", "too many requests"},
	"refused":      {fault.Refuse{}, "STALE", "connection refused"},
}

// rule makes a rule of a fault; a refusal knows no requests.
func rule(f fault.Fault, method, path string) fault.Rule {
	if f == (fault.Refuse{}) {
		return fault.Rule{Fault: f}
	}
	return fault.Rule{Method: method, Path: path, Fault: f}
}

// unwrapped is a screen with its lines as one, so that a text is found that was
// wrapped.
func unwrapped(screen string) string { return strings.Join(strings.Fields(screen), " ") }

// says waits for a text that may be wrapped.
func (s *shaky) says(text string) string {
	s.t.Helper()
	return s.Until(fmt.Sprintf("%q", text), func(screen string) bool { return strings.Contains(unwrapped(screen), text) })
}

// stands tells where the console stands: the path and the filter, and the row
// under the cursor.
func stands(screen string) (path, row string) {
	lines := strings.Split(screen, "\n")
	if len(lines) < 3 {
		return "", ""
	}
	for _, l := range lines[3:] {
		if name, ok := strings.CutPrefix(l, "›"); ok {
			row, _, _ = strings.Cut(name, " ")
		}
	}
	return strings.Join(strings.Fields(lines[2]), " "), row
}

// standing waits until the console stands somewhere.
func (s *shaky) standing(filter, row string) (path, at string) {
	s.t.Helper()
	screen := s.Until("the cursor on "+row+" with "+filter, func(screen string) bool {
		path, at = stands(screen)
		return at == row && strings.HasSuffix(path, " "+filter)
	})
	return stands(screen)
}

// live waits for the end of a fault: live, with what has happened meanwhile.
func (s *shaky) live(texts ...string) string {
	s.t.Helper()
	return s.Until(fmt.Sprintf("live, with %q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		head, _, _ := strings.Cut(screen, "\n")
		return strings.HasSuffix(strings.TrimSpace(head), "● live")
	})
}

// lists are the screens with the list that each stands on.
var lists = map[string]struct {
	path string
	// keys lead to the screen, with a filter; there is what it shows then, and
	// for as long as the fault lasts. The cursor goes to the second row.
	keys        []string
	filter, row string
	there       []string
	// change is something that happens during the fault, after is how it looks.
	change func(*shaky)
	after  []string
}{
	"services": {"^/services$", []string{"/", "w", vterm.Enter}, "/w", "wiki", []string{"web", "wiki", "2 of 3", "2/2"},
		func(s *shaky) { s.scale("web", 4) }, []string{"4/4"}},
	"nodes": {"^/nodes$", []string{":", "nodes worker", vterm.Enter}, "/worker", "worker2", []string{"worker1", "worker2", "2 of 3"},
		func(s *shaky) { s.pauseNode("worker1") }, []string{"pause"}},
	"tasks": {"^/tasks$", []string{"j", vterm.Enter, "/", "wiki", vterm.Enter}, "/wiki", ".2", []string{".1", ".2", "2 of 2"},
		func(s *shaky) { s.scale("wiki", 3) }, []string{".3", "3 of 3"}},
}

// count is the number of the rows in a path, which may change.
var count = regexp.MustCompile(`\d+ of \d+ `)

// listFaults: the last snapshot stays and says that it is old and why,
// and when the fault is over the console is live by itself, where it was.
func listFaults() map[string]func(*testing.T) {
	tests := map[string]func(*testing.T){}
	for what, l := range lists {
		for kind, f := range troubles {
			tests[what+"/"+kind] = func(t *testing.T) {
				s := shaken(t, ui.Options{}, 120, 24)
				s.live("3/3", "2/2", "1/1")
				s.Type(l.keys...)
				s.live(l.there...)
				s.Type("j")
				path, row := s.standing(l.filter, l.row)
				s.proxy.Set(rule(f.fault, "GET", l.path))
				l.change(s)
				screen := s.Wait(f.mark)
				if p, r := stands(screen); p != path || r != row {
					t.Errorf("stood on %q, row %q, now %q, row %q", path, row, p, r)
				}
				for _, text := range l.there {
					if !strings.Contains(screen, text) {
						t.Errorf("the last snapshot does not stay: no %q in\n%s", text, screen)
					}
				}
				if f.words != "" {
					s.Wait("(! says more)")
					s.Type("!")
					s.says(f.words)
					s.Type(vterm.Esc)
					s.WaitGone("outage")
				}
				s.proxy.Clear()
				screen = s.live(l.after...)
				if p, r := stands(screen); count.ReplaceAllString(p, "") != count.ReplaceAllString(path, "") || r != row {
					t.Errorf("stood on %q, row %q, now %q, row %q", path, row, p, r)
				}
				// The stream of events came back as well.
				s.until("the events again", func() bool { return s.proxy.Open("^/events$") == 1 })
			}
		}
	}
	return tests
}

// until waits for something that is not on the screen.
func (s *shaky) until(what string, ok func() bool) {
	s.t.Helper()
	s.Until(what, func(string) bool { return ok() })
}

// pauseNode makes a node take no more tasks.
func (s *shaky) pauseNode(name string) {
	s.t.Helper()
	var n swarm.Node
	s.api("GET", "/nodes/"+name, nil, &n)
	n.Spec.Availability = swarm.NodeAvailabilityPause
	s.api("POST", fmt.Sprintf("/nodes/%s/update?version=%d", n.ID, n.Version.Index), n.Spec, nil)
}

// startFaults: the console starts into the fault, says what is wrong
// in place of a snapshot, and shows the swarm when it can.
func startFaults() map[string]func(*testing.T) {
	tests := map[string]func(*testing.T){}
	for path, what := range map[string]string{"/_ping": "the engine", "/swarm": "the engine", "/services": "the services", "/nodes": "the nodes"} {
		for kind, f := range troubles {
			if path == "/_ping" && (kind == "other JSON" || kind == "garbage" || kind == "cut") {
				continue // A ping has no body that anybody reads.
			}
			tests[path[1:]+"/"+kind] = func(t *testing.T) {
				s := shaken(t, ui.Options{Pattern: "w"}, 120, 24, rule(f.fault, "", "^"+path+"$"))
				if f.words != "" {
					s.Wait("not connected")
					s.says(f.words)
				} else {
					s.Wait("▲ waiting 1s for " + what)
					s.Wait("▲ waiting 2s for " + what)
				}
				s.proxy.Clear()
				s.live("web", "3/3", "2/2", "2 of 3")
				if _, row := stands(s.Screen()); row != "web" {
					t.Errorf("the cursor is on %q", row)
				}
			}
		}
	}
	return tests
}

// infoFaults: what only GET /info tells is missed in the header, and nothing
// else is.
func infoFaults() map[string]func(*testing.T) {
	tests := map[string]func(*testing.T){}
	for kind, f := range troubles {
		if kind == "refused" {
			continue
		}
		tests[kind] = func(t *testing.T) {
			s := shaken(t, ui.Options{Pattern: "w"}, 120, 24, rule(f.fault, "", "^/info$"))
			s.live("web", "3/3", "2/2", "2 of 3")
			if strings.Contains(s.Screen(), simswarm.EngineVersion) {
				t.Error("the version came from nowhere")
			}
		}
	}
	return tests
}

// eventFaults: without events the console is as live as before, only
// a little slower, and it listens again when it can.
func eventFaults() map[string]func(*testing.T) {
	faults := map[string]fault.Fault{"half an event": fault.HalfEvent{}, "cut": fault.Cut{After: 100}}
	for kind, f := range troubles {
		if kind != "cut" && kind != "refused" {
			faults[kind] = f.fault
		}
	}
	tests := map[string]func(*testing.T){}
	for kind, f := range faults {
		tests[kind] = func(t *testing.T) {
			s := shaken(t, ui.Options{Pattern: "w"}, 120, 24)
			s.live("3/3", "2/2")
			s.Type("j")
			path, _ := s.standing("/w", "wiki")
			s.proxy.Set(fault.Rule{Path: "^/events$", Fault: f})
			s.until("the events", func() bool { return s.proxy.Sever("^/events$") == 1 })
			s.until("the fault", func() bool { return s.proxy.Hits() > 0 })
			s.scale("web", 4)
			s.live("4/4")
			s.proxy.Clear()
			s.until("the events again", func() bool { return s.proxy.Open("^/events$") == 1 })
			s.scale("web", 5)
			screen := s.live("5/5")
			if p, row := stands(screen); p != path || row != "wiki" {
				t.Errorf("stood on %q, now %q, row %q", path, p, row)
			}
			if raw := s.Raw(); strings.Contains(raw, "STALE") {
				t.Error("lost events are no outage")
			}
		}
	}
	return tests
}

// documentFaults: what could not be read says so, and is read by itself
// when it can be.
func documentFaults() map[string]func(*testing.T) {
	tests := map[string]func(*testing.T){}
	for key, shows := range map[string]string{"d": "while true; do", "y": "while true; do"} {
		for kind, f := range troubles {
			if kind == "refused" || kind == "other JSON" && key == "d" {
				continue
			}
			tests[key+"/"+kind] = func(t *testing.T) {
				s := shaken(t, ui.Options{Pattern: "w"}, 120, 90)
				s.live("3/3", "2/2")
				s.proxy.Set(rule(f.fault, "GET", "^/services/[^/]+$"))
				s.Type("j", key)
				if f.words != "" {
					s.Wait("could not be read")
					s.says(f.words)
				} else {
					s.until("the fault", func() bool { return s.proxy.Hits() > 0 })
				}
				s.live("› wiki")
				s.proxy.Clear()
				s.Wait(shows)
				s.WaitGone("could not be read")
				s.until("the end of the reading", func() bool { return s.proxy.Open("^/services/") == 0 })
				// What was read stays when it cannot be read again.
				s.proxy.Set(rule(f.fault, "GET", "^/services/[^/]+$"))
				s.scale("wiki", 3)
				s.until("the fault again", func() bool { return s.proxy.Hits() > 0 })
				if f.words != "" {
					s.Wait("could not be read again", shows)
				}
				s.proxy.Clear()
				s.WaitGone("could not be read")
				s.Wait(shows)
				s.Type("q")
				screen := s.live("3/3", "2 of 3")
				if _, row := stands(screen); row != "wiki" {
					t.Errorf("the cursor is on %q", row)
				}
			}
		}
	}
	return tests
}
