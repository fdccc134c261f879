package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"skep/internal/testkit"
	"skep/model"
)

func TestTitle_SaysWhereAndHow(t *testing.T) {
	for _, tt := range []struct {
		name string
		c    *model.Cluster
		want string
	}{
		{"nothing yet", nil, "skep"},
		{"problems", shop(), "skep prod-eu: 3 problems"},
		{"an address", shop(testkit.Session(model.Session{Host: "unix:///x", Context: "unix:///x", Endpoint: "manager1"})), "skep manager1: 3 problems"},
		{"stale", shop(testkit.Outage(noLeader())), "skep prod-eu: stale"},
		{"not connected", troubled(model.NoDocker), "not connected"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onDesk(t, Options{}, tt.c, 80, 24, func(t *testing.T, d *desk) {
				if got := d.View().WindowTitle; !strings.Contains(got, tt.want) || !strings.HasPrefix(got, "skep") {
					t.Errorf("the title is %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestTitle_StaysWhileNothingHappens(t *testing.T) {
	onDesk(t, Options{}, shop(testkit.Outage(noLeader())), 80, 24, func(t *testing.T, d *desk) {
		before := d.View().WindowTitle
		d.wait(10 * time.Minute)
		d.press("j", "?", "esc", "!")
		if got := d.View().WindowTitle; got != before {
			t.Errorf("%q became %q", before, got)
		}
	})
}

// TestTitle_IsOneHarmlessLine gives the context a name that would end the title
// and clear the screen.
func TestTitle_IsOneHarmlessLine(t *testing.T) {
	c := shop(testkit.Session(model.Session{Context: "x\x07\x1b[2J\x1b]0;evil\x07\n" + strings.Repeat("long", 100)}))
	onDesk(t, Options{}, c, 80, 24, func(t *testing.T, d *desk) {
		got := d.View().WindowTitle
		if strings.ContainsFunc(got, func(r rune) bool { return r < 0x20 || r == 0x7f }) || ansi.StringWidth(got) > 60 {
			t.Errorf("the title is %q", got)
		}
		if !strings.HasSuffix(got, ": 3 problems") {
			t.Errorf("the verdict is cut off: %q", got)
		}
	})
}

// TestVerdict_WaitsForTheTasks: that none of the services is down does not say
// that none of them restarts all the time.
func TestVerdict_WaitsForTheTasks(t *testing.T) {
	web, api := testkit.Service(testkit.Name("web"), testkit.Replicas(1), testkit.Reports(1, 1)), testkit.Service(testkit.Name("api"), testkit.Replicas(0))
	node := testkit.Node(testkit.Leader())
	nodes := testkit.Nodes(node)
	unread := testkit.Cluster(testkit.Services(web, api), nodes)
	onDesk(t, Options{}, unread, 80, 24, func(t *testing.T, d *desk) {
		d.sees("no problems so far, tasks of 2 of 2 services not read yet")
		if got := d.View().WindowTitle; !strings.HasSuffix(got, ": no problems so far") {
			t.Errorf("the title is %q", got)
		}
		d.feed.push(testkit.Cluster(testkit.Services(web, api), nodes, testkit.Tasks(testkit.Task(testkit.Of(web), testkit.On(node)))))
		d.rest()
		d.sees("no problems")
		d.misses("so far", "not read")

		// Tasks that were looked at do not stay in memory.
		b := testkit.Builder()
		b.SetNodes([]*model.Node{node}, testkit.Now)
		b.SetServices([]*model.Service{web, api}, testkit.Now)
		b.SetTasks(model.TaskQuery{}, []*model.Task{testkit.Task(testkit.Of(web), testkit.On(node))}, testkit.Now)
		b.Build(testkit.Now)
		b.ForgetTasks(func(model.ServiceID) bool { return false })
		b.SetServices([]*model.Service{web, api}, testkit.Now.Add(time.Second))
		d.feed.push(b.Build(testkit.Now.Add(time.Second)))
		d.rest()
		d.sees("no problems")
		d.misses("so far", "not read")
	})
}

// TestVerdict_SaysWhatAnEngineIsWhateverItsAddress: the address is cut, not what
// is said of it.
func TestVerdict_SaysWhatAnEngineIsWhateverItsAddress(t *testing.T) {
	host := "unix:///srv/" + strings.Repeat("long/", 20) + "docker.sock"
	err := &model.Trouble{Situation: model.WorkerNode, Host: host}
	onDesk(t, Options{}, shop(testkit.Outage(&model.Outage{Err: err})), 80, 24, func(t *testing.T, d *desk) {
		d.sees("The engine at unix:///srv/", "docker.sock is a worker  (! says more)")
	})
}
