package actions_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/compose"
	"skep/lab"
	"skep/model"
)

// serveCalling serves the version of its image, and behind it what it is told by
// whom it calls. It stops at once when it is told to. A static busybox asks no
// resolver but in nslookup.
const serveCalling = `trap 'exit 0' TERM; mkdir -p /tmp/cgi-bin
if [ -n "$CALLS" ]; then
cat >/tmp/cgi-bin/index.cgi <<'END'
#!/bin/sh
at=$(nslookup $CALLS 127.0.0.11 | busybox awk '/^Name/ {named = 1} named && /^Address/ {print $NF; exit}')
printf '\n%s %s\n' "$(cat /etc/version)" "$(wget -q -O - http://$at:8080/)"
END
busybox chmod +x /tmp/cgi-bin/index.cgi
else cat /etc/version >/tmp/index.html; fi
httpd -f -p 8080 -h /tmp & wait`

// twoSites are two services that a proxy routes to, and one that both call: by the
// addresses of its tasks, because a machine without ip_vs carries nothing to a virtual
// one.
const twoSites = `
x-all: &all
  image: app:1
  stop_grace_period: 2s
  healthcheck: {test: "wget -q -O /dev/null http://127.0.0.1:8080/", interval: 1s}
services:
  web:
    <<: *all
    environment: {CALLS: api}
    ports: [{target: 8080, mode: host}]
    deploy:
      replicas: 2
      update_config: {monitor: 1s, order: start-first}
      labels: {traefik.http.routers.web.rule: "Host(` + "`shop`" + `)", traefik.http.services.web.loadbalancer.server.port: "8080"}
  admin:
    <<: *all
    environment: {CALLS: api}
    ports: [{target: 8080, mode: host}]
    deploy:
      update_config: {monitor: 1s, order: start-first}
      labels: {traefik.http.routers.admin.rule: "Host(` + "`admin`" + `)", traefik.http.services.admin.loadbalancer.server.port: "8080"}
  api:
    <<: *all
    deploy: {replicas: 2, endpoint_mode: dnsrr, update_config: {monitor: 1s, order: start-first}}
`

// TestSwitchStack_OnARealSwarm deploys a stack beside itself and takes it over, back,
// over again and to the end, while clients ask a proxy for both of its sites. No
// request is lost, and none is answered by a service of one stack that calls the other.
func TestSwitchStack_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := &stage{Lab: lab.Up(t, lab.Managers(1), lab.Workers(1)), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1", lab.Command("sh", "-c", serveCalling))
	s.Image(t, "app:2", lab.Command("sh", "-c", serveCalling))
	s.run = s.Manager(0).Docker
	s.connect(t, s.Manager(0).Host())
	how := actions.Deployment{Resolve: actions.ResolveNever, Together: true}
	c := s.console(filepath.Join(t.TempDir(), "journal.jsonl"))
	c.runPlan(t, s.onTarget(t, actions.Deploy(stackOf(t, "shop", twoSites), how), "shop", nil))
	want := map[string]int{"shop_web": 2, "shop_admin": 1, "shop_api": 2}
	blue := s.settleAll(t, want)

	proxy := newRouter(t, s.Lab)
	sites := sites{"shop": proxy.load(t, "shop", 2), "admin": proxy.load(t, "admin", 1)}
	const before, after = "app:1 app:1", "app:2 app:2"
	sites.answer(t, s, before)
	c.runPlan(t, s.onTarget(t, actions.DeployBeside(stackOf(t, "shop", strings.ReplaceAll(twoSites, "app:1", "app:2")), how), "shop-green", nil))
	for name, n := range maps.Clone(want) {
		want[strings.Replace(name, "shop_", "shop-green_", 1)] = n
	}
	both := s.settleAll(t, want)
	sites.only(t, s, "the other one came up", before)

	verb := func(verb, stack string, values map[string]string) actions.Plan {
		a, _ := actions.Find(model.KindStack, verb)
		return s.onTarget(t, a, stack, values)
	}
	for _, step := range []struct {
		does, on, says string
	}{{"switch", "shop", after}, {"switch-back", "shop-green", before}, {"switch", "shop-green", after}} {
		c.runPlan(t, verb(step.does, step.on, nil))
		sites.only(t, s, step.does, before, after)
		sites.only(t, s, "after the "+step.does, step.says)
	}
	c.takeBack(t, c.last)
	sites.only(t, s, "the undo", before, after)
	sites.only(t, s, "after the undo", before)
	c.runPlan(t, verb("switch", "shop", nil))
	sites.only(t, s, "once more", before, after)
	for name, tasks := range both {
		if now := s.running(t, name); !maps.Equal(now, tasks) {
			t.Errorf("labels restarted tasks of %s", name)
		}
	}

	began := time.Now()
	s.finishInStep(t, verb("finish", "shop", map[string]string{"pause": "2s"}), "app:2", 2*time.Second)
	sites.only(t, s, "the finish", after)
	for _, load := range sites {
		load.end(t)
	}
	t.Logf("finished after %s", time.Since(began).Round(time.Second))
	for _, sv := range s.snapshot(t).Services() {
		if sv.Stack() != "shop" || sv.Image() != "app:2" || len(s.running(t, sv.Name())) != len(blue[sv.Name()]) {
			t.Errorf("%s runs %s", sv.Name(), sv.Image())
		}
	}
}

