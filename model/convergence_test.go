package model_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// film is what an engine tells of one service over time, each second a list of
// all there is.
type film struct {
	builder *model.Builder
	nodes   []*model.Node
	watch   *model.ConvergenceWatch
	at      time.Time
	last    model.Convergence
	ended   time.Duration // when it was settled first; negative for not yet
}

func newFilm(id model.ServiceID, least uint64, nodes ...*model.Node) *film {
	b := testkit.Builder()
	b.SetSession(model.Session{TaskHistory: 5})
	return &film{builder: b, nodes: nodes, watch: model.WatchConvergence(id, least), at: testkit.Now, ended: -1}
}

// show lets so many seconds pass in which nothing changes.
func (f *film) show(seconds int, s *model.Service, tasks ...*model.Task) model.Convergence {
	for range seconds {
		f.at = f.at.Add(time.Second)
		f.builder.SetNodes(f.nodes, f.at)
		f.builder.SetServices(testkit.Counted([]*model.Service{s}, tasks), f.at)
		f.builder.SetTasks(model.TaskQuery{}, tasks, f.at.Add(10*time.Millisecond))
		f.last = f.watch.Look(f.builder.Build(f.at.Add(20 * time.Millisecond)))
		if f.last.Settled() && f.ended < 0 {
			f.ended = f.at.Sub(testkit.Now)
		}
	}
	return f.last
}

// times gives a task the time at which it was made and came into its state, so
// long after the film began.
func times(made, reached time.Duration) testkit.TaskOption {
	return testkit.WithTask(func(t *model.Task) {
		t.CreatedAt, t.UpdatedAt, t.StateAt = testkit.Now.Add(made), testkit.Now.Add(reached), testkit.Now.Add(reached)
	})
}

// numbered keeps a task the same while its times change.
func numbered(n int) testkit.TaskOption { return testkit.ID(fmt.Sprintf("task%d", n)) }

// A service that was just made is waited for; one that goes does so under its
// name.
func TestConvergence_BeforeItIsShownAndAfter(t *testing.T) {
	web := testkit.Service(testkit.Name("web"))
	other := testkit.Service(testkit.Name("other"))
	f := newFilm(web.Key(), 5)
	for _, tt := range []struct {
		seconds int
		s       *model.Service
		outcome model.Outcome
		why     string
	}{
		{10, other, model.OutcomeMoving, "does not show it yet"},
		{60, other, model.OutcomeUnknown, "there is no such service"},
		{1, web, model.OutcomeMoving, ""},
		{1, other, model.OutcomeUnknown, "the service was removed"},
	} {
		if v := f.show(tt.seconds, tt.s); v.Outcome != tt.outcome || !strings.Contains(v.Why, tt.why) || v.Name == "" {
			t.Errorf("%q: %s: %s, want %s: %s", v.Name, v.Outcome, v.Why, tt.outcome, tt.why)
		}
	}
	if f.last.Name != "web" {
		t.Errorf("it goes as %q", f.last.Name)
	}
	w := model.WatchConvergence(web.Key(), 5).Called("fresh")
	if v := w.Look(testkit.Cluster(testkit.Services(other))); v.Name != "fresh" {
		t.Errorf("before it is shown it is called %q", v.Name)
	}
	f = newFilm(web.Key(), 0)
	if v := f.show(1, other); v.Outcome != model.OutcomeUnknown {
		t.Errorf("without a write: %s", v.Outcome)
	}
}

