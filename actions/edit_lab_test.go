package actions_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"skep/actions"
	"skep/internal/testkit"
	"skep/lab"
	"skep/model"
	"skep/ui/detail"
)

// edited is the text of an action with one thing replaced in it.
func (s *stage) edited(t *testing.T, verb string, target actions.Target, from, to string) map[string]string {
	t.Helper()
	a, _ := actions.Find(target.Ref.Kind, verb)
	spec := s.inspect(t, target.Ref).Spec
	text, err := detail.YAMLText(a.Text.Of(spec), actions.Note(s.snapshot(t)))
	if err != nil {
		t.Fatal(err)
	}
	out := strings.Replace(text, from, to, 1)
	if out == text {
		t.Fatalf("%q is not in\n%s", from, text)
	}
	return map[string]string{actions.TextValue: out, actions.BaseValue: string(spec)}
}

// TestEdit_OnARealSwarm edits services that have nearly all that there is.
func TestEdit_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := newStage(t)
	if err := s.Manager(0).API(t.Context(), "POST", "/services/create", json.RawMessage(fullSpec), nil); err != nil {
		t.Fatal(err)
	}
	s.docker(t, "network", "create", "-d", "overlay", "--attachable", "back")
	s.docker(t, "config", "create", "conf", "/etc/hostname")
	s.docker(t, "secret", "create", "pass", "/etc/hostname")
	s.docker(t, "service", "create", "--detach", "--name", "web", "--replicas", "2", "--update-monitor", "100ms", "--stop-grace-period", "1s", "--network", "back",
		"--config", "conf", "--secret", "pass", "--mount", "type=tmpfs,target=/z", "--mount", "type=volume,source=data,target=/a", "--publish", "9081:80",
		"--constraint", "node.role==worker", "--no-resolve-image", "app:1")
	s.settle(t, "full", 2, nil)
	s.settle(t, "web", 2, nil)
	t.Run("nothing else changes", s.testEditKeeps)
	t.Run("environment", s.testEnvironment)
	t.Run("constraints", s.testConstraints)
	t.Run("refused", s.testEditRefused)
	t.Run("node", s.testEditNode)
	t.Run("labels of parts", s.testPartLabels)
	t.Run("conflict", s.testEditConflict)
	t.Run("revert", s.testRevert)
	t.Run("two consoles", func(t *testing.T) { s.testTwoConsoles(t, max(20, testkit.Rounds(200))) })
}

// testEditKeeps: a label and a number of replicas, in the text of the whole spec,
// restart nothing and change no other byte.
func (s *stage) testEditKeeps(t *testing.T) {
	for _, name := range []string{"full", "web"} {
		target := s.target(t, name)
		before, tasks := s.inspect(t, target.Ref), s.running(t, name)
		p := s.do(t, "edit", target, s.edited(t, "edit", target, "Replicas: 2", "Replicas: 3"))
		if p.Impact.Starts != 1 || p.Impact.Restarts != 0 {
			t.Errorf("%s: planned %+v", name, p.Impact)
		}
		want := strings.Replace(string(before.Spec), `"Replicas":2`, `"Replicas":3`, 1)
		if got := s.inspect(t, target.Ref); string(got.Spec) != want {
			t.Errorf("more than the replicas changed:\n got %s\nwant %s", got.Spec, want)
		}
		now := s.settle(t, name, 3, nil)
		s.do(t, "label", target, map[string]string{"labels": "team=shop"})
		time.Sleep(2 * time.Second)
		for id := range s.settle(t, name, 3, nil) {
			if _, same := now[id]; !same {
				t.Errorf("%s: a label replaced a task", name)
			}
		}
		for id := range tasks {
			if _, same := now[id]; !same {
				t.Errorf("%s: the scale replaced a task", name)
			}
		}
	}
}

func (s *stage) testEnvironment(t *testing.T) {
	target := s.target(t, "full")
	before, old := s.inspect(t, target.Ref), s.running(t, "full")
	p := s.do(t, "env", target, map[string]string{"env": "A=9 M- NEW=1"})
	now := s.settle(t, "full", len(old), func(task *model.Task) bool { _, was := old[task.ID]; return !was })
	if p.Impact.Restarts != len(now) {
		t.Errorf("planned %d restarts, %d happened", p.Impact.Restarts, len(now))
	}
	if got, want := fmt.Sprint(model.Diff(before.Spec, s.inspect(t, target.Ref).Spec)), fmt.Sprint(p.Changes); got != want {
		t.Errorf("shown %s, made %s", want, got)
	}
}

