package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit/fault"
	"skep/internal/testkit/vterm"
	"skep/ui"
)

// writes are faults of the update that an action makes, or of what the action
// reads for it.
var writes = map[string]struct {
	rules []fault.Rule
	says  []string
	// writing is set where the screen says so for a while first.
	writing bool
	posts   int
	// made is set where the engine has the change in the end.
	made bool
	// fails is set where the dialog stays, with the error.
	fails bool
}{
	"500":           {rules: on(fault.Answer{Text: whole}), says: []string{"scale web failed", whole, "Nothing was written."}, posts: 1, fails: true},
	"500 after it":  {rules: on(fault.Answer{Text: whole, After: true}), says: []string{"done: ", "the change was made", whole}, posts: 1, made: true},
	"502 after it":  {rules: on(fault.Answer{Status: 502, Text: "bad gateway", After: true}), says: []string{"done: ", "the change was made", "bad gateway"}, posts: 1, made: true},
	"504 before it": {rules: on(fault.Answer{Status: 504, Text: "gateway timeout"}), says: []string{unsure, "it is not there so far", "gateway timeout"}, posts: 1, fails: true},
	"429":           {rules: on(fault.TooMany(time.Second)), says: []string{"scale web failed", "too many requests"}, posts: 1, fails: true},
	"answer lost":   {rules: on(fault.Lose{}), says: []string{"done: ", "answer was lost, but the change was made"}, posts: 1, made: true},
	"answer cut":    {rules: on(fault.Cut{}), says: []string{"done: ", "answer was lost, but the change was made"}, posts: 1, made: true},
	"never there":   {rules: on(fault.Drop{}), says: []string{unsure, "it is not known whether the change was made", "EOF"}, posts: 1, fails: true},
	"garbage":       {rules: on(fault.Garbage{}), says: []string{unsure, "it is not known whether the change was made", "makes no sense"}, posts: 1, fails: true},
	"silence": {rules: on(fault.Silence{For: 2 * time.Second}), says: []string{unsure, "it is not known whether the change was made"},
		writing: true, posts: 1, fails: true},
	"delay":   {rules: on(fault.Delay{For: 2 * time.Second}), says: []string{"done: "}, writing: true, posts: 1, made: true},
	"refused": {rules: []fault.Rule{{Fault: fault.Refuse{}}}, says: []string{"scale web failed", "No Docker engine answers", "connection refused"}, fails: true},
	"answer lost, and no way to look": {rules: append(on(fault.Lose{}), fault.Rule{Method: "GET", Path: "^/services/", Skip: 1, Fault: fault.Answer{Text: "later"}}),
		says: []string{unsure, "it is not known whether the change was made"}, posts: 1, made: true, fails: true},
	"nothing to read before it": {rules: []fault.Rule{{Method: "GET", Path: "^/services/", Fault: fault.Answer{Text: whole}}},
		says: []string{"scale web failed", whole}, fails: true},
}

// unsure is the title where nobody knows.
const unsure = "scale web: it is not known whether it was done"

// on is the rule for an update.
func on(f fault.Fault) []fault.Rule {
	return []fault.Rule{{Method: "POST", Path: "/update$", Fault: f}}
}

// apply confirms a preview, with rules for what follows.
func (s *shaky) apply(rules []fault.Rule) {
	s.t.Helper()
	for {
		calm()
		s.proxy.Set(rules...)
		if confirms(s.Terminal) {
			return
		}
		s.proxy.Clear()
		s.WaitGone(again)
	}
}

