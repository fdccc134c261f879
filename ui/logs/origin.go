package logs

import (
	"sync"

	"skep/internal/logstream"
	"skep/model"
)

// Origin is where a line comes from.
type Origin struct {
	Name, Service, Node string
	Live                bool
	// series is a number for its colour.
	series int
}

// Origins tells where lines come from, for as long as they may be shown: the engine
// forgets tasks, a log does not. It may be asked from several goroutines.
type Origins struct {
	mu sync.Mutex
	of map[model.TaskID]Origin
}

// namesKept bounds how many tasks are remembered; a restart loop makes a new one
// every few seconds.
const namesKept = 4096

// OfLine is where a line comes from, as a snapshot knows it.
func (o *Origins) OfLine(c *model.Cluster, l *logstream.Line) Origin {
	out := o.OfTask(c, model.TaskID(l.Task))
	if c != nil {
		out.Node = c.NodeName(model.NodeID(l.Node))
	}
	return out
}

// OfTask is where the lines of a task come from, but for its node; its name is empty
// where no snapshot knew it.
func (o *Origins) OfTask(c *model.Cluster, id model.TaskID) Origin {
	o.mu.Lock()
	defer o.mu.Unlock()
	out, kept := o.of[id]
	out.Live = false
	if c == nil {
		return out
	}
	t := c.Task(id)
	if t == nil {
		return out
	}
	s := c.Service(t.ServiceID)
	if s == nil && kept {
		return out // Its name has gone with the service.
	}
	out = Origin{Name: c.TaskName(t), Live: t.Log() == model.LogGrows, series: t.Slot}
	if s != nil {
		out.Service = s.Name()
	}
	if t.Slot == 0 && t.NodeID != "" {
		out.series = nodeSeries(t.NodeID)
	}
	if o.of == nil || len(o.of) >= namesKept && !kept {
		o.of = map[model.TaskID]Origin{}
	}
	o.of[id] = out
	return out
}

// nodeSeries is a number that stays with a node, for tasks that have no slot.
func nodeSeries(id model.NodeID) int {
	n := 0
	for _, b := range []byte(id) {
		n += int(b)
	}
	return n
}
