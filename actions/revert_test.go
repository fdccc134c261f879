package actions

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// remembering is an input in which the journal has the record of an update, after
// which the service was scaled.
func remembering(t *testing.T) (Input, Plan) {
	t.Helper()
	n := testkit.Node()
	s := testkit.Service(testkit.Replicas(3))
	in := inputFor(t, s, map[string]string{"image": "example/app:2"}, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...))
	update := mustPlan(t, image, in)
	eng := newFake(in.Doc)
	result := Run(t.Context(), eng, update, nil)
	record := Record{ID: "R", Verb: "image", Title: update.Title, Outcome: Done, Began: time.Now(), Did: Dids(update, result)}
	doc, err := record.Document()
	if err != nil {
		t.Fatal(err)
	}
	eng.edit(t, in.Target.Ref, Edit{Path: pathReplicas, Value: 5})
	in.Doc = eng.docs[in.Target.Ref]
	in.Doc.Previous, _ = Apply(in.Doc.Spec, []Edit{{Path: pathReplicas, Value: 3}})
	in.Others = map[model.Ref]Reading{LastUpdate(in.Target.Ref): {Doc: doc}}
	return in, update
}

// TestRevert_AfterAScale: a rollback would undo the scale; this undoes the update,
// and the scale stays.
func TestRevert_AfterAScale(t *testing.T) {
	in, update := remembering(t)
	old := imageOf(update.Steps[0].Seen.Spec)
	p := mustPlan(t, revert, in)
	wantSays(t, p, "revert web to what it was before: update the image of web to example/app:2", "the number of replicas stays: 5")
	eng := newFake(in.Doc)
	if r := Run(t.Context(), eng, p, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	now := eng.docs[in.Target.Ref].Spec
	if got := imageOf(now); got != old || string(field(now, pathReplicas...)) != "5" || eng.writes[0].Image != old {
		t.Errorf("reverted to %s, %s", got, now)
	}
	in.Doc = eng.docs[in.Target.Ref]
	if _, err := planRevert(in); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("twice: %v", err)
	}
	// Somebody has updated it by other means since.
	in.Doc.Spec, _ = Apply(in.Doc.Spec, []Edit{{Path: pathImage, Value: "other:3"}})
	wantSays(t, mustPlan(t, revert, in), "changed again since that update", "other:3")
}

func TestRevert_WithoutTheJournal(t *testing.T) {
	s := testkit.Service(testkit.Replicas(3), previous(oldImage))
	in := inputFor(t, s, nil, testkit.Nodes(testkit.Node()))
	in.Others = map[model.Ref]Reading{LastUpdate(in.Target.Ref): {Err: model.ErrGone}}
	p := mustPlan(t, revert, in)
	wantSays(t, p, "to the engine's previous spec", "skep's journal has no update of it")
	if got := written(t, p); got != imageOf(in.Doc.Previous) {
		t.Errorf("reverts to %s", got)
	}
	scaled := testkit.Service(testkit.Replicas(3), previous(func(s *swarm.ServiceSpec) { testkitReplicas(s, 1) }))
	if p, err := planRevert(inputFor(t, scaled, nil)); err == nil || !strings.Contains(err.Error(), "is not known") {
		t.Errorf("only a scale is kept: %v, %s", err, p.Title)
	}
}

// TestRevert_LeavesAGentleDrainAlone: that a service keeps away from a node, or no
// more, is no update of it, for the journal or without.
func TestRevert_LeavesAGentleDrainAlone(t *testing.T) {
	away := func(s *swarm.ServiceSpec) {
		s.Labels = map[string]string{model.AwayLabel("n2"): "drain"}
		s.TaskTemplate.Placement = &swarm.Placement{Constraints: []string{model.AwayConstraint("n2")}}
	}
	s := testkit.Service(testkit.Replicas(3), previous(away))
	in := inputFor(t, s, nil, testkit.Nodes(testkit.Node()))
	in.Others = map[model.Ref]Reading{LastUpdate(in.Target.Ref): {Err: model.ErrGone}}
	if p, err := planRevert(in); err == nil {
		t.Errorf("%s: %+v", p.Title, p.Changes)
	}
	r := Record{Did: []Did{{Op: OpUpdate, Ref: in.Target.Ref, Before: in.Doc.Previous, After: in.Doc.Spec}}}
	if d, is := r.Updated(in.Target.Ref); is {
		t.Errorf("%+v is an update", d)
	}
}

func written(t *testing.T, p Plan) string {
	t.Helper()
	spec, err := Apply(p.Steps[0].Seen.Spec, p.Steps[0].Edits)
	if err != nil {
		t.Fatal(err)
	}
	return imageOf(spec)
}

