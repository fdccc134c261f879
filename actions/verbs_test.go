package actions

import (
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func TestPlanResume(t *testing.T) {
	n := testkit.Node()
	paused := testkit.Service(testkit.Replicas(3), previous(oldImage), testkit.Updating(swarm.UpdateStatePaused, "failed"))
	in := inputFor(t, paused, nil, testkit.Nodes(n), testkit.Tasks(partly(t, paused, n, 1)...))
	p := mustPlan(t, resume, in)
	wantSays(t, p, "resume the paused update of web", "resumes the update", "roll back first", "after this a rollback restores the same once more: the version before (")
	if p.Confirm.Gate != GateKey || len(p.Changes) != 0 || p.Instead != rollbackVerb {
		t.Errorf("%+v", p)
	}
	eng := newFake(in.Doc)
	if r := Run(t.Context(), eng, p, nil); r.Err != nil || string(eng.writes[0].Spec) != string(in.Doc.Spec) {
		t.Errorf("%v, wrote %s", r.Err, eng.writes[0].Spec)
	}
	failed := testkit.Task(testkit.Of(paused), testkit.Slot(2), testkit.On(n), testkit.State(swarm.TaskStateRejected), testkit.Desired(swarm.TaskStateShutdown), testkit.Err("No such image: app:9"), testkit.Ago(0))
	blamed := inputFor(t, paused, nil, testkit.Nodes(n), testkit.Tasks(append(partly(t, paused, n, 1), failed)...))
	wantSays(t, mustPlan(t, resume, blamed), "it was paused because of web.2", "unless that has been mended")
	// What is resumed is what was shown, as a whole.
	eng = newFake(in.Doc)
	eng.edit(t, in.Target.Ref, Edit{Path: pathImage, Value: "app:9"})
	if r := Run(t.Context(), eng, p, nil); r.Err == nil || len(eng.writes) != 0 {
		t.Errorf("after another change: %v", r.Err)
	}
	calm := testkit.Service()
	if _, err := planResume(inputFor(t, calm, nil)); err == nil || resume.Enabled(testkit.Cluster(testkit.Services(calm)), ServiceTarget(calm)) == "" {
		t.Error("nothing is paused")
	}
}

// TestResume_IsFoundAgain: a write that changes nothing is told by the former
// spec.
func TestResume_IsFoundAgain(t *testing.T) {
	paused := testkit.Service(testkit.Replicas(3), previous(oldImage), testkit.Updating(swarm.UpdateStatePaused, "failed"))
	in := inputFor(t, paused, nil)
	p := mustPlan(t, resume, in)
	trace := p.Steps[0].Trace()
	now := in.Doc
	now.Version++ // The engine wrote something.
	if got := trace.read(now); got.Verdict != NotDone {
		t.Errorf("not written: %+v", got)
	}
	now.Previous = now.Spec
	if got := trace.read(now); got.Verdict != Done {
		t.Errorf("written: %+v", got)
	}
}

func TestPlanStopAndStart(t *testing.T) {
	n := testkit.Node()
	s := testkit.Service(testkit.Replicas(3))
	in := inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...))
	p := mustPlan(t, stop, in)
	wantSays(t, p, "stop web: 0 in place of 3 replicas", "3 tasks stop", "label skep.replicas", "start it again with 3 replicas")
	if p.Risk != Destructive || p.Confirm.Name != "web" || p.Impact.Stops != 3 {
		t.Errorf("%+v", p)
	}
	eng := newFake(in.Doc)
	if r := Run(t.Context(), eng, p, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	in.Doc = eng.docs[in.Target.Ref]
	// A scale to another 0 in between changes nothing of what is remembered.
	again := mustPlan(t, start, in)
	wantSays(t, again, "start web again with 3 replicas", "the number is from the label skep.replicas")
	if r := Run(t.Context(), eng, again, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	if got := eng.docs[in.Target.Ref].Spec; !model.SameJSON(field(got, pathReplicas...), []byte("3")) || field(got, pathRemembered...) != nil {
		t.Errorf("started as %s", got)
	}
	// Without the label, the engine's former spec tells; and then nothing.
	in.Doc.Spec, _ = Apply(in.Doc.Spec, []Edit{{Path: pathRemembered, Delete: true}})
	wantSays(t, mustPlan(t, start, in), "with 3 replicas", "the spec before the last change")
	in.Doc.Previous = nil
	if _, err := planStart(in); err == nil || !strings.Contains(err.Error(), "scale it") {
		t.Errorf("nothing is known: %v", err)
	}
}

func TestPlanLabels_Service(t *testing.T) {
	n := testkit.Node()
	s := testkit.Service(testkit.Replicas(2))
	in := inputFor(t, s, map[string]string{"labels": `team=shop "note=two words" gone-`}, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...))
	in.Doc.Spec, _ = Apply(in.Doc.Spec, []Edit{{Path: []string{"Labels", "gone"}, Value: "x"}})
	p := mustPlan(t, labelService, in)
	wantSays(t, p, "no task restarts")
	if p.Risk != Reversible || p.Impact.Restarts != 0 || len(p.Changes) != 3 {
		t.Errorf("%+v", p)
	}
	if got, want := p.Commands[0], `docker service update --label-add team=shop --label-add 'note=two words' --label-rm gone web`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := p.Undo.Commands[0], `docker service update --label-rm team --label-rm note --label-add gone=x web`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	in.Values = map[string]string{"labels": "gone=x never-"}
	if _, err := planServiceLabels(in); err == nil {
		t.Error("nothing would change")
	}
	for _, wrong := range []string{"", "team", "=x", "-", "a=1 a=2", `"open`} {
		if _, err := labels.parse(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// TestPlanLabels_Node: a label that constraints go by moves tasks.
func TestPlanLabels_Node(t *testing.T) {
	zoned := func(name string, more ...testkit.ServiceOption) *model.Service {
		return testkit.Service(append([]testkit.ServiceOption{testkit.Name(name), testkit.Template(func(t *swarm.TaskSpec) {
			t.Placement = &swarm.Placement{Constraints: []string{"node.labels.zone == a"}}
		})}, more...)...)
	}
	web, agent := zoned("web", testkit.Replicas(2)), zoned("agent", testkit.Global())
	label := func(n *model.Node) *model.Node { n.Spec.Labels = map[string]string{"zone": "a"}; return n }
	one, two, bare := label(testkit.Node()), label(testkit.Node(testkit.Hostname("worker2"))), testkit.Node(testkit.Hostname("worker3"))
	tasks := append(allOf(web, one), testkit.Task(testkit.Of(agent), testkit.On(one)), testkit.Task(testkit.Of(agent), testkit.On(two)))
	c := testkit.Cluster(testkit.Services(web, agent), testkit.Nodes(one, two, bare), testkit.Tasks(tasks...))
	in := inputForNode(t, c, one)
	in.Values = map[string]string{"labels": "zone=b"}
	p := mustPlan(t, labelNode, in)
	wantSays(t, p, "3 tasks stop at once: ", "web 2", "2 tasks start elsewhere")
	if p.Risk != Disruptive || p.Impact.Moves != 2 || p.Impact.Stops != 1 {
		t.Errorf("%+v", p.Impact)
	}
	in.Values = map[string]string{"labels": "rack=7"}
	p = mustPlan(t, labelNode, in)
	if wantSays(t, p, "no task has to leave"); p.Risk != Reversible {
		t.Errorf("%+v", p)
	}
	in = inputForNode(t, c, bare)
	in.Values = map[string]string{"labels": "zone=a"}
	wantSays(t, mustPlan(t, labelNode, in), "1 task starts here for global services: agent")
}

func TestPlanResources(t *testing.T) {
	n := testkit.Node()
	s := testkit.Service(testkit.Replicas(2), reserve(500_000_000, 64<<20))
	values := map[string]string{"cpu-limit": "1.5", "memory-limit": "512m", "pids-limit": "", "cpu-reserve": "0.5", "memory-reserve": ""}
	in := inputFor(t, s, values, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...))
	p := mustPlan(t, resources, in)
	wantSays(t, p, "set for each task of web: CPU limit 1.5, memory limit 512m, memory reserved none", "both tasks restart")
	if got, want := p.Commands[0], "docker service update --limit-cpu 1.5 --limit-memory 512m --reserve-memory 0 web"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if len(p.Changes) != 3 || p.Risk != Disruptive {
		t.Errorf("%+v", p.Changes)
	}
	for name, wrong := range map[string]map[string]string{
		"above the limit": {"cpu-limit": "0.1", "cpu-reserve": "0.5"}, "no number": {"cpu-limit": "x"}, "too small": {"memory-limit": "1m"},
		"the same": {"cpu-reserve": "0.5"}, "as it is": {"cpu-reserve": asIs}, "negative": {"pids-limit": "-1"}, "NaN": {"cpu-limit": "NaN"},
	} {
		in.Values = wrong
		if p, err := planResources(in); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
	form := resourceForm(in.Cluster, []Target{in.Target})
	if got := form.Fields[4].Value; got != "64m" {
		t.Errorf("the form starts with %q", got)
	}
}

func TestPlanRemoveNode(t *testing.T) {
	up, down := testkit.Node(), testkit.Node(testkit.Hostname("worker2"), testkit.Down())
	boss := testkit.Node(testkit.Hostname("manager1"), testkit.Leader())
	c := testkit.Cluster(testkit.Nodes(up, down, boss))
	for _, tt := range []struct {
		n    *model.Node
		want string
	}{{up, "it is ready: stop its engine"}, {boss, "demote it first"}, {down, ""}} {
		if got := removeNode.Disabled(c, []Target{NodeTarget(c, tt.n)}); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q", tt.n.Hostname(), got)
		}
	}
	p := mustPlan(t, removeNode, inputForNode(t, c, down))
	wantSays(t, p, "remove the node worker2", "no task stops", "has to join the swarm anew")
	if p.Confirm.Gate != GateName || p.Commands[0] != "docker node rm worker2" {
		t.Errorf("%+v", p)
	}
}
