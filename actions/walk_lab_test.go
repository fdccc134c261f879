package actions_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/lab"
	"skep/model"
)

// newWalkStage is a real swarm that has what procedures need, with a journal. Its
// console is connected to the second manager where there is one: the first leads.
func newWalkStage(t *testing.T, managers, workers int) *console {
	t.Helper()
	s := &stage{Lab: lab.Up(t, lab.Managers(managers), lab.Workers(workers)), now: time.Now, sleep: time.Sleep}
	s.Image(t, "app:1")
	m := s.Manager(min(1, managers-1))
	s.run = m.Docker
	s.connect(t, m.Host())
	c := s.console(filepath.Join(t.TempDir(), "skep", "journal.jsonl"))
	s.record = c.writes(t)
	return c
}

// serve makes a service of which no task is missing while it moves.
func (s *stage) serve(t *testing.T, name string, replicas int, more ...string) {
	t.Helper()
	s.docker(t, append(append([]string{"service", "create", "--detach", "--no-resolve-image", "--name", name, "--replicas", fmt.Sprint(replicas), "--update-order", "start-first",
		"--update-monitor", "1s", "--stop-grace-period", "1s"}, more...), "app:1")...)
}

// TestRebalance_OnARealSwarm: of a service that is piled up after a node's return
// only the surplus moves, and no task is missing meanwhile.
func TestRebalance_OnARealSwarm(t *testing.T) {
	t.Parallel()
	s := newWalkStage(t, 1, 2)
	last := s.nodeTarget(t, s.Worker(1))
	s.do(t, "pause", last, nil)
	s.serve(t, "web", 6)
	s.serve(t, "tight", 4, "--replicas-max-per-node", "2")
	before := s.settle(t, "web", 6, nil)
	s.settle(t, "tight", 4, nil)
	s.do(t, "activate", last, nil)

	p := s.plan(t, "rebalance", s.target(t, "web"), nil)
	end, lowest := s.walk(t, p)
	after := s.settle(t, "web", 6, nil)
	moved, spread := replaced(before, after), s.snapshot(t).Spread(service(t, s.snapshot(t), "web"))
	t.Logf("rebalance web: %s, %d start and %d stop, never fewer than %d | spread %s, %d replaced, at least %d running: %s",
		p.Title, p.Impact.Starts, p.Impact.Stops, p.Impact.Lowest, spread, moved, lowest["web"], end.Done)
	if moved != p.Impact.Stops || lowest["web"] < p.Impact.Lowest || !strings.HasSuffix(end.Done, ", as foreseen") || !strings.Contains(p.Title, "becomes "+spread+" ") {
		t.Errorf("foreseen %q %+v; it ended with %s, %d replaced, at least %d running", p.Title, p.Impact, end, moved, lowest["web"])
	}
	if sv := service(t, s.snapshot(t), "web"); sv.Replicas() != 6 || len(sv.Spec.Labels) > 0 {
		t.Errorf("left with %d replicas, %v", sv.Replicas(), sv.Spec.Labels)
	}
	if _, err := s.undo(t, ""); err == nil || !strings.Contains(err.Error(), "rebalance it to do it again") {
		t.Errorf("the undo of its last step: %v", err)
	}

	// Begun and left, the undo takes the surplus away again, in one write.
	s.do(t, "pause", last, nil)
	s.docker(t, "service", "update", "--detach", "--force", "--no-resolve-image", "web")
	spreadOut := s.settle(t, "web", 6, func(task *model.Task) bool { return string(task.NodeID) != last.Ref.ID })
	s.do(t, "activate", last, nil)
	s.runPlan(t, s.plan(t, "rebalance", s.target(t, "web"), nil))
	s.takeBack(t, "")
	if sv := service(t, s.snapshot(t), "web"); sv.Replicas() != 6 || len(sv.Spec.Labels) > 0 {
		t.Errorf("taken back to %d replicas, %v", sv.Replicas(), sv.Spec.Labels)
	}
	if back := s.settle(t, "web", 6, nil); replaced(spreadOut, back) > 2 {
		t.Errorf("%d were replaced when it was taken back", replaced(spreadOut, back))
	}
	// What the forecast cannot hold for is refused.
	s.docker(t, "service", "update", "--detach", "--no-resolve-image", "--placement-pref-add", "spread=node.labels.zone", "tight")
	a, _ := actions.Find(model.KindService, "rebalance")
	if p := actions.Prepare(t.Context(), s.eng, a, s.snapshot(t), []actions.Target{s.target(t, "tight")}, nil)[0]; p.Err == nil {
		t.Error("a service with preferences of its own is spread anew")
	} else {
		t.Logf("rebalance tight: refused, %v", p.Err)
	}
}

