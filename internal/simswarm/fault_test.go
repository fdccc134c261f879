package simswarm

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// TestFailNode_LeavesGhosts: for 13 seconds nobody knows; then the tasks move,
// and the lost ones stay as they were last seen.
func TestFailNode_LeavesGhosts(t *testing.T) {
	b := newBench(t)
	id := b.run("web", 6, lives)
	b.clock.Advance(10 * time.Second)
	lost := 0
	n := b.findNode("worker2")
	for _, x := range b.tasks(id) {
		if x.NodeID == n.id() {
			lost++
		}
	}
	if lost != 2 {
		t.Fatalf("worker2 has %d tasks, want 2 of 6 on 3 nodes", lost)
	}

	b.FailNode("worker2")
	b.clock.Advance(12 * time.Second)
	if !n.ready() || b.count(id, swarm.TaskStateRunning, swarm.TaskStateRunning) != 6 {
		t.Error("the managers know too early")
	}
	b.clock.Advance(20 * time.Second)
	var node swarm.Node
	b.call("GET", "/nodes/worker2", nil, &node)
	if node.Status.State != swarm.NodeStateDown || node.Status.Message != "heartbeat failure" {
		t.Errorf("status of the node: %+v", node.Status)
	}
	if got := b.count(id, swarm.TaskStateShutdown, swarm.TaskStateRunning); got != 2 {
		t.Errorf("%d ghosts, want 2", got)
	}
	if st := b.status(id); st.RunningTasks != 8 || st.DesiredTasks != 6 {
		t.Errorf("the engine's counts are %+v, want 8 of 6", st)
	}

	b.RecoverNode("worker2")
	b.clock.Advance(10 * time.Second)
	if got := b.count(id, swarm.TaskStateShutdown, swarm.TaskStateFailed); got != 2 {
		t.Errorf("%d failed tasks after the return, want 2", got)
	}
	for _, x := range b.tasks(id) {
		if x.Status.State == swarm.TaskStateFailed && x.Status.Err != "task: non-zero exit (137)" {
			t.Errorf("error %q", x.Status.Err)
		}
	}
	if st := b.status(id); st.RunningTasks != 6 {
		t.Errorf("counts after the return: %+v", st)
	}
	for _, x := range b.tasks(id) {
		if x.NodeID == node.ID && x.Status.State == swarm.TaskStateRunning {
			t.Error("the tasks came back: the swarm does not rebalance")
		}
	}
}

func TestFailNode_OrphansAfterADay(t *testing.T) {
	b := newBench(t)
	id := b.run("web", 3, lives)
	b.clock.Advance(10 * time.Second)
	b.FailNode("worker1")
	b.clock.Advance(25 * time.Hour)
	if got := b.count(id, swarm.TaskStateShutdown, swarm.TaskStateOrphaned); got != 1 {
		t.Errorf("%d orphaned tasks, want 1", got)
	}
}

// TestFailNode_Logs: the answer is a warning and what the others have.
func TestFailNode_Logs(t *testing.T) {
	b := newBench(t)
	id := b.run("web", 3, "echo hello; "+lives)
	b.clock.Advance(10 * time.Second)
	b.FailNode("worker1")
	b.clock.Advance(time.Second)
	_, data := b.try("GET", "/services/"+id+"/logs?stdout=1", nil)
	if strings.Count(data, "hello\n") != 2 {
		t.Errorf("the log is %q, want two lines", data)
	}
	node := b.findNode("worker1").id()
	want := "\x03\x00\x00\x00"
	if !strings.Contains(data, want) || !strings.Contains(data, "Error grabbing logs: ") || !strings.HasSuffix(data, "node "+node+" is not available\n") {
		t.Errorf("the log is %q, want a warning about %s", data, node)
	}
}

