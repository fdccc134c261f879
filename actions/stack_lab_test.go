package actions_test

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/engine"
	"skep/lab"
	"skep/model"
)

const stackFile = `version: "3.8"
services:
  web: {image: "app:1", stop_grace_period: 1s, configs: [conf], secrets: [pass], deploy: {replicas: 2, update_config: {monitor: 100ms}}}
  api: {image: "app:1", stop_grace_period: 1s, deploy: {replicas: 1, update_config: {monitor: 100ms}}}
  agent: {image: "app:1", stop_grace_period: 1s, deploy: {mode: global, update_config: {monitor: 100ms}}}
configs: {conf: {file: ./conf}}
secrets: {pass: {file: ./conf}}
networks: {default: {attachable: true}}
`

// whole is a snapshot with the lists that a stack's parts are in.
func (s *stage) whole(t *testing.T) *model.Cluster {
	t.Helper()
	b, now := s.read(t), s.now()
	for _, kind := range []model.Kind{model.KindNetwork, model.KindConfig, model.KindSecret} {
		objects, _, err := s.eng.List(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		b.SetObjects(kind, objects, now)
	}
	return b.Build(now)
}

// onStack plans a verb on a stack.
func (s *stage) onStack(t *testing.T, verb, stack string) (actions.Request, []actions.Plan, actions.Plan) {
	t.Helper()
	a, _ := actions.Find(model.KindStack, verb)
	c := s.whole(t)
	r := actions.Request{Action: a, Targets: []actions.Target{{Ref: model.StackName(stack).Ref(), Name: stack}}}
	docs := r.Read(t.Context(), s.eng, c, nil)
	plans, left := actions.Split(r.Propose(c, docs, actions.ResolveAll(t.Context(), s.eng, r.Images(c, docs))))
	if len(plans) == 0 {
		t.Fatalf("%s: %v", verb, left)
	}
	return r, plans, r.Combine(plans, left)
}

func (s *stage) runStack(t *testing.T, r actions.Request, plans []actions.Plan) {
	t.Helper()
	if o := actions.Sum(plans, actions.RunAll(t.Context(), s.eng, plans, actions.Batch{Rolling: r.Action.Rolling})); !o.Complete() {
		t.Fatalf("%s: %+v", r.Action.Verb, o)
	}
}

// TestStacks_OnARealSwarm takes a stack through its verbs.
func TestStacks_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := &stage{Lab: lab.Up(t, lab.Managers(1), lab.Workers(1)), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1")
	s.run = s.Manager(0).Docker
	s.connect(t, s.Manager(0).Host())
	dir := t.TempDir()
	for name, text := range map[string]string{"shop.yml": stackFile, "conf": "x=1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.docker(t, "stack", "deploy", "--resolve-image", "never", "-c", filepath.Join(dir, "shop.yml"), "shop")
	s.docker(t, "service", "create", "--detach", "--no-resolve-image", "--name", "blog_web", "--network", "shop_default", "--stop-grace-period", "1s", "app:1")
	settled := func() {
		for name, n := range map[string]int{"shop_web": 2, "shop_api": 1, "shop_agent": 2, "blog_web": 1} {
			s.settle(t, name, n, nil)
		}
	}
	settled()
	t.Run("restart", func(t *testing.T) { s.testStackRestart(t) })
	t.Run("stop and start", func(t *testing.T) {
		r, plans, sum := s.onStack(t, "stop", "shop")
		if said := strings.Join(sum.Warnings, "\n"); len(plans) != 2 || !strings.Contains(said, "left out: shop_agent") || sum.Confirm.Name != "shop" {
			t.Errorf("%+v", sum)
		}
		s.runStack(t, r, plans)
		s.settle(t, "shop_web", 0, nil)
		s.settle(t, "shop_api", 0, nil)
		r, plans, _ = s.onStack(t, "start", "shop")
		s.runStack(t, r, plans)
		settled()
		if _, again := service(t, s.snapshot(t), "shop_web").Spec.Labels["skep.replicas"]; again {
			t.Error("the label of the stop is still there")
		}
	})
	t.Run("remove", func(t *testing.T) { s.testStackRemove(t) })
}

func (s *stage) testStackRestart(t *testing.T) {
	old := map[string]map[model.TaskID]model.NodeID{}
	for _, name := range []string{"shop_web", "shop_api", "shop_agent"} {
		old[name] = s.running(t, name)
	}
	r, plans, _ := s.onStack(t, "restart", "shop")
	s.runStack(t, r, plans)
	var ended *time.Time
	for i, p := range plans {
		var u *swarm.UpdateStatus
		s.eventually(t, patience, func() error { // Nothing has waited for the last one to begin.
			if u = service(t, s.snapshot(t), p.Target.Name).UpdateStatus; u == nil || u.StartedAt == nil {
				return fmt.Errorf("%s is not updated", p.Target.Name)
			}
			return nil
		})
		if ended != nil && u.StartedAt.Before(*ended) {
			t.Errorf("%s began at %v, before the one before it was over at %v", p.Target.Name, u.StartedAt, ended)
		}
		if ended = u.CompletedAt; ended == nil && i+1 < len(plans) {
			t.Errorf("%s is not over", p.Target.Name)
		}
	}
	for name, tasks := range old {
		for id := range s.settle(t, name, len(tasks), nil) {
			if _, same := tasks[id]; same {
				t.Errorf("%s: a task was not replaced", name)
			}
		}
	}
}

func (s *stage) testStackRemove(t *testing.T) {
	_, plans, sum := s.onStack(t, "remove", "shop")
	if said := strings.Join(sum.Warnings, "\n"); !strings.Contains(said, "left out: network shop_default: blog_web uses it") || len(plans) != 5 {
		t.Errorf("%d plans, %s", len(plans), said)
	}
	s.docker(t, "service", "rm", "blog_web")
	s.eventually(t, patience, func() error { // Its task holds the network as well.
		if c := s.snapshot(t); len(c.Services()) != 3 {
			return fmt.Errorf("%d services", len(c.Services()))
		}
		return nil
	})
	r, plans, sum := s.onStack(t, "remove", "shop")
	if sum.Title != "remove the stack shop: 3 services, 1 network, 1 config, 1 secret" {
		t.Error(sum.Title)
	}
	s.runStack(t, r, plans)
	c := s.whole(t) // At once: what was said to be done is gone.
	for _, kind := range []model.Kind{model.KindNetwork, model.KindConfig, model.KindSecret} {
		for _, o := range model.Listed[model.Object](c, kind) {
			if o.Meta().Stack == "shop" {
				t.Errorf("the %s %s is still there", kind, o.Meta().Name)
			}
		}
	}
	if len(c.Services()) > 0 {
		t.Errorf("%d services are still there", len(c.Services()))
	}
}

// TestNewest_OnARealSwarm finds a newer image behind a tag, in a registry that wants
// a login, and pulls it with that.
func TestNewest_OnARealSwarm(t *testing.T) {
	t.Parallel()
	s := &stage{Lab: lab.Up(t, lab.Managers(1), lab.Workers(1), lab.RegistryLogin("ann", "s3cret")), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1")
	s.Image(t, "app:2")
	s.run = s.Manager(0).Docker
	remote, err := s.Push("app:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Login(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	login := fmt.Sprintf(`{"auths":{%q:{"auth":%q},"other.example":{"auth":%q}}}`, s.RegistryHost(),
		base64.StdEncoding.EncodeToString([]byte("ann:s3cret")), base64.StdEncoding.EncodeToString([]byte("bob:other")))
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(login), 0o600); err != nil {
		t.Fatal(err)
	}
	s.eng, err = engine.Open(engine.Options{Hosts: []string{s.Manager(0).Host()}, Env: func(name string) string { return map[string]string{"DOCKER_CONFIG": dir}[name] }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.eng.Close)
	if s.session, err = s.eng.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.docker(t, "service", "create", "--detach", "--with-registry-auth", "--name", "web", "--replicas", "2", "--stop-grace-period", "1s", "--update-monitor", "100ms", "--constraint", "node.role==worker", remote)
	s.settle(t, "web", 2, nil)
	find := func() actions.Proposal {
		a, _ := actions.Find(model.KindService, "newest")
		return actions.Prepare(t.Context(), s.eng, a, s.snapshot(t), []actions.Target{s.target(t, "web")}, nil)[0]
	}
	if p := find(); p.Err == nil || !strings.Contains(p.Err.Error(), "it runs the newest "+remote) {
		t.Fatalf("nothing is newer: %v, %+v", p.Err, p.Plan)
	}
	s.docker(t, "tag", "app:2", remote)
	s.docker(t, "push", "--quiet", remote)
	p := find()
	if p.Err != nil || p.Plan.Impact.Restarts != 2 {
		t.Fatalf("something is newer: %v, %+v", p.Err, p.Plan)
	}
	var written []string
	r := actions.Run(t.Context(), s.eng, p.Plan, func(e actions.Entry) { written = append(written, fmt.Sprintf("%+v", e)) })
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	want := p.Plan.Changes[slices.IndexFunc(p.Plan.Changes, func(c model.Change) bool { return strings.HasSuffix(c.Path, "Image") })].After
	s.settle(t, "web", 2, func(task *model.Task) bool { return task.Image() == strings.Trim(want, `"`) })
	if all := strings.Join(written, "\n"); strings.Contains(all, "s3cret") || strings.Contains(all, "YW5uOnMzY3JldA") {
		t.Error("the login is in the journal")
	}
	if p := find(); p.Err == nil {
		t.Errorf("again something is newer: %+v", p.Plan.Title)
	}
}
