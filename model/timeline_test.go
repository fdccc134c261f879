package model_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

func toldBy(c *model.Cluster, most int) (out []string) {
	for _, m := range c.Timeline(most) {
		out = append(out, strings.TrimSuffix(fmt.Sprintf("%s %s - %s", m.Name, m.What, m.Why), " - "))
	}
	return out
}

func TestTimeline_WhatTheListsTell(t *testing.T) {
	n := Node(Hostname("n1"), WithNode(func(n *model.Node) { n.CreatedAt, n.UpdatedAt = Now.Add(-99*time.Hour), Now.Add(-99*time.Hour) }))
	web := Service(Name("shop_web"), Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task x"), WithService(func(s *model.Service) {
		started, ended := Now.Add(-10*time.Minute), Now.Add(-5*time.Minute)
		s.CreatedAt, s.UpdatedAt = Now.Add(-50*time.Hour), ended
		s.UpdateStatus.StartedAt, s.UpdateStatus.CompletedAt = &started, &ended
	}))
	c := Cluster(Nodes(n), Services(web), Tasks(
		Task(Of(web), Slot(1), On(n), Ago(20*time.Hour)), Task(Of(web), Slot(2), On(n), Failed(1), Ago(6*time.Minute)), Task(Of(web), Slot(3), Ago(time.Minute), Pending("no suitable node"))))
	want := []string{"shop_web.3 pending - no suitable node", "shop_web update paused - update paused due to failure or early termination of task x",
		"shop_web.2 failed on n1 - exit code 1", "shop_web update began", "shop_web.1 running on n1", "shop_web created", "n1 joined"}
	if got := toldBy(c, 100); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if got := toldBy(c, 2); !slices.Equal(got, want[:2]) {
		t.Errorf("the newest two: %q", got)
	}
	if got := c.TimelineOf("shop", 100); len(got) != len(want)-1 {
		t.Errorf("of the stack: %v", got)
	}
	ids := map[model.Ref]bool{}
	for _, m := range c.Timeline(100) {
		ids[m.ID()] = true
	}
	if len(ids) != len(want) {
		t.Errorf("two moments share an identity: %v", ids)
	}
}

// TestTimeline_WhatWasSeen looks at a swarm as it changes: what no list tells any
// more stays known, and what was so from the beginning is no news.
func TestTimeline_WhatWasSeen(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"))
	web, api := Service(Name("web")), Service(Name("api"), Placed(swarm.Placement{Constraints: []string{"node.hostname==n9"}}))
	waits := Task(Of(api), Slot(1), Ago(time.Minute), Pending("no suitable node (scheduling constraints not satisfied on 2 nodes)"))
	runs := Task(Of(web), Slot(1), On(n2))
	b := Builder()
	look := func(at time.Duration, services []*model.Service, nodes []*model.Node, tasks ...*model.Task) *model.Cluster {
		b.SetNodes(nodes, Now.Add(at))
		b.SetServices(services, Now.Add(at))
		b.SetTasks(model.TaskQuery{}, tasks, Now.Add(at))
		return b.Build(Now.Add(at))
	}
	both := []*model.Service{web, api}
	look(0, both, []*model.Node{n1, n2}, waits, runs)
	down := *n2
	down.Status.State = swarm.NodeStateDown
	look(10*time.Second, both, []*model.Node{n1, &down}, waits, runs)
	look(20*time.Second, both, []*model.Node{n1, n2}, waits, runs)
	c := look(30*time.Second, both[:1], []*model.Node{n1, n2}, runs)
	var news []string
	for _, m := range c.Timeline(100) {
		if m.At.After(Now) {
			news = append(news, m.Name+" "+m.What)
		}
	}
	want := []string{"api no longer: 0/1", "api removed", "n2 no longer: down", "n2 problem: down", "n2 went down"}
	if !slices.Equal(news, want) {
		t.Errorf("%q\nwant %q", news, want)
	}
}

// TestTimeline_Acknowledged: what was acknowledged has not ended, and is no news when
// that is taken back.
func TestTimeline_Acknowledged(t *testing.T) {
	down := Node(Hostname("n2"), Down())
	b := Builder()
	build := func(at time.Duration) *model.Cluster {
		b.SetNodes([]*model.Node{Node(Hostname("n1")), down}, Now.Add(at))
		b.SetServices(nil, Now.Add(at))
		b.SetTasks(model.TaskQuery{}, nil, Now.Add(at))
		return b.Build(Now.Add(at))
	}
	mark := build(0).Problems()[0].Mark
	b.Acknowledge(mark)
	c := build(time.Second)
	if len(c.Problems()) > 0 {
		t.Fatalf("%v", c.Problems())
	}
	b.Acknowledge(c.Notes()[0].Mark)
	c = build(2 * time.Second)
	if len(c.Problems()) != 1 {
		t.Fatalf("%v", c.Problems())
	}
	if got := toldBy(c, 100); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "problem: ") || strings.Contains(s, "no longer: ") }) {
		t.Errorf("%q", got)
	}
}

