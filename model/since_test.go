package model_test

import (
	"testing"
	"time"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

// watcher looks at one service of three replicas again and again.
type watcher struct {
	t       *testing.T
	b       *model.Builder
	node    *model.Node
	service *model.Service
}

func watchWeb(t *testing.T) *watcher {
	w := &watcher{t, Builder(), Node(Hostname("n1")), Service(Name("web"), Replicas(3))}
	w.b.SetNodes([]*model.Node{w.node}, Now)
	return w
}

// at takes in the service's tasks at a time after [Now], and gives the problem.
func (w *watcher) at(after time.Duration, tasks ...*model.Task) model.Finding {
	w.t.Helper()
	now := Now.Add(after)
	w.b.SetServices(Counted([]*model.Service{w.service}, tasks), now)
	w.b.SetTasks(model.TaskQuery{}, tasks, now)
	switch p := w.b.Build(now).Problems(); len(p) {
	case 0:
		return model.Finding{}
	case 1:
		return p[0]
	default:
		w.t.Fatalf("problems %v", p)
		return p[0]
	}
}

// in is a task of the service made at a time after [Now].
func (w *watcher) in(slot int, made time.Duration, o ...TaskOption) *model.Task {
	return Task(append([]TaskOption{Of(w.service), Slot(slot), On(w.node), Ago(-made)}, o...)...)
}

func (w *watcher) wantSince(p model.Finding, after time.Duration) {
	w.t.Helper()
	if got := p.Since.Sub(Now); p.Subject == "" || got != after {
		w.t.Errorf("%s: since %v, want %v", p, got, after)
	}
}

// The engine keeps the last few tasks of a loop; what they tell gets younger.
func TestSince_OfALoopDoesNotGetYounger(t *testing.T) {
	w := watchWeb(t)
	healthy := []*model.Task{w.in(2, -time.Hour), w.in(3, -time.Hour)}
	loop := func(now time.Duration) model.Finding {
		tasks := append([]*model.Task{w.in(1, now-time.Second, State(swarm.TaskStateStarting))}, healthy...)
		for i := range 4 {
			tasks = append(tasks, w.in(1, now-time.Duration(i+1)*10*time.Second, Failed(1)))
		}
		return w.at(now, tasks...)
	}
	w.wantSince(loop(0), -40*time.Second)
	for i := range 20 {
		w.wantSince(loop(time.Duration(i)*10*time.Second), -40*time.Second)
	}
	if p := w.at(time.Hour, append(healthy, w.in(1, -time.Hour))...); p.Subject != "" {
		t.Fatal(p)
	}
	w.wantSince(loop(2*time.Hour), 2*time.Hour-40*time.Second)
}

// A service that is short goes on being short whichever rule says so, and
// whichever task is the worst.
func TestSince_OfAShortageSpansItsRules(t *testing.T) {
	w := watchWeb(t)
	stuck := func(slot int, made time.Duration) *model.Task { return w.in(slot, made, Pending("no suitable node")) }
	w.at(0, w.in(1, -time.Hour), w.in(2, -time.Hour), w.in(3, -time.Hour))
	begun := 55 * time.Second
	p := w.at(time.Minute, w.in(1, -time.Hour), w.in(2, -time.Hour), stuck(3, begun-time.Minute))
	w.wantSince(p, begun-time.Minute)
	p = w.at(6*time.Minute, w.in(1, -time.Hour), w.in(2, -time.Hour), stuck(3, 5*time.Minute))
	w.wantSince(p, begun-time.Minute)
	p = w.at(7*time.Minute, stuck(1, 6*time.Minute), stuck(2, 6*time.Minute), stuck(3, 5*time.Minute))
	if w.wantSince(p, begun-time.Minute); p.Status != model.Broken {
		t.Error(p)
	}
}

// TestTask_SinceIsBoundedByTheManagersClock, as that of a node may be wrong.
func TestTask_SinceIsBoundedByTheManagersClock(t *testing.T) {
	made, changed := Now.Add(-41*time.Minute), Now.Add(-40*time.Minute)
	for _, tt := range []struct{ said, want time.Time }{
		{changed.Add(-time.Second), changed.Add(-time.Second)},
		{Now.Add(time.Hour), changed},
		{Now.Add(-2 * time.Hour), made},
	} {
		task := Task(On(Node()), WithTask(func(t *model.Task) { t.CreatedAt, t.UpdatedAt, t.StateAt = made, changed, tt.said }))
		if got := task.Since(); !got.Equal(tt.want) {
			t.Errorf("said %v: %v, want %v", tt.said, got, tt.want)
		}
	}
}

// A manager says when it was last changed, not since when it cannot be reached.
func TestSince_OfAManagerIsItsSighting(t *testing.T) {
	b := Builder()
	at := func(after time.Duration, n *model.Node) model.Finding {
		b.SetServices(nil, Now)
		b.SetNodes([]*model.Node{n}, Now)
		for _, p := range b.Build(Now.Add(after)).Problems() {
			if p.Claim == "manager not reachable" {
				return p
			}
		}
		return model.Finding{}
	}
	cut := Node(Hostname("m1"), Manager())
	status := *cut.ManagerStatus
	status.Reachability = swarm.ReachabilityUnreachable
	cut.ManagerStatus = &status
	if p := at(0, cut); p.Subject == "" || !p.Since.IsZero() {
		t.Errorf("at the first look nobody knows since when: %+v", p)
	}
	b = Builder()
	at(0, Node(Hostname("m1"), Manager()))
	for after := time.Minute; after < 3*time.Minute; after += time.Minute {
		if p := at(after, cut); p.Since != Now.Add(time.Minute) {
			t.Errorf("since %v, want %v", p.Since, Now.Add(time.Minute))
		}
	}
}

// At the first look only tasks can tell since when, and the oldest of them does.
func TestSince_AtTheFirstLook(t *testing.T) {
	w := watchWeb(t)
	p := w.at(0, w.in(1, -time.Minute, Pending("no suitable node")), w.in(2, -6*time.Minute, Pending("no suitable node")), w.in(3, -time.Hour))
	w.wantSince(p, -6*time.Minute)
	w = watchWeb(t)
	p = w.at(0, w.in(1, -50*24*time.Hour, Failed(1), WithTask(func(t *model.Task) { t.UpdatedAt = Now.Add(-30 * time.Second) })),
		w.in(2, -time.Hour), w.in(3, -time.Hour))
	w.wantSince(p, -30*time.Second) // It ran for fifty days.
	w = watchWeb(t)
	for i := range 3 {
		if p = w.at(time.Duration(i)*time.Minute, w.in(1, -time.Hour), w.in(2, -time.Hour)); !p.Since.IsZero() || p.Subject == "" {
			t.Errorf("nobody knows since when: %+v", p)
		}
	}
}

// What is seen as soon as tasks are read was there before: it did not come now.
func TestSince_NothingComesWithTheFirstTasks(t *testing.T) {
	w := watchWeb(t)
	w.b = model.NewBuilder(func(c *model.Cluster, _ time.Time) []model.Finding {
		if c.TasksUnread() > 0 {
			return nil
		}
		return []model.Finding{{Rule: "r", Ref: w.service.Key().Ref(), Subject: "web", Status: model.Warning, Claim: "is down"}}
	})
	w.b.SetNodes([]*model.Node{w.node}, Now)
	w.b.SetServices([]*model.Service{w.service}, Now)
	w.b.Build(Now)
	if p := w.at(time.Second); p.Subject == "" || !p.Since.IsZero() {
		t.Errorf("%s since %v", p, p.Since)
	}
}
