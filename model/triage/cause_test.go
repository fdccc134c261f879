package triage_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// short is the problem of a service that lacks tasks.
func short(t *testing.T, c *model.Cluster, s *model.Service) model.Finding {
	t.Helper()
	f, ok := c.Finding(model.FindingID("replicas/service/" + s.ID))
	if !ok {
		t.Errorf("%s is not told to lack tasks: %q", s.Name(), all(c))
	}
	return f
}

func labelled(pairs ...string) NodeOption {
	labels := map[string]string{}
	for _, pair := range pairs {
		key, value, _ := strings.Cut(pair, "=")
		labels[key] = value
	}
	return NodeLabels(labels)
}

// What a node held when it went down is no reason to give another node its label.
func TestPending_OfADeadNodeThatHoldsItsPort(t *testing.T) {
	n1, w1 := Node(Hostname("n1"), Offers(4e9, 8<<30)), Node(Hostname("w1"), Down(), Offers(4e9, 8<<30), labelled("edge=true"))
	for name, asks := range map[string]ServiceOption{"a port": onPort(80), "most of the memory": reserving(0, 6<<30)} {
		web := Service(Name("web"), constrained("node.labels.edge==true"), asks)
		c := Cluster(Nodes(n1, w1), Services(web), Tasks(Task(Of(web), Slot(1), On(w1), Desired(swarm.TaskStateShutdown)),
			Task(Of(web), Slot(1), Ago(11*time.Second), Pending("no suitable node (scheduling constraints not satisfied on 1 node; 1 node not available for new tasks)"))))
		if f := short(t, c, web); f.Why != "fits on no other node: w1 is down" || f.Cause == "" {
			t.Errorf("%s: %q", name, all(c))
		}
	}
}

// Managers are drained for good: where the workers went, those are to blame.
func TestPending_BlamesWorkersThatWentBeforeDrainedManagers(t *testing.T) {
	drained := Availability(swarm.NodeAvailabilityDrain)
	m1, m2 := Node(Hostname("m1"), Leader(), drained), Node(Hostname("m2"), Manager(), drained)
	w1, w2, w3 := Node(Hostname("w1"), Down()), Node(Hostname("w2"), Down()), Node(Hostname("w3"), drained)
	web := Service(Name("web"))
	waits := Task(Of(web), Slot(1), Ago(11*time.Second), Pending("no suitable node (4 nodes not available for new tasks)"))
	for _, tt := range []struct {
		nodes       []*model.Node
		why, remedy string
	}{
		{[]*model.Node{m1, m2, w1, w2}, "fits on no other nodes: w1 is down, w2 is down", ""},
		{[]*model.Node{m1, m2, w3, w1}, "fits on no other nodes: w1 is down, w3 is drained", "activate w3"},
		{[]*model.Node{m1, m2}, "fits on no other nodes: m1 is drained, m2 is drained", "activate m1"},
	} {
		f := short(t, Cluster(Nodes(tt.nodes...), Services(web), Tasks(waits)), web)
		if f.Why != tt.why || f.Remedy.Text != tt.remedy {
			t.Errorf("%q, remedy %q, want %q, %q", f.Why, f.Remedy.Text, tt.why, tt.remedy)
		}
	}
}

