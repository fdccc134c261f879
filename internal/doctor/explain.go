package doctor

import (
	"fmt"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// Misfit is one reason of a node to refuse a task.
type Misfit struct {
	Filter string `json:"filter"`
	Detail string `json:"detail"`
}

// NodeFit is what keeps a waiting task off a node.
type NodeFit struct {
	Node    string   `json:"node"`
	Fits    bool     `json:"fits"`
	Misfits []Misfit `json:"misfits,omitempty"`
}

// Task is one of the last tasks.
type Task struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Node    string    `json:"node,omitempty"`
	State   string    `json:"state"`
	Desired string    `json:"desired"`
	Created time.Time `json:"created"`
	// Error is the engine's, Why is it in plain words.
	Error string `json:"error,omitempty"`
	Why   string `json:"why,omitempty"`
}

// Explanation is what is to be said of one object.
type Explanation struct {
	Schema  string    `json:"schema"`
	At      time.Time `json:"at"`
	Subject Object    `json:"subject"`
	State   string    `json:"state"`
	Verdict Verdict   `json:"verdict"`
	// Restarts is how often tasks of a service ended by themselves, with a + where it
	// may be more.
	Restarts string `json:"restarts,omitempty"`
	// Findings are about the object, or affect it.
	Findings []Finding `json:"findings"`
	// Nodes are there where a task waits for one, the nearest first.
	Nodes []NodeFit `json:"nodes,omitempty"`
	Tasks []Task    `json:"tasks,omitempty"`
	// Untold counts the older tasks that are not among those.
	Untold int `json:"tasksUntold,omitempty"`
	// Log is there where a task died: it is what that wrote last.
	Log *Log `json:"log,omitempty"`
	// service is the one that it is about, or the task's; empty for others.
	service model.ServiceID
	// dead is that task.
	dead *model.Task
}

// Log is the end of the log of a task that died.
type Log struct {
	// Task is its ID, Name what it is called.
	Task  string   `json:"task"`
	Name  string   `json:"name"`
	Lines []string `json:"lines"`
	// Error is why there are no more lines.
	Error string `json:"error,omitempty"`
}

// LogLines is how many lines a log has at most.
const LogLines = 20

// Listen adds the log of the task that died, which read reads; there may be none.
// Its lines are told as they are: what a program wrote is not hidden.
func (e *Explanation) Listen(c *model.Cluster, read func(t *model.Task) ([]string, error)) {
	if e.dead == nil {
		return
	}
	e.Log = &Log{Task: string(e.dead.ID), Name: c.TaskName(e.dead), Lines: []string{}}
	if e.Log.Error = c.Unheard(e.dead); e.Log.Error != "" {
		return
	}
	lines, err := read(e.dead)
	e.Log.Lines = append(e.Log.Lines, lines...)
	if err != nil {
		e.Log.Error = model.MaskError(err)
	}
}

// lastTasks is how many tasks are told.
const lastTasks = 5

// Explain says what is to be said of a service, a task or a node; an error if there
// is none any more.
func Explain(c *model.Cluster, r model.Ref, now time.Time) (Explanation, error) {
	e := Explanation{Schema: ExplainSchema, At: now.UTC(), Findings: []Finding{}}
	s, t, n := c.Service(r.Service()), c.Task(r.Task()), c.Node(r.Node())
	switch {
	case s != nil:
		e.explainService(c, s)
	case t != nil:
		e.explainTask(c, t)
	case n != nil:
		e.explainNode(c, n)
	default:
		return e, fmt.Errorf("there is no such %s", r.Kind)
	}
	return e, nil
}

// about adds the findings about an object and those that affect it.
func (e *Explanation) about(c *model.Cluster, r model.Ref) {
	var own []model.Finding
	causes := map[model.FindingID]bool{} // Each stands before what it explains.
	for _, f := range slices.Concat(c.Problems(), c.Notes()) {
		if f.Ref == r || slices.Contains(f.Affects, r) || causes[f.Cause] {
			causes[f.ID()] = f.Ref == r
			own = append(own, f)
			e.Findings = append(e.Findings, findingOf(c, f))
		}
	}
	e.Verdict = verdictOf(own)
}

func (e *Explanation) explainService(c *model.Cluster, s *model.Service) {
	f := c.Facts(s.Key())
	e.Subject, e.service = Object{"service", s.ID, s.Name()}, s.Key()
	e.State, _ = f.State(s)
	if f.Restarts.Count > 0 {
		e.Restarts = f.Restarts.String()
	}
	e.about(c, s.Key().Ref())
	if f.TasksAt.IsZero() && e.Verdict == Healthy {
		e.Verdict = Unknown
	}
	if f.Worst != nil {
		e.matrix(c, s, f.Worst)
	}
	tasks, _ := c.TasksOf(s.Key())
	e.last(c, tasks)
	e.dead = c.LastDead(s.Key())
}

// matrix adds what each node has against a task that waits.
func (e *Explanation) matrix(c *model.Cluster, s *model.Service, t *model.Task) {
	if t.State != swarm.TaskStatePending {
		return
	}
	for _, f := range c.WhyPending(s, t) {
		n := NodeFit{Node: c.NodeName(f.Node.Key()), Fits: f.OK()}
		for _, m := range f.Misfits {
			n.Misfits = append(n.Misfits, Misfit{string(m.Filter), m.Detail})
		}
		e.Nodes = append(e.Nodes, n)
	}
}

// last adds the newest tasks.
func (e *Explanation) last(c *model.Cluster, tasks []*model.Task) {
	tasks = slices.Clone(tasks)
	slices.SortStableFunc(tasks, func(a, b *model.Task) int { return b.CreatedAt.Compare(a.CreatedAt) })
	told := min(lastTasks, len(tasks))
	for _, t := range tasks[:told] {
		e.Tasks = append(e.Tasks, taskOf(c, t))
	}
	e.Untold = len(tasks) - told
}

func taskOf(c *model.Cluster, t *model.Task) Task {
	out := Task{ID: string(t.ID), Name: c.TaskName(t), State: string(t.State), Desired: string(t.Desired), Created: t.CreatedAt.UTC(), Error: model.MaskText(t.Err)}
	if t.NodeID != "" {
		out.Node = c.NodeName(t.NodeID)
	}
	if t.Err != "" || t.Bad() {
		out.Why = model.MaskText(c.Plain(t))
	}
	return out
}

func (e *Explanation) explainTask(c *model.Cluster, t *model.Task) {
	e.Subject, e.service = Object{"task", string(t.ID), c.TaskName(t)}, t.ServiceID
	e.State, _ = t.Status(c.Node(t.NodeID))
	e.about(c, t.ServiceID.Ref())
	if s := c.Service(t.ServiceID); s != nil {
		e.matrix(c, s, t)
	}
	e.Tasks = append(e.Tasks, taskOf(c, t))
	if t.Bad() && t.ContainerID != "" {
		e.dead = t
	}
}

func (e *Explanation) explainNode(c *model.Cluster, n *model.Node) {
	e.Subject = Object{"node", n.ID, c.NodeName(n.Key())}
	e.State = string(n.Status.State) + ", " + string(n.Spec.Availability)
	e.about(c, n.Key().Ref())
	tasks, at := c.TasksOn(n.Key())
	if at.IsZero() && c.TasksUnread() > 0 && e.Verdict == Healthy {
		e.Verdict = Unknown
	}
	bad := slices.DeleteFunc(slices.Clone(tasks), func(t *model.Task) bool { return !t.Bad() })
	e.last(c, bad)
}
