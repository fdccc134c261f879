package model_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// six are the tasks of a service of six replicas, two each on three nodes.
func six(s *model.Service, nodes ...*model.Node) []*model.Task {
	var out []*model.Task
	for i := range 6 {
		out = append(out, Task(Of(s), Slot(i+1), On(nodes[i%3])))
	}
	return out
}

func nodes3(options ...NodeOption) (n1, n2, n3 *model.Node) {
	return Node(Hostname("n1")), Node(Hostname("n2")), Node(append([]NodeOption{Hostname("n3")}, options...)...)
}

// count is what a test wants to see of the replicas.
type count struct {
	up, want, reported, ghosts, starting int
	sure                                 bool
	state                                string
	status                               model.Status
}

func (want count) check(t *testing.T, c *model.Cluster, s *model.Service) {
	t.Helper()
	f := c.Facts(s.Key())
	state, status := f.State(c.Service(s.Key()))
	got := count{f.Up, f.Want, f.Reported, f.Ghosts, f.Starting, f.Sure, state, status}
	if got != want {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
}

func TestReplicas_Healthy(t *testing.T) {
	n1, n2, n3 := nodes3()
	web := Service(Name("web"), Replicas(6))
	c := Cluster(Nodes(n1, n2, n3), Services(web), Tasks(six(web, n1, n2, n3)...))
	count{up: 6, want: 6, reported: 6, sure: true, state: "ok", status: model.Good}.check(t, c, web)
	if len(c.Problems()) != 0 {
		t.Errorf("problems in a healthy swarm: %v", c.Problems())
	}
}

func TestReplicas_WorkerKilled(t *testing.T) {
	n1, n2, n3 := nodes3(Down())
	web := Service(Name("web"), Replicas(6), Reports(6, 6))
	tasks := six(web, n1, n2, n3)
	onDead := []*model.Task{tasks[2], tasks[5]}
	for _, dead := range onDead {
		dead.Desired = swarm.TaskStateShutdown
	}
	want := count{up: 4, want: 6, reported: 6, ghosts: 2, sure: true, state: "degraded", status: model.Warning}

	t.Run("all tasks known", func(t *testing.T) {
		want.check(t, Cluster(Nodes(n1, n2, n3), Services(web), Tasks(tasks...)), web)
	})
	t.Run("tasks of the service known", func(t *testing.T) {
		q := model.TaskQuery{Services: []model.ServiceID{web.Key()}}
		want.check(t, Cluster(Nodes(n1, n2, n3), Services(web), TasksFor(q, Now, tasks...)), web)
	})
	t.Run("only tasks of the node known", func(t *testing.T) {
		q := model.TaskQuery{Node: n3.Key()}
		want.check(t, Cluster(Nodes(n1, n2, n3), Services(web), TasksFor(q, Now, onDead...)), web)
	})
	t.Run("tasks read before the engine counted", func(t *testing.T) {
		q := model.TaskQuery{Services: []model.ServiceID{web.Key()}}
		want := want
		want.sure = false // They were read before the node was seen down.
		want.check(t, Cluster(Nodes(n1, n2, n3), Services(web), TasksFor(q, Now.Add(-time.Minute), tasks...)), web)
	})
	t.Run("no tasks known", func(t *testing.T) {
		c := Cluster(Nodes(n1, n2, n3), Services(web))
		count{up: 6, want: 6, reported: 6, state: "ok", status: model.Good}.check(t, c, web)
	})
	t.Run("replacements started", func(t *testing.T) {
		all := append([]*model.Task{
			Task(Of(web), Slot(3), On(n1), Ago(time.Second)), Task(Of(web), Slot(6), On(n2), Ago(time.Second)),
		}, tasks...)
		reported := Service(Name("web"), Replicas(6), Reports(8, 6))
		want := count{up: 6, want: 6, reported: 8, ghosts: 2, sure: true, state: "ok", status: model.Good}
		want.check(t, Cluster(Nodes(n1, n2, n3), Services(reported), Tasks(all...)), web)
		q := model.TaskQuery{Node: n3.Key()}
		want.check(t, Cluster(Nodes(n1, n2, n3), Services(reported), TasksFor(q, Now, onDead...)), web)
	})
	t.Run("no other node fits", func(t *testing.T) {
		pending := Task(Of(web), Slot(3), Ago(time.Minute), Pending("no suitable node (scheduling constraints not satisfied on 3 nodes)"))
		c := Cluster(Nodes(n1, n2, n3), Services(web), Tasks(append(tasks, pending)...))
		count{up: 4, want: 6, reported: 6, ghosts: 2, starting: 1, sure: true, state: "degraded", status: model.Warning}.check(t, c, web)
		if got := c.Facts(web.Key()).Worst; got != pending {
			t.Errorf("the reason is %+v", got)
		}
	})
}

// A node that comes back and goes down again makes what was read of it in the
// first outage worthless.
func TestReplicas_NodeDownTwice(t *testing.T) {
	n1, n2, dead := nodes3(Down())
	_, _, alive := nodes3()
	web := Service(Name("web"), Replicas(6), Reports(6, 6))
	at := Now
	b := Builder()
	step := func(nodes ...*model.Node) model.ServiceFacts {
		at = at.Add(20 * time.Second)
		b.SetNodes(nodes, at)
		b.SetServices([]*model.Service{web}, at)
		return b.Build(at).Facts(web.Key())
	}
	step(n1, n2, dead)
	b.SetTasks(model.TaskQuery{Node: dead.Key()}, six(web, n1, n2, dead)[2:3], at)
	if f := step(n1, n2, dead); !f.Sure || f.Up != 5 {
		t.Errorf("the node's tasks were read: up %d, sure %v", f.Up, f.Sure)
	}
	step(n1, n2, alive)
	if f := step(n1, n2, dead); f.Sure {
		t.Error("the tasks of the second outage are not known, yet the count is sure")
	}
	b.SetTasks(model.TaskQuery{Node: dead.Key()}, nil, at)
	if f := step(n1, n2, dead); !f.Sure || f.Up != 6 {
		t.Errorf("nothing ran there: up %d, sure %v", f.Up, f.Sure)
	}
}

func TestReplicas_UnknownAfterElection(t *testing.T) {
	n1, n2, n3 := nodes3(Is(swarm.NodeStateUnknown))
	web := Service(Name("web"), Replicas(6))
	tasks := six(web, n1, n2, n3)
	want := count{up: 6, want: 6, reported: 6, sure: false, state: "ok", status: model.Good}
	want.check(t, Cluster(Nodes(n1, n2, n3), Services(web), Tasks(tasks...)), web)

	counted := Service(Name("web"), Replicas(6), Reports(6, 6))
	want.check(t, Cluster(Nodes(n1, n2, n3), Services(counted)), web)
	if p := Cluster(Nodes(n1, n2, n3), Services(counted)).Problems(); len(p) != 0 {
		t.Errorf("an election is no problem: %v", p)
	}
}

func TestReplicas_NodeNotInTheList(t *testing.T) {
	n1, n2, n3 := nodes3()
	web := Service(Name("web"), Replicas(6))
	all := model.TaskQuery{}
	t.Run("removed", func(t *testing.T) {
		c := Cluster(Nodes(n1, n2), Services(web), TasksFor(all, Now, six(web, n1, n2, n3)...))
		count{up: 4, want: 6, reported: 6, ghosts: 2, sure: true, state: "degraded", status: model.Warning}.check(t, c, web)
	})
	t.Run("joined since", func(t *testing.T) {
		c := Cluster(Nodes(n1, n2), Services(web), TasksFor(all, Now.Add(time.Second), six(web, n1, n2, n3)...))
		count{up: 6, want: 6, reported: 6, sure: false, state: "ok", status: model.Good}.check(t, c, web)
	})
	t.Run("no nodes read", func(t *testing.T) {
		b := Builder()
		b.SetServices([]*model.Service{Service(Name("web"), Replicas(6), Reports(6, 6))}, Now)
		b.SetTasks(all, six(web, n1, n2, n3), Now)
		count{up: 6, want: 6, reported: 6, sure: false, state: "ok", status: model.Good}.check(t, b.Build(Now), web)
	})
}

func TestReplicas_StartFirstDoubles(t *testing.T) {
	n1, n2, n3 := nodes3()
	web := Service(Name("web"), Replicas(2), Image("app:2"), Updating(swarm.UpdateStateUpdating, "update in progress"))
	old := func(slot int, o ...TaskOption) *model.Task {
		return Task(append([]TaskOption{Of(web), FromImage("app:1"), Slot(slot), On(n1)}, o...)...)
	}
	fresh := Task(Of(web), Slot(1), On(n2), Ago(5*time.Second))
	for _, tt := range []struct {
		name  string
		tasks []*model.Task
		want  count
	}{
		{"both wanted", []*model.Task{fresh, old(1), old(2)},
			count{up: 3, want: 2, reported: 3, sure: true, state: "updating 1/2", status: model.Moving}},
		{"the old one told to stop", []*model.Task{fresh, old(1, Desired(swarm.TaskStateShutdown)), old(2)},
			count{up: 2, want: 2, reported: 3, sure: true, state: "updating 1/2", status: model.Moving}},
		{"the new one still starts", []*model.Task{Task(Of(web), Slot(1), On(n2), State(swarm.TaskStateStarting), Ago(5*time.Second)), old(1), old(2)},
			count{up: 2, want: 2, reported: 2, starting: 1, sure: true, state: "updating 0/2", status: model.Moving}},
		{"no node for the new one", []*model.Task{Task(Of(web), Slot(1), Pending("no suitable node (insufficient resources on 3 nodes)")), old(1), old(2)},
			count{up: 2, want: 2, reported: 2, starting: 1, sure: true, state: "updating 0/2", status: model.Warning}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.check(t, Cluster(Nodes(n1, n2, n3), Services(web), Tasks(tt.tasks...)), web)
		})
	}
}

