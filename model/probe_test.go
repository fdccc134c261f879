package model_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// lines are so many times, so far apart, the last of them so long ago.
func lines(n int, apart, ago time.Duration) (out []time.Time) {
	for i := range n {
		out = append(out, Now.Add(-ago-time.Duration(n-1-i)*apart))
	}
	return out
}

// TestSilence_OnlyWhereAHabitEnded tells a task that ceased to write from one that never
// did much of it.
func TestSilence_OnlyWhereAHabitEnded(t *testing.T) {
	const sec, minute = time.Second, time.Minute
	n, web := Node(), Service(Name("web"), Replicas(2))
	task := func(slot int, started time.Duration) *model.Task {
		return Task(Of(web), Slot(slot), On(n), Ago(started), WithTask(func(t *model.Task) { t.UpdatedAt = t.CreatedAt }))
	}
	for _, tt := range []struct {
		name        string
		started     time.Duration
		times, peer []time.Time
		silent      bool
	}{
		{"a line every ten seconds, and none for half an hour", 5 * time.Hour, lines(200, 10*sec, 30*minute), nil, true},
		{"a line every ten seconds, and none for ten minutes", 5 * time.Hour, lines(200, 10*sec, 10*minute), nil, false},
		{"a line every ten seconds until now", 5 * time.Hour, lines(200, 10*sec, 3*sec), nil, false},
		{"a line every hour, and none for two", 5 * 24 * time.Hour, lines(50, time.Hour, 2*time.Hour), nil, false},
		{"lines for a quarter of an hour, and none since", 5 * time.Hour, lines(200, 5*sec, 5*time.Hour-20*minute), nil, true},
		{"some lines when it started", 5 * time.Hour, lines(200, sec, 5*time.Hour-4*minute), nil, false},
		{"a burst of requests", 5 * time.Hour, lines(200, sec, time.Hour), nil, false},
		{"a burst, and its peer goes on", 5 * time.Hour, lines(200, sec, time.Hour), lines(200, sec, sec), true},
		{"a burst, and its peer has none since either", 5 * time.Hour, lines(200, sec, time.Hour), lines(200, sec, time.Hour), false},
		{"nothing at all", 5 * time.Hour, nil, lines(200, sec, sec), false},
	} {
		l := model.LogProbe{Task: task(1, tt.started), Times: tt.times}
		p := model.Probe{Logs: []model.LogProbe{l, {Task: task(2, tt.started), Times: tt.peer}}}
		s, silent := p.SilenceOf(l, Now)
		if silent != tt.silent || silent && (s.Peer != nil) != (tt.peer != nil) {
			t.Errorf("%s: %v, %+v", tt.name, silent, s)
		}
	}
}

// TestProbed_WhatIsWorthReading reads no log that tells nothing, and few.
func TestProbed_WhatIsWorthReading(t *testing.T) {
	n, gone := Node(), Node(Hostname("gone"), Down())
	checked := Service(Name("checked"), Template(func(t *swarm.TaskSpec) {
		t.ContainerSpec.Healthcheck = &container.HealthConfig{Test: []string{"CMD", "true"}}
	}))
	deaf := Service(Name("deaf"), Template(func(t *swarm.TaskSpec) { t.LogDriver = &swarm.Driver{Name: "none"} }))
	web, many := Service(Name("web"), Replicas(2)), Service(Name("many"), Replicas(200))
	tasks := []*model.Task{
		Task(Of(checked), Slot(1), On(n), Ago(time.Hour)), Task(Of(deaf), Slot(1), On(n), Ago(time.Hour)),
		Task(Of(web), Slot(1), On(n), Ago(time.Minute)), Task(Of(web), Slot(2), On(gone), Ago(time.Hour)),
	}
	for i := range 200 {
		tasks = append(tasks, Task(Of(many), Slot(i+1), On(n), Ago(time.Hour)))
	}
	for _, task := range tasks {
		task.UpdatedAt = task.CreatedAt
	}
	c := Cluster(Nodes(n, gone), Services(checked, deaf, web, many), Tasks(tasks...))
	got := c.ProbedLogs("", Now)
	for _, task := range got {
		if task.ServiceID != many.Key() {
			t.Errorf("the log of %s is read", c.TaskName(task))
		}
	}
	if len(got) == 0 || len(got) > 5 {
		t.Errorf("%d logs of one service", len(got))
	}
	if got := c.ProbedLogs(web.Key(), Now); len(got) != 0 {
		t.Errorf("of web: %d", len(got))
	}
}

// TestStaleNames_NotOfANodeThatIsGone leaves out what another finding explains.
func TestStaleNames_NotOfANodeThatIsGone(t *testing.T) {
	front := Network("front", func(n *model.Network) {
		n.Scope, n.Driver = "swarm", "overlay"
		n.IPAM.Config = append(n.IPAM.Config, network.IPAMConfig{Subnet: netip.MustParsePrefix("10.0.1.0/24")})
	})
	n, gone := Node(), Node(Hostname("gone"), Down())
	web := Service(Name("web"), Replicas(2), Template(func(t *swarm.TaskSpec) {
		t.Networks = []swarm.NetworkAttachmentConfig{{Target: front.ID}}
	}))
	at := func(slot int, on *model.Node, address string) *model.Task {
		return Task(Of(web), Slot(slot), On(on), WithTask(func(t *model.Task) { t.Addresses = address }))
	}
	c := Cluster(Nodes(n, gone), Services(web), Objects(model.KindNetwork, front), Tasks(at(1, n, "10.0.1.5"), at(2, gone, "10.0.1.6")))
	if got := c.ProbedNetworks(""); len(got) != 1 {
		t.Fatalf("%d networks", len(got))
	}
	check := c.CheckNames(front, []model.Resolved{{Service: "web", Tasks: map[string]string{"10.0.1.5": "web.1"}}}, Now)
	if len(check.Stale) != 1 || !check.Stale[0].NodeGone || !strings.Contains(check.Stale[0].Text, "web.2 had 10.0.1.6 on gone, which is not there") {
		t.Errorf("of the node that is gone: %+v", check)
	}
	if got := c.Misnamed(front, []model.Resolved{{Service: "web", Tasks: map[string]string{"10.0.1.5": "web.1"}}}, Now); len(got) > 0 {
		t.Errorf("to be restarted for a node that is gone: %v", got)
	}
	got := c.StaleNames(front, []model.Resolved{{Service: "web", Tasks: map[string]string{}}})
	if len(got) != 1 || got[0].Task != "web.1" {
		t.Errorf("%+v", got)
	}
}