// A roll back is offered where the former version may be better.
func TestRollback_OnlyToWhatMayBeBetter(t *testing.T) {
	n := Node(Hostname("n1"))
	began := Now.Add(-2 * time.Minute)
	was := func(change func(*swarm.TaskSpec)) ServiceOption {
		return WithService(func(s *model.Service) {
			former := s.Spec
			spec := *former.TaskTemplate.ContainerSpec
			former.TaskTemplate.ContainerSpec = &spec
			change(&former.TaskTemplate)
			s.PreviousSpec, s.UpdateStatus.StartedAt = &former, &began
		})
	}
	another := func(s *swarm.TaskSpec) { s.ContainerSpec.Image = "app:0" }
	restarted := func(s *swarm.TaskSpec) { s.ForceUpdate += 7 }
	for _, tt := range []struct {
		name   string
		change func(*swarm.TaskSpec)
		former swarm.TaskState
		want   bool
	}{
		{"an update", another, "", true},
		{"an update of what ran", another, swarm.TaskStateShutdown, true},
		{"an update of what failed as well", another, swarm.TaskStateFailed, false},
		{"a restart", restarted, "", false},
	} {
		web := Service(Name("web"), Updating(swarm.UpdateStateCompleted, ""), was(tt.change))
		var tasks []*model.Task
		for i := range 4 {
			tasks = append(tasks, Task(Of(web), Slot(1), On(n), Failed(1), Ago(time.Duration(5+10*i)*time.Second)))
		}
		if tt.former != "" {
			before := *web
			before.Spec, before.Print = *web.PreviousSpec, model.FingerprintOf(&web.PreviousSpec.TaskTemplate)
			tasks = append(tasks, Task(Of(&before), Slot(1), On(n), State(tt.former), Desired(swarm.TaskStateShutdown), Ago(time.Hour)))
		}
		p := Cluster(Nodes(n), Services(web), Tasks(tasks...)).Problems()
		if len(p) != 1 || (p[0].Remedy.Verb == "rollback") != tt.want {
			t.Errorf("%s: %+v", tt.name, p)
		}
	}
}

// Hosts that were made from one image may all have its name.
func TestNodeDown_OfHostsWithOneName(t *testing.T) {
	host := func(addr string, joined, changed time.Duration, more ...NodeOption) *model.Node {
		return Node(append(more, Hostname("ubuntu"), WithNode(func(n *model.Node) {
			n.Status.Addr, n.CreatedAt, n.UpdatedAt = addr, Now.Add(-joined), Now.Add(-changed)
		}))...)
	}
	const month = 30 * 24 * time.Hour
	for _, tt := range []struct {
		name       string
		gone, here *model.Node
		want       string
	}{
		{"another host", host("10.0.0.1", 2*month, time.Minute, Down()), host("10.0.0.2", month, month), "node-down"},
		{"its host with its address", host("10.0.0.1", 2*month, time.Minute, Down()), host("10.0.0.1", time.Hour, time.Hour), "node-stale"},
		{"its host with another address", host("10.0.0.1", 2*month, time.Hour, Down()), host("10.0.0.9", 50*time.Minute, time.Minute), "node-stale"},
		{"its host before it was given up", host("10.0.0.1", 2*month, time.Hour, Down()), host("10.0.0.9", time.Hour+20*time.Second, time.Minute), "node-stale"},
	} {
		got := all(Cluster(Nodes(tt.gone, tt.here)))
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, tt.want+": ubuntu") }) {
			t.Errorf("%s: %q, want %s", tt.name, got, tt.want)
		}
	}
}

// A manager cannot be removed, and its host has no engine for it any more.
func TestManagerUnreachable_WhoseHostJoinedAgain(t *testing.T) {
	m1, m2, m3 := Node(Hostname("m1"), Leader()), Node(Hostname("m2"), Manager()), Node(Hostname("m3"), Manager())
	left := Node(Hostname("m2"), Down(), LostManager(), WithNode(func(n *model.Node) { n.CreatedAt = m2.CreatedAt.Add(-time.Hour) }))
	c := Cluster(Nodes(m1, m2, m3, left))
	told := 0
	for _, f := range c.Problems() {
		if f.Rule != "manager-unreachable" && f.Rule != "quorum-thin" {
			continue
		}
		told++
		if f.Remedy.Verb != "demote" || f.Remedy.Target != left.Key().Ref() || !strings.Contains(f.Remedy.Text, "docker node demote "+left.ID+", then docker node rm "+left.ID) {
			t.Errorf("%s: %+v", f, f.Remedy)
		}
	}
	if told != 2 {
		t.Errorf("%q", all(c))
	}
}