func TestReplicas_StopFirstInTheMiddle(t *testing.T) {
	n1, n2, n3 := nodes3()
	web := Service(Name("web"), Replicas(3), Image("app:2"), Updating(swarm.UpdateStateUpdating, "update in progress"))
	tasks := []*model.Task{
		Task(Of(web), Slot(1), On(n1), Ago(time.Minute)),
		Task(Of(web), FromImage("app:1"), Slot(1), On(n1), Stopped()),
		Task(Of(web), Slot(2), On(n2), State(swarm.TaskStateReady), Desired(swarm.TaskStateReady), Ago(time.Second)),
		Task(Of(web), FromImage("app:1"), Slot(2), On(n2), Desired(swarm.TaskStateShutdown), WithTask(func(t *model.Task) { t.UpdatedAt = Now })),
		Task(Of(web), FromImage("app:1"), Slot(2), On(n2), Failed(1), Ago(3*time.Hour)),
		Task(Of(web), FromImage("app:1"), Slot(3), On(n3)),
	}
	c := Cluster(Nodes(n1, n2, n3), Services(web), Tasks(tasks...))
	count{up: 2, want: 3, reported: 3, starting: 1, sure: true, state: "updating 1/3", status: model.Moving}.check(t, c, web)
	if p := c.Problems(); len(p) != 0 {
		t.Errorf("an update on its way is no problem: %v", p)
	}
}

