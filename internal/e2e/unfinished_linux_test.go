package e2e_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/simswarm"
	"skep/internal/testkit"
	"skep/model"
)

// leftNode is the node that is drained in these tests. Three services can go
// gently, and two others cannot.
const leftNode = "fra1-wrk1"

// drainState is how far the gentle drain of a node is, as the swarm itself says.
type drainState struct {
	node   swarm.Node
	marked bool
	mark   model.DrainMark
	away   []string // the services that keep away from it
}

func readDrain(t *testing.T, sim *simswarm.Swarm) drainState {
	t.Helper()
	var d drainState
	ask(t, sim, "GET", "/nodes/"+leftNode, nil, &d.node)
	d.mark, d.marked = model.ParseDrainMark(d.node.Spec.Labels[model.LabelDrain])
	var services []swarm.Service
	ask(t, sim, "GET", "/services", nil, &services)
	for _, s := range services {
		if s.Spec.Labels[model.AwayLabel(model.NodeID(d.node.ID))] != "" {
			d.away = append(d.away, s.Spec.Name)
		}
	}
	return d
}

// until waits until a gentle drain is so far.
func (f *farTerminal) until(sim *simswarm.Swarm, what string, ok func(drainState) bool) {
	f.t.Helper()
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		d := readDrain(f.t, sim)
		if ok(d) {
			return
		}
		if time.Now().After(end) {
			f.t.Fatalf("never %s: %+v, %v away\n%s", what, d.node.Spec, d.away, f.screen())
		}
	}
}

// TestKilled_InAGentleDrain kills skep between two of the services that it moves.
// A console that knows nothing of it says so, and goes on, or takes it back.
func TestKilled_InAGentleDrain(t *testing.T) {
	t.Parallel()
	testkit.OnlySlow(t, "two drains wait until what moved is well, a minute")
	for name, c := range map[string]struct {
		begin func(t *testing.T, host string) *farTerminal
		keys  string // on the problem that says what is under way
		ends  func(drainState) bool
	}{
		"begun in a console, goes on": {beginOnScreen, "R", func(d drainState) bool {
			return d.mark.Phase == model.DrainLeft && d.node.Spec.Availability == swarm.NodeAvailabilityPause && len(d.away) == 3
		}},
		"begun by a command, taken back": {beginByCommand, "u", func(d drainState) bool {
			return !d.marked && d.node.Spec.Availability == swarm.NodeAvailabilityActive && len(d.away) == 0
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, host := shop(t)
			var before []swarm.Service
			ask(t, sim, "GET", "/services", nil, &before)
			f := c.begin(t, host)
			f.until(sim, "moves a service", func(d drainState) bool { return len(d.away) > 0 })
			f.Signal(os.Kill)
			f.Code(toEnd)
			if d := readDrain(t, sim); d.mark.Phase != model.DrainMoving || len(d.away) == 3 {
				t.Fatalf("it was not in the middle: %+v, %v away", d.mark, d.away)
			}

			again := run{}.far(t, 0, false, "-H", host)
			again.waits("begun and not at its end: gentle drain of " + leftNode)
			again.keys([]byte("!"))
			again.waits("gentle drain not at its end: ")
			again.keys([]byte("/" + leftNode + "\r"))
			time.Sleep(500 * time.Millisecond)
			again.keys([]byte(c.keys))
			if c.keys == "R" {
				again.waits("What cannot go gently")
				again.keys([]byte("\r"))
			}
			again.waits("Y apply")
			time.Sleep(450 * time.Millisecond)
			again.begins()
			again.until(sim, name, c.ends)
			again.waits(leftNode)
			if c.keys == "u" {
				holdSpecs(t, sim, before)
			}
		})
	}
}

func beginOnScreen(t *testing.T, host string) *farTerminal {
	t.Helper()
	f := run{}.far(t, 0, false, "-H", host, "nodes", leftNode)
	f.waits("live")
	f.waits(leftNode)
	time.Sleep(time.Second) // So that all is read that the preview rests on.
	f.keys([]byte("R"))
	f.waits("What cannot go gently")
	f.keys([]byte("\r"))
	f.waits("Y apply")
	time.Sleep(450 * time.Millisecond)
	f.begins()
	return f
}

func beginByCommand(t *testing.T, host string) *farTerminal {
	t.Helper()
	return run{}.far(t, 0, false, "-H", host, "drain", "--gentle", "--yes", leftNode)
}

// begins confirms a preview of what goes on after it.
func (f *farTerminal) begins() {
	f.t.Helper()
	for end := time.Now().Add(30 * time.Second); strings.Contains(f.screen(), "Y apply"); time.Sleep(500 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("it does not let itself be confirmed:\n%s", f.screen())
		}
		f.keys([]byte("Y"))
	}
}

// holdSpecs holds that services are what they were before.
func holdSpecs(t *testing.T, sim *simswarm.Swarm, before []swarm.Service) {
	t.Helper()
	for _, was := range before {
		var now swarm.Service
		ask(t, sim, "GET", "/services/"+was.ID, nil, &now)
		if d := model.Diff(asJSON(t, was.Spec), asJSON(t, now.Spec)); len(d) > 0 {
			t.Errorf("%s is not what it was: %v", was.Spec.Name, d)
		}
	}
}

func asJSON(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
