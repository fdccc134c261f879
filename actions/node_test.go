package actions

import (
	"fmt"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// yard is a small swarm: three managers, three workers, and tasks on worker1.
type yard struct {
	c                                  *model.Cluster
	manager, worker1, worker2, worker3 *model.Node
	web, db, agent, fixed, spread      *model.Service
}

func newYard(more ...testkit.ClusterOption) yard {
	y := yard{
		manager: testkit.Node(testkit.Hostname("manager1"), testkit.Leader(), testkit.Availability("drain")),
		worker1: testkit.Node(), worker2: testkit.Node(testkit.Hostname("worker2")), worker3: testkit.Node(testkit.Hostname("worker3")),
		web: testkit.Service(testkit.Replicas(2)),
		db: testkit.Service(testkit.Name("db"), testkit.Template(func(t *swarm.TaskSpec) {
			t.ContainerSpec.Mounts = []mount.Mount{{Type: "volume", Source: "pgdata", Target: "/data"}}
		})),
		agent: testkit.Service(testkit.Name("agent"), testkit.Global()),
		fixed: testkit.Service(testkit.Name("fixed"), testkit.Template(func(t *swarm.TaskSpec) {
			t.Placement = &swarm.Placement{Constraints: []string{"node.hostname == worker1"}}
		})),
		spread: testkit.Service(testkit.Name("spread"), testkit.Replicas(3), testkit.Template(func(t *swarm.TaskSpec) {
			t.Placement = &swarm.Placement{MaxReplicas: 1}
		})),
	}
	on := func(s *model.Service, slot int, n *model.Node) *model.Task {
		return testkit.Task(testkit.Of(s), testkit.Slot(slot), testkit.On(n))
	}
	options := append([]testkit.ClusterOption{
		testkit.Services(y.web, y.db, y.agent, y.fixed, y.spread),
		testkit.Nodes(y.manager, y.worker1, y.worker2, y.worker3,
			testkit.Node(testkit.Hostname("manager2"), testkit.Manager(), testkit.Availability("drain")),
			testkit.Node(testkit.Hostname("manager3"), testkit.Manager(), testkit.Availability("drain"))),
		testkit.Tasks(
			on(y.web, 1, y.worker1), on(y.web, 2, y.worker2), on(y.db, 1, y.worker1), on(y.fixed, 1, y.worker1),
			on(y.agent, 0, y.worker1), on(y.agent, 0, y.worker2), on(y.agent, 0, y.worker3),
			on(y.spread, 1, y.worker1), on(y.spread, 2, y.worker2), on(y.spread, 3, y.worker3)),
	}, more...)
	y.c = testkit.Cluster(options...)
	return y
}

func TestPlanDrain(t *testing.T) {
	y := newYard()
	p := mustPlan(t, drain, inputForNode(t, y.c, y.worker1))
	if p.Risk != Disruptive || p.Impact.Moves != 2 || p.Impact.Stops != 3 {
		t.Errorf("risk %d, impact %+v", p.Risk, p.Impact)
	}
	wantSays(t, p, "5 tasks stop, all at once: 2 start elsewhere (likely 2 to worker3), 2 fit on no other node and stay pending (fixed, spread), 1 is global (agent)",
		"the quorum is not affected", "fixed fits on no other node and stays pending: 4 nodes not available for new tasks; scheduling constraints not satisfied on 2 nodes",
		"spread fits on no other node and stays pending: 4 nodes not available for new tasks; max replicas per node reached on 2 nodes",
		"outage: all replicas of db, fixed are on this node", "data stays behind in volumes of this node: db (pgdata)",
		"does not come back by itself")
	wantSilent(t, p, "not read")
	if got := fmt.Sprint(p.Changes, p.Commands); got != "[Availability: active -> drain] [docker node update --availability drain worker1]" {
		t.Error(got)
	}
	if p.Undo.Commands[0] != "docker node update --availability active worker1" {
		t.Error(p.Undo.Commands)
	}
}

func TestPlanDrain_SeveralAtOnceAreNotCountedOn(t *testing.T) {
	y := newYard()
	p := mustPlan(t, drain, inputForNode(t, y.c, y.worker1, y.worker1, y.worker3))
	wantSays(t, p, "likely 2 to worker2")
	p = mustPlan(t, drain, inputForNode(t, y.c, y.worker1, y.worker1, y.worker2, y.worker3))
	if p.Confirm.Gate != GateNone || len(p.Steps) != 0 {
		t.Errorf("all nodes at once: %+v", p.Confirm)
	}
	// web runs on worker1 and worker2 only.
	p = mustPlan(t, drain, inputForNode(t, y.c, y.worker2, y.worker1, y.worker2))
	wantSays(t, p, "outage: all replicas of web are on")
}

func TestPlanDrain_RefusesTheLastNode(t *testing.T) {
	last := testkit.Node()
	c := testkit.Cluster(testkit.Nodes(last,
		testkit.Node(testkit.Hostname("worker2"), testkit.Down()),
		testkit.Node(testkit.Hostname("worker3"), testkit.Availability("pause"))))
	p := mustPlan(t, drain, inputForNode(t, c, last))
	if p.Risk != Refused || p.Confirm.Gate != GateNone || p.Confirm.Why == "" || len(p.Steps) != 0 {
		t.Errorf("%+v", p)
	}
	wantSays(t, p, "no other node takes tasks")
}

// TestPlanDrain_CountsEveryTask: whatever becomes of them, and also those that
// have a place there and do not run at the moment.
func TestPlanDrain_CountsEveryTask(t *testing.T) {
	node, other := testkit.Node(), testkit.Node(testkit.Hostname("worker2"))
	here := func(name string) *model.Service {
		return testkit.Service(testkit.Name(name), testkit.Replicas(9), testkit.Template(func(t *swarm.TaskSpec) {
			t.Placement = &swarm.Placement{Constraints: []string{"node.hostname == worker1"}}
		}))
	}
	web, pinned, port, loop := testkit.Service(), here("pinned"), here("port"), here("loop")
	agent, batch := testkit.Service(testkit.Name("agent"), testkit.Global()), testkit.Service(testkit.Name("batch"), testkit.Job(1, 1, 1))
	on := func(s *model.Service, slot int, more ...testkit.TaskOption) *model.Task {
		return testkit.Task(append([]testkit.TaskOption{testkit.Of(s), testkit.Slot(slot), testkit.On(node)}, more...)...)
	}
	for _, tt := range []struct {
		name  string
		nodes []*model.Node
		tasks []*model.Task
		want  string
	}{
		{"none", []*model.Node{node, other}, nil, "no task runs here"},
		{"one that moves", []*model.Node{node, other}, []*model.Task{on(web, 1)},
			"1 task stops and starts again elsewhere: likely 1 to worker2"},
		{"one that is stuck", []*model.Node{node, other}, []*model.Task{on(port, 1)},
			"1 task stops: it fits on no other node and stays pending (port)"},
		{"one global", []*model.Node{node, other}, []*model.Task{on(agent, 0)}, "1 task stops: it is global (agent)"},
		{"two that move", []*model.Node{node, other}, []*model.Task{on(web, 1), on(web, 2)},
			"2 tasks stop, all at once, and start again elsewhere: likely 2 to worker2"},
		{"a task without a service", []*model.Node{node, other}, []*model.Task{on(web, 1), on(testkit.Service(testkit.Name("lost")), 1)},
			"2 tasks stop, all at once: 1 starts elsewhere (likely 1 to worker2), 1 belongs to no service"},
		{"a restart loop, a job and history", []*model.Node{node, other}, []*model.Task{
			on(web, 1), on(batch, 0), on(agent, 0), on(port, 1), on(pinned, 1), on(pinned, 2),
			on(loop, 1, testkit.State(swarm.TaskStateReady), testkit.Desired(swarm.TaskStateReady)),
			on(loop, 2, testkit.State(swarm.TaskStateStarting)), on(loop, 3, testkit.Failed(1))},
			"8 tasks stop, all at once: 2 start elsewhere (likely 2 to worker2), 5 fit on no other node and stay pending (loop 2, pinned 2, port 1), 1 is global (agent)"},
		{"refused", []*model.Node{node}, []*model.Task{on(web, 1), on(pinned, 1), on(agent, 0)},
			"3 tasks stop, all at once: 2 fit on no other node and stay pending (pinned, web), 1 is global (agent)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := testkit.Cluster(testkit.Services(web, pinned, port, loop, agent, batch), testkit.Nodes(tt.nodes...), testkit.Tasks(tt.tasks...))
			p := mustPlan(t, drain, inputForNode(t, c, node))
			if got := p.Impact.Sentences[0]; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			live, _ := liveTasks(c, node.Key())
			if p.Impact.Moves+p.Impact.Stops != len(live) {
				t.Errorf("%d and %d of %d tasks", p.Impact.Moves, p.Impact.Stops, len(live))
			}
		})
	}
}

