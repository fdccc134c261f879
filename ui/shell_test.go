package ui

import (
	"errors"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

func TestShell_SaysWhyThereIsNone(t *testing.T) {
	here, there := testkit.Node(testkit.Hostname("manager1"), testkit.Leader()), testkit.Node(testkit.Hostname("worker1"))
	service := testkit.Service(testkit.Name("web"))
	contained := testkit.WithTask(func(t *model.Task) { t.ContainerID = strings.Repeat("0123456789abcdef", 4) })
	forged := testkit.WithTask(func(t *model.Task) { t.ContainerID = "--env-file=/root/app.env" })
	for _, tt := range []struct {
		name string
		opt  Options
		task *model.Task
		want string
	}{
		{"elsewhere", Options{}, testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(there), contained),
			"it runs on worker1; there: docker exec -it 0123456789ab sh"},
		{"an option instead of an ID", Options{}, testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(here), forged), "no valid container ID"},
		{"an option instead of an ID elsewhere", Options{}, testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(there), forged), "no valid container ID"},
		{"not running", Options{}, testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(here), contained, testkit.State(swarm.TaskStateStarting)),
			"the task is not running"},
		{"no container", Options{}, testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(here)), "the task is not running"},
		{"read-only", Options{ReadOnly: true}, testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(here), contained), "--read-only"},
		{"demo", Options{Backend: Backend{Demo: true}}, testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(here), contained),
			"the containers of the demo are not real"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opt.View = "tasks"
			c := testkit.Cluster(testkit.Nodes(here, there), testkit.Services(service),
				testkit.TasksFor(model.TaskQuery{}, testkit.Now, tt.task), testkit.Session(model.Session{NodeID: here.Key()}))
			onDesk(t, tt.opt, c, 120, 24, func(t *testing.T, d *desk) {
				d.press("x")
				d.sees(tt.want)
			})
		})
	}
}

func TestShell_SaysWhatDockerSaid(t *testing.T) {
	onDesk(t, Options{}, shop(), 120, 24, func(t *testing.T, d *desk) {
		s := &said{}
		_, _ = s.Write([]byte(strings.Repeat("x", 10_000) + "\nError response from daemon: \x1b[2Jno such container\r\n"))
		d.send(lentMsg{"the shell", s.text(), errors.New("exit status 1")})
		d.sees("no such container")
		if len(s.buf) > saidLimit || !strings.HasSuffix(s.text(), "no such container") {
			t.Errorf("%q", s.text())
		}
		d.send(lentMsg{what: "the shell", err: errors.New("exit status 130")})
		d.sees("the shell ended: exit status 130")
	})
}
