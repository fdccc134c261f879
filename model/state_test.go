package model_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// Every combination of what the state is made from, against the rules for it
// said in another way.
func TestServiceFacts_StateOfEveryCombination(t *testing.T) {
	n := Node()
	rollouts := []swarm.UpdateState{"", swarm.UpdateStateCompleted, swarm.UpdateStateUpdating, swarm.UpdateStatePaused,
		swarm.UpdateStateRollbackStarted, swarm.UpdateStateRollbackPaused, swarm.UpdateStateRollbackCompleted}
	services := []*model.Service{Service(Replicas(2)), Service(Global()), Service(Job(2, 2, 1)), Service(GlobalJob(1))}
	worsts := []*model.Task{nil, Task(Failed(1)), Task(Pending("no suitable node")), Task(Ended())}
	seen := map[string]model.Status{}
	for _, s := range services {
		for _, rollout := range rollouts {
			for _, worst := range worsts {
				for bits := range 1 << 7 {
					bit := func(i int) bool { return bits&(1<<i) != 0 }
					for up := range 4 {
						f := model.ServiceFacts{Worst: worst}
						f.Up, f.Want, f.Completed, f.Total = up, 2, up, 2
						f.Rollout = model.Rollout{State: rollout, New: up, Total: 2, Known: bit(0)}
						f.Restarts.Loop = bit(1)
						if bit(2) {
							f.GaveUp = 2 - bitOf(bit(0))
						}
						if bit(3) {
							f.Want, f.Total, f.Rollout.Total = 0, 0, 0
						}
						f.NoPlace, f.Unexplained, f.Reverted = bit(3) && bit(5), bit(5), bit(6)
						if bit(5) {
							f.Finished = 2
						}
						if bit(4) {
							f.Reported = -1
						} else {
							f.TasksAt = n.CreatedAt
						}
						word, status := f.State(s)
						where := func() string {
							return fmt.Sprintf("%s %q up %d worst %v bits %07b: %q %d", s.Mode(), rollout, up, worst, bits, word, status)
						}
						if word == "" || len(word) > 20 {
							t.Fatal(where())
						}
						if again, _ := f.State(s); again != word {
							t.Fatal("not the same twice: " + where())
						}
						checkState(t, where, s, f, word, status)
						if len(word) > 0 && rollout == "" {
							seen[word] = max(seen[word], status)
						}
					}
				}
			}
		}
	}
	for _, word := range []string{"ok", "down", "gave up", "degraded", "converging", "stopping extra", "restart loop", "scaled to 0", "no node", "not counted",
		"complete", "completed", "2 completed", "rolled back", "idle", "failing", "failed", "not running", "job running", "job waiting"} {
		if _, ok := seen[word]; !ok {
			t.Errorf("no combination is %q", word)
		}
		delete(seen, word)
	}
	for word := range seen {
		t.Errorf("nobody expects %q", word)
	}
}

func bitOf(b bool) int {
	if b {
		return 1
	}
	return 0
}

func checkState(t *testing.T, where func() string, s *model.Service, f model.ServiceFacts, word string, status model.Status) {
	t.Helper()
	must := func(ok bool, what string) {
		t.Helper()
		if !ok {
			t.Errorf("%s: %s", what, where())
		}
	}
	paused := f.Rollout.State == swarm.UpdateStatePaused || f.Rollout.State == swarm.UpdateStateRollbackPaused
	counted := f.Reported >= 0 || !f.TasksAt.IsZero()
	must(!paused || status == model.Broken, "a paused update needs somebody")
	must(status != model.Good || !f.Restarts.Loop, "a loop is not good")
	must(status != model.Good || !f.Short(s.IsJob()), "what is missing is not good")
	must(status != model.Good || counted, "what was not counted is not good")
	must(!f.Rollout.Active() || status >= model.Moving, "an update moves")
	if paused || f.Rollout.Active() || !counted {
		return
	}
	must(!f.Restarts.Loop || status == model.Broken, "a loop is broken")
	must(!f.Short(s.IsJob()) || status >= model.Moving, "what is missing must be seen")
	if !s.IsJob() && !f.Restarts.Loop && f.Up == f.Want && f.Want > 0 && !f.Reverted {
		must(status == model.Good, "all that is wanted is up, whatever went wrong before")
	}
}

