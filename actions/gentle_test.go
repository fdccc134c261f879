package actions_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/actions"
	"skep/internal/simswarm"
	"skep/model"
)

// newSim is a stage on the simulated swarm. Its time goes by only where the test
// waits.
func newSim(t *testing.T, managers, workers int) *stage {
	t.Helper()
	clock := simswarm.NewManualClock(time.Date(2026, 9, 14, 9, 30, 0, 0, time.UTC))
	sim := simswarm.New(simswarm.Bare(managers, workers), simswarm.WithClock(clock))
	t.Cleanup(sim.Close)
	host, err := sim.Listen()
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{now: clock.Now, sleep: clock.Advance, changed: sim.Changed}
	s.connect(t, host)
	return s
}

// create makes a service from the lines of its specification that matter.
func (s *stage) create(t *testing.T, name, mode, task, rest string) {
	t.Helper()
	spec := fmt.Sprintf(`{"Name":%q,"Mode":%s,"TaskTemplate":{"ContainerSpec":{"Image":"nginx:1","StopGracePeriod":1000000000%s}}%s}`, name, mode, task, rest)
	if _, _, err := s.eng.Create(t.Context(), model.Write{Swarm: s.session.Swarm, Ref: model.KindService.All(), Spec: json.RawMessage(spec)}); err != nil {
		t.Fatal(err)
	}
}

const (
	three, one, everywhere = `{"Replicated":{"Replicas":3}}`, `{"Replicated":{"Replicas":1}}`, `{"Global":{}}`
	startFirst             = `,"UpdateConfig":{"Parallelism":1,"Monitor":1000000000,"Order":"start-first"}`
	stopFirst              = `,"UpdateConfig":{"Parallelism":1,"Monitor":1000000000,"Order":"stop-first"}`
	onVolume               = `,"Mounts":[{"Type":"volume","Source":"data","Target":"/data"}]`
)

// walk carries a procedure out to its end, and gives the smallest number of running
// tasks of each service on the way.
func (s *stage) walk(t *testing.T, p actions.Plan) (actions.Move, map[string]int) {
	t.Helper()
	r := actions.Run(t.Context(), s.eng, p, s.record)
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	procedure, goes := p.Procedure()
	if !goes {
		t.Fatalf("nothing goes on after %q", p.Title)
	}
	return s.follow(t, actions.NewWalk(procedure, r), func(actions.Move) bool { return false })
}

// follow steps a procedure until it ends, or is to be left.
func (s *stage) follow(t *testing.T, w *actions.Walk, leave func(actions.Move) bool) (actions.Move, map[string]int) {
	t.Helper()
	lowest := map[string]int{}
	see := s.snapshot
	for end := s.now().Add(patience); ; {
		c := see(t)
		for _, sv := range c.Services() {
			tasks, _ := c.TasksOf(sv.Key())
			n := model.Running(tasks)
			if before, seen := lowest[sv.Name()]; !seen || n < before {
				lowest[sv.Name()] = n
			}
		}
		m := w.Step(t.Context(), s.eng, c, s.record)
		if see = s.snapshot; slices.Contains(m.Refs, model.KindNetwork.All()) {
			see = s.whole
		}
		if m.Ended() || leave(m) {
			return m, lowest
		}
		if s.now().After(end) {
			t.Fatalf("still at: %s", m)
		}
		if m.Now == nil {
			s.sleep(200 * time.Millisecond)
		}
	}
}

