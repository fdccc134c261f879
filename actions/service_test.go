package actions

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// says are all words of a plan, for tests that look for some.
func says(p Plan) string {
	lines := append([]string{p.Title}, p.Impact.Sentences...)
	lines = append(lines, p.Warnings...)
	lines = append(lines, p.Undo.Sentence, p.Confirm.Why)
	return strings.Join(lines, "\n")
}

func wantSays(t *testing.T, p Plan, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(says(p), w) {
			t.Errorf("the plan does not say %q:\n%s", w, says(p))
		}
	}
}

func wantSilent(t *testing.T, p Plan, not ...string) {
	t.Helper()
	for _, w := range not {
		if strings.Contains(says(p), w) {
			t.Errorf("the plan says %q:\n%s", w, says(p))
		}
	}
}

func reserve(nano, bytes int64) testkit.ServiceOption {
	return testkit.Template(func(t *swarm.TaskSpec) {
		t.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{NanoCPUs: nano, MemoryBytes: bytes}}
	})
}

func updates(c swarm.UpdateConfig) testkit.ServiceOption {
	return testkit.WithService(func(s *model.Service) { s.Spec.UpdateConfig = &c })
}

// previous gives a service an earlier version that differs by a change.
func previous(change func(*swarm.ServiceSpec)) testkit.ServiceOption {
	return testkit.WithService(func(s *model.Service) {
		if s.Spec.Mode == (swarm.ServiceMode{}) {
			testkitReplicas(&s.Spec, 1)
		}
		old := s.Spec
		c := *old.TaskTemplate.ContainerSpec
		old.TaskTemplate.ContainerSpec = &c
		change(&old)
		s.PreviousSpec = &old
	})
}

// oldImage is a change of the image.
func oldImage(s *swarm.ServiceSpec) { s.TaskTemplate.ContainerSpec.Image = "example/app:0" }

func testkitReplicas(s *swarm.ServiceSpec, n uint64) {
	s.Mode = swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &n}}
}

func TestPlanRestart(t *testing.T) {
	volume := testkit.Template(func(t *swarm.TaskSpec) {
		t.ForceUpdate = 41
		t.ContainerSpec.Mounts = []mount.Mount{{Type: "volume", Source: "data", Target: "/data"}}
	})
	node := testkit.Node()
	web := testkit.Service(testkit.Replicas(4), volume, updates(swarm.UpdateConfig{Parallelism: 0, FailureAction: "continue"}))
	p := mustPlan(t, restart, inputFor(t, web, nil, testkit.Nodes(node), testkit.Tasks(allOf(web, node)...)))
	if got := fmt.Sprint(p.Changes); got != "[TaskTemplate.ForceUpdate: 41 -> 42]" {
		t.Errorf("changes %s", got)
	}
	wantSays(t, p, "all 4 tasks restart at once", "web goes to 0 while it restarts", "continues whatever fails", "data holds other data", "nothing to undo")
	if p.Commands[0] != "docker service update --force web" || p.Impact.Restarts != 4 {
		t.Errorf("%+v", p)
	}
	pinned := testkit.Service(testkit.Replicas(4), volume, testkit.Placed(swarm.Placement{Constraints: []string{"node.hostname==here"}}))
	here := testkit.Node(testkit.Hostname("here"))
	wantSilent(t, mustPlan(t, restart, inputFor(t, pinned, nil, testkit.Nodes(here, node))), "another node")
	wantSays(t, mustPlan(t, restart, inputFor(t, testkit.Service(testkit.Job(1, 3, 1)), nil)), "the job runs again from the beginning: 3 tasks")
}

func TestRolling_AtLeast(t *testing.T) {
	for _, tt := range []struct {
		r    rolling
		want time.Duration
	}{
		{rolling{}, 0},
		{rolling{tasks: 1, parallelism: 1, monitor: 5 * time.Second}, 5 * time.Second},
		{rolling{tasks: 10, parallelism: 3, delay: time.Second, monitor: 5 * time.Second}, 9 * time.Second},
		{rolling{tasks: 10, parallelism: 0, delay: time.Minute, monitor: 5 * time.Second}, 2*time.Minute + time.Second},
	} {
		if got := tt.r.atLeast(); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.r, got, tt.want)
		}
	}
}

func TestPlanRemove(t *testing.T) {
	in := inputFor(t, testkit.Service(testkit.Replicas(2), testkit.Stack("shop")), nil)
	p := mustPlan(t, remove, in)
	if p.Confirm.Gate != GateName || p.Confirm.Name != "web" || p.Impact.Stops != 2 || p.Commands[0] != "docker service rm web" {
		t.Errorf("%+v", p)
	}
	wantSays(t, p, "stack shop", "skep undo makes it again as it was, without its logs")
	eng := newFake(in.Doc)
	if r := Run(t.Context(), eng, p, nil); r.Err != nil || len(eng.removed) != 1 || len(eng.writes) != 0 {
		t.Errorf("%+v, removed %v", r, eng.removed)
	}
}

