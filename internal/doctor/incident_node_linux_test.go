package doctor_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"skep/internal/testkit"
	"skep/lab"
)

// nodeIncidents take nodes away, or keep everybody busy. Those of a group are staged
// at once.
var nodeIncidents = [][]incident{
	{{name: "leader-down", about: "manager1", says: `outage manager1 (down|manager not reachable)`, mendIn: start("manager1"), beside: []string{"quorum"}}},
	{{name: "drained", about: "worker1", says: `outage worker1 drained - drained fits on no other node$`, mend: []string{"node update --availability active worker1"}}},
	{{name: "worker-down", about: "worker1", says: `outage worker1 down - heartbeat failure`, mendIn: start("worker1"), beside: []string{"worker-down"}, with: []string{"constraint", "missing-image"}},
		{name: "constraint", unrecorded: true, says: `0/2 - no node has node\.labels\.disk==ssd$`, mend: []string{"service update -d --constraint-rm node.labels.disk==ssd constraint"}},
		{name: "missing-image", unrecorded: true, says: `0/2 - (only on \w+: )?the node cannot get the image shop/never-built:9`, mend: []string{"service update -d --no-resolve-image --image app:1 missing-image"}}},
	{{name: "hung-engine", about: "worker1", says: `outage worker1 down - heartbeat failure`, beside: []string{"hung-engine"}, mendIn: func(l *lab.Lab) error { return l.Node("worker1").Resume() }}},
}

func start(node string) func(*lab.Lab) error {
	return func(l *lab.Lab) error { return l.Node(node).Start() }
}

// leadBy makes a manager the leader, by stopping others until it is.
func leadBy(t *testing.T, l *lab.Lab, name string) {
	t.Helper()
	for range 6 {
		leader := l.Leader(t)
		if leader.Name == name {
			return
		}
		if err := leader.Stop(); err != nil {
			t.Fatal(err)
		}
		l.Leader(t)
		if err := leader.Start(); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal(name + " does not lead")
}

// TestLab_NodeIncidents stages what goes wrong with nodes, alone and beside what
// goes wrong with services.
func TestLab_NodeIncidents(t *testing.T) {
	testkit.OnlySlow(t, "nodes are given up after half a minute")
	t.Parallel()
	l := lab.Up(t, lab.Managers(3), lab.Workers(2))
	l.Image(t, "app:1")
	leadBy(t, l, "manager1")
	for _, group := range nodeIncidents {
		t.Run(group[0].name, func(t *testing.T) {
			watch(t, l).attend(l, group)
			reset(t, l, group...)
		})
	}
	for _, s := range stagedManagerRules {
		if err := s.recorded(t, l, "", s.name); err != nil {
			t.Error(err)
		}
	}
}

// TestLab_QuorumIncident lets most managers die: the swarm has no leader, which is told,
// and no more once they are back.
func TestLab_QuorumIncident(t *testing.T) {
	lab.Once(t)
	testkit.OnlySlow(t, "a leader gives up after half a minute")
	t.Parallel()
	l := lab.Up(t, lab.Managers(3))
	w := watch(t, l)
	w.until(foundWithin, func() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.last.Coverage.Nodes == 3 })
	if err := l.StageIncident(t.Context(), "quorum-lost"); err != nil {
		t.Fatal(err)
	}
	took, ok := w.until(foundWithin, func() bool { w.mu.Lock(); defer w.mu.Unlock(); return strings.Contains(w.lost, "leader") })
	if !ok {
		t.Errorf("the swarm has no leader, and said is %q", w.lost)
	}
	t.Logf("quorum-lost          found %4.1f s after it shows: %s", took.Seconds(), w.lost)
	reset(t, l, incident{name: "quorum-lost"})
	if took, ok = w.until(goneWithin, func() bool { w.mu.Lock(); defer w.mu.Unlock(); return w.lost == "" && len(w.problems()) == 0 }); !ok {
		t.Errorf("the quorum is back, and said is %q, %v", w.lost, w.problems())
	}
	t.Logf("quorum-lost          gone  %4.1f s after the swarm was back", took.Seconds())
}

// TestLab_PendingIncident lets ten thousand tasks wait: they are told as one matter,
// with its reason. It keeps the machine busy, so nothing runs beside it.
func TestLab_PendingIncident(t *testing.T) {
	testkit.OnlySlow(t, "ten thousand tasks take the engine a minute")
	l := lab.Up(t, lab.Managers(1))
	l.Image(t, "app:1")
	var services []string
	for i := range 20 {
		services = append(services, fmt.Sprintf("pending-10000-%02d", i+1))
	}
	watch(t, l).attend(l, []incident{{name: "pending-10000", unrecorded: true, large: true, about: "20 services", mend: []string{"service rm " + strings.Join(services, " ")},
		says: `outage 20 services short of tasks for one reason, 20 of them down - no node has node\.labels\.disk==ssd$`}})
}

// TestIncidents_AreAllStaged: what the lab promises of an incident is shown here, where
// it is diagnosed. A flood of lines is no problem.
func TestIncidents_AreAllStaged(t *testing.T) {
	staged := map[string]bool{"quorum-lost": true, "pending-10000": true, "log-flood": true}
	for _, i := range slices.Concat(slices.Concat(serviceIncidents...), slices.Concat(nodeIncidents...)) {
		staged[i.name] = true
	}
	for _, i := range lab.Incidents() {
		if !staged[i.Name] {
			t.Errorf("no test stages %s", i.Name)
		}
	}
}