func TestReplicas_Global(t *testing.T) {
	n1, n2, n3 := nodes3(Down())
	drained := Node(Hostname("drained"), Availability(swarm.NodeAvailabilityDrain))
	agent := Service(Name("agent"), Global())
	on := func(n *model.Node, o ...TaskOption) *model.Task {
		return Task(append([]TaskOption{Of(agent), On(n)}, o...)...)
	}
	lost := on(n3, Desired(swarm.TaskStateShutdown))
	for _, tt := range []struct {
		name  string
		tasks []*model.Task
		want  count
	}{
		{"a node down", []*model.Task{on(n1), on(n2), lost},
			count{up: 2, want: 2, reported: 3, ghosts: 1, sure: true, state: "ok", status: model.Good}},
		{"a double in an update", []*model.Task{on(n1), on(n1, Ago(time.Minute)), on(n2), lost},
			count{up: 3, want: 2, reported: 4, ghosts: 1, sure: true, state: "stopping extra", status: model.Moving}},
		{"one restarts", []*model.Task{on(n1), on(n2, Failed(1), Ago(time.Minute)), on(n2, State(swarm.TaskStateReady), Desired(swarm.TaskStateReady), Ago(time.Second)), lost},
			count{up: 1, want: 2, reported: 2, ghosts: 1, starting: 1, sure: true, state: "degraded", status: model.Warning}},
		{"the swarm gave one up", []*model.Task{on(n1), on(n2, Failed(1)), lost},
			count{up: 1, want: 2, reported: 2, ghosts: 1, sure: true, state: "degraded", status: model.Warning}},
		{"one taken off a node that does not fit", []*model.Task{on(n1), on(n2, Stopped()), lost},
			count{up: 1, want: 1, reported: 2, ghosts: 1, sure: true, state: "ok", status: model.Good}},
		{"one thrown off a node that does not fit", []*model.Task{on(n1), lost,
			on(n2, State(swarm.TaskStateRejected), Desired(swarm.TaskStateShutdown), Err("assigned node no longer meets constraints"))},
			count{up: 1, want: 1, reported: 2, ghosts: 1, sure: true, state: "ok", status: model.Good}},
		{"an old failure where it runs", []*model.Task{on(n1), on(n2), on(n2, Failed(1), Ago(48*time.Hour)), lost},
			count{up: 2, want: 2, reported: 3, ghosts: 1, sure: true, state: "ok", status: model.Good}},
		{"an old failure on a node that was drained since", []*model.Task{on(n1), on(n2), lost, on(drained, Failed(1))},
			count{up: 2, want: 2, reported: 3, ghosts: 1, sure: true, state: "ok", status: model.Good}},
		{"a failure of an older spec", []*model.Task{on(n1), lost, on(n2, Failed(1), FromImage("app:0"))},
			count{up: 1, want: 1, reported: 2, ghosts: 1, sure: true, state: "ok", status: model.Good}},
		{"before its tasks are made", nil, count{sure: true, state: "converging", status: model.Moving}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Cluster(Nodes(n1, n2, n3, drained), Services(agent), Tasks(tt.tasks...))
			tt.want.check(t, c, agent)
		})
	}
	t.Run("tasks not known", func(t *testing.T) {
		counted := Service(Name("agent"), Global(), Reports(3, 2))
		c := Cluster(Nodes(n1, n2, n3), Services(counted), TasksFor(model.TaskQuery{Node: n3.Key()}, Now, lost))
		count{up: 2, want: 2, reported: 3, ghosts: 1, sure: true, state: "ok", status: model.Good}.check(t, c, agent)
	})
}

