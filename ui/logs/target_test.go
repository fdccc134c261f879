package logs

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// TestPlan_OneStreamATask: a node that is down costs only its own tasks, what has
// ended is read once, and of what comes later everything is read.
func TestPlan_OneStreamATask(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(4))
	up, down := testkit.Node(testkit.Hostname("w1")), testkit.Node(testkit.Hostname("w2"), testkit.Down())
	task := func(id string, slot int, n *model.Node, o ...testkit.TaskOption) *model.Task {
		return testkit.Task(append([]testkit.TaskOption{testkit.ID(id), testkit.Of(web), testkit.On(n), testkit.Slot(slot)}, o...)...)
	}
	tasks := []*model.Task{
		task("a", 1, up), task("b", 2, down), task("c", 3, up, testkit.Failed(1)), rejectedTask(web, up, "d", 4),
	}
	p := NewPlan(model.LogSource{Services: []model.ServiceID{web.Key()}}, taskStreams, pastTasks)
	look := func() string {
		targets, _ := p.Targets(testkit.Cluster(testkit.Nodes(up, down), testkit.Services(web), testkit.Tasks(tasks...)))
		out := ""
		for _, x := range targets {
			out += fmt.Sprintf("%s%s once=%t away=%t whole=%t; ", x.Task, x.Service, x.Once, x.Away, x.Whole)
		}
		return out
	}
	if got, want := look(), "a once=false away=false whole=false; b once=false away=true whole=false; c once=true away=false whole=false; "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	tasks[0] = task("a", 1, up, testkit.Failed(3))
	tasks = append(tasks, task("e", 5, up))
	if got, want := look(), "b once=false away=true whole=false; e once=false away=false whole=true; a once=true away=false whole=false; c once=true away=false whole=false; "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestPlan_DoesNotComeBackToThePast: of a task that had ended long before the log was
// begun the lines would be added as the newest ones.
func TestPlan_DoesNotComeBackToThePast(t *testing.T) {
	web, n := testkit.Service(testkit.Name("web")), testkit.Node()
	tasks := []*model.Task{testkit.Task(testkit.ID("runs"), testkit.Of(web), testkit.On(n), testkit.Slot(1))}
	for i := range pastTasks + 1 {
		tasks = append(tasks, testkit.Task(testkit.ID(fmt.Sprint("t", i)), testkit.Of(web), testkit.On(n), testkit.Slot(1), testkit.Failed(1),
			testkit.Ago(time.Duration(i+1)*time.Minute)))
	}
	p := NewPlan(model.LogSource{Services: []model.ServiceID{web.Key()}}, taskStreams, pastTasks)
	targets := func(tasks ...*model.Task) map[string]bool {
		all, _ := p.Targets(testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(tasks...)))
		out := map[string]bool{}
		for _, x := range all {
			out[x.Task] = true
		}
		return out
	}
	oldest := tasks[len(tasks)-1]
	if got := targets(tasks...); len(got) != 1+pastTasks || got[string(oldest.ID)] {
		t.Errorf("%d targets", len(got))
	}
	if got := targets(slices.Delete(slices.Clone(tasks), 1, 2)...); len(got) != pastTasks || got[string(oldest.ID)] {
		t.Errorf("%d targets, with the oldest %t", len(got), got[string(oldest.ID)])
	}
}

// TestPlan_OneStreamAService where there would be too many, and for good.
func TestPlan_OneStreamAService(t *testing.T) {
	web, n := testkit.Service(testkit.Name("web"), testkit.Replicas(9)), testkit.Node()
	var tasks []*model.Task
	for i := range 9 {
		tasks = append(tasks, testkit.Task(testkit.ID(fmt.Sprint("t", i)), testkit.Of(web), testkit.On(n), testkit.Slot(i+1)))
	}
	p := NewPlan(model.LogSource{Services: []model.ServiceID{web.Key()}}, 8, pastTasks)
	for _, c := range []*model.Cluster{
		testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(tasks...)),
		testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(tasks[0])),
	} {
		if got, _ := p.Targets(c); len(got) != 1 || got[0].Service != web.ID || !p.Whole() {
			t.Errorf("%+v", got)
		}
	}
}

func rejectedTask(s *model.Service, n *model.Node, id string, slot int) *model.Task {
	return testkit.Task(testkit.ID(id), testkit.Of(s), testkit.On(n), testkit.Slot(slot), testkit.State(swarm.TaskStateRejected), testkit.Err("no"))
}
