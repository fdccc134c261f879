package actions_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/lab"
	"skep/model"
)

// graceful serves until it is told to stop, and for a while after, as a server does
// that lets its clients go.
const graceful = `trap 'sleep 3; exit 0' TERM; echo ok >/tmp/index.html; httpd -f -p 8080 -h /tmp & wait; wait`

// client asks for as long as it lives, and counts.
//
// busybox's wget does not live through a name in a static binary.
const client = `ok=0; lost=0; while :; do if printf 'GET /index.html HTTP/1.0\r\n\r\n' | nc -w 3 web 8080 2>/dev/null | grep -q ^ok; then ok=$((ok+1)); else lost=$((lost+1)); fi; echo $ok $lost; sleep 0.1; done`

// TestGentleDrain_OnARealSwarm empties a node with services of all orders while a
// client asks one of them, stops at one that does not get healthy elsewhere, is
// left in the middle and gone on with by another console, loses the leader, and is
// taken back.
func TestGentleDrain_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := &stage{Lab: lab.Up(t, lab.Managers(3), lab.Workers(3)), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1")
	s.run = s.Manager(1).Docker
	s.connect(t, s.Manager(1).Host())
	node := s.nodeTarget(t, s.Worker(0))
	want := s.peopleNode(t, node)
	before, specs := s.settleAll(t, want), s.specs(t)

	t.Run("all orders", func(t *testing.T) { s.testAllOrders(t, node, want, before, specs) })
	t.Run("never healthy", func(t *testing.T) { s.testNeverHealthy(t, node) })
	t.Run("leader killed and console left", func(t *testing.T) { s.testLeft(t, want) })
}

// peopleNode makes services of all orders with tasks on a node.
func (s *stage) peopleNode(t *testing.T, node actions.Target) map[string]int {
	t.Helper()
	others := slices.DeleteFunc(slices.Clone(s.snapshot(t).Nodes()), func(n *model.Node) bool { return n.Key().Ref() == node.Ref })
	create := func(name string, args ...string) {
		t.Helper()
		quick := []string{"service", "create", "--detach", "--name", name, "--no-resolve-image", "--update-monitor", "1s", "--stop-grace-period", "5s"}
		if name != "client" && name != "agent" { // So that the managers can be killed.
			quick = append(quick, "--constraint", "node.role==worker")
		}
		s.docker(t, append(quick, args...)...)
	}
	s.docker(t, "network", "create", "-d", "overlay", "front")
	s.availability(t, "pause", others)
	create("single", "app:1")
	create("single-start", "--update-order", "start-first", "app:1")
	create("port", "--publish", "mode=host,published=7070,target=80", "app:1")
	create("data", "--mount", "type=volume,source=data,target=/data", "app:1")
	want := map[string]int{"single": 1, "single-start": 1, "port": 1, "data": 1}
	s.settleAll(t, want)
	s.availability(t, "activate", others)
	create("web", "--replicas", "5", "--update-order", "start-first", "--network", "front", "--endpoint-mode", "dnsrr", "app:1", "sh", "-c", graceful)
	create("stop-first", "--replicas", "5", "app:1")
	create("agent", "--mode", "global", "app:1")
	create("client", "--network", "front", "--constraint", "node.hostname=="+s.Manager(2).Name, "app:1", "sh", "-c", client)
	maps.Copy(want, map[string]int{"web": 5, "stop-first": 5, "agent": 6, "client": 1})
	return want
}

// counted are how many requests the client made, and how many of them were lost.
func (s *stage) counted(t *testing.T) (ok, lost int) {
	t.Helper()
	on := s.Manager(2)
	id, err := on.Docker("ps", "-q", "-f", "label=com.docker.swarm.service.name=client")
	if err != nil {
		t.Fatal(err)
	}
	out, _ := on.Docker("logs", "--tail", "1", strings.TrimSpace(id))
	fields := strings.Fields(out)
	if len(fields) != 2 {
		return 0, 0
	}
	ok, _ = strconv.Atoi(fields[0])
	lost, _ = strconv.Atoi(fields[1])
	return ok, lost
}