// The engine counts the tasks of a global service that are meant to run now.
// One that waits for a delayed restart, or was given up, is not among them.
func TestReplicas_GlobalBeforeItsTasksAreRead(t *testing.T) {
	n1, n2, n3 := nodes3()
	drained := Node(Hostname("drained"), Availability(swarm.NodeAvailabilityDrain))
	down := Node(Hostname("down"), Down())
	paused := Node(Hostname("paused"), Availability(swarm.NodeAvailabilityPause))
	unknown := Node(Hostname("unknown"), Is(swarm.NodeStateUnknown))
	on := func(constraints ...string) ServiceOption {
		return Template(func(t *swarm.TaskSpec) { t.Placement = &swarm.Placement{Constraints: constraints} })
	}
	for _, tt := range []struct {
		name             string
		nodes            []*model.Node
		running, desired int
		constraints      []string
		up, want         int
		sure             bool
		state            string
	}{
		{"all wait for their restart", []*model.Node{n1, n2, n3}, 0, 0, nil, 0, 3, true, "down"},
		{"one waits for its restart", []*model.Node{n1, n2, n3}, 2, 2, nil, 2, 3, true, "degraded"},
		{"all run", []*model.Node{n1, n2, n3}, 3, 3, nil, 3, 3, true, "ok"},
		{"nodes that it does not run on", []*model.Node{n1, n2, drained, down}, 2, 2, nil, 2, 2, true, "ok"},
		{"a paused node keeps its task", []*model.Node{n1, n2, paused}, 3, 3, nil, 3, 3, true, "ok"},
		{"a paused node has no task, or a dead one", []*model.Node{n1, n2, paused}, 2, 2, nil, 2, 2, false, "ok"},
		{"a paused node and one that waits", []*model.Node{n1, n2, paused}, 1, 1, nil, 1, 2, false, "degraded"},
		{"unknown after an election", []*model.Node{n1, n2, unknown}, 2, 2, nil, 2, 3, false, "degraded"},
		{"two tasks on a node in an update", []*model.Node{n1, n2}, 3, 3, nil, 3, 2, false, "stopping extra"},
		{"a constraint that one node meets", []*model.Node{n1, n2, n3}, 0, 0, []string{"node.hostname==n2"}, 0, 1, true, "down"},
		{"a constraint that no node meets", []*model.Node{n1, n2, n3}, 0, 0, []string{"node.labels.disk==ssd"}, 0, 0, true, "no node"},
		{"a constraint that cannot be read", []*model.Node{n1, n2}, 1, 1, []string{"disk"}, 1, 2, true, "degraded"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			agent := Service(Name("agent"), Global(), Reports(tt.running, tt.desired), on(tt.constraints...), Stack("infra"))
			// No task is on the node that is down, which is read by itself.
			c := Cluster(Nodes(tt.nodes...), Services(agent), TasksFor(model.TaskQuery{Node: down.Key()}, Now))
			f := c.Facts(agent.Key())
			state, _ := f.State(agent)
			if f.Up != tt.up || f.Want != tt.want || f.Sure != tt.sure || state != tt.state {
				t.Errorf("%d/%d, sure %v, %s", f.Up, f.Want, f.Sure, state)
			}
			isOurs := func(p model.Finding) bool { return p.Ref == agent.Key().Ref() }
			if slices.ContainsFunc(c.Problems(), isOurs) != (tt.up < tt.want || tt.state == "no node") {
				t.Errorf("problems %v", c.Problems())
			}
			if st := c.Stacks()[0]; st.Want != tt.want {
				t.Errorf("the stack wants %d", st.Want)
			}
		})
	}
	t.Run("a paused node, and tasks read a while ago", func(t *testing.T) {
		agent := Service(Name("agent"), Global(), Reports(2, 2))
		c := Cluster(Nodes(n1, n2, paused), Services(agent), TasksFor(model.TaskQuery{Services: []model.ServiceID{agent.Key()}},
			Now.Add(-time.Minute), Task(Of(agent), On(n1)), Task(Of(agent), On(n2))))
		if f := c.Facts(agent.Key()); f.Want != 2 || !f.Sure {
			t.Errorf("%d wanted, sure %v", f.Want, f.Sure)
		}
	})
}

