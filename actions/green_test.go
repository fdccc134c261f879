package actions_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/model"
)

// routedByTraefik are the labels of a service that a proxy routes to, published
// ports and an alias.
const routedByTraefik = `,"Labels":{"team":"shop","traefik.http.routers.web.rule":"Host(` + "`shop.example`" + `)","traefik.http.services.web.loadbalancer.server.port":"80"}` +
	`,"UpdateConfig":{"Parallelism":1,"Monitor":1000000000,"Order":"start-first"}` +
	`,"EndpointSpec":{"Ports":[{"Protocol":"tcp","TargetPort":80,"PublishedPort":8080,"PublishMode":"ingress"},{"Protocol":"tcp","TargetPort":81,"PublishMode":"host"}]}`

// said is all that a preview says.
func said(p actions.Plan) string {
	return strings.Join(slices.Concat([]string{p.Title}, p.Impact.Sentences, p.Warnings, p.Commands, []string{p.Confirm.Why}), "\n")
}

func (s *stage) labels(t *testing.T, name string) map[string]string {
	t.Helper()
	return service(t, s.snapshot(t), name).Spec.Labels
}

// beside deploys web-green beside web.
func (s *stage) beside(t *testing.T, image string) actions.Plan {
	t.Helper()
	p := s.plan(t, "green", s.target(t, "web"), map[string]string{"image": image})
	end, lowest := s.walk(t, p)
	if !strings.Contains(end.Done, "web-green is up beside web") {
		t.Fatalf("it ended with %s", end)
	}
	if lowest["web"] < 3 {
		t.Errorf("web had %d running at the least", lowest["web"])
	}
	return p
}

func TestGreen_OnTheSimulatedSwarm(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", three, "", routedByTraefik)
	before := s.settle(t, "web", 3, nil)
	spec := string(s.inspect(t, s.target(t, "web").Ref).Spec)
	p := s.beside(t, "nginx:2")
	for _, want := range []string{"8080/tcp (ingress)", "gets all requests: no task of it restarts", "Traefik leaves web-green alone"} {
		if !strings.Contains(said(p), want) {
			t.Errorf("the preview does not say %q:\n%s", want, said(p))
		}
	}
	g := service(t, s.snapshot(t), "web-green")
	if g.Image() != "nginx:2" && !strings.HasPrefix(g.Image(), "nginx:2@") || g.Replicas() != 3 || len(g.Spec.EndpointSpec.Ports) != 1 || len(model.Routed(g.Spec.Labels)) != 0 || g.Spec.Labels["team"] != "shop" {
		t.Errorf("%s with %d, ports %v, labels %v", g.Image(), g.Replicas(), g.Spec.EndpointSpec.Ports, g.Spec.Labels)
	}
	if now := s.running(t, "web"); !maps.Equal(now, before) || string(s.inspect(t, s.target(t, "web").Ref).Spec) != spec {
		t.Error("web is not what it was")
	}
}

func TestSwitch_OverAndBackRestartNothing(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", three, "", routedByTraefik)
	s.settle(t, "web", 3, nil)
	s.beside(t, "nginx:2")
	blue, green := s.running(t, "web"), s.running(t, "web-green")
	labels := s.labels(t, "web")
	over := s.do(t, "switch", s.target(t, "web"), nil)
	if !strings.Contains(said(over), "the published port 8080/tcp (ingress) stays with web") {
		t.Errorf("the preview does not say what stays with web:\n%s", said(over))
	}
	if len(model.Routed(s.labels(t, "web"))) != 0 || !maps.Equal(model.Routed(s.labels(t, "web-green"))[0].Labels, model.Routed(labels)[0].Labels) {
		t.Errorf("web %v, web-green %v", s.labels(t, "web"), s.labels(t, "web-green"))
	}
	if a, _ := actions.Find(model.KindService, "switch"); a.Disabled(s.snapshot(t), []actions.Target{s.target(t, "web")}) == "" {
		t.Error("it can be switched over twice")
	}
	s.do(t, "switch-back", s.target(t, "web-green"), nil)
	if now := s.labels(t, "web"); !maps.Equal(now, labels) || len(model.Routed(s.labels(t, "web-green"))) != 0 {
		t.Errorf("web %v, web-green %v", now, s.labels(t, "web-green"))
	}
	if !maps.Equal(s.running(t, "web"), blue) || !maps.Equal(s.running(t, "web-green"), green) {
		t.Error("tasks restarted")
	}
}

// routing is how many tasks of each service requests go to.
func routing(c *model.Cluster) map[string]int {
	out := map[string]int{}
	for _, sv := range c.Services() {
		if len(model.Routed(sv.Spec.Labels)) > 0 {
			tasks, _ := c.TasksOf(sv.Key())
			out[sv.Name()] = model.Running(tasks)
		}
	}
	return out
}

