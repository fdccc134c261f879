package model_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

const noImage = "No such image: registry.test/web:9"

func rejected(s *model.Service, n *model.Node, id string, slot int) *model.Task {
	return testkit.Task(testkit.ID(id), testkit.Of(s), testkit.On(n), testkit.Slot(slot),
		testkit.State(swarm.TaskStateRejected), testkit.Desired(swarm.TaskStateShutdown), testkit.Err(noImage))
}

// TestLogWatch_NeverStartedIsNotSilence: a task that was rejected has no
// container, and the engine's log of it is empty without a word.
func TestLogWatch_NeverStartedIsNotSilence(t *testing.T) {
	web, n := testkit.Service(testkit.Name("web"), testkit.Replicas(2)), testkit.Node(testkit.Hostname("w1"))
	one, two := rejected(web, n, "t1", 1), rejected(web, n, "t2", 2)
	c := testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(one, two))
	w := model.WatchLog(model.LogSource{Services: []model.ServiceID{web.Key()}})
	want := []string{"web.1, web.2 never started, so there is nothing to read: " + noImage}
	if got := w.Observe(c); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := w.Observe(c); len(got) > 0 {
		t.Errorf("said again: %q", got)
	}
	// The next attempt of a slot has no error yet, and is no news.
	next := testkit.Task(testkit.ID("t3"), testkit.Of(web), testkit.On(n), testkit.Slot(1), testkit.State(swarm.TaskStatePreparing))
	c = testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(next, one, two))
	if got := w.Observe(c); len(got) > 0 {
		t.Errorf("said again: %q", got)
	}
	if got := w.Hearing(c); got != (model.Hearing{Heard: 0, Wanted: 1, Known: true}) {
		t.Errorf("%+v", got)
	}
	if got := model.WatchLog(model.LogSource{Tasks: []model.TaskID{"t2"}}).Observe(c); len(got) != 1 || !strings.HasSuffix(got[0], noImage) {
		t.Errorf("of one task: %q", got)
	}
}

// TestLogWatch_AnEngineThatHangsIsNotSilence: the tasks seem to write nothing.
func TestLogWatch_AnEngineThatHangsIsNotSilence(t *testing.T) {
	web := testkit.Service(testkit.Name("web"))
	w := model.WatchLog(model.LogSource{Services: []model.ServiceID{web.Key()}})
	since := time.Date(2026, 5, 4, 14, 3, 5, 0, time.Local)
	late := &model.Outage{Since: since, Waiting: true}
	cut := &model.Outage{Since: since.Add(time.Second), Err: errors.New("connection refused")}
	gone := &model.Trouble{Situation: model.NoDocker, Host: "unix:///s", Cause: errors.New("connection refused")}
	for _, tt := range []struct {
		outage *model.Outage
		want   string
	}{
		{nil, ""},
		{late, "the engine has not answered since 14:03:05: lines may come late"},
		{late, ""},
		{cut, "the swarm cannot be read since 14:03:06: connection refused; lines may come late, or be missing"},
		{cut, ""},
		{&model.Outage{Since: since, Err: gone}, "the swarm cannot be read since 14:03:05: " + gone.Headline() + "; lines may come late, or be missing"},
		{late, ""},
		{nil, "the swarm is read again"},
		{nil, ""},
		{&model.Outage{Since: since.Add(50 * time.Second), Waiting: true}, ""},
		{nil, ""},
		{&model.Outage{Since: since.Add(70 * time.Second), Waiting: true}, "the engine has not answered since 14:04:15: lines may come late"},
	} {
		got := strings.Join(w.Observe(testkit.Cluster(testkit.Services(web), testkit.Outage(tt.outage))), "; ")
		if got != tt.want {
			t.Errorf("%+v: got %q, want %q", tt.outage, got, tt.want)
		}
	}
}

