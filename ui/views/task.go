package views

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// TaskRow is a task with what its slot's history says.
type TaskRow struct {
	*model.Task
	// Past is set for a former task of the slot, shown below the present one.
	Past     bool
	Restarts model.Restarts
}

// Tasks are the tasks of a service, of a node, or of the whole swarm.
var Tasks = View[TaskRow]{
	Name: "tasks", Aliases: []string{"t", "ps", "task"},
	About: "what runs where, and why not",
	Kind:  model.KindTask, Keys: keys.Tasks, Own: keys.TaskList, Narrows: true,
	Columns: []table.Column[TaskRow]{
		{Title: "TASK", Min: 16, Cut: cutTask,
			Cell: func(f table.Data, t TaskRow) table.Cell {
				c := name(f, f.Cluster.TaskName(t.Task))
				if t.Past {
					c.Text, c.Dim = "  "+c.Text, true
				}
				return c
			},
			Compare: func(table.Data, TaskRow, TaskRow) int { return 0 }},
		{Title: "STATE", Min: 10, Max: 14,
			Cell: func(f table.Data, t TaskRow) table.Cell {
				word, status := t.Status(f.Cluster.Node(t.NodeID))
				if t.Past && status != model.Broken {
					return table.Cell{Text: word, Status: status, Sign: true, Dim: true}
				}
				return table.Cell{Text: word, Status: status, Sign: true}
			},
			Compare: by(func(f table.Data, t TaskRow) model.Status {
				_, status := t.Status(f.Cluster.Node(t.NodeID))
				return -status
			})},
		{Title: "SPEC", Sparse: true, Drop: 1,
			Cell: func(f table.Data, t TaskRow) table.Cell { return spec(f.Cluster, t) }},
		{Title: "NODE", Min: 10, Max: 24, Drop: 3, Cut: table.CutMiddle,
			Cell: func(f table.Data, t TaskRow) table.Cell { return text(f.Cluster.NodeName(t.NodeID)) }},
		{Title: "SINCE", Right: true, Drop: 4,
			Cell:    func(_ table.Data, t TaskRow) table.Cell { return table.Cell{Since: t.Since()} },
			Compare: by(func(_ table.Data, t TaskRow) int64 { return -t.Since().UnixNano() })},
		{Title: "RESTARTS", Right: true, Drop: 6,
			Cell: func(_ table.Data, t TaskRow) table.Cell {
				if t.Past {
					return table.Cell{}
				}
				return restarts(t.Restarts)
			},
			Compare: by(func(_ table.Data, t TaskRow) int { return -t.Restarts.Count })},
		{Title: "IMAGE", Cut: cutImage, Min: 20, Max: 40, Drop: 7,
			Cell: func(_ table.Data, t TaskRow) table.Cell { return image(t.Image()) }},
		{Title: "ERROR", Min: 20, Drop: 2, Flex: true,
			Cell: func(f table.Data, t TaskRow) table.Cell {
				if own := taskError(f.Cluster, t.Task); own != "" {
					return table.Cell{Text: model.Brief(own), Status: errorStatus(t)}
				}
				if last := formerFailure(t); last != nil {
					return table.Cell{Text: lastWord + model.Brief(model.Reason(last)), Dim: true}
				}
				return table.Cell{}
			}},
		{Title: "DESIRED", Wide: true,
			Cell: func(_ table.Data, t TaskRow) table.Cell { return text(string(t.Desired)) }},
		{Title: "ADDRESS", Wide: true,
			Cell: func(_ table.Data, t TaskRow) table.Cell { return text(t.Addresses) }},
		{Title: "PORTS", Wide: true,
			Cell: func(f table.Data, t TaskRow) table.Cell { return text(ports(published(f.Cluster, t.Task))) }},
		{Title: "HOLDS", Wide: true, Sparse: true,
			Cell: func(_ table.Data, t TaskRow) table.Cell {
				return table.Cell{Text: strings.Join(model.GenericWords(t.Holds), " ")}
			}},
		{Title: "DIGEST", Wide: true,
			Cell: func(_ table.Data, t TaskRow) table.Cell { return text(model.Digest(t.Image())) }},
		{Title: "CREATED", Right: true, Wide: true,
			Cell:    func(_ table.Data, t TaskRow) table.Cell { return since(t.CreatedAt) },
			Compare: by(func(_ table.Data, t TaskRow) int64 { return -t.CreatedAt.UnixNano() })},
		{Title: "CONTAINER", Wide: true,
			Cell: func(_ table.Data, t TaskRow) table.Cell { return text(model.ShortID(t.ContainerID)) }},
		{Title: "ID", Wide: true,
			Cell: func(_ table.Data, t TaskRow) table.Cell { return text(string(t.ID)) }},
	},
	Rows: func(f table.Data, s Scope) []TaskRow { return taskRows(f.Cluster, s) },
	Known: func(f table.Data, s Scope) bool {
		_, at := tasksIn(f.Cluster, s)
		return !at.IsZero() || f.Cluster.Ready() && s.gone(f.Cluster)
	},
	ID:    func(t TaskRow) model.Ref { return t.ID.Ref() },
	Title: func(c *model.Cluster, t TaskRow) string { return c.TaskName(t.Task) },
	Labels: func(c *model.Cluster, t TaskRow) map[string]string {
		if s := c.Service(t.ServiceID); s != nil {
			return s.Spec.Labels
		}
		return nil
	},
	Error: func(c *model.Cluster, t TaskRow) string {
		if own := taskError(c, t.Task); own != "" {
			if d := c.Shortage(t.Task).Detail; d != "" {
				own += ": " + d
			}
			return own
		}
		return formerError(t)
	},
	Wrong: func(c *model.Cluster, t TaskRow) bool {
		_, status := t.Status(c.Node(t.NodeID))
		return status >= model.Warning || taskError(c, t.Task) != "" || formerError(t) != ""
	},
	Interest: func(s Scope) model.Interest {
		if s.Of != (model.Ref{}) {
			return model.InterestIn(s.Of)
		}
		return model.InterestIn(model.KindTask.All())
	},
	Enter: func(*model.Cluster, TaskRow) Link { return Link{Describe: true} },
	Empty: noTasks,
}

