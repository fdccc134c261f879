package model_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// TestUnproved_BetweenTwoDeaths has a task that runs 8 s each time: whenever it is
// looked at after its first end it is known not to be well, until one lasted.
func TestUnproved_BetweenTwoDeaths(t *testing.T) {
	const life, sec = 8 * time.Second, time.Second
	n := Node()
	delay := time.Second
	web := Service(Name("web"), Replicas(1), RestartPolicy(func(p *swarm.RestartPolicy) { p.Delay = &delay }))
	begin := Now.Add(-10 * time.Minute)
	at := func(i int) time.Time { return begin.Add(time.Duration(i) * (life + sec)) } // when the task was made
	task := func(i int, now time.Time, mended bool) *model.Task {
		o := []TaskOption{Of(web), Slot(1), On(n), WithTask(func(t *model.Task) {
			t.CreatedAt, t.UpdatedAt, t.ID = at(i), at(i).Add(sec), model.TaskID(at(i).String())
		})}
		if ended := at(i).Add(life + sec); !mended && !now.Before(ended) {
			o = append(o, Failed(1), WithTask(func(t *model.Task) { t.UpdatedAt = ended }))
		}
		return Task(o...)
	}
	b := Builder()
	b.SetNodes([]*model.Node{n}, Now)
	b.SetServices([]*model.Service{web}, Now)
	const deaths = 5
	first, gone := at(1), time.Time{}
	for now := begin.Add(2 * sec); now.Before(at(deaths).Add(time.Minute)); now = now.Add(sec) {
		var tasks []*model.Task
		for i := 0; i <= deaths && !at(i).After(now); i++ {
			tasks = append(tasks, task(i, now, i == deaths))
		}
		b.SetTasks(model.TaskQuery{}, tasks, now)
		c := b.Build(now)
		state, _ := c.Facts(web.Key()).State(web)
		wrong, calm := len(c.Problems()) > 0, state == "ok"
		switch {
		case now.Before(first) && wrong:
			t.Errorf("%s before the first death: %v", first.Sub(now), c.Problems())
		case !now.Before(first) && now.Before(at(deaths).Add(life)) && !wrong:
			t.Errorf("%s after the first death nothing is wrong; %s", now.Sub(first), state)
		case !now.Before(first) && !wrong && gone.IsZero():
			gone = now
		case !gone.IsZero() && wrong:
			t.Errorf("it came again: %v", c.Problems())
		}
		if calm == wrong {
			t.Errorf("%s after the first death: %q in its row, %v in the verdict", now.Sub(first), state, c.Problems())
		}
	}
	if took := gone.Sub(at(deaths)); took <= life || took > 2*life+5*sec {
		t.Errorf("gone %s after the last task was made", took)
	}
}

// TestUnproved_AfterARestart restarts a service that loops, which makes another
// specification of it: that alone mends nothing.
func TestUnproved_AfterARestart(t *testing.T) {
	n := Node()
	web := Service(Name("web"))
	failed := func(ago time.Duration) *model.Task {
		return Task(Of(web), Slot(1), On(n), Failed(1), FromImage("app:0"), Ago(ago))
	}
	for _, tt := range []struct {
		name string
		ago  time.Duration
		want string
	}{
		{"a moment ago", 3 * time.Second, "web 1 of 1 task restarted and not proved yet"},
		{"a while ago", 30 * time.Second, ""},
	} {
		c := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), Ago(tt.ago), WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt })),
			failed(tt.ago+5*time.Second), failed(tt.ago+10*time.Second), failed(tt.ago+15*time.Second)))
		got := ""
		for _, p := range c.Problems() {
			got += p.String()
		}
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// justRestarted is what is found of tasks of a service that restarted, and its state.
func justRestarted(c *model.Cluster, s *model.Service) (found, state string) {
	for _, f := range append(c.Problems(), c.Notes()...) {
		switch {
		case f.Rule != "just-restarted":
		case f.Since.IsZero():
			found += "undated " + f.String()
		default:
			found += fmt.Sprintf("%d %s", f.Status, f)
		}
	}
	state, _ = c.Facts(s.Key()).State(s)
	return found, state
}