func TestGentleDrain_OnTheSimulatedSwarm(t *testing.T) {
	s := newSim(t, 1, 3)
	const name = "worker1"
	target := nodeNamed(t, s.snapshot(t), name)
	others := slices.DeleteFunc(slices.Clone(s.snapshot(t).Nodes()), func(n *model.Node) bool { return n.Hostname() == name })
	s.availability(t, "pause", others)
	s.create(t, "one", one, "", "")
	s.create(t, "one-stop", one, "", stopFirst)
	s.create(t, "one-start", one, "", startFirst)
	s.create(t, "data", one, onVolume, "")
	s.create(t, "all-here", three, "", `,"UpdateConfig":{"Parallelism":0,"Monitor":1000000000}`)
	s.settleAll(t, map[string]int{"one": 1, "one-stop": 1, "one-start": 1, "all-here": 3, "data": 1})
	s.availability(t, "activate", others)
	s.create(t, "three-start", `{"Replicated":{"Replicas":6}}`, "", startFirst)
	s.create(t, "three-stop", `{"Replicated":{"Replicas":6}}`, "", stopFirst)
	s.create(t, "agent", everywhere, "", "")
	want := map[string]int{"one": 1, "one-stop": 1, "one-start": 1, "all-here": 3, "three-start": 6, "three-stop": 6, "agent": 4, "data": 1}
	before := s.settleAll(t, want)

	p := s.plan(t, "gentle-drain", target, nil)

	if got := strings.Join(p.Warnings, "\n"); !strings.Contains(got, "data cannot go gently") {
		t.Errorf("warned %q", got)
	}
	specs := s.specs(t)
	end, lowest := s.walk(t, p)
	if !strings.Contains(end.Done, "is paused; what cannot go gently goes on there: data") {
		t.Fatalf("it ended with %s", end)
	}
	s.holdLowest(t, lowest, map[string]int{"one": 1, "one-stop": 1, "one-start": 1, "all-here": 3, "three-start": 6, "three-stop": 5, "agent": 4, "data": 1})
	moved := s.settleAll(t, want)
	s.onlyThatNode(t, before, moved, model.NodeID(target.Ref.ID), []string{"agent", "data"})

	p = s.plan(t, "gentle-drain", target, map[string]string{"rest": "hard"})
	if end, _ = s.walk(t, p); !strings.Contains(end.Done, "drained and empty") {
		t.Fatalf("it ended with %s", end)
	}
	want["agent"] = 3
	drained := s.settleAll(t, want)

	p = s.plan(t, "activate", target, nil)
	if end, _ = s.walk(t, p); end.Done != "the node is active" {
		t.Fatalf("it ended with %s", end)
	}
	want["agent"] = 4
	s.sleep(10 * time.Second)
	back := s.settleAll(t, want)
	for name, tasks := range drained {
		for id := range tasks {
			if _, same := back[name][id]; !same {
				t.Errorf("%s restarted when the drain was taken back", name)
			}
		}
	}
	for name, spec := range s.specs(t) {
		if spec != specs[name] {
			t.Errorf("%s is not what it was:\n got %s\nwant %s", name, spec, specs[name])
		}
	}
	if n := s.snapshot(t).Node(model.NodeID(target.Ref.ID)); len(n.Spec.Labels) > 0 || n.Spec.Availability != swarm.NodeAvailabilityActive {
		t.Errorf("the node is left with %v, %s", n.Spec.Labels, n.Spec.Availability)
	}
}

// TestRebalance_OnTheSimulatedSwarm: after a node is back, only the surplus moves.
func TestRebalance_OnTheSimulatedSwarm(t *testing.T) {
	s := newSim(t, 1, 2)
	target := nodeNamed(t, s.snapshot(t), "worker2")
	s.availability(t, "pause", []*model.Node{node(t, s.snapshot(t), "worker2")})
	s.create(t, "web", `{"Replicated":{"Replicas":6}}`, "", startFirst)
	before := s.settle(t, "web", 6, nil)
	s.do(t, "activate", target, nil)
	p := s.plan(t, "rebalance", s.target(t, "web"), nil)
	if want := "rebalance web: 3-3-0 becomes 2-2-2 tasks a node"; p.Title != want || p.Impact.Starts != 2 || p.Impact.Lowest != 6 {
		t.Errorf("planned %q, want %q: %+v", p.Title, want, p.Impact)
	}
	end, lowest := s.walk(t, p)
	if end.Done != "spread 2-2-2 tasks a node, as foreseen" {
		t.Errorf("it ended with %s", end)
	}
	s.holdLowest(t, lowest, map[string]int{"web": 6})
	after := s.settle(t, "web", 6, nil)
	if n := replaced(before, after); n != 2 {
		t.Errorf("%d tasks were replaced, want 2", n)
	}
	if got := service(t, s.snapshot(t), "web"); got.Replicas() != 6 || len(got.Spec.Labels) > 0 {
		t.Errorf("left with %d replicas and %v", got.Replicas(), got.Spec.Labels)
	}
	a, _ := actions.Find(model.KindService, "rebalance")
	if p := actions.Prepare(t.Context(), s.eng, a, s.snapshot(t), []actions.Target{s.target(t, "web")}, nil)[0]; p.Err == nil {
		t.Error("what is spread evenly is spread once more")
	}
}

// settleAll waits until every service has so many tasks, and gives where they are.
func (s *stage) settleAll(t *testing.T, want map[string]int) map[string]map[model.TaskID]model.NodeID {
	t.Helper()
	out := map[string]map[model.TaskID]model.NodeID{}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		out[name] = s.settle(t, name, want[name], nil)
	}
	return out
}

// specs are the specifications of all services, but for what an empty constraint
// list leaves behind.
func (s *stage) specs(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, sv := range s.snapshot(t).Services() {
		spec := string(s.inspect(t, sv.Key().Ref()).Spec)
		for _, empty := range []string{`,"Placement":{}`, `"Placement":{},`, `,"Labels":{}`, `"Labels":{},`, `"Labels":null,`} {
			spec = strings.ReplaceAll(spec, empty, "")
		}
		out[sv.Name()] = spec
	}
	return out
}

