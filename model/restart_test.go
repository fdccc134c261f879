package model_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// slot makes the tasks of one slot.
func slotOf(s *model.Service, n *model.Node, tasks ...[]TaskOption) []*model.Task {
	var out []*model.Task
	for _, o := range tasks {
		out = append(out, Task(append([]TaskOption{Of(s), Slot(1), On(n)}, o...)...))
	}
	return out
}

func o(options ...TaskOption) []TaskOption { return options }

func TestRestarts(t *testing.T) {
	n := Node(Hostname("n1"))
	web := Service(Name("web"))
	slow := Service(Name("web"), RestartPolicy(func(p *swarm.RestartPolicy) { d := 2 * time.Minute; p.Delay = &d }))
	mad := Service(Name("web"), RestartPolicy(func(p *swarm.RestartPolicy) { d := time.Duration(1<<63 - 1); p.Delay = &d }))
	three := Service(Name("web"), RestartPolicy(func(p *swarm.RestartPolicy) { p.MaxAttempts = new(uint64(3)) }))
	window := Service(Name("web"), RestartPolicy(func(p *swarm.RestartPolicy) { p.MaxAttempts, p.Window = new(uint64(2)), new(time.Minute) }))
	once := Service(Name("web"), RestartPolicy(func(p *swarm.RestartPolicy) { p.Condition = swarm.RestartPolicyConditionNone }))
	failing := Service(Name("web"), RestartPolicy(func(p *swarm.RestartPolicy) { p.Condition = swarm.RestartPolicyConditionOnFailure }))
	old := FromImage("app:0")
	sec := time.Second
	dead := func(ago time.Duration, more ...TaskOption) []TaskOption {
		return append(o(Failed(1), Ago(ago)), more...)
	}
	starting := func(ago time.Duration) []TaskOption { return o(State(swarm.TaskStateStarting), Ago(ago)) }
	type want struct {
		count      int
		more, loop bool
		state      string
	}
	for _, tt := range []struct {
		name    string
		service *model.Service
		tasks   []*model.Task
		want    want
	}{
		{"none", web, slotOf(web, n, o()), want{0, false, false, "ok"}},
		{"stopped on request", web, slotOf(web, n, o(), o(Stopped(), Ago(2*time.Hour)), o(Stopped(), Ago(3*time.Hour)), o(Stopped(), Ago(4*time.Hour)), o(Stopped(), Ago(5*time.Hour))),
			want{0, false, false, "ok"}},
		{"once", web, slotOf(web, n, o(Ago(20*sec)), dead(40*sec)), want{1, false, false, "ok"}},
		{"ended with exit 0", web, slotOf(web, n, o(Ago(20*sec)), o(Ended(), Ago(40*sec))), want{1, false, false, "ok"}},
		{"a loop, starting again", web, slotOf(web, n, starting(2*sec), dead(10*sec), dead(20*sec), dead(30*sec)), want{3, false, true, "restart loop"}},
		{"a loop, running for a moment", web, slotOf(web, n, o(Ago(8*sec)), dead(18*sec), dead(28*sec), dead(38*sec)), want{3, false, true, "restart loop"}},
		{"a loop of exit 0", web, slotOf(web, n, starting(2*sec), o(Ended(), Ago(10*sec)), o(Ended(), Ago(20*sec)), o(Ended(), Ago(30*sec))), want{3, false, true, "restart loop"}},
		{"a loop that is over", web, slotOf(web, n, o(Ago(70*sec)), dead(80*sec), dead(90*sec), dead(100*sec)), want{3, false, false, "ok"}},
		{"a loop long ago", web, slotOf(web, n, o(Ago(9*time.Hour)), dead(9*time.Hour+10*sec), dead(9*time.Hour+20*sec), dead(9*time.Hour+30*sec)), want{3, false, false, "ok"}},
		{"deaths far apart", web, slotOf(web, n, starting(2*sec), dead(time.Hour), dead(2*time.Hour), dead(3*time.Hour)), want{3, false, false, "down"}},
		{"a loop that is slow", web, slotOf(web, n, starting(2*sec), dead(10*time.Minute), dead(10*time.Minute+10*sec), dead(10*time.Minute+20*sec)), want{3, false, true, "restart loop"}},
		{"far apart because of the delay", slow, slotOf(slow, n, starting(60*sec), dead(190*sec), dead(320*sec), dead(450*sec)), want{3, false, true, "restart loop"}},
		{"a delay without end", mad, slotOf(mad, n, starting(60*sec), dead(time.Hour), dead(2*time.Hour), dead(3*time.Hour)), want{3, false, true, "restart loop"}},
		{"deaths of an older spec", web, slotOf(web, n, starting(2*sec), dead(10*sec, old), dead(20*sec, old), dead(30*sec, old)), want{3, false, false, "restarted"}},
		{"moved between the deaths", web, slotOf(web, n, starting(2*sec), dead(10*sec), o(Stopped(), Ago(20*sec)), dead(30*sec), dead(40*sec)), want{3, true, true, "restart loop"}},
		{"history full", web, slotOf(web, n, starting(2*sec), dead(10*sec), dead(20*sec), dead(30*sec), dead(40*sec)), want{4, true, true, "restart loop"}},
		{"gave up", three, slotOf(three, n, dead(10*sec), dead(20*sec), dead(30*sec), dead(40*sec)), want{3, false, false, "gave up"}},
		{"gave up after a change", three, slotOf(three, n, dead(10*sec), dead(20*sec), dead(30*sec), dead(40*sec, old)), want{3, true, false, "gave up"}},
		{"gave up, after a stop", three, slotOf(three, n, dead(10*sec), dead(20*sec), o(Stopped(), Ago(30*sec)), dead(40*sec)), want{2, true, false, "gave up"}},
		{"gave up within a window", window, slotOf(window, n, dead(10*sec), dead(20*sec), dead(30*sec)), want{2, true, false, "gave up"}},
		{"three of four attempts kept", three, slotOf(three, n, starting(2*sec), dead(10*sec)), want{1, false, false, "down"}},
		{"the last attempt", three, slotOf(three, n, starting(2*sec), dead(10*sec), dead(20*sec), dead(30*sec)), want{3, false, true, "restart loop"}},
		{"gave up after exit 0", web, slotOf(web, n, o(Ended())), want{0, false, false, "gave up"}},
		{"runs once", once, slotOf(once, n, dead(10*sec)), want{0, false, false, "failed"}},
		{"ended on its own", failing, slotOf(failing, n, o(Ended())), want{0, false, false, "completed"}},
		{"failed too often", failing, slotOf(failing, n, dead(10*sec)), want{0, false, false, "gave up"}},
		{"removed with its slot", web, slotOf(web, n, o(Failed(1), Desired(swarm.TaskStateRemove))), want{0, false, false, "down"}},
		{"failed a moment ago, still wanted", web, slotOf(web, n, o(Failed(1), Desired(swarm.TaskStateRunning))), want{0, false, false, "down"}},
		{"came back from a lost node", web, slotOf(web, n, o(), o(Failed(137), Ago(2*time.Hour))), want{1, false, false, "ok"}},
		{"orphaned", web, slotOf(web, n, o(), o(State(swarm.TaskStateOrphaned), Desired(swarm.TaskStateShutdown), Ago(30*time.Hour))), want{0, false, false, "ok"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Cluster(Nodes(n), Services(tt.service), Tasks(tt.tasks...))
			f := c.Facts(tt.service.Key())
			state, _ := f.State(tt.service)
			got := want{f.Restarts.Count, f.Restarts.More, f.Restarts.Loop, state}
			if got != tt.want {
				t.Errorf("\n got %+v\nwant %+v", got, tt.want)
			}
			if !f.Restarts.Known || !f.Restarts.At.IsZero() {
				t.Errorf("the tasks are known: %+v", f.Restarts)
			}
			if f.Restarts.Loop == f.Restarts.Since.IsZero() {
				t.Errorf("loop %v since %v", f.Restarts.Loop, f.Restarts.Since)
			}
			tasks, _ := c.TasksOf(tt.service.Key())
			if slot := c.SlotRestarts(tasks); slot != f.Restarts {
				t.Errorf("the slot says %+v, the service %+v", slot, f.Restarts)
			}
		})
	}
}