func TestLogWatch_TasksJoinAndLeave(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(2))
	n, m := testkit.Node(testkit.Hostname("w1")), testkit.Node(testkit.Hostname("w2"))
	task := func(id string, slot int, n *model.Node, o ...testkit.TaskOption) *model.Task {
		return testkit.Task(append([]testkit.TaskOption{testkit.ID(id), testkit.Of(web), testkit.On(n), testkit.Slot(slot)}, o...)...)
	}
	look := func(w *model.LogWatch, nodes []*model.Node, tasks ...*model.Task) []string {
		return w.Observe(testkit.Cluster(testkit.Nodes(nodes...), testkit.Services(web), testkit.Tasks(tasks...)))
	}
	w := model.WatchLog(model.LogSource{Services: []model.ServiceID{web.Key()}})
	both := []*model.Node{n, m}
	if got := look(w, both, task("a", 1, n), task("b", 2, m)); len(got) > 0 {
		t.Errorf("at the begin: %q", got)
	}
	got := look(w, both, task("c", 1, m, testkit.Ago(time.Second)), task("a", 1, n, testkit.Failed(3)), task("b", 2, m))
	if want := []string{"web.1 joins: it runs on w2", "web.1 leaves: exit code 3"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	down := testkit.Node(testkit.Hostname("w2"), testkit.ID(m.ID), testkit.Down())
	got = look(w, []*model.Node{n, down}, task("c", 1, m), task("b", 2, m))
	if want := []string{"w2 is down: what web.1, web.2 wrote there is missing here"}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	got = look(w, both, task("c", 1, m), task("b", 2, m))
	if len(got) == 0 || got[0] != "w2 is back: what its tasks write is heard again" {
		t.Errorf("got %q", got)
	}
}

// TestLogWatch_NothingIsKept: a service without logs is not heard among the others of
// its stack, and its silence is told once.
func TestLogWatch_NothingIsKept(t *testing.T) {
	quiet := testkit.Service(testkit.Name("quiet"), testkit.ID("q"), testkit.Template(func(s *swarm.TaskSpec) { s.LogDriver = &swarm.Driver{Name: "none"} }))
	web, n := testkit.Service(testkit.Name("web"), testkit.ID("w")), testkit.Node(testkit.Hostname("w1"))
	c := testkit.Cluster(testkit.Nodes(n), testkit.Services(web, quiet), testkit.Tasks(
		testkit.Task(testkit.ID("a"), testkit.Of(web), testkit.On(n), testkit.Slot(1)),
		testkit.Task(testkit.ID("b"), testkit.Of(quiet), testkit.On(n), testkit.Slot(1)),
	))
	w := model.WatchLog(model.LogSource{Services: []model.ServiceID{web.Key(), quiet.Key()}})
	if got, want := w.Observe(c), []string{`quiet: the log driver is "none", so the engine keeps no logs`}; !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := w.Observe(c); len(got) > 0 {
		t.Errorf("said again: %q", got)
	}
	if got := w.Hearing(c); got != (model.Hearing{Heard: 1, Wanted: 2, Known: true}) {
		t.Errorf("%+v", got)
	}
}

// TestLogWatch_StoppedIsNotKilled: of a task that was told to stop it says so, not how it
// ended; and what never ran on a node is not missed there.
func TestLogWatch_StoppedIsNotKilled(t *testing.T) {
	web, n := testkit.Service(testkit.Name("web"), testkit.Replicas(2)), testkit.Node(testkit.Hostname("w1"))
	stop := testkit.Desired(swarm.TaskStateShutdown)
	look := func(w *model.LogWatch, n *model.Node, o ...testkit.TaskOption) []string {
		one := testkit.Task(append([]testkit.TaskOption{testkit.ID("a"), testkit.Of(web), testkit.On(n), testkit.Slot(1)}, o...)...)
		return w.Observe(testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(one, rejected(web, n, "r", 2))))
	}
	w := model.WatchLog(model.LogSource{Services: []model.ServiceID{web.Key()}})
	look(w, n)
	look(w, n, stop)
	if got := look(w, n, stop, testkit.Failed(137)); !slices.Equal(got, []string{"web.1 leaves: it was stopped"}) {
		t.Errorf("got %q", got)
	}
	look(w, n)
	down := testkit.Node(testkit.Hostname("w1"), testkit.ID(n.ID), testkit.Down())
	if got := look(w, down); len(got) == 0 || got[0] != "w1 is down: what web.1 wrote there is missing here" {
		t.Errorf("got %q", got)
	}
}

func TestLogWatch_ListsAFew(t *testing.T) {
	web, n := testkit.Service(testkit.Name("web"), testkit.Replicas(5)), testkit.Node(testkit.Hostname("w1"))
	var tasks []*model.Task
	for slot := 1; slot <= 5; slot++ {
		tasks = append(tasks, rejected(web, n, "t"+string(rune('0'+slot)), slot))
	}
	got := model.WatchLog(model.LogSource{Services: []model.ServiceID{web.Key()}}).Observe(testkit.Cluster(testkit.Nodes(n), testkit.Services(web), testkit.Tasks(tasks...)))
	if len(got) != 1 || !strings.HasPrefix(got[0], "web.1, web.2, web.3 and 2 more never started") {
		t.Errorf("got %q", got)
	}
}