func (s *stage) holdLowest(t *testing.T, got, want map[string]int) {
	t.Helper()
	for name, n := range want {
		if got[name] < n {
			t.Errorf("%s had %d tasks at the least, want %d", name, got[name], n)
		}
	}
}

// onlyThatNode reports whether exactly the tasks on a node were replaced, but for
// those of some services, which stayed.
func (s *stage) onlyThatNode(t *testing.T, before, after map[string]map[model.TaskID]model.NodeID, id model.NodeID, stay []string) {
	t.Helper()
	for name, tasks := range before {
		for task, on := range tasks {
			_, same := after[name][task]
			if stays := on != id || slices.Contains(stay, name); same != stays {
				t.Errorf("%s: a task on %s stayed: %v, want %v", name, on, same, stays)
			}
		}
	}
}

// availability sets nodes by a verb.
func (s *stage) availability(t *testing.T, verb string, nodes []*model.Node) {
	t.Helper()
	for _, n := range nodes {
		s.do(t, verb, nodeNamed(t, s.snapshot(t), n.Hostname()), nil)
	}
}

func nodeNamed(t *testing.T, c *model.Cluster, name string) actions.Target {
	t.Helper()
	n := node(t, c, name)
	return actions.Target{Ref: n.Key().Ref(), Name: c.NodeName(n.Key())}
}

// TestUpgrade_OnTheSimulatedSwarm walks over three nodes, of which two are upgraded
// and one is activated as it is.
func TestUpgrade_OnTheSimulatedSwarm(t *testing.T) {
	s := newSim(t, 1, 2)
	s.create(t, "web", three, "", startFirst)
	s.settle(t, "web", 3, nil)
	c := s.snapshot(t)
	a, _ := actions.Find(model.KindNode, "upgrade")
	targets, err := actions.AllNodes(c, "upgrade")
	if err != nil {
		t.Fatal(err)
	}
	if got := targets[len(targets)-1].Name; got != "manager1" {
		t.Errorf("%s comes last, want the leader", got)
	}
	var walk *actions.Walk
	for _, p := range actions.Prepare(t.Context(), s.eng, a, c, targets, nil) {
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
	awaits := func(name string) {
		t.Helper()
		m, _ := s.follow(t, walk, func(m actions.Move) bool { return strings.Contains(m.Wait, name+" is yours") })
		if m.Ended() {
			t.Fatalf("%s: it ended with %s", name, m)
		}
	}
	awaits("worker1")
	id := node(t, s.snapshot(t), "worker1").Key()
	s.relabel(t, id, func(m *model.UpgradeMark) { m.Engine = "26.1.5" }) // As if it were back with a newer one.
	awaits("worker2")
	if n := s.snapshot(t).Node(id); len(n.Spec.Labels) > 0 || n.Spec.Availability != swarm.NodeAvailabilityActive {
		t.Errorf("worker1 is left %s with %v", n.Spec.Availability, n.Spec.Labels)
	}
	p := s.plan(t, "activate", nodeNamed(t, s.snapshot(t), "worker2"), nil)
	s.walk(t, p)
	m, _ := s.follow(t, walk, func(m actions.Move) bool { return strings.Contains(m.Wait, "manager1 is yours") })
	if m.Ended() {
		t.Fatalf("it ended with %s", m)
	}
	s.relabel(t, node(t, s.snapshot(t), "manager1").Key(), func(m *model.UpgradeMark) { m.Away = true }) // As if it were back from a reboot.
	if m, _ = s.follow(t, walk, func(actions.Move) bool { return false }); m.Done == "" {
		t.Errorf("it ended with %s", m)
	}
	for _, n := range s.snapshot(t).Nodes() {
		if len(n.Spec.Labels) > 0 || n.Spec.Availability != swarm.NodeAvailabilityActive {
			t.Errorf("%s is left %s with %v", n.Hostname(), n.Spec.Availability, n.Spec.Labels)
		}
	}
	if sv := service(t, s.snapshot(t), "web"); len(sv.Spec.Labels) > 0 || sv.Spec.TaskTemplate.Placement != nil && len(sv.Spec.TaskTemplate.Placement.Constraints) > 0 {
		t.Errorf("web is left with %v, %v", sv.Spec.Labels, sv.Spec.TaskTemplate.Placement)
	}
}

// relabel changes the mark of a node that is to be upgraded.
func (s *stage) relabel(t *testing.T, id model.NodeID, change func(*model.UpgradeMark)) {
	t.Helper()
	mark, _ := s.snapshot(t).Node(id).UpgradeMark()
	change(&mark)
	s.do(t, "label", actions.Target{Ref: id.Ref(), Name: string(id)}, map[string]string{"labels": fmt.Sprintf("%q", model.LabelUpgrade+"="+mark.String())})
}
