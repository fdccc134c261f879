package compose_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/model"
)

// relabel sets a label of an object as somebody else would; an empty value takes it
// away.
func (c *console) relabel(t *testing.T, kind model.Kind, name, label, value string) {
	t.Helper()
	for _, o := range model.Listed[model.Object](c.snapshot(t), kind) {
		if o.Meta().Name != name {
			continue
		}
		doc, err := c.Inspect(t.Context(), o.Meta().Ref)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := actions.Apply(doc.Spec, []actions.Edit{{Path: []string{"Labels", label}, Value: value, Delete: value == ""}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Pool.Update(t.Context(), model.Write{Swarm: c.session.Swarm, Ref: doc.Ref, Version: doc.Version, Spec: raw}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDeploy_SaysWhatCannotBeCompared: a secret that docker stack deploy made is not
// called the same, and it is said how it is replaced; so is an image that the registry
// was asked about in vain.
func TestDeploy_SaysWhatCannotBeCompared(t *testing.T) {
	c := simulated(t)
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	file := strings.ReplaceAll(shop, "nginx:1", "unknown:1")
	c.deploy(t, "shop", file, actions.Deployment{})
	c.relabel(t, model.KindSecret, "shop_key", model.LabelContent, "")
	c.byHand(t, "shop_db", func(s *swarm.ServiceSpec) {
		s.TaskTemplate.ContainerSpec.Image += "@sha256:" + strings.Repeat("0", 64)
	})
	c.file(t, "key", "k2")
	_, err := c.plan(t, "shop", file, actions.Deployment{Resolve: actions.ResolveAlways})
	var same *actions.SameError
	if !errors.Is(err, actions.ErrNoChange) || !errors.As(err, &same) {
		t.Fatal(err)
	}
	warned := strings.Join(same.Warnings, "\n")
	if !slices.Equal(same.Unseen, []string{"secret shop_key"}) || !strings.Contains(warned, "--rotate shop_key replaces it") || !strings.Contains(same.Said, "7 objects of shop are as the files have them; not compared: secret shop_key") {
		t.Errorf("%q, %q, warned %q", same.Unseen, same.Said, warned)
	}
	if !strings.Contains(warned, "shop_db: whether the registry has a newer unknown:1 is not known") {
		t.Errorf("warned %q", warned)
	}
}

// TestDeploy_OnANetworkOfEveryNode: the engine keeps the ID of a network that it lists
// nowhere in the place of the name in the files.
func TestDeploy_OnANetworkOfEveryNode(t *testing.T) {
	c := simulated(t)
	const file = `services: {agent: {image: "nginx:1", networks: [node, back], deploy: {mode: global}}}
networks: {node: {external: true, name: host}, back: {}}`
	c.deploy(t, "shop", file, actions.Deployment{})
	targets := c.snapshot(t).Services()[0].Spec.TaskTemplate.Networks
	if slices.ContainsFunc(targets, func(n swarm.NetworkAttachmentConfig) bool { return n.Target == "host" }) {
		t.Fatalf("the swarm keeps names: %v", targets)
	}
	c.same(t, "shop", file, actions.Deployment{})
	c.same(t, "shop", file, actions.Deployment{KeepDrift: true})
	p, err := c.plan(t, "shop", strings.Replace(file, "[node, back]", "[node]", 1), actions.Deployment{})
	if said := fmt.Sprint(p.Changes); err != nil || len(p.Warnings) > 0 || strings.Contains(said, "host") || !strings.Contains(said, "Networks[shop_back]") {
		t.Errorf("%v: %v, warned %q", err, p.Changes, p.Warnings)
	}
}

// TestDeploy_StaysWithWhatWasRotated: of two secrets with the same content a service
// keeps the one that it has, and moves to one that is made though what was changed by
// hand is kept.
func TestDeploy_StaysWithWhatWasRotated(t *testing.T) {
	c := simulated(t)
	c.file(t, "conf", "a=1\n")
	c.file(t, "key", "k1")
	c.deploy(t, "shop", shop, actions.Deployment{})
	p, _ := c.deploy(t, "shop", shop, actions.Deployment{Rotate: []string{"key"}, KeepDrift: true})
	if len(p.Steps) != 2 {
		t.Fatalf("the service does not move: %v", p.Changes)
	}
	c.same(t, "shop", shop, actions.Deployment{})
}
