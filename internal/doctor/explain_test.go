package doctor_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/doctor"
	. "skep/internal/testkit"
	"skep/model"
)

// TestExplain_TheNodeWithWhatItExplains asks for a node that is down: what it took
// with it stands below.
func TestExplain_TheNodeWithWhatItExplains(t *testing.T) {
	n1, lost := Node(Hostname("n1")), Node(Hostname("n2"), Down())
	db := Service(Name("db"), Placed(swarm.Placement{Constraints: []string{"node.hostname==n2"}}))
	c := Cluster(Nodes(n1, lost), Services(db), Tasks(Task(Of(db), Slot(1), On(lost), Desired(swarm.TaskStateShutdown)),
		Task(Of(db), Slot(1), Ago(time.Minute), Pending("no suitable node (scheduling constraints not satisfied on 1 node; 1 node not available for new tasks)"))))
	e, err := doctor.Explain(c, lost.Key().Ref(), Now)
	if err != nil || len(e.Findings) != 2 || e.Findings[1].Subject.Name != "db" || e.Findings[1].Cause != e.Findings[0].ID {
		t.Errorf("%v %+v", err, e.Findings)
	}
}

// Several services' tasks that were killed at one time on one node were so with that node,
// and not each for want of memory: also once the node has changed again.
func TestExplain_KilledWithTheNode(t *testing.T) {
	n1, n2 := Node(Hostname("worker1")), Node(Hostname("m"))
	limited := Template(func(s *swarm.TaskSpec) {
		s.Resources = &swarm.ResourceRequirements{Limits: &swarm.Limit{MemoryBytes: 64 << 20}}
	})
	agent, web := Service(Name("agent"), limited), Service(Name("web"))
	killed := func(s *model.Service) *model.Task {
		return Task(Of(s), Slot(1), On(n1), Failed(137), Ago(time.Hour), WithTask(func(x *model.Task) { x.UpdatedAt = Now.Add(-30 * time.Minute) }))
	}
	up := func(s *model.Service) *model.Task { return Task(Of(s), Slot(1), On(n2), Ago(29*time.Minute)) }
	for _, tt := range []struct {
		name  string
		tasks []*model.Task
		with  bool
	}{
		{"alone", []*model.Task{killed(agent), up(agent), up(web)}, false},
		{"with another", []*model.Task{killed(agent), killed(web), up(agent), up(web)}, true},
	} {
		e, err := doctor.Explain(Cluster(Nodes(n1, n2), Services(agent, web), Tasks(tt.tasks...)), agent.Key().Ref(), Now)
		text := e.Text()
		if err != nil || strings.Contains(text, "worker1 was down or its engine was restarted") != tt.with || strings.Contains(text, "out of memory") == tt.with {
			t.Errorf("%s: %v\n%s", tt.name, err, text)
		}
	}
}

// Names of different lengths do not move the columns behind them.
func TestExplain_ColumnsStandBelowEachOther(t *testing.T) {
	e := doctor.Explanation{Tasks: []doctor.Task{
		{Name: "web.1", Node: "m", State: "failed", Why: "why"},
		{Name: "a-stack_with-a-long-name.1", Node: "worker-of-zone-b", State: "failed", Why: "why"},
	}}
	lines := strings.Split(strings.TrimSpace(strings.SplitAfter(e.Text(), "the newest first:\n")[1]), "\n")
	if at := len("  ") + strings.Index(lines[0], "why"); at != strings.Index(lines[1], "why") {
		t.Errorf("%q", lines)
	}
}
