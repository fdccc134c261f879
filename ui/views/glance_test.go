package views

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// linesOf are the lines of a list in a window.
func linesOf(s Screen, c *model.Cluster, width int, commands ...keys.Command) []string {
	s.Resize(width, 20)
	s.Show(table.Data{Cluster: c, Now: testkit.Now})
	for _, cmd := range commands {
		s.Do(nil, cmd)
		s.Render(theme.Bare(true))
	}
	var out []string
	for _, l := range s.Render(theme.New(theme.Look{ASCII: true})) {
		if l = strings.TrimSpace(ansi.Strip(l)); l != "" {
			out = append(out, strings.TrimPrefix(l, ">"))
		}
	}
	return out
}

// twins are two services whose names differ at their ends alone, in the middle
// of a rollout, with images of one registry.
func twins() (*model.Cluster, *model.Service) {
	sha := "9f8e7d6c5b4a39281706f5e4d3c2b1a098765432"
	var services []*model.Service
	var tasks []*model.Task
	node := testkit.Node(testkit.Hostname("worker1"), testkit.Leader())
	for _, end := range []string{"orders-api", "orders-sum"} {
		s := testkit.Service(testkit.Name("platform_payments-and-invoices-"+end), testkit.Stack("platform"), testkit.Replicas(2),
			testkit.Image("registry.example.org/team/"+end+":"+sha), testkit.Updating(swarm.UpdateStateUpdating, ""))
		services = append(services, s)
		tasks = append(tasks, testkit.Task(testkit.Of(s), testkit.Slot(1), testkit.On(node)),
			testkit.Task(testkit.Of(s), testkit.Slot(2), testkit.On(node), testkit.FromImage("registry.example.org/team/"+end+":old")))
	}
	return testkit.Cluster(testkit.Nodes(node), testkit.Services(services...), testkit.Tasks(tasks...)), services[0]
}

func TestGlance_RowsDifferAtEveryWidth(t *testing.T) {
	c, _ := twins()
	for _, view := range []Definition{Services, Tasks} {
		for width := 40; width <= 200; width++ {
			seen := map[string]bool{}
			for _, l := range linesOf(view.Open(Scope{}), c, width)[1:] {
				if name := strings.Fields(l)[0]; seen[name] {
					t.Errorf("%s at %d cells: two rows are %q", view.Names()[0], width, name)
				} else {
					seen[name] = true
				}
			}
		}
	}
}

func TestGlance_NamesStayAndImagesAreBrief(t *testing.T) {
	c, s := twins()
	for _, tt := range []struct {
		view  Definition
		scope Scope
		width int
		want  []string
	}{
		{Services, Scope{}, 80, []string{"NAME UP/WANT STATE", "platform_payments-and-invoices-orders-api 2/2"}},
		{Services, Scope{Stack: "platform"}, 90, []string{"payments-and-invoices-orders-api 2/2 % updating 1/2 orders-api:"}},
		{Services, Scope{}, 110, []string{"platform_payments-and-invoices-orders-api 2/2 % updating 1/2 orders-api:9f8e7d6c"}},
		{Tasks, Scope{}, 60, []string{"platform_payments-and-invoices-orders-api.2 o running old"}},
		{Tasks, Scope{Stack: "platform"}, 60, []string{"payments-and-invoices-orders-api.1 o running new"}},
		{Tasks, Scope{Of: s.Key().Ref()}, 80, []string{".1 o running new worker1", ".2 o running old worker1", "orders-api:9f8e7d6c", "orders-api:old"}},
	} {
		text := strings.Join(linesOf(tt.view.Open(tt.scope), c, tt.width), "\n")
		flat := strings.Join(strings.Fields(text), " ")
		for _, want := range tt.want {
			if !strings.Contains(flat, want) {
				t.Errorf("at %d cells no %q in\n%s", tt.width, want, text)
			}
		}
	}
}