// finishInStep finishes the switch of a stack, and holds that no request comes to one
// of its services before all of them are up and what they are to be, and that nothing
// is removed before all callers have had their time to notice.
func (s *stage) finishInStep(t *testing.T, p actions.Plan, image string, pause time.Duration) {
	t.Helper()
	r := actions.Run(t.Context(), s.eng, p, nil)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	procedure, _ := p.Procedure()
	green, routed, moved := 0, "", s.now()
	end, _ := s.follow(t, actions.NewWalk(procedure, r), func(actions.Move) bool {
		c, at, there, behind := s.snapshot(t), "", 0, ""
		for _, sv := range c.Services() {
			_, marked := sv.GreenMark()
			up := 0
			tasks, _ := c.TasksOf(sv.Key())
			for _, task := range tasks {
				if task.Image() == image && task.State == swarm.TaskStateRunning {
					up++
				}
			}
			switch want := int(sv.Replicas()); {
			case marked:
				there++
			case up < want:
				behind = fmt.Sprintf("%s has %d/%d", sv.Name(), up, want)
			}
			if len(model.Routed(sv.Spec.Labels)) > 0 {
				at += sv.Name() + " "
			}
		}
		if at != routed {
			if routed != "" && behind != "" {
				t.Errorf("requests go to %s while %s", at, behind)
			}
			routed, moved = at, s.now()
		}
		if there < green && s.now().Sub(moved) < pause {
			t.Errorf("one was removed %s after requests moved", s.now().Sub(moved))
		}
		green = there
		return false
	})
	if end.Done == "" {
		t.Fatalf("it ended with %s", end)
	}
}

// A stack is finished in step, though its services need each their time.
func TestFinishStack_InStep(t *testing.T) {
	s := newSim(t, 1, 2)
	how := actions.Deployment{Resolve: actions.ResolveNever, Together: true}
	text := strings.NewReplacer("app:", "nginx:", "replicas: 2\n      update_config: {", "replicas: 2\n      update_config: {delay: 15s, ", "dnsrr, update_config: {", "dnsrr, update_config: {delay: 5s, ").Replace(twoSites)
	run := func(p actions.Plan) {
		if r := actions.Run(t.Context(), s.eng, p, nil); r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	run(s.onTarget(t, actions.Deploy(stackOf(t, "shop", text), how), "shop", nil))
	want := map[string]int{"shop_web": 2, "shop_admin": 1, "shop_api": 2}
	s.settleAll(t, want)
	run(s.onTarget(t, actions.DeployBeside(stackOf(t, "shop", strings.ReplaceAll(text, "nginx:1", "nginx:2")), how), "shop-green", nil))
	for name, n := range maps.Clone(want) {
		want[strings.Replace(name, "shop_", "shop-green_", 1)] = n
	}
	s.settleAll(t, want)
	over, _ := actions.Find(model.KindStack, "switch")
	finish, _ := actions.Find(model.KindStack, "finish")
	run(s.onTarget(t, over, "shop", nil))
	s.finishInStep(t, s.onTarget(t, finish, "shop", map[string]string{"pause": "10s"}), "nginx:2", 10*time.Second)
}

// stackOf is a stack as files have it.
func stackOf(t *testing.T, name, text string) actions.Stack {
	t.Helper()
	file := filepath.Join(t.TempDir(), "stack.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	loaded, err := compose.Load(compose.Source{Files: []string{file}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := loaded.Stack(name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// onTarget plans an action on a stack, with all lists read.
func (s *stage) onTarget(t *testing.T, a actions.Action, stack string, values map[string]string) actions.Plan {
	t.Helper()
	target := actions.Target{Ref: model.StackName(stack).Ref(), Name: stack}
	p := actions.Prepare(t.Context(), s.eng, a, s.whole(t), []actions.Target{target}, values)[0]
	if p.Err != nil {
		t.Fatalf("%s %s: %v", a.Verb, stack, p.Err)
	}
	return p.Plan
}

// sites are the loads of several hosts.
type sites map[string]*load

// answer waits until each answers so.
func (l sites) answer(t *testing.T, s *stage, text string) {
	t.Helper()
	for host, load := range l {
		s.eventually(t, patience, func() error {
			said, lost := load.take()
			if said[text] > 0 && len(lost) == 0 {
				return nil
			}
			return fmt.Errorf("%s: nothing comes back: %v %v", host, said, lost)
		})
	}
	for _, load := range l {
		load.take()
	}
}

func (l sites) only(t *testing.T, s *stage, when string, said ...string) {
	t.Helper()
	for host, load := range l {
		s.only(t, load, host+", "+when, said...)
	}
}