func TestServiceFacts_StateWords(t *testing.T) {
	s := Service(Replicas(3))
	for _, tt := range []struct {
		rollout model.Rollout
		up      int
		worst   *model.Task
		word    string
		status  model.Status
	}{
		{model.Rollout{State: "updating", New: 1, Total: 3, Known: true}, 2, nil, "updating 1/3", model.Moving},
		{model.Rollout{State: "updating", New: 9, Total: 3, Known: true}, 3, nil, "updating 3/3", model.Moving},
		{model.Rollout{State: "updating"}, 3, nil, "updating", model.Moving},
		{model.Rollout{State: "updating", Known: true}, 3, nil, "updating", model.Moving},
		{model.Rollout{State: "updating", Total: 3, Known: true}, 2, Task(Failed(1)), "updating 0/3", model.Warning},
		{model.Rollout{State: "updating", Total: 3, Known: true}, 0, Task(Failed(1)), "updating 0/3", model.Broken},
		{model.Rollout{State: "rollback_started", New: 1, Total: 3, Known: true}, 3, nil, "rolling back 1/3", model.Moving},
		{model.Rollout{State: "paused", New: 1, Total: 3, Known: true}, 3, nil, "paused 1/3", model.Broken},
		{model.Rollout{State: "rollback_paused", New: 1, Total: 3, Known: true}, 3, nil, "rollback paused 1/3", model.Broken},
		{model.Rollout{State: "rollback_completed"}, 3, nil, "ok", model.Good},
		{model.Rollout{State: "rollback_completed"}, 2, Task(Failed(1)), "degraded", model.Warning},
		{model.Rollout{State: "completed"}, 3, nil, "ok", model.Good},
	} {
		f := model.ServiceFacts{Rollout: tt.rollout, Worst: tt.worst}
		f.Up, f.Want = tt.up, 3
		if word, status := f.State(s); word != tt.word || status != tt.status {
			t.Errorf("%+v: %q %d, want %q %d", tt.rollout, word, status, tt.word, tt.status)
		}
	}
}

func TestTask_Status(t *testing.T) {
	up, down, unknown := Node(), Node(Down()), Node(Is(swarm.NodeStateUnknown))
	on := OnID("n")
	for _, tt := range []struct {
		task   *model.Task
		node   *model.Node
		word   string
		status model.Status
	}{
		{Task(on), up, "running", model.Good},
		{Task(on), unknown, "running", model.Good},
		{Task(on), down, "node lost", model.Broken},
		{Task(on), Node(Is(swarm.NodeStateDisconnected)), "node lost", model.Broken},
		{Task(on, Desired(swarm.TaskStateShutdown)), down, "node lost", model.Broken},
		{Task(on), nil, "node lost", model.Broken},
		{Task(on, Desired(swarm.TaskStateShutdown)), up, "stopping", model.Moving},
		{Task(on, Desired(swarm.TaskStateRemove)), up, "stopping", model.Moving},
		{Task(on, Desired(swarm.TaskStateComplete), Iteration(2)), up, "running", model.Good},
		{Task(on, Failed(1)), up, "failed", model.Broken},
		{Task(on, Failed(1)), down, "failed", model.Broken},
		{Task(on, State(swarm.TaskStateRejected)), up, "rejected", model.Broken},
		{Task(on, State(swarm.TaskStateOrphaned)), nil, "orphaned", model.Broken},
		{Task(on, Stopped()), up, "shutdown", model.Neutral},
		{Task(on, Ended()), up, "complete", model.Neutral},
		{Task(on, Iteration(2), Ended()), up, "complete", model.Good},
		{Task(Pending("no suitable node")), nil, "pending", model.Broken},
		{Task(Pending("")), nil, "pending", model.Moving},
		{Task(Pending("no suitable node"), Desired(swarm.TaskStateShutdown)), nil, "pending", model.Neutral},
		{Task(on, State(swarm.TaskStatePreparing)), up, "preparing", model.Moving},
		{Task(on, State(swarm.TaskStateReady), Desired(swarm.TaskStateReady)), up, "ready", model.Moving},
	} {
		if word, status := tt.task.Status(tt.node); word != tt.word || status != tt.status {
			t.Errorf("%s/%s: %q %d, want %q %d", tt.task.State, tt.task.Desired, word, status, tt.word, tt.status)
		}
	}
}

func TestFingerprint(t *testing.T) {
	base := Service(Name("a")).Print
	same := map[string]*model.Service{
		"runtime as tasks have it": Service(Name("a"), Template(func(t *swarm.TaskSpec) { t.Runtime = "" })),
		"placement": Service(Name("a"), Template(func(t *swarm.TaskSpec) {
			t.Placement = &swarm.Placement{Constraints: []string{"node.role==worker"}}
		})),
		"labels and replicas": Service(Name("b"), Stack("s"), Replicas(7)),
	}
	for what, s := range same {
		if s.Print != base {
			t.Errorf("%s makes tasks out of date", what)
		}
	}
	changes := map[string]func(*swarm.TaskSpec){
		"image":       func(t *swarm.TaskSpec) { t.ContainerSpec.Image = "b" },
		"environment": func(t *swarm.TaskSpec) { t.ContainerSpec.Env = []string{"A=1"} },
		"order":       func(t *swarm.TaskSpec) { t.ContainerSpec.Env = []string{"B=1", "A=1"} },
		"force":       func(t *swarm.TaskSpec) { t.ForceUpdate++ },
		"limits":      func(t *swarm.TaskSpec) { t.Resources = &swarm.ResourceRequirements{Limits: &swarm.Limit{Pids: 1}} },
		"network":     func(t *swarm.TaskSpec) { t.Networks = []swarm.NetworkAttachmentConfig{{Target: "n"}} },
		"log driver":  func(t *swarm.TaskSpec) { t.LogDriver = &swarm.Driver{Name: "none"} },
		"plugin":      func(t *swarm.TaskSpec) { t.ContainerSpec, t.PluginSpec = nil, &swarm.RuntimeSpec{Name: "p"} },
	}
	prints := map[model.Fingerprint]string{base: "nothing", 0: "unknown"}
	for what, change := range changes {
		p := Service(Template(change)).Print
		if other, ok := prints[p]; ok {
			t.Errorf("%s looks like %s", what, other)
		}
		prints[p] = what
	}
	if model.FingerprintOf(nil) != 0 {
		t.Error("no specification has a fingerprint")
	}
	spec := &swarm.TaskSpec{Runtime: "container", Placement: &swarm.Placement{}}
	model.FingerprintOf(spec)
	if spec.Runtime == "" || spec.Placement == nil {
		t.Error("the specification was changed")
	}
}