func TestConvergence_OneLook(t *testing.T) {
	one, two := testkit.Node(testkit.Hostname("worker1")), testkit.Node(testkit.Hostname("worker2"))
	paused := testkit.Node(testkit.Hostname("worker3"), testkit.Availability(swarm.NodeAvailabilityPause))
	drained := testkit.Node(testkit.Hostname("worker4"), testkit.Availability(swarm.NodeAvailabilityDrain))
	down := testkit.Node(testkit.Hostname("worker5"), testkit.Down())
	old := testkit.FromImage("example/app:0")
	ports := testkit.WithService(func(s *model.Service) {
		before := s.Spec
		s.PreviousSpec = &before
		s.Spec.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{TargetPort: 80, PublishedPort: 8080}}}
		s.UpdatedAt = testkit.Now
	})
	rolledBack := testkit.Updating(swarm.UpdateStateRollbackCompleted, "rollback completed")
	byHand := testkit.WithService(func(s *model.Service) { s.PreviousSpec = &swarm.ServiceSpec{} })
	once := testkit.RestartPolicy(func(p *swarm.RestartPolicy) { p.Condition = swarm.RestartPolicyConditionNone })
	for _, tt := range []struct {
		name    string
		service *model.Service
		nodes   []*model.Node
		tasks   func(s *model.Service) []*model.Task
		want    model.Outcome // after a minute
	}{
		{"all up", testkit.Service(testkit.Replicas(2)), nil, run(one, two), model.OutcomeConverged},
		{"one too few", testkit.Service(testkit.Replicas(3)), nil, run(one, two), model.OutcomeMoving},
		{"one too many", testkit.Service(testkit.Replicas(1)), nil, run(one, two), model.OutcomeMoving},
		{"one of a former version", testkit.Service(testkit.Replicas(1)), nil, run(one, old), model.OutcomeMoving},
		{"the engine still watches", testkit.Service(testkit.Replicas(1), updating("stop-first")), nil, run(one), model.OutcomeMoving},
		{"ports are about to be changed", testkit.Service(ports), nil, run(one), model.OutcomeMoving},
		{"on a node that is down", testkit.Service(), []*model.Node{one, down}, run(down), model.OutcomeMoving},
		{"scaled to 0", testkit.Service(testkit.Replicas(0)), nil, run(), model.OutcomeConverged},
		{"scaled to 0, and still running", testkit.Service(testkit.Replicas(0)), nil, run(one, testkit.Desired("shutdown")), model.OutcomeMoving},
		{"scaled to 0 with a task left on a lost node", testkit.Service(testkit.Replicas(0)), []*model.Node{one, down}, run(down, testkit.Desired("shutdown")), model.OutcomeConverged},
		{"global, one on each open node", testkit.Service(testkit.Global()), []*model.Node{one, two, drained, down}, run(one, two), model.OutcomeConverged},
		{"global, none yet on one node", testkit.Service(testkit.Global()), []*model.Node{one, two}, run(one), model.OutcomeMoving},
		{"global, not begun", testkit.Service(testkit.Global()), []*model.Node{one}, run(), model.OutcomeMoving},
		{"global, a former one on a paused node", testkit.Service(testkit.Global()), []*model.Node{one, paused},
			func(s *model.Service) []*model.Task { return append(run(one)(s), run(paused, old)(s)...) }, model.OutcomeConverged},
		{"global, on no node", testkit.Service(testkit.Global(), testkit.Placed(swarm.Placement{Constraints: []string{"node.labels.a==b"}})), nil, run(), model.OutcomeUnplaceable},
		{"a job at work", testkit.Service(testkit.Job(1, 1, 0)), nil, run(one), model.OutcomeMoving},
		{"a job that is complete", testkit.Service(testkit.Job(1, 1, 0)), nil, run(one, testkit.Ended()), model.OutcomeConverged},
		{"a job of which the last run was complete", testkit.Service(testkit.Job(1, 1, 4)), nil, run(one, testkit.Ended(), testkit.Iteration(2)), model.OutcomeMoving},
		{"a job that failed for good", testkit.Service(testkit.Job(1, 1, 0)), nil, run(one, testkit.Failed(2)), model.OutcomeCrashLoop},
		{"a global job that is not on every node", testkit.Service(testkit.GlobalJob(1)), []*model.Node{one, two}, run(one, testkit.Ended()), model.OutcomeMoving},
		{"rolled back by the engine", testkit.Service(rolledBack), nil, run(one), model.OutcomeRolledBack},
		{"rolled back by hand", testkit.Service(rolledBack, byHand), nil, run(one), model.OutcomeConverged},
		{"paused", testkit.Service(testkit.Updating(swarm.UpdateStatePaused, "update paused due to failure or early termination of task x")), nil, run(one), model.OutcomePaused},
		{"paused rollback", testkit.Service(testkit.Updating(swarm.UpdateStateRollbackPaused, "")), nil, run(one), model.OutcomePaused},
		{"ended well, which an update took for a failure", testkit.Service(once, testkit.Updating(swarm.UpdateStatePaused, "")), nil, run(one, testkit.Ended()), model.OutcomeConverged},
		{"gave up", testkit.Service(once), nil, run(one, testkit.Failed(1)), model.OutcomeCrashLoop},
		{"fits nowhere", testkit.Service(), nil, run(nil, testkit.Pending("no suitable node (scheduling constraints not satisfied on 2 nodes)")), model.OutcomeUnplaceable},
		{"has no address", testkit.Service(), nil, run(nil, testkit.State("new")), model.OutcomeUnplaceable},
		{"unreadable", testkit.Service(testkit.DamagedService("nameservers")), nil, run(one), model.OutcomeUnknown},
	} {
		nodes := tt.nodes
		if nodes == nil {
			nodes = []*model.Node{one, two}
		}
		f := newFilm(tt.service.Key(), 0, nodes...)
		if got := f.show(60, tt.service, tt.tasks(tt.service)...); got.Outcome != tt.want || got.Why == "" {
			t.Errorf("%s: %s (%s), want %s", tt.name, got.Outcome, got.Why, tt.want)
		}
	}
}