// spec says in a word whether a task was made from the service's present
// specification: of each task while an update goes on or was stopped, and else
// of those that were not.
func spec(c *model.Cluster, t TaskRow) table.Cell {
	s := c.Service(t.ServiceID)
	switch {
	case s == nil:
		return table.Cell{}
	case !s.UpToDate(t.Task):
		return table.Cell{Text: "old", Dim: t.Past}
	case s.MidUpdate():
		return table.Cell{Text: "new", Dim: t.Past}
	}
	return table.Cell{}
}

// published are the ports of a task: those of its own node, and while it runs
// those that the swarm publishes for its service.
func published(c *model.Cluster, t *model.Task) []model.PortRange {
	own := model.PortRanges(t.Ports)
	if s := c.Service(t.ServiceID); s != nil && t.State == swarm.TaskStateRunning {
		for _, r := range s.Ports() {
			if !r.Host {
				own = append(own, r)
			}
		}
	}
	return own
}

// taskError is why a task does not run; empty for one that runs, or ended as it
// was meant to.
func taskError(c *model.Cluster, t *model.Task) string {
	if t.Err != "" || t.Bad() || t.Unallocated(c.At) {
		return c.Reason(t)
	}
	if t.Exited && t.ExitCode != 0 && t.Terminal() {
		return fmt.Sprintf("exit %d", t.ExitCode)
	}
	return ""
}

// formerFailure is the slot's last task that failed, while its present one does
// not run either; nil for none.
func formerFailure(t TaskRow) *model.Task {
	if t.Past || t.Terminal() || t.State == swarm.TaskStateRunning {
		return nil
	}
	return t.Restarts.Last
}

// lastWord stands before the reason of a task that is no more.
const lastWord = "last: "

// formerError is why that task failed.
func formerError(t TaskRow) string {
	if last := formerFailure(t); last != nil {
		return lastWord + model.Reason(last)
	}
	return ""
}

func errorStatus(t TaskRow) model.Status {
	if t.Past {
		return model.Neutral
	}
	return model.Broken
}

