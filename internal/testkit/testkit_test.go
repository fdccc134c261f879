package testkit_test

import (
	"testing"

	"skep/internal/testkit"
	"skep/model"
)

func TestBigSwarm_SizesAndUniqueIDs(t *testing.T) {
	s := testkit.BigSwarm(100, 500, 10_000)
	if len(s.Nodes) != 100 || len(s.Services) != 500 || len(s.Tasks) != 10_000 {
		t.Fatalf("%d nodes, %d services, %d tasks", len(s.Nodes), len(s.Services), len(s.Tasks))
	}
	seen := map[model.TaskID]bool{}
	for _, task := range s.Tasks {
		if seen[task.ID] {
			t.Fatalf("task ID %s twice", task.ID)
		}
		if len(task.ID) != 25 {
			t.Fatalf("task ID %q is not as long as the engine's", task.ID)
		}
		seen[task.ID] = true
	}
}

func TestBigSwarm_TinyAndUneven(t *testing.T) {
	for _, n := range [][3]int{{0, 1, 1}, {1, 1, 0}, {1, 3, 2}, {3, 7, 100}} {
		s := testkit.BigSwarm(n[0], n[1], n[2])
		if len(s.Nodes) != n[0] || len(s.Services) != n[1] || len(s.Tasks) != n[2] {
			t.Errorf("%v: %d nodes, %d services, %d tasks", n, len(s.Nodes), len(s.Services), len(s.Tasks))
		}
	}
}

func TestCluster_CountsAsTheEngineDoes(t *testing.T) {
	dead := testkit.Node(testkit.Hostname("dead"), testkit.Down())
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(2))
	c := testkit.Cluster(testkit.Nodes(dead), testkit.Services(web),
		testkit.Tasks(testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(dead))))
	if got := c.Facts(web.Key()).Reported; got != 1 {
		t.Errorf("the engine would report 1 running task, not %d", got)
	}
	if web.ServiceStatus != nil {
		t.Error("the caller's service was changed")
	}
}
