package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// releasing is an input for a release of the service web as it was then.
func releasing(t *testing.T, was func(*swarm.ServiceSpec), r model.Release) (Input, model.Document) {
	t.Helper()
	n := testkit.Node()
	s := testkit.Service(testkit.Replicas(5), testkit.Template(func(t *swarm.TaskSpec) {
		t.ContainerSpec.Image, t.ForceUpdate = "example/app:4", 7
		t.ContainerSpec.Env = []string{"A=1", "DB_PASSWORD=new"}
	}))
	in := inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...))
	now := in.Doc
	var spec swarm.ServiceSpec
	if err := json.Unmarshal(now.Spec, &spec); err != nil {
		t.Fatal(err)
	}
	was(&spec)
	r.N, r.Service, r.ID = 3, s.Name(), s.Key()
	var err error
	if r.Spec, err = model.PlainSpecOf(&spec); err != nil {
		t.Fatal(err)
	}
	if r.Partial() {
		r.Spec = json.RawMessage(fmt.Sprintf(`{"TaskTemplate":%s}`, field(r.Spec, "TaskTemplate")))
	}
	d := model.ReleaseDocument{Release: r, Swarm: testkit.SwarmID}
	if in.Doc, err = d.Document(); err != nil {
		t.Fatal(err)
	}
	in.Target = Target{Ref: in.Doc.Ref, Name: in.Doc.Name}
	in.Batch = []Target{in.Target}
	in.Others = map[model.Ref]Reading{now.Ref: {Doc: now}}
	return in, now
}

func former(s *swarm.ServiceSpec) {
	three := uint64(3)
	s.Mode.Replicated.Replicas = &three
	s.TaskTemplate.ContainerSpec.Image, s.TaskTemplate.ForceUpdate = "example/app:1", 2
	s.TaskTemplate.ContainerSpec.Env = []string{"A=1", "DB_PASSWORD=hunter2"}
	s.Labels = map[string]string{"v": "1"}
}

func TestRelease_RunsAgain(t *testing.T) {
	in, now := releasing(t, former, model.Release{From: model.ReleaseSeen})
	if refs := release.Reads(in); len(refs) != 1 || refs[0] != now.Ref {
		t.Errorf("it reads %v", refs)
	}
	p := mustPlan(t, release, in)
	wantSays(t, p, "run release 3 of web again: example/app:1", "the number of replicas stays: 5", "all 5 tasks restart")
	if strings.Contains(fmt.Sprint(p.Warnings, p.Impact.Sentences, p.Commands), "hunter2") {
		t.Errorf("it tells a secret")
	}
	eng := newFake(now)
	if r := Run(t.Context(), eng, p, nil); r.Err != nil {
		t.Fatal(r.Err)
	}
	got := eng.docs[now.Ref].Spec
	for path, want := range map[string]string{"Labels": `{"v":"1"}`, "Mode": `{"Replicated":{"Replicas":5}}`, "TaskTemplate.ForceUpdate": "7",
		"TaskTemplate.ContainerSpec.Image": `"example/app:1"`, "TaskTemplate.ContainerSpec.Env": `["A=1","DB_PASSWORD=hunter2"]`} {
		if is := string(field(got, strings.Split(path, ".")...)); is != want {
			t.Errorf("%s is %s, want %s", path, is, want)
		}
	}
	if eng.writes[0].Image != "example/app:1" {
		t.Errorf("with the credentials for %q", eng.writes[0].Image)
	}
	in.Others[now.Ref] = Reading{Doc: eng.docs[now.Ref]}
	if p, err := planRelease(in); err != nil || p.Steps[0].Edits[0].String() != "Mode.Replicated.Replicas" {
		t.Errorf("nothing else is different: %v, %+v", err, p.Steps)
	}
}

func TestRelease_OfTasksAlone(t *testing.T) {
	in, now := releasing(t, former, model.Release{From: model.ReleaseTasks})
	p := mustPlan(t, release, in)
	wantSays(t, p, "only what its tasks were made of is known")
	after, err := Apply(now.Spec, p.Steps[0].Edits)
	if err != nil || field(after, "Labels") != nil || imageOf(after) != "example/app:1" || string(field(after, pathReplicas...)) != "5" {
		t.Errorf("%s: %v", after, err)
	}
}