// TestGlance_WideDoesSomethingEverywhere scrolls each list to its right end.
func TestGlance_WideDoesSomethingEverywhere(t *testing.T) {
	c, _ := twins()
	for name, last := range map[string]string{"services": "LABELS", "tasks": "ID", "nodes": "ENGINE LABELS", "stacks": "MEMBERS"} {
		s := Find(name).Open(Scope{})
		commands := append([]keys.Command{keys.Wide}, slices.Repeat([]keys.Command{keys.Right}, 30)...)
		if got := linesOf(s, c, 80, commands...)[0]; !strings.HasSuffix(got, last) || !strings.Contains(s.Info(), "left: ") && name != "stacks" {
			t.Errorf("%s: %q, %q", name, got, s.Info())
		}
		if got := s.Reason(keys.Right); got != "there are no more columns" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestList_BeginsWithWhatIsWrong(t *testing.T) {
	s := Services.Open(Scope{})
	c := small()
	down := testkit.Service(testkit.Name("zzz"), testkit.Replicas(1))
	tasks := []*model.Task{testkit.Task(testkit.Of(down), testkit.Slot(1), testkit.Pending("no suitable node"))}
	c = testkit.Cluster(testkit.Nodes(c.Nodes()...), testkit.Services(append(c.Services(), down)...), testkit.Tasks(tasks...))
	s.Show(table.Data{Cluster: c, Now: testkit.Now, WorstFirst: true})
	if got := fmt.Sprint(names(t, s)); got != "[web zzz agent]" { // web has a task on a lost node.
		t.Errorf("the list is %s", got)
	}
	if o, _ := s.Current(); o.Name != "web" {
		t.Errorf("the cursor is on %s", o.Name)
	}
	s.Show(table.Data{Cluster: c, Now: testkit.Now})
	if got := names(t, s); got[len(got)-1] != "zzz" {
		t.Errorf("by name it is %v", got)
	}
}

// TestList_TellsProblemsInTheOrderOfTheVerdict has the service that is down
// before the one that is short, whatever they are called.
func TestList_TellsProblemsInTheOrderOfTheVerdict(t *testing.T) {
	c := shortAndDown()
	s := Services.Open(Scope{})
	s.Show(table.Data{Cluster: c, Now: testkit.Now, WorstFirst: true})
	if got := fmt.Sprint(names(t, s)); got != "[zzz aaa mmm]" || c.Problems()[0].Subject != "zzz" {
		t.Errorf("the list is %s, the verdict begins with %v", got, c.Problems()[0])
	}
	s.Do(nil, keys.SortRight)
	s.Do(nil, keys.SortReverse)
	if got := fmt.Sprint(names(t, s)); got != "[zzz mmm aaa]" {
		t.Errorf("by name, reversed: %s", got)
	}
	s.Show(table.Data{Cluster: c, Now: testkit.Now}) // Whoever chooses an order sees it.
	if got := fmt.Sprint(names(t, s)); got != "[aaa mmm zzz]" {
		t.Errorf("by name: %s", got)
	}
}

// TestList_BeginsAtItsTop has the tasks come after the services, and what is
// wrong with them.
func TestList_BeginsAtItsTop(t *testing.T) {
	whole := shortAndDown()
	first := testkit.Cluster(testkit.Nodes(whole.Nodes()...), testkit.Services(whole.Services()[:2]...))
	for _, tt := range []struct {
		after time.Duration
		moves []keys.Command
		want  string
	}{
		{time.Second, nil, "zzz"},
		{time.Second, []keys.Command{keys.Down, keys.Up}, "aaa"},
		{time.Minute, nil, "aaa"},
	} {
		s := Services.Open(Scope{})
		s.Show(table.Data{Cluster: first, Now: testkit.Now, WorstFirst: true})
		for _, cmd := range tt.moves {
			s.Do(nil, cmd)
		}
		s.Show(table.Data{Cluster: whole, Now: testkit.Now.Add(tt.after), WorstFirst: true})
		if o, _ := s.Current(); o.Name != tt.want {
			t.Errorf("%+v: the cursor is on %s", tt, o.Name)
		}
	}
}

// shortAndDown has a service with a paused update that is short of a task, one
// that is well, and one of which nothing runs.
func shortAndDown() *model.Cluster {
	node := testkit.Node(testkit.Leader())
	short := testkit.Service(testkit.Name("aaa"), testkit.Replicas(2), testkit.Updating(swarm.UpdateStatePaused, "update paused"))
	well := testkit.Service(testkit.Name("mmm"), testkit.Replicas(1))
	down := testkit.Service(testkit.Name("zzz"), testkit.Replicas(1))
	return testkit.Cluster(testkit.Nodes(node), testkit.Services(short, well, down), testkit.Tasks(
		testkit.Task(testkit.Of(short), testkit.Slot(1), testkit.On(node)),
		testkit.Task(testkit.Of(short), testkit.Slot(2), testkit.Pending("no suitable node")),
		testkit.Task(testkit.Of(well), testkit.Slot(1), testkit.On(node)),
		testkit.Task(testkit.Of(down), testkit.Slot(1), testkit.Pending("no suitable node"))))
}

// TestGlance_AStackAloneLeavesRoomForColumns narrows a list that is open: its
// names are shorter then.
func TestGlance_AStackAloneLeavesRoomForColumns(t *testing.T) {
	c, s := twins()
	list := Services.Open(Scope{})
	if head := linesOf(list, c, 84)[0]; strings.Contains(head, "IMAGE") {
		t.Fatalf("there was room before: %s", head)
	}
	list.SetStack(s.Stack())
	if head := linesOf(list, c, 84)[0]; !strings.Contains(head, "IMAGE") {
		t.Errorf("no IMAGE in %s", head)
	}
}

// TestGlance_AnImageIsCutBeforeItGoes has a narrow image rather than the ports
// alone.
func TestGlance_AnImageIsCutBeforeItGoes(t *testing.T) {
	web := testkit.Service(testkit.Name("monitoring_node-exporter"), testkit.Image("registry.example.org/rabbitmq:4.0-management"))
	c := testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Leader())), testkit.Services(web))
	for width := 64; width <= 84; width++ {
		if head := linesOf(Services.Open(Scope{}), c, width)[0]; strings.Contains(head, "PORTS") && !strings.Contains(head, "IMAGE") {
			t.Errorf("at %d cells: %s", width, head)
		}
	}
}

