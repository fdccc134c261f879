package views

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

func TestAll_NamesAreUnique(t *testing.T) {
	seen := map[string]string{}
	for _, d := range All {
		for _, n := range d.Names() {
			if other, ok := seen[n]; ok {
				t.Errorf("%q is the name of %s and of %s", n, other, d.Names()[0])
			}
			seen[n] = d.Names()[0]
			if Find(n) == nil || Find(n).Names()[0] != d.Names()[0] {
				t.Errorf("%q does not lead to %s", n, d.Names()[0])
			}
		}
	}
	for _, n := range []string{"q", "quit", "exit", "help", "ctx", "context"} {
		if other, ok := seen[n]; ok {
			t.Errorf("%q is a command and a name of %s", n, other)
		}
	}
	if Find("nonsense") != nil {
		t.Error("found a view that is not there")
	}
}

// small is a swarm with a row for every view.
func small() *model.Cluster {
	web := testkit.Service(testkit.Name("web"), testkit.Stack("shop"), testkit.Replicas(2))
	all := testkit.Service(testkit.Name("agent"), testkit.Global())
	nodes := []*model.Node{testkit.Node(testkit.Hostname("zeta"), testkit.Leader()), testkit.Node(testkit.Hostname("alpha")), testkit.Node(testkit.Hostname("mid"), testkit.Down())}
	tasks := []*model.Task{
		testkit.Task(testkit.Of(web), testkit.Slot(2), testkit.On(nodes[0])),
		testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(nodes[1])),
		testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(nodes[1]), testkit.Ago(7200e9), testkit.Failed(1)),
	}
	for _, n := range nodes {
		tasks = append(tasks, testkit.Task(testkit.Of(all), testkit.On(n)))
	}
	tasks = append(tasks, testkit.Task(testkit.Of(all), testkit.OnID("0unknown")))
	return testkit.Cluster(testkit.Nodes(nodes...), testkit.Services(web, all), testkit.Tasks(tasks...))
}

// TestAll_AnswerEveryQuestion asks each view what the root will ask it, with
// rows and without, before the first snapshot and after.
func TestAll_AnswerEveryQuestion(t *testing.T) {
	th := theme.New(theme.Look{Background: theme.Dark})
	for _, d := range All {
		t.Run(d.Names()[0], func(t *testing.T) {
			for _, c := range []*model.Cluster{nil, small(), testkit.Cluster(), testkit.Builder().Build(testkit.Now)} {
				s := d.Open(Scope{})
				s.Resize(80, 20)
				s.Show(table.Data{Cluster: c, Now: testkit.Now})
				if len(s.Render(th)) != 20 {
					t.Errorf("%d lines in a room of 20", len(s.Render(th)))
				}
				if s.Crumb() == "" || !slices.Contains(s.Scopes(), keys.List) {
					t.Errorf("crumb %q, scopes %v", s.Crumb(), s.Scopes())
				}
				o, ok := s.Current()
				link, enters := s.enter()
				s.RowError()
				if ok != enters || ok != (len(s.Chosen()) == 1) {
					t.Error("whether there is a row is told in two ways")
				}
				if !ok {
					continue
				}
				if o.Name == "" || o.Ref.ID == "" {
					t.Errorf("the row is of %+v", o)
				}
				if !link.Describe && link.Connect == "" && Find(link.View) == nil {
					t.Errorf("enter leads to the view %q", link.View)
				}
				for range 30 { // All orders, there and back.
					s.Do(nil, keys.SortRight)
					s.Do(nil, keys.SortReverse)
					s.Render(th)
				}
				if err := s.SetPattern("["); err == nil {
					t.Error("a wrong pattern was taken")
				}
			}
		})
	}
}

// names are the first words of the rows.
func names(t *testing.T, s Screen) []string {
	t.Helper()
	var out []string
	for _, l := range s.Plain(theme.Bare(false))[1:] {
		out = append(out, strings.Fields(l)[0])
	}
	return out
}

