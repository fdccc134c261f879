package actions_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/journal"
	"skep/lab"
	"skep/model"
)

// console is one with a journal, which it may share with others.
type console struct {
	*stage
	journal *journal.Journal
	last    string
}

func (s *stage) console(path string) *console {
	return &console{s, journal.New(path, func(string) string { return "ann" }), ""}
}

// writes is the console's journal as what runs plans takes it.
func (c *console) writes(t *testing.T) actions.Journal {
	return func(e actions.Entry) {
		if err := c.journal.Write(c.session, e); err != nil {
			t.Error(err)
		}
	}
}

// runPlan runs a plan and writes it down.
func (c *console) runPlan(t *testing.T, p actions.Plan) {
	t.Helper()
	r := actions.Run(t.Context(), c.eng, p, c.writes(t))
	if r.Err != nil {
		t.Fatalf("%s: %v", p.Title, r.Err)
	}
	c.last = r.Entry
}

// undo plans the undo of an entry; the newest that was not undone for none.
func (c *console) undo(t *testing.T, id string) (actions.Plan, error) {
	t.Helper()
	if id == "" {
		h, err := c.journal.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r, err := actions.Newest(h.Records(), c.session.Swarm)
		if err != nil {
			t.Fatal(err)
		}
		id = r.ID
	}
	a, _ := actions.Find(model.KindRecord, "undo")
	p := actions.Prepare(t.Context(), c.journal.Over(c.eng), a, c.snapshot(t), []actions.Target{{Ref: model.Ref{Kind: model.KindRecord, ID: id}, Name: id}}, nil)[0]
	return p.Plan, p.Err
}

// takeBack undoes an entry, and gives the plan.
func (c *console) takeBack(t *testing.T, id string) actions.Plan {
	t.Helper()
	p, err := c.undo(t, id)
	if err != nil {
		t.Fatalf("undo %s: %v", id, err)
	}
	c.runPlan(t, p)
	return p
}

// removal is the plan that removes an object.
func (s *stage) removal(t *testing.T, kind model.Kind, name string) actions.Plan {
	t.Helper()
	doc := s.inspect(t, model.Ref{Kind: kind, ID: name})
	return actions.Plan{Verb: "remove", Title: "remove the " + string(kind) + " " + name, Swarm: s.session.Swarm, Target: actions.Target{Ref: doc.Ref, Name: name},
		Steps: []actions.Step{{Op: actions.OpRemove, Ref: doc.Ref, Name: name, Seen: doc, Patience: time.Minute}}}
}