// TestFilter_MatchesWhatIsShown finds rows by what any column says, and says
// which where that is out of sight.
func TestFilter_MatchesWhatIsShown(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Image("registry.example.org/team/web:1"), testkit.WithService(func(s *model.Service) {
		s.Endpoint.Ports = []swarm.PortConfig{{PublishedPort: 8443, TargetPort: 443, Protocol: network.TCP}}
		s.Spec.TaskTemplate.Placement = &swarm.Placement{Constraints: []string{"node.labels.disk==nvme"}}
	}))
	job := testkit.Service(testkit.Name("load"), testkit.Job(1, 1, 1))
	c := testkit.Cluster(testkit.Nodes(testkit.Node()), testkit.Services(web, job), testkit.Tasks())
	for _, tt := range []struct {
		pattern string
		wide    bool
		width   int
		rows    string
		info    string
	}{
		{"8443", false, 160, "[web]", "1 of 2  /8443"},
		{"8443", false, 40, "[web]", "1 of 2  /8443 in PORTS"},
		{"^web:1", false, 160, "[web]", "1 of 2  /^web:1"},
		{"team/", false, 50, "[web]", "1 of 2  /team/ in IMAGE"},
		{"^job$", false, 160, "[load]", "1 of 2  /^job$"},
		{"nvme", false, 160, "[]", "0 of 2  /nvme"},
		{"nvme", true, 300, "[web]", "wide  1 of 2  /nvme"},
	} {
		s := Services.Open(Scope{})
		if err := s.SetPattern(tt.pattern); err != nil {
			t.Fatal(err)
		}
		var commands []keys.Command
		if tt.wide {
			commands = append(commands, keys.Wide)
		}
		linesOf(s, c, tt.width, commands...)
		if got := fmt.Sprint(names(t, s)); got != tt.rows || s.Info() != tt.info {
			t.Errorf("/%s at %d: %s and %q, want %s and %q", tt.pattern, tt.width, got, s.Info(), tt.rows, tt.info)
		}
	}
}