func TestPlanEnv(t *testing.T) {
	n := testkit.Node()
	s := testkit.Service(testkit.Replicas(2), testkit.Template(func(t *swarm.TaskSpec) {
		t.ContainerSpec.Env = []string{"Z=1", "DB_PASSWORD=hunter2", "A=2", "BARE"}
	}))
	in := inputFor(t, s, map[string]string{"env": `Z=9 NEW=x=y BARE- "DB_PASSWORD=hunter three"`}, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...))
	p := mustPlan(t, env, in)
	wantSays(t, p, "change the variables of web: Z is set, NEW is set, BARE goes, DB_PASSWORD is set", "both tasks restart")
	after, err := Apply(in.Doc.Spec, p.Steps[0].Edits)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(field(after, pathEnv...)), `["Z=9","DB_PASSWORD=hunter three","A=2","NEW=x=y"]`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if text := fmt.Sprintf("%+v", struct {
		C  []model.Change
		Cs []string
		U  Undo
	}{masks(p.Changes), p.Commands, p.Undo}); strings.Contains(text, "hunter") {
		t.Errorf("secrets: %s", text)
	}
	if form := envForm(in.Cluster, in.Batch); !strings.Contains(form.Fields[0].Hint, "A=2") || strings.Contains(form.Fields[0].Hint, "hunter") {
		t.Errorf("%s", form.Fields[0].Hint)
	}
	in.Values = map[string]string{"env": "A=2 NONE-"}
	if _, err := planEnv(in); err == nil {
		t.Error("nothing would change")
	}
}

func masks(changes []model.Change) []model.Change {
	for i := range changes {
		changes[i].BareBefore, changes[i].BareAfter = "", ""
	}
	return changes
}

func TestPlanConstraints(t *testing.T) {
	n := testkit.Node()
	s := testkit.Service(testkit.Replicas(2), testkit.Template(func(t *swarm.TaskSpec) {
		t.Placement = &swarm.Placement{Constraints: []string{"node.role==worker", "node.labels.zone!=b"}, MaxReplicas: 4}
	}))
	in := inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...))
	form := constraintForm(in.Cluster, in.Batch)
	if got := form.Fields[0].Value; got != "node.role==worker, node.labels.zone!=b" {
		t.Fatalf("the form starts with %q", got)
	}
	in.Values = map[string]string{"constraints": "node.labels.zone!=b,node.labels.disk == ssd", "preferences": "node.labels.rack"}
	p := mustPlan(t, constrain, in)
	wantSays(t, p, "no node meets these constraints")
	after, _ := Apply(in.Doc.Spec, p.Steps[0].Edits)
	var placement swarm.Placement
	if err := json.Unmarshal(field(after, "TaskTemplate", "Placement"), &placement); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(placement.Constraints) != "[node.labels.zone!=b node.labels.disk == ssd]" || placement.MaxReplicas != 4 || placement.Preferences[0].Spread.SpreadDescriptor != "node.labels.rack" {
		t.Errorf("%+v", placement)
	}
	if got, want := p.Commands[0], "docker service update --constraint-rm node.role==worker --constraint-add 'node.labels.disk == ssd' --placement-pref-add spread=node.labels.rack web"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	in.Values = map[string]string{"constraints": "node.role==worker, node.labels.zone!=b", "preferences": ""}
	if _, err := planConstraints(in); err == nil {
		t.Error("nothing would change")
	}
	for _, wrong := range []string{"x", "node.role=worker", "node.role==worker, node.role==worker"} {
		if checkConstraints(wrong) == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	if checkPreferences("zone") == nil || checkPreferences("node.labels.zone, engine.labels.x") != nil {
		t.Error("preferences")
	}
}

// TestRevert_LosesNoVersionThatItGivesBack: what a rollback would restore is what the
// reversion gives back; and a restart or a gentle drain before makes no version.
func TestRevert_LosesNoVersionThatItGivesBack(t *testing.T) {
	in, update := remembering(t)
	in.Doc.Previous = update.Steps[0].Seen.Spec
	wantSilent(t, mustPlan(t, revert, in), "is lost")

	scaled := in
	scaled.Values = map[string]string{"replicas": "7"}
	wantSays(t, mustPlan(t, scale, scaled), "undoes the scaling only")
	away := Edit{Path: []string{"Labels", model.AwayLabel("n1")}, Value: "drain"}
	for name, edits := range map[string][]Edit{
		"restarted":      {{Path: pathForce, Value: 3}},
		"drained gently": {{Path: pathConstraints, Value: []string{model.AwayConstraint("n1")}}, away},
	} {
		scaled.Doc.Previous, _ = Apply(in.Doc.Spec, edits)
		t.Run(name, func(t *testing.T) { wantSilent(t, mustPlan(t, scale, scaled), "is lost") })
	}
	scaled.Doc.Previous, _ = Apply(in.Doc.Spec, []Edit{{Path: pathConstraints, Value: []string{"node.role==manager"}}})
	wantSays(t, mustPlan(t, scale, scaled), "the version it restores now is lost")
}