// writeFaults: what became of it is said in full, it is sent once, and
// nobody can take what is not known for done.
func writeFaults() map[string]func(*testing.T) {
	tests := map[string]func(*testing.T){}
	for kind, w := range writes {
		tests[kind] = func(t *testing.T) {
			s := shaken(t, ui.Options{Pattern: "w"}, 120, 30)
			s.live("3/3", "2/2")
			s.Type("s")
			s.Wait("Replicas: 3")
			calm()
			s.Type(clear, "5", vterm.Enter)
			s.Wait("from 3 to 5", "Y apply")
			s.apply(w.rules)
			if w.writing {
				s.Wait("writing")
			}
			for _, text := range w.says {
				if screen := s.says(text); w.fails && (strings.Contains(screen, "done: ") || text == unsure && strings.Contains(screen, "failed")) {
					t.Errorf("it says that it is done\n%s", screen)
				}
			}
			want := uint64(3)
			if w.made {
				want = 5
			}
			if got := s.replicas("web"); got != want {
				t.Errorf("%d replicas, want %d", got, want)
			}
			s.proxy.Clear()
			if w.fails {
				s.Type(vterm.Esc)
			}
			// Whatever is asked again by itself has been asked when this is there.
			s.scale("wiki", 3)
			if s.live("3/3"); w.made {
				s.live("5/5")
			}
			if got := s.proxy.Count("^(POST|DELETE) "); got != w.posts {
				t.Errorf("%d writes, want %d: %v", got, w.posts, s.proxy.Requests())
			}
			if path, row := stands(s.Screen()); row != "web" || !strings.Contains(path, "/w") {
				t.Errorf("stands on %q, row %q", path, row)
			}
		}
	}
	tests["a node's"] = func(t *testing.T) {
		s := shaken(t, ui.Options{View: "nodes", Pattern: "worker1"}, 120, 30)
		s.live("worker1", "active", "no problems") // Nothing is changed before all was read.
		s.Type("r")
		s.Wait("Y apply")
		s.apply(on(fault.Cut{}))
		s.says("answer was lost, but the change was made")
		s.live("drain")
		if got := s.proxy.Count("^POST "); got != 1 {
			t.Errorf("%d writes", got)
		}
	}
	tests["the preview's"] = func(t *testing.T) {
		s := shaken(t, ui.Options{Pattern: "w"}, 120, 30)
		s.live("3/3", "2/2")
		s.proxy.Set(fault.Rule{Method: "GET", Path: "^/services/", Fault: fault.Answer{Text: whole}})
		s.Type("s")
		s.Wait("Replicas: 3")
		calm()
		s.Type(clear, "5", vterm.Enter)
		s.says(whole)
		s.Wait("Replicas: 5") // What was typed is still there, and can be tried again.
		s.proxy.Clear()
		calm()
		s.Type(vterm.Enter)
		s.Wait("from 3 to 5", "Y apply")
		if got := s.proxy.Count("^POST "); got != 0 {
			t.Errorf("%d writes", got)
		}
	}
	return tests
}

// endurance is how long the console of these tests waits for an answer: longer
// than a busy machine takes for one, and than it takes to say that it waits.
const endurance = 6 * time.Second

// silences last until the console knows that no answer will come.
func silences() map[string]func(*testing.T) {
	tests := map[string]func(*testing.T){}
	for what, l := range lists {
		tests[what] = func(t *testing.T) {
			s := shakenFor(t, endurance, ui.Options{}, 120, 24)
			s.live("3/3", "2/2", "1/1")
			s.Type(l.keys...)
			s.live(l.there...)
			s.Type("j")
			path, row := s.standing(l.filter, l.row)
			s.proxy.Set(fault.Rule{Method: "GET", Path: l.path, Times: 1, Fault: fault.Silence{}})
			l.change(s)
			s.Wait(append([]string{"▲ waiting "}, l.there...)...)
			s.Wait(append([]string{"STALE", "does not answer"}, l.there...)...)
			s.Type("!")
			s.says("no answer in time (waited 6s)")
			s.Type(vterm.Esc)
			if p, r := stands(s.live(l.after...)); r != row || count.ReplaceAllString(p, "") != count.ReplaceAllString(path, "") {
				t.Errorf("stood on %q, row %q, now %q, row %q", path, row, p, r)
			}
		}
	}
	tests["update"] = func(t *testing.T) {
		s := shakenFor(t, endurance, ui.Options{View: "nodes", Pattern: "worker1"}, 120, 30)
		s.live("worker1", "active", "no problems") // Nothing is changed before all was read.
		s.Type("r")
		s.Wait("Y apply")
		s.apply(on(fault.Silence{}))
		s.Wait("writing")
		s.says("it is not known whether the change was made")
		s.says("no answer in time (waited 6s)")
		if got := s.proxy.Count("^POST "); got != 1 {
			t.Errorf("%d writes", got)
		}
		var n swarm.Node
		if s.api("GET", "/nodes/worker1", nil, &n); n.Spec.Availability != swarm.NodeAvailabilityActive {
			t.Errorf("the node is %s", n.Spec.Availability)
		}
	}
	return tests
}