// TestUndo_OnARealSwarm does things in one console, and takes them back in another
// one that shares nothing with it but the journal.
func TestUndo_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := newStage(t)
	path := filepath.Join(t.TempDir(), "skep", "journal.jsonl")
	a, b := s.console(path), s.console(path)
	s.docker(t, "network", "create", "--driver", "overlay", "--attachable", "--label", "net=1", "--subnet", "10.77.0.0/24", "back")
	conf := filepath.Join(t.TempDir(), "conf")
	s.docker(t, "config", "create", "--label", "conf=1", "conf", writeFile(t, conf, "password=hunter2\nlisten=80\n"))
	s.docker(t, "service", "create", "--detach", "--name", "web", "--replicas", "2", "--network", "back", "--config", "conf", "--env", "DB_PASSWORD=hunter2", "--env", "A=1",
		"--update-monitor", "100ms", "--rollback-monitor", "100ms", "--stop-grace-period", "1s", "--constraint", "node.role==worker", "--no-resolve-image", "app:1")
	s.settle(t, "web", 2, nil)
	web := s.target(t, "web")

	t.Run("scale, image, label, one after the other", func(t *testing.T) {
		before := s.inspect(t, web.Ref)
		a.runPlan(t, s.plan(t, "scale", web, map[string]string{"replicas": "4"}))
		s.settle(t, "web", 4, nil)
		a.runPlan(t, s.plan(t, "image", web, map[string]string{"image": s.app2}))
		s.settle(t, "web", 4, func(task *model.Task) bool { return strings.HasPrefix(task.Image(), s.app2) })
		a.runPlan(t, s.plan(t, "label", web, map[string]string{"labels": "tier=front"}))
		// Somebody else changes something in between.
		s.docker(t, "service", "update", "--detach", "--label-add", "by=somebody", "web")
		for range 3 {
			p := b.takeBack(t, "")
			if !strings.Contains(strings.Join(p.Impact.Sentences, "\n"), "changed since then, and stays: ") {
				t.Errorf("%s: %q", p.Title, p.Impact.Sentences)
			}
		}
		s.settle(t, "web", 2, func(task *model.Task) bool { return task.Image() == "app:1" })
		now := s.inspect(t, web.Ref)
		diff := model.Diff(before.Spec, now.Spec)
		if len(diff) != 1 || diff[0].String() != "Labels.by: + somebody" {
			t.Errorf("%v", diff)
		}
		// An undo of an undo does it again.
		again := b.last
		if p := b.takeBack(t, again); !strings.HasPrefix(p.Title, "redo: scale web") {
			t.Errorf("%s", p.Title)
		}
		if _, err := b.undo(t, again); !errors.Is(err, actions.ErrNoChange) {
			t.Errorf("done twice: %v", err)
		}
		b.takeBack(t, b.last)
		s.settle(t, "web", 2, nil)
	})

	t.Run("drain", func(t *testing.T) {
		c := s.snapshot(t)
		var worker actions.Target
		for _, n := range c.Nodes() {
			if !n.Manages() {
				worker = actions.NodeTarget(c, n)
			}
		}
		a.runPlan(t, s.plan(t, "drain", worker, nil))
		b.takeBack(t, "")
		if got := string(s.inspect(t, worker.Ref).Spec); !strings.Contains(got, `"active"`) {
			t.Errorf("%s", got)
		}
	})

	t.Run("service, network and config removed", func(t *testing.T) {
		was := map[model.Kind]model.Document{}
		for _, o := range []struct {
			kind model.Kind
			name string
		}{{model.KindService, "web"}, {model.KindNetwork, "back"}, {model.KindConfig, "conf"}} {
			was[o.kind] = s.inspect(t, model.Ref{Kind: o.kind, ID: o.name})
			a.runPlan(t, s.removal(t, o.kind, o.name))
		}
		h, err := b.journal.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		removed := h.Records()[:3]
		// Of the service alone it is said what it lacks.
		if _, err := b.undo(t, removed[2].ID); err == nil || !strings.Contains(err.Error(), "no longer exist") {
			t.Errorf("%v", err)
		}
		for _, r := range removed {
			p := b.takeBack(t, r.ID)
			if !slices.ContainsFunc(p.Warnings, func(w string) bool { return strings.Contains(w, "does not come back") }) && r.Target.Ref.Kind != model.KindConfig {
				t.Errorf("%s: %q", p.Title, p.Warnings)
			}
		}
		s.settle(t, "web", 2, nil)
		conf := s.inspect(t, model.Ref{Kind: model.KindConfig, ID: "conf"})
		if !model.SameJSON(conf.Spec, was[model.KindConfig].Spec) {
			t.Errorf("the config: %v", model.Diff(was[model.KindConfig].Spec, conf.Spec))
		}
		service := s.inspect(t, model.Ref{Kind: model.KindService, ID: "web"})
		for _, want := range []string{"DB_PASSWORD=hunter2", conf.Ref.ID, s.inspect(t, model.Ref{Kind: model.KindNetwork, ID: "back"}).Ref.ID} {
			if !strings.Contains(string(service.Spec), want) {
				t.Errorf("%q is not in %s", want, service.Spec)
			}
		}
		if got := s.docker(t, "network", "inspect", "-f", "{{.Attachable}} {{.Labels.net}} {{(index .IPAM.Config 0).Subnet}}", "back"); got != "true 1 10.77.0.0/24" {
			t.Errorf("the network: %s", got)
		}
		// What was done to the service before it was removed is undone on the new one.
		h, err = b.journal.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range h.Records() {
			if r.Verb == "scale" {
				p, err := b.undo(t, r.ID)
				if !errors.Is(err, actions.ErrNoChange) {
					t.Errorf("%v, %+v", err, p)
				}
			}
		}
		if _, err := b.undo(t, removed[0].ID); err == nil || !strings.Contains(err.Error(), "there is one of that name already") {
			t.Errorf("made twice: %v", err)
		}
	})
}

func writeFile(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
