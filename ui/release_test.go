package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// fakeReleases is a ledger in which every service was changed twice.
type fakeReleases struct{}

func releasesOf(service string) []model.Release {
	var out []model.Release
	for i, who := range []string{"", "ada (image)", ""} {
		replicas := uint64(2)
		spec := swarm.ServiceSpec{Annotations: swarm.Annotations{Name: service}}
		spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &replicas}
		spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: fmt.Sprintf("shop/app:1.%d", i), Env: []string{"DB_PASSWORD=hunter2"}}
		raw, _ := json.Marshal(spec)
		out = append(out, model.Release{N: i + 1, Service: service, At: testkit.Now.Add(time.Duration(i-9) * time.Hour), About: i == 0, Who: who, From: model.ReleaseSeen, Spec: raw})
	}
	return out
}

func (fakeReleases) ReadAll(_ context.Context, _ string, services []string) ([][]model.Release, uint64, error) {
	var out [][]model.Release
	for _, s := range services {
		out = append(out, releasesOf(s))
	}
	return out, 1, nil
}

func (fakeReleases) Changed(ctx context.Context, _ string, _ []string, _ uint64) error {
	<-ctx.Done()
	return ctx.Err()
}

func (fakeReleases) Inspect(_ context.Context, ref model.Ref) (model.Document, error) {
	swarm, service, from, n, err := ref.ParseRelease()
	if err != nil {
		return model.Document{}, err
	}
	all := releasesOf(service)
	if n == model.NewestRelease {
		n = len(all)
	}
	d := model.ReleaseDocument{Release: all[max(n, 1)-1], Swarm: swarm}
	if from == 0 {
		from = n - 1
	}
	if from > 0 {
		d.Before = &all[from-1]
	}
	doc, err := d.Document()
	doc.Ref, doc.ReadAt = ref, testkit.Now
	return doc, err
}

func TestReleases_OfAService(t *testing.T) {
	onDesk(t, Options{Pattern: "shop_cart", ByName: true}, shop(), 100, 24, func(t *testing.T, d *desk) {
		d.press("v")
		d.wait(time.Second)
		d.sees("releases", "shop_cart@3 *", "1.1 to 1.2", "ada (image)", "the first that is known")
		d.press("j", "=")
		d.wait(time.Second)
		d.sees("Changed since release 2", "- shop/app:1.1", "+ shop/app:1.2")
		if strings.Contains(d.text(), "hunter2") {
			t.Error("it shows a secret")
		}
		d.press("esc", "space", "j", "space", "=")
		d.wait(time.Second)
		d.sees("Changed since release 1", "+ shop/app:1.1")
		d.press("esc", "esc", "r")
		d.wait(2 * time.Second)
		d.sees("run release 1 of shop_cart again: shop/app:1.0")
	})
}

func TestReleases_OfAStack(t *testing.T) {
	onDesk(t, Options{View: "stacks", Pattern: "shop", ByName: true}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.press("v")
		d.wait(time.Second)
		d.sees("shop › releases", "shop_cart@3 *")
		d.press("G", "R")
		d.wait(2 * time.Second)
		d.sees("release", "shop_cart")
	})
}
