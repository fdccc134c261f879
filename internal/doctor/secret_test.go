package doctor_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/doctor"
	"skep/internal/testkit"
	"skep/model"
)

// What the engine says of tasks, nodes and updates may name a secret of any sort,
// and an error too; no answer does.
func TestReport_NamesNoSecrets(t *testing.T) {
	for _, p := range testkit.Secrets() {
		node := testkit.Node(testkit.Hostname("worker1"), testkit.WithNode(func(n *model.Node) {
			n.Status.State, n.Status.Message = swarm.NodeStateDown, p.Text
		}))
		service := testkit.Service(testkit.Name("web"), testkit.Updating(swarm.UpdateStatePaused, p.Text))
		task := testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.Err(p.Text), testkit.WithTask(func(t *model.Task) {
			t.State, t.Message = swarm.TaskStateRejected, p.Text
		}))
		c := testkit.Cluster(testkit.Nodes(node), testkit.Services(service), testkit.TasksFor(model.TaskQuery{}, testkit.Now, task))
		answers := []interface{ Text() string }{doctor.NewReport(c, testkit.Now)}
		if r, _ := doctor.Failed(errors.New(p.Text), &model.Trouble{Situation: model.NoLeader, Cause: errors.New(p.Text)}, testkit.Now); true {
			answers = append(answers, r)
		}
		for _, ref := range []model.Ref{service.Key().Ref(), node.Key().Ref(), task.ID.Ref()} {
			e, err := doctor.Explain(c, ref, testkit.Now)
			if err != nil {
				t.Fatal(err)
			}
			answers = append(answers, e)
		}
		for _, a := range answers {
			b, err := json.Marshal(a)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{a.Text(), string(b)} {
				for _, s := range p.Leaks(text) {
					if len(s) > 5 { // The shortest are parts of words.
						t.Errorf("%q of %q is told: %s", s, p.Text, text[:min(len(text), strings.Index(text, s)+40)])
					}
				}
			}
		}
	}
}