func (s *stage) testConstraints(t *testing.T) {
	target := s.target(t, "web")
	tasks := s.running(t, "web")
	p := s.do(t, "constraint", target, map[string]string{"constraints": "node.role==worker, node.labels.none!=here"})
	time.Sleep(2 * time.Second)
	if now := s.settle(t, "web", len(tasks), nil); fmt.Sprint(now) != fmt.Sprint(tasks) || p.Impact.Restarts != 0 {
		t.Errorf("planned %+v, tasks %v became %v", p.Impact, tasks, now)
	}
}

// testEditRefused: what only the engine knows to be wrong is its refusal, and
// nothing is changed.
func (s *stage) testEditRefused(t *testing.T) {
	target := s.target(t, "web")
	before := s.inspect(t, target.Ref)
	p := s.plan(t, "edit", target, s.edited(t, "edit", target, "Order: stop-first", "Order: sideways"))
	r := actions.Run(t.Context(), s.eng, p, nil)
	if r.Verdict() != actions.NotDone || errors.Is(r.Err, model.ErrConflict) {
		t.Errorf("%s: %v", r.Verdict(), r.Err)
	}
	if now := s.inspect(t, target.Ref); now.Version != before.Version {
		t.Errorf("version %d became %d", before.Version, now.Version)
	}
}

func (s *stage) testEditNode(t *testing.T) {
	target := s.nodeTarget(t, s.Worker(0))
	spec := s.inspect(t, target.Ref).Spec
	p := s.do(t, "edit", target, s.edited(t, "edit", target, "Labels: {}", "Labels:\n  zone: 7"))
	if got := s.inspect(t, target.Ref).Spec; strings.Replace(string(got), `{"zone":"7"}`, `{}`, 1) != string(spec) || p.Risk != actions.Reversible {
		t.Errorf("%s became %s", spec, got)
	}
	p = s.plan(t, "edit", target, s.edited(t, "edit", target, "Availability: active", "Availability: drain"))
	if p.Title != "drain "+target.Name {
		t.Errorf("%s", p.Title)
	}
}

// testPartLabels: of a secret and a config the labels change.
func (s *stage) testPartLabels(t *testing.T) {
	for _, kind := range []model.Kind{model.KindConfig, model.KindSecret} {
		name := map[model.Kind]string{model.KindConfig: "conf", model.KindSecret: "pass"}[kind]
		doc := s.inspect(t, model.Ref{Kind: kind, ID: name})
		a, _ := actions.Find(kind, "label")
		in := actions.Input{Cluster: s.snapshot(t), Target: actions.Target{Ref: doc.Ref, Name: name}, Doc: doc, Values: map[string]string{"labels": "team=shop"}}
		p, err := a.Plan(in)
		if err != nil {
			t.Fatal(err)
		}
		p.Swarm = s.session.Swarm
		if r := actions.Run(t.Context(), s.eng, p, nil); r.Err != nil {
			t.Fatal(r.Err)
		}
		if got := model.Diff(doc.Spec, s.inspect(t, doc.Ref).Spec); len(got) != 1 || got[0].Path != "Labels.team" {
			t.Errorf("%s: %v", kind, got)
		}
	}
}

// testEditConflict: somebody else changes the same while the text is edited.
func (s *stage) testEditConflict(t *testing.T) {
	target := s.target(t, "web")
	values := s.edited(t, "edit", target, "Replicas: 3", "Replicas: 4")
	s.docker(t, "service", "update", "--detach", "--label-add", "theirs=1", "--replicas", "1", "web")
	a, _ := actions.Find(target.Ref.Kind, "edit")
	prepared := actions.Prepare(t.Context(), s.eng, a, s.snapshot(t), []actions.Target{target}, values)[0]
	var drift *actions.DriftError
	if !errors.As(prepared.Err, &drift) || len(drift.Conflicts()) != 1 || drift.Conflicts()[0] != (actions.Conflict{Path: "Mode.Replicated.Replicas", Shown: "3", Theirs: "1", Mine: "4"}) {
		t.Fatalf("%v", prepared.Err)
	}
	values[actions.OverValue] = "yes"
	s.do(t, "edit", target, values)
	s.settle(t, "web", 4, nil)
	if sv := service(t, s.snapshot(t), "web"); sv.Spec.Labels["theirs"] != "1" {
		t.Errorf("their label is lost: %v", sv.Spec.Labels)
	}
}

