package compose_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/model"
)

func TestDeploy_TellsWhatWasChangedByHand(t *testing.T) {
	c := simulated(t)
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	c.deploy(t, "shop", shop, actions.Deployment{})
	at := c.snapshot(t)
	a, _ := actions.Find(model.KindService, "scale")
	for _, s := range at.Services() {
		if s.Name() == "shop_web" || s.Name() == "shop_db" { // Of the latter the file gives no number.
			r := actions.Request{Action: a, Targets: []actions.Target{{Ref: s.Key().Ref(), Name: s.Name()}}, Values: map[string]string{"replicas": "4"}}
			if got := actions.Run(t.Context(), c, r.Propose(at, r.Read(t.Context(), c, at, nil), nil)[0].Plan, nil); got.Err != nil {
				t.Fatal(got.Err)
			}
		}
	}
	c.same(t, "shop", shop, actions.Deployment{KeepDrift: true})
	changed := strings.Replace(shop, `A: "1"`, `A: "7"`, 1)
	p, err := c.plan(t, "shop", changed, actions.Deployment{KeepDrift: true})
	if err != nil || len(p.Changes) != 1 || !slices.ContainsFunc(p.Impact.Sentences, func(s string) bool { return strings.Contains(s, "changed by hand") }) {
		t.Errorf("kept: %v, %v, %q", err, p.Changes, p.Impact.Sentences)
	}
	p, err = c.plan(t, "shop", changed, actions.Deployment{})
	if err != nil || len(p.Changes) != 2 || !slices.ContainsFunc(p.Warnings, func(s string) bool {
		return strings.Contains(s, "changed by hand") && strings.Contains(s, "Replicas: 4 -> 2")
	}) {
		t.Errorf("taken back: %v, %v, %q", err, p.Changes, p.Warnings)
	}
	if slices.ContainsFunc(p.Warnings, func(s string) bool { return strings.Contains(s, "Env") }) {
		t.Errorf("what the file changed is taken for changed by hand: %q", p.Warnings)
	}
	p, err = c.plan(t, "shop", changed, actions.Deployment{Files: []string{"c.yaml"}})
	if err != nil || len(p.Commands) != 1 {
		t.Errorf("%v, %q", err, p.Commands)
	}
	p, err = c.plan(t, "shop", changed, actions.Deployment{Files: []string{"c.yaml"}, EnvFiles: []string{"prod.env"}})
	if want := "# with the variables of prod.env set: docker stack deploy -c c.yaml shop"; err != nil || !slices.Equal(p.Commands, []string{want}) {
		t.Errorf("%v, %q; want %q", err, p.Commands, want)
	}
	if p, err = c.plan(t, "shop", changed, actions.Deployment{Files: []string{"c.yaml"}, KeepDrift: true}); err != nil || len(p.Commands) != 0 {
		t.Errorf("docker keeps nothing: %v, %q", err, p.Commands)
	}
	c.byHand(t, "shop_web", func(s *swarm.ServiceSpec) { delete(s.Labels, model.LabelDeployed) }) // As docker stack deploy does.
	p, err = c.plan(t, "shop", changed, actions.Deployment{KeepDrift: true})
	if err != nil || len(p.Changes) != 2 || !strings.HasSuffix(strings.Join(p.Warnings, "\n"), "so what was changed by hand is not known, and taken back with the rest: shop_web") {
		t.Errorf("deployed by docker in between: %v, %v, %q", err, p.Changes, p.Warnings)
	}
}

// TestDeploy_KeepsOneOfAList: what was changed by hand in a list stays while the files
// change another of its elements, and is named where it is taken back.
func TestDeploy_KeepsOneOfAList(t *testing.T) {
	c := simulated(t)
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	c.deploy(t, "shop", shop, actions.Deployment{})
	c.byHand(t, "shop_web", func(s *swarm.ServiceSpec) {
		container := s.TaskTemplate.ContainerSpec
		container.Env = append(container.Env, "X=by hand")
		container.Mounts = append(container.Mounts, mount.Mount{Type: mount.TypeVolume, Source: "hand", Target: "/hand"})
		s.TaskTemplate.Placement.Constraints = append(s.TaskTemplate.Placement.Constraints, "node.labels.hand==1")
	})
	changed := strings.NewReplacer(`A: "1"`, `A: "7"`, `"data:/data"`, `"data:/other"`, "node.role==worker", "node.role==manager").Replace(shop)
	p, err := c.plan(t, "shop", changed, actions.Deployment{KeepDrift: true})
	if got := fmt.Sprint(p.Changes); err != nil || !strings.Contains(got, "Env[A]: 1 -> 7") || !strings.Contains(got, `-> ["node.labels.hand==1","node.role==manager"]`) || strings.Contains(got, "Env[X]") || strings.Contains(got, "/hand") {
		t.Errorf("kept: %v, %v", err, p.Changes)
	}
	for _, one := range []string{"Env[X] is by hand", "/hand", "node.labels.hand==1"} {
		if !strings.Contains(strings.Join(p.Impact.Sentences, "\n"), one) {
			t.Errorf("nothing says that %s is kept: %q", one, p.Impact.Sentences)
		}
	}
	p, err = c.plan(t, "shop", changed, actions.Deployment{})
	taken := strings.Join(p.Warnings, "\n")
	if err != nil || !strings.Contains(taken, "taken back (--keep-drift leaves it): TaskTemplate.ContainerSpec.Env[X]: - by hand") || strings.Contains(taken, "Env[A]") {
		t.Errorf("taken back: %v, %q", err, p.Warnings)
	}
	c.deploy(t, "shop", changed, actions.Deployment{KeepDrift: true})
	c.same(t, "shop", changed, actions.Deployment{KeepDrift: true})
	c.deploy(t, "shop", changed, actions.Deployment{})
	c.same(t, "shop", changed, actions.Deployment{})
}