func TestNode_Role(t *testing.T) {
	demoted := WithNode(func(n *model.Node) { n.Spec.Role = swarm.NodeRoleWorker })
	promoted := WithNode(func(n *model.Node) { n.Spec.Role = swarm.NodeRoleManager })
	for want, n := range map[string]*model.Node{
		"leader": Node(Leader()), "manager": Node(Manager()), "unreachable": Node(LostManager()), "worker": Node(),
		"promotion pending": Node(promoted), "demotion pending": Node(Manager(), demoted),
	} {
		if got := n.Role(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestNode_Gone: all nodes are unknown after an election, and a manager whose link
// flaps is ready meanwhile.
func TestNode_Gone(t *testing.T) {
	unknown := Is(swarm.NodeStateUnknown)
	for name, c := range map[string]struct {
		node *model.Node
		want bool
	}{
		"ready":                      {Node(), false},
		"a worker after an election": {Node(unknown), false},
		"a manager after one":        {Node(Manager(), unknown), false},
		"down":                       {Node(Down()), true},
		"a manager not heard":        {Node(LostManager(), unknown), true},
		"a manager still reporting":  {Node(LostManager()), false},
	} {
		if got := c.node.Gone(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestStacks(t *testing.T) {
	n, dead := Node(Hostname("n1")), Node(Hostname("dead"), Down())
	web := Service(Name("shop_web"), Stack("shop"), Replicas(2), Changed(time.Hour))
	job := Service(Name("shop_job"), Stack("shop"), Job(1, 3, 1), Changed(time.Minute))
	db := Service(Name("base_db"), Stack("base"))
	alone := Service(Name("alone"))
	c := Cluster(Nodes(n, dead), Services(web, job, db, alone), Tasks(
		Task(Of(web), Slot(1), On(n)), Task(Of(web), Slot(2), On(dead), Desired(swarm.TaskStateShutdown)), Task(Of(web), Slot(2), Pending("no suitable node")),
		Task(Of(job), Slot(0), On(n), Ended()), Task(Of(job), Slot(1), On(n)),
		Task(Of(db), Slot(1), On(n)), Task(Of(alone), Slot(1), On(n))))
	got := c.Stacks()
	if len(got) != 2 || got[0].Name != "base" || got[1].Name != "shop" {
		t.Fatalf("%+v", got)
	}
	shop := got[1]
	if shop.Up != 1 || shop.Want != 2 || shop.Jobs != 1 || shop.Complete != 0 || shop.Problems != 1 || !shop.Sure || !shop.Updated.Equal(job.UpdatedAt) || len(shop.Services) != 2 {
		t.Errorf("%+v", shop)
	}
	if got[0].Up != 1 || got[0].Want != 1 || got[0].Problems != 0 || got[0].Jobs != 0 {
		t.Errorf("%+v", got[0])
	}
	// What ran once and ended well is not missing.
	once := Service(Name("shop_migrate"), Stack("shop"), Replicas(1), RestartPolicy(func(p *swarm.RestartPolicy) { p.Condition = swarm.RestartPolicyConditionNone }))
	c = Cluster(Nodes(n), Services(once), Tasks(Task(Of(once), Slot(1), On(n), Ended())))
	if st := c.Stacks()[0]; st.Up != 0 || st.Finished != 1 || st.Want != 1 {
		t.Errorf("%+v", st)
	}
	// With everything dead, what a job completed is not up.
	c = Cluster(Nodes(n), Services(web, job), Tasks(Task(Of(job), Slot(0), On(n), Ended()), Task(Of(job), Slot(1), On(n), Ended()), Task(Of(job), Slot(2), On(n), Ended())))
	if st := c.Stacks()[0]; st.Up != 0 || st.Want != 2 || st.Jobs != 1 || st.Complete != 1 {
		t.Errorf("%+v", st)
	}
}
