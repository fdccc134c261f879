package actions_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"skep/actions"
	"skep/internal/testkit"
	"skep/lab"
)

// TestForecast_OnARealSwarm does every verb to services in every state, side by
// side, and compares what the preview said with what then happened.
func TestForecast_OnARealSwarm(t *testing.T) {
	lab.Once(t)
	t.Parallel()
	s := newStage(t)
	s.Image(t, "app:bad", lab.Command("false"))
	s.tryAll(t)
}

// tryAll tries all states, in a swarm whose nodes take tasks and in one with a
// node that takes none.
func (s *stage) tryAll(t *testing.T) {
	s.docker(t, "network", "create", "-d", "overlay", "front")
	usual, paused, drained := some(trials(conditions)), trials(besideNode("pause")), trials(besideNode("drain"))
	parts := [][]*trial{usual}
	if s.Lab != nil {
		// With twice as many on a machine with two processors, global services were
		// seen to replace all their tasks at once, whatever was done to them.
		parts = slices.Collect(slices.Chunk(usual, 40))
	}
	for _, part := range parts {
		begin := time.Now()
		s.bring(t, part)
		t.Logf("%d are in their states after %s", len(part), time.Since(begin).Round(time.Second))
		t.Run("services", func(t *testing.T) { s.try(t, part) })
	}
	s.bring(t, slices.Concat(paused, drained))
	for _, is := range []string{"pause", "drain"} {
		t.Run(is, func(t *testing.T) {
			some := map[string][]*trial{"pause": paused, "drain": drained}[is]
			s.docker(t, "node", "update", "--availability", is, "worker2")
			s.await(t, some, func(_ *trial, at standing) bool { return settled(at) && at.Up > 0 })
			s.try(t, some)
			s.docker(t, "node", "update", "--availability", "active", "worker2")
		})
	}
}

// some are a quarter of the trials, unless tests are wanted in full.
func some(all []*trial) []*trial {
	var out []*trial
	for i := 0; i < len(all); i += 16 / testkit.Rounds(16) {
		out = append(out, all[i])
	}
	return out
}

// TestForecastOfNodes_OnARealSwarm compares what the previews of a node's verbs say.
func TestForecastOfNodes_OnARealSwarm(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	free := func(at standing) bool { return healthy(at) && settled(at) }
	all := trials([]condition{
		{name: "spread", create: "--replicas 3 --constraint node.role==worker app:1", verbs: []string{""}},
		{name: "bound", create: "--constraint node.hostname==worker1 app:1", verbs: []string{""}},
		{name: "everywhere", create: "--mode global app:1", verbs: []string{""}},
		{name: "half", create: "--replicas 2 --update-delay 1h --constraint node.role==worker --replicas-max-per-node 2 app:1", then: []string{"--image app:2"},
			rest: func(at standing) bool { return at.update() == "updating" && at.Up == 2 && settledTasks(at) }, verbs: []string{""}},
	})
	s.bring(t, all)
	_, before := s.stand(t)
	p := s.do(t, "drain", s.nodeTarget(t, s.Worker(0)), nil)
	s.await(t, all, func(x *trial, at standing) bool { return x.name == "bound" || settledTasks(at) })
	_, now := s.stand(t)
	moved, stopped := 0, 0
	for _, x := range all {
		for _, task := range before[x.service].tasks {
			switch {
			case string(task.NodeID) != p.Target.Ref.ID || !task.Wanted() || task.Terminal():
			case x.name == "bound" || x.name == "everywhere":
				stopped++
			default:
				moved++
			}
		}
	}
	if p.Impact.Moves != moved || p.Impact.Stops != stopped {
		t.Errorf("drain: foreseen %d moves, %d stops; %d moved, %d stopped", p.Impact.Moves, p.Impact.Stops, moved, stopped)
	}
	if up := now[all[1].service].Up; up != 0 {
		t.Errorf("%d of a service run that fits nowhere", up)
	}
	t.Logf("drain: %d moved, %d stopped; %s", moved, stopped, p.Warnings)
	p = s.do(t, "activate", s.nodeTarget(t, s.Worker(0)), nil)
	if p.Impact.Starts != 1 {
		t.Errorf("activate: %+v", p.Impact)
	}
	s.await(t, all[1:3], func(_ *trial, at standing) bool { return free(at) })
	s.do(t, "pause", s.nodeTarget(t, s.Worker(0)), nil)
	old := s.running(t, all[2].service)
	s.do(t, "image", s.target(t, all[2].service), map[string]string{"image": "app:2"})
	s.await(t, all[2:3], func(_ *trial, at standing) bool { return at.update() == "completed" && at.Up == 3 })
	p = s.do(t, "activate", s.nodeTarget(t, s.Worker(0)), nil)
	if p.Impact.Restarts != 1 {
		t.Errorf("activate after an update: %+v", p.Impact)
	}
	s.await(t, all[2:3], func(_ *trial, at standing) bool {
		for id := range s.running(t, all[2].service) {
			if _, same := old[id]; same {
				return false
			}
		}
		return free(at)
	})
	s.testEviction(t)
	s.remove(t, all)
}

