package compose_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/compose"
	"skep/model"
)

// routed is a stack of two that call each other, behind a proxy outside.
const routed = `
services:
  web:
    image: nginx:1
    configs: [{source: conf, target: /etc/conf}]
    networks: [default, public]
    ports: ["8080:80"]
    volumes: ["data:/data"]
    deploy:
      replicas: 2
      labels:
        traefik.http.routers.web.rule: Host(` + "`shop.example`" + `)
        traefik.http.services.web.loadbalancer.server.port: "80"
      update_config: {monitor: 100ms, order: start-first}
  api: {image: nginx:1, depends_on: [web], networks: [default, public], deploy: {update_config: {monitor: 100ms}}}
  migrate: {image: nginx:1, deploy: {mode: replicated-job}}
networks: {default: {}, public: {external: true}}
volumes: {data: {}}
configs: {conf: {file: ./conf}}
`

// request plans what an action does to a target.
func (c *console) request(t *testing.T, a actions.Action, target actions.Target, values map[string]string) (actions.Plan, error) {
	t.Helper()
	r := actions.Request{Action: a, Targets: []actions.Target{target}, Values: values}
	at := c.snapshot(t)
	if why := a.Disabled(at, r.Targets); why != "" {
		t.Fatalf("%s %s: %s", a.Verb, target.Name, why)
	}
	docs := r.Read(t.Context(), c, at, nil)
	p := r.Propose(at, docs, actions.ResolveAll(t.Context(), c, r.Images(at, docs)))[0]
	return p.Plan, p.Err
}

// do plans and writes, and carries out what goes on after that.
func (c *console) do(t *testing.T, a actions.Action, target actions.Target, values map[string]string) (actions.Plan, actions.Result) {
	t.Helper()
	p, err := c.request(t, a, target, values)
	if err != nil {
		t.Fatalf("%s %s: %v", a.Verb, target.Name, err)
	}
	r := actions.Run(t.Context(), c, p, nil)
	if r.Err != nil {
		t.Fatalf("%s: %v", p.Title, r.Err)
	}
	if procedure, goes := p.Procedure(); goes {
		w := actions.NewWalk(procedure, r)
		for end := time.Now().Add(patience); !w.At().Ended(); time.Sleep(20 * time.Millisecond) {
			if w.Step(t.Context(), c, c.snapshot(t), nil); time.Now().After(end) {
				t.Fatalf("%s: it is still at %s", p.Title, w.At())
			}
		}
		if w.At().Done == "" {
			t.Fatalf("%s: it ended with %s", p.Title, w.At())
		}
	}
	return p, r
}

// patience is how long what goes on may take.
const patience = 2 * time.Minute

