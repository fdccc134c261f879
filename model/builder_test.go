package model_test

import (
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

func ids(tasks []*model.Task) []model.TaskID {
	var out []model.TaskID
	for _, t := range tasks {
		out = append(out, t.ID)
	}
	return out
}

func wantIDs(t *testing.T, what string, got []*model.Task, want ...model.TaskID) {
	t.Helper()
	if !slices.Equal(ids(got), want) {
		t.Errorf("%s: %v, want %v", what, ids(got), want)
	}
}

func ofServices(list ...*model.Service) model.TaskQuery {
	q := model.TaskQuery{}
	for _, s := range list {
		q.Services = append(q.Services, s.Key())
	}
	return q
}

func TestBuilder_NothingKnown(t *testing.T) {
	c := Builder().Build(Now)
	if c.Ready() || len(c.Services())+len(c.Nodes())+len(c.Stacks())+len(c.Problems()) > 0 {
		t.Error("something is known of nothing")
	}
	if tasks, at := c.Tasks(); len(tasks) > 0 || !at.IsZero() {
		t.Error("tasks are known")
	}
	if c.Task("x") != nil || c.Service("x") != nil || c.Node("x") != nil || c.Facts("x").Up != 0 || c.Load("x").Running != 0 {
		t.Error("an unknown object is found")
	}
	var none *model.Cluster
	if none.Ready() {
		t.Error("no snapshot is ready")
	}
	if (&model.Cluster{}).Task("x") != nil {
		t.Error("the zero snapshot has a task")
	}
}

func TestBuilder_TasksInOrder(t *testing.T) {
	n1, n2 := Node(Hostname("n1"), ID("1")), Node(Hostname("n2"), ID("2"))
	web, agent := Service(Name("web")), Service(Name("agent"), Global())
	all := Service(Name("jobs"), GlobalJob(4))
	job := Service(Name("once"), Job(2, 2, 4))
	c := Cluster(Nodes(n1, n2), Services(web, agent, all, job), Tasks(
		Task(ID("w2"), Of(web), Slot(2), On(n1)),
		Task(ID("w1-old"), Of(web), Slot(1), On(n2), Stopped(), Ago(2*time.Hour)),
		Task(ID("w1-older"), Of(web), Slot(1), On(n1), Failed(1), Ago(3*time.Hour)),
		Task(ID("w1"), Of(web), Slot(1), On(n1)),
		Task(ID("w1-stopping"), Of(web), Slot(1), On(n2), Desired(swarm.TaskStateShutdown), Ago(time.Minute)),
		Task(ID("a2"), Of(agent), On(n2)),
		Task(ID("a1-old"), Of(agent), On(n1), Failed(1), Ago(time.Minute)),
		Task(ID("a1"), Of(agent), On(n1)),
		Task(ID("j2"), Of(all), On(n2), Ended()),
		Task(ID("j1-failed"), Of(all), On(n1), Failed(1), Ago(3*time.Hour)),
		Task(ID("j1"), Of(all), On(n1), Ended()),
		Task(ID("o1"), Of(job), Slot(1), On(n1), Ended()),
		Task(ID("o0-failed"), Of(job), Slot(0), On(n1), Failed(1), Ago(3*time.Hour)),
		Task(ID("o0"), Of(job), Slot(0), On(n2)),
	))
	tasks, _ := c.Tasks()
	wantIDs(t, "all", tasks, "a1", "a1-old", "a2", "j1", "j1-failed", "j2", "o0", "o0-failed", "o1", "w1", "w1-stopping", "w1-old", "w1-older", "w2")
	tasks, _ = c.TasksOn(n2.Key())
	wantIDs(t, "on n2", tasks, "a2", "j2", "o0", "w1-stopping", "w1-old")
	slots := 0
	all14, _ := c.Tasks()
	model.Slots(all14, func([]*model.Task) { slots++ })
	if slots != 8 {
		t.Errorf("%d slots, want 8", slots)
	}
	for id, name := range map[model.TaskID]string{"w2": "web.2", "a1": "agent.n1", "j2": "jobs.n2", "o0": "once.0"} {
		if got := c.TaskName(c.Task(id)); got != name {
			t.Errorf("%s is called %s, want %s", id, got, name)
		}
	}
}

// A job's tasks may be read before the services are.
func TestBuilder_GlobalJobKnownAfterItsTasks(t *testing.T) {
	n1, n2 := Node(Hostname("n1"), ID("1")), Node(Hostname("n2"), ID("2"))
	all := Service(Name("jobs"), GlobalJob(4))
	b := Builder()
	b.SetNodes([]*model.Node{n1, n2}, Now)
	b.SetTasks(model.TaskQuery{}, []*model.Task{Task(Of(all), On(n1), Ended()), Task(Of(all), On(n2), Failed(1)), Task(Of(all), On(n1), Failed(1), Ago(3*time.Hour))}, Now)
	b.SetServices([]*model.Service{all}, Now)
	if f := b.Build(Now).Facts(all.Key()); f.Total != 2 || f.Completed != 1 || f.GaveUp != 1 {
		t.Errorf("%+v", f)
	}
}

func TestBuilder_SetTasksReplacesWhatTheQueryCovers(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"))
	web, db := Service(Name("web")), Service(Name("db"))
	task := func(id ID, s *model.Service, slot int, n *model.Node) *model.Task {
		return Task(id, Of(s), Slot(slot), On(n))
	}
	b := Builder()
	b.SetNodes([]*model.Node{n1, n2}, Now)
	b.SetServices([]*model.Service{web, db}, Now)
	known := func() []*model.Task { tasks, _ := b.Build(Now).Tasks(); return tasks }

	b.SetTasks(model.TaskQuery{}, []*model.Task{task("d1", db, 1, n1), task("w1", web, 1, n1), task("w2", web, 2, n2)}, Now)
	wantIDs(t, "all", known(), "d1", "w1", "w2")

	moved := task("w1-moved", web, 1, n2)
	b.SetTasks(model.TaskQuery{Node: n1.Key()}, []*model.Task{task("d1", db, 1, n1)}, Now)
	wantIDs(t, "w1 left n1", known(), "d1", "w2")
	b.SetTasks(model.TaskQuery{Node: n2.Key()}, []*model.Task{moved, task("w2", web, 2, n2)}, Now)
	wantIDs(t, "and is on n2", known(), "d1", "w1-moved", "w2")

	pending := Task(ID("w3"), Of(web), Slot(3), Pending(""))
	b.SetTasks(ofServices(web), []*model.Task{pending}, Now)
	wantIDs(t, "the list of web is all of web", known(), "d1", "w3")
	b.SetTasks(model.TaskQuery{Node: n1.Key()}, []*model.Task{task("w3", web, 3, n1)}, Now)
	wantIDs(t, "w3 got a node, d1 is gone", known(), "w3")
	if got := b.Build(Now).Task("w3"); got.NodeID != n1.Key() {
		t.Error("the older copy was kept")
	}
	b.SetTasks(ofServices(web, db), nil, Now)
	wantIDs(t, "nothing is left", known())
}

func TestBuilder_ServicesThatVanish(t *testing.T) {
	n := Node()
	web, db := Service(Name("web")), Service(Name("db"))
	b := Builder()
	b.SetNodes([]*model.Node{n}, Now)
	b.SetServices([]*model.Service{web, db}, Now)
	b.SetTasks(ofServices(web), []*model.Task{Task(ID("w"), Of(web), Slot(1), On(n))}, Now)
	b.SetTasks(ofServices(db), []*model.Task{Task(ID("d"), Of(db), Slot(1), On(n))}, Now)
	before := b.Build(Now)
	b.SetServices([]*model.Service{db}, Now.Add(time.Second))
	c := b.Build(Now.Add(time.Second))
	tasks, _ := c.Tasks()
	wantIDs(t, "after web is gone", tasks, "d")
	if c.Service(web.Key()) != nil || c.Facts(web.Key()).Up != 0 || c.Load(n.Key()).Running != 1 {
		t.Error("the service that is gone still counts")
	}
	if _, at := c.TasksOf(web.Key()); !at.IsZero() {
		t.Error("its tasks still count as read")
	}
	if before.Facts(web.Key()).Up != 1 || before.Load(n.Key()).Running != 2 || before.Task("w") == nil {
		t.Error("the snapshot from before was changed")
	}
}

// Jobs leave tasks behind on older engines when they are removed.
func TestBuilder_TasksWithoutService(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"))
	c := Cluster(Nodes(n), Services(web), Tasks(
		Task(ID("leaked"), OfID("gone"), Slot(2), Iteration(3), On(n), Ended()),
		Task(ID("global"), OfID("gone2"), On(n)),
		Task(ID("none"), On(n)),
		Task(ID("nowhere"), OfID("gone2"), Pending("")),
		Task(ID("long"), OfID("kq4wl5x7m0a9s8d7f6g5h4j3k"), Slot(3), On(n), Ended()),
		Task(ID("w"), Of(web), Slot(1), On(n)),
	))
	tasks, _ := c.Tasks()
	wantIDs(t, "those without a service come last", tasks, "w", "none", "leaked", "nowhere", "global", "long")
	for id, name := range map[model.TaskID]string{"leaked": "gone.2", "global": "gone2.n1", "none": "(no service).n1", "nowhere": "gone2",
		"long": "kq4wl5x7m0a9.3"} {
		if got := c.TaskName(c.Task(id)); got != name {
			t.Errorf("%s is called %q, want %q", id, got, name)
		}
	}
	if got := c.Load(n.Key()).Running; got != 3 {
		t.Errorf("%d tasks run on the node, want 3", got)
	}
}

func TestBuilder_DuplicateHostnames(t *testing.T) {
	old := Node(Hostname("worker1"), ID("aaaaaaaaaa"), Down())
	again := Node(Hostname("worker1"), ID("bbbbbbbbbb"))
	other := Node(Hostname("worker2"))
	blank := Node(Hostname(""), ID("cccccccccc"))
	agent := Service(Name("agent"), Global())
	c := Cluster(Nodes(again, old, other, blank), Services(agent), Tasks(
		Task(ID("1"), Of(agent), On(old), Desired(swarm.TaskStateShutdown)), Task(ID("2"), Of(agent), On(again)), Task(ID("3"), Of(agent), On(other))))
	for id, name := range map[model.NodeID]string{old.Key(): "worker1(aaaaa)", again.Key(): "worker1(bbbbb)", other.Key(): "worker2", "cccccccccc": "cccccccccc", "nowhere": "nowhere"} {
		if got := c.NodeName(id); got != name {
			t.Errorf("%s is called %s, want %s", id, got, name)
		}
	}
	if got := c.TaskName(c.Task("2")); got != "agent.worker1(bbbbb)" {
		t.Errorf("the task is called %s", got)
	}
	if f := c.Facts(agent.Key()); f.Up != 2 || f.Want != 2 || f.Ghosts != 1 {
		t.Errorf("%+v", f)
	}
	if !c.Load(old.Key()).Twin || c.Load(other.Key()).Twin {
		t.Error("the wrong nodes are twins")
	}
}

func TestBuilder_NodeLoad(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"), Template(func(t *swarm.TaskSpec) {
		t.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{NanoCPUs: 2e8, MemoryBytes: 100}}
	}))
	counts := map[swarm.TaskState]bool{
		swarm.TaskStateNew: false, swarm.TaskStatePending: false, swarm.TaskStateAssigned: true, swarm.TaskStateAccepted: true,
		swarm.TaskStatePreparing: true, swarm.TaskStateReady: true, swarm.TaskStateStarting: true, swarm.TaskStateRunning: true,
		swarm.TaskStateComplete: false, swarm.TaskStateShutdown: false, swarm.TaskStateFailed: false, swarm.TaskStateRejected: false,
		swarm.TaskStateOrphaned: false, swarm.TaskStateRemove: false,
	}
	for state, counted := range counts {
		c := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), State(state))))
		want := model.NodeLoad{At: Now}
		if counted {
			want.Reserved.NanoCPUs, want.Reserved.MemoryBytes = 2e8, 100
		}
		if state == swarm.TaskStateRunning {
			want.Running = 1
		}
		got := c.Load(n.Key())
		if got.Running != want.Running || got.Reserved.NanoCPUs != want.Reserved.NanoCPUs || got.Reserved.MemoryBytes != want.Reserved.MemoryBytes || !got.At.Equal(want.At) {
			t.Errorf("%s: %+v, want %+v", state, got, want)
		}
	}
	stopping := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), Desired(swarm.TaskStateShutdown))))
	if l := stopping.Load(n.Key()); l.Running != 0 || l.Reserved.NanoCPUs != 2e8 {
		t.Errorf("a task that is being stopped: %+v", l)
	}
}