// run makes a task on each of the nodes, with options for each.
func run(with ...any) func(s *model.Service) []*model.Task {
	return func(s *model.Service) (out []*model.Task) {
		var options []testkit.TaskOption
		var nodes []*model.Node
		for _, one := range with {
			switch one := one.(type) {
			case *model.Node:
				nodes = append(nodes, one)
			case testkit.TaskOption:
				options = append(options, one)
			case nil:
				nodes = append(nodes, nil)
			}
		}
		for i, n := range nodes {
			own := []testkit.TaskOption{testkit.Of(s)}
			if s.Mode() == model.ModeReplicated {
				own = append(own, testkit.Slot(i+1))
			}
			if n != nil {
				own = append(own, testkit.On(n))
			}
			out = append(out, testkit.Task(append(own, options...)...))
		}
		return out
	}
}

// TestConvergence_IsNotBelievedAtOnce: a task that is up may die before the
// window is over, and one that replaced it begins anew.
func TestConvergence_IsNotBelievedAtOnce(t *testing.T) {
	node := testkit.Node()
	s := testkit.Service(testkit.Changed(0), testkit.WithService(func(s *model.Service) { s.Spec.UpdateConfig = &swarm.UpdateConfig{Monitor: 10 * time.Second} }))
	task := func(n int, options ...testkit.TaskOption) *model.Task {
		return testkit.Task(append([]testkit.TaskOption{numbered(n), testkit.Of(s), testkit.Slot(1), testkit.On(node)}, options...)...)
	}
	f := newFilm(s.Key(), 0, node)
	first := task(1, times(0, time.Second))
	if got := f.show(9, s, first); got.Settled() || got.Held < 6*time.Second || got.Window != 20*time.Second {
		t.Errorf("before the end of its window: %+v", got)
	}
	dead := task(1, times(0, 9*time.Second), testkit.Failed(1))
	next := task(2, times(9*time.Second, 9*time.Second), testkit.State("ready"), testkit.Desired("ready"))
	if got := f.show(5, s, next, dead); got.Settled() || got.Culprit == nil || got.Culprit.ID != "task1" || !strings.Contains(got.Why, "exit") {
		t.Errorf("after it died: %+v", got)
	}
	up := task(2, times(9*time.Second, 15*time.Second))
	if got := f.show(15, s, up, dead); got.Settled() {
		t.Errorf("%s after the window, but not after twice what the last one lasted: %s", got.Outcome, got.Why)
	}
	if got := f.show(20, s, up, dead); got.Outcome != model.OutcomeConverged {
		t.Errorf("%+v", got)
	}
}