// tasksIn are the known tasks of a scope, and when they were read whole.
func tasksIn(c *model.Cluster, s Scope) ([]*model.Task, time.Time) {
	if s.Of != (model.Ref{}) {
		return c.TasksUnder(s.Of)
	}
	return c.Tasks()
}

// taskRows are the present tasks of each slot: those that have not ended, or
// the newest where all have. With Past, the others follow below, newest first.
func taskRows(c *model.Cluster, s Scope) []TaskRow {
	tasks, at := tasksIn(c, s)
	node := s.Of.Node()
	out := make([]TaskRow, 0, len(tasks))
	if node != "" {
		tasks = withSlots(c, tasks)
	}
	for _, slot := range slotsByName(c, tasks) {
		if s.Stack != "" && !s.holds(c.Service(slot[0].ServiceID)) {
			continue
		}
		known := node == "" || slotKnown(c, slot, at)
		restarts := c.SlotRestarts(slot)
		if !known {
			restarts = model.Restarts{Last: restarts.Last}
		}
		for i, t := range slot {
			if node != "" && t.NodeID != node {
				continue
			}
			ended := t.Terminal() || node == "" && abandoned(c, t)
			past := ended && (i > 0 || node != "" && leftNode(t, known))
			if past && !s.Past {
				continue
			}
			out = append(out, TaskRow{Task: t, Past: past, Restarts: restarts})
		}
	}
	return out
}

// withSlots adds to the tasks of a node what is known of the same services on
// other nodes, where a slot may have been before, or have gone.
func withSlots(c *model.Cluster, tasks []*model.Task) []*model.Task {
	var out []*model.Task
	for i, t := range tasks {
		if i == 0 || t.ServiceID != tasks[i-1].ServiceID {
			all, _ := c.TasksOf(t.ServiceID)
			out = append(out, all...)
		}
	}
	return out
}

// abandoned reports whether a task was told to stop on a node that is lost.
// Whether it ever did is not known; where its slot has another, that one counts.
func abandoned(c *model.Cluster, t *model.Task) bool {
	n := c.Node(t.NodeID)
	return !t.Wanted() && n != nil && n.Lost()
}

// leftNode reports whether a task that ended, the newest known of its slot, is no
// matter of its node any more: it was stopped, as on a node that is drained, or
// its slot may have gone elsewhere.
func leftNode(t *model.Task, known bool) bool {
	return !t.Wanted() && (!known || t.State == swarm.TaskStateShutdown)
}

// slotKnown reports whether all tasks of a slot are known that has one on a node,
// the tasks of which were read at some time. The node alone tells that of its
// task of a global service.
func slotKnown(c *model.Cluster, slot []*model.Task, nodeAt time.Time) bool {
	_, at := c.TasksOf(slot[0].ServiceID)
	if s := c.Service(slot[0].ServiceID); s != nil && (s.Mode() == model.ModeGlobal || s.Mode() == model.ModeGlobalJob) && nodeAt.After(at) {
		at = nodeAt
	}
	return !at.Before(slot[0].UpdatedAt)
}

// slotsByName are the slots of tasks. Those of a global service, which stand in
// the order of their nodes' IDs, are put into that of the nodes' names.
func slotsByName(c *model.Cluster, tasks []*model.Task) [][]*model.Task {
	slots := make([][]*model.Task, 0, len(tasks))
	model.Slots(tasks, func(slot []*model.Task) { slots = append(slots, slot) })
	rank := make(map[model.NodeID]int, len(c.Nodes()))
	for i, n := range c.Nodes() {
		rank[n.Key()] = i - len(c.Nodes()) // Unknown nodes come last.
	}
	for from, to := 0, 0; from < len(slots); from = to {
		first := slots[from][0]
		for to = from + 1; to < len(slots) && slots[to][0].ServiceID == first.ServiceID; to++ {
		}
		if slots[to-1][0].Slot == 0 { // A job's first slot is 0, too, but not its last.
			slices.SortStableFunc(slots[from:to], func(a, b []*model.Task) int {
				return cmp.Compare(rank[a[0].NodeID], rank[b[0].NodeID])
			})
		}
	}
	return slots
}