func TestPlanDrain_SaysWhatIsNotKnown(t *testing.T) {
	c := testkit.Cluster(testkit.Nodes(testkit.Node(), testkit.Node(testkit.Hostname("worker2"))))
	p := mustPlan(t, drain, inputForNode(t, c, c.Nodes()[0]))
	wantSays(t, p, "have not been read yet", "no task runs here")
	wantSilent(t, p, unreadTasks)
	// What the other nodes hold decides where the tasks go.
	node, other, web := testkit.Node(), testkit.Node(testkit.Hostname("worker2")), testkit.Service()
	c = testkit.Cluster(testkit.Nodes(node, other), testkit.Services(web), testkit.TasksFor(model.TaskQuery{Node: node.Key()}, testkit.Now,
		testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(node))))
	wantSays(t, mustPlan(t, drain, inputForNode(t, c, node)), unreadTasks)
}

func TestPlanDrain_Manager(t *testing.T) {
	y := newYard()
	n := testkit.Node(testkit.Hostname("manager1"), testkit.Leader())
	c := testkit.Cluster(testkit.Nodes(n, y.worker1, testkit.Node(testkit.Hostname("m2"), testkit.LostManager()), testkit.Node(testkit.Hostname("m3"), testkit.Manager())))
	wantSays(t, mustPlan(t, drain, inputForNode(t, c, n)), "the quorum is not affected (2 of 3 reachable, 2 needed)")
}