// An update that waits for a node goes on when the node is back.
func TestUpdateStuck_NotWhereANodeMayComeBack(t *testing.T) {
	web := Service(Name("web"), constrained("node.hostname==w1"), Updating(swarm.UpdateStateUpdating, ""))
	for _, tt := range []struct {
		state NodeOption
		never bool
	}{{Down(), false}, {Is(swarm.NodeStateUnknown), false}, {Availability(swarm.NodeAvailabilityDrain), true}} {
		w1 := Node(Hostname("w1"), tt.state)
		c := Cluster(Nodes(Node(Hostname("n1")), w1), Services(web), Tasks(
			Task(Of(web), Slot(1), Ago(time.Minute), Pending("no suitable node (scheduling constraints not satisfied on 1 node; 1 node not available for new tasks)")),
			Task(Of(web), Slot(1), On(w1), FromImage("app:0"), State(swarm.TaskStateShutdown), Desired(swarm.TaskStateShutdown), Ago(time.Hour))))
		if f := short(t, c, web); strings.Contains(f.Claim, "never finish") != tt.never {
			t.Errorf("%s %s: %s", w1.Status.State, w1.Spec.Availability, f)
		}
	}
}

// A task that was stopped and that the restart policy does not replace is no sign of a
// busy manager.
func TestShort_StoppedForGood(t *testing.T) {
	n := Node(Hostname("n1"), Availability(swarm.NodeAvailabilityDrain))
	one := uint64(1)
	for want, p := range map[string]*swarm.RestartPolicy{
		"restart policy starts no other":        {Condition: swarm.RestartPolicyConditionNone},
		"its restart policy starts no other":    {Condition: swarm.RestartPolicyConditionAny, MaxAttempts: &one},
		"the manager has started none in its p": {Condition: swarm.RestartPolicyConditionAny},
	} {
		web := Service(Name("web"), Reports(0, 1), Template(func(s *swarm.TaskSpec) { s.RestartPolicy = p }))
		c := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), State(swarm.TaskStateShutdown), Desired(swarm.TaskStateShutdown), Ago(time.Hour))))
		if f := short(t, c, web); !strings.Contains(f.Why, want) || strings.Contains(want, "policy") && f.Remedy.Verb != "restart" {
			t.Errorf("%s, remedy %+v; want %q", f, f.Remedy, want)
		}
	}
}

// A loop has nothing to do with the node that another task of the service misses.
func TestFold_NoLoopBelowANode(t *testing.T) {
	n1, w3 := Node(Hostname("n1")), Node(Hostname("w3"), Down(), labelled("big=yes"))
	web := Service(Name("web"), Replicas(2), constrained("node.labels.big==yes"))
	tasks := []*model.Task{Task(Of(web), Slot(2), On(w3), Desired(swarm.TaskStateShutdown), Ago(time.Hour)),
		Task(Of(web), Slot(2), Ago(time.Minute), Pending("no suitable node (scheduling constraints not satisfied on 1 node; 1 node not available for new tasks)"))}
	tasks = append(tasks, Task(Of(web), Slot(1), On(n1), State(swarm.TaskStateStarting), Ago(time.Second)))
	for i := range 3 {
		tasks = append(tasks, Task(Of(web), Slot(1), On(n1), Failed(1), Ago(time.Duration(5+10*i)*time.Second)))
	}
	c := Cluster(Nodes(n1, w3), Services(web), Tasks(tasks...))
	var rules []string
	for _, f := range model.Roots(c.Problems()) {
		rules = append(rules, f.Rule)
	}
	if slices.Sort(rules); !slices.Equal(rules, []string{"node-down", "restart-loop"}) {
		t.Errorf("%q: %q", rules, all(c))
	}
}

// Where the old task has the room that the new one needs, that is said, as of a port.
func TestUpdateStuck_NoRoomBesideTheOldTask(t *testing.T) {
	n := Node(Hostname("n1"), Offers(4e9, 8<<30))
	web := Service(Name("web"), Updating(swarm.UpdateStateUpdating, ""), reserving(0, 6<<30), WithService(func(s *model.Service) {
		s.Spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, Order: swarm.UpdateOrderStartFirst}
		s.PreviousSpec = &s.Spec
	}))
	old := Task(Of(web), Slot(1), On(n), WithTask(func(t *model.Task) {
		spec := *t.Spec
		spec.Print++
		t.Spec = &spec
	}))
	c := Cluster(Nodes(n), Services(web), Tasks(old, Task(Of(web), Slot(1), Ago(time.Minute), Pending("no suitable node (insufficient resources on 1 node)"))))
	if p := c.Problems(); len(p) != 1 || !strings.Contains(p[0].Why, "start-first") || !strings.Contains(p[0].Remedy.Text, "stop-first") {
		t.Errorf("%+v", p)
	}
}