func TestReplicas_ScaledToZero(t *testing.T) {
	n1, n2, n3 := nodes3()
	web := Service(Name("web"), Replicas(0))
	count{sure: true, state: "scaled to 0", status: model.Neutral}.check(t, Cluster(Nodes(n1, n2, n3), Services(web), Tasks()), web)
	last := Task(Of(web), Slot(1), On(n1))
	count{up: 1, reported: 1, sure: true, state: "stopping extra", status: model.Moving}.check(t,
		Cluster(Nodes(n1, n2, n3), Services(web), Tasks(last)), web)
}

func TestReplicas_ListsOfDifferentAge(t *testing.T) {
	n1, n2, n3 := nodes3()
	query := func(s *model.Service) model.TaskQuery {
		return model.TaskQuery{Services: []model.ServiceID{s.Key()}}
	}
	for _, tt := range []struct {
		name     string
		age      time.Duration
		reported int
		tasks    int
		up       int
		sure     bool
	}{
		{"same time, the tasks are believed", 0, 1, 3, 3, true},
		{"older and agreeing", 10 * time.Second, 3, 3, 3, true},
		{"older and not agreeing", 5 * time.Second, 2, 3, 2, true},
		{"older, and the engine has more", 5 * time.Second, 3, 0, 3, true},
		{"much older", time.Minute, 3, 3, 3, true},
		{"the engine has too many", 5 * time.Second, 4, 3, 4, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			web := Service(Name("web"), Replicas(3), Reports(tt.reported, 3))
			c := Cluster(Nodes(n1, n2, n3), Services(web), TasksFor(query(web), Now.Add(-tt.age), six(web, n1, n2, n3)[:tt.tasks]...))
			if f := c.Facts(web.Key()); f.Up != tt.up || f.Sure != tt.sure {
				t.Errorf("up %d sure %v, want %d %v", f.Up, f.Sure, tt.up, tt.sure)
			}
		})
	}
}