func TestPlanPause(t *testing.T) {
	y := newYard()
	p := mustPlan(t, pause, inputForNode(t, y.c, y.worker1))
	if p.Risk != Reversible || p.Confirm.Gate != GateKey {
		t.Errorf("%+v", p)
	}
	wantSays(t, p, "5 tasks stay; no new ones come")
	wantSilent(t, p, "no other node")
	wantSays(t, mustPlan(t, pause, inputForNode(t, y.c, y.worker1, y.worker1, y.worker2, y.worker3)), "no other node takes tasks")
	if got := pause.Disabled(y.c, []Target{NodeTarget(y.c, y.worker1)}); got != "" {
		t.Errorf("disabled: %s", got)
	}
}

func TestPlanActivate(t *testing.T) {
	wait := testkit.Service(testkit.Name("wait"), testkit.Template(func(t *swarm.TaskSpec) {
		t.Placement = &swarm.Placement{Constraints: []string{"node.role==manager"}}
	}))
	y := newYard(testkit.Services(wait), testkit.Tasks(testkit.Task(testkit.Of(wait), testkit.Slot(1), testkit.Pending("no suitable node"))))
	p := mustPlan(t, activate, inputForNode(t, y.c, y.manager))
	if p.Risk != Reversible || p.Impact.Starts != 1 || p.Commands[0] != "docker node update --availability active manager1" {
		t.Errorf("%+v", p)
	}
	wantSays(t, p, "1 task starts here for global services: agent", "room for 1 task that cannot be placed now", "stay there: only new ones come here", "set it back to drain")
	if got := activate.Disabled(y.c, []Target{NodeTarget(y.c, y.worker1)}); got != "the node is already active" {
		t.Errorf("got %q", got)
	}
}

// TestPlanActivate_CountsTheRoomOnce: what one task takes, the next has not.
func TestPlanActivate_CountsTheRoomOnce(t *testing.T) {
	wait := testkit.Service(testkit.Name("wait"), testkit.Replicas(2), reserve(3e9, 0))
	node := testkit.Node(testkit.Availability("pause"))
	pending := func(slot int) *model.Task {
		return testkit.Task(testkit.Of(wait), testkit.Slot(slot), testkit.Pending("insufficient resources"))
	}
	services, nodes := testkit.Services(wait), testkit.Nodes(node)
	c := testkit.Cluster(services, nodes, testkit.Tasks(pending(1), pending(2)))
	p := mustPlan(t, activate, inputForNode(t, c, node))
	wantSays(t, p, "room for 1 task that")
	wantSilent(t, p, unreadTasks)
	// What already runs there is not known while only the service was read.
	c = testkit.Cluster(services, nodes, testkit.Services(testkit.Service()),
		testkit.TasksFor(model.TaskQuery{Services: []model.ServiceID{wait.Key()}}, testkit.Now, pending(1), pending(2)))
	wantSays(t, mustPlan(t, activate, inputForNode(t, c, node)), "room for at most 1 task that", unreadTasks)
}

func TestNodeArg_Twins(t *testing.T) {
	a, b := testkit.Node(testkit.ID("aaaaaaaaaa")), testkit.Node(testkit.ID("bbbbbbbbbb"))
	c := testkit.Cluster(testkit.Nodes(a, b))
	p := mustPlan(t, pause, inputForNode(t, c, a))
	if p.Commands[0] != "docker node update --availability pause aaaaaaaaaa" || p.Target.Name != "worker1(aaaaa)" {
		t.Errorf("%s for %s", p.Commands[0], p.Target.Name)
	}
}