// testRevert: a paused update is resumed, reverted after a scale in between, and
// rolled back.
func (s *stage) testRevert(t *testing.T) {
	target := s.target(t, "web")
	before := s.inspect(t, target.Ref)
	p := s.plan(t, "edit", target, s.edited(t, "edit", target, "Image: app:1", "Image: app:broken"))
	r := actions.Run(t.Context(), s.eng, p, nil)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	record := actions.Record{ID: "R", Verb: "edit", Title: p.Title, Outcome: actions.Done, Began: time.Now(), Did: actions.Dids(p, r)}
	doc, err := record.Document()
	if err != nil {
		t.Fatal(err)
	}
	paused := func() {
		t.Helper()
		s.eventually(t, patience, func() error {
			if u := service(t, s.snapshot(t), "web").UpdateStatus; u == nil || u.State != "paused" {
				return fmt.Errorf("%+v", u)
			}
			return nil
		})
	}
	paused()
	s.do(t, "resume", target, nil) // Whether it pauses again is the engine's affair.
	s.do(t, "scale", target, map[string]string{"replicas": "5"})
	// The engine's previous spec is now the broken one as well.
	if got := string(s.inspect(t, target.Ref).Previous); !strings.Contains(got, "app:broken") {
		t.Errorf("the previous spec is %s", got)
	}
	a, _ := actions.Find(target.Ref.Kind, "revert")
	eng := remembers{s.eng, map[model.Ref]model.Document{actions.LastUpdate(target.Ref): doc}}
	prepared := actions.Prepare(t.Context(), eng, a, s.snapshot(t), []actions.Target{target}, nil)[0]
	if prepared.Err != nil {
		t.Fatal(prepared.Err)
	}
	if r := actions.Run(t.Context(), s.eng, prepared.Plan, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	s.settle(t, "web", 5, func(task *model.Task) bool { return task.Image() == "app:1" })
	want := strings.Replace(string(before.Spec), `"Replicas":4`, `"Replicas":5`, 1)
	if got := s.inspect(t, target.Ref).Spec; string(got) != want {
		t.Errorf("reverted to\n%s\nwant\n%s", got, want)
	}
	back := s.plan(t, "rollback", target, nil)
	if text := fmt.Sprint(back.Impact.Sentences); !strings.Contains(text, "app:broken") {
		t.Errorf("a rollback after it: %s", text)
	}
}

// remembers is an engine beside which a journal is read.
type remembers struct {
	actions.Engine
	docs map[model.Ref]model.Document
}

func (r remembers) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	if doc, ok := r.docs[ref]; ok {
		return doc, nil
	}
	return r.Engine.Inspect(ctx, ref)
}

// TestTwoConsoles_LoseNothing: two consoles write to one service, often at once.
func TestTwoConsoles_LoseNothing(t *testing.T) {
	t.Parallel()
	s := newSim(t, 1, 2)
	s.create(t, "web", one, `,"Env":["SHARED=0"]`, "")
	s.testTwoConsoles(t, testkit.Rounds(200))
}

// testTwoConsoles has each of two consoles set a label and a variable of its own in
// every round, and both take one away that is there already by turns.
func (s *stage) testTwoConsoles(t *testing.T, rounds int) {
	target := s.target(t, "web")
	var g errgroup.Group
	var conflicts atomic.Int64
	c := s.snapshot(t)
	for _, who := range []string{"a", "b"} {
		g.Go(func() error {
			for i := range rounds {
				verb, values := "label", map[string]string{"labels": fmt.Sprintf("%s%d=1", who, i)}
				if i%10 == 9 {
					verb, values = "env", map[string]string{"env": fmt.Sprintf("%s%d=1", strings.ToUpper(who), i)}
				}
				a, _ := actions.Find(target.Ref.Kind, verb)
				for { // Who loses four times in a row is told, and tries again.
					p := actions.Prepare(t.Context(), s.eng, a, c, []actions.Target{target}, values)[0]
					if p.Err != nil {
						return p.Err
					}
					err := actions.Run(t.Context(), s.eng, p.Plan, nil).Err
					if err == nil {
						break
					}
					if !errors.Is(err, model.ErrConflict) {
						return fmt.Errorf("%s %v: %w", verb, values, err)
					}
					conflicts.Add(1)
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	spec := string(s.inspect(t, target.Ref).Spec)
	for i := range rounds {
		for _, who := range []string{"a", "b"} {
			want := fmt.Sprintf("%q:\"1\"", fmt.Sprintf("%s%d", who, i))
			if i%10 == 9 {
				want = fmt.Sprintf("\"%s%d=1\"", strings.ToUpper(who), i)
			}
			if strings.Count(spec, want) != 1 {
				t.Errorf("%s is there %d times", want, strings.Count(spec, want))
			}
		}
	}
	t.Logf("%d rounds of two consoles, %d told of a conflict", rounds, conflicts.Load())
}
