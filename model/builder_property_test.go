package model_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// describe writes down all that a snapshot says, to the last field of what it
// points to.
func describe(t *testing.T, c *model.Cluster) string {
	t.Helper()
	var b strings.Builder
	say := func(v any) {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	say([]any{c.Session, c.At, c.ServicesAt, c.NodesAt, c.Ready(), c.Quorum()})
	if c.Outage != nil {
		fmt.Fprintf(&b, "%+v\n", *c.Outage)
	}
	for _, s := range c.Services() {
		tasks, at := c.TasksOf(s.Key())
		f := c.Facts(s.Key())
		word, status := f.State(s)
		say([]any{s, f, word, status, len(tasks), at})
	}
	for _, n := range c.Nodes() {
		on, at := c.TasksOn(n.Key())
		say([]any{n, c.Load(n.Key()), c.NodeName(n.Key()), len(on), at})
	}
	tasks, at := c.Tasks()
	say(at)
	for _, task := range tasks {
		say([]any{task, c.TaskName(task)})
	}
	say(c.Problems())
	say(c.Stacks())
	return b.String()
}

// chaos does to a builder whatever may come, in any order.
type chaos struct {
	*rand.Rand
	b        *model.Builder
	now      time.Time
	services []*model.Service
	nodes    []*model.Node
	outage   *model.Outage
}

func newChaos(seed uint64) *chaos {
	x := &chaos{Rand: rand.New(rand.NewPCG(seed, 1)), b: Builder(), now: Now}
	modes := []ServiceOption{Replicas(3), Replicas(0), Global(), Job(2, 3, 1), GlobalJob(1), Replicas(2), Plugin("example/plugin")}
	for i, m := range modes {
		x.services = append(x.services, Service(Name(fmt.Sprintf("s%d", i)), m, Stack(fmt.Sprintf("stack%d", i%3))))
	}
	for i := range 4 {
		x.nodes = append(x.nodes, Node(Hostname(fmt.Sprintf("n%d", i/2)), ID(fmt.Sprintf("node%d", i)))) // two pairs of twins
	}
	return x
}

func pick[T any](x *chaos, of ...T) T { return of[x.IntN(len(of))] }

func some[T any](x *chaos, of []T) []T {
	var out []T
	for _, v := range of {
		if x.IntN(5) > 0 {
			out = append(out, v)
		}
	}
	x.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func (x *chaos) setServices() {
	for i, s := range x.services {
		if x.IntN(3) > 0 {
			continue
		}
		c := *s
		if x.IntN(2) == 0 {
			c.Version.Index++
			c.Spec.TaskTemplate.ForceUpdate++
			c.Print = model.FingerprintOf(&c.Spec.TaskTemplate)
			if c.JobStatus != nil {
				c.JobStatus = &swarm.JobStatus{JobIteration: swarm.Version{Index: c.JobStatus.JobIteration.Index + 1}}
			}
		}
		c.ServiceStatus = pick(x, nil, &swarm.ServiceStatus{RunningTasks: x.Uint64N(5), DesiredTasks: x.Uint64N(5), CompletedTasks: x.Uint64N(3)})
		c.UpdateStatus = pick(x, nil, &swarm.UpdateStatus{State: pick(x, swarm.UpdateStateUpdating, swarm.UpdateStatePaused, swarm.UpdateStateRollbackCompleted, "")})
		x.services[i] = &c
	}
	x.b.SetServices(some(x, x.services), x.now)
}

func (x *chaos) setNodes() {
	for i, n := range x.nodes {
		c := *n
		if x.IntN(3) == 0 {
			c.Status.State = pick(x, swarm.NodeStateReady, swarm.NodeStateDown, swarm.NodeStateUnknown, swarm.NodeStateDisconnected)
			c.Spec.Availability = pick(x, swarm.NodeAvailabilityActive, swarm.NodeAvailabilityDrain)
		}
		x.nodes[i] = &c
	}
	x.b.SetNodes(some(x, x.nodes), x.now)
}

var taskStates = []swarm.TaskState{
	swarm.TaskStateNew, swarm.TaskStatePending, swarm.TaskStateAssigned, swarm.TaskStatePreparing, swarm.TaskStateReady, swarm.TaskStateStarting,
	swarm.TaskStateRunning, swarm.TaskStateRunning, swarm.TaskStateRunning, swarm.TaskStateComplete, swarm.TaskStateShutdown,
	swarm.TaskStateFailed, swarm.TaskStateRejected, swarm.TaskStateOrphaned, swarm.TaskStateRemove,
}

func (x *chaos) task(s *model.Service, n *model.Node) *model.Task {
	return Task(Of(s), On(n), Slot(x.IntN(3)), State(pick(x, taskStates...)), Ago(time.Duration(x.IntN(200))*time.Second),
		Desired(pick(x, swarm.TaskStateRunning, swarm.TaskStateRunning, swarm.TaskStateReady, swarm.TaskStateShutdown, swarm.TaskStateRemove, swarm.TaskStateComplete)),
		Err(pick(x, "", "", "task: non-zero exit (1)")), ID(fmt.Sprintf("t%d", x.IntN(60))),
		WithTask(func(t *model.Task) {
			if x.IntN(10) == 0 {
				t.NodeID = pick(x, model.NodeID(""), "nowhere")
			}
			if x.IntN(20) == 0 {
				t.ServiceID = pick(x, model.ServiceID(""), "gone")
			}
			if x.IntN(10) == 0 {
				t.Spec = nil
			}
		}))
}

func (x *chaos) setTasks() {
	var q model.TaskQuery
	switch x.IntN(3) {
	case 0:
		q.Node = pick(x, x.nodes...).Key()
	case 1:
		for _, s := range some(x, x.services)[:1] {
			q.Services = append(q.Services, s.Key())
		}
	}
	seen := map[model.TaskID]bool{}
	var tasks []*model.Task
	for range x.IntN(30) {
		t := x.task(pick(x, x.services...), pick(x, x.nodes...))
		switch {
		case q.Node != "":
			t.NodeID = q.Node
		case len(q.Services) > 0:
			t.ServiceID = q.Services[0]
		}
		t.ID += model.TaskID("-" + t.ServiceID) // A task never changes its service.
		if !seen[t.ID] {
			tasks = append(tasks, t)
		}
		seen[t.ID] = true
	}
	x.b.SetTasks(q, tasks, x.now)
	x.Shuffle(len(tasks), func(i, j int) { tasks[i], tasks[j] = tasks[j], tasks[i] }) // the caller may reuse its slice
}

func (x *chaos) step() {
	x.now = x.now.Add(time.Duration(x.IntN(20)) * time.Second)
	switch x.IntN(8) {
	case 0, 1:
		x.setServices()
	case 2:
		x.setNodes()
	case 3, 4, 5:
		x.setTasks()
	case 6:
		keep := pick(x, x.services...).Key()
		if x.IntN(2) == 0 {
			x.b.ForgetTasks(func(id model.ServiceID) bool { return id == keep }, pick(x, x.nodes...).Key())
		} else {
			x.b.ForgetTasks(func(model.ServiceID) bool { return false })
		}
	default:
		// The caller may go on using what it gave.
		if x.outage != nil {
			x.outage.Waiting = true
		}
		x.outage = &model.Outage{Since: x.now, Err: errors.New("no answer")}
		x.b.SetSession(model.Session{TaskHistory: int64(x.IntN(4))})
		x.b.SetOutage(pick(x, nil, x.outage))
	}
}

// No snapshot changes after it was published, and what is kept from build to
// build gives the same snapshot as deriving everything anew.
func TestBuilder_Properties(t *testing.T) {
	type published struct {
		cluster *model.Cluster
		text    string
	}
	for seed := range uint64(Full(5, 1)) {
		x := newChaos(seed)
		var out []published
		for range 30 {
			x.step()
			c := x.b.Build(x.now)
			text := describe(t, c)
			if again := describe(t, x.b.BuildAnew(x.now)); again != text {
				t.Fatalf("seed %d: what was kept differs from what is derived\n%s", seed, firstDifference(text, again))
			}
			checkSnapshot(t, c)
			out = append(out, published{c, text})
		}
		for i, p := range out {
			if text := describe(t, p.cluster); text != p.text {
				t.Fatalf("seed %d: snapshot %d was changed\n%s", seed, i, firstDifference(p.text, text))
			}
		}
	}
}

// checkSnapshot looks for what must hold of every snapshot.
func checkSnapshot(t *testing.T, c *model.Cluster) {
	t.Helper()
	tasks, _ := c.Tasks()
	seen := map[model.TaskID]bool{}
	for _, task := range tasks {
		if seen[task.ID] {
			t.Fatalf("task %s twice", task.ID)
		}
		seen[task.ID] = true
		if c.Task(task.ID) != task {
			t.Fatalf("task %s is not found", task.ID)
		}
	}
	places := map[string]bool{}
	model.Slots(tasks, func(slot []*model.Task) {
		s := c.Service(slot[0].ServiceID)
		if s == nil {
			return
		}
		place := fmt.Sprintf("%s %d", s.Name(), slot[0].Slot)
		if s.Mode() == model.ModeGlobalJob || slot[0].Slot == 0 && !slot[0].Job {
			place += " " + string(slot[0].NodeID)
		}
		if places[place] {
			t.Fatalf("%s is not in one piece", place)
		}
		places[place] = true
		live := true
		for _, task := range slot {
			now := task.Wanted() && !task.Terminal()
			if now && !live {
				t.Fatalf("%s: a live task behind one that ended", place)
			}
			live = now
		}
	})
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if f.Up < 0 || f.Want < 0 || f.Ghosts < 0 || f.Completed < 0 || f.Rollout.New > len(tasks) {
			t.Fatalf("%s: %+v", s.Name(), f)
		}
		if f.Worst != nil && c.Task(f.Worst.ID) != f.Worst {
			t.Fatalf("%s: the worst task is not in the snapshot", s.Name())
		}
	}
}

func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n---\n" + y[i]
		}
	}
	return "one is longer"
}
