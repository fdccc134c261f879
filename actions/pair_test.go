package actions

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

// pairInput is a pair of services as a plan reads it: blue with labels, and green
// with its mark. What is done is done to blue.
func pairInput(t testing.TB, blueName, greenName string, phase model.GreenPhase, routed map[string]string) (Input, *model.Service, *model.Service) {
	t.Helper()
	blue := testkit.Service(testkit.Name(blueName), testkit.Replicas(2), testkit.ServiceLabels(maps.Clone(routed)))
	labels := model.Routeless(routed)
	if phase == model.GreenOver {
		labels = model.Taken(labels, routed)
		blue = testkit.Service(testkit.Name(blueName), testkit.Replicas(2), testkit.ServiceLabels(model.Parked(routed)))
	}
	labels[model.LabelGreen] = model.GreenMark{Blue: blue.Key(), Phase: phase, Began: testkit.Now}.String()
	green := testkit.Service(testkit.Name(greenName), testkit.Replicas(2), testkit.ServiceLabels(labels))
	n := testkit.Node()
	c := testkit.Cluster(testkit.Services(blue, green), testkit.Nodes(n), testkit.Tasks(slices.Concat(allOf(blue, n), allOf(green, n))...))
	in := Input{Cluster: c, Target: ServiceTarget(blue), Doc: docOf(t, blue), Values: map[string]string{}}
	in.Others = map[model.Ref]Reading{green.Key().Ref(): {Doc: docOf(t, green)}}
	return in, blue, green
}

var twoRoutes = map[string]string{"traefik.http.routers.web.rule": "Host(`a`)", "traefik.http.services.web.loadbalancer.server.port": "80"}

func TestSwitch_CommandsNameByIDWhatCannotBeTyped(t *testing.T) {
	in, blue, green := pairInput(t, "web\n$(id)", "green\n$(id)", model.GreenBeside, twoRoutes)
	p, err := planSwitch(in)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(slices.Concat(p.Commands, []string{p.Undo.Sentence}), "\n")
	if !strings.Contains(all, blue.ID) || !strings.Contains(all, green.ID) || strings.Contains(all, "id)") {
		t.Errorf("%s", all)
	}
	if len(p.Steps) != 2 || p.Steps[0].Ref != green.Key().Ref() || len(p.Steps[1].After) != 1 {
		t.Errorf("the one that takes over does not come first: %+v", p.Steps)
	}
}

