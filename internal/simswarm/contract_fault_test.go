package simswarm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"
)

// Faults breaks and mends a worker of the swarm under test.
type Faults struct {
	// Hostname is the worker's.
	Hostname string
	Fail     func()
	Recover  func()
}

// RunFaults checks what the swarm does when a worker dies, comes back, and is
// removed.
func RunFaults(t *testing.T, host string, f Faults, g Golden) {
	e := connect(t, host, g)
	s := shapes{engine: e, answers: answers{}}
	n := e.nodes()
	id := e.create(e.name("a"), replicas(uint64(2*n)), command("sh", "-c", "echo hello; "+lives))
	up := e.want(id, "all run", 2*n, running)
	var node swarm.Node
	e.must("GET", "/nodes/"+f.Hostname, nil, &node)
	lost := onNode(up, node.ID)
	if lost == 0 {
		t.Fatal("the worker has no task")
	}
	f.Fail()
	e.until("the node is down", func() error {
		e.must("GET", "/nodes/"+f.Hostname, nil, &node)
		if node.Status.State != swarm.NodeStateDown {
			return fmt.Errorf("%+v", node.Status)
		}
		return nil
	})
	equal(e, "message of the node", node.Status.Message, "heartbeat failure")
	ghost := e.want(id, "the ghosts stay as they were last seen", lost, func(t swarm.Task) bool {
		return t.NodeID == node.ID && t.Status.State == swarm.TaskStateRunning && t.DesiredState == swarm.TaskStateShutdown
	})[0].ID
	s.ask("node that is down", "/nodes/"+node.ID)
	s.ask("task that is lost with its node", "/tasks/"+ghost)
	e.want(id, "all run elsewhere", 2*n, func(t swarm.Task) bool { return running(t) && t.NodeID != node.ID })
	st := e.status(id).ServiceStatus
	equal(e, "desired", st.DesiredTasks, uint64(2*n))
	equal(e, "running, ghosts and all", st.RunningTasks, uint64(2*n+lost))

	frames := e.logs("/services/" + id + "/logs?stdout=1&stderr=1")
	hello, warned := 0, ""
	for _, fr := range frames {
		switch {
		case fr.stream == 3:
			warned = fr.text
		case fr.text == "hello\n":
			hello++
		}
	}
	equal(e, "lines of those that can be reached", hello, 2*n)
	if !strings.HasPrefix(warned, "Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. some logs could not be retrieved for the following reasons: ") ||
		!strings.Contains(warned, "node "+node.ID+" is not available") {
		t.Errorf("warning %q", warned)
	}

	f.Recover()
	e.until("the node is ready", func() error {
		e.must("GET", "/nodes/"+f.Hostname, nil, &node)
		if node.Status.State != swarm.NodeStateReady {
			return fmt.Errorf("%+v", node.Status)
		}
		return nil
	})
	failed := func(t swarm.Task) bool {
		return t.Status.State == swarm.TaskStateFailed && t.Status.Err == "task: non-zero exit (137)"
	}
	// A returning engine that hears that a task is to stop before it has looked
	// at what is left of it has shut it down.
	ended := e.want(id, "the ghosts have ended", lost, func(t swarm.Task) bool {
		return t.NodeID == node.ID && t.DesiredState == swarm.TaskStateShutdown && (failed(t) || t.Status.State == swarm.TaskStateShutdown)
	})
	equal(e, "tasks on the node that came back", onNode(e.want(id, "all run", 2*n, running), node.ID), 0)
	if i := slices.IndexFunc(ended, failed); i >= 0 {
		s.ask("task whose node came back", "/tasks/"+ended[i].ID)
	}
	s.remove(node.ID, n)
	g.check(e, s.answers)
}

// remove takes a ready node, one of n, out of the swarm by force.
func (s shapes) remove(node string, n int) {
	s.t.Helper()
	everywhere := s.create(s.name("global"), global)
	s.want(everywhere, "all run", n, running)
	id := s.create(s.name("moved"), constraint("node.role==worker"), replicas(uint64(n)), restart(swarm.RestartPolicyConditionAny, 0, 0))
	up := s.want(id, "all run", n, running)
	if onNode(up, node) == 0 {
		s.t.Fatal("the worker has no task")
	}
	s.must("DELETE", "/nodes/"+node+"?force=1", nil, nil)
	s.want(id, "all run elsewhere", n, func(t swarm.Task) bool { return running(t) && t.NodeID != node })
	orphan := s.want(id, "its tasks are orphans", onNode(up, node), func(t swarm.Task) bool {
		return t.NodeID == node && t.DesiredState == swarm.TaskStateShutdown && t.Status.State == swarm.TaskStateOrphaned
	})[0]
	s.ask("task of a node that was removed", "/tasks/"+orphan.ID)
	s.until("the global service is whole with one node fewer", func() error {
		st := s.status(everywhere).ServiceStatus
		if tasks := s.engine.tasks(everywhere); st.DesiredTasks != uint64(n-1) || st.RunningTasks != uint64(n-1) || len(tasks) != n-1 {
			return fmt.Errorf("%+v %s", *st, describe(tasks))
		}
		return nil
	})
}
