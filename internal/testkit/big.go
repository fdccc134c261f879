package testkit

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// Swarm is what a snapshot is made from, for tests that build it themselves.
type Swarm struct {
	Nodes    []*model.Node
	Services []*model.Service // with the engine's count
	Tasks    []*model.Task
}

// BigCluster makes a snapshot of a large swarm, with all its tasks known: see
// [BigSwarm].
func BigCluster(nodes, services, tasks int) *model.Cluster {
	s := BigSwarm(nodes, services, tasks)
	return Cluster(Nodes(s.Nodes...), Services(s.Services...), Tasks(s.Tasks...))
}

// BigSwarm makes a large swarm: stacks of ten services, most of them healthy,
// with one stopped task of an earlier release to every four live ones. One
// service in fifty restarts for ever, one in fifty finds no node for a part of
// its tasks, one in fifty is being updated, and one node in fifty is down.
func BigSwarm(nodes, services, tasks int) Swarm {
	s := Swarm{}
	for i := range nodes {
		options := []NodeOption{Hostname(fmt.Sprintf("node-%03d", i))}
		switch {
		case i == 0:
			options = append(options, Leader())
		case i < 3:
			options = append(options, Manager())
		case i%50 == 49:
			options = append(options, Down())
		}
		s.Nodes = append(s.Nodes, Node(options...))
	}
	for i := range services {
		n := tasks / services
		if i < tasks%services {
			n++
		}
		s.addService(i, n)
	}
	s.Services = Counted(s.Services, s.Tasks)
	return s
}

func (s *Swarm) addService(i, tasks int) {
	live := tasks - tasks/5
	stack := fmt.Sprintf("stack-%02d", i/10)
	options := []ServiceOption{
		Name(fmt.Sprintf("%s_service-%d", stack, i)), Stack(stack), Replicas(live),
		Image(fmt.Sprintf("registry.example.org/team-%d/service-%d:1.%d.0@sha256:%064x", i%7, i, i%13, i)),
		Template(func(t *swarm.TaskSpec) { furnish(t, i) }),
	}
	if i%50 == 3 {
		options = append(options, Updating(swarm.UpdateStateUpdating, "update in progress"))
	}
	service := Service(options...)
	s.Services = append(s.Services, service)
	spec := &model.TaskSpec{TaskSpec: service.Spec.TaskTemplate, Print: service.Print}
	former := &model.TaskSpec{TaskSpec: spec.TaskSpec}
	former.ForceUpdate++
	former.Print = model.FingerprintOf(&former.TaskSpec)
	for j := range tasks {
		slot := j + 1
		options := []TaskOption{Of(service), Ago(time.Hour + time.Duration(j)*time.Second),
			WithTask(func(t *model.Task) { t.Spec = spec })}
		if len(s.Nodes) > 0 {
			options = append(options, On(s.Nodes[(i*31+j)%len(s.Nodes)]))
		}
		switch {
		case j >= live && i%50 == 1:
			// The history of the slot that goes on failing.
			slot = 1
			options = append(options, Failed(1), Ago(time.Duration(j-live+1)*8*time.Second))
		case j >= live:
			slot = j - live + 1
			options = append(options, Stopped(), Ago(30*time.Hour),
				WithTask(func(t *model.Task) { t.Spec = former }))
		case i%50 == 1 && j == 0:
			options = append(options, State(swarm.TaskStateStarting), Ago(2*time.Second))
		case i%50 == 2 && j%3 == 0:
			options = append(options, Pending(fmt.Sprintf("no suitable node (scheduling constraints not satisfied on %d nodes)", len(s.Nodes))))
		}
		s.Tasks = append(s.Tasks, Task(append(options, Slot(slot))...))
	}
}

// furnish gives a task template what a real one has.
func furnish(t *swarm.TaskSpec, i int) {
	t.ContainerSpec.Env = []string{"LOG_LEVEL=info", fmt.Sprintf("PORT=%d", 8000+i), "DATABASE_URL=postgres://db:5432/app", "TZ=UTC"}
	t.ContainerSpec.Labels = map[string]string{model.LabelStack: fmt.Sprintf("stack-%02d", i/10)}
	t.ContainerSpec.Args = []string{"serve", "--listen", ":8080"}
	t.Resources = &swarm.ResourceRequirements{
		Limits:       &swarm.Limit{NanoCPUs: 5e8, MemoryBytes: 256 << 20},
		Reservations: &swarm.Resources{NanoCPUs: 1e8, MemoryBytes: 64 << 20},
	}
	t.Placement = &swarm.Placement{Constraints: []string{"node.role==worker"}}
	t.Networks = []swarm.NetworkAttachmentConfig{{Target: makeID("network", fmt.Sprint(i/10)), Aliases: []string{"app"}}}
}