func (s *stage) testAllOrders(t *testing.T, node actions.Target, want map[string]int, before map[string]map[model.TaskID]model.NodeID, specs map[string]string) {
	s.eventually(t, patience, func() error {
		if ok, _ := s.counted(t); ok < 5 {
			return fmt.Errorf("the client got %d answers", ok)
		}
		return nil
	})
	ok0, lost0 := s.counted(t)
	p := s.plan(t, "gentle-drain", node, nil)
	t.Log("preview:\n" + strings.Join(slices.Concat(p.Impact.Sentences, p.Warnings), "\n"))
	end, lowest := s.walk(t, p)
	if !strings.Contains(end.Done, "goes on there: data") {
		t.Fatalf("it ended with %s", end)
	}
	moved := s.settleAll(t, want)
	id := model.NodeID(node.Ref.ID)
	s.onlyThatNode(t, before, moved, id, []string{"agent", "data"})
	least := maps.Clone(want)
	least["stop-first"] = 4
	s.holdLowest(t, lowest, least)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Logf("%-12s wants %d, had %d running at the least, %d tasks replaced", name, want[name], lowest[name], replaced(before[name], moved[name]))
	}
	time.Sleep(3 * time.Second)
	ok1, lost1 := s.counted(t)
	if t.Logf("requests meanwhile: %d answered, %d lost", ok1-ok0, lost1-lost0); lost1 > lost0 || ok1 == ok0 {
		t.Error("requests were lost")
	}
	p = s.plan(t, "gentle-drain", node, map[string]string{"rest": "hard"})
	if end, _ = s.walk(t, p); !strings.Contains(end.Done, "drained and empty") {
		t.Fatalf("it ended with %s", end)
	}
	drained := s.settleAll(t, map[string]int{"web": 5, "stop-first": 5, "single": 1, "single-start": 1, "port": 1, "data": 1, "agent": 5})
	if end, _ = s.walk(t, s.plan(t, "activate", node, nil)); end.Done != "the node is active" {
		t.Fatalf("it ended with %s", end)
	}
	time.Sleep(5 * time.Second)
	back := s.settleAll(t, want)
	for name, tasks := range drained {
		if n := replaced(tasks, back[name]); n > 0 {
			t.Errorf("%s: %d tasks were replaced when the drain was taken back", name, n)
		}
	}
	for name, spec := range s.specs(t) {
		if spec != specs[name] {
			t.Errorf("%s is not what it was:\n got %s\nwant %s", name, spec, specs[name])
		}
	}
}

// replaced counts the tasks that are there no more.
func replaced(before, after map[model.TaskID]model.NodeID) int {
	n := 0
	for id := range before {
		if _, still := after[id]; !still {
			n++
		}
	}
	return n
}

// testNeverHealthy: a service that is healthy on the node alone keeps the task that
// it has, and the drain says why it stops.
func (s *stage) testNeverHealthy(t *testing.T, node actions.Target) {
	others := slices.DeleteFunc(slices.Clone(s.snapshot(t).Nodes()), func(n *model.Node) bool { return n.Key().Ref() == node.Ref })
	s.availability(t, "pause", others)
	s.docker(t, "service", "create", "--detach", "--name", "sick", "--no-resolve-image", "--update-monitor", "1s", "--stop-grace-period", "1s",
		"--env", "NODE={{.Node.Hostname}}", "--health-cmd", "test $NODE = "+s.Worker(0).Name,
		"--health-interval", "1s", "--health-retries", "2", "--restart-delay", "1h", "app:1")
	var task model.TaskID
	for task = range s.settle(t, "sick", 1, nil) {
	}
	s.availability(t, "activate", others)
	end, _ := s.walk(t, s.plan(t, "gentle-drain", node, map[string]string{"rest": "hard"}))
	if !strings.Contains(end.Stop, "sick does not start elsewhere") || !strings.Contains(end.Stop, "sick.1 on ") {
		t.Errorf("it ended with %s", end)
	}
	t.Logf("stopped: %s", end)
	if _, still := s.running(t, "sick")[task]; !still {
		t.Errorf("the task that was healthy is gone: %s", s.docker(t, "service", "ps", "--no-trunc", "sick"))
	}
	if end, _ = s.walk(t, s.plan(t, "activate", node, nil)); end.Done != "the node is active" {
		t.Errorf("it ended with %s", end)
	}
	if _, still := s.running(t, "sick")[task]; !still {
		t.Error("the task that was healthy is gone after the drain was taken back")
	}
	s.docker(t, "service", "rm", "sick")
}

