package views

import (
	"cmp"
	"fmt"
	"slices"
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
	Kind:  model.KindTask, Keys: keys.Tasks, Narrows: true,
	Columns: []table.Column[TaskRow]{
		{Title: "TASK", Min: 24, Max: 48,
			Cell: func(f table.Frame, t TaskRow) table.Cell {
				name := f.Cluster.TaskName(t.Task)
				if t.Past {
					return table.Cell{Text: "  " + name, Dim: true}
				}
				return table.Cell{Text: name}
			},
			Compare: func(table.Frame, TaskRow, TaskRow) int { return 0 }},
		{Title: "STATE", Max: 14,
			Cell: func(f table.Frame, t TaskRow) table.Cell {
				word, status := t.Status(f.Cluster.Node(t.NodeID))
				if t.Past && status != model.Broken {
					return table.Cell{Text: word, Status: status, Sign: true, Dim: true}
				}
				return table.Cell{Text: word, Status: status, Sign: true}
			},
			Compare: by(func(f table.Frame, t TaskRow) model.Status {
				_, status := t.Status(f.Cluster.Node(t.NodeID))
				return -status
			})},
		{Title: "NODE", Max: 24, Drop: 3,
			Cell: func(f table.Frame, t TaskRow) table.Cell { return text(f.Cluster.NodeName(t.NodeID)) }},
		{Title: "SINCE", Right: true, Drop: 4,
			Cell:    func(_ table.Frame, t TaskRow) table.Cell { return table.Cell{Since: t.Since()} },
			Compare: by(func(_ table.Frame, t TaskRow) int64 { return -t.Since().UnixNano() })},
		{Title: "RESTARTS", Right: true, Drop: 6,
			Cell: func(_ table.Frame, t TaskRow) table.Cell {
				if t.Past {
					return table.Cell{}
				}
				return restarts(t.Restarts)
			},
			Compare: by(func(_ table.Frame, t TaskRow) int { return -t.Restarts.Count })},
		{Title: "IMAGE", CutLeft: true, Min: 14, Max: 40, Drop: 7,
			Cell: func(_ table.Frame, t TaskRow) table.Cell { return text(shortImage(t.Image())) }},
		{Title: "ERROR", Min: 20, Drop: 2, Flex: true,
			Cell: func(_ table.Frame, t TaskRow) table.Cell {
				if own := trouble(t.Task); own != "" {
					return table.Cell{Text: model.Brief(own), Status: errorStatus(t)}
				}
				return table.Cell{Text: formerTrouble(t), Dim: true}
			}},
	},
	Rows: taskRows,
	Known: func(c *model.Cluster, s Scope) bool {
		at := time.Time{}
		switch {
		case s.Service != "":
			_, at = c.TasksOf(s.Service)
		case s.Node != "":
			_, at = c.TasksOn(s.Node)
		default:
			_, at = c.Tasks()
		}
		return !at.IsZero()
	},
	ID:    func(t TaskRow) model.Ref { return t.ID.Ref() },
	Title: func(c *model.Cluster, t TaskRow) string { return c.TaskName(t.Task) },
	Labels: func(c *model.Cluster, t TaskRow) map[string]string {
		if s := c.Service(t.ServiceID); s != nil {
			return s.Spec.Labels
		}
		return nil
	},
	Match: func(dst []string, c *model.Cluster, t TaskRow) []string {
		word, _ := t.Status(c.Node(t.NodeID))
		return append(dst, c.TaskName(t.Task), word, c.NodeName(t.NodeID), shortImage(t.Image()), t.Err)
	},
	Error: func(_ *model.Cluster, t TaskRow) string {
		if own := trouble(t.Task); own != "" {
			return own
		}
		return formerTrouble(t)
	},
	Interest: func(s Scope) model.Interest {
		switch {
		case s.Service != "":
			return model.Interest{Services: []model.ServiceID{s.Service}}
		case s.Node != "":
			return model.Interest{Node: s.Node}
		}
		return model.Interest{AllTasks: true}
	},
	Enter: func(*model.Cluster, TaskRow) Link { return Link{Describe: true} },
	Empty: noTasks,
}

// trouble is why a task does not run; empty for one that runs, or ended as it
// was meant to.
func trouble(t *model.Task) string {
	if t.Err != "" || t.Bad() {
		return model.Reason(t)
	}
	if t.Exited && t.ExitCode != 0 && t.Terminal() {
		return fmt.Sprintf("exit %d", t.ExitCode)
	}
	return ""
}

// formerTrouble is why the slot's last task failed, while its present one does
// not run either.
func formerTrouble(t TaskRow) string {
	if t.Past || t.Terminal() || t.State == swarm.TaskStateRunning || t.Restarts.Last == nil {
		return ""
	}
	return "last: " + model.Reason(t.Restarts.Last)
}

func errorStatus(t TaskRow) model.Status {
	if t.Past {
		return model.Neutral
	}
	return model.Broken
}

// taskRows are the present tasks of each slot: those that have not ended, or
// the newest where all have. With Past, the others follow below, newest first.
func taskRows(c *model.Cluster, s Scope) []TaskRow {
	var tasks []*model.Task
	switch {
	case s.Service != "":
		tasks, _ = c.TasksOf(s.Service)
	case s.Node != "":
		tasks, _ = c.TasksOn(s.Node)
	default:
		tasks, _ = c.Tasks()
	}
	out := make([]TaskRow, 0, len(tasks))
	for _, slot := range slotsByName(c, tasks) {
		if s.Stack != "" && !s.holds(c.Service(slot[0].ServiceID)) {
			continue
		}
		restarts := c.SlotRestarts(slot)
		for i, t := range slot {
			past := t.Terminal() && i > 0
			if past && !s.Past {
				continue
			}
			out = append(out, TaskRow{Task: t, Past: past, Restarts: restarts})
		}
	}
	return out
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
