package actions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// TestGroup_LeavesOutByName: what cannot take part in a verb on a stack, and what
// must not, does not keep the others from it.
func TestGroup_LeavesOutByName(t *testing.T) {
	in := testkit.Stack("shop")
	web, agent := testkit.Service(testkit.Name("web"), in, testkit.Replicas(2)), testkit.Service(testkit.Name("agent"), in, testkit.Global())
	job, off := testkit.Service(testkit.Name("migrate"), in, testkit.GlobalJob(1)), testkit.Service(testkit.Name("off"), in, testkit.Replicas(0))
	stopped := testkit.Service(testkit.Name("stopped"), in, testkit.Replicas(0), testkit.ServiceLabels(map[string]string{labelReplicas: "4"}))
	elsewhere := testkit.Service(testkit.Name("elsewhere"), testkit.Replicas(2))
	all := []*model.Service{web, agent, job, off, stopped, elsewhere}
	eng := newFake()
	for _, s := range all {
		eng.docs[s.Key().Ref()] = docOf(t, s)
	}
	c := testkit.Cluster(testkit.Services(all...), testkit.Nodes(testkit.Node()), testkit.Tasks())
	for verb, want := range map[string]struct{ plans, left string }{
		"restart": {"agent off stopped web", "migrate: it is a job and would run again"},
		"stop":    {"web", "agent: only a service with replicas migrate: only a service with replicas off: it is stopped already stopped: it is stopped already"},
		"start":   {"stopped", "agent: only migrate: only off: it was not stopped with the others web: it is not stopped"},
	} {
		a, _ := Find(model.KindStack, verb)
		group := Target{Ref: model.StackName("shop").Ref(), Name: "shop"}
		if reason := a.Disabled(c, []Target{group}); reason != "" {
			t.Errorf("%s: %s", verb, reason)
		}
		r := Request{Action: a, Targets: []Target{group}}
		plans, left := Split(r.Propose(c, r.Read(t.Context(), eng, c, nil), nil))
		var names []string
		for _, p := range plans {
			names = append(names, p.Target.Name)
		}
		if got := strings.Join(names, " "); got != want.plans {
			t.Errorf("%s of %s, want %s", verb, got, want.plans)
		}
		said := strings.ReplaceAll(errors.Join(left...).Error(), "\n", " ")
		for part := range strings.SplitSeq(want.left, " ") {
			if !strings.Contains(said, part) {
				t.Errorf("%s: no %q in %q", verb, part, said)
			}
		}
		sum := r.Combine(plans, left)
		if sum.Target != group || !strings.HasPrefix(sum.Title, verb+" the stack shop: ") || len(sum.Warnings) < len(left) {
			t.Errorf("%+v", sum)
		}
	}
	if a, _ := Find(model.KindStack, "start"); a.Disabled(testkit.Cluster(testkit.Services(web), testkit.Nodes(testkit.Node())), []Target{{Ref: model.StackName("shop").Ref()}}) == "" {
		t.Error("nothing is stopped")
	}
}

// TestGroup_OfSeveral: what is used goes after what uses it, whatever stack that is
// in.
func TestGroup_OfSeveral(t *testing.T) {
	in := func(stack string) func(*model.Network) {
		return func(n *model.Network) { n.Labels = map[string]string{model.LabelStack: stack} }
	}
	a := testkit.Service(testkit.Name("a"), testkit.Stack("one"))
	b := testkit.Service(testkit.Name("b"), testkit.Stack("two"), testkit.Template(func(t *swarm.TaskSpec) {
		t.Networks = []swarm.NetworkAttachmentConfig{{Target: "net-id"}}
	}))
	c := testkit.Cluster(testkit.Services(a, b), testkit.Nodes(testkit.Node()), testkit.Tasks(), testkit.Objects(model.KindConfig), testkit.Objects(model.KindSecret),
		testkit.Objects(model.KindNetwork, testkit.Network("net", in("one"))))
	r := Request{Action: removeStack, Targets: []Target{{Ref: model.StackName("one").Ref(), Name: "one"}, {Ref: model.StackName("two").Ref(), Name: "two"}}}
	eng := newFake(docOf(t, a), docOf(t, b), model.Document{Ref: model.Ref{Kind: model.KindNetwork, ID: "net-id"}, Name: "net"})
	plans, left := Split(r.Propose(c, r.Read(t.Context(), eng, c, nil), nil))
	if len(left) > 0 || len(plans) != 3 || plans[2].Target.Name != "net" {
		t.Fatalf("%v, %+v", left, plans)
	}
	if sum := r.Combine(plans, left); sum.Confirm.Name != "remove 2" || sum.Title != "remove the stacks one, two: 2 services, 1 network" {
		t.Errorf("%+v", sum)
	}
	r.Targets = r.Targets[:1] // The other stack stays, and with it the network.
	plans, left = Split(r.Propose(c, r.Read(t.Context(), eng, c, nil), nil))
	if len(plans) != 1 || len(left) != 1 || !strings.Contains(left[0].Error(), "network net: b uses it") {
		t.Errorf("%v, %+v", left, plans)
	}
}