// To start the new task first would damage what must not be there twice.
func TestHabits_StopFirst(t *testing.T) {
	n := Node(Hostname("n1"))
	data := mount.Mount{Type: mount.TypeVolume, Source: "data", Target: "/data"}
	shared := data
	shared.ReadOnly = true
	mounted := func(m mount.Mount) ServiceOption {
		return Template(func(s *swarm.TaskSpec) { s.ContainerSpec.Mounts = []mount.Mount{m} })
	}
	for _, tt := range []struct {
		name string
		with ServiceOption
		want bool
	}{
		{"nothing of that kind", WithService(func(*model.Service) {}), true},
		{"a volume", mounted(data), false},
		{"one that is only read", mounted(shared), true},
		{"a port of its node", onPort(81), false},
		{"a limit of one on a node", Placed(swarm.Placement{MaxReplicas: 1}), false},
	} {
		web := Service(Name("web"), publishes(80), tt.with)
		got := found(Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n)))), "habit")
		if slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "updated stop-first") }) != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// One image can be written in several ways.
func TestHabits_OffTheFilesImage(t *testing.T) {
	const digest = "@sha256:0123456789012345678901234567890123456789012345678901234567890123"
	n := Node(Hostname("n1"))
	for _, tt := range []struct {
		file, runs string
		want       bool
	}{
		{"postgres", "postgres:latest" + digest, false},
		{"docker.io/library/web:1", "web:1" + digest, false},
		{"web:1", "web:1", false},
		{"web:1", "web:2" + digest, true},
		{"web" + digest, "web" + strings.Replace(digest, "0", "1", 1), true},
		{"localhost:5000/web:1", "web:1", true},
	} {
		web := Service(Name("web"), Image(tt.runs), WithService(func(s *model.Service) {
			s.Spec.Labels = map[string]string{model.LabelStackImage: tt.file}
		}))
		got := found(Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n)))), "habit")
		if slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "off the stack") }) != tt.want {
			t.Errorf("%s runs as %s: %q", tt.file, tt.runs, got)
		}
	}
}

// A service whose restart policy asks for a run a day is no restart loop.
func TestRepeating_AsTheRestartPolicyAsks(t *testing.T) {
	n := Node(Hostname("n1"))
	for _, tt := range []struct {
		name  string
		every time.Duration
		end   TaskOption
		want  string
	}{
		{"a run a day", 24 * time.Hour, Ended(), "0 repeats: web ends with 0 and runs again - as its restart policy asks"},
		{"one that fails each day", 24 * time.Hour, Failed(1), "4 restart-loop: web restart loop, every 1440m"},
		{"one that ends at once", 5 * time.Second, Ended(), "4 restart-loop: web restart loop, every 10s"},
	} {
		web := Service(Name("web"), Template(func(s *swarm.TaskSpec) { s.RestartPolicy = &swarm.RestartPolicy{Delay: &tt.every} }))
		apart := max(tt.every, 10*time.Second)
		tasks := []*model.Task{Task(Of(web), Slot(1), On(n), State(swarm.TaskStateReady), Desired(swarm.TaskStateReady), Ago(time.Second))}
		for i := range 4 {
			tasks = append(tasks, Task(Of(web), Slot(1), On(n), tt.end, Desired(swarm.TaskStateShutdown), Ago(time.Second+time.Duration(i+1)*apart)))
		}
		got := all(Cluster(Nodes(n), Services(web), Tasks(tasks...)))
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, tt.want) }) || strings.HasPrefix(tt.want, "0") && slices.ContainsFunc(got, func(s string) bool { return s[0] != '0' }) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// How long the health check of an image may take is not known to the swarm.
func TestStarting_ByTheHealthCheckOfTheImage(t *testing.T) {
	n := Node(Hostname("n1"))
	for own, want := range map[bool]model.Confidence{true: model.Certain, false: model.Hint} {
		web := Service(Name("web"), Template(func(s *swarm.TaskSpec) {
			if own {
				s.ContainerSpec.Healthcheck = &container.HealthConfig{Test: []string{"CMD", "true"}}
			}
		}))
		c := Cluster(Nodes(n), Services(web), Tasks(Task(Of(web), Slot(1), On(n), State(swarm.TaskStateStarting), Ago(5*time.Minute))))
		f := short(t, c, web)
		if f.Confidence != want || strings.Contains(f.Why, "image") == own {
			t.Errorf("its own check %v: %s, %v", own, f, f.Confidence)
		}
	}
}