func TestRestarts_HistoryLimit(t *testing.T) {
	n, web, job := Node(), Service(Name("web")), Service(Name("job"), Job(1, 1, 2))
	for _, s := range []*model.Service{web, job} {
		var list []*model.Task
		for i := range 5 {
			list = append(list, slotOf(s, n, o(Failed(1), Ago(time.Duration(i+1)*time.Hour)))...)
		}
		c := Cluster(Nodes(n), Services(s), Tasks(list...), Session(model.Session{}))
		// The engine keeps five unless told otherwise, but all of a job's.
		if r := c.Facts(s.Key()).Restarts; r.Count != 4 || r.More != (s == web) {
			t.Errorf("%s: %+v", s.Name(), r)
		}
	}
	tasks := slotOf(web, n, o(), o(Failed(1), Ago(2*time.Hour)), o(Failed(1), Ago(4*time.Hour)))
	for limit, more := range map[int64]bool{-1: false, 0: false, 2: true, 3: true, 4: false} {
		c := Cluster(Nodes(n), Services(web), Tasks(tasks...), Session(model.Session{TaskHistory: limit}))
		if got := c.Facts(web.Key()).Restarts.More; got != more {
			t.Errorf("limit %d: more %v", limit, got)
		}
	}
}

// One loop that is over must not hide another that is not.
func TestRestarts_LoopsOfSeveralSlots(t *testing.T) {
	n, web := Node(), Service(Name("web"), Replicas(3))
	slot := func(number int, state swarm.TaskState, ago time.Duration) []*model.Task {
		out := []*model.Task{Task(Of(web), On(n), Slot(number), State(state), Ago(ago))}
		for i := range 3 {
			out = append(out, Task(Of(web), On(n), Slot(number), Failed(1), Ago(ago+time.Duration(i+1)*10*time.Second)))
		}
		return out
	}
	over, soon := slot(1, swarm.TaskStateRunning, time.Hour), slot(2, swarm.TaskStateRunning, 8*time.Second)
	endless := slot(3, swarm.TaskStateStarting, 2*time.Second)
	join := func(lists ...[]*model.Task) (out []*model.Task) {
		for _, l := range lists {
			out = append(out, l...)
		}
		return out
	}
	for _, tt := range []struct {
		name       string
		tasks      []*model.Task
		now, later bool
	}{
		{"over", over, false, false},
		{"over and soon over", join(over, soon), true, false},
		{"all", join(over, soon, endless), true, true},
		{"endless first in time", join(endless, over), true, true},
	} {
		b := Builder()
		b.SetNodes([]*model.Node{n}, Now)
		b.SetServices([]*model.Service{web}, Now)
		b.SetTasks(model.TaskQuery{}, tt.tasks, Now)
		if got := b.Build(Now).Facts(web.Key()).Restarts.Loop; got != tt.now {
			t.Errorf("%s: loop %v", tt.name, got)
		}
		if got := b.Build(Now.Add(2 * time.Minute)).Facts(web.Key()).Restarts.Loop; got != tt.later {
			t.Errorf("%s, two minutes later: loop %v", tt.name, got)
		}
	}
}

