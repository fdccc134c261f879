package testkit

import (
	"cmp"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/model/triage"
)

// ClusterOption says one thing about a snapshot.
type ClusterOption func(*parts)

// parts is what a snapshot is made of.
type parts struct {
	services []*model.Service
	nodes    []*model.Node
	lists    []list
	objects  map[model.Kind][]model.Object
	unread   map[model.Kind]error
	session  model.Session
	outage   *model.Outage
	now      time.Time
}

// list is one answer of the engine to a query for tasks.
type list struct {
	query model.TaskQuery
	tasks []*model.Task
	at    time.Time
}

// Builder is a builder with the rules of triage, as the feed has one.
func Builder() *model.Builder { return model.NewBuilder(triage.Find) }

// Cluster makes a snapshot of a swarm as a real one would be made. The engine's
// own count is filled in as the engine computes it, from the tasks that the
// options name, except for services that bring one ([Reports]).
func Cluster(options ...ClusterOption) *model.Cluster {
	p := parts{now: Now, session: model.Session{
		Context: "test", Swarm: SwarmID, Endpoint: "manager1", Engine: "29.7.2", API: "1.55", TaskHistory: 5,
	}}
	for _, o := range options {
		o(&p)
	}
	var all []*model.Task
	for _, l := range p.lists {
		all = append(all, l.tasks...)
	}
	b := Builder()
	b.SetSession(p.session)
	b.SetNodes(p.nodes, p.now)
	b.SetServices(Counted(p.services, all), p.now)
	for _, l := range p.lists {
		b.SetTasks(l.query, l.tasks, l.at)
	}
	for k, objects := range p.objects {
		b.SetObjects(k, objects, p.now)
	}
	for k, err := range p.unread {
		b.SetUnread(k, err)
	}
	b.SetOutage(p.outage)
	return b.Build(p.now)
}

// Services adds services to a snapshot.
func Services(services ...*model.Service) ClusterOption {
	return func(p *parts) { p.services = append(p.services, services...) }
}

// Nodes adds nodes to a snapshot.
func Nodes(nodes ...*model.Node) ClusterOption {
	return func(p *parts) { p.nodes = append(p.nodes, nodes...) }
}

// Tasks is the list of all tasks. Without it no service's tasks are known.
func Tasks(tasks ...*model.Task) ClusterOption {
	return TasksFor(model.TaskQuery{}, Now, tasks...)
}

// TasksFor is the answer to one query for tasks, read at some time.
func TasksFor(q model.TaskQuery, at time.Time, tasks ...*model.Task) ClusterOption {
	return func(p *parts) { p.lists = append(p.lists, list{q, tasks, at}) }
}

// SwarmID is the ID of the swarm of a snapshot, unless its session has another.
const SwarmID = "swarm0of0the0tests0000000"

// Session is the connection that a snapshot came from.
func Session(s model.Session) ClusterOption {
	s.Swarm = cmp.Or(s.Swarm, SwarmID)
	return func(p *parts) { p.session = s }
}

// Outage makes a snapshot one that is no longer confirmed.
func Outage(o *model.Outage) ClusterOption { return func(p *parts) { p.outage = o } }

// At is when a snapshot was taken, in place of [Now].
func At(now time.Time) ClusterOption { return func(p *parts) { p.now = now } }

// Counted gives copies of services with the engine's own count of their tasks,
// as the engine computes it (swarmkit manager/controlapi/service.go,
// ListServiceStatuses): whatever is recorded as running counts, even on a dead
// node. Services that already have a count keep it.
func Counted(services []*model.Service, tasks []*model.Task) []*model.Service {
	byService := make(map[model.ServiceID][]*model.Task, len(services))
	for _, t := range tasks {
		byService[t.ServiceID] = append(byService[t.ServiceID], t)
	}
	out := make([]*model.Service, len(services))
	for i, s := range services {
		c := *s
		if c.ServiceStatus == nil && c.Damage == "" {
			c.ServiceStatus = countOf(s, byService[s.Key()])
		}
		out[i] = &c
	}
	return out
}

func countOf(s *model.Service, tasks []*model.Task) *swarm.ServiceStatus {
	st := &swarm.ServiceStatus{DesiredTasks: s.Replicas()}
	for _, t := range tasks {
		if s.JobStatus != nil && t.JobIteration != s.JobStatus.JobIteration.Index {
			continue
		}
		switch {
		case t.State == swarm.TaskStateRunning:
			st.RunningTasks++
		case t.State == swarm.TaskStateComplete && s.IsJob():
			st.CompletedTasks++
		}
		switch s.Mode() {
		case model.ModeGlobal:
			if t.Desired == swarm.TaskStateRunning {
				st.DesiredTasks++
			}
		case model.ModeGlobalJob:
			if t.Desired == swarm.TaskStateComplete && t.State != swarm.TaskStateComplete {
				st.DesiredTasks++
			}
		case model.ModeReplicated, model.ModeReplicatedJob: // Their specification says it.
		}
	}
	return st
}