func TestSwitch_IsRefusedWhereItWouldLoseRequests(t *testing.T) {
	for name, c := range map[string]struct {
		labels map[string]string
		steps  string
		want   string
	}{
		"no labels":      {map[string]string{"a": "b"}, "", "no proxy routes to web by labels"},
		"fixed upstream": {map[string]string{"caddy": "a", "caddy.reverse_proxy": "web:80"}, "", "says itself where requests go"},
		"default rule":   {map[string]string{"traefik.enable": "true"}, "", "have no route"},
		"nameless":       {map[string]string{"traefik.http.routers.web.rule": "Host(`a`)"}, "20", "cannot have both at once"},
		"by service":     {map[string]string{"traefik.docker.lbswarm": "true", "traefik.http.routers.web.rule": "Host(`a`)", "traefik.http.services.web.loadbalancer.server.port": "80"}, "20", "goes by services"},
		"no sharing":     {map[string]string{"com.df.notify": "true", "com.df.port": "80"}, "20", "does not share"},
	} {
		in, _, _ := pairInput(t, "web", "web-green", model.GreenBeside, c.labels)
		in.Values[stepsKey] = c.steps
		if _, err := planSwitch(in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSwitch_GoesToNobody is refused: of two that have no replicas one answers nothing,
// and the other has nothing to share.
func TestSwitch_GoesToNobody(t *testing.T) {
	if err := model.SetProxies(map[string]model.ProxyRule{"Weigher": {Labels: []string{"weigher."}, Host: "weigher.*.host", Port: "weigher.*.port", Weight: "weigher.weight"}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = model.SetProxies(nil) })
	byWeight := map[string]string{"weigher.shop.host": "shop.example", "weigher.shop.port": "80"}
	for _, tt := range []struct {
		labels      map[string]string
		blue, green int
		steps, want string
	}{
		{twoRoutes, 0, 2, "10", "web has no replicas, and so nothing to share: switch at once"},
		{twoRoutes, 0, 2, "", ""},
		{twoRoutes, 2, 0, "", "web-green has no replicas, and would answer nothing"},
		{twoRoutes, 2, 0, "10", ""}, // It is scaled first.
		{byWeight, 0, 2, "10", "web has no replicas, and so nothing to share: switch at once"},
		{byWeight, 2, 0, "10", "web-green has no replicas, and would answer nothing"},
	} {
		in, _, green := pairInput(t, "web", "web-green", model.GreenBeside, tt.labels)
		in.Values[stepsKey] = tt.steps
		ref, without := green.Key().Ref(), func(doc model.Document, n int) model.Document {
			spec, err := Apply(doc.Spec, []Edit{{Path: pathReplicas, Value: n}})
			if err != nil {
				t.Fatal(err)
			}
			doc.Spec = spec
			return doc
		}
		in.Doc, in.Others[ref] = without(in.Doc, tt.blue), Reading{Doc: without(in.Others[ref].Doc, tt.green)}
		if _, err := planSwitch(in); (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d beside %d in steps %q: %v, want %q", tt.green, tt.blue, tt.steps, err, tt.want)
		}
	}
}

// TestSwitch_StopsWhereNobodyAnswers: a service that shares requests was scaled to none.
func TestSwitch_StopsWhereNobodyAnswers(t *testing.T) {
	blue := testkit.Service(testkit.Name("web"), testkit.Replicas(2), testkit.ServiceLabels(maps.Clone(twoRoutes)))
	mark := model.GreenMark{Blue: blue.Key(), Phase: model.GreenStepping, Began: testkit.Now}
	green := testkit.Service(testkit.Name("web-green"), testkit.Replicas(0), testkit.ServiceLabels(maps.Clone(twoRoutes)), testkit.ServiceLabels(map[string]string{model.LabelGreen: mark.String()}))
	n := testkit.Node()
	c := testkit.Cluster(testkit.Services(blue, green), testkit.Nodes(n), testkit.Tasks(allOf(blue, n)...))
	if m := nextSwitch(c, ServiceTarget(green), &stopwatch{}); !strings.Contains(m.Stop, "web-green has no replicas") {
		t.Errorf("it goes on: %s", m)
	}
}

func TestSteps_AreReadAndCounted(t *testing.T) {
	for text, want := range map[string]string{"20,50": "[1 4]", "5": "[1 4]", "": "[4]", "10%, 40%": "[1 3 4]", "100": "[4]"} {
		percents, err := parseSteps(text, mostTasks)
		if got := shares(percents, 4); err != nil || jsonOf(got) != strings.ReplaceAll(want, " ", ",") {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"x", "0", "-5", "60", "20,20", "30,10"} {
		if got, err := parseSteps(text, mostTasks); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
	for _, text := range []string{"x", "-1s", "48h"} {
		if got, err := parsePause(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func jsonOf(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func TestRemove_WarnsOfAServiceThatHasTheRequestsOfAnother(t *testing.T) {
	for phase, want := range map[model.GreenPhase]bool{model.GreenOver: true, model.GreenBeside: false} {
		in, _, green := pairInput(t, "web", "web-green", phase, twoRoutes)
		in.Target, in.Doc = ServiceTarget(green), docOf(t, green)
		for _, plan := range []func(Input) (Plan, error){planRemove, planStop} {
			p, err := plan(in)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(strings.Join(p.Warnings, " "), "nothing answers them"); got != want {
				t.Errorf("%s: %q", phase, p.Warnings)
			}
		}
	}
}

// TestRelease_LeavesAloneWhoGetsRequests: neither is a service without them that had given
// them away when the release ran, nor has one of a pair what the other one has.
func TestRelease_LeavesAloneWhoGetsRequests(t *testing.T) {
	const image = "example/app:former"
	green := func(mark model.GreenPhase) string { return model.GreenMark{Blue: "b", Phase: mark}.String() }
	for name, tt := range map[string]struct {
		now, then, want map[string]string
		pair, says      bool
	}{
		"parked then": {now: twoRoutes, then: model.Parked(twoRoutes), want: twoRoutes, says: true},
		"parked now":  {now: model.Parked(twoRoutes), then: twoRoutes, want: twoRoutes},
		"other route": {now: twoRoutes, then: map[string]string{"traefik.http.routers.web.rule": "Host(`b`)"}, want: map[string]string{"traefik.http.routers.web.rule": "Host(`b`)"}},
		"of a pair":   {now: model.Parked(twoRoutes), then: twoRoutes, want: model.Parked(twoRoutes), pair: true, says: true},
		"without":     {now: map[string]string{"a": "1"}, then: map[string]string{"a": "2", model.LabelGreen: green(model.GreenOver)}, want: map[string]string{"a": "2"}, pair: true, says: true},
	} {
		service := testkit.Service(testkit.Name("web"), testkit.ServiceLabels(maps.Clone(tt.now)))
		all := []*model.Service{service}
		if tt.pair {
			mark := model.GreenMark{Blue: service.Key(), Phase: model.GreenOver, Began: testkit.Now}
			all = append(all, testkit.Service(testkit.Name("web-green"), testkit.ServiceLabels(map[string]string{model.LabelGreen: mark.String()})))
		}
		n := testkit.Node()
		in := Input{Cluster: testkit.Cluster(testkit.Services(all...), testkit.Nodes(n), testkit.Tasks(allOf(service, n)...)), Target: ServiceTarget(service), Doc: docOf(t, service)}
		then := service.Spec
		content := *then.TaskTemplate.ContainerSpec
		content.Image, then.Labels, then.TaskTemplate.ContainerSpec = image, tt.then, &content
		spec, err := model.PlainSpecOf(&then)
		if err != nil {
			t.Fatal(err)
		}
		p, err := planFormer(in, revertVerb, &model.Release{N: 1, Spec: spec, From: model.ReleaseSeen}, nil, "")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		after, err := Apply(in.Doc.Spec, p.Steps[0].Edits)
		if got := labelsOf(after); err != nil || !maps.Equal(got, tt.want) || string(field(after, pathImage...)) != `"`+image+`"` {
			t.Errorf("%s: %v, labels %v, want %v", name, err, got, tt.want)
		}
		if said := strings.Contains(strings.Join(p.Impact.Sentences, "\n"), "who gets its requests stays"); said != tt.says {
			t.Errorf("%s: %q", name, p.Impact.Sentences)
		}
	}
}

// FuzzPair: whatever the two services are, planners plan the same from the same,
// leave alone what they were given, and nothing is left to hand over twice.
func FuzzPair(f *testing.F) {
	f.Add(`{"Name":"web","Labels":{"traefik.http.routers.a.rule":"x"},"TaskTemplate":{"Networks":[{"Target":"n","Aliases":["web"]}]}}`, "20", "beside")
	f.Add(`{"EndpointSpec":{"Ports":[{"PublishedPort":80},{"TargetPort":1}]},"TaskTemplate":null}`, "", "over")
	f.Add(`{"TaskTemplate":{"Networks":{}},"Mode":{"Global":{}},"Labels":[]}`, "50", "finishing")
	f.Fuzz(func(t *testing.T, spec, steps, phase string) {
		in, _, _ := pairInput(t, "web", "web-green", model.GreenPhase(phase), twoRoutes)
		in.Doc.Spec = json.RawMessage(spec)
		in.Values = map[string]string{stepsKey: steps, "image": "nginx:2"}
		alone := in
		alone.Cluster = testkit.Cluster(testkit.Services(testkit.Service(testkit.Name("web"))))
		alone.Target = ServiceTarget(alone.Cluster.Services()[0])
		for verb, plan := range map[string]func(Input) (Plan, error){"green": planGreen, "switch": planSwitch, "switch-back": planSwitchBack, "finish": planFinish} {
			in := in
			if verb == greenVerb {
				in = alone
			}
			p, err := plan(in)
			again, err2 := plan(in)
			if jsonOf(p.Steps) != jsonOf(again.Steps) || (err == nil) != (err2 == nil) {
				t.Errorf("%s: planned twice, it is not the same", verb)
			}
			if string(in.Doc.Spec) != spec {
				t.Errorf("%s writes into what it was given", verb)
			}
			if err == nil && p.Confirm.Gate == "" {
				t.Errorf("%s: a plan without a gate", verb)
			}
		}
	})
}

func TestSwitch_GoesOnInTheSecondInWhichItWasLeft(t *testing.T) {
	for _, phase := range []model.GreenPhase{model.GreenStepping, model.GreenNaming, model.GreenFinishing} {
		in, _, _ := pairInput(t, "web", "web-green", phase, twoRoutes)
		in.Doc.ReadAt = testkit.Now
		p, err := readPairing(in)
		if err != nil {
			t.Fatal(err)
		}
		if edit := p.marked(phase, nil); edit.Value == p.mark.String() {
			t.Errorf("%s: nothing would change", phase)
		}
	}
}
