package model_test

import (
	"fmt"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// A port of the mesh is open on every node that is ready, one of the host where a task
// runs, under the number that the task got, once for both families of addresses.
func TestOpenings(t *testing.T) {
	var nodes []*model.Node
	for i, state := range []swarm.NodeState{swarm.NodeStateReady, swarm.NodeStateReady, swarm.NodeStateDown} {
		n := testkit.Node(testkit.Hostname(fmt.Sprintf("n%d", i+1)))
		n.Status.State, n.Status.Addr = state, fmt.Sprintf("10.9.0.%d", i+1)
		nodes = append(nodes, n)
	}
	nodes[0].Status.Addr, nodes[0].ManagerStatus = "0.0.0.0", &swarm.ManagerStatus{Addr: "10.9.0.1:2377"}
	web := testkit.Service(testkit.Name("web"))
	web.Endpoint.Ports = []swarm.PortConfig{
		{TargetPort: 80, PublishedPort: 8080},
		{TargetPort: 81, PublishMode: swarm.PortConfigPublishModeHost},
	}
	runs := testkit.Task(testkit.Of(web), testkit.Slot(1), testkit.On(nodes[1]))
	got := swarm.PortConfig{TargetPort: 81, PublishedPort: 32768, Protocol: "tcp", PublishMode: swarm.PortConfigPublishModeHost}
	runs.Ports = []swarm.PortConfig{got, got}
	c := testkit.Cluster(testkit.Nodes(nodes...), testkit.Services(web), testkit.Tasks(runs))
	want := "[{n1 10.9.0.1 8080 tcp ingress} {n2 10.9.0.2 8080 tcp ingress} {n2 10.9.0.2 32768 tcp host}]"
	if out := fmt.Sprint(c.Openings(c.Services()[0])); out != want {
		t.Errorf("%s\nis not\n%s", out, want)
	}
}