func TestSwitch_InSteps(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", `{"Replicated":{"Replicas":4}}`, "", routedByTraefik)
	before := s.settle(t, "web", 4, nil)
	s.beside(t, "nginx:2")
	p := s.plan(t, "switch", s.target(t, "web"), map[string]string{"steps": "20,50", "pause": "10s"})
	t.Log("preview:\n" + said(p))
	r := actions.Run(t.Context(), s.eng, p, nil)
	procedure, _ := p.Procedure()
	var seen []string
	end, _ := s.follow(t, actions.NewWalk(procedure, r), func(actions.Move) bool {
		if now := fmt.Sprint(routing(s.snapshot(t))); len(seen) == 0 || seen[len(seen)-1] != now {
			seen = append(seen, now)
		}
		return false
	})
	if end.Done == "" {
		t.Fatalf("it ended with %s", end)
	}
	seen = append(seen, fmt.Sprint(routing(s.snapshot(t))))
	want := []string{"map[web:4]", "map[web:4 web-green:1]", "map[web:4 web-green:4]", "map[web-green:4]"}
	for _, w := range want {
		if !slices.Contains(seen, w) {
			t.Errorf("never %s: %v", w, seen)
		}
	}
	if !maps.Equal(s.running(t, "web"), before) {
		t.Error("tasks of web restarted")
	}
}

func TestSwitch_StopsWhereATaskFailsAndGoesBack(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", three, "", routedByTraefik)
	s.settle(t, "web", 3, nil)
	labels := s.labels(t, "web")
	s.beside(t, "nginx:2")
	p := s.plan(t, "switch", s.target(t, "web"), map[string]string{"steps": "25", "pause": "20s"})
	r := actions.Run(t.Context(), s.eng, p, nil)
	procedure, _ := p.Procedure()
	broken := false
	end, _ := s.follow(t, actions.NewWalk(procedure, r), func(m actions.Move) bool {
		if c := s.snapshot(t); !broken && routing(c)["web-green"] > 0 {
			broken = true
			s.do(t, "image", s.target(t, "web-green"), map[string]string{"image": "nginx:2-broken"})
		}
		return false
	})
	if end.Stop == "" || !strings.Contains(end.Back, "skep switch --back web") {
		t.Fatalf("it ended with %s", end)
	}
	t.Log(end)
	if n := len(actions.Unfinished(s.snapshot(t))); n != 1 {
		t.Errorf("%d are not at their end", n)
	}
	s.do(t, "image", s.target(t, "web-green"), map[string]string{"image": "nginx:2"})
	s.settle(t, "web-green", 1, nil)
	s.do(t, "switch-back", s.target(t, "web"), nil)
	if now := routing(s.snapshot(t)); !maps.Equal(now, map[string]int{"web": 3}) || !maps.Equal(s.labels(t, "web"), labels) {
		t.Errorf("requests go to %v", now)
	}
}

func TestFinish_MakesTheOldOneWhatTheNewOneIs(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", three, "", routedByTraefik)
	s.settle(t, "web", 3, nil)
	before := s.inspect(t, s.target(t, "web").Ref)
	s.beside(t, "nginx:2")
	s.do(t, "switch", s.target(t, "web"), map[string]string{"pause": "5s"})
	p := s.plan(t, "finish", s.target(t, "web"), map[string]string{"pause": "5s"})
	t.Log("preview:\n" + said(p))
	r := actions.Run(t.Context(), s.eng, p, nil)
	procedure, _ := p.Procedure()
	end, _ := s.follow(t, actions.NewWalk(procedure, r), func(m actions.Move) bool {
		c := s.snapshot(t)
		served := 0
		for _, n := range routing(c) {
			served += n
		}
		if served < 3 {
			t.Errorf("requests go to %v at %s", routing(c), m)
		}
		return false
	})
	if end.Done != "web-green is gone" {
		t.Fatalf("it ended with %s", end)
	}
	after := s.inspect(t, s.target(t, "web").Ref)
	changes := model.Diff(before.Spec, after.Spec)
	for _, c := range changes {
		if c.Path != "TaskTemplate.ContainerSpec.Image" && !strings.HasPrefix(c.Path, "TaskTemplate.Placement.Platforms") {
			t.Errorf("web differs in %s", c)
		}
	}
	if g := s.snapshot(t).Green(model.ServiceID(after.Ref.ID)); g != nil {
		t.Error("web-green is still there")
	}
}