func (c *console) load(t *testing.T, stack, text string) actions.Stack {
	t.Helper()
	c.file(t, "stack.yaml", text)
	loaded, err := compose.Load(compose.Source{Files: []string{filepath.Join(c.dir, "stack.yaml")}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := loaded.Stack(stack)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (c *console) named(t *testing.T, name string) *model.Service {
	t.Helper()
	for _, s := range c.snapshot(t).Services() {
		if s.Name() == name {
			return s
		}
	}
	t.Fatalf("there is no service %s", name)
	return nil
}

func (c *console) targetOf(t *testing.T, name string) actions.Target {
	t.Helper()
	return actions.Target{Ref: c.named(t, name).Key().Ref(), Name: name}
}

// up waits until all of these are.
func (c *console) up(t *testing.T, names ...string) {
	t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		at, missing := c.snapshot(t), ""
		for _, s := range at.Services() {
			if f := at.Facts(s.Key()); slices.Contains(names, s.Name()) && f.Up < f.Want {
				missing = s.Name()
			}
		}
		if missing == "" {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is not up", missing)
		}
	}
}

func preview(p actions.Plan) string {
	return strings.Join(slices.Concat([]string{p.Title}, p.Impact.Sentences, p.Warnings), "\n")
}

// stackTarget is a stack as what is done to.
func stackTarget(name string) actions.Target {
	return actions.Target{Ref: model.StackName(name).Ref(), Name: name}
}

// A service deployed beside itself is as the files have it, in the networks of the
// stack, and without what requests come by.
func TestGreenFrom_IsAsTheFilesHaveIt(t *testing.T) {
	c := simulated(t)
	c.outside(t)
	c.file(t, "conf", "a=1\n")
	c.deploy(t, "shop", routed, actions.Deployment{})
	c.up(t, "shop_web", "shop_api")
	blue := c.named(t, "shop_web")

	c.file(t, "conf", "a=2\n")
	changed := strings.Replace(routed, "image: nginx:1\n    configs", "image: nginx:2\n    environment: {A: \"1\"}\n    configs", 1)
	changed = strings.Replace(changed, "networks: [default, public]\n    ports", "networks: {default: null, public: null, cache: {aliases: [www]}}\n    ports", 1)
	changed = strings.Replace(changed, "networks: {default: {}", "networks: {cache: {}, default: {}", 1)
	how := actions.Deployment{Resolve: actions.ResolveNever}
	p, _ := c.do(t, actions.GreenFrom(c.load(t, "shop", changed), how), c.targetOf(t, "shop_web"), nil)
	t.Log(preview(p))
	for _, want := range []string{"shop_web-green beside shop_web, as the files have it", "8080/tcp", "web-green in place of web", "volume shop_data", "conf has another content"} {
		if !strings.Contains(preview(p), want) {
			t.Errorf("the preview does not say %q", want)
		}
	}
	green := c.named(t, "shop_web-green")
	container := green.Spec.TaskTemplate.ContainerSpec
	if container.Image != "nginx:2" || !slices.Contains(container.Env, "A=1") || len(model.Routed(green.Spec.Labels)) > 0 || len(green.Spec.EndpointSpec.Ports) > 0 || green.Replicas() != 2 {
		t.Errorf("it is %+v, labels %v", container, green.Spec.Labels)
	}
	if container.Configs[0].ConfigName == blue.Spec.TaskTemplate.ContainerSpec.Configs[0].ConfigName {
		t.Error("it has the former version of the config")
	}
	if c.named(t, "shop_web").Version != blue.Version {
		t.Error("the one that runs was written")
	}

	c.file(t, "conf", "a=1\n")
	c.same(t, "shop", routed, actions.Deployment{Prune: true}) // What stands beside another is no leftover.
	c.file(t, "conf", "a=2\n")
	over, _ := actions.Find(model.KindService, "switch")
	c.do(t, over, c.targetOf(t, "shop_web"), map[string]string{"pause": "0s"})
	finish, _ := actions.Find(model.KindService, "finish")
	if p, _ = c.do(t, finish, c.targetOf(t, "shop_web"), map[string]string{"pause": "0s"}); !strings.Contains(preview(p), "shop_web joins the network that only shop_web-green is in: shop_cache") {
		t.Errorf("the preview does not say it:\n%s", preview(p))
	}
	c.same(t, "shop", changed, actions.Deployment{}) // It is now what the files ask for.
}

// A stack beside itself has names, networks and volumes of its own; it gets all
// requests, gives them back and gets them by one plan each, and ends as the stack.
func TestDeployBeside_FromTheFileToTheEnd(t *testing.T) {
	c := simulated(t)
	c.outside(t)
	c.file(t, "conf", "a=1\n")
	c.deploy(t, "shop", routed, actions.Deployment{})
	c.up(t, "shop_web", "shop_api")
	versions := c.named(t, "shop_web").Version

	c.file(t, "conf", "a=2\n")
	changed := strings.ReplaceAll(routed, "nginx:1", "nginx:2")
	how := actions.Deployment{Resolve: actions.ResolveNever}
	p, _ := c.do(t, actions.DeployBeside(c.load(t, "shop", changed), how), stackTarget("shop-green"), nil)
	t.Log(preview(p))
	for _, want := range []string{"migrate is a job", "a network of its own: shop-green_default", "volume shop-green_data of its own", "in the network public, which both stacks have, api, web lead to shop: shop-green_api, shop-green_web find those", "8080/tcp"} {
		if !strings.Contains(preview(p), want) {
			t.Errorf("the preview does not say %q", want)
		}
	}
	c.up(t, "shop-green_web", "shop-green_api")
	green := c.named(t, "shop-green_web")
	if got := green.Spec.TaskTemplate.ContainerSpec; got.Mounts[0].Source != "shop-green_data" || got.Image != "nginx:2" || len(model.Routed(green.Spec.Labels)) > 0 {
		t.Errorf("it is %+v, labels %v", got, green.Spec.Labels)
	}
	for _, n := range green.Spec.TaskTemplate.Networks {
		at := c.snapshot(t).NameOf(model.Ref{Kind: model.KindNetwork, ID: n.Target})
		if want := map[string]string{"public": "web-green", "shop-green_default": "web"}[at]; !slices.Equal(n.Aliases, []string{want}) {
			t.Errorf("in %s it is called %v", at, n.Aliases)
		}
	}
	if c.named(t, "shop_web").Version != versions {
		t.Error("what runs was written")
	}
	if _, err := c.request(t, actions.DeployBeside(c.load(t, "shop", changed), how), stackTarget("shop-green"), nil); err == nil || !strings.Contains(err.Error(), "nothing would change") {
		t.Errorf("deployed again it differs: %v", err)
	}
	c.switched(t, changed)
}

// switched takes the two stacks over, back, over again and to the end.
func (c *console) switched(t *testing.T, files string) {
	t.Helper()
	over, _ := actions.Find(model.KindStack, "switch")
	back, _ := actions.Find(model.KindStack, "switch-back")
	finish, _ := actions.Find(model.KindStack, "finish")
	pause := map[string]string{"pause": "0s"}
	// What nobody calls from outside may be needed by what gets the requests.
	constrain, _ := actions.Find(model.KindService, "constraint")
	c.do(t, constrain, c.targetOf(t, "shop-green_api"), map[string]string{"constraints": "node.labels.none==here"})
	if p, err := c.request(t, over, stackTarget("shop"), pause); err != nil || !strings.Contains(preview(p), "may need what is not up: shop-green_api has 0/1 up") {
		t.Errorf("%v, the preview does not say that one is not up: %s", err, preview(p))
	}
	c.do(t, constrain, c.targetOf(t, "shop-green_api"), map[string]string{"constraints": ""})
	c.up(t, "shop-green_api")
	routes := func() (blue, green int) {
		return len(model.Routed(c.named(t, "shop_web").Spec.Labels)), len(model.Routed(c.named(t, "shop-green_web").Spec.Labels))
	}
	for _, step := range []struct {
		a           actions.Action
		blue, green int
	}{{over, 0, 1}, {back, 1, 0}, {over, 0, 1}} {
		p, r := c.do(t, step.a, stackTarget("shop"), pause)
		t.Log(preview(p))
		if blue, green := routes(); blue != step.blue || green != step.green || len(r.Steps) != 2 {
			t.Fatalf("%s: shop has %d routes, shop-green %d, after %d steps", step.a.Verb, blue, green, len(r.Steps))
		}
		if _, err := c.plan(t, "shop", files, actions.Deployment{}); (err != nil && strings.Contains(err.Error(), "finish it or switch back first")) != (step.green > 0) {
			t.Errorf("%s: to deploy now is %v", step.a.Verb, err)
		}
	}
	p, _ := c.do(t, finish, stackTarget("shop"), pause)
	t.Log(preview(p))
	if !strings.Contains(preview(p), "shop_web: both tasks restart") || strings.Contains(preview(p), "shop-green_web: both tasks restart") {
		t.Error("the preview does not say whose tasks restart")
	}
	web := c.named(t, "shop_web")
	if got := web.Spec.TaskTemplate.ContainerSpec; got.Image != "nginx:2" || got.Mounts[0].Source != "shop_data" || len(model.Routed(web.Spec.Labels)) != 1 {
		t.Errorf("it is %+v, labels %v", got, web.Spec.Labels)
	}
	for _, s := range c.snapshot(t).Services() {
		if s.Stack() == "shop-green" {
			t.Errorf("%s is left over", s.Name())
		}
	}
	if p, err := c.plan(t, "shop", strings.Replace(files, "  migrate: {image: nginx:2, deploy: {mode: replicated-job}}\n", "", 1), actions.Deployment{}); err == nil {
		t.Errorf("it differs from the files: %v", p.Changes)
	}
}
