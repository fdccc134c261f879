package actions_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"skep/actions"
	"skep/model"
)

// aliased makes a service of three that others call by an alias.
func (s *stage) aliased(t *testing.T) {
	t.Helper()
	id := s.network(t, "shop")
	s.create(t, "web", three, `},"Networks":[{"Target":"`+id+`","Aliases":["api"]}],"RestartPolicy":{`, startFirst)
	s.settle(t, "web", 3, nil)
}

// network makes an overlay network, and gives its ID.
func (s *stage) network(t *testing.T, name string) string {
	t.Helper()
	spec, err := json.Marshal(map[string]any{"Name": name, "Driver": "overlay", "Attachable": true})
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := s.eng.Create(t.Context(), model.Write{Swarm: s.session.Swarm, Ref: model.KindNetwork.All(), Spec: spec})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// aliases are those of a service.
func (s *stage) aliases(t *testing.T, name string) string {
	t.Helper()
	networks := service(t, s.snapshot(t), name).Spec.TaskTemplate.Networks
	return strings.Join(networks[0].Aliases, " ")
}

func TestSwitch_ByAliasOverAndBack(t *testing.T) {
	s := newSim(t, 1, 3)
	s.aliased(t)
	s.beside(t, "nginx:2")
	if got := s.aliases(t, "web-green"); got != "api-green" {
		t.Errorf("before the switch web-green is called %s", got)
	}
	p := s.plan(t, "switch", s.target(t, "web"), map[string]string{"pause": "5s"})
	t.Log("preview:\n" + said(p))
	if p.Risk != actions.Disruptive {
		t.Errorf("its risk is %v", p.Risk)
	}
	r := actions.Run(t.Context(), s.eng, p, nil)
	procedure, _ := p.Procedure()
	end, lowest := s.follow(t, actions.NewWalk(procedure, r), func(actions.Move) bool {
		c := s.snapshot(t)
		if g := service(t, c, "web-green"); service(t, c, "web").Replicas() == 0 && len(s.running(t, "web-green")) < 3 || len(g.Spec.TaskTemplate.Networks[0].Aliases) > 1 && g.Replicas() == 0 {
			t.Error("nobody is called")
		}
		return false
	})
	if end.Done == "" || lowest["web-green"] != 0 || s.aliases(t, "web-green") != "api-green api" || service(t, s.snapshot(t), "web").Replicas() != 0 {
		t.Fatalf("it ended with %s; web-green is called %s, and had %d at the least", end, s.aliases(t, "web-green"), lowest["web-green"])
	}
	back := s.plan(t, "switch-back", s.target(t, "web"), nil)
	t.Log("preview:\n" + said(back))
	if end, _ := s.walk(t, back); end.Done == "" || s.aliases(t, "web-green") != "api-green" || s.aliases(t, "web") != "api" {
		t.Fatalf("it came back with %s", end)
	}
	s.settle(t, "web", 3, nil)
	s.settle(t, "web-green", 3, nil)
	for _, name := range []string{"web", "web-green"} {
		if _, kept := s.labels(t, name)["skep.replicas"]; kept {
			t.Errorf("%s remembers replicas that it has", name)
		}
	}
}

func TestSwitch_ByAliasIsTakenBackWhereverItIs(t *testing.T) {
	for _, at := range []string{"stop", "again with", "both are called"} {
		s := newSim(t, 1, 3)
		s.aliased(t)
		s.beside(t, "nginx:2")
		p := s.plan(t, "switch", s.target(t, "web"), map[string]string{"pause": "1m"})
		r := actions.Run(t.Context(), s.eng, p, nil)
		procedure, _ := p.Procedure()
		s.follow(t, actions.NewWalk(procedure, r), func(m actions.Move) bool { return strings.Contains(m.String(), at) })
		blue := s.running(t, "web")
		if end, _ := s.walk(t, s.plan(t, "switch-back", s.target(t, "web-green"), map[string]string{"pause": "1s"})); end.Done == "" || s.aliases(t, "web-green") != "api-green" {
			t.Errorf("%s: it ended with %s, called %s", at, end, s.aliases(t, "web-green"))
		}
		if !maps.Equal(s.running(t, "web"), blue) || len(s.settle(t, "web-green", 3, nil)) != 3 {
			t.Errorf("%s: web restarted", at)
		}
	}
}

func TestSwitch_ByAliasIsFinished(t *testing.T) {
	s := newSim(t, 1, 3)
	s.aliased(t)
	s.beside(t, "nginx:2")
	if end, _ := s.walk(t, s.plan(t, "switch", s.target(t, "web"), map[string]string{"pause": "1s"})); end.Done == "" {
		t.Fatal(end)
	}
	p := s.plan(t, "finish", s.target(t, "web"), map[string]string{"pause": "2s"})
	t.Log("preview:\n" + said(p))
	end, _ := s.walk(t, p)
	web := service(t, s.snapshot(t), "web")
	if end.Done != "web-green is gone" || web.Replicas() != 3 || !strings.HasPrefix(web.Image(), "nginx:2") || !slices.Equal(web.Spec.TaskTemplate.Networks[0].Aliases, []string{"api"}) {
		t.Errorf("it ended with %s: %d of %s, called %v", end, web.Replicas(), web.Image(), web.Spec.TaskTemplate.Networks)
	}
}

func TestSwitch_ByAliasKnowsNoShares(t *testing.T) {
	s := newSim(t, 1, 3)
	s.aliased(t)
	s.beside(t, "nginx:2")
	a, _ := actions.Find(model.KindService, "switch")
	got := actions.Prepare(t.Context(), s.eng, a, s.snapshot(t), []actions.Target{s.target(t, "web")}, map[string]string{"steps": "20"})[0]
	if got.Err == nil || !strings.Contains(got.Err.Error(), "gets half") {
		t.Errorf("%v", got.Err)
	}
}
