package actions

import (
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// needing is a service whose earlier version had what today's has not.
func needing(options ...testkit.ServiceOption) *model.Service {
	return testkit.Service(append(options, previous(func(s *swarm.ServiceSpec) {
		c := s.TaskTemplate.ContainerSpec
		c.Configs = []*swarm.ConfigReference{{ConfigID: "c1", ConfigName: "app_conf"}, nil}
		c.Secrets = []*swarm.SecretReference{{SecretID: "s1", SecretName: "app_key"}}
		s.TaskTemplate.Networks = []swarm.NetworkAttachmentConfig{{Target: "n1abcdefghijklmnop"}}
	}))...)
}

// TestRollback_ToWhatIsGone: the engine would stop one task after the other and
// start none.
func TestRollback_ToWhatIsGone(t *testing.T) {
	s := needing(testkit.Replicas(2))
	n := testkit.Node()
	in := inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(allOf(s, n)...))
	for _, tt := range []struct {
		lost []model.Ref
		want string
	}{
		{nil, ""},
		{[]model.Ref{{Kind: model.KindConfig, ID: "c1"}}, "the previous version needs the config app_conf, which no longer exists: none of its tasks could start"},
		{[]model.Ref{{Kind: model.KindSecret, ID: "s1"}, {Kind: model.KindNetwork, ID: "n1abcdefghijklmnop"}},
			"needs the network n1abcdefghij, the secret app_key, which no longer exist"},
	} {
		eng := newFake(in.Doc)
		eng.lost = map[model.Ref]bool{}
		for _, ref := range tt.lost {
			eng.lost[ref] = true
		}
		p := Prepare(t.Context(), eng, rollback, in.Cluster, in.Batch, nil)[0]
		if p.Err != nil {
			t.Fatal(p.Err)
		}
		if refused := p.Plan.Confirm.Gate == GateNone; refused != (tt.want != "") || !strings.Contains(p.Plan.Confirm.Why, tt.want) {
			t.Errorf("%v: gate %s, %q", tt.lost, p.Plan.Confirm.Gate, p.Plan.Confirm.Why)
		}
	}
}

// TestRollback_ToWhatGoesMeanwhile: what is removed after the preview stops the
// write.
func TestRollback_ToWhatGoesMeanwhile(t *testing.T) {
	in := inputFor(t, needing(), nil)
	eng, plan := newFake(in.Doc), mustPlan(t, rollback, in)
	eng.lost = map[model.Ref]bool{{Kind: model.KindConfig, ID: "c1"}: true}
	r := Run(t.Context(), eng, plan, nil)
	if r.Err == nil || len(eng.writes) != 0 || !strings.Contains(r.Err.Error(), "app_conf, which no longer exists: none of its tasks could start: nothing was written") {
		t.Errorf("%v, %d writes", r.Err, len(eng.writes))
	}
}

// TestRollback_WhereNothingStarts: a config that is gone does no harm to tasks
// that run.
func TestRollback_WhereNothingStarts(t *testing.T) {
	s := needing()
	before := *s
	before.Spec = *s.PreviousSpec
	before.Print = model.FingerprintOf(&before.Spec.TaskTemplate)
	n := testkit.Node()
	in := inputFor(t, s, nil, testkit.Nodes(n), testkit.Tasks(testkit.Task(testkit.Of(&before), testkit.Slot(1), testkit.On(n))))
	in.Missing = []model.Reference{{Ref: model.Ref{Kind: model.KindConfig, ID: "c1"}, Name: "app_conf"}}
	p := mustPlan(t, rollback, in)
	if p.Confirm.Gate != GateKey {
		t.Errorf("gate %s: %s", p.Confirm.Gate, p.Confirm.Why)
	}
	wantSays(t, p, "those that run keep running")
}
