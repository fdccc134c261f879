package detail

import (
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// Of a published port it is said which nodes answer now: those of the mesh that are
// there, as long as a task is up, and those of its tasks for a port of the host.
func TestDiscovery_WhoAnswers(t *testing.T) {
	up, down := testkit.Node(testkit.Hostname("n1")), testkit.Node(testkit.Hostname("n2"))
	down.Status.State = swarm.NodeStateDown
	web := testkit.Service(testkit.Name("web"), testkit.Replicas(2))
	host := swarm.PortConfig{TargetPort: 81, PublishMode: swarm.PortConfigPublishModeHost, Protocol: "tcp"}
	web.Endpoint.Ports = []swarm.PortConfig{{TargetPort: 80, PublishedPort: 8080, Protocol: "tcp"}, host}
	host.PublishedPort = 32768
	task := func(slot int, n *model.Node, state swarm.TaskState) *model.Task {
		task := testkit.Task(testkit.Of(web), testkit.Slot(slot), testkit.On(n), testkit.State(state))
		task.Ports = []swarm.PortConfig{host}
		return task
	}
	for _, tt := range []struct {
		tasks []*model.Task
		want  []string
	}{
		{[]*model.Task{task(1, up, swarm.TaskStateRunning), task(2, down, swarm.TaskStateRunning)},
			[]string{"8080:80, every node answers but n2\n", "81 host, only the nodes of its tasks answer: n1:32768\n"}},
		{[]*model.Task{task(1, up, swarm.TaskStatePreparing)},
			[]string{"8080:80, no node answers: no task is up\n", "81 host, only the nodes of its tasks answer: none now\n"}},
	} {
		c := testkit.Cluster(testkit.Nodes(up, down), testkit.Services(web), testkit.Tasks(tt.tasks...))
		var b strings.Builder
		for _, l := range Describe(Input{Cluster: c, Ref: model.Ref{Kind: model.KindDiscovery, ID: web.ID}, Now: testkit.Now, Glyphs: dark.Glyphs}) {
			b.WriteString(l.String() + "\n")
		}
		for _, want := range tt.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%q is missing in\n%s", want, b.String())
			}
		}
	}
}