func TestTasks_OrderIsByNodeNameForGlobal(t *testing.T) {
	s := Tasks.Open(Scope{})
	s.Show(table.Data{Cluster: small(), Now: testkit.Now})
	want := []string{"agent.alpha", "agent.mid", "agent.zeta", "agent.0unknown", "web.1", "web.2"}
	if got := names(t, s); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.Do(nil, keys.History)
	want = []string{"agent.alpha", "agent.mid", "agent.zeta", "agent.0unknown", "web.1", "web.1", "web.2"}
	if got := names(t, s); !slices.Equal(got, want) {
		t.Errorf("with the history: got %v, want %v", got, want)
	}
	s.Do(nil, keys.SortReverse)
	slices.Reverse(want)
	if got := names(t, s); !slices.Equal(got, want) {
		t.Errorf("reversed: got %v, want %v", got, want)
	}
	s.Do(nil, keys.SortRight) // By TASK, which is their own order.
	if got := names(t, s); !slices.Equal(got, want) {
		t.Errorf("by task, reversed: got %v, want %v", got, want)
	}
}

func TestTasks_OrderIsBySlotForJobs(t *testing.T) {
	job := testkit.Service(testkit.Name("job"), testkit.Job(3, 3, 1))
	nodes := []*model.Node{testkit.Node(testkit.Hostname("beta")), testkit.Node(testkit.Hostname("alpha"))}
	var tasks []*model.Task
	for slot, node := range []int{0, 1, 0} {
		tasks = append(tasks, testkit.Task(testkit.Of(job), testkit.Slot(slot), testkit.On(nodes[node]), testkit.Iteration(1)))
	}
	s := Tasks.Open(Scope{})
	s.Show(table.Data{Cluster: testkit.Cluster(testkit.Nodes(nodes...), testkit.Services(job), testkit.Tasks(tasks...)), Now: testkit.Now})
	if got, want := names(t, s), []string{"job.0", "job.1", "job.2"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestList_StackNarrowsWhatBelongsToStacks(t *testing.T) {
	for _, tt := range []struct {
		view  Definition
		rows  int
		crumb string
	}{
		{Services, 1, "shop > services"}, {Tasks, 2, "shop > tasks"}, {Nodes, 3, "nodes"}, {Stacks, 1, "stacks"},
	} {
		for _, s := range []Screen{tt.view.Open(Scope{Stack: "shop"}), tt.view.Open(Scope{})} {
			s.Show(table.Data{Cluster: small(), Now: testkit.Now})
			s.SetStack("shop")
			if got := len(names(t, s)); got != tt.rows || s.Crumb() != tt.crumb {
				t.Errorf("%s: %d rows, want %d; the path says %q", tt.view.Names()[0], got, tt.rows, s.Crumb())
			}
		}
	}
	c := small()
	s := Tasks.Open(Scope{Of: c.Services()[0].Key().Ref()}) // agent, of no stack
	s.Show(table.Data{Cluster: c, Now: testkit.Now})
	s.SetStack("shop")
	if got := len(names(t, s)); got != 4 {
		t.Errorf("a service's tasks are %d after a stack was chosen, want all 4", got)
	}
}

func TestList_CountsOnlyWhatWasRead(t *testing.T) {
	s := Services.Open(Scope{})
	s.Resize(80, 20)
	for _, c := range []*model.Cluster{nil, testkit.Builder().Build(testkit.Now)} {
		s.Show(table.Data{Cluster: c, Now: testkit.Now})
		if s.Info() != "" {
			t.Errorf("%q before anything was read", s.Info())
		}
	}
	s.Show(table.Data{Cluster: testkit.Cluster(), Now: testkit.Now})
	if s.Info() != "0" {
		t.Errorf("%q with no services", s.Info())
	}
}

func TestLabels_StackLabelsAreLeftOut(t *testing.T) {
	if got := labels(map[string]string{"b": "2", "a": "1", "com.docker.stack.namespace": "shop"}); got != "a=1 b=2" {
		t.Errorf("got %q", got)
	}
}

// screenOf is what a view shows of a snapshot.
func screenOf(d Definition, scope Scope, c *model.Cluster, commands ...keys.Command) string {
	s := d.Open(scope)
	s.Resize(120, 20)
	s.Show(table.Data{Cluster: c, Now: testkit.Now})
	for _, cmd := range commands {
		s.Do(nil, cmd)
	}
	return ansi.Strip(strings.Join(s.Render(theme.New(theme.Look{ASCII: true})), "\n"))
}

func TestTasks_SayWhatIsGone(t *testing.T) {
	c := testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Services(testkit.Service(testkit.Name("web"))))
	unread := testkit.Builder().Build(testkit.Now)
	for _, tt := range []struct {
		scope Scope
		want  string
	}{{Scope{Of: model.ServiceID("removed").Ref()}, "the service no longer exists"}, {Scope{Of: model.NodeID("removed").Ref()}, "the node no longer exists"}} {
		if got := screenOf(Tasks, tt.scope, c); !strings.Contains(got, tt.want) {
			t.Errorf("want %q:\n%s", tt.want, got)
		}
		if got := screenOf(Tasks, tt.scope, unread); !strings.Contains(got, "reading tasks") {
			t.Errorf("before anything was read:\n%s", got)
		}
	}
	if got := screenOf(Tasks, Scope{Of: c.Services()[0].Key().Ref()}, c); !strings.Contains(got, "reading tasks") {
		t.Errorf("a service that is there, its tasks not read:\n%s", got)
	}
	b := testkit.Builder()
	b.SetUnread(model.KindTask, model.ErrTooLarge)
	if got := screenOf(Tasks, Scope{}, b.Build(testkit.Now)); !strings.Contains(got, "tasks not read: too many") || strings.Contains(got, "reading") {
		t.Errorf("the list of all tasks is too large:\n%s", got)
	}
}

func TestNothing_HoldsNoEscapes(t *testing.T) {
	node := testkit.Node(testkit.Hostname("evil"), testkit.Availability("\x1b]0;title\adrain"))
	c := testkit.Cluster(testkit.Nodes(node), testkit.Tasks())
	s := Tasks.Open(Scope{Of: node.Key().Ref()})
	s.Resize(80, 10)
	s.Show(table.Data{Cluster: c, Now: testkit.Now})
	if got := strings.Join(s.Render(theme.Bare(true)), "\n"); strings.Contains(got, "\x1b]") || !strings.Contains(got, "drain") {
		t.Errorf("%q", got)
	}
}

// TestTasks_OfANodeKnowTheirSlots has a slot that died on one node and runs on
// another. What is not known of it is not told.
func TestTasks_OfANodeKnowTheirSlots(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(1))
	all := testkit.Service(testkit.Name("agent"), testkit.Global())
	from := testkit.Node(testkit.Hostname("from"), testkit.Availability(swarm.NodeAvailabilityDrain))
	to := testkit.Node(testkit.Hostname("to"))
	var dead []*model.Task
	for i := range 3 {
		dead = append(dead, testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(from), testkit.Ago(time.Duration(20+i)*time.Minute), testkit.Failed(1)))
	}
	live := testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(to), testkit.Ago(10*time.Minute))
	agents := []*model.Task{
		testkit.Task(testkit.Of(all), testkit.On(to), testkit.Ago(10*time.Minute)),
		testkit.Task(testkit.Of(all), testkit.On(to), testkit.Ago(20*time.Minute), testkit.Failed(1)),
	}
	onTo := testkit.TasksFor(model.TaskQuery{Node: to.Key()}, testkit.Now, append(agents, live)...)
	drained := testkit.Task(testkit.Of(all), testkit.On(from), testkit.Stopped())
	onFrom := testkit.TasksFor(model.TaskQuery{Node: from.Key()}, testkit.Now, slices.Concat(dead, []*model.Task{drained})...)
	ofWeb := func(at time.Time, tasks ...*model.Task) testkit.ClusterOption {
		return testkit.TasksFor(model.TaskQuery{Services: []model.ServiceID{web.Key()}}, at, tasks...)
	}
	snapshot := func(o ...testkit.ClusterOption) *model.Cluster {
		return testkit.Cluster(append(o, testkit.Nodes(from, to), testkit.Services(web, all))...)
	}
	rows := func(c *model.Cluster, node *model.Node, commands ...keys.Command) string {
		var out []string
		for _, l := range strings.Split(screenOf(Tasks, Scope{Of: node.Key().Ref()}, c, commands...), "\n")[1:] {
			if f := strings.Fields(strings.TrimLeft(l, " >")); len(f) > 5 && strings.Contains(f[0], ".") {
				out = append(out, f[0]+" "+f[2]+" "+f[5])
			}
		}
		return strings.Join(out, ", ")
	}
	whole := snapshot(ofWeb(testkit.Now, slices.Concat(dead, []*model.Task{live})...), onTo, onFrom)
	for _, tt := range []struct {
		name string
		c    *model.Cluster
		node *model.Node
		want string
	}{
		{"all known", whole, to, "agent.to running 1, web.1 running 3"},
		{"the node alone", snapshot(onTo), to, "agent.to running 1, web.1 running -"},
		{"read before it came here", snapshot(ofWeb(testkit.Now.Add(-15*time.Minute), dead...), onTo), to, "agent.to running 1, web.1 running -"},
		{"moved away", whole, from, ""},
		{"moved away, who knows where", snapshot(onFrom), from, ""},
		{"gave up here", snapshot(ofWeb(testkit.Now, dead...), onFrom), from, "web.1 failed 2"},
	} {
		if got := rows(tt.c, tt.node); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, c := range []*model.Cluster{whole, snapshot(onFrom)} {
		if got := screenOf(Tasks, Scope{Of: from.Key().Ref()}, c); !strings.Contains(got, "from has no tasks: its availability is drain") {
			t.Errorf("nothing says why there are no rows:\n%s", got)
		}
		if got := strings.Count(screenOf(Tasks, Scope{Of: from.Key().Ref()}, c, keys.History), "web.1"); got != 3 {
			t.Errorf("%d tasks with the history, want 3", got)
		}
	}
}

