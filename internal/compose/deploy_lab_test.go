package compose_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/backend"
	"skep/internal/converge"
	"skep/internal/engine"
	"skep/internal/feed"
	"skep/internal/journal"
	"skep/lab"
	"skep/model"
)

// real is a console of a real swarm, with a journal.
type real struct {
	*console
	*lab.Lab
	journal *journal.Journal
	texts   map[string]string
}

// TestDeploy_OnARealSwarm takes eight stacks through their lives: deployed, deployed
// again, by docker's own command too, changed by hand, changed, exported; and a
// deployment that fails on its way, and one that is taken back.
func TestDeploy_OnARealSwarm(t *testing.T) {
	t.Parallel()
	r := &real{Lab: lab.Up(t, lab.Managers(1), lab.Workers(1)), texts: map[string]string{}}
	r.Image(t, "app:1")
	r.Image(t, "once:1", lab.Command("true"))
	r.console = connected(t, r.Manager(0).Host())
	r.journal = journal.New(filepath.Join(t.TempDir(), "skep", "journal.jsonl"), os.Getenv)
	id, err := r.Worker(0).ID(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.docker(t, "node", "update", "--label-add", "db=true", id)
	r.console.outside(t)

	began := time.Now()
	for _, name := range stacks {
		r.texts[name] = stackText(t, name, "app:1", "/bin/serve", "true")
		r.deploy(t, name, r.texts[name], actions.Deployment{Together: true})
	}
	r.settle(t)
	t.Logf("deployed after %s", time.Since(began))
	for _, step := range []struct {
		name string
		run  func(*testing.T)
	}{{"unchanged", r.testUnchanged}, {"docker", r.testDocker}, {"by hand", r.testByHand}, {"rotated", r.testRotated}, {"exported", r.testExported}, {"in another mode", r.testMode}, {"fails in its second wave", r.testFails}} {
		began := time.Now()
		step.run(t)
		t.Logf("%s: %s", step.name, time.Since(began))
	}
}

func (r *real) docker(t *testing.T, args ...string) string {
	t.Helper()
	out, err := r.Manager(0).Docker(args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out)
}

// settle waits until all that the services want runs, and gives the tasks, each with its
// service.
func (r *real) settle(t *testing.T) map[model.TaskID]string {
	t.Helper()
	tasks := map[model.TaskID]string{}
	lab.Eventually(t, 2*time.Minute, func() error {
		c := r.snapshot(t)
		clear(tasks)
		for _, s := range c.Services() {
			f := c.Facts(s.Key())
			if !s.IsJob() && (f.Up != f.Want || s.UpdateStatus != nil && s.UpdateStatus.State == "updating") {
				return fmt.Errorf("%s is at %d of %d", s.Name(), f.Up, f.Want)
			}
			of, _ := c.TasksOf(s.Key())
			for _, task := range of {
				if task.Wanted() && !s.IsJob() {
					tasks[task.ID] = s.Name()
				}
			}
		}
		return nil
	})
	return tasks
}

// testUnchanged deploys everything again: nothing is written, and nothing restarts.
func (r *real) testUnchanged(t *testing.T) {
	before := r.settle(t)
	r.writes.Store(0)
	for _, name := range stacks {
		r.same(t, name, r.texts[name], actions.Deployment{Prune: true})
	}
	after := r.settle(t)
	if n := r.writes.Load(); n > 0 || !maps.Equal(before, after) {
		t.Errorf("%d writes; of %d tasks there are %d", n, len(before), len(after))
	}
}

// testDocker deploys the same files with docker's own command: it means the same by
// them, so that nothing restarts and nothing differs.
func (r *real) testDocker(t *testing.T) {
	before := r.settle(t)
	for _, name := range stacks {
		// It runs every job again, and sorts what is used twice by chance, which restarts
		// tasks; and it takes the mark from secrets by which they can be compared. Ports of
		// one number older commands sort by chance as well.
		if name == "jobs" || name == "app" || name == "hostports" {
			continue
		}
		file := filepath.Join(r.dir, "stack.yaml")
		r.file(t, "stack.yaml", r.texts[name])
		r.docker(t, "stack", "deploy", "--resolve-image", "never", "-c", file, name)
		r.same(t, name, r.texts[name], actions.Deployment{})
	}
	after := r.settle(t)
	for id, name := range before {
		if after[id] == "" {
			t.Errorf("docker restarts a task of %s, so it means something else by the file", name)
		}
	}
	// The marks are gone, and come back with the next change.
	r.deploy(t, "outside", strings.Replace(r.texts["outside"], "com.example.owner: web", "com.example.owner: you", 1), actions.Deployment{})
	r.deploy(t, "outside", r.texts["outside"], actions.Deployment{})
}

// testByHand changes a stack behind the back of its file.
func (r *real) testByHand(t *testing.T) {
	r.docker(t, "service", "update", "--detach", "--replicas", "3", "--env-add", "BY=hand", "--no-resolve-image", "outside_whoami")
	r.same(t, "outside", r.texts["outside"], actions.Deployment{KeepDrift: true})
	p, _ := r.deploy(t, "outside", r.texts["outside"], actions.Deployment{})
	byHand := slices.DeleteFunc(slices.Clone(p.Warnings), func(w string) bool { return !strings.Contains(w, "changed by hand") })
	if len(byHand) != 2 || len(p.Changes) != 2 {
		t.Errorf("taken back: %v, warned %q", p.Changes, byHand)
	}
	r.same(t, "outside", r.texts["outside"], actions.Deployment{})
}

// testRotated changes what is in a config and a secret, and takes it back.
func (r *real) testRotated(t *testing.T) {
	r.settle(t)
	contents := func() string {
		return r.docker(t, "service", "inspect", "app_api", "--format", "{{range .Spec.TaskTemplate.ContainerSpec.Configs}}{{.ConfigName}} {{end}}{{range .Spec.TaskTemplate.ContainerSpec.Secrets}}{{.SecretName}} {{end}}")
	}
	was := contents()
	r.file(t, "app.ini", "[app]\nworkers=4\n")
	r.file(t, "key.pem", "-----BEGIN OTHER-----\n")
	p, err := r.plan(t, "app", r.texts["app"], actions.Deployment{})
	if err != nil {
		t.Fatal(err)
	}
	result := r.write(t, p)
	r.settle(t)
	if now := contents(); now == was || strings.Count(now, "app_app-") != 2 || strings.Count(now, "app_key-") != 2 {
		t.Errorf("it was %s, and is %s", was, now)
	}
	r.same(t, "app", r.texts["app"], actions.Deployment{Prune: true})
	undo, _ := actions.Find(model.KindRecord, "undo")
	target := actions.Target{Ref: model.Ref{Kind: model.KindRecord, ID: result.Entry}, Name: result.Entry}
	request, at := actions.Request{Action: undo, Targets: []actions.Target{target}}, r.snapshot(t)
	back := request.Propose(at, request.Read(t.Context(), r.journal.Over(r.console), at, nil), nil)[0]
	if back.Err != nil {
		t.Fatal(back.Err)
	}
	r.write(t, back.Plan)
	if now := contents(); now != was {
		t.Errorf("taken back, it is %s, and was %s", now, was)
	}
	if got := r.docker(t, "config", "ls", "--format", "{{.Name}}", "--filter", "name=app_app-"); got == "" {
		t.Error("the version that a rollback needs is gone")
	}
	for name, text := range beside {
		r.file(t, name, text)
	}
	r.same(t, "app", r.texts["app"], actions.Deployment{})
}

// write carries a plan out, and writes it down.
func (r *real) write(t *testing.T, p actions.Plan) actions.Result {
	t.Helper()
	result := actions.Run(t.Context(), r.console, p, func(e actions.Entry) {
		if err := r.journal.Write(r.session, e); err != nil {
			t.Error(err)
		}
	})
	if result.Err != nil {
		t.Fatal(result.Err)
	}
	return result
}

// testExported exports every stack, and deploys what it is given.
func (r *real) testExported(t *testing.T) {
	r.writes.Store(0)
	for _, name := range stacks {
		text := r.exported(t, name)
		r.same(t, name, text, actions.Deployment{Prune: true})
		if strings.Contains(text, "compose cannot say") {
			t.Errorf("%s: exported\n%s", name, text)
		}
	}
	if n := r.writes.Load(); n > 0 {
		t.Errorf("%d writes", n)
	}
}

// testMode changes what kind of service one is, which the engine does not: it is made
// again, once.
func (r *real) testMode(t *testing.T) {
	file := func(mode string) string {
		return "services: {one: {image: \"app:1\", stop_grace_period: 1s, deploy: {" + mode + "}}, two: {image: \"once:1\", deploy: {mode: replicated-job}}}"
	}
	for i, mode := range []string{"replicas: 2", "mode: global", "mode: replicated-job", "mode: global-job", "replicas: 1"} {
		p, _ := r.deploy(t, "modes", file(mode), actions.Deployment{})
		if i > 0 && (len(p.Steps) != 1 || p.Steps[0].Op != actions.OpReplace || strings.Contains(strings.Join(p.Warnings, ";"), "by hand")) {
			t.Errorf("%s: planned %v, warned %q", mode, p.Changes, p.Warnings)
		}
		r.same(t, "modes", file(mode), actions.Deployment{KeepDrift: true})
	}
}

// testFails deploys what does not come up in its second wave.
func (r *real) testFails(t *testing.T) {
	b, err := backend.Open(t.Context(), engine.Options{Hosts: []string{r.Manager(0).Host()}}, feed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	p, err := r.plan(t, "steps", `
services:
  base: {image: "app:1", stop_grace_period: 1s}
  middle: {image: "once:1", depends_on: [base], deploy: {restart_policy: {delay: 100ms}}}
  top: {image: "app:1", depends_on: [middle]}
`, actions.Deployment{})
	if err != nil {
		t.Fatal(err)
	}
	settle := func(ctx context.Context, done []actions.StepResult) error {
		sel := converge.Selection{Services: map[model.ServiceID]uint64{}}
		for _, s := range done {
			if id := s.Ref.Service(); id != "" {
				sel.Services[id] = s.Version
			}
		}
		state, err := converge.Wait(ctx, b.Feed, sel, lab.Busy*2*time.Minute, func(converge.State) {})
		if report := converge.NewReport(state); err == nil && report.ExitCode != 0 {
			err = errors.New(strings.Join(report.Failures(), "; "))
		}
		return err
	}
	result := actions.RunAll(t.Context(), r.console, []actions.Plan{p}, actions.Batch{Settle: settle})[0]
	got := slices.DeleteFunc(r.names(t, model.KindService), func(s string) bool { return !strings.HasPrefix(s, "steps_") })
	if result.Verdict() != actions.InPart || !slices.Equal(got, []string{"steps_base", "steps_middle"}) {
		t.Errorf("%v: %q", result.Err, got)
	}
}
