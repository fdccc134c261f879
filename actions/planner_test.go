package actions

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// everyKind is a swarm with one object of each kind that an action is for.
func everyKind(t testing.TB) (*model.Cluster, map[model.Kind]Target) {
	t.Helper()
	s := testkit.Service(testkit.Replicas(3), previous(oldImage), testkit.Updating(swarm.UpdateStatePaused, ""))
	n := testkit.Node()
	network, config, secret := testkit.Network("net"), testkit.Config("conf", "x"), testkit.Secret("pass")
	c := testkit.Cluster(testkit.Services(s), testkit.Nodes(n), testkit.Tasks(partly(t, s, n, 1)...), testkit.Objects(model.KindNetwork, network),
		testkit.Objects(model.KindConfig, config), testkit.Objects(model.KindSecret, secret))
	out := map[model.Kind]Target{model.KindService: ServiceTarget(s), model.KindNode: NodeTarget(c, n)}
	for _, o := range []model.Object{network, config, secret} {
		out[o.Meta().Ref.Kind] = Target{Ref: o.Meta().Ref, Name: o.Meta().Name}
	}
	return c, out
}

// FuzzPlanners: planners read documents of engines that may be newer, older, or
// broken. From the same they plan the same, what they were given stays as it was,
// and a plan that was carried out leaves nothing to do where it is planned for a
// value and not for a step.
func FuzzPlanners(f *testing.F) {
	f.Add(`{"Mode":{"Replicated":{"Replicas":3}},"TaskTemplate":{"ContainerSpec":{"Image":"a"}}}`, `{}`, "5")
	f.Add(`{"Mode":{"Global":{}},"UpdateConfig":{"Parallelism":-1,"Delay":"x"}}`, `null`, "+1")
	f.Add(`{"Mode":{"Replicated":{"Replicas":1e99}},"TaskTemplate":[]}`, `[]`, "nginx")
	f.Add(`{"Labels":{"a":"b"},"Role":"worker","Availability":"active"}`, `{"Labels":{}}`, "a=c")
	f.Fuzz(func(t *testing.T, spec, before, value string) {
		c, targets := everyKind(t)
		for _, a := range actions {
			if a.Plan == nil {
				continue
			}
			in := Input{Cluster: c, Target: targets[a.Kind], Values: map[string]string{"replicas": value, "image": value, "labels": value, "cpu-limit": value}}
			in.Doc = model.Document{Ref: in.Target.Ref, Spec: []byte(spec), Previous: []byte(before), Raw: []byte(spec)}
			p, err := a.Plan(in)
			again, err2 := a.Plan(in)
			if !reflect.DeepEqual(p, again) || (err == nil) != (err2 == nil) {
				t.Errorf("%s: planned twice, it is\n%+v\nand\n%+v", a.Verb, p, again)
			}
			if string(in.Doc.Spec) != spec || string(in.Doc.Previous) != before {
				t.Errorf("%s writes into what it was given", a.Verb)
			}
			if err != nil {
				continue
			}
			if p.Confirm.Gate == "" {
				t.Errorf("%s: a plan without a gate", a.Verb)
			}
			if i := p.Impact; i.Known && (i.Restarts != len(i.Replaced) || i.Lowest < 0 || i.Restarts < 0 || i.Stops < 0) {
				t.Errorf("%s: %+v", a.Verb, i)
			}
			checkCarriedOut(t, a, in, p)
		}
	})
}

// checkCarriedOut makes the edits of a plan, and plans again.
func checkCarriedOut(t *testing.T, a Action, in Input, p Plan) {
	t.Helper()
	steps := map[string]bool{"restart": true, "resume": true, "rollback": true} // Each time is one more.
	for _, s := range p.Steps {
		if s.Op != OpUpdate {
			continue
		}
		was := bytes.Clone(in.Doc.Spec)
		after, err := Apply(in.Doc.Spec, s.Edits)
		if err != nil || !bytes.Equal(was, in.Doc.Spec) {
			t.Errorf("%s: %v, %s became %s", a.Verb, err, was, in.Doc.Spec)
			continue
		}
		// What comes out is its own: writing over it changes nothing before.
		for i := range after {
			after[i] ^= 0xff
		}
		if once, err := Apply(in.Doc.Spec, s.Edits); err != nil || !bytes.Equal(was, in.Doc.Spec) || !json.Valid(once) {
			t.Errorf("%s: %v, it shares its bytes", a.Verb, err)
		} else if twice, err := Apply(once, s.Edits); err != nil || !model.SameJSON(once, twice) {
			t.Errorf("%s: twice it makes %s of %s, %v", a.Verb, twice, once, err)
		} else if value := in.Values["replicas"]; !steps[a.Verb] && value != "" && value[0] != '+' && value[0] != '-' {
			in.Doc.Spec, in.Doc.Raw = once, once
			if next, err := a.Plan(in); err == nil && len(next.Changes) > 0 {
				t.Errorf("%s: done, it changes %v", a.Verb, next.Changes)
			}
		}
	}
}
