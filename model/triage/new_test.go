package triage_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// Tasks that wait for their turn with a busy manager are not said to lack an address:
// no network is full.
func TestReasons_ABusyManagerIsNoFullNetwork(t *testing.T) {
	n, web := Node(Hostname("n1")), Service(Name("web"), Replicas(500), Reports(0, 500))
	var tasks []*model.Task
	for i := range 500 {
		tasks = append(tasks, Task(Of(web), Slot(i+1), Ago(20*time.Second), WithTask(func(t *model.Task) { t.State, t.NodeID, t.Message = swarm.TaskStateNew, "", "created" })))
	}
	for _, ago := range []time.Duration{20 * time.Second, 10 * time.Minute} {
		for _, task := range tasks {
			task.CreatedAt = Now.Add(-ago)
		}
		c := Cluster(Nodes(n), Services(web), Tasks(tasks...))
		for _, f := range c.Problems() {
			if f.Why != "the manager is giving addresses to 500 tasks, this is one of them" {
				t.Errorf("after %s: %s", ago, f)
			}
		}
	}
}