// TestConvergence_TakesNoOldAnswer: what the update before came to says nothing
// of the one that was just written.
func TestConvergence_TakesNoOldAnswer(t *testing.T) {
	node := testkit.Node()
	was := testkit.Service(testkit.Version(10), testkit.Updating(swarm.UpdateStatePaused, "update paused"))
	f := newFilm(was.Key(), 11, node)
	if got := f.show(30, was, run(node)(was)...); got.Settled() {
		t.Errorf("the former version: %+v", got)
	}
	is := testkit.Service(testkit.Version(11), testkit.Image("example/app:2"))
	if got := f.show(30, is, run(node)(was)...); got.Settled() {
		t.Errorf("its tasks are of the former version: %+v", got)
	}
	if got := f.show(12, is, run(node)(is)...); got.Outcome != model.OutcomeConverged {
		t.Errorf("%+v", got)
	}
}

// TestConvergence_WaitsForTasksOfItsVersion: tasks that were read before the
// service say nothing of it.
func TestConvergence_WaitsForTasksOfItsVersion(t *testing.T) {
	node, s := testkit.Node(), testkit.Service()
	b := testkit.Builder()
	b.SetNodes([]*model.Node{node}, testkit.Now)
	b.SetTasks(model.TaskQuery{}, run(node)(s), testkit.Now)
	w := model.WatchConvergence(s.Key(), 0)
	for n := range 30 {
		now := testkit.Now.Add(time.Duration(n) * time.Second)
		b.SetServices([]*model.Service{s}, now)
		if v := w.Look(b.Build(now)); v.Settled() {
			t.Fatalf("%+v", v)
		}
	}
}

func TestConvergence_RefusedImage(t *testing.T) {
	node := testkit.Node()
	s := testkit.Service()
	f := newFilm(s.Key(), 0, node)
	var history []*model.Task
	for n := range 10 {
		at := time.Duration(5*n) * time.Second
		next := testkit.Task(numbered(n), testkit.Of(s), testkit.Slot(1), testkit.On(node), times(at, at), testkit.State("preparing"))
		f.show(1, s, append([]*model.Task{next}, history...)...)
		dead := testkit.Task(numbered(n), testkit.Of(s), testkit.Slot(1), testkit.On(node), times(at, at+time.Second), testkit.Err("No such image: nosuch:1"),
			testkit.State("rejected"))
		f.show(4, s, append([]*model.Task{dead}, history...)...)
		history = append([]*model.Task{dead}, history[:min(len(history), 3)]...)
	}
	if f.last.Outcome != model.OutcomeCrashLoop || f.ended < 25*time.Second {
		t.Errorf("%s after %s: %s", f.last.Outcome, f.ended, f.last.Why)
	}
	if f.last.Culprit == nil || !strings.Contains(f.last.Why, "No such image: nosuch:1") {
		t.Errorf("%+v", f.last)
	}
}

// TestConvergence_Outage: what cannot be read is in progress for a while, and
// then nobody knows.
func TestConvergence_Outage(t *testing.T) {
	node, s := testkit.Node(), testkit.Service()
	w := model.WatchConvergence(s.Key(), 0)
	for _, tt := range []struct {
		after time.Duration
		want  model.Outcome
	}{{time.Second, model.OutcomeMoving}, {50 * time.Second, model.OutcomeMoving}, {62 * time.Second, model.OutcomeUnknown}} {
		now := testkit.Now.Add(tt.after)
		c := testkit.Cluster(testkit.Services(s), testkit.Nodes(node), testkit.Tasks(run(node)(s)...), testkit.At(now),
			testkit.Outage(&model.Outage{Since: testkit.Now, Err: fmt.Errorf("no leader")}))
		if v := w.Look(c); v.Outcome != tt.want || !strings.Contains(v.Why, "no leader") {
			t.Errorf("after %s: %+v", tt.after, v)
		}
	}
	if v := w.Look(testkit.Cluster(testkit.Nodes(node))); v.Outcome != model.OutcomeUnknown {
		t.Errorf("it is gone: %+v", v)
	}
}