// Engines before API 1.41 do not count.
func TestReplicas_EngineDoesNotCount(t *testing.T) {
	n1, n2, n3 := nodes3()
	web := Service(Name("web"), Replicas(6))
	b := Builder()
	b.SetNodes([]*model.Node{n1, n2, n3}, Now)
	b.SetServices([]*model.Service{web}, Now)
	c := b.Build(Now)
	count{want: 6, reported: -1, state: "not counted", status: model.Neutral}.check(t, c, web)
	if len(c.Problems()) != 0 {
		t.Errorf("what was not counted is no problem: %v", c.Problems())
	}
	b.SetTasks(model.TaskQuery{Services: []model.ServiceID{web.Key()}}, six(web, n1, n2, n3), Now)
	count{up: 6, want: 6, reported: -1, sure: true, state: "ok", status: model.Good}.check(t, b.Build(Now), web)
	b.SetServices([]*model.Service{web}, Now.Add(time.Hour))
	count{up: 6, want: 6, reported: -1, sure: true, state: "ok", status: model.Good}.check(t, b.Build(Now), web)
}

func TestReplicas_DamagedService(t *testing.T) {
	web := Service(Name("web"), DamagedService("cannot read DNSConfig"), Reports(4, 4), WithService(func(s *model.Service) {
		s.Spec.Mode = swarm.ServiceMode{}
	}))
	c := Cluster(Nodes(Node()), Services(web))
	count{up: 4, want: 4, reported: 4, sure: true, state: "ok", status: model.Good}.check(t, c, web)
	if p := c.Problems(); len(p) != 1 || p[0].Why != "cannot read DNSConfig" {
		t.Errorf("problems %v", p)
	}
}