// TestUnproved_AfterAChange changes a service whose tasks lived for a while each: once
// the new task has run for as long as an update is watched, it is watched and no
// problem, and a problem again if it dies.
func TestUnproved_AfterAChange(t *testing.T) {
	const sec = time.Second
	n := Node()
	web := Service(Name("web"))
	failed := func(image string, ago time.Duration) *model.Task {
		o := []TaskOption{Of(web), Slot(1), On(n), Failed(1), Ago(ago + 40*sec), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(-ago) })}
		if image != web.Image() {
			o = append(o, FromImage(image))
		}
		return Task(o...)
	}
	runs := func(ago time.Duration) *model.Task {
		return Task(Of(web), Slot(1), On(n), Ago(ago), WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt }))
	}
	const (
		unproved = "3 web 1 of 1 task restarted and not proved yet"
		watched  = "0 web runs since it was changed, and is watched - before: exit code 1"
	)
	for _, tt := range []struct {
		name  string
		tasks []*model.Task
		want  string
		state string
	}{
		{"a moment ago", []*model.Task{runs(4 * sec), failed("app:0", 5*sec), failed("app:0", 50*sec)}, unproved, "restarted"},
		{"longer than it is watched", []*model.Task{runs(6 * sec), failed("app:0", 7*sec), failed("app:0", 50*sec)}, watched, "ok"},
		{"longer than those before it", []*model.Task{runs(70 * sec), failed("app:0", 71*sec), failed("app:0", 120*sec)}, "", "ok"},
		{"and it died since", []*model.Task{runs(6 * sec), failed(web.Image(), 7*sec), failed("app:0", 50*sec)}, unproved, "restarted"},
	} {
		c := Cluster(Nodes(n), Services(web), Tasks(tt.tasks...))
		got, state := justRestarted(c, web)
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" || state != tt.state {
			t.Errorf("%s: %q, %s", tt.name, got, state)
		}
	}
}

// TestUnproved_OnceAfterALongLife has a task that died once after hours: its successor is
// only watched once it has run for half a minute, and never so where another one died
// within a day, or after a life that can be waited for.
func TestUnproved_OnceAfterALongLife(t *testing.T) {
	const sec = time.Second
	n := Node()
	web := Service(Name("web"))
	failed := func(life, ago time.Duration) *model.Task {
		return Task(Of(web), Slot(1), On(n), Failed(1), Ago(ago+life), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(-ago) }))
	}
	runs := func(ago time.Duration) *model.Task {
		return Task(Of(web), Slot(1), On(n), Ago(ago), WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt }))
	}
	const (
		unproved = "3 web 1 of 1 task restarted and not proved yet"
		watched  = "0 web runs again after 1 task died once, and is watched - exit code 1, after it had run for 5h"
	)
	for _, tt := range []struct {
		name  string
		tasks []*model.Task
		want  string
		state string
	}{
		{"a moment ago", []*model.Task{runs(20 * sec), failed(5*time.Hour, 21*sec)}, unproved, "restarted"},
		{"half a minute ago", []*model.Task{runs(31 * sec), failed(5*time.Hour, 32*sec)}, watched, "ok"},
		{"for as long as is ever waited", []*model.Task{runs(601 * sec), failed(5*time.Hour, 602*sec)}, "", "ok"},
		{"the second one today", []*model.Task{runs(31 * sec), failed(5*time.Hour, 32*sec), failed(time.Hour, 5*time.Hour+40*sec)}, unproved, "restarted"},
		{"a life of minutes", []*model.Task{runs(31 * sec), failed(9*time.Minute, 32*sec)}, unproved, "restarted"},
	} {
		c := Cluster(Nodes(n), Services(web), Tasks(tt.tasks...))
		got, state := justRestarted(c, web)
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" || state != tt.state {
			t.Errorf("%s: %q, %s", tt.name, got, state)
		}
	}
}

// TestUnproved_OnceTheHealthCheckPasses has tasks whose check never passed: one that
// runs has passed it.
func TestUnproved_OnceTheHealthCheckPasses(t *testing.T) {
	n, web := Node(), Service(Name("web"))
	killed := func(message string) *model.Task {
		return Task(Of(web), Slot(1), On(n), Failed(137), Ago(2*time.Minute), WithTask(func(t *model.Task) {
			t.UpdatedAt, t.Message, t.Err = Now.Add(-10*time.Second), message, "task: non-zero exit (137): dockerexec: unhealthy container"
		}))
	}
	head := Task(Of(web), Slot(1), On(n), Ago(9*time.Second), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(-6 * time.Second) }))
	for message, proved := range map[string]bool{"starting": true, "started": false} {
		c := Cluster(Nodes(n), Services(web), Tasks(head, killed(message)))
		if got := c.Facts(web.Key()).Unproved == 0; got != proved {
			t.Errorf("%s: %v, %v", message, got, c.Problems())
		}
	}
}