// What a program chose for its end is told, also where its node came back just then.
func TestReasons_AnExitCodeOfItsOwn(t *testing.T) {
	const ago = 20 * time.Second
	n1 := Node(Hostname("n1"), WithNode(func(n *model.Node) { n.CreatedAt, n.UpdatedAt = Now.Add(-time.Hour), Now.Add(-ago) }))
	for code, want := range map[int]string{
		1:   "exit code 1, likely as n1 was down or its engine was restarted; the next task is preparing",
		143: "n1 was down or its engine was restarted, which ended its task; the next task is preparing",
	} {
		web := Service(Name("web"))
		c := Cluster(Nodes(n1), Services(web), Tasks(Task(Of(web), Slot(1), On(n1), State(swarm.TaskStatePreparing), Ago(ago)),
			Task(Of(web), Slot(1), On(n1), Failed(code), Ago(time.Hour), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(100*time.Millisecond - ago) }))))
		if f := short(t, c, web); f.Why != want {
			t.Errorf("exit code %d: %q, want %q", code, f.Why, want)
		}
	}
}

// Nobody knows what runs on a node that is down.
func TestStrayTasks_NotOnANodeThatIsDown(t *testing.T) {
	for _, tt := range []struct {
		state NodeOption
		want  int
	}{{Down(), 0}, {Is(swarm.NodeStateReady), 1}} {
		n := Node(Hostname("n1"), tt.state)
		b := Builder()
		b.SetNodes([]*model.Node{n}, Now)
		b.SetServices([]*model.Service{Service(Name("web"))}, Now)
		b.SetTasks(model.TaskQuery{}, []*model.Task{Task(OfID("gone"), On(n), Ago(time.Hour))}, Now.Add(time.Second))
		if got := found(b.Build(Now.Add(time.Second)), "stray-tasks"); len(got) != tt.want {
			t.Errorf("%s: %q, want %d", n.Status.State, got, tt.want)
		}
	}
}

// A node that is paused keeps its task of a global service as it is, whatever restarts.
func TestMixedTasks_OnAPausedNode(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"), Availability(swarm.NodeAvailabilityPause))
	agent := Service(Name("agent"), Global(), Changed(time.Hour))
	c := Cluster(Nodes(n1, n2), Services(agent), Tasks(Task(Of(agent), On(n1), Ago(time.Hour)), Task(Of(agent), On(n2), FromImage("app:0"), Ago(2*time.Hour))))
	for _, f := range c.Notes() {
		if f.Rule == "mixed-tasks" {
			if f.Remedy.Verb != "activate" || f.Remedy.Target != n2.Key().Ref() || !strings.Contains(f.Why, "n2 is paused") {
				t.Errorf("%s: %+v", f, f.Remedy)
			}
			return
		}
	}
	t.Errorf("it is not told: %q", all(c))
}

// Where the engine keeps no task that ended, one that is not started again leaves no trace.
func TestGlobalMisses_WhereNoHistoryIsKept(t *testing.T) {
	n1, n2 := Node(Hostname("n1"), WithNode(func(n *model.Node) { n.CreatedAt, n.UpdatedAt = Now.Add(-time.Hour), Now.Add(-time.Hour) })), Node(Hostname("n2"))
	for history, want := range map[int64]int{1: 0, 5: 1} {
		once := Service(Name("once"), Global(), Changed(time.Hour), Template(func(s *swarm.TaskSpec) {
			s.RestartPolicy = &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionNone}
		}))
		c := Cluster(Nodes(n1, n2), Services(once), Tasks(Task(Of(once), On(n2), Ago(time.Hour))), Session(model.Session{TaskHistory: history}))
		if got := found(c, "global-misses"); len(got) != want {
			t.Errorf("history of %d: %q", history, got)
		}
	}
}
