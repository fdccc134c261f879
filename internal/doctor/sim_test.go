package doctor_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/engine"
	"skep/internal/simswarm"
	"skep/internal/testkit"
	"skep/model"
	"skep/model/triage"
)

// life is a simulated swarm whose time the test moves, and what a console
// knows of it.
type life struct {
	*simswarm.Swarm
	*rand.Rand
	t       *testing.T
	clock   *simswarm.ManualClock
	pool    *engine.Pool
	builder *model.Builder
	c       *model.Cluster
}

func newLife(t *testing.T, seed uint64, opts ...simswarm.Option) *life {
	t.Helper()
	clock := simswarm.NewManualClock(time.Date(2026, 9, 14, 9, 30, 0, 0, time.UTC))
	l := &life{t: t, clock: clock, Rand: rand.New(rand.NewPCG(seed, 7)), builder: model.NewBuilder(triage.Find)}
	l.Swarm = simswarm.New(append([]simswarm.Option{simswarm.Bare(3, 3), simswarm.WithImages("app:1", "app:2"), simswarm.WithClock(clock), simswarm.WithSeed(seed)}, opts...)...)
	t.Cleanup(l.Close)
	host, err := l.Listen()
	if err != nil {
		t.Fatal(err)
	}
	if l.pool, err = engine.Open(engine.Options{Hosts: []string{host}, Env: func(string) string { return "" }}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.pool.Close)
	session, err := l.pool.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l.builder.SetSession(session)
	return l
}

// look reads everything.
func (l *life) look() *model.Cluster {
	l.t.Helper()
	now := l.clock.Now()
	readAll(l.t, l.builder, l.pool, now)
	l.c = l.builder.Build(now)
	return l.c
}

// call sends a request as an operator's tool would.
func (l *life) call(method, path string, body any) {
	l.t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		l.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	l.Handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(string(data))))
	if w.Code/100 != 2 {
		l.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
}

func (l *life) create(name string, replicas uint64, script string, changes ...func(*swarm.ServiceSpec)) {
	l.t.Helper()
	spec := swarm.ServiceSpec{Annotations: swarm.Annotations{Name: name}}
	spec.TaskTemplate.ContainerSpec = &swarm.ContainerSpec{Image: "app:1", Args: []string{"sh", "-c", "trap 'exit 0' TERM; " + script}}
	spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &replicas}
	for _, c := range changes {
		c(&spec)
	}
	l.call("POST", "/services/create", spec)
}

func (l *life) update(s *model.Service, change func(*swarm.ServiceSpec)) {
	l.t.Helper()
	raw, _ := json.Marshal(s.Spec)
	var spec swarm.ServiceSpec
	if err := json.Unmarshal(raw, &spec); err != nil {
		l.t.Fatal(err)
	}
	change(&spec)
	l.call("POST", fmt.Sprintf("/services/%s/update?version=%d", s.ID, s.Version.Index), spec)
}

func (l *life) setNode(n *model.Node, change func(*swarm.NodeSpec)) {
	l.t.Helper()
	spec := n.Spec
	spec.Labels = map[string]string{}
	for k, v := range n.Spec.Labels {
		spec.Labels[k] = v
	}
	change(&spec)
	l.call("POST", fmt.Sprintf("/nodes/%s/update?version=%d", n.ID, n.Version.Index), spec)
}

const serve = "while true; do sleep 1; done"