// TestTimelineOf_AStack is not cut by what happened in others.
func TestTimelineOf_AStack(t *testing.T) {
	n, busy, calm := Node(), Service(Name("busy_web"), Stack("busy")), Service(Name("calm_web"), Stack("calm"))
	tasks := []*model.Task{Task(Of(calm), Slot(1), On(n), Ago(time.Hour))}
	for i := range 10 {
		tasks = append(tasks, Task(Of(busy), Slot(i+1), On(n), Ago(time.Minute)))
	}
	c := Cluster(Nodes(n), Services(busy, calm), Tasks(tasks...))
	if !slices.ContainsFunc(c.TimelineOf("calm", 5), func(m model.Moment) bool { return m.Name == "calm_web.1" }) {
		t.Errorf("%v", c.TimelineOf("calm", 5))
	}
}

func BenchmarkTimeline_10000Tasks(b *testing.B) {
	n, s := Node(), Service()
	tasks := make([]*model.Task, 10_000)
	for i := range tasks {
		tasks[i] = Task(Of(s), Slot(i+1), On(n), Ago(time.Duration(i)*time.Second))
	}
	c := Cluster(Nodes(n), Services(s), Tasks(tasks...))
	for b.Loop() {
		if len(c.Timeline(1000)) != 1000 {
			b.Fatal("not as many as asked for")
		}
	}
}

// TestTimeline_WhatEventsTell has what no list tells: from what to what something was
// changed. What the lists tell as well stands there once.
func TestTimeline_WhatEventsTell(t *testing.T) {
	n := Node(Hostname("n1"), WithNode(func(n *model.Node) { n.CreatedAt, n.UpdatedAt = Now.Add(-99*time.Hour), Now.Add(-99*time.Hour) }))
	web := Service(Name("web"), WithService(func(s *model.Service) { s.CreatedAt, s.UpdatedAt = Now.Add(-50*time.Hour), Now.Add(-time.Minute) }))
	b := Builder()
	b.SetNodes([]*model.Node{n}, Now)
	b.SetServices([]*model.Service{web}, Now)
	b.SetTasks(model.TaskQuery{}, nil, Now)
	event := func(kind, action, id string, ago time.Duration, attributes ...string) {
		e := model.Event{Kind: kind, Action: action, ID: id, Attributes: map[string]string{}}
		for i := 0; i < len(attributes); i += 2 {
			e.Attributes[attributes[i]] = attributes[i+1]
		}
		b.Announce(e, Now.Add(-ago))
	}
	event("service", "update", web.ID, 61*time.Second, "name", "web", "replicas.old", "2", "replicas.new", "3", "image.old", "app:1@sha256:"+strings.Repeat("a", 64), "image.new", "app:2")
	event("service", "update", web.ID, 50*time.Second, "name", "web", "updatestate.old", "updating", "updatestate.new", "completed")
	event("node", "update", n.ID, 40*time.Second, "name", "n1", "state.old", "down", "state.new", "ready")
	event("node", "update", n.ID, 39*time.Second, "name", "n1", "state.old", "ready", "state.new", "down")
	event("secret", "remove", "s1", 30*time.Second, "name", "db_password")
	event("service", "remove", "other", 20*time.Second, "name", "gone")
	event("config", "update", "", 10*time.Second)
	want := []string{"db_password removed", "n1 state down -> ready", "web replicas 2 -> 3, image app:1 -> app:2", "web created", "n1 joined"}
	if got := toldBy(b.Build(Now), 100); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// FuzzAnnounce takes any event.
func FuzzAnnounce(f *testing.F) {
	f.Add("service", "update", "a", "replicas.old", "1", "replicas.new", "2")
	f.Fuzz(func(t *testing.T, kind, action, id, k1, v1, k2, v2 string) {
		b := Builder()
		b.Announce(model.Event{Kind: kind, Action: action, ID: id, Attributes: map[string]string{"name": "n", k1: v1, k2: v2}}, Now)
		for _, m := range b.Build(Now).Timeline(10) {
			if m.What == "" || m.ID() == (model.Ref{}) {
				t.Errorf("%+v", m)
			}
		}
	})
}
