package triage_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// TestProblems_LateOnlyIfRead has tasks that were on their way when they were
// last read, a while ago: whether they still are, nobody knows.
func TestProblems_LateOnlyIfRead(t *testing.T) {
	n, s := Node(), Service(Name("web"), Replicas(1))
	preparing, refused := State(swarm.TaskStatePreparing), Pending("no suitable node")
	for _, tt := range []struct {
		read  time.Duration
		is    TaskOption
		state string
	}{{0, preparing, "down"}, {50 * time.Second, preparing, "down"}, {70 * time.Second, preparing, "converging"}, {175 * time.Second, refused, "down"}} {
		c := Cluster(Nodes(n), Services(s), TasksFor(model.TaskQuery{}, Now.Add(-tt.read), Task(Of(s), Slot(1), On(n), tt.is, Ago(3*time.Minute))))
		state, status := c.Facts(s.Key()).State(s)
		if problems := c.Problems(); state != tt.state || (len(problems) > 0) != (status > model.Moving) {
			t.Errorf("read %s ago: %s, %v", tt.read, state, problems)
		}
	}
}

func TestProblems(t *testing.T) {
	n1, n2, lost := Node(Hostname("n1")), Node(Hostname("n2")), Node(Hostname("n3"), Down())
	web := func(o ...ServiceOption) *model.Service {
		return Service(append([]ServiceOption{Name("web"), Replicas(2), Placed(swarm.Placement{Constraints: []string{"node.labels.disk==ssd"}})}, o...)...)
	}
	in := func(s *model.Service, slot int, o ...TaskOption) *model.Task {
		return Task(append([]TaskOption{Of(s), Slot(slot), On(n1)}, o...)...)
	}
	stuck := Pending("no suitable node (scheduling constraints not satisfied on 2 nodes)")
	once := web(RestartPolicy(func(p *swarm.RestartPolicy) { p.Condition = swarm.RestartPolicyConditionNone }))
	plain, fresh := web(), web(Changed(3*time.Second))
	updating := web(Updating(swarm.UpdateStateUpdating, ""))
	long := web(Updating(swarm.UpdateStateUpdating, ""), WithService(func(s *model.Service) {
		began := Now.Add(-time.Hour)
		s.UpdateStatus.StartedAt = &began
	}))
	paused := web(Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task x"))
	back := web(Updating(swarm.UpdateStateRollbackPaused, "rollback paused"))
	failed := web(Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"), Reports(2, 2))
	asked := web(Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"), Reports(2, 2), WithService(func(s *model.Service) {
		s.PreviousSpec = &s.Spec
	}))
	longAgo := web(Updating(swarm.UpdateStateRollbackCompleted, "rollback completed"), Reports(2, 2), WithService(func(s *model.Service) {
		began := Now.Add(-25 * time.Hour)
		s.UpdateStatus.StartedAt = &began
	}))
	job := Service(Name("job"), Job(1, 1, 2), Placed(swarm.Placement{Constraints: []string{"node.labels.disk==ssd"}}))
	damaged := web(DamagedService("bad address"), Reports(2, 2))
	pinned := Service(Name("pinned"), Placed(swarm.Placement{Constraints: []string{"node.hostname==m1"}}))
	onceMore := web(RestartPolicy(func(p *swarm.RestartPolicy) { p.Condition = swarm.RestartPolicyConditionNone }),
		Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task x"))
	older := WithTask(func(t *model.Task) {
		spec := *t.Spec
		spec.Print++
		t.Spec = &spec
	})
	preparing := State(swarm.TaskStatePreparing)
	unallocated := WithTask(func(t *model.Task) { t.State, t.NodeID, t.Message = swarm.TaskStateNew, "", "created" })

	for _, tt := range []struct {
		name  string
		c     *model.Cluster
		wants []string
	}{
		{"nothing", Cluster(Nodes(n1, n2), Services(plain), Tasks(in(plain, 1), in(plain, 2))), nil},
		{"stuck", Cluster(Nodes(n1, n2), Services(plain), Tasks(in(plain, 1), in(plain, 2, stuck))),
			[]string{"3 web 1/2 - no node has node.labels.disk==ssd"}},
		{"stuck and none up", Cluster(Nodes(n1, n2), Services(plain), Tasks(in(plain, 1, stuck), in(plain, 2, stuck))),
			[]string{"4 web 0/2 - no node has node.labels.disk==ssd"}},
		{"stuck a moment after a change", Cluster(Nodes(n1, n2), Services(fresh), Tasks(in(fresh, 1), in(fresh, 2, stuck))),
			[]string{"3 web 1/2 - no node has node.labels.disk==ssd"}},
		{"starting a moment after a change", Cluster(Nodes(n1, n2), Services(fresh), Tasks(in(fresh, 1), in(fresh, 2, preparing, Ago(3*time.Second)))), nil},
		{"starting for long", Cluster(Nodes(n1, n2), Services(plain), Tasks(in(plain, 1), in(plain, 2, preparing, Ago(time.Hour)))),
			[]string{"3 web 1/2 - preparing: pulling the image or setting up networks and volumes"}},
		{"no address for long", Cluster(Nodes(n1, n2), Services(plain), Tasks(in(plain, 1, unallocated), in(plain, 2, unallocated))),
			[]string{"4 web 0/2 - waits for a network address or a published port; the engine does not say why"}},
		{"no address for a moment", Cluster(Nodes(n1, n2), Services(fresh), Tasks(in(fresh, 1), in(fresh, 2, unallocated, Ago(29*time.Second)))), nil},
		{"no address for long after a change", Cluster(Nodes(n1, n2), Services(fresh), Tasks(in(fresh, 1), in(fresh, 2, unallocated, Ago(30*time.Second)))),
			[]string{"3 web 1/2 - waits for a network address or a published port; the engine does not say why"}},
		{"missing, tasks not known", Cluster(Nodes(n1, n2), Services(web(Reports(0, 2)))), []string{"4 web 0/2 - its tasks could not be read since, only counted"}},
		{"an update that stops first", Cluster(Nodes(n1, n2), Services(updating), Tasks(in(updating, 1), in(updating, 2, preparing, Ago(time.Minute)))), nil},
		{"the same with none up", Cluster(Nodes(n1, n2), Services(updating), Tasks(in(updating, 1, preparing, Ago(time.Minute)), in(updating, 2, preparing, Ago(time.Minute)))), nil},
		{"the same for long", Cluster(Nodes(n1, n2), Services(long), Tasks(in(long, 1, preparing, Ago(time.Hour)), in(long, 2, preparing, Ago(time.Hour)))), []string{"4 web 0/2 while updating - preparing: pulling the image or setting up networks and volumes"}},
		{"an update that is stuck", Cluster(Nodes(n1, n2), Services(updating), Tasks(in(updating, 1), in(updating, 2, stuck))),
			[]string{"3 web 1/2 while updating, which can never finish - no node has node.labels.disk==ssd"}},
		{"an update while a node is lost", Cluster(Nodes(n1, lost), Services(updating), Tasks(in(updating, 1), in(updating, 2, preparing, Ago(time.Hour)),
			in(updating, 2, On(lost), Ago(2*time.Hour), Desired(swarm.TaskStateShutdown)))),
			[]string{"4 n3 down - heartbeat failure", "3 web 1/2 while updating - preparing: pulling the image or setting up networks and volumes"}},
		{"paused after all ended well", Cluster(Nodes(n1, n2), Services(onceMore), Tasks(in(onceMore, 1, Ended(), Desired(swarm.TaskStateShutdown)), in(onceMore, 2, Ended(), Desired(swarm.TaskStateShutdown)))), nil},
		{"paused after one ended well", Cluster(Nodes(n1, n2), Services(onceMore), Tasks(in(onceMore, 1, Ended(), Desired(swarm.TaskStateShutdown)), in(onceMore, 2, Ended(), older, Desired(swarm.TaskStateShutdown)))),
			[]string{"4 web update paused 0/2 - update paused due to failure or early termination of task x"}},
		{"paused, with the culprit", Cluster(Nodes(n1, n2), Services(paused), Tasks(in(paused, 1), in(paused, 2, Failed(7)))),
			[]string{"4 web update paused, 1/2 up, 1 new - exit code 7"}},
		{"paused, between two deaths", Cluster(Nodes(n1, n2), Services(paused), Tasks(in(paused, 1), in(paused, 2, Ago(2*time.Second), WithTask(func(t *model.Task) { t.UpdatedAt = Now })), in(paused, 2, Failed(7), Ago(7*time.Second)))),
			[]string{"4 web update paused, 1/2 up, 1 new - exit code 7"}},
		{"paused, tasks not known", Cluster(Nodes(n1, n2), Services(web(Reports(2, 2), Updating(swarm.UpdateStatePaused, "why")))),
			[]string{"4 web update paused - why"}},
		{"rollback paused", Cluster(Nodes(n1, n2), Services(back), Tasks(in(back, 1), in(back, 2))), []string{"4 web rollback paused 2/2 - rollback paused"}},
		{"rolled back by itself", Cluster(Nodes(n1, n2), Services(failed), Tasks(in(failed, 1), in(failed, 2, Failed(7), Ago(time.Minute)), in(failed, 2))),
			[]string{"3 web update rolled back - exit code 7"}},
		{"rolled back by itself, tasks not known", Cluster(Nodes(n1, n2), Services(failed)), []string{"3 web update rolled back"}},
		{"rolled back by somebody", Cluster(Nodes(n1, n2), Services(asked)), nil},
		{"rolled back long ago", Cluster(Nodes(n1, n2), Services(longAgo)), nil},
		{"gave up after exit 0", Cluster(Nodes(n1, n2), Services(plain), Tasks(in(plain, 1), in(plain, 2, Ended()))),
			[]string{"3 web 1/2, gave up - the container ended by itself (exit 0)"}},
		{"gave up everywhere", Cluster(Nodes(n1, n2), Services(plain), Tasks(in(plain, 1, Failed(3)), in(plain, 2, Failed(3)))),
			[]string{"4 web 0/2, gave up - exit code 3"}},
		{"one gave up, one starts", Cluster(Nodes(n1, n2), Services(plain), Tasks(in(plain, 1, Failed(3)), in(plain, 2, preparing))),
			[]string{"4 web 0/2, 1 gave up - exit code 3"}},
		{"is not to be started again", Cluster(Nodes(n1, n2), Services(once), Tasks(in(once, 1, Ended()), in(once, 2))),
			nil},
		{"a job at work", Cluster(Nodes(n1, n2), Services(job), Tasks(in(job, 0))), nil},
		{"a job that tries again", Cluster(Nodes(n1, n2), Services(job), Tasks(in(job, 0, Failed(1), Ago(2*time.Hour)), in(job, 0, preparing))), nil},
		{"a job that failed", Cluster(Nodes(n1, n2), Services(job), Tasks(in(job, 0, Failed(1)))), []string{"4 job 0/1 completed - exit code 1"}},
		{"a job without a node", Cluster(Nodes(n1, n2), Services(job), Tasks(in(job, 0, stuck))),
			[]string{"4 job 0/1 completed - no node has node.labels.disk==ssd"}},
		{"node down", Cluster(Nodes(n1, Node(Hostname("n2"), Down()))), []string{"4 n2 down - heartbeat failure"}},
		{"unknown after an election", Cluster(Nodes(n1, Node(Hostname("n2"), Is(swarm.NodeStateUnknown)))), nil},
		{"drained", Cluster(Nodes(n1, Node(Hostname("n2"), Availability(swarm.NodeAvailabilityDrain)))), nil},
		{"paused node", Cluster(Nodes(n1, Node(Hostname("n2"), Availability(swarm.NodeAvailabilityPause)))), nil},
		{"node of which little is known", Cluster(Nodes(n1, Node(Hostname("n2"), Availability("")))), nil},
		{"one manager", Cluster(Nodes(Node(Leader()))), nil},
		{"two managers", Cluster(Nodes(Node(Hostname("m1"), Leader()), Node(Hostname("m2"), Manager()))), []string{"3 quorum 2 of 2 managers up, losing one more loses quorum"}},
		{"one of three lost", Cluster(Nodes(Node(Hostname("m1"), Leader()), Node(Hostname("m2"), Manager()), Node(Hostname("m3"), LostManager()))),
			[]string{"4 m3 manager not reachable", "3 quorum 2 of 3 managers up, losing one more loses quorum"}},
		{"a thin quorum does not hide what is wrong with the leader", Cluster(Nodes(Node(Hostname("m1"), Leader(), Availability(swarm.NodeAvailabilityDrain)),
			Node(Hostname("m2"), Manager())), Services(pinned), Tasks(Task(Of(pinned), Slot(1), Pending("no suitable node (scheduling constraints not satisfied on 1 node; 1 node not available for new tasks)")))),
			[]string{"4 m1 drained - pinned fits on no other node", "4 pinned 0/1 - fits on no other node: m1 is drained",
				"3 quorum 2 of 2 managers up, losing one more loses quorum"}},
		{"nobody leads", Cluster(Nodes(Node(Hostname("m1"), LostManager()), Node(Hostname("m2"), LostManager()))),
			[]string{"4 quorum lost: 0 of 2 managers reachable, 2 needed; nothing can be changed - m1, m2 are not reachable", "4 m1 manager not reachable", "4 m2 manager not reachable"}},
		{"damaged", Cluster(Nodes(n1, Node(Hostname("n2"), WithNode(func(n *model.Node) { n.Damage = "bad label" }))), Services(damaged)),
			[]string{"3 web partly unreadable - bad address", "3 n2 partly unreadable - bad label"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range tt.c.Problems() {
				got = append(got, fmt.Sprintf("%d %s", p.Status, p))
			}
			if !slices.Equal(got, tt.wants) {
				t.Errorf("\n got %q\nwant %q", got, tt.wants)
			}
		})
	}
}

func TestProblems_LoopBeforeMissingReplicas(t *testing.T) {
	n, web := Node(), Service(Name("web"))
	in := func(o ...TaskOption) *model.Task {
		return Task(append([]TaskOption{Of(web), Slot(1), On(n)}, o...)...)
	}
	c := Cluster(Nodes(n), Services(web), Tasks(in(State(swarm.TaskStateStarting), Ago(time.Second)), in(Failed(4), Ago(10*time.Second)),
		in(Failed(1), Ago(20*time.Second)), in(Failed(1), Ago(30*time.Second))))
	got := c.Problems()
	if len(got) != 1 || got[0].String() != "web restart loop, every 10s - exit code 4" || !got[0].Since.Equal(Now.Add(-30*time.Second)) {
		t.Errorf("%+v", got)
	}
}