func TestSwitchBack_StartsTheOldOneFirstWhereItWasStopped(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", three, "", routedByTraefik)
	s.settle(t, "web", 3, nil)
	labels := s.labels(t, "web")
	s.beside(t, "nginx:2")
	s.do(t, "switch", s.target(t, "web"), nil)
	s.do(t, "stop", s.target(t, "web"), nil)
	s.settle(t, "web", 0, nil)
	p := s.plan(t, "switch-back", s.target(t, "web"), nil)
	r := actions.Run(t.Context(), s.eng, p, nil)
	procedure, goes := p.Procedure()
	if !goes || r.Err != nil {
		t.Fatalf("%s: %v", said(p), r.Err)
	}
	end, _ := s.follow(t, actions.NewWalk(procedure, r), func(actions.Move) bool {
		for name, n := range routing(s.snapshot(t)) {
			if n < 3 {
				t.Errorf("requests go to %d of %s", n, name)
			}
		}
		return false
	})
	if end.Done == "" || !maps.Equal(s.labels(t, "web"), labels) || !maps.Equal(routing(s.snapshot(t)), map[string]int{"web": 3}) {
		t.Errorf("it ended with %s; requests go to %v", end, routing(s.snapshot(t)))
	}
}

// TestFinish_TakesNoOldSnapshot: after the new service was removed comes one that has
// it still, as a feed gives it.
func TestFinish_TakesNoOldSnapshot(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", three, "", startFirst)
	s.settle(t, "web", 3, nil)
	s.beside(t, "nginx:2")
	p := s.plan(t, "finish", s.target(t, "web"), map[string]string{"pause": "1s"})
	r := actions.Run(t.Context(), s.eng, p, nil)
	procedure, goes := p.Procedure()
	if !goes || r.Err != nil {
		t.Fatalf("%s: %v", said(p), r.Err)
	}
	w := actions.NewWalk(procedure, r)
	for end := s.now().Add(patience); !w.At().Ended() && s.now().Before(end); s.sleep(200 * time.Millisecond) {
		c := s.snapshot(t)
		for range 2 {
			w.Step(t.Context(), s.eng, c, s.record)
		}
	}
	if w.At().Done != "web-green is gone" {
		t.Errorf("it ended with %s", w.At())
	}
}

// TestFinish_WithoutASwitch: where no proxy routes, the old one is updated in its own
// way, and the new one was for trying.
func TestFinish_WithoutASwitch(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", three, "", startFirst+`,"EndpointSpec":{"Ports":[{"Protocol":"tcp","TargetPort":80,"PublishedPort":8080,"PublishMode":"ingress"}]}`)
	s.settle(t, "web", 3, nil)
	ports := service(t, s.snapshot(t), "web").Spec.EndpointSpec.Ports
	s.beside(t, "nginx:2")
	end, lowest := s.walk(t, s.plan(t, "finish", s.target(t, "web"), map[string]string{"pause": "1s"}))
	if end.Done != "web-green is gone" || lowest["web"] < 3 {
		t.Fatalf("it ended with %s, with %d running at the least", end, lowest["web"])
	}
	web := service(t, s.snapshot(t), "web")
	if !strings.HasPrefix(web.Image(), "nginx:2") || !slices.Equal(web.Spec.EndpointSpec.Ports, ports) {
		t.Errorf("web runs %s, with ports %v", web.Image(), web.Spec.EndpointSpec.Ports)
	}
}

func TestSwitch_HandsPortsOverAndAnUndoGivesThemBack(t *testing.T) {
	s := newSim(t, 1, 3)
	s.create(t, "web", three, "", startFirst+`,"EndpointSpec":{"Ports":[{"Protocol":"tcp","TargetPort":80,"PublishedPort":8080,"PublishMode":"ingress"}]}`)
	s.settle(t, "web", 3, nil)
	s.beside(t, "nginx:2")
	held := func() string {
		c := s.snapshot(t)
		return fmt.Sprint(len(service(t, c, "web").Spec.EndpointSpec.Ports), len(service(t, c, "web-green").Spec.EndpointSpec.Ports))
	}
	// In the middle of it, too: going back is for when it goes wrong.
	s.do(t, "switch", s.target(t, "web"), nil)
	back := s.plan(t, "switch-back", s.target(t, "web"), nil)
	if m, _ := s.walk(t, back); held() != "1 0" || !strings.Contains(said(back), "from this write on it is updated") {
		t.Errorf("in the middle: %s, %+v\n%s", held(), m, said(back))
	}
	s.settle(t, "web", 3, nil)
	s.settle(t, "web-green", 3, nil)
	p := s.do(t, "switch", s.target(t, "web"), nil)
	if held() != "0 1" || p.Impact.Restarts != 6 || p.Risk != actions.Disruptive {
		t.Errorf("%s, with %d restarts\n%s", held(), p.Impact.Restarts, said(p))
	}
	s.settle(t, "web", 3, nil)
	s.settle(t, "web-green", 3, nil)
	s.do(t, "switch-back", s.target(t, "web"), nil)
	if held() != "1 0" {
		t.Errorf("after the way back %s", held())
	}
}