// TestUnproved_AfterItsNodeCameBack ends a task with its node: once it is up again
// nothing is left to prove, and until then the node is to blame and no program.
func TestUnproved_AfterItsNodeCameBack(t *testing.T) {
	const sec = time.Second
	moved := func(ago time.Duration) NodeOption {
		return WithNode(func(n *model.Node) { n.CreatedAt, n.UpdatedAt = Now.Add(-time.Hour), Now.Add(-ago) })
	}
	api := Service(Name("api"), Global())
	for _, tt := range []struct {
		name  string
		moved time.Duration
		state swarm.TaskState
		want  string
	}{
		{"up again", 20 * sec, swarm.TaskStateRunning, ""},
		{"not yet up", 20 * sec, swarm.TaskStatePreparing, "api 1/2 - n2 was down or its engine was restarted, which ended its task; the next task is preparing"},
		{"the node did not change", 30 * time.Minute, swarm.TaskStateRunning, "api 1 of 2 tasks restarted and not proved yet - the container ended by itself (exit 0); its tasks have to outlive those before them"},
	} {
		n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"), moved(tt.moved))
		c := Cluster(Nodes(n1, n2), Services(api), Tasks(Task(Of(api), On(n1)),
			Task(Of(api), On(n2), State(tt.state), Ago(20*sec)),
			Task(Of(api), On(n2), Ended(), Ago(time.Hour), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(-20*sec + 100*time.Millisecond) }))))
		got := ""
		for _, p := range c.Problems() {
			got += p.String()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestUnproved_WhateverElseChangesTheNode lets a node change for other reasons than
// that it came back: by hand, and by the engine, which writes down on it the networks
// of its tasks just when the only one there dies.
func TestUnproved_WhateverElseChangesTheNode(t *testing.T) {
	const sec = time.Second
	api, ended := Service(Name("api")), Now.Add(-20*sec)
	node := func(at time.Time, labels map[string]string) *model.Node {
		return Node(Hostname("n1"), NodeLabels(labels), WithNode(func(n *model.Node) { n.CreatedAt, n.UpdatedAt = Now.Add(-time.Hour), at }))
	}
	died := func(made, at time.Time) *model.Task {
		return Task(Of(api), Slot(1), On(node(at, nil)), Failed(1), WithTask(func(t *model.Task) { t.CreatedAt, t.UpdatedAt = made, at }))
	}
	old, labels := Now.Add(-time.Hour+sec), map[string]string{"zone": "a"}
	once := []*model.Task{died(Now.Add(-10*time.Minute), ended)}
	for _, tt := range []struct {
		name  string
		nodes []*model.Node
		dead  []*model.Task
		want  int
	}{
		{"it came back", []*model.Node{node(old, nil), node(ended, nil)}, once, 0},
		{"it came back, and got a label since", []*model.Node{node(ended, nil), node(Now, labels)}, once, 0},
		{"it came back, and the engine wrote on it since", []*model.Node{node(ended, nil), node(Now, nil)}, once, 0},
		{"it got a label just then", []*model.Node{node(old, nil), node(ended, labels)}, once, 1},
		{"the task before died as well", []*model.Node{node(old, nil), node(ended, nil)}, append(once, died(Now.Add(-11*time.Minute), Now.Add(-10*time.Minute-sec))), 1},
	} {
		b := Builder()
		b.SetServices([]*model.Service{api}, Now)
		head := Task(Of(api), Slot(1), On(tt.nodes[0]), WithTask(func(t *model.Task) { t.CreatedAt, t.UpdatedAt = ended.Add(sec), ended.Add(2*sec) }))
		for _, n := range tt.nodes {
			b.SetNodes([]*model.Node{n}, Now)
			b.SetTasks(model.TaskQuery{}, append([]*model.Task{head}, tt.dead...), Now)
			b.Build(Now)
		}
		if got := b.Build(Now).Facts(api.Key()).Unproved; got != tt.want {
			t.Errorf("%s: %d unproved, want %d", tt.name, got, tt.want)
		}
	}
}
