package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// LogWatch looks after a log that is followed, and says in sentences what the
// engine's stream leaves out: replicas that never started, nodes that cannot be
// heard, tasks that join and leave.
type LogWatch struct {
	of LogSource

	begun  bool
	lost   map[NodeID]bool
	failed map[failedStart]bool
	tasks  map[TaskID]string // those that are heard, by their names
	// stopped are those of them that are to stop; unkept the services of which it
	// was said that nothing is kept.
	stopped map[TaskID]bool
	unkept  map[ServiceID]bool
	// blind is what was said of a swarm that cannot be read; empty while it can.
	// late is since when an engine had not answered of which that was said last.
	blind string
	late  time.Time
}

// failedStart is what was said of a replica that never started.
type failedStart struct {
	service ServiceID
	slot    slotKey
	reason  string
}

// Hearing is how many of the replicas that should write into a log do.
type Hearing struct {
	Heard, Wanted int
	// Known is set where the tasks were read; otherwise nothing is known.
	Known bool
}

// lateAgain is how long after an engine was late that is not said again: a busy one is
// late over and over.
const lateAgain = time.Minute

// WatchLog watches a log.
func WatchLog(of LogSource) *LogWatch {
	return &LogWatch{
		of: of, lost: map[NodeID]bool{}, failed: map[failedStart]bool{}, tasks: map[TaskID]string{},
		stopped: map[TaskID]bool{}, unkept: map[ServiceID]bool{},
	}
}

// Observe says what is new since it was last called.
func (w *LogWatch) Observe(c *Cluster) []string {
	if c == nil {
		return nil
	}
	out := append(w.unread(c), w.lostNodes(c)...)
	slots, known := w.slots(c)
	out = append(out, w.notKept(c, slots)...)
	out = append(out, w.failedStarts(c, slots)...)
	if known {
		out = append(out, w.comings(c, slots)...)
	}
	return out
}

// unread says that the swarm cannot be read, or can be again. Lines come through the
// same engine: one that hangs is told by nothing else from tasks that are silent.
func (w *LogWatch) unread(c *Cluster) []string {
	said := ""
	switch o := c.Outage; {
	case o == nil && w.blind != "":
		w.blind = ""
		return []string{"the swarm is read again"}
	case o == nil:
		return nil
	case o.Waiting:
		said = "the engine has not answered since " + o.Since.Local().Format(time.TimeOnly) + ": lines may come late"
	default:
		why := MaskError(o.Err)
		var trouble *Trouble
		if errors.As(o.Err, &trouble) {
			why = trouble.Headline()
		}
		said = "the swarm cannot be read since " + o.Since.Local().Format(time.TimeOnly) + ": " + why + "; lines may come late, or be missing"
	}
	if o := c.Outage; o.Waiting {
		if w.blind != "" || o.Since.Sub(w.late) < lateAgain {
			return nil
		}
		w.late = o.Since
	}
	if w.blind == said {
		return nil
	}
	w.blind = said
	return []string{said}
}

// Hearing counts the replicas.
func (w *LogWatch) Hearing(c *Cluster) (h Hearing) {
	if _, one := w.of.OneTask(); c == nil || one {
		return h
	}
	slots, known := w.slots(c)
	h.Known = known
	for _, slot := range slots {
		if !slices.ContainsFunc(slot, (*Task).Wanted) {
			continue // It was scaled away.
		}
		h.Wanted++
		if slices.ContainsFunc(slot, c.heard) {
			h.Heard++
		}
	}
	return h
}

// slots are the slots that the log is of, and whether all of them were read.
func (w *LogWatch) slots(c *Cluster) (out [][]*Task, known bool) {
	tasks, known := w.of.In(c)
	Slots(tasks, func(slot []*Task) { out = append(out, slot) })
	return out, known
}

// heard reports whether what a task writes now, or has written to its end,
// reaches the log.
func (c *Cluster) heard(t *Task) bool { return c.writes(t) && !c.Service(t.ServiceID).KeepsNoLog() }

// KeepsNoLog reports whether the engine is told to keep nothing of what the tasks of
// the service write.
func (s *Service) KeepsNoLog() bool {
	return s != nil && s.Spec.TaskTemplate.LogDriver != nil && s.Spec.TaskTemplate.LogDriver.Name == "none"
}

// writes reports whether a task writes now, or has written to its end, on a node that
// can be asked.
func (c *Cluster) writes(t *Task) bool {
	switch t.State {
	case swarm.TaskStateStarting, swarm.TaskStateRunning:
		return !c.onLostNode(t)
	case swarm.TaskStateComplete:
		return t.Job && !c.onLostNode(t)
	default:
		return false
	}
}

func (c *Cluster) onLostNode(t *Task) bool {
	n := c.Node(t.NodeID)
	return n != nil && n.Lost()
}

