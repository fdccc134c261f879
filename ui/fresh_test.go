package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"skep/internal/testkit"
	"skep/model"
)

// TestFreshness_IsOfWhatIsShown has services that were read now, all tasks long
// ago, and those of one service and one node in between.
func TestFreshness_IsOfWhatIsShown(t *testing.T) {
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(1))
	api := testkit.Service(testkit.Name("api"), testkit.Replicas(1))
	here := testkit.Node(testkit.Hostname("here"), testkit.Leader())
	away := testkit.Node(testkit.Hostname("away"))
	task := testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(here))
	other := testkit.Task(testkit.Of(api), testkit.Slot(1), testkit.On(away))
	ago := func(d time.Duration) time.Time { return testkit.Now.Add(-d) }
	swarm := func(o ...testkit.ClusterOption) *model.Cluster {
		return testkit.Cluster(append(o, testkit.Nodes(here, away), testkit.Services(web, api),
			testkit.TasksFor(model.TaskQuery{}, ago(48*time.Second), task, other),
			testkit.TasksFor(model.TaskQuery{Services: []model.ServiceID{web.Key()}}, ago(28*time.Second), task),
			testkit.TasksFor(model.TaskQuery{Node: here.Key()}, ago(8*time.Second), task))...)
	}
	waiting := &model.Outage{Since: testkit.Now, Waiting: true, For: "the tasks"}
	counted := func(listed time.Duration) *model.Cluster {
		b := testkit.Builder()
		b.SetNodes([]*model.Node{here}, testkit.Now)
		b.SetServices([]*model.Service{web, api}, ago(listed))
		b.SetTasks(model.TaskQuery{Services: []model.ServiceID{web.Key()}}, []*model.Task{task}, ago(28*time.Second))
		b.SetTasks(model.TaskQuery{Services: []model.ServiceID{api.Key()}}, []*model.Task{other}, ago(8*time.Second))
		return b.Build(testkit.Now)
	}
	broken := &model.Outage{Since: testkit.Now, Err: errors.New("refused")}
	for _, tt := range []struct {
		name string
		opt  Options
		keys []string
		c    *model.Cluster
		want string
	}{
		{"services", Options{}, nil, swarm(), "● live"},
		{"stacks", Options{View: "stacks"}, nil, swarm(), "● live"},
		{"all tasks", Options{View: "tasks"}, nil, swarm(), "● live, tasks 50s old"},
		{"nodes, with their loads", Options{View: "nodes"}, nil, swarm(), "● live, tasks 50s old"},
		{"tasks of a service", Options{Pattern: "web"}, []string{"enter"}, swarm(), "● live, tasks 30s old"},
		{"tasks of another", Options{Pattern: "api"}, []string{"enter"}, swarm(), "● live, tasks 50s old"},
		{"a description", Options{Pattern: "web"}, []string{"d"}, swarm(), "● live, tasks 30s old"},
		{"tasks of a node", Options{View: "nodes", Pattern: "here"}, []string{"enter"}, swarm(), "● live"},
		{"stale", Options{View: "tasks"}, nil, swarm(testkit.Outage(broken)), "STALE 50s"},
		{"stale, and read in part since", Options{}, nil, swarm(testkit.Outage(noLeader())), "STALE 4m"},
		{"waiting", Options{View: "tasks"}, nil, swarm(testkit.Outage(waiting)), "waiting 2s for the tasks, data 50s old"},
		{"waiting, nothing read", Options{}, nil, unread(), "waiting 2s for the engine"},
		{"services of long ago, counted since", Options{}, nil, counted(20 * time.Minute), "● live, services 30s old"},
		{"not read yet", Options{View: "tasks"}, nil, testkit.Cluster(testkit.Nodes(here), testkit.Services(web)), "● live"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onDesk(t, tt.opt, tt.c, 80, 24, func(t *testing.T, d *desk) {
				d.press(tt.keys...)
				head, _, _ := strings.Cut(d.text(), "\n")
				if !strings.HasSuffix(head, " "+tt.want) {
					t.Errorf("it ends in %q, want %q", head, tt.want)
				}
			})
		})
	}
	// The clock knows of that age.
	onDesk(t, Options{View: "tasks"}, swarm(), 80, 24, func(t *testing.T, d *desk) {
		for age := 50; age < 59; age++ {
			d.sees(", tasks " + map[bool]string{true: "50s", false: "55s"}[age < 55] + " old")
			d.wait(time.Second + 2*time.Millisecond)
		}
	})
}

// TestWarning_Stays has something that could not be read of docker's
// configuration.
func TestWarning_Stays(t *testing.T) {
	opt := Options{Backend: Backend{Warning: `/root/.docker/config.json: "psFormat" must not be a JSON number` + "\x1b[2J"}}
	c := testkit.Cluster(testkit.Nodes(testkit.Node(testkit.Hostname("here"), testkit.Leader())), testkit.Services(testkit.Service(testkit.Name("web"))))
	for _, width := range []int{200, 80, 40, 12} {
		onDesk(t, opt, c, width, 24, func(t *testing.T, d *desk) {
			for _, key := range []string{"", "j", "enter", "?"} {
				if key != "" {
					d.press(key)
				}
				if got := strings.Join(strings.Fields(d.text()), ""); !strings.Contains(got, `"psFormat"mustnotbeaJSONnumber`) {
					t.Errorf("%d columns, after %q: no warning in\n%s", width, key, d.text())
				}
			}
		})
	}
}