func TestCombine(t *testing.T) {
	a := mustPlan(t, restart, inputFor(t, testkit.Service(testkit.Name("a"), testkit.Replicas(2)), nil))
	b := mustPlan(t, scale, inputFor(t, testkit.Service(testkit.Name("b"), testkit.Replicas(3)), map[string]string{"replicas": "0"}))
	b.Verb = a.Verb
	a.warn("it is hot")
	b.warn("it is hot")
	sum := Combine([]Plan{a, b})
	if got := sum.Warnings[len(sum.Warnings)-1]; got != "a, b: it is hot" {
		t.Errorf("the same for both is said once: %q", got)
	}
	if sum.Impact.Restarts != 2 || sum.Impact.Stops != 3 || len(sum.Steps) != 2 || len(sum.Commands) != 2 {
		t.Errorf("%+v", sum)
	}
	if sum.Risk != Destructive || sum.Confirm.Gate != GateName || sum.Confirm.Name != "restart 2" {
		t.Errorf("confirm %+v", sum.Confirm)
	}
	b.refuse("no")
	b.confirm()
	if sum := Combine([]Plan{a, b}); sum.Confirm.Gate != GateNone || sum.Confirm.Why != "b: no" || len(sum.Steps) != 0 {
		t.Errorf("refused: %+v", sum)
	}
	if one := Combine([]Plan{a}); one.Title != a.Title {
		t.Errorf("one: %+v", one)
	}
}

// TestCombine_Undo: the commands of a removal do not take it back.
func TestCombine_Undo(t *testing.T) {
	for want, a := range map[string]Action{comesBack(model.KindService): remove, "each by its command: scale back to 1": scale, "nothing to undo: the spec stays the same": restart} {
		var plans []Plan
		for _, name := range []string{"a", "b"} {
			plans = append(plans, mustPlan(t, a, inputFor(t, testkit.Service(testkit.Name(name)), map[string]string{"replicas": "2"})))
		}
		if got := Combine(plans).Undo; got.Sentence != want || len(got.Commands) > 0 != strings.Contains(want, "command") {
			t.Errorf("%s: got %+v, want %s", a.Verb, got, want)
		}
	}
}

// TestPlanRestart_NotAllRun: that all restart does not mean that all run.
func TestPlanRestart_NotAllRun(t *testing.T) {
	s := testkit.Service(testkit.Replicas(3))
	var up []*model.Task
	n := testkit.Node()
	for slot := range 3 {
		up = append(up, testkit.Task(testkit.Of(s), testkit.Slot(slot+1), testkit.On(n)))
	}
	wantSilent(t, mustPlan(t, restart, inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(up...))), "only")
	up[2] = testkit.Task(testkit.Of(s), testkit.Slot(3), testkit.Pending("no suitable node"))
	wantSays(t, mustPlan(t, restart, inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(up...))),
		"all 3 tasks restart", "only 2 of the 3 run now; the others are replaced all the same")
}

// TestPlanRestart_GlobalJob: a job that has completed runs on every node again.
func TestPlanRestart_GlobalJob(t *testing.T) {
	job := testkit.Service(testkit.Name("job"), testkit.GlobalJob(1))
	var nodes []*model.Node
	var done []*model.Task
	for i := range 6 {
		nodes = append(nodes, testkit.Node(testkit.Hostname(fmt.Sprint("worker", i+1))))
		done = append(done, testkit.Task(testkit.Of(job), testkit.On(nodes[i]), testkit.State(swarm.TaskStateComplete)))
	}
	const again = "the job runs again from the beginning: "
	in := inputFor(t, job, nil, testkit.Nodes(nodes...), testkit.Tasks(done...))
	p := mustPlan(t, restart, in)
	wantSays(t, p, again+"6 tasks, one on each node that it fits")
	if p.Impact.Starts != 6 {
		t.Errorf("%d start", p.Impact.Starts)
	}
	wantSays(t, mustPlan(t, remove, in), "0 tasks stop")
	counted := testkit.Service(testkit.Name("job"), testkit.GlobalJob(1), testkit.WithService(func(s *model.Service) {
		s.ServiceStatus = &swarm.ServiceStatus{CompletedTasks: 6}
	}))
	wantSays(t, mustPlan(t, restart, inputFor(t, counted, nil, testkit.Nodes(nodes...))), again+"6 tasks")
	wantSays(t, mustPlan(t, restart, inputFor(t, job, nil, testkit.Nodes(nodes...))), again+"one task on each node")
}

func TestCommand_IsSafeInAShell(t *testing.T) {
	if got, want := command("node", "update", "it's; rm -rf $HOME", ""), `docker node update 'it'\''s; rm -rf $HOME' ''`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestRegistry_EveryActionIsWhole(t *testing.T) {
	type name struct {
		kind model.Kind
		verb string
	}
	seen := map[name]bool{}
	for _, a := range actions {
		if a.Verb == "" || a.Title == "" || a.Kind == "" || a.Tier == 0 || (a.Plan == nil) == (a.Parts == nil) || seen[name{a.Kind, a.Verb}] {
			t.Errorf("%+v", a)
		}
		seen[name{a.Kind, a.Verb}] = true
		for _, part := range a.Parts {
			if one, ok := Find(part, a.Verb); !ok || one.Plan == nil || one.Form != nil {
				t.Errorf("to %s a %s there is no action for its %s", a.Verb, a.Kind, part.Info().Plural)
			}
		}
		if got, ok := Find(a.Kind, a.Verb); !ok || got.Title != a.Title {
			t.Errorf("%s is not found", a.Verb)
		}
		if got := a.Disabled(testkit.Cluster(testkit.Nodes(testkit.Node())), []Target{{Ref: model.Ref{Kind: a.Kind, ID: "gone"}}}); got == "" && !a.Kind.Info().Elsewhere {
			t.Errorf("%s is possible on what is gone", a.Verb)
		}
		if got := a.Disabled(testkit.Cluster(), []Target{{Ref: model.Ref{Kind: model.KindTask}}}); got == "" {
			t.Errorf("%s is possible on a task", a.Verb)
		}
	}
}
