package actions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// digestOf is a digest of one letter.
func digestOf(letter string) string { return "sha256:" + strings.Repeat(letter, 64) }

func TestPlanNewest(t *testing.T) {
	old, now := "app:1@"+digestOf("a"), "app:1@"+digestOf("b")
	for _, tt := range []struct {
		image string
		found *model.ResolvedImage
		err   error
		want  string // of the plan, or of the error
		plans bool
	}{
		{old, &model.ResolvedImage{Pinned: now}, nil, "update web to the newest app:1: sha256:aaaaaaaaaaaa -> sha256:bbbbbbbbbbbb", true},
		{now, &model.ResolvedImage{Pinned: now}, nil, "nothing would change: it runs the newest app:1 (sha256:bbbbbbbbbbbb)", false},
		{"app", &model.ResolvedImage{Pinned: "app:latest@" + digestOf("b")}, nil, "app:latest was not pinned: whether its tasks run this version already is not known", true},
		{old, nil, errors.New("manifest unknown"), "what app:1 stands for now could not be found out: manifest unknown", false},
		{old, nil, ErrAsked, "nothing would change so far", false},
		{"app@" + digestOf("a"), nil, nil, "it names a digest and no tag", false},
	} {
		in := inputFor(t, testkit.Service(testkit.Image(tt.image), testkit.Replicas(2)), nil)
		in.Image, in.ImageErr = tt.found, tt.err
		p, err := newest.Plan(in)
		said := fmt.Sprint(err, p.Title, p.Warnings)
		if (err == nil) != tt.plans || !strings.Contains(said, tt.want) {
			t.Errorf("%s: %s", tt.image, said)
		}
		if tt.plans && (len(p.Changes) == 0 || p.Steps[0].Image != tagOf(tt.image) || p.Verb != "newest") {
			t.Errorf("%s: %+v", tt.image, p)
		}
		if tt.err == ErrAsked && !errors.Is(err, ErrNoChange) { //nolint:errorlint // It is in the table as it is.
			t.Errorf("it would not be waited for: %v", err)
		}
	}
}

// TestNewest_OfSeveral: one preview has those that something newer is there for, and
// says of the others why not.
func TestNewest_OfSeveral(t *testing.T) {
	at := func(name, image string) *model.Service {
		return testkit.Service(testkit.Name(name), testkit.Image(image), testkit.Stack("shop"))
	}
	web, api, job := at("web", "app:1@"+digestOf("a")), at("api", "app:1@"+digestOf("b")), at("cron", "gone:1")
	eng := newFake(docOf(t, web), docOf(t, api), docOf(t, job))
	eng.resolve = func(_ context.Context, image string) (model.ResolvedImage, error) {
		if image == "gone:1" {
			return model.ResolvedImage{}, errors.New("no such manifest")
		}
		return model.ResolvedImage{Pinned: image + "@" + digestOf("b")}, nil
	}
	c := testkit.Cluster(testkit.Services(web, api, job), testkit.Nodes(testkit.Node()), testkit.Tasks())
	r := Request{Action: newestStack, Targets: []Target{{Ref: model.StackName("shop").Ref(), Name: "shop"}}}
	docs := r.Read(t.Context(), eng, c, nil)
	plans, left := Split(r.Propose(c, docs, ResolveAll(t.Context(), eng, r.Images(c, docs))))
	sum := r.Combine(plans, left)
	wantSays(t, sum, "nothing newer for 1 service: api", "left out: cron: what gone:1 stands for now could not be found out: no such manifest")
	if len(plans) != 1 || plans[0].Target.Name != "web" || sum.Title != "update the stack shop to the newest images: 1 service" {
		t.Errorf("%d plans, %s", len(plans), sum.Title)
	}
}

func TestResolveAll_AFewAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var open, most atomic.Int32
		eng := newFake()
		eng.resolve = func(_ context.Context, image string) (model.ResolvedImage, error) {
			if n := open.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			open.Add(-1)
			return model.ResolvedImage{Pinned: image}, nil
		}
		var images []string
		for i := range 20 {
			images = append(images, fmt.Sprint("app:", i))
		}
		if got := ResolveAll(t.Context(), eng, images); len(got) != 20 || got["app:7"].Image.Pinned != "app:7" || most.Load() != RegistriesAtOnce {
			t.Errorf("%d answers, %d at a time", len(got), most.Load())
		}
	})
}

// TestWarnMixed: two versions of one tag at a time are said.
func TestWarnMixed(t *testing.T) {
	n := testkit.Node()
	s := testkit.Service(testkit.Image("app:1@"+digestOf("b")), testkit.Replicas(3))
	var tasks []*model.Task
	for slot, letter := range []string{"a", "b", "b"} {
		task := testkit.Task(testkit.Of(s), testkit.Slot(slot+1), testkit.On(n))
		spec := *task.Spec.ContainerSpec
		spec.Image = "app:1@" + digestOf(letter)
		task.Spec.ContainerSpec = &spec
		tasks = append(tasks, task)
	}
	wantSays(t, mustPlan(t, restart, inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(tasks...))), "its tasks run different versions of app:1 now: 1 sha256:aaaaaaaaaaaa, 2 sha256:bbbbbbbbbbbb")
	wantSilent(t, mustPlan(t, restart, inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(tasks[1:]...))), "different versions")
}
