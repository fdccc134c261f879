package contract

import (
	"fmt"
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

// RunFaults checks what the swarm does when a worker dies and comes back.
func RunFaults(t *testing.T, host string, f Faults) {
	e := connect(t, host)
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
	e.want(id, "the ghosts stay as they were last seen", lost, func(t swarm.Task) bool {
		return t.NodeID == node.ID && t.Status.State == swarm.TaskStateRunning && t.DesiredState == swarm.TaskStateShutdown
	})
	e.want(id, "all run elsewhere", 2*n, func(t swarm.Task) bool { return running(t) && t.NodeID != node.ID })
	s := e.status(id).ServiceStatus
	equal(e, "desired", s.DesiredTasks, uint64(2*n))
	equal(e, "running, ghosts and all", s.RunningTasks, uint64(2*n+lost))

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
	e.want(id, "the ghosts have ended", lost, func(t swarm.Task) bool {
		return t.NodeID == node.ID && t.DesiredState == swarm.TaskStateShutdown &&
			t.Status.State == swarm.TaskStateFailed && t.Status.Err == "task: non-zero exit (137)"
	})
	equal(e, "tasks on the node that came back", onNode(e.want(id, "all run", 2*n, running), node.ID), 0)
}