// testEviction takes a label off a node that services ask for.
func (s *stage) testEviction(t *testing.T) {
	node := s.nodeTarget(t, s.Worker(1))
	s.do(t, "label", node, map[string]string{"labels": "zone=a"})
	s.docker(t, strings.Fields("service create --detach --name zoned --replicas 2 --constraint node.labels.zone==a "+quick+"app:1")...)
	old := s.settle(t, "zoned", 2, nil)
	p := s.do(t, "label", node, map[string]string{"labels": "zone-"})
	s.eventually(t, patience, func() error {
		if left := len(s.running(t, "zoned")); left > 0 {
			return fmt.Errorf("%d run still", left)
		}
		return nil
	})
	_, now := s.stand(t)
	stopped, waits := 0, 0
	for _, task := range now["zoned"].tasks {
		if _, was := old[task.ID]; was && task.Terminal() {
			stopped++
		} else if task.State == "pending" {
			waits++
		}
	}
	t.Logf("label: %s; %s | %d stopped, %d wait", strings.Join(p.Impact.Sentences, "; "), p.Warnings, stopped, waits)
	if said := strings.Join(slices.Concat(p.Impact.Sentences, p.Warnings), "; "); p.Risk != actions.Disruptive || !strings.Contains(said, fmt.Sprintf("%d tasks stop at once", stopped)) {
		t.Errorf("foreseen %v: %s", p.Risk, said)
	}
	s.docker(t, "service", "rm", "zoned")
}

// TestNeeds_OnARealSwarm takes away what the earlier version of a service needs, and
// looks whether the engine does as badly with it as the preview says.
func TestNeeds_OnARealSwarm(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	file := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	create := map[string]string{"config": "create need " + file, "secret": "create need " + file, "network": "create -d overlay need"}
	testkit.Together(t, slices.Collect(maps.Keys(create)), strings.Clone, func(t *testing.T, kind string) {
		s.docker(t, strings.Fields(kind+" "+create[kind])...)
		s.testNeed(t, kind, "needs-"+kind)
	})
}

func (s *stage) testNeed(t *testing.T, kind, name string) {
	s.docker(t, strings.Fields("service create --detach --name "+name+" "+quick+"--restart-delay 1s --"+kind+" need app:1")...)
	s.settle(t, name, 1, nil)
	s.docker(t, strings.Fields("service update --detach --no-resolve-image --"+kind+"-rm need "+name)...)
	s.eventually(t, patience, func() error {
		if _, now := s.stand(t); now[name].update() != "completed" {
			return errors.New("the update goes on")
		}
		return nil
	})
	if p := s.plan(t, "rollback", s.target(t, name), nil); p.Confirm.Gate != actions.GateKey {
		t.Errorf("refused while it is there: %s", p.Confirm.Why)
	}
	s.eventually(t, patience, func() error { // A network is in use while its last task stops.
		_, err := s.run(kind, "rm", "need")
		return err
	})
	p := s.plan(t, "rollback", s.target(t, name), nil)
	if want := "the previous version needs the " + kind; p.Confirm.Gate != actions.GateNone || !strings.Contains(p.Confirm.Why, want) {
		t.Errorf("gate %s, %s", p.Confirm.Gate, p.Confirm.Why)
	}
	out, err := s.run("service", "rollback", "--detach", name)
	s.eventually(t, patience, func() error {
		if _, now := s.stand(t); err == nil && now[name].Up > 0 {
			return errors.New("it runs still")
		}
		return nil
	})
	_, now := s.stand(t)
	why := ""
	for _, task := range now[name].tasks {
		why = cmp.Or(why, task.Err, string(task.State))
	}
	t.Logf("the engine says %s %v, then %d run: %s", strings.TrimSpace(out), err, now[name].Up, why)
	s.docker(t, "service", "rm", name)
}
