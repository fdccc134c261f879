package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/keys"
)

// drainedLeader is a swarm where two findings are about one node: it leads a
// swarm of two managers, and a service waits for it to take tasks again.
func drainedLeader() *model.Cluster {
	leader := testkit.Node(testkit.Hostname("m1"), testkit.Leader(), testkit.Availability(swarm.NodeAvailabilityDrain))
	pinned := testkit.Service(testkit.Name("pinned"), testkit.Placed(swarm.Placement{Constraints: []string{"node.hostname==m1"}}))
	return testkit.Cluster(testkit.Nodes(leader, testkit.Node(testkit.Hostname("m2"), testkit.Manager())), testkit.Services(pinned),
		testkit.Tasks(testkit.Task(testkit.Of(pinned), testkit.Slot(1),
			testkit.Pending("no suitable node (scheduling constraints not satisfied on 1 node; 1 node not available for new tasks)"))))
}

func TestFindings_OfOneObjectHaveRowsOfTheirOwn(t *testing.T) {
	onDesk(t, Options{View: "problems"}, drainedLeader(), 100, 24, func(t *testing.T, d *desk) {
		d.sees("quorum", "m1", "drained", "losing one more loses quorum")
		first := d.current()
		d.press("space", "j")
		second := d.current()
		if first.Row == second.Row || first.Ref != second.Ref {
			t.Errorf("%+v, %+v: want two rows about one node", first, second)
		}
		if !strings.Contains(d.text(), "1 marked") {
			t.Errorf("one mark:\n%s", d.text())
		}
		d.press("space")
		d.sees("2 marked")
		if got := d.targets(keys.Binding{Scope: keys.Nodes}); len(got) != 1 || got[0].Ref != first.Ref {
			t.Errorf("targets %+v, want the node once", got)
		}
		// The order turns round under the cursor, which stays on its finding.
		d.press("g", "j")
		here := d.current()
		c := drainedLeader()
		d.feed.push(c)
		d.rest()
		d.frame()
		if now := d.current(); now.Row != here.Row {
			t.Errorf("the cursor went from %v to %v", here.Row, now.Row)
		}
		var ids []model.FindingID
		for _, f := range c.Problems() {
			ids = append(ids, f.ID())
		}
		slices.Sort(ids)
		if len(slices.Compact(ids)) != len(c.Problems()) {
			t.Errorf("two findings share an identity: %q", ids)
		}
	})
}

func TestFindings_OneIsShownWholeAndMended(t *testing.T) {
	onDesk(t, Options{View: "problems"}, drainedLeader(), 100, 40, func(t *testing.T, d *desk) {
		d.press("j", "enter")
		d.sees("pinned 0/1", "fits on no other node: m1 is drained", "Explained by", "m1 drained", "Evidence",
			"Nodes, the nearest first", "it is set to drain", "m opens the preview of it: activate m1")
		d.press("m")
		d.rest()
		d.sees("activate m1", "room for 1 task")
	})
}

func TestFindings_WhatNoKeyMends(t *testing.T) {
	onDesk(t, Options{View: "problems"}, shop(), 100, 40, func(t *testing.T, d *desk) {
		d.press("j", "j", "m")
		d.sees("this is for you to do: bring its engine back")
	})
}

// crashing is a service whose task dies again and again, on a node that is there
// or is not.
func crashing(node *model.Node) *model.Cluster {
	web := testkit.Service(testkit.Name("web"))
	died := func(ago time.Duration) *model.Task {
		return testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(node), testkit.Failed(1), testkit.Ago(ago), testkit.WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt.Add(time.Second) }))
	}
	return testkit.Cluster(testkit.Nodes(node, testkit.Node(testkit.Hostname("n2"))), testkit.Services(web), testkit.Tasks(
		testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(node), testkit.State(swarm.TaskStateReady), testkit.Desired(swarm.TaskStateReady), testkit.Ago(time.Second)),
		died(5*time.Second), died(10*time.Second), died(15*time.Second)))
}

// TestFindings_LastWords reads the log of the task that died last while its finding
// is on the screen, and says where there is none to read.
func TestFindings_LastWords(t *testing.T) {
	for _, tt := range []struct {
		name  string
		node  *model.Node
		lines []string
		want  []string
	}{
		{"what it said", testkit.Node(testkit.Hostname("n1")), []string{"starting", "no db \x1b[31mat db:5432"}, []string{"Last log lines of web.1", "no db at db:5432"}},
		{"nothing", testkit.Node(testkit.Hostname("n1")), nil, []string{"Last log lines of web.1", "it wrote nothing"}},
		{"no one to ask", testkit.Node(testkit.Hostname("n1"), testkit.Down()), []string{"x"}, []string{"the log cannot be read: n1 is down, and has it"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := crashing(tt.node)
			onDesk(t, Options{View: "problems"}, c, 100, 50, func(t *testing.T, d *desk) {
				d.engine.lines = tt.lines
				for _, p := range model.Roots(c.Problems()) {
					if p.Subject != "web" {
						d.press("j")
						continue
					}
					break
				}
				d.press("enter")
				d.rest()
				d.frame()
				d.sees(tt.want...)
			})
		})
	}
}

func TestTimeline_TellsAndLeadsOn(t *testing.T) {
	onDesk(t, Options{View: "timeline"}, crashing(testkit.Node(testkit.Hostname("n1"))), 100, 40, func(t *testing.T, d *desk) {
		d.rest()
		d.frame()
		d.sees("timeline", "web.1", "failed on n1", "exit code 1", "n2", "joined")
		d.press("/", "j", "o", "i", "n", "enter")
		d.rest()
		d.frame()
		if text := d.text(); strings.Contains(text, "exit code 1  ") || !strings.Contains(text, "joined") {
			t.Errorf("the filter keeps\n%s", text)
		}
		d.press("enter")
		d.rest()
		d.frame()
		d.sees("Node", "Availability")
	})
}
