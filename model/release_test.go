package model_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// specWith is a service's specification with another image and number of replicas.
func specWith(t *testing.T, s *model.Service, image string, replicas uint64) json.RawMessage {
	t.Helper()
	spec := s.Spec
	c := *spec.TaskTemplate.ContainerSpec
	c.Image = image
	spec.TaskTemplate.ContainerSpec = &c
	spec.Mode = swarm.ServiceMode{Replicated: &swarm.ReplicatedService{Replicas: &replicas}}
	raw, err := model.PlainSpecOf(&spec)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// madeOf is a former task of another image.
func madeOf(s *model.Service, image string, ago time.Duration) *model.Task {
	c := *s.Spec.TaskTemplate.ContainerSpec
	c.Image = image
	spec := s.Spec.TaskTemplate
	spec.ContainerSpec, spec.Runtime = &c, "" // Tasks do not say it.
	t := testkit.Task(testkit.Of(s))
	t.CreatedAt = testkit.Now.Add(-ago)
	t.Spec = &model.TaskSpec{TaskSpec: spec, Print: model.FingerprintOf(&spec)}
	return t
}

func told(list []model.Release) string {
	var out []string
	for i := range list {
		r := &list[i]
		text := fmt.Sprintf("%s %s", string(r.From), r.Image())
		if r.Who != "" {
			text += " by " + r.Who
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func TestReconstruct(t *testing.T) {
	s := testkit.Service(testkit.Replicas(3), testkit.Image("app:5"))
	s.UpdatedAt = testkit.Now.Add(-time.Minute)
	var before swarm.ServiceSpec
	if err := json.Unmarshal(specWith(t, s, "app:4", 3), &before); err != nil {
		t.Fatal(err)
	}
	updated := *s
	updated.PreviousSpec = &before
	release := func(image string, replicas uint64, ago time.Duration) *model.Release {
		return &model.Release{N: 7, From: model.ReleaseSeen, At: testkit.Now.Add(-ago), Spec: specWith(t, s, image, replicas)}
	}
	update := func(from, to string, ago time.Duration) model.SpecUpdate {
		return model.SpecUpdate{At: testkit.Now.Add(-ago), Who: "ada", Before: specWith(t, s, from, 3), After: specWith(t, s, to, 3)}
	}
	tasks := []*model.Task{madeOf(s, "app:2", 4*time.Hour), madeOf(s, "app:3", 3*time.Hour), madeOf(s, "app:2", 5*time.Hour),
		madeOf(s, "app:4", 2*time.Hour), madeOf(s, "app:5", time.Hour)}
	for name, tt := range map[string]struct {
		last *model.Release
		past model.Past
		want string
	}{
		"nothing but the service":           {nil, model.Past{Service: s}, "seen app:5"},
		"what a rollback restores":          {nil, model.Past{Service: &updated}, "previous app:4, seen app:5"},
		"its former tasks":                  {nil, model.Past{Service: &updated, Tasks: tasks}, "tasks app:2, tasks app:3, previous app:4, seen app:5"},
		"the journal":                       {nil, model.Past{Service: s, Updates: []model.SpecUpdate{update("app:3", "app:4", time.Hour), update("app:4", "app:5", time.Minute)}}, "journal app:3, journal app:4 by ada, journal app:5 by ada"},
		"the journal and then somebody":     {nil, model.Past{Service: s, Updates: []model.SpecUpdate{update("app:3", "app:4", time.Hour)}}, "journal app:3, journal app:4 by ada, seen app:5"},
		"it is known":                       {release("app:5", 3, time.Hour), model.Past{Service: &updated, Tasks: tasks}, ""},
		"a change that was seen":            {release("app:4", 3, time.Hour), model.Past{Service: &updated, Tasks: tasks, Live: true}, "seen app:5"},
		"several changes since the last":    {release("app:2", 3, 270*time.Minute), model.Past{Service: &updated, Tasks: tasks}, "tasks app:3, previous app:4, seen app:5"},
		"a last one that nobody else knows": {release("app:9", 3, 150*time.Minute), model.Past{Service: &updated, Tasks: tasks}, "previous app:4, seen app:5"},
		"by hand what it was before":        {nil, model.Past{Service: s, Tasks: []*model.Task{madeOf(s, "app:3", 2*time.Hour)}, Updates: []model.SpecUpdate{update("app:3", "app:5", time.Hour), update("app:3", "app:5", time.Minute)}}, "journal app:3, journal app:5 by ada, journal app:3, journal app:5 by ada"},
		"made by skep":                      {nil, model.Past{Service: s, Updates: []model.SpecUpdate{{At: testkit.Now.Add(-time.Hour), Who: "ada", After: specWith(t, s, "app:4", 3)}, update("app:4", "app:5", time.Minute)}}, "journal app:4 by ada, journal app:5 by ada"},
		"back to what it was":               {release("app:4", 3, time.Hour), model.Past{Service: s, Updates: []model.SpecUpdate{update("app:5", "app:4", time.Hour), update("app:4", "app:5", time.Minute)}}, "journal app:5 by ada"},
	} {
		t.Run(name, func(t *testing.T) {
			got := model.Reconstruct(tt.last, tt.past)
			if told(got) != tt.want {
				t.Errorf("got  %s\nwant %s", told(got), tt.want)
			}
			if !slices.IsSortedFunc(got, func(a, b model.Release) int { return a.At.Compare(b.At) }) {
				t.Errorf("out of order: %v", got)
			}
		})
	}
}

func TestRelease_Summary(t *testing.T) {
	s := testkit.Service(testkit.Replicas(3), testkit.Image("registry.example/app:4@sha256:"+strings.Repeat("a", 64)))
	base := model.Release{From: model.ReleaseSeen, Spec: specWith(t, s, s.Image(), 3)}
	change := func(f func(*swarm.ServiceSpec)) json.RawMessage {
		var spec swarm.ServiceSpec
		if err := json.Unmarshal(base.Spec, &spec); err != nil {
			t.Fatal(err)
		}
		f(&spec)
		raw, _ := model.PlainSpecOf(&spec)
		return raw
	}
	for want, spec := range map[string]json.RawMessage{
		"4 to 5": specWith(t, s, "registry.example/app:5", 3),
		":4 sha256:aaaaaaaaaaaa to sha256:bbbbbbbbbbbb": specWith(t, s, "registry.example/app:4@sha256:"+strings.Repeat("b", 64), 3),
		"replicas 3 to 5": specWith(t, s, s.Image(), 5),
		"restart":         change(func(s *swarm.ServiceSpec) { s.TaskTemplate.ForceUpdate++ }),
		"ports": change(func(s *swarm.ServiceSpec) {
			s.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{TargetPort: 80, PublishedPort: 8080}}}
		}),
		"": change(func(s *swarm.ServiceSpec) { s.Labels = map[string]string{model.LabelDeployed: "abc"} }),
		"4 to 5, variable DB_PASSWORD, 2 labels, update config": change(func(s *swarm.ServiceSpec) {
			s.TaskTemplate.ContainerSpec.Image = "registry.example/app:5"
			s.TaskTemplate.ContainerSpec.Env = []string{"DB_PASSWORD=hunter2"}
			s.Labels = map[string]string{"a": "b", "c.d": "e"}
			s.UpdateConfig = &swarm.UpdateConfig{Parallelism: 2}
		}),
	} {
		r := model.Release{From: model.ReleaseSeen, Spec: spec}
		if got := r.Summary(&base); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := base.Summary(nil); got != "the first that is known" {
		t.Error(got)
	}
}

func TestParseRelease(t *testing.T) {
	for _, ref := range []model.Ref{model.ReleaseRef("sw", "shop_web@x.1", 12), model.ReleasesRef("sw", "web", 3, 7), model.ReleaseRef("sw", "web", model.LastRelease)} {
		swarm, service, from, to, err := ref.ParseRelease()
		again := model.ReleasesRef(swarm, service, from, to)
		if from == 0 {
			again = model.ReleaseRef(swarm, service, to)
		}
		if err != nil || again != ref {
			t.Errorf("%v became %v: %v", ref, again, err)
		}
	}
	for _, id := range []string{"", "web@1", "sw/web", "sw/web@", "sw/web@x", "sw/web@1..x"} {
		if _, _, _, _, err := (model.Ref{Kind: model.KindRelease, ID: id}).ParseRelease(); err == nil {
			t.Errorf("%q is taken", id)
		}
	}
}

func FuzzPlainSpec(f *testing.F) {
	f.Add([]byte(`{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"a"},"Runtime":"container"}}`))
	f.Add([]byte(`{"Mode":{"Replicated":{"Replicas":3}},"Labels":{"a":"b"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		once, err := model.PlainSpec(raw)
		if err != nil {
			return
		}
		twice, err := model.PlainSpec(once)
		if err != nil || !model.SameJSON(once, twice) {
			t.Errorf("%s\n%s: %v", once, twice, err)
		}
	})
}