func TestNoLeader_FailsSwarmCallsOnly(t *testing.T) {
	b := newBench(t)
	b.run("web", 1, lives)
	b.NoLeader(true)
	for _, path := range []string{"/services", "/tasks", "/nodes", "/secrets", "/configs", "/swarm"} {
		if status, text := b.try("GET", path, nil); status != 500 || !strings.Contains(text, "The swarm does not have a leader") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	for _, path := range []string{"/_ping", "/version", "/info", "/networks", "/containers/json"} {
		b.call("GET", path, nil, nil)
	}
	b.NoLeader(false)
	b.call("GET", "/services", nil, nil)
}

func TestDemotion_KeepsTheQuorum(t *testing.T) {
	b := newBench(t, Bare(3, 0))
	b.FailNode("manager3")
	b.clock.Advance(time.Minute)
	var n swarm.Node
	b.call("GET", "/nodes/manager2", nil, &n)
	if n.ManagerStatus == nil || n.ManagerStatus.Reachability != swarm.ReachabilityReachable {
		t.Fatalf("manager status %+v", n.ManagerStatus)
	}
	n.Spec.Role = swarm.NodeRoleWorker
	status, text := b.try("POST", "/nodes/"+n.ID+"/update?version="+n.Version.String(), n.Spec)
	if status != 400 || !strings.Contains(text, "loss of quorum") {
		t.Errorf("demotion with a manager down: %d %s", status, text)
	}
	b.call("GET", "/nodes/manager3", nil, &n)
	if n.ManagerStatus == nil || n.ManagerStatus.Reachability != swarm.ReachabilityUnreachable {
		t.Errorf("manager status of the dead one: %+v", n.ManagerStatus)
	}
	n.Spec.Role = swarm.NodeRoleWorker
	b.call("POST", "/nodes/"+n.ID+"/update?version="+n.Version.String(), n.Spec, nil)
}

// TestDemotion_OfTheOneThatAnswers: the engine becomes a worker's, and another
// manager leads.
func TestDemotion_OfTheOneThatAnswers(t *testing.T) {
	b := newBench(t, Bare(3, 1))
	ping := func() string {
		w := httptest.NewRecorder()
		b.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/_ping", nil))
		return w.Header().Get("Swarm")
	}
	info := func() swarm.Info {
		var v struct{ Swarm swarm.Info }
		b.call("GET", "/info", nil, &v)
		return v.Swarm
	}
	if v := info(); ping() != "active/manager" || !v.ControlAvailable || v.Managers != 3 || v.Nodes != 4 || v.Cluster == nil {
		t.Errorf("before: ping %q, info %+v", ping(), v)
	}
	b.run("web", 4, lives)
	var n swarm.Node
	b.call("GET", "/nodes/self", nil, &n)
	if n.ManagerStatus == nil || !n.ManagerStatus.Leader {
		t.Fatalf("the first manager does not lead: %+v", n.ManagerStatus)
	}
	n.Spec.Role = swarm.NodeRoleWorker
	b.call("POST", "/nodes/self/update?version="+n.Version.String(), n.Spec, nil)
	b.call("GET", "/services", nil, nil) // a manager until it has its new certificate
	b.clock.Advance(5 * time.Second)

	for _, path := range []string{"/services", "/tasks", "/nodes", "/secrets", "/configs", "/swarm", "/nodes/self"} {
		if status, text := b.try("GET", path, nil); status != 503 || !strings.Contains(text, "This node is not a swarm manager. Worker nodes") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	for _, path := range []string{"/version", "/networks", "/containers/json"} {
		b.call("GET", path, nil, nil)
	}
	if v := info(); ping() != "active/worker" || v.ControlAvailable || v.Managers != 0 || v.Nodes != 0 || v.Cluster != nil ||
		v.NodeID != n.ID || len(v.RemoteManagers) != 2 {
		t.Errorf("after: ping %q, info %+v", ping(), v)
	}
	if l := b.leader(); l == nil || l.hostname() != "manager2" {
		t.Errorf("the leader is %v", l)
	}
}

// TestRemoveNode_TakesTheGlobalTasks: a global service is whole again with one
// node fewer, and a replicated one moves.
func TestRemoveNode_TakesTheGlobalTasks(t *testing.T) {
	b := newBench(t)
	global := b.run("agent", 0, lives, func(s *swarm.ServiceSpec) { s.Mode = swarm.ServiceMode{Global: &swarm.GlobalService{}} })
	job := b.run("job", 0, lives, func(s *swarm.ServiceSpec) { s.Mode = swarm.ServiceMode{GlobalJob: &swarm.GlobalJob{}} })
	web := b.run("web", 3, lives)
	b.clock.Advance(10 * time.Second)
	gone := b.findNode("worker2").id()
	b.call("DELETE", "/nodes/worker2?force=1", nil, nil)
	for _, x := range b.tasks(web) {
		if x.NodeID == gone && (x.Status.State != swarm.TaskStateOrphaned || x.Status.Message != "Task belonged to a node that has been deleted") {
			t.Errorf("the task of the node that is gone: %+v", x.Status)
		}
	}
	b.clock.Advance(20 * time.Second)
	for _, id := range []string{global, job} {
		if st := b.status(id); st.RunningTasks != 2 || st.DesiredTasks != 2 {
			t.Errorf("%d of %d run, want 2 of 2", st.RunningTasks, st.DesiredTasks)
		}
		for _, x := range b.tasks(id) {
			if x.NodeID == gone {
				t.Errorf("a task is left for the node that is gone: %s/%s %q", x.DesiredState, x.Status.State, x.Status.Err)
			}
		}
	}
	if st := b.status(web); st.RunningTasks != 3 {
		t.Errorf("%d of 3 replicas run", st.RunningTasks)
	}
}