func TestWorst(t *testing.T) {
	n1, n2, lost := Node(Hostname("n1")), Node(Hostname("n2")), Node(Hostname("lost"), Down())
	web := Service(Name("web"), Replicas(2))
	in := func(slot int, o ...TaskOption) *model.Task {
		return Task(append([]TaskOption{Of(web), Slot(slot), On(n1)}, o...)...)
	}
	stuck := in(1, Pending("no suitable node (insufficient resources on 3 nodes)"), Ago(time.Minute))
	died, gone := in(2, Failed(1), Ago(30*time.Second)), in(1, Failed(2), Ago(5*time.Hour))
	restarting := in(2, State(swarm.TaskStateStarting), Ago(time.Second))
	for _, tt := range []struct {
		name  string
		tasks []*model.Task
		want  *model.Task
	}{
		{"nothing", []*model.Task{in(1), in(2)}, nil},
		{"stuck before died", []*model.Task{stuck, died, restarting}, stuck},
		{"gave up before died, though older", []*model.Task{gone, died, restarting}, gone},
		{"died, its successor starts", []*model.Task{in(1), died, restarting}, died},
		{"died, its successor runs", []*model.Task{in(1), in(2, Ago(time.Second)), died}, nil},
		{"died before a stop on request", []*model.Task{in(1), restarting, in(2, Stopped(), Ago(time.Minute)), in(2, Failed(1), Ago(time.Hour))}, nil},
		{"died with an older spec", []*model.Task{in(1), restarting, in(2, Failed(1), Ago(time.Minute), FromImage("app:0"))}, nil},
		{"an old error of a task that runs elsewhere now", []*model.Task{in(1), in(2, On(n2)), in(2, On(n1), Failed(3), Ago(50*time.Hour)), in(1, Failed(3), Ago(50*time.Hour))}, nil},
		{"on a lost node, nothing said yet", []*model.Task{in(1), in(2, On(lost))}, nil},
		{"a pending task that is no longer wanted", []*model.Task{in(1), in(2), in(2, Pending("no suitable node"), Desired(swarm.TaskStateShutdown), Ago(9*time.Hour))}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Cluster(Nodes(n1, n2, lost), Services(web), Tasks(tt.tasks...))
			if got := c.Facts(web.Key()).Worst; got != tt.want {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("only a node's tasks are known", func(t *testing.T) {
		// The successor may well run elsewhere.
		c := Cluster(Nodes(n1, n2, lost), Services(web), TasksFor(model.TaskQuery{Node: n1.Key()}, Now, in(1), died))
		f := c.Facts(web.Key())
		if f.Worst != nil || f.Restarts.Known || f.Restarts.Count != 0 || f.GaveUp != 0 {
			t.Errorf("said of a part of the tasks: %+v", f)
		}
	})
}

// A healthy service keeps its old failures in the history; none of them may
// make it look ill, whatever node or slot it is in.
func TestWorst_HealthyServicesStayHealthy(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"))
	for _, s := range []*model.Service{Service(Name("a"), Replicas(2)), Service(Name("b"), Global()), Service(Name("c"), GlobalJob(3)), Service(Name("d"), Job(2, 2, 3))} {
		var tasks []*model.Task
		for i, n := range []*model.Node{n1, n2} {
			place := o(Of(s), On(n))
			if s.Mode() == model.ModeReplicated || s.Mode() == model.ModeReplicatedJob {
				place = append(place, Slot(i+1))
			}
			tasks = append(tasks, Task(append(place, Ago(time.Minute))...), Task(append(place, Failed(1), Ago(3*time.Hour))...))
		}
		c := Cluster(Nodes(n1, n2), Services(s), Tasks(tasks...))
		f := c.Facts(s.Key())
		if _, status := f.State(s); status > model.Moving || f.Worst != nil || len(c.Problems()) != 0 {
			t.Errorf("%s: %+v, problems %v", s.Mode(), f, c.Problems())
		}
	}
}

// What was replaced did not die, whatever its exit code: a task of a node that
// was lost is found dead when the node is back.
func TestRestarts_AReturnedNodesTasks(t *testing.T) {
	n, web := Node(), Service(Name("web"))
	ended := func(after time.Duration) []*model.Task {
		made := Now.Add(-time.Minute)
		return slotOf(web, n, o(Ago(time.Minute)), o(Failed(137), Ago(2*time.Hour), WithTask(func(t *model.Task) {
			t.UpdatedAt, t.StateAt = made.Add(after), made.Add(after)
		})))
	}
	for after, count := range map[time.Duration]int{35 * time.Second: 0, 200 * time.Millisecond: 1, -time.Second: 1} {
		if r := Cluster(Nodes(n), Services(web), Tasks(ended(after)...)).Facts(web.Key()).Restarts; r.Count != count {
			t.Errorf("ended %s after the next was made: %d restarts, want %d", after, r.Count, count)
		}
	}
}

// An image that is missing is tried again and again, and nothing is restarted.
func TestRestarts_AMissingImageIsNoLoop(t *testing.T) {
	n, web := Node(), Service(Name("web"))
	rejected := func(ago time.Duration) []TaskOption {
		return o(State(swarm.TaskStateRejected), Desired(swarm.TaskStateShutdown), Err("No such image: app:nope"), Ago(ago))
	}
	c := Cluster(Nodes(n), Services(web), Tasks(slotOf(web, n, o(State(swarm.TaskStatePreparing), Ago(time.Second)),
		rejected(10*time.Second), rejected(20*time.Second), rejected(30*time.Second), rejected(40*time.Second))...))
	f := c.Facts(web.Key())
	if state, _ := f.State(web); f.Restarts.Loop || f.Restarts.String() != "0" || state != "down" {
		t.Errorf("%+v", f.Restarts)
	}
	if p := c.Problems(); len(p) != 1 || p[0].String() != "web 0/1 - the node cannot get the image app:nope (No such image); the next task is preparing" {
		t.Errorf("%v", p)
	}
}

// With a history of one the live task is all that there is: what replaces it
// without a trace, from the same specification and on a node that was never
// gone, tells of a death.
func TestRestarts_CountedOverTheSession(t *testing.T) {
	n, web := Node(), Service(Name("web"))
	b := Builder()
	b.SetSession(model.Session{TaskHistory: 1})
	b.SetNodes([]*model.Node{n}, Now)
	b.SetServices([]*model.Service{web}, Now)
	for i := range 4 {
		made := time.Duration(i) * 5 * time.Minute
		b.SetTasks(ofServices(web), slotOf(web, n, o(Ago(-made))), Now.Add(made))
		r := b.Build(Now.Add(made + time.Second)).Facts(web.Key()).Restarts
		if want := []string{"0?", "1+", "2+", "3+"}[i]; r.String() != want || r.Loop != (i == 3) {
			t.Errorf("%d: %s, loop %v, want %s", i, r, r.Loop, want)
		}
	}
	slot := slotOf(web, n, o(Ago(-15*time.Minute)))
	if r := b.Build(Now.Add(16 * time.Minute)).SlotRestarts(slot); r.Count != 3 {
		t.Errorf("the slot says %d", r.Count)
	}
	drained := Node(Availability(swarm.NodeAvailabilityDrain))
	b.SetNodes([]*model.Node{drained}, Now)
	b.SetTasks(ofServices(web), slotOf(web, n, o(Ago(-20*time.Minute))), Now.Add(20*time.Minute))
	if r := b.Build(Now.Add(20 * time.Minute)).Facts(web.Key()).Restarts; r.Count != 3 {
		t.Errorf("a drain counts as a death: %s", r)
	}
}
