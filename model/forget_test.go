package model_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

func none(model.ServiceID) bool { return false }

func TestForgetTasks_KeepsWhatTheCountsNeed(t *testing.T) {
	n1, dead := Node(Hostname("n1")), Node(Hostname("dead"), Down())
	web, db := Service(Name("web"), Replicas(2), Reports(2, 2)), Service(Name("db"), Reports(1, 1))
	b := Builder()
	b.SetNodes([]*model.Node{n1, dead}, Now)
	b.SetServices([]*model.Service{web, db}, Now)
	b.SetTasks(model.TaskQuery{}, []*model.Task{
		Task(ID("w1"), Of(web), Slot(1), On(n1)), Task(ID("w2"), Of(web), Slot(2), On(dead), Desired(swarm.TaskStateShutdown)),
		Task(ID("d1"), Of(db), Slot(1), On(n1)),
	}, Now)
	before := b.Build(Now)
	b.ForgetTasks(func(id model.ServiceID) bool { return id == db.Key() })
	b.SetServices([]*model.Service{web, db}, Now.Add(time.Minute))
	c := b.Build(Now.Add(time.Minute))

	tasks, at := c.Tasks()
	wantIDs(t, "known", tasks, "d1", "w2")
	if !at.IsZero() {
		t.Error("not all tasks are known any more")
	}
	if _, at := c.TasksOf(db.Key()); !at.Equal(Now) {
		t.Errorf("db's tasks were kept, and were read at %v", at)
	}
	if _, at := c.TasksOf(web.Key()); !at.IsZero() {
		t.Error("web's tasks are not all known")
	}
	if _, at := c.TasksOn(n1.Key()); !at.IsZero() || !c.Load(n1.Key()).At.IsZero() {
		t.Error("n1's tasks are not all known")
	}
	if _, at := c.TasksOn(dead.Key()); !at.Equal(Now) {
		t.Error("the dead node's tasks are known")
	}
	if f := c.Facts(web.Key()); f.Up != 1 || f.Ghosts != 1 || !f.Sure || f.Rollout.Known || f.Worst != nil {
		t.Errorf("web: %+v", f)
	}
	if tasks, _ := before.Tasks(); len(tasks) != 3 {
		t.Error("the snapshot from before was changed")
	}
}

func TestForgetTasks_KeepsTheNodeOnTheScreen(t *testing.T) {
	n1, n2 := Node(Hostname("n1")), Node(Hostname("n2"))
	web := Service(Name("web"), Replicas(2), Reports(2, 2))
	b := Builder()
	b.SetNodes([]*model.Node{n1, n2}, Now)
	b.SetServices([]*model.Service{web}, Now)
	b.SetTasks(model.TaskQuery{}, []*model.Task{Task(ID("w1"), Of(web), Slot(1), On(n1)), Task(ID("w2"), Of(web), Slot(2), On(n2))}, Now)
	b.ForgetTasks(none, n1.Key(), "nowhere")
	tasks, at := b.Build(Now).TasksOn(n1.Key())
	wantIDs(t, "on n1", tasks, "w1")
	if !at.Equal(Now) {
		t.Error("n1's tasks are known")
	}
	if tasks, at := b.Build(Now).TasksOn(n2.Key()); len(tasks) != 0 || !at.IsZero() {
		t.Error("n2's tasks are not")
	}
}

func TestForgetTasks_RemembersRestarts(t *testing.T) {
	n := Node()
	web := Service(Name("web"), Reports(1, 1), Version(10))
	tasks := slotOf(web, n, o(State(swarm.TaskStateStarting), Ago(time.Second)), o(Failed(3), Ago(10*time.Second)), o(Failed(1), Ago(20*time.Second)), o(Failed(1), Ago(30*time.Second)))
	start := func() *model.Builder {
		b := Builder()
		b.SetNodes([]*model.Node{n}, Now)
		b.SetServices([]*model.Service{web}, Now)
		b.SetTasks(ofServices(web), tasks, Now)
		b.ForgetTasks(none)
		return b
	}
	restarts := func(b *model.Builder, after time.Duration) model.Restarts {
		return b.Build(Now.Add(after)).Facts(web.Key()).Restarts
	}
	b := start()
	r := restarts(b, 5*time.Minute)
	if r.Count != 3 || !r.Loop || !r.Known || !r.At.Equal(Now) || r.Last == nil || r.Last.ID != tasks[1].ID || r.Last.ExitCode != 3 {
		t.Fatalf("%+v", r)
	}
	if r.Last.Spec != nil || tasks[1].Spec == nil {
		t.Error("what is remembered is the task without its specification")
	}
	if p := b.Build(Now).Problems(); len(p) != 1 || p[0].Claim != "restart loop, every 10s" {
		t.Errorf("the loop is a problem: %v", p)
	}
	if r := restarts(b, 11*time.Minute); r.Known || r.Loop || r.Count != 3 || r.String() != "3+" {
		t.Errorf("too old: %+v", r)
	}

	b.ForgetTasks(none) // Forgetting twice is not knowing that there were none.
	if r := restarts(b, time.Minute); r.Count != 3 {
		t.Errorf("forgotten twice: %+v", r)
	}
	b.SetTasks(model.TaskQuery{Node: n.Key()}, tasks[:1], Now)
	if r := restarts(b, time.Minute); r.Count != 3 || r.At.IsZero() {
		t.Errorf("a part of the tasks says nothing: %+v", r)
	}
	b.SetTasks(ofServices(web), tasks[:2], Now.Add(time.Minute))
	if r := restarts(b, time.Minute); r.Count != 3 || !r.At.IsZero() {
		t.Errorf("a count went down when the tasks were read again: %+v", r)
	}

	b = start()
	b.SetServices([]*model.Service{Service(Name("web"), Reports(1, 1), Version(11))}, Now)
	if r := restarts(b, time.Minute); r.Known {
		t.Errorf("the service was changed: %+v", r)
	}
	b = start()
	b.SetServices(nil, Now)
	b.SetServices([]*model.Service{web}, Now)
	if r := restarts(b, time.Minute); r.Known {
		t.Errorf("the service was removed: %+v", r)
	}
	b = start()
	b.SetTasks(model.TaskQuery{}, nil, Now)
	if r := restarts(b, time.Minute); !r.Known || r.Count != 3 {
		t.Errorf("all tasks were read: %+v", r)
	}
}

// A loop that was over when its tasks were forgotten is not brought back.
func TestForgetTasks_LoopThatWasOver(t *testing.T) {
	n, web := Node(), Service(Name("web"), Reports(1, 1))
	b := Builder()
	b.SetNodes([]*model.Node{n}, Now)
	b.SetServices([]*model.Service{web}, Now)
	b.SetTasks(ofServices(web), slotOf(web, n, o(), o(Failed(1), Ago(61*time.Minute)), o(Failed(1), Ago(62*time.Minute)), o(Failed(1), Ago(63*time.Minute))), Now)
	b.ForgetTasks(none)
	if r := b.Build(Now).Facts(web.Key()).Restarts; r.Loop || r.Count != 3 {
		t.Errorf("%+v", r)
	}
}