func TestTasks_SayThatThereIsNoAddress(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(1))
	for age, says := range map[time.Duration]bool{29 * time.Second: false, 30 * time.Second: true} {
		task := testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.State(swarm.TaskStateNew), testkit.Ago(age))
		c := testkit.Cluster(testkit.Nodes(testkit.Node()), testkit.Services(web), testkit.Tasks(task), testkit.At(testkit.Now))
		if text := screenOf(Tasks, Scope{Of: web.Key().Ref()}, c); strings.Contains(text, "no network address") != says {
			t.Errorf("after %s:\n%s", age, text)
		}
	}
}

// A task that was told to stop on a lost node is history where its slot has
// another, and all there is where it has none.
func TestTasks_OfALostNodeAreHistory(t *testing.T) {
	n, lost := testkit.Node(testkit.Hostname("n1")), testkit.Node(testkit.Hostname("n2"), testkit.Down())
	web := testkit.Service(testkit.Replicas(2))
	told := func(slot int) *model.Task {
		return testkit.Task(testkit.Of(web), testkit.Slot(slot), testkit.On(lost), testkit.Ago(2*time.Hour), testkit.Desired(swarm.TaskStateShutdown))
	}
	c := testkit.Cluster(testkit.Nodes(n, lost), testkit.Services(web),
		testkit.Tasks(testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(n)), told(1), told(2)))
	for scope, want := range map[Scope]int{{Of: web.Key().Ref()}: 2, {Of: web.Key().Ref(), Past: true}: 3, {Of: lost.Key().Ref()}: 2} {
		if rows := taskRows(c, scope); len(rows) != want {
			t.Errorf("%+v: %d rows, want %d", scope, len(rows), want)
		}
	}
}
