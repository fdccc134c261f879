package model

import (
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

// LogSource is what writes a log: stacks, services, tasks, and all tasks on nodes.
type LogSource struct {
	Stacks   []StackName
	Services []ServiceID
	Tasks    []TaskID
	Nodes    []NodeID
}

// Empty reports whether it is nothing.
func (s LogSource) Empty() bool {
	return len(s.Stacks)+len(s.Services)+len(s.Tasks)+len(s.Nodes) == 0
}

// And is what writes either log.
func (s LogSource) And(o LogSource) LogSource {
	return LogSource{
		Stacks: slices.Concat(s.Stacks, o.Stacks), Services: slices.Concat(s.Services, o.Services),
		Tasks: slices.Concat(s.Tasks, o.Tasks), Nodes: slices.Concat(s.Nodes, o.Nodes),
	}
}

// OneTask is the only task of which it is.
func (s LogSource) OneTask() (TaskID, bool) {
	if len(s.Tasks) == 1 && len(s.Stacks)+len(s.Services)+len(s.Nodes) == 0 {
		return s.Tasks[0], true
	}
	return "", false
}

// AllOf are the services of which all tasks write it.
func (s LogSource) AllOf(c *Cluster) []*Service {
	var out []*Service
	add := func(x *Service) {
		if x != nil && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	for _, name := range s.Stacks {
		if st := c.stack(name); st != nil {
			for _, x := range st.Services {
				add(x)
			}
		}
	}
	for _, id := range s.Services {
		add(c.Service(id))
	}
	return out
}

// Interest is what has to be read to know which tasks write it.
func (s LogSource) Interest(c *Cluster) Interest {
	var refs []Ref
	for _, x := range s.AllOf(c) {
		refs = append(refs, x.Key().Ref())
	}
	for _, id := range s.Tasks {
		if t := c.Task(id); t != nil {
			refs = append(refs, t.ServiceID.Ref())
		}
	}
	for _, id := range s.Nodes {
		refs = append(refs, id.Ref())
	}
	return InterestIn(refs...)
}

// In are the tasks that write it, those of a slot together, and whether all of
// them were read.
func (s LogSource) In(c *Cluster) (out []*Task, known bool) {
	known = true
	has := map[TaskID]bool{}
	add := func(t *Task) {
		if t != nil && !has[t.ID] {
			has[t.ID] = true
			out = append(out, t)
		}
	}
	for _, x := range s.AllOf(c) {
		tasks, at := c.TasksOf(x.Key())
		known = known && !at.IsZero()
		for _, t := range tasks {
			add(t)
		}
	}
	for _, id := range s.Nodes {
		tasks, at := c.TasksOn(id)
		known = known && !at.IsZero()
		for _, t := range tasks {
			add(t)
		}
	}
	for _, id := range s.Tasks {
		add(c.Task(id))
	}
	return out, known && (len(out) > 0 || len(s.Tasks) == 0)
}

// LogState is what there is to read of a task.
type LogState int

// The states of a task's log.
const (
	// LogNone: it has no container, at least not yet.
	LogNone LogState = iota
	// LogGrows: it runs.
	LogGrows
	// LogWhole: it has ended, and nothing comes any more.
	LogWhole
)

// Log is what there is to read of a task.
func (t *Task) Log() LogState {
	switch t.State {
	case swarm.TaskStateStarting, swarm.TaskStateRunning:
		return LogGrows
	default:
	}
	if t.Terminal() && (t.ContainerID != "" || t.Exited) {
		return LogWhole
	}
	return LogNone
}

// LogReachable reports whether the node of a task can be asked for its log. For
// one that is down the engine gives no answer at all where a log is followed
// (20.10), and after seconds an error where it is read once.
func (c *Cluster) LogReachable(t *Task) bool { return !c.onLostNode(t) }