func TestReplicas_Jobs(t *testing.T) {
	n1, n2, n3 := nodes3()
	job := Service(Name("job"), Job(2, 5, 7))
	all := Service(Name("all"), GlobalJob(7))
	first, firstAll := Service(Name("first"), Job(1, 2, 0)), Service(Name("firstall"), GlobalJob(0))
	in := func(s *model.Service, slot int, o ...TaskOption) *model.Task {
		return Task(append([]TaskOption{Of(s), Slot(slot), On(n1)}, o...)...)
	}
	on := func(n *model.Node, o ...TaskOption) *model.Task {
		return Task(append([]TaskOption{Of(all), On(n)}, o...)...)
	}
	type want struct {
		up, completed, total, gaveUp, restarts int
		state                                  string
		status                                 model.Status
	}
	for _, tt := range []struct {
		name    string
		service *model.Service
		tasks   []*model.Task
		want    want
	}{
		{"at work", job, []*model.Task{in(job, 0, Ended()), in(job, 1, Ended()), in(job, 2), in(job, 3, State(swarm.TaskStateStarting), Ago(time.Minute))},
			want{1, 2, 5, 0, 0, "job running", model.Moving}},
		{"the first run, which has no number", first, []*model.Task{in(first, 0, Ended()), in(first, 1)},
			want{1, 1, 2, 0, 0, "job running", model.Moving}},
		{"everywhere, in the first run", firstAll, []*model.Task{Task(Of(firstAll), On(n1), Ended()), Task(Of(firstAll), On(n2), Failed(1), Ago(2*time.Hour)), Task(Of(firstAll), On(n2), Ended())},
			want{0, 2, 2, 0, 1, "complete", model.Good}},
		{"runs before do not count", job, []*model.Task{in(job, 0, Ended(), Iteration(6)), in(job, 1, Failed(1), Iteration(6)), in(job, 0)},
			want{1, 0, 5, 0, 0, "job running", model.Moving}},
		{"a retry", job, []*model.Task{in(job, 0, Failed(1), Ago(time.Minute)), in(job, 0, State(swarm.TaskStateStarting), Ago(time.Second))},
			want{0, 0, 5, 0, 1, "job running", model.Moving}},
		{"given up", job, []*model.Task{in(job, 0, Failed(1)), in(job, 1, Ended())},
			want{0, 1, 5, 1, 0, "failed", model.Broken}},
		{"one given up", job, []*model.Task{in(job, 0, Failed(1)), in(job, 1)},
			want{1, 0, 5, 1, 0, "job running", model.Warning}},
		{"no node", job, []*model.Task{in(job, 0, Pending("no suitable node (scheduling constraints not satisfied on 3 nodes)"))},
			want{0, 0, 5, 0, 0, "not running", model.Broken}},
		{"done", job, []*model.Task{in(job, 0, Ended()), in(job, 1, Ended()), in(job, 2, Ended()), in(job, 3, Ended()), in(job, 4, Ended())},
			want{0, 5, 5, 0, 0, "complete", model.Good}},
		{"everywhere at work", all, []*model.Task{on(n1, Ended()), on(n2), on(n3, State(swarm.TaskStatePreparing), Ago(time.Minute))},
			want{1, 1, 3, 0, 0, "job running", model.Moving}},
		{"everywhere, one given up", all, []*model.Task{on(n1, Ended()), on(n2, Ended()), on(n3, Failed(2))},
			want{0, 2, 3, 1, 0, "failed", model.Broken}},
		{"everywhere done after a retry", all, []*model.Task{on(n1, Ended()), on(n2, Ended()), on(n3, Failed(2), Ago(2*time.Hour)), on(n3, Ended())},
			want{0, 3, 3, 0, 1, "complete", model.Good}},
		{"nowhere", all, nil, want{0, 0, 0, 0, 0, "idle", model.Neutral}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Cluster(Nodes(n1, n2, n3), Services(tt.service), Tasks(tt.tasks...))
			f := c.Facts(tt.service.Key())
			state, status := f.State(tt.service)
			got := want{f.Up, f.Completed, f.Total, f.GaveUp, f.Restarts.Count, state, status}
			if got != tt.want {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

// What a job has completed only grows, so the newer count is the larger one.
func TestReplicas_JobCountedAfterItsTasksWereRead(t *testing.T) {
	n := Node()
	job := Service(Name("job"), Job(2, 5, 7), WithService(func(s *model.Service) {
		s.ServiceStatus = &swarm.ServiceStatus{RunningTasks: 1, DesiredTasks: 2, CompletedTasks: 4}
	}))
	tasks := []*model.Task{Task(Of(job), Slot(0), On(n), Ended()), Task(Of(job), Slot(1), On(n))}
	c := Cluster(Nodes(n), Services(job), TasksFor(model.TaskQuery{Services: []model.ServiceID{job.Key()}}, Now.Add(-3*time.Second), tasks...))
	if f := c.Facts(job.Key()); f.Completed != 4 || f.Total != 5 || f.Up != 1 {
		t.Errorf("%+v", f)
	}
}

// Of a job for every node more can be counted as completed than were known
// when its tasks were read.
func TestReplicas_GlobalJobNeverCompletesMoreThanItsTotal(t *testing.T) {
	n1, n2, n3 := nodes3()
	for _, tt := range []struct {
		completed, desired uint64
		tasksAge           time.Duration
		wantDone, total    int
	}{
		{3, 0, time.Second, 3, 3}, {2, 1, time.Second, 2, 3}, {3, 0, time.Minute, 3, 3}, {1, 0, 0, 2, 2},
	} {
		job := Service(Name("job"), GlobalJob(1), WithService(func(s *model.Service) {
			s.ServiceStatus = &swarm.ServiceStatus{DesiredTasks: tt.desired, CompletedTasks: tt.completed}
		}))
		c := Cluster(Nodes(n1, n2, n3), Services(job), TasksFor(model.TaskQuery{Services: []model.ServiceID{job.Key()}},
			Now.Add(-tt.tasksAge), Task(Of(job), On(n1), Ended()), Task(Of(job), On(n2), Ended())))
		if f := c.Facts(job.Key()); f.Completed != tt.wantDone || f.Total != tt.total {
			t.Errorf("%+v: %d of %d completed", tt, f.Completed, f.Total)
		}
	}
}

func ExampleCluster_Facts() {
	alive, dead := Node(Hostname("alive")), Node(Hostname("dead"), Down())
	web := Service(Name("web"), Replicas(2))
	c := Cluster(Nodes(alive, dead), Services(web),
		Tasks(Task(Of(web), Slot(1), On(alive)), Task(Of(web), Slot(2), On(dead), Desired(swarm.TaskStateShutdown))))
	f := c.Facts(web.Key())
	fmt.Printf("up %d of %d, the engine says %d\n", f.Up, f.Want, f.Reported)
	// Output: up 1 of 2, the engine says 2
}