func TestRemovePart(t *testing.T) {
	swarmNet := testkit.Network("net", func(n *model.Network) { n.Labels = map[string]string{model.LabelStack: "shop"} })
	ingress, local := testkit.Network("ingress", func(n *model.Network) { n.Ingress = true }), testkit.Network("bridge", func(n *model.Network) { n.Scope = "local" })
	c := testkit.Cluster(testkit.Services(), testkit.Nodes(testkit.Node()), testkit.Objects(model.KindNetwork, swarmNet, ingress, local))
	for name, want := range map[string]string{"ingress": "published ports", "bridge": "this engine alone", "net": ""} {
		got := removeNetwork.Disabled(c, []Target{{Ref: model.Ref{Kind: model.KindNetwork, ID: name + "-id"}, Name: name}})
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	target := Target{Ref: swarmNet.Meta().Ref, Name: "net"}
	p := mustPlan(t, removeNetwork, Input{Cluster: c, Target: target, Doc: model.Document{Ref: target.Ref, Name: "net", Raw: []byte(`{"Labels":{"com.docker.stack.namespace":"shop"}}`)}})
	wantSays(t, p, "no service uses it", "the stack shop: the next docker stack deploy creates it again")
	if p.Commands[0] != "docker network rm net" || p.Confirm.Name != "net" {
		t.Errorf("%+v", p)
	}
}

// TestRunAll_Rolling waits for each update, and stops where one does not go well.
func TestRunAll_Rolling(t *testing.T) {
	for _, tt := range []struct {
		name, ends string
		goOn       bool
		want       string
		after      time.Duration
	}{
		{"each in its turn", "completed", false, "3 done", 20 * time.Second},
		{"paused", "paused", false, "1 done, 2 not begun", 10 * time.Second},
		{"paused, told to go on", "paused", true, "3 done", 20 * time.Second},
		{"nothing to replace", "", false, "3 done", 12 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var plans []Plan
				eng := newFake()
				for _, name := range []string{"a", "b", "c"} {
					in := inputFor(t, testkit.Service(testkit.Name(name), testkit.Replicas(3)), nil)
					eng.docs[in.Target.Ref] = in.Doc
					plans = append(plans, mustPlan(t, restart, in))
				}
				updating := &updatingEngine{fakeEngine: eng, ends: tt.ends, since: map[model.Ref]time.Time{}}
				began := time.Now()
				var places []int
				results := RunAll(t.Context(), updating, plans, Batch{GoOn: tt.goOn, Rolling: true, Begins: func(i int) { places = append(places, i) }})
				if got := Sum(plans, results).String(); got != tt.want || time.Since(began).Round(time.Second) != tt.after || len(places) == 0 {
					t.Errorf("%s after %s, %v", got, time.Since(began), places)
				}
			})
		})
	}
}

// updatingEngine updates for ten seconds.
type updatingEngine struct {
	*fakeEngine
	ends  string
	since map[model.Ref]time.Time
}

func (e *updatingEngine) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	doc, err := e.fakeEngine.Inspect(ctx, ref)
	if at, updates := e.since[ref]; updates && e.ends != "" {
		state := "updating"
		if time.Since(at) >= 10*time.Second {
			state = e.ends
		}
		doc.Raw = fmt.Appendf(nil, `{"UpdateStatus":{"State":%q}}`, state)
	}
	return doc, err
}

func (e *updatingEngine) Update(ctx context.Context, w model.Write) ([]string, error) {
	e.since[w.Ref] = time.Now()
	return e.fakeEngine.Update(ctx, w)
}