// TestUndoOfAGentleDrain_OnARealSwarm: whichever of its steps is undone, the whole
// is taken back as one plan, and nothing restarts.
func TestUndoOfAGentleDrain_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := newWalkStage(t, 1, 2)
	s.serve(t, "web", 3)
	s.serve(t, "api", 3, "--update-order", "stop-first")
	want := map[string]int{"web": 3, "api": 3}
	s.settleAll(t, want)
	specs := s.specs(t)
	node := s.nodeTarget(t, s.Worker(0))
	for _, verb := range []string{"", "gentle-drain", "move-off"} {
		end, _ := s.walk(t, s.plan(t, "gentle-drain", node, map[string]string{"rest": "hard"}))
		if !strings.Contains(end.Done, "drained and empty") {
			t.Fatalf("it ended with %s", end)
		}
		drained := s.settleAll(t, want)
		p, err := s.undo(t, s.newest(t, verb))
		if err != nil {
			t.Fatalf("%s: %v", verb, err)
		}
		if p.Title != "undo: gentle drain of "+s.Worker(0).Name || p.Impact.Restarts+p.Impact.Moves > 0 {
			t.Errorf("%s: planned %q, %+v", verb, p.Title, p.Impact)
		}
		if end, _ := s.walk(t, p); end.Done != "the node is active" {
			t.Fatalf("it ended with %s", end)
		}
		time.Sleep(2 * time.Second)
		moved := 0
		for name, tasks := range s.settleAll(t, want) {
			moved += replaced(drained[name], tasks)
			if got := s.specs(t)[name]; got != specs[name] {
				t.Errorf("%s is not what it was:\n got %s\nwant %s", name, got, specs[name])
			}
		}
		n := s.snapshot(t).Node(model.NodeID(node.Ref.ID))
		t.Logf("undo of %-12s: %s; 0 restart | %d replaced, the node is %s with labels %v", verb, p.Title, moved, n.Spec.Availability, n.Spec.Labels)
		if moved > 0 || n.Spec.Availability != swarm.NodeAvailabilityActive || len(n.Spec.Labels) > 0 {
			t.Error("it is not taken back")
		}
	}
	// The undo of the undo would begin what nobody then carries out.
	if p, err := s.undo(t, s.newest(t, "undo")); err == nil {
		t.Errorf("planned %q, %+v", p.Title, p.Changes)
	}
}

// newest is the newest record of a verb; "" for that of any, which undo takes by itself.
func (c *console) newest(t *testing.T, verb string) string {
	t.Helper()
	if verb == "" {
		return ""
	}
	h, err := c.journal.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range h.Records() {
		if r.Verb == verb {
			return r.ID
		}
	}
	t.Fatalf("the journal has no %s", verb)
	return ""
}

// TestUpgrade_OnARealSwarm walks over a swarm whose nodes are rebooted, or given
// back as they are; while a manager is down no other is taken out.
func TestUpgrade_OnARealSwarm(t *testing.T) {
	t.Parallel()
	s := newWalkStage(t, 3, 1)
	s.serve(t, "web", 3, "--constraint", "node.hostname!="+s.Manager(2).Name) // It is killed below without a drain.
	s.settle(t, "web", 3, nil)
	worker, second, third, leader := s.Worker(0), s.Manager(1), s.Manager(2), s.Manager(0)

	walk := s.beginUpgrade(t)
	lowest := map[string]int{}
	until := func(text string) {
		t.Helper()
		m, low := s.follow(t, walk, func(m actions.Move) bool { return strings.Contains(m.Wait, text) })
		if m.Ended() {
			t.Fatalf("waiting for %q, it ended with %s", text, m)
		}
		t.Logf("upgrade: %s", m)
		for name, n := range low {
			if before, seen := lowest[name]; !seen || n < before {
				lowest[name] = n
			}
		}
	}
	reboot := func(n *lab.Node) {
		t.Helper()
		if err := n.Kill(); err != nil {
			t.Fatal(err)
		}
		s.eventually(t, patience, func() error { _, err := s.run("node", "ls"); return err }) // Another is elected where it led.
		until("waits until " + n.Name + " is back")
		if err := n.Start(); err != nil {
			t.Fatal(err)
		}
	}
	until(worker.Name + " is yours")
	if err := third.Kill(); err != nil {
		t.Fatal(err)
	}
	reboot(worker)
	until(second.Name + " is not taken out: " + third.Name + " is down")
	if err := third.Start(); err != nil {
		t.Fatal(err)
	}
	until(second.Name + " is yours")
	s.walk(t, s.plan(t, "activate", s.nodeTarget(t, second), nil)) // As it is: the operator has changed his mind.
	until(third.Name + " is yours")
	s.walk(t, s.plan(t, "activate", s.nodeTarget(t, third), nil))
	until(leader.Name + " is yours")
	reboot(leader)
	end, low := s.follow(t, walk, func(actions.Move) bool { return false })
	t.Logf("upgrade: workers, managers, the leader last, no task missing | %s, at least %d of 3 running", end, min(lowest["web"], low["web"]))
	if end.Done == "" || min(lowest["web"], low["web"]) < 3 {
		t.Errorf("it ended with %s, at least %d, %d running", end, lowest["web"], low["web"])
	}
	for _, n := range s.snapshot(t).Nodes() {
		if len(n.Spec.Labels) > 0 || n.Spec.Availability != swarm.NodeAvailabilityActive {
			t.Errorf("%s is left %s with %v", n.Hostname(), n.Spec.Availability, n.Spec.Labels)
		}
	}
	s.testTwoManagers(t)
}

