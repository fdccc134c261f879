package simswarm_test

import (
	"fmt"
	"maps"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// nodeChecks change the nodes and so run one after the other.
var nodeChecks = []check{
	{"Global", checkGlobal},
	{"Labels", checkLabels},
	{"Pause", checkPause},
	{"Drain", checkDrain},
}

// workers lists the ready workers.
func (e *engine) workers() []swarm.Node {
	e.t.Helper()
	var list []swarm.Node
	e.must("GET", "/nodes?"+filters("role", "worker"), nil, &list)
	if len(list) < 2 {
		e.t.Fatalf("%d workers, want at least 2", len(list))
	}
	return list
}

// setNode changes a node, and undoes it after the test.
func (e *engine) setNode(id string, change func(*swarm.NodeSpec)) {
	e.t.Helper()
	old := e.writeNode(id, change)
	e.t.Cleanup(func() { e.writeNode(id, func(n *swarm.NodeSpec) { *n = old }) })
}

func (e *engine) writeNode(id string, change func(*swarm.NodeSpec)) (old swarm.NodeSpec) {
	e.t.Helper()
	e.until("the node takes the change", func() error {
		var n swarm.Node
		e.must("GET", "/nodes/"+id, nil, &n)
		old = n.Spec
		old.Labels = maps.Clone(n.Spec.Labels)
		change(&n.Spec)
		status, data := e.do("POST", fmt.Sprintf("/nodes/%s/update?version=%d", id, n.Version.Index), n.Spec)
		if status != 200 {
			return fmt.Errorf("%d %s", status, data)
		}
		return nil
	})
	return old
}

func availability(a swarm.NodeAvailability) func(*swarm.NodeSpec) {
	return func(n *swarm.NodeSpec) { n.Availability = a }
}

func global(s *swarm.ServiceSpec) { s.Mode = swarm.ServiceMode{Global: &swarm.GlobalService{}} }

func checkGlobal(e *engine) {
	n := e.nodes()
	id := e.create(e.name("a"), global)
	up := e.want(id, "a task on every node", n, running)
	nodes := map[string]bool{}
	for _, t := range up {
		nodes[t.NodeID] = true
		equal(e, "slot", t.Slot, 0)
	}
	equal(e, "nodes", len(nodes), n)
	equal(e, "desired", e.status(id).ServiceStatus.DesiredTasks, uint64(n))

	w := e.workers()[0]
	e.setNode(w.ID, availability(swarm.NodeAvailabilityDrain))
	e.want(id, "the drained node has none", n-1, running)
	e.until("one fewer is wanted", func() error {
		if st := e.status(id).ServiceStatus; st.DesiredTasks != uint64(n-1) || st.RunningTasks != uint64(n-1) {
			return fmt.Errorf("%+v", st)
		}
		return nil
	})
	e.writeNode(w.ID, availability(swarm.NodeAvailabilityActive))
	e.want(id, "it has one again", n, running)
}

// checkLabels: a label that goes evicts the tasks that need it.
func checkLabels(e *engine) {
	w := e.workers()[0]
	id := e.create(e.name("a"), constraint("node.labels.contract==yes"), restart(swarm.RestartPolicyConditionAny, 100*time.Millisecond, 0))
	e.want(id, "the task is pending", 1, isPending)
	label := func(v string) func(*swarm.NodeSpec) {
		return func(n *swarm.NodeSpec) { n.Labels = map[string]string{"contract": v} }
	}
	e.setNode(w.ID, label("YES")) // in any case
	t := e.want(id, "the task runs", 1, running)[0]
	equal(e, "node", t.NodeID, w.ID)
	e.writeNode(w.ID, label("no"))
	e.want(id, "it is pending again", 1, isPending)
	for _, x := range e.tasks(id) {
		if x.ID == t.ID {
			equal(e, "desired state of the evicted task", x.DesiredState, swarm.TaskStateShutdown)
		}
	}
}

func checkPause(e *engine) {
	n := e.nodes()
	w := e.workers()[0]
	id := e.create(e.name("a"), replicas(uint64(2*n)))
	before := onNode(e.want(id, "all run", 2*n, running), w.ID)
	e.setNode(w.ID, availability(swarm.NodeAvailabilityPause))
	e.update(id, replicas(uint64(4*n)))
	after := onNode(e.want(id, "all run", 4*n, running), w.ID)
	equal(e, "tasks of the paused node", after, before)
}

func onNode(list []swarm.Task, node string) int {
	n := 0
	for _, t := range list {
		if t.NodeID == node {
			n++
		}
	}
	return n
}

// checkDrain: the tasks move at once, without the delay of a restart, and do
// not come back.
func checkDrain(e *engine) {
	n := e.nodes()
	w := e.workers()[0]
	id := e.create(e.name("a"), replicas(uint64(2*n)), restart(swarm.RestartPolicyConditionAny, time.Hour, 0))
	if onNode(e.want(id, "all run", 2*n, running), w.ID) == 0 {
		e.t.Fatal("the worker has no task")
	}
	e.setNode(w.ID, availability(swarm.NodeAvailabilityDrain))
	up := e.want(id, "all run elsewhere", 2*n, func(t swarm.Task) bool { return running(t) && t.NodeID != w.ID })
	e.until("the node is empty", func() error {
		for _, t := range e.tasks(id) {
			if t.NodeID == w.ID && (t.Status.State != swarm.TaskStateShutdown || t.DesiredState != swarm.TaskStateShutdown) {
				return fmt.Errorf("%s", describe([]swarm.Task{t}))
			}
		}
		return nil
	})
	e.writeNode(w.ID, availability(swarm.NodeAvailabilityActive))
	e.sleep(500 * time.Millisecond)
	same := 0
	for _, t := range e.want(id, "all run", 2*n, running) {
		for _, u := range up {
			if u.ID == t.ID {
				same++
			}
		}
	}
	equal(e, "tasks that stayed where they were", same, 2*n)
	pending := e.create(e.name("b"), constraint("node.id=="+w.ID))
	e.want(pending, "the node takes new ones", 1, running)
}