func managers(reachable, lost int) (*model.Cluster, []*model.Node) {
	nodes := []*model.Node{testkit.Node(testkit.Hostname("m0"), testkit.Leader())}
	for i := 1; i < reachable; i++ {
		nodes = append(nodes, testkit.Node(testkit.Hostname(fmt.Sprint("m", i)), testkit.Manager()))
	}
	for i := range lost {
		nodes = append(nodes, testkit.Node(testkit.Hostname(fmt.Sprint("lost", i)), testkit.LostManager()))
	}
	return testkit.Cluster(testkit.Nodes(nodes...), testkit.Nodes(testkit.Node())), nodes
}

func TestPlanDemote_Quorum(t *testing.T) {
	for _, tt := range []struct {
		reachable, lost int
		demote          []int // indexes: the reachable ones first
		want            string
	}{
		{1, 0, []int{0}, "it is the last manager"},
		{2, 0, []int{1}, ""},
		{3, 0, []int{1}, ""},
		{2, 1, []int{1}, "lose its quorum: 1 of 2 managers could be reached, 2 are needed"},
		{2, 1, []int{2}, ""},
		{3, 2, []int{1}, "lose its quorum: 2 of 4 managers could be reached, 3 are needed"},
		{3, 2, []int{3}, ""},
		{5, 0, []int{0, 1, 2, 3}, ""},
		{3, 0, []int{0, 1, 2}, "it is the last manager"},
	} {
		c, nodes := managers(tt.reachable, tt.lost)
		var batch []*model.Node
		for _, i := range tt.demote {
			batch = append(batch, nodes[i])
		}
		p := mustPlan(t, demote, inputForNode(t, c, batch[0], batch...))
		if tt.want == "" && p.Confirm.Gate != GateName || tt.want != "" && (p.Confirm.Gate != GateNone || !strings.Contains(p.Confirm.Why, tt.want)) {
			t.Errorf("%d reachable, %d lost, demote %v: %+v, want %q", tt.reachable, tt.lost, tt.demote, p.Confirm, tt.want)
		}
	}
}

func TestPlanDemote_Warns(t *testing.T) {
	c, nodes := managers(3, 0)
	p := mustPlan(t, demote, inputForNode(t, c, nodes[0]))
	wantSays(t, p, "3 of 3 managers reachable, 1 can be lost -> 2 of 2 managers reachable, 0 can be lost", "m0 is the leader", "losing one more manager then loses quorum")
	if got := fmt.Sprint(p.Changes, p.Commands); got != "[Role: worker -> worker] [docker node demote m0]" && got != "[Role: manager -> worker] [docker node demote m0]" {
		t.Error(got)
	}
}

func TestPlanPromote(t *testing.T) {
	c, _ := managers(3, 0)
	var worker *model.Node
	for _, n := range c.Nodes() {
		if !n.Manages() {
			worker = n
		}
	}
	p := mustPlan(t, promote, inputForNode(t, c, worker))
	wantSays(t, p, "3 of 3 managers reachable, 1 can be lost -> 4 of 4 managers reachable, 1 can be lost", "an odd number is better")
	if p.Commands[0] != "docker node promote worker1" || p.Undo.Commands[0] != "docker node demote worker1" {
		t.Error(p.Commands, p.Undo.Commands)
	}
}

// TestPlanDrain_OfAnUpdateThatIsPaused: what is moved is made anew, and so from
// the version that the update was paused for.
func TestPlanDrain_OfAnUpdateThatIsPaused(t *testing.T) {
	n, other := testkit.Node(), testkit.Node(testkit.Hostname("worker2"))
	s := testkit.Service(testkit.Replicas(3), testkit.Image("app:nope"), previous(oldImage), testkit.Updating(swarm.UpdateStatePaused, ""))
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(n, other), testkit.Tasks(partly(t, s, n, 2)...))
	wantSays(t, mustPlan(t, drain, inputForNode(t, c, n, n)), "2 tasks of web come back as app:nope")
	up := testkit.Cluster(testkit.Services(s), testkit.Nodes(n, other), testkit.Tasks(allOf(s, n)...))
	wantSilent(t, mustPlan(t, drain, inputForNode(t, up, n, n)), "app:nope")
}

// TestPlanActivate_AfterAnUpdate: a paused node keeps its task of a global
// service through an update.
func TestPlanActivate_AfterAnUpdate(t *testing.T) {
	n := testkit.Node(testkit.Availability(swarm.NodeAvailabilityPause))
	s := testkit.Service(testkit.Name("agent"), testkit.Global())
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(n), testkit.Tasks(testkit.Task(testkit.Of(s), testkit.On(n), testkit.FromImage("example/app:0"))))
	p := mustPlan(t, activate, inputForNode(t, c, n, n))
	wantSays(t, p, "1 task restarts here at once: agent")
	if p.Risk != Disruptive || p.Impact.Restarts != 1 {
		t.Errorf("risk %d, %+v", p.Risk, p.Impact)
	}
}