// replicasOn counts the replicas on a worker.
func (s *stage) replicasOn(c *model.Cluster, n *model.Node) int {
	count := 0
	tasks, _ := c.TasksOn(n.Key())
	for _, task := range tasks {
		if sv := c.Service(task.ServiceID); sv != nil && sv.Mode() == model.ModeReplicated && task.Wanted() && !n.Manages() {
			count++
		}
	}
	return count
}

// testLeft: the console goes in the middle, and the leader too. Another console
// goes on.
func (s *stage) testLeft(t *testing.T, want map[string]int) {
	c := s.snapshot(t)
	busiest := slices.MaxFunc(c.Nodes(), func(a, b *model.Node) int { return s.replicasOn(c, a) - s.replicasOn(c, b) })
	node := nodeNamed(t, c, busiest.Hostname())
	s.do(t, "gentle-drain", node, map[string]string{"rest": "hard"})
	begun := actions.Unfinished(s.snapshot(t))
	if len(begun) != 1 {
		t.Fatalf("%d are not at their end", len(begun))
	}
	writes := 0
	s.follow(t, actions.NewWalk(begun[0], actions.Result{}), func(m actions.Move) bool {
		if m.Now != nil {
			writes++
		}
		return writes == 1
	})
	leader, err := s.FindLeader(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := leader.Kill(); err != nil {
		t.Fatal(err)
	}
	t.Logf("killed the leader %s", leader.Name)
	var other *lab.Node
	for i := range 3 {
		if s.Manager(i) != leader {
			other = s.Manager(i)
		}
	}
	s.run = other.Docker
	s.eventually(t, patience, func() error { _, err := s.run("node", "ls"); return err })
	s.connect(t, other.Host())
	var again []actions.Procedure
	s.eventually(t, patience, func() error {
		if again = actions.Unfinished(s.snapshot(t)); len(again) != 1 || !s.snapshot(t).Node(model.NodeID(node.Ref.ID)).Ready() {
			return fmt.Errorf("%d are not at their end", len(again))
		}
		return nil
	})
	end, lowest := s.follow(t, actions.NewWalk(again[0], actions.Result{}), func(actions.Move) bool { return false })
	if !strings.Contains(end.Done, "drained and empty") {
		t.Errorf("it ended with %s", end)
	}
	least := maps.Clone(want)
	least["stop-first"], least["agent"], least["client"], least["data"] = 4, 0, 0, 0
	// A new leader does not wait for the new task that it finds beside an old one,
	// whatever the order (swarmkit manager/orchestrator/update, useExistingTask).
	least["single"], least["single-start"], least["port"], least["web"] = 0, 0, 0, 4
	s.holdLowest(t, lowest, least)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		t.Logf("%-12s wants %d, had %d running at the least", name, want[name], lowest[name])
	}
	if n := s.snapshot(t).Node(model.NodeID(node.Ref.ID)); n.Spec.Availability != swarm.NodeAvailabilityDrain {
		t.Errorf("the node is %s", n.Spec.Availability)
	}
}
