package model_test

import (
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// someGPUs are so many of a node, or asked for.
func someGPUs(n int64) []swarm.GenericResource {
	return []swarm.GenericResource{{DiscreteResourceSpec: &swarm.DiscreteGenericResource{Kind: "gpu", Value: n}}}
}

func TestGeneric_UsedOfHowManyAndByWhom(t *testing.T) {
	node := testkit.Node(testkit.Hostname("w1"), testkit.WithNode(func(n *model.Node) {
		for _, id := range []string{"UUID1", "UUID2"} {
			n.Description.Resources.GenericResources = append(n.Description.Resources.GenericResources,
				swarm.GenericResource{NamedResourceSpec: &swarm.NamedGenericResource{Kind: "gpu", Value: id}})
		}
	}))
	train := testkit.Service(testkit.Name("train"), testkit.Replicas(2), testkit.Template(func(t *swarm.TaskSpec) {
		t.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{GenericResources: someGPUs(2), MemoryBytes: 1 << 20}}
	}))
	holder := testkit.Task(testkit.Of(train), testkit.Slot(1), testkit.On(node), testkit.WithTask(func(t *model.Task) {
		t.Holds = []swarm.GenericResource{{NamedResourceSpec: &swarm.NamedGenericResource{Kind: "gpu", Value: "UUID2"}}}
	}))
	waiting := testkit.Task(testkit.Of(train), testkit.Slot(2), testkit.Pending("no suitable node (insufficient resources on 1 node)"))
	c := testkit.Cluster(testkit.Nodes(node), testkit.Services(train), testkit.Tasks(holder, waiting))
	if got := c.GenericUse(node); len(got) != 1 || got[0].String() != "gpu 1/2" {
		t.Errorf("%v", got)
	}
	if got := c.GenericHolders(node.Key(), "gpu"); len(got) != 1 || got[0].Task.ID != holder.ID || got[0].Count != 1 || got[0].Names[0] != "UUID2" {
		t.Errorf("%+v", got)
	}
	s := c.Shortage(waiting)
	if got := s.Explain(waiting.Err); got != "no suitable node (insufficient resources (gpu) on 1 node)" || s.Detail != "w1 has 1 of 2 gpu free, 2 needed" {
		t.Errorf("%q, %q", got, s.Detail)
	}
	if p := c.Problems(); len(p) != 1 || p[0].Why != s.Detail {
		t.Errorf("the problem does not say what is lacking: %v", p)
	}
	if got := c.Shortage(holder); len(got.Kinds) > 0 || got.Explain("x") != "x" {
		t.Errorf("a running task lacks %v", got)
	}
	unread := testkit.Cluster(testkit.Nodes(node), testkit.Services(train))
	if got := unread.GenericUse(node); got[0].String() != "gpu -/2" {
		t.Errorf("%v", got)
	}
}

// TestBuilder_RemovedGlobalJob has what is left of a job whose service is gone:
// one task for each node, all of one number.
func TestBuilder_RemovedGlobalJob(t *testing.T) {
	a, b := testkit.Node(testkit.Hostname("a")), testkit.Node(testkit.Hostname("b"))
	left := func(n *model.Node, slot int) *model.Task {
		return testkit.Task(testkit.OfID("gone00000000000000000000a"), testkit.Slot(slot), testkit.On(n), testkit.Iteration(1), testkit.Ended())
	}
	slots := func(tasks ...*model.Task) int {
		c := testkit.Cluster(testkit.Nodes(a, b), testkit.Services(), testkit.Tasks(tasks...))
		n := 0
		all, _ := c.Tasks()
		model.Slots(all, func([]*model.Task) { n++ })
		return n
	}
	if got := slots(left(a, 0), left(b, 0)); got != 2 {
		t.Errorf("a task on each of two nodes is %d rows", got)
	}
	if got := slots(left(a, 0), left(b, 1), left(a, 1)); got != 2 {
		t.Errorf("two slots are %d rows", got)
	}
	c := testkit.Cluster(testkit.Nodes(a, b), testkit.Services(), testkit.Tasks(left(a, 0), left(b, 0)))
	all, _ := c.Tasks()
	if got := c.TaskName(all[0]) + " " + c.TaskName(all[1]); got != "gone00000000.a gone00000000.b" && got != "gone00000000.b gone00000000.a" {
		t.Error(got)
	}
}

// A task that has just been made is no sign that a network is full.
func TestReason_OfATaskThatIsNew(t *testing.T) {
	c := testkit.Cluster(testkit.At(testkit.Now))
	for age, blames := range map[time.Duration]bool{time.Second: false, time.Minute: true} {
		task := testkit.Task(testkit.State(swarm.TaskStateNew), testkit.WithTask(func(t *model.Task) { t.CreatedAt = testkit.Now.Add(-age) }))
		if got := c.Reason(task); strings.Contains(got, "is a network full?") != blames {
			t.Errorf("after %s: %s", age, got)
		}
	}
}
