package actions

import (
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// BenchmarkPlan is what a preview costs that is renewed with every snapshot:
// one service of 10,000 tasks on 100 nodes, half of them of an older version,
// and one that only starts with the new one.
func BenchmarkPlan(b *testing.B) {
	limited := testkit.Template(func(t *swarm.TaskSpec) { t.Placement = &swarm.Placement{MaxReplicas: 200} })
	for name, options := range map[string][]testkit.ServiceOption{"any node": nil, "limited": {limited}} {
		s := testkit.Service(append(options, testkit.Replicas(10_000), previous(oldImage), testkit.Updating(swarm.UpdateStatePaused, ""))...)
		before := *s
		before.Spec = *s.PreviousSpec
		before.Print = model.FingerprintOf(&before.Spec.TaskTemplate)
		var nodes []*model.Node
		for range 100 {
			nodes = append(nodes, testkit.Node(testkit.Hostname("node"+string(rune('0'+len(nodes))))))
		}
		var tasks []*model.Task
		for slot := range 10_000 {
			of := s
			if slot%2 == 0 {
				of = &before
			}
			tasks = append(tasks, testkit.Task(testkit.Of(of), testkit.Slot(slot+1), testkit.On(nodes[slot%100])))
		}
		in := inputFor(b, s, map[string]string{"replicas": "10001"}, testkit.Nodes(nodes...), testkit.Tasks(tasks...))
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := scale.Plan(in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