// byHand changes the specification of a service as somebody else would.
func (c *console) byHand(t *testing.T, name string, change func(*swarm.ServiceSpec)) {
	t.Helper()
	for _, s := range c.snapshot(t).Services() {
		if s.Name() != name {
			continue
		}
		doc, err := c.Inspect(t.Context(), s.Key().Ref())
		if err != nil {
			t.Fatal(err)
		}
		spec := s.Spec
		change(&spec)
		raw, err := json.Marshal(spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Pool.Update(t.Context(), model.Write{Swarm: c.session.Swarm, Ref: s.Key().Ref(), Version: doc.Version, Spec: raw}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDeploy_WhatTheFilesDropIsNoDrift: a group of fields that is no longer in the files
// goes, also where what was changed by hand is kept.
func TestDeploy_WhatTheFilesDropIsNoDrift(t *testing.T) {
	c := simulated(t)
	with := "services: {web: {image: \"nginx:1\", healthcheck: {test: [CMD, \"true\"], retries: 3}, deploy: {resources: {limits: {memory: 64M}}}}}"
	without := "services: {web: {image: \"nginx:1\"}}"
	c.deploy(t, "shop", with, actions.Deployment{})
	p, err := c.plan(t, "shop", without, actions.Deployment{KeepDrift: true})
	if err != nil || len(p.Warnings) > 0 || !strings.Contains(fmt.Sprint(p.Changes), "Healthcheck") || !strings.Contains(fmt.Sprint(p.Changes), "Limits") {
		t.Errorf("%v: planned %v, warned %q", err, p.Changes, p.Warnings)
	}
	c.deploy(t, "shop", without, actions.Deployment{})
	c.byHand(t, "shop_web", func(s *swarm.ServiceSpec) {
		s.TaskTemplate.ContainerSpec.Healthcheck = &container.HealthConfig{Test: []string{"CMD", "false"}}
	})
	c.same(t, "shop", without, actions.Deployment{KeepDrift: true})
}

// TestDeploy_LeavesTheOrderOfAGentleDrain: as long as the mark of it is there, the order
// of updates that it has set is no difference; what the files say otherwise is.
func TestDeploy_LeavesTheOrderOfAGentleDrain(t *testing.T) {
	file := func(update string) string { return "services: {web: {image: \"nginx:1\", deploy: {" + update + "}}}" }
	for _, tt := range []struct{ was, mark, now, then string }{
		{"", model.OrderNone, "", model.OrderNone},
		{"", model.OrderNone, "update_config: {parallelism: 2}", model.OrderUnset},
		{"update_config: {parallelism: 2}", model.OrderUnset, "update_config: {parallelism: 2}", model.OrderUnset},
		{"update_config: {order: stop-first}", "stop-first", "update_config: {order: start-first}", "start-first"},
	} {
		c := simulated(t)
		c.deploy(t, "shop", file(tt.was), actions.Deployment{})
		c.byHand(t, "shop_web", func(s *swarm.ServiceSpec) {
			s.Labels[model.LabelOrder] = tt.mark
			if s.UpdateConfig == nil { // As the drain does it.
				s.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, FailureAction: swarm.UpdateFailureActionPause, Monitor: model.DefaultMonitor}
			}
			s.UpdateConfig.Order = swarm.UpdateOrderStartFirst
		})
		if tt.was == tt.now {
			c.same(t, "shop", file(tt.now), actions.Deployment{})
			continue
		}
		c.deploy(t, "shop", file(tt.now), actions.Deployment{})
		if got := c.named(t, "shop_web").Spec; got.UpdateConfig.Order != swarm.UpdateOrderStartFirst || got.Labels[model.LabelOrder] != tt.then {
			t.Errorf("%q -> %q: %+v, and then %q; want %q", tt.was, tt.now, got.UpdateConfig, got.Labels[model.LabelOrder], tt.then)
		}
	}
}