// act does one of the things that are done to a healthy swarm.
func (l *life) act(step int) {
	services := slices.DeleteFunc(slices.Clone(l.c.Services()), func(s *model.Service) bool { return s.IsJob() })
	if len(services) < 3 {
		l.create(fmt.Sprint("service-", step), 1+l.Uint64N(6), serve)
		return
	}
	s := services[l.IntN(len(services))]
	nodes := l.c.Nodes()
	switch l.IntN(7) {
	case 0:
		l.create(fmt.Sprint("service-", step), 1+l.Uint64N(6), serve)
	case 1:
		l.update(s, func(spec *swarm.ServiceSpec) { *spec.Mode.Replicated.Replicas = 1 + l.Uint64N(8) })
	case 2, 3:
		order := []swarm.UpdateOrder{swarm.UpdateOrderStartFirst, swarm.UpdateOrderStopFirst}[l.IntN(2)]
		l.update(s, func(spec *swarm.ServiceSpec) {
			spec.TaskTemplate.ContainerSpec.Image = []string{"app:1", "app:2"}[l.IntN(2)]
			spec.TaskTemplate.ForceUpdate++
			spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1 + l.Uint64N(2), Order: order, Delay: time.Second}
		})
	case 4:
		n := nodes[len(nodes)-1-l.IntN(2)]
		availability := swarm.NodeAvailabilityDrain
		if n.Spec.Availability == availability {
			availability = swarm.NodeAvailabilityActive
		}
		l.setNode(n, func(spec *swarm.NodeSpec) { spec.Availability = availability })
	case 5:
		one, total := uint64(1), 1+l.Uint64N(3)
		l.create(fmt.Sprint("job-", step), 1, "sleep 3; exit 0", func(spec *swarm.ServiceSpec) {
			spec.Mode = swarm.ServiceMode{ReplicatedJob: &swarm.ReplicatedJob{MaxConcurrent: &one, TotalCompletions: &total}}
			spec.TaskTemplate.RestartPolicy = &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionNone}
		})
	case 6:
		if len(services) > 5 {
			l.call("DELETE", "/services/"+s.ID, nil)
		}
	}
}

// TestHealthyLife_HasNoProblems deploys, scales, updates, drains, runs jobs and
// removes, for up to an hour: none of that is a problem.
func TestHealthyLife_HasNoProblems(t *testing.T) {
	l := newLife(t, 3)
	l.look()
	for step := range testkit.Rounds(60) * 60 / 5 {
		if step%6 == 0 {
			l.act(step)
		}
		l.clock.Advance(5 * time.Second)
		for _, p := range l.look().Problems() {
			t.Errorf("after %s: %s", time.Duration(step)*5*time.Second, p)
		}
		if t.Failed() {
			return
		}
	}
}

// TestVerdict_IsNeverCalmerThanState gives a swarm all sorts of trouble, and looks
// at it every few seconds on the way.
func TestVerdict_IsNeverCalmerThanState(t *testing.T) {
	for seed := range uint64(testkit.Rounds(8)) {
		l := newLife(t, seed+40)
		l.look()
		for step := range 120 {
			if step%8 == 0 {
				l.harm(step)
			}
			l.clock.Advance(3 * time.Second)
			for _, s := range l.look().Services() {
				word, status := l.c.Facts(s.Key()).State(s)
				worst := model.Neutral
				for _, f := range l.c.Problems() {
					if f.Ref == s.Key().Ref() {
						worst = max(worst, f.Status)
					}
				}
				if status >= model.Warning && worst < status {
					t.Errorf("step %d: %s is %s (%d) in its row, and %d in the verdict: %v", step, s.Name(), word, status, worst, l.c.Problems())
					return
				}
			}
		}
	}
}

// harm does something that goes wrong.
func (l *life) harm(step int) {
	name, nodes := fmt.Sprint("harm-", step), l.c.Nodes()
	switch l.IntN(7) {
	case 0:
		l.create(name, 2, "sleep 2; exit 1")
	case 1:
		l.create(name, 2, serve, func(spec *swarm.ServiceSpec) { spec.TaskTemplate.ContainerSpec.Image = "nothing:9" })
	case 2:
		l.create(name, 3, serve, l.demand)
	case 3:
		l.FailNode(nodes[len(nodes)-1-l.IntN(3)].Hostname())
	case 4:
		for _, n := range nodes {
			if n.Lost() {
				l.RecoverNode(n.Hostname())
			}
		}
	case 5:
		if services := l.c.Services(); len(services) > 0 {
			l.update(services[l.IntN(len(services))], func(spec *swarm.ServiceSpec) {
				spec.TaskTemplate.ContainerSpec.Args = []string{"sh", "-c", "sleep 1; exit 3"}
				spec.UpdateConfig = &swarm.UpdateConfig{Parallelism: 1, FailureAction: []swarm.FailureAction{"pause", "rollback", "continue"}[l.IntN(3)],
					Order: []swarm.UpdateOrder{swarm.UpdateOrderStartFirst, swarm.UpdateOrderStopFirst}[l.IntN(2)]}
			})
		}
	case 6:
		l.create(name, 2, "sleep 1; exit 0", func(spec *swarm.ServiceSpec) {
			one := uint64(1)
			spec.TaskTemplate.RestartPolicy = &swarm.RestartPolicy{Condition: swarm.RestartPolicyConditionOnFailure, MaxAttempts: &one}
		})
	}
}