// neverStarted reports whether a task got no container, so that it can have
// written nothing, and the engine said why.
func (t *Task) neverStarted() bool {
	if t.ContainerID != "" || t.Exited || t.Err == "" {
		return false
	}
	switch t.State {
	case swarm.TaskStateRunning, swarm.TaskStateComplete, swarm.TaskStateShutdown, swarm.TaskStateRemove, swarm.TaskStateOrphaned:
		return false
	default:
		return true
	}
}

// lostNodes says which nodes with tasks of the log are down. An engine that
// follows the logs of a service leaves such a node out without a word.
func (w *LogWatch) lostNodes(c *Cluster) (out []string) {
	for _, n := range c.Nodes() {
		if !n.Lost() {
			if w.lost[n.Key()] {
				out = append(out, c.NodeName(n.Key())+" is back: what its tasks write is heard again")
			}
			delete(w.lost, n.Key())
			continue
		}
		if w.lost[n.Key()] {
			continue
		}
		if tasks := w.tasksOn(c, n.Key()); len(tasks) > 0 {
			w.lost[n.Key()] = true
			out = append(out, fmt.Sprintf("%s is down: what %s wrote there is missing here", c.NodeName(n.Key()), listed(tasks)))
		}
	}
	return out
}

// tasksOn are the names of the log's tasks that ran on a node, each once.
func (w *LogWatch) tasksOn(c *Cluster, node NodeID) []string {
	var out []string
	tasks, _ := w.of.In(c)
	for _, t := range tasks {
		if t.NodeID == node && !t.neverStarted() && !slices.Contains(out, c.TaskName(t)) {
			out = append(out, c.TaskName(t))
		}
	}
	return out
}

// notKept says of which services there is nothing to read. The engine does not say it:
// it answers with an empty stream.
func (w *LogWatch) notKept(c *Cluster, slots [][]*Task) []string {
	var names []string
	for _, slot := range slots {
		id := slot[0].ServiceID
		if s := c.Service(id); s.KeepsNoLog() && !w.unkept[id] {
			w.unkept[id] = true
			names = append(names, s.Name())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []string{listed(names) + `: the log driver is "none", so the engine keeps no logs`}
}

// failedStarts says which replicas have no container and why, once for each
// reason, until they run.
func (w *LogWatch) failedStarts(c *Cluster, slots [][]*Task) (out []string) {
	names := map[string][]string{}
	var reasons []string
	for _, slot := range slots {
		t := slot[0]
		if c.writes(t) {
			w.forget(t)
			continue
		}
		i := slices.IndexFunc(slot, (*Task).neverStarted)
		if i < 0 || i > 1 { // The newest may be the next attempt.
			continue
		}
		reason := c.Reason(slot[i])
		key := failedStart{t.ServiceID, t.slotKey(), reason}
		if w.failed[key] {
			continue
		}
		w.failed[key] = true
		if names[reason] == nil {
			reasons = append(reasons, reason)
		}
		names[reason] = append(names[reason], c.TaskName(slot[i]))
	}
	for _, reason := range reasons {
		out = append(out, listed(names[reason])+" never started, so there is nothing to read: "+reason)
	}
	return out
}

// forget lets what was said of a slot be said again.
func (w *LogWatch) forget(t *Task) {
	for key := range w.failed {
		if key.service == t.ServiceID && key.slot == t.slotKey() {
			delete(w.failed, key)
		}
	}
}

// comings says which tasks have come and gone since the last look.
func (w *LogWatch) comings(c *Cluster, slots [][]*Task) (out []string) {
	now := map[TaskID]string{}
	for _, slot := range slots {
		for _, t := range slot {
			if !c.heard(t) {
				continue
			}
			now[t.ID] = c.TaskName(t)
			w.stopped[t.ID] = !t.Wanted()
			if w.begun && w.tasks[t.ID] == "" {
				out = append(out, fmt.Sprintf("%s joins: it runs on %s", c.TaskName(t), c.NodeName(t.NodeID)))
			}
		}
	}
	for id, name := range w.tasks {
		t := c.Task(id)
		switch {
		case now[id] != "", t != nil && c.onLostNode(t): // Its node is said to be down.
		case t == nil:
			out = append(out, name+" leaves: it was removed")
		case w.stopped[id]: // How it ended says nothing then: many are killed in the end.
			out = append(out, name+" leaves: it was stopped")
		default:
			out = append(out, name+" leaves: "+c.Plain(t))
		}
	}
	for id := range w.stopped {
		if now[id] == "" {
			delete(w.stopped, id)
		}
	}
	w.tasks, w.begun = now, true
	slices.Sort(out)
	return out
}

// listed are names in a sentence: a few of them, and how many more.
func listed(names []string) string {
	const few = 3
	if more := len(names) - few; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:few], ", "), more)
	}
	return strings.Join(names, ", ")
}
