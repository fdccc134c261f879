package actions

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func TestPlanImage(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("b", 64)
	pinned := &model.ResolvedImage{Pinned: "app:2" + digest, Platforms: []swarm.Platform{{Architecture: "amd64", OS: "linux"}}}
	node := testkit.Node()
	nodes := testkit.Nodes(node, testkit.Node(testkit.Hostname("worker2")))
	rolling := updates(swarm.UpdateConfig{Parallelism: 2, Delay: 10 * time.Second, Monitor: 5 * time.Second,
		FailureAction: "rollback", MaxFailureRatio: 0.25, Order: "start-first"})

	t.Run("pinned", func(t *testing.T) {
		s := testkit.Service(testkit.Replicas(6), rolling, testkit.ServiceLabels(map[string]string{model.LabelStackImage: "app:1"}))
		in := inputFor(t, s, map[string]string{"image": "app:2"}, nodes)
		in.Image = pinned
		p := mustPlan(t, image, in)
		if p.Risk != Disruptive || p.Impact.Restarts != 6 || p.Impact.AtLeast != 3*10*time.Second+11*time.Second {
			t.Errorf("risk %d, impact %+v", p.Risk, p.Impact)
		}
		wantSays(t, p, "all 6 tasks restart, 2 at a time; start-first: each new task runs before the old one stops", "takes at least 41s (10s between batches)",
			"if more than 25% of the tasks fail within 5s of their start, it rolls back by itself", "the stack's file says app:1")
		wantSilent(t, p, "digest", "goes to 0")
		if got := fmt.Sprint(p.Changes); !strings.Contains(got, "TaskTemplate.ContainerSpec.Image: example/app:1 -> app:2"+digest) || !strings.Contains(got, "Platforms") {
			t.Errorf("changes %s", got)
		}
		if p.Commands[0] != "docker service update --image app:2 web" || p.Steps[0].Image != "app:2" {
			t.Errorf("command %s, credentials for %s", p.Commands[0], p.Steps[0].Image)
		}
	})
	t.Run("registry silent", func(t *testing.T) {
		s := testkit.Service()
		in := inputFor(t, s, map[string]string{"image": "app"}, nodes, testkit.Tasks(allOf(s, node)...))
		in.ImageErr = errors.New("connection refused")
		p := mustPlan(t, image, in)
		wantSays(t, p, "could not resolve the digest of app:latest (connection refused)", "its only task restarts; stop-first: each old task stops before the new one starts",
			"web goes to 0 while it restarts", "it pauses")
		if got := p.Changes[0].After; got != "app:latest" {
			t.Errorf("the image becomes %s", got)
		}
	})
	t.Run("same digest", func(t *testing.T) {
		s := testkit.Service(testkit.Image("app:2"+digest), testkit.Template(func(t *swarm.TaskSpec) {
			t.Placement = &swarm.Placement{Platforms: pinned.Platforms}
		}))
		in := inputFor(t, s, map[string]string{"image": "app:2"}, nodes)
		in.Image = pinned
		if _, err := image.Plan(in); !errors.Is(err, ErrNoChange) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("for another platform", func(t *testing.T) {
		in := inputFor(t, testkit.Service(), map[string]string{"image": "app:2"}, nodes)
		in.Image = &model.ResolvedImage{Pinned: pinned.Pinned, Platforms: []swarm.Platform{{Architecture: "s390x", OS: "linux"}}}
		wantSays(t, mustPlan(t, image, in), "no node can run it: the image is for linux/s390x, the node is linux/x86_64")
	})
	t.Run("a job", func(t *testing.T) {
		p := mustPlan(t, image, inputFor(t, testkit.Service(testkit.Job(1, 3, 1)), map[string]string{"image": "app:2"}, nodes))
		if p.Impact.Restarts != 0 || p.Impact.Starts != 3 {
			t.Errorf("impact %+v", p.Impact)
		}
	})
}

func TestParseImage(t *testing.T) {
	for text, want := range map[string]string{
		"nginx": "nginx:latest", " nginx:1.29 ": "nginx:1.29", "docker.io/library/nginx:1": "nginx:1",
		"localhost:5000/team/app": "localhost:5000/team/app:latest", "ghcr.io/x/y@sha256:" + strings.Repeat("a", 64): "ghcr.io/x/y@sha256:" + strings.Repeat("a", 64),
	} {
		if got, err := parseImage(text); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "which image?", "Nginx": "upper case", "a b": "space", "https://ghcr.io/x/y": "URL", "app:": "tag after the colon",
		":1": "is not the name of an image", "app:ta g": "space", "app@sha256:12": "is not the name of an image",
		strings.Repeat("a", 64):  "is not the name of an image", // fine for docker, unless it is hexadecimal
		strings.Repeat("x", 300): "longer than 255", "../etc": "is not the name of an image", "\x1b[31m": "is not the name",
	} {
		if got, err := parseImage(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}

func FuzzParseImage(f *testing.F) {
	for _, s := range []string{"nginx", "a:b@sha256:0", "localhost:5000/x:1", "://", "", "A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseImage(text)
		if err != nil {
			return
		}
		again, err := parseImage(got)
		if err != nil || again != got {
			t.Errorf("%q gives %q, and that %q, %v", text, got, again, err)
		}
		if strings.ContainsAny(got, " \t\n'\"$`;") {
			t.Errorf("%q gives %q", text, got)
		}
		_ = withoutDigest(text)
	})
}

func TestImageForm_LeavesTheDigestOut(t *testing.T) {
	s := testkit.Service(testkit.Image("app:2@sha256:" + strings.Repeat("b", 64)))
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(testkit.Node()))
	f := imageForm(c, []Target{ServiceTarget(s)})
	if f.Fields[0].Value != "app:2" || f.Check(map[string]string{"image": "app:2"}) != nil || f.Check(map[string]string{"image": "A B"}) == nil {
		t.Errorf("%+v", f)
	}
}
