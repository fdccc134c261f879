package compose_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/lab"
	"skep/model"
)

// calling are two services that call each other, in a network of theirs; and a third
// that they call in a network that is not theirs.
const calling = `
services:
  web:
    image: app:1
    stop_grace_period: 1s
    networks: [default, public]
    deploy:
      replicas: 2
      update_config: {monitor: 100ms, order: start-first}
      labels:
        traefik.http.routers.web.rule: Host(` + "`shop.example`" + `)
        traefik.http.services.web.loadbalancer.server.port: "80"
  api:
    image: app:1
    stop_grace_period: 1s
    configs: [{source: conf, target: /etc/conf}]
    deploy: {endpoint_mode: dnsrr, update_config: {monitor: 100ms}}
  both:
    image: app:1
    stop_grace_period: 1s
    networks: [default, public]
    deploy: {endpoint_mode: dnsrr, update_config: {monitor: 100ms}}
networks: {default: {}, public: {external: true}}
configs: {conf: {file: ./conf}}
`

// TestDeployBeside_OnARealSwarm deploys a stack beside itself, asks in its containers
// who is found under the names in the files, and takes it to the end: labels restart
// no task, an undo takes the switch of the whole stack back, and nothing is left over.
func TestDeployBeside_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	r := &real{Lab: lab.Up(t, lab.Managers(1), lab.Workers(1)), texts: map[string]string{}}
	for _, image := range []string{"app:1", "app:2"} {
		r.Image(t, image)
	}
	r.console = connected(t, r.Manager(0).Host())
	r.outside(t)
	r.file(t, "conf", "a=1\n")
	r.deploy(t, "shop", calling, actions.Deployment{Together: true})
	blue := r.settle(t)

	r.file(t, "conf", "a=2\n")
	files := strings.ReplaceAll(calling, "app:1", "app:2")
	how := actions.Deployment{Resolve: actions.ResolveNever}
	p, _ := r.do(t, actions.DeployBeside(r.load(t, "shop", files), how), stackTarget("shop-green"), nil)
	t.Log(preview(p))
	both := r.settle(t)
	for id := range blue {
		if both[id] == "" {
			t.Errorf("a task of %s restarted", blue[id])
		}
	}
	r.testNames(t)

	over, _ := actions.Find(model.KindStack, "switch")
	p, result := r.do(t, over, stackTarget("shop"), nil)
	t.Log(preview(p))
	if got := r.settle(t); len(got) != len(both) || len(model.Routed(r.named(t, "shop-green_web").Spec.Labels)) != 1 {
		t.Errorf("of %d tasks there are %d; labels %v", len(both), len(got), r.named(t, "shop-green_web").Spec.Labels)
	}
	undone := actions.Inverse(actions.Dids(p, result))
	if len(undone.Steps) != 2 || len(undone.Kept)+len(undone.Lost) > 0 {
		t.Errorf("it is taken back by %+v", undone)
	}
	back, _ := actions.Find(model.KindStack, "switch-back")
	r.do(t, back, stackTarget("shop-green"), nil)
	r.do(t, over, stackTarget("shop-green"), nil)
	if got := r.settle(t); !slices.Equal(sortedKeys(got), sortedKeys(both)) {
		t.Error("labels restarted tasks")
	}

	finish, _ := actions.Find(model.KindStack, "finish")
	began := time.Now()
	p, _ = r.do(t, finish, stackTarget("shop"), map[string]string{"pause": "1s"})
	t.Logf("finished in %s:\n%s", time.Since(began), preview(p))
	r.settle(t)
	for _, s := range r.snapshot(t).Services() {
		if s.Stack() == "shop-green" || s.Image() != "app:2" {
			t.Errorf("%s runs %s", s.Name(), s.Image())
		}
	}
	r.same(t, "shop", files, actions.Deployment{})
}

func sortedKeys(tasks map[model.TaskID]string) []model.TaskID {
	var out []model.TaskID
	for id := range tasks {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// addresses are where the running tasks of a service are, in all networks.
func (r *real) addresses(t *testing.T, service string) []string {
	t.Helper()
	var out []string
	c := r.snapshot(t)
	tasks, _ := c.TasksOf(r.named(t, service).Key())
	for _, task := range tasks {
		if task.Wanted() {
			out = append(out, r.docker(t, "inspect", "--format", "{{range .NetworksAttachments}}{{range .Addresses}}{{.}} {{end}}{{end}}", string(task.ID)))
		}
	}
	return strings.Fields(strings.Join(out, " "))
}

// asked is what a container of a service on the manager is told of a name.
func (r *real) asked(t *testing.T, service, name string) string {
	t.Helper()
	containers := strings.Fields(r.docker(t, "ps", "--quiet", "--filter", "label=com.docker.swarm.service.name="+service))
	if len(containers) == 0 {
		return ""
	}
	out, _ := r.Manager(0).Docker("exec", containers[0], "nslookup", name, "127.0.0.11")
	_, answer, _ := strings.Cut(out, "Name:")
	return answer
}

// testNames asks the new services for their siblings.
func (r *real) testNames(t *testing.T) {
	green, blue := r.addresses(t, "shop-green_api"), r.addresses(t, "shop_api")
	lab.Eventually(t, time.Minute, func() error {
		answer := r.asked(t, "shop-green_web", "api")
		if !found(answer, green) {
			return fmt.Errorf("web is told %q of api; the new one is at %v", answer, green)
		}
		if found(answer, blue) {
			t.Errorf("web is told %q of api, which the old one has: %v", answer, blue)
		}
		return nil
	})
	// In a network of both stacks a name leads to either: which one is chance.
	own, shared := 0, 0
	green, blue = r.addresses(t, "shop-green_both"), r.addresses(t, "shop_both")
	for range 10 {
		switch answer := r.asked(t, "shop-green_web", "both"); {
		case found(answer, green):
			own++
		case found(answer, blue):
			shared++
		}
	}
	t.Logf("a name that both stacks have, asked for by the new one: %d times its own, %d times that of the old one", own, shared)
}

func found(answer string, addresses []string) bool {
	return slices.ContainsFunc(addresses, func(a string) bool {
		at, _, _ := strings.Cut(a, "/")
		return strings.Contains(answer+"\n", at+"\n") || strings.Contains(answer, at+" ")
	})
}