func TestRelease_Refused(t *testing.T) {
	in, now := releasing(t, func(s *swarm.ServiceSpec) {
		s.TaskTemplate.ContainerSpec.Secrets = []*swarm.SecretReference{{SecretID: "s1", SecretName: "key"}}
	}, model.Release{From: model.ReleaseSeen})
	in.Others[model.Ref{Kind: model.KindSecret, ID: "s1"}] = Reading{Err: model.ErrGone}
	if p := mustPlan(t, release, in); p.Confirm.Gate != GateNone || !strings.Contains(p.Confirm.Why, "release 3 needs the secret key") {
		t.Errorf("a secret that is gone: %+v", p.Confirm)
	}
	for want, change := range map[string]func(in *Input, d *model.ReleaseDocument){
		"of another swarm":           func(_ *Input, d *model.ReleaseDocument) { d.Swarm = "other" },
		"no longer kept":             func(_ *Input, d *model.ReleaseDocument) { d.Lacks = "it is no longer kept" },
		"there is no service api":    func(_ *Input, d *model.ReleaseDocument) { d.Service = "api" },
		"two releases of web":        func(in *Input, _ *model.ReleaseDocument) { in.Batch = append(in.Batch, in.Batch[0]) },
		"mode of a service":          func(_ *Input, d *model.ReleaseDocument) { d.Spec = json.RawMessage(`{"Mode":{"Global":{}}}`) },
		"web is as it was in releas": func(in *Input, d *model.ReleaseDocument) { d.Spec = now.Spec },
		"and it needs the network n1": func(in *Input, d *model.ReleaseDocument) {
			spec, _ := Apply(now.Spec, []Edit{{Path: []string{"TaskTemplate", "Networks"}, Value: []map[string]string{{"Target": "n1"}}}})
			d.Spec, in.Others[now.Ref] = spec, Reading{Doc: model.Document{Ref: now.Ref, Name: now.Name, Spec: spec}}
			in.Others[model.Ref{Kind: model.KindNetwork, ID: "n1"}] = Reading{Err: model.ErrGone}
		},
		"web no longer exists": func(in *Input, _ *model.ReleaseDocument) { in.Others[now.Ref] = Reading{Err: model.ErrGone} },
	} {
		in, _ := releasing(t, former, model.Release{From: model.ReleaseSeen})
		d, _ := model.ReadRelease(in.Doc)
		change(&in, &d)
		in.Doc, _ = d.Document()
		if _, err := planRelease(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// The engine keeps one former specification, and the journal has nothing.
func TestRevert_ByTheLedger(t *testing.T) {
	rel, now := releasing(t, former, model.Release{From: model.ReleaseSeen})
	in := Input{Cluster: rel.Cluster, Target: Target{Ref: now.Ref, Name: "web"}, Doc: now}
	in.Others = map[model.Ref]Reading{LastUpdate(now.Ref): {Err: model.ErrGone}, lastRelease(in): {Doc: rel.Doc}}
	wantSays(t, mustPlan(t, revert, in), "revert web to release 3: example/app:1", "as skep has seen it")
	in.Others[lastRelease(in)] = Reading{Err: model.ErrGone}
	if _, err := planRevert(in); err == nil || errors.Is(err, ErrNoChange) {
		t.Errorf("neither has it: %v", err)
	}
}

func FuzzToRelease(f *testing.F) {
	f.Add([]byte(`{"Name":"web","Mode":{"Replicated":{"Replicas":3}},"TaskTemplate":{"ContainerSpec":{"Image":"a"}}}`),
		[]byte(`{"Name":"web","Mode":{"Replicated":{"Replicas":1}},"TaskTemplate":{"ContainerSpec":{"Image":"b","Env":["A=1"]},"ForceUpdate":3}}`))
	f.Fuzz(func(t *testing.T, now, was []byte) {
		plain, err := model.PlainSpec(now)
		if err != nil {
			return
		}
		edits, err := toRelease(plain, &model.Release{Spec: was, From: model.ReleaseSeen})
		if err != nil {
			return
		}
		after, err := Apply(plain, edits)
		if err != nil {
			t.Fatalf("%s: %v", edits, err)
		}
		again, err := toRelease(after, &model.Release{Spec: was, From: model.ReleaseSeen})
		if err != nil || len(again) > 0 {
			t.Errorf("not the same: %v, %v", again, err)
		}
	})
}