// beginUpgrade marks all nodes, after one that was begun for one and ended.
func (s *stage) beginUpgrade(t *testing.T) *actions.Walk {
	t.Helper()
	one := s.nodeTarget(t, s.Worker(0))
	s.do(t, "upgrade", one, nil)
	s.do(t, "end-upgrade", one, nil)
	if n := s.snapshot(t).Node(model.NodeID(one.Ref.ID)); len(n.Spec.Labels) > 0 {
		t.Errorf("left with %v", n.Spec.Labels)
	}
	targets, err := actions.AllNodes(s.snapshot(t), "upgrade")
	if err != nil {
		t.Fatal(err)
	}
	if got := targets[len(targets)-1].Name; got != s.Manager(0).Name {
		t.Errorf("%s comes last, want the leader", got)
	}
	a, _ := actions.Find(model.KindNode, "upgrade")
	var walk *actions.Walk
	for _, p := range actions.Prepare(t.Context(), s.eng, a, s.snapshot(t), targets, nil) {
		if p.Err != nil {
			t.Fatal(p.Err)
		}
		r := actions.Run(t.Context(), s.eng, p.Plan, nil)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		procedure, _ := p.Plan.Procedure()
		walk = actions.NewWalk(procedure, r)
	}
	return walk
}

// testTwoManagers: of two managers none can be spared, which each verb that would
// take one out says, and the engine too. The third is left dead: one that dies right
// after its promotion does not know its peers when it is back (Engine 20.10), and
// stays down for good.
func (s *stage) testTwoManagers(t *testing.T) {
	t.Helper()
	s.eventually(t, patience, func() error { // One that was rebooted is ready before its peers reach it.
		if q := s.snapshot(t).Quorum(); q.Reachable < q.Managers {
			return fmt.Errorf("%d of %d managers are reachable", q.Reachable, q.Managers)
		}
		return nil
	})
	third := s.nodeTarget(t, s.Manager(2))
	manages := func(want bool) {
		t.Helper()
		s.eventually(t, patience, func() error {
			if got := s.snapshot(t).Node(model.NodeID(third.Ref.ID)); got.Manages() != want || want && got.ManagerStatus.Reachability != swarm.ReachabilityReachable {
				return errors.New("its role is not yet what it is to be")
			}
			return nil
		})
	}
	p := s.do(t, "demote", third, nil)
	manages(false)
	t.Logf("demote %s: %s | %d managers", third.Name, strings.Join(slices.Concat(p.Impact.Sentences, p.Warnings), "; "), s.snapshot(t).Quorum().Managers)
	p = s.plan(t, "upgrade", s.nodeTarget(t, s.Manager(1)), nil)
	if p.Confirm.Gate != actions.GateNone || !strings.Contains(p.Confirm.Why, "loses the quorum") {
		t.Errorf("upgrade of one of two managers: %+v", p.Confirm)
	}
	t.Logf("upgrade of one of two managers: refused, %s", p.Confirm.Why)
	s.do(t, "promote", third, nil)
	manages(true)
	// With one of three down, to demote another leaves no majority: 2 managers, 1 of them gone.
	if err := s.Manager(2).Kill(); err != nil {
		t.Fatal(err)
	}
	s.eventually(t, patience, func() error {
		if n := s.snapshot(t).Node(model.NodeID(third.Ref.ID)); n.Ready() || n.ManagerStatus == nil || n.ManagerStatus.Reachability == swarm.ReachabilityReachable {
			return errors.New("it is still there")
		}
		return nil
	})
	first := s.nodeTarget(t, s.Manager(0))
	p = s.plan(t, "demote", first, nil)
	_, err := s.run("node", "demote", s.Manager(0).Name)
	t.Logf("demote %s with %s down: %s | the engine: %v", first.Name, third.Name, p.Confirm.Why, err)
	if p.Confirm.Gate != actions.GateNone || err == nil {
		t.Errorf("demotion at the edge of the quorum: %+v; the engine: %v", p.Confirm, err)
	}
}