// TestMatrix_AgreesWithTheScheduler lets the simulated scheduler refuse tasks for
// every reason that it has, and compares its counts with the matrix.
func TestMatrix_AgreesWithTheScheduler(t *testing.T) {
	compared := map[model.SchedulerFilter]int{}
	for seed := range uint64(12) {
		l := newLife(t, seed+1)
		l.look()
		for _, n := range l.c.Nodes() {
			l.setNode(n, func(spec *swarm.NodeSpec) {
				spec.Labels["disk"] = []string{"ssd", "hdd", ""}[l.IntN(3)]
				spec.Availability = []swarm.NodeAvailability{"active", "active", "active", "drain", "pause"}[l.IntN(5)]
			})
		}
		for i := range 12 {
			l.create(fmt.Sprint("s", i), 1+l.Uint64N(8), serve, l.demand)
		}
		l.clock.Advance(20 * time.Second)
		l.look()
		for _, s := range l.c.Services() {
			tasks, _ := l.c.TasksOf(s.Key())
			for _, task := range tasks {
				if task.State == swarm.TaskStatePending {
					l.compare(s, task, compared)
				}
			}
		}
	}
	for _, f := range []model.SchedulerFilter{model.FilterReady, model.FilterResources, model.FilterConstraint, model.FilterHostPort, model.FilterMaxReplicas} {
		if compared[f] == 0 {
			t.Errorf("nothing was refused for %q", f)
		}
	}
}

// demand asks for what may not be there.
func (l *life) demand(spec *swarm.ServiceSpec) {
	spec.TaskTemplate.Placement = &swarm.Placement{}
	switch l.IntN(4) {
	case 0:
		spec.TaskTemplate.Placement.Constraints = []string{[]string{"node.labels.disk==ssd", "node.labels.disk!=hdd", "node.role==worker", "node.labels.disk==nvme"}[l.IntN(4)]}
	case 1:
		spec.TaskTemplate.Resources = &swarm.ResourceRequirements{Reservations: &swarm.Resources{MemoryBytes: int64(1+l.IntN(30)) << 30, NanoCPUs: int64(l.IntN(5)) * 1e9}}
	case 2:
		spec.EndpointSpec = &swarm.EndpointSpec{Ports: []swarm.PortConfig{{Protocol: "tcp", TargetPort: 80, PublishedPort: 8080 + uint32(l.IntN(2)), PublishMode: swarm.PortConfigPublishModeHost}}}
	case 3:
		spec.TaskTemplate.Placement.MaxReplicas = 1
		spec.TaskTemplate.Placement.Constraints = []string{"node.role==worker"}
	}
}

// compare holds the engine's message against the first filter of each node.
func (l *life) compare(s *model.Service, task *model.Task, compared map[model.SchedulerFilter]int) {
	l.t.Helper()
	compareRefusals(l.t, l.c, s, task, compared)
}

// compareRefusals holds what the engine says of a task that it cannot place against the
// matrix: it counts each node for the first filter that refuses it.
func compareRefusals(t *testing.T, c *model.Cluster, s *model.Service, task *model.Task, compared map[model.SchedulerFilter]int) {
	t.Helper()
	counts := map[model.SchedulerFilter]int{}
	for _, row := range c.WhyPending(s, task) {
		if row.OK() {
			t.Errorf("%s: %s would take it, but the engine says %q", c.TaskName(task), row.Node.Hostname(), task.Err)
			return
		}
		counts[row.First().Filter]++
	}
	var want []string
	for f, n := range counts {
		compared[f]++
		if f == model.FilterMaxReplicas {
			want = append(want, "max replicas per node limit exceed")
			continue
		}
		want = append(want, f.Count(n))
	}
	got := strings.Split(strings.TrimSuffix(strings.TrimPrefix(task.Err, "no suitable node ("), ")"), "; ")
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the engine says %q, the matrix %q", c.TaskName(task), got, want)
	}
}