// Plugins have no container, and damaged answers no specification at all.
func TestBuilder_NoContainer(t *testing.T) {
	n := Node()
	plugin := Service(Name("plugin"), Plugin("example/plugin:1"))
	bare := &model.Service{}
	bare.ID = "bare"
	c := Cluster(Nodes(n, &model.Node{}), Services(plugin, bare), Tasks(
		Task(ID("p"), Of(plugin), Slot(1), On(n)), Task(ID("b"), Of(bare), Slot(1), WithTask(func(t *model.Task) { t.Spec = nil }))))
	if plugin.Image() != "" || plugin.TTY() || c.Task("p").Image() != "" || c.Task("b").Image() != "" {
		t.Error("an image where there is none")
	}
	if f := c.Facts(plugin.Key()); f.Up != 1 || f.Rollout.New != 1 {
		t.Errorf("%+v", f)
	}
	if f := c.Facts("bare"); f.Want != 1 {
		t.Errorf("%+v", f)
	}
}

func TestRollout_OutOfDate(t *testing.T) {
	n := Node()
	began := Now.Add(-time.Minute)
	web := Service(Name("web"), Replicas(3), Image("app:2"), Updating(swarm.UpdateStatePaused, "update paused due to failure of task x"))
	unknown := WithTask(func(t *model.Task) { t.Spec = nil })
	tasks := []*model.Task{
		Task(Of(web), Slot(1), On(n)), Task(Of(web), Slot(2), On(n), FromImage("app:1")), Task(Of(web), Slot(3), On(n), State(swarm.TaskStateStarting)),
	}
	f := Cluster(Nodes(n), Services(web), Tasks(tasks...)).Facts(web.Key())
	if r := f.Rollout; r.New != 1 || r.Total != 3 || !r.Known || !r.Started.Equal(began) || r.Message == "" {
		t.Errorf("%+v", r)
	}
	if f := Cluster(Nodes(n), Services(web)).Facts(web.Key()); f.Rollout.Known || f.Rollout.New != 0 {
		t.Errorf("tasks not known: %+v", f.Rollout)
	}
	if !web.UpToDate(Task(Of(web), unknown)) {
		t.Error("a task of which nothing is known is not out of date for that")
	}

	ports := func(n uint32) *swarm.EndpointSpec {
		return &swarm.EndpointSpec{Ports: []swarm.PortConfig{{TargetPort: n}}}
	}
	changed := Service(Name("web"), Updating(swarm.UpdateStateUpdating, ""), WithService(func(s *model.Service) {
		before := s.Spec
		before.EndpointSpec, s.Spec.EndpointSpec = ports(80), ports(81)
		s.PreviousSpec = &before
	}))
	if changed.UpToDate(Task(Of(changed), Ago(time.Hour))) || !changed.UpToDate(Task(Of(changed), Ago(time.Second))) {
		t.Error("a change of ports makes the tasks from before out of date, and no others")
	}
	c := Cluster(Nodes(n), Services(changed), Tasks(Task(Of(changed), Slot(1), On(n), Ago(time.Hour))))
	if r := c.Facts(changed.Key()).Rollout; r.New != 0 {
		t.Errorf("with other ports: %+v", r)
	}
}
