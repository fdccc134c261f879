package detail

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/theme"
)

// How many of a service's tasks are listed.
const lastTasks = 10

// lastTasks are a service's newest tasks.
func (s *sheet) lastTasks(svc *model.Service) {
	all, at := s.in.Cluster.TasksOf(svc.Key())
	tasks := slices.Clone(all)
	slices.SortStableFunc(tasks, func(a, b *model.Task) int { return b.CreatedAt.Compare(a.CreatedAt) })
	title := fmt.Sprintf("Last tasks (%d)", len(tasks))
	if len(tasks) > lastTasks {
		title = fmt.Sprintf("Last tasks (%d of %d)", lastTasks, len(tasks))
		tasks = tasks[:lastTasks]
	}
	s.section(title)
	s.taskRows(tasks, at, true)
}

// taskRows lists tasks with their errors, whole, below them.
func (s *sheet) taskRows(tasks []*model.Task, readAt time.Time, withNode bool) {
	if len(tasks) == 0 {
		if readAt.IsZero() {
			s.none("the tasks have not been read yet")
		} else {
			s.none("none")
		}
		return
	}
	rows := make([][]Span, len(tasks))
	for i, t := range tasks {
		word, status := t.Status(s.in.Cluster.Node(t.NodeID))
		node := "-"
		if t.NodeID != "" {
			node = s.in.Cluster.NodeName(t.NodeID)
		}
		rows[i] = []Span{plain(s.in.Cluster.TaskName(t)), s.status(word, status)}
		if withNode {
			rows[i] = append(rows[i], plain(node))
		}
		rows[i] = append(rows[i], dim(s.age(t.Since())))
	}
	from := len(s.lines)
	s.grid(rows)
	// The errors go between the rows, which had to be measured together.
	made := slices.Clone(s.lines[from:])
	s.lines = s.lines[:from]
	for i, t := range tasks {
		s.lines = append(s.lines, made[i])
		if why := taskError(s.in.Cluster, t); why != "" {
			role := theme.Dim
			if !t.Terminal() || i == 0 {
				role = theme.Broken
			}
			s.itemAt(indent+indent, Span{Text: why, Role: role})
		}
	}
	if readAt.IsZero() {
		s.none("there may be more: not all were read yet")
	}
}

// unhealthy is what the end of a container means that failed its health check.
const unhealthy = "killed: health check failed (exit 137)"

// explained is the engine's error, with the resources that it does not name.
func explained(c *model.Cluster, t *model.Task) string {
	lack := c.Shortage(t)
	if lack.Detail == "" {
		return t.Err
	}
	return lack.Explain(t.Err) + "\n" + lack.Detail
}

// taskError is why a task does not run; empty for one that does, or that ended
// as it was meant to.
func taskError(c *model.Cluster, t *model.Task) string {
	code := ""
	if t.Exited && t.ExitCode != 0 && t.Terminal() {
		code = fmt.Sprintf("exit %d", t.ExitCode)
		switch m := exitMeaning(t.ExitCode); {
		case m != "":
			code += ": " + m
		case t.Err != "":
			code = "" // The error names it already.
		}
	}
	switch {
	case t.Unhealthy():
		return t.Err + "\n" + unhealthy
	case t.Err != "" && code != "":
		return t.Err + "\n" + code
	case t.Err != "":
		return explained(c, t)
	case code != "":
		return code
	case t.Bad(), t.Unallocated(c.At):
		return model.Reason(t)
	}
	return ""
}

var _ = describes(model.KindTask, (*sheet).task)

// task describes a task.
func (s *sheet) task() {
	var raw swarm.Task
	err := decode(s.in.Doc.Raw, &raw)
	if raw.ID != s.in.Ref.ID {
		raw = swarm.Task{}
	}
	t := s.in.Cluster.Task(model.TaskID(s.in.Ref.ID))
	gone := t == nil
	if gone {
		t = taskOf(&raw)
	}
	if t == nil {
		s.missing()
		return
	}
	s.taskStatus(t, gone)
	if err != nil {
		s.damage(model.MaskError(err))
	}
	s.attachments(&raw)
	s.taskSpec(t)
	s.slotHistory(t)
}

// taskOf makes a task from a document; nil from an empty one.
func taskOf(raw *swarm.Task) *model.Task {
	if raw.ID == "" {
		return nil
	}
	t := &model.Task{
		ID: model.TaskID(raw.ID), ServiceID: model.ServiceID(raw.ServiceID), NodeID: model.NodeID(raw.NodeID),
		Slot: raw.Slot, Version: raw.Version.Index, CreatedAt: raw.CreatedAt, UpdatedAt: raw.UpdatedAt,
		StateAt: raw.Status.Timestamp, State: raw.Status.State, Desired: raw.DesiredState,
		Message: model.MaskText(raw.Status.Message), Err: model.MaskText(raw.Status.Err),
		Spec: &model.TaskSpec{TaskSpec: raw.Spec, Print: model.FingerprintOf(&raw.Spec)},
	}
	if c := raw.Status.ContainerStatus; c != nil {
		t.ExitCode, t.ContainerID, t.Exited = c.ExitCode, c.ContainerID, model.Terminal(t.State)
	}
	if raw.JobIteration != nil {
		t.Job, t.JobIteration = true, raw.JobIteration.Index
	}
	return t
}

func (s *sheet) taskStatus(t *model.Task, gone bool) {
	c := s.in.Cluster
	node := c.Node(t.NodeID)
	s.section("Task " + c.TaskName(t))
	word, status := t.Status(node)
	lasts := ""
	switch {
	case t.Terminal():
		lasts = s.agoWords(t.Since())
	case !unset(t.Since()):
		lasts = " for " + s.age(t.Since())
	}
	s.field("State", s.status(word, status), plain(lasts))
	if gone {
		s.more(dim("not among the tasks that were read; it may no longer exist"))
	}
	if word == "node lost" {
		s.more(dim("recorded as " + string(t.State) + ", but its node is not ready"))
	}
	s.field("Desired state", plain(string(t.Desired)))
	if t.Err != "" {
		s.field("Error", Span{Text: explained(c, t), Role: theme.Broken})
	}
	s.text("Message", t.Message)
	if t.Exited {
		meaning := exitMeaning(t.ExitCode)
		if t.Unhealthy() {
			meaning = unhealthy
		}
		s.field("Exit code", plain(strings.TrimSuffix(fmt.Sprintf("%d (%s)", t.ExitCode, meaning), " ()")))
	}
	s.text("ID", string(t.ID))
	if svc := c.Service(t.ServiceID); svc != nil {
		s.text("Service", svc.Name())
		if !svc.UpToDate(t) {
			s.more(Span{Text: "from an older spec", Role: theme.Warning})
		}
	} else {
		s.field("Service", plain(nameOr(string(t.ServiceID), "none")), dim(" (not in the swarm, or not read yet)"))
	}
	if t.Slot != 0 || t.Job {
		s.field("Slot", plain(t.Place()))
	}
	if t.JobIteration != 0 {
		s.field("Run", plain(fmt.Sprint(t.JobIteration)))
	}
	s.taskNode(t, node)
	s.text("Container", t.ContainerID)
	s.ago("Created", t.CreatedAt)
	s.ago("Updated", t.UpdatedAt)
}

func (s *sheet) taskNode(t *model.Task, node *model.Node) {
	switch {
	case t.NodeID == "":
		s.field("Node", dim("none yet"))
	case node == nil:
		s.field("Node", plain(string(t.NodeID)), dim(" (not in the swarm, or not read yet)"))
	default:
		s.field("Node", plain(s.in.Cluster.NodeName(t.NodeID)+" "), s.status(nodeState(node)))
		s.text("Address", node.Status.Addr)
	}
}

// attachments are the networks that the task is on; only its document has them.
func (s *sheet) attachments(raw *swarm.Task) {
	s.section("Networks and ports")
	if raw.ID == "" {
		s.none("the task has not been read yet")
		return
	}
	before := len(s.lines)
	for _, n := range raw.NetworksAttachments {
		var addrs []string
		for _, a := range n.Addresses {
			if a.IsValid() {
				addrs = append(addrs, a.String())
			}
		}
		name := nameOr(n.Network.Spec.Name, s.networkName(n.Network.ID))
		s.field(name, plain(nameOr(strings.Join(addrs, ", "), "no address yet")))
	}
	s.portList(model.PortRanges(raw.Status.PortStatus.Ports))
	if len(s.lines) == before {
		s.none("no networks")
	}
}

// taskSpec is the part of the spec that explains how a task behaves.
func (s *sheet) taskSpec(t *model.Task) {
	s.section("Spec")
	if t.Spec == nil {
		s.none("not known")
		return
	}
	name, digest, _ := strings.Cut(t.Image(), "@")
	s.text("Image", name)
	s.text("Digest", digest)
	if c := t.Spec.ContainerSpec; c != nil {
		s.commandLine(c)
		s.text("User", c.User)
		if len(c.Env) > 0 {
			s.field("Environment", plain(model.Plural(len(c.Env), "variable")))
		}
	}
	if p := t.Spec.Placement; p != nil {
		s.list("Constraints", p.Constraints)
	}
	if r := t.Spec.Resources; r != nil {
		if x := r.Reservations; x != nil {
			s.field("Reservations", plain(amounts(x.NanoCPUs, x.MemoryBytes, 0, x.GenericResources)))
		}
		if x := r.Limits; x != nil {
			s.field("Limits", plain(amounts(x.NanoCPUs, x.MemoryBytes, x.Pids, nil)))
		}
	}
	s.text("Holds", strings.Join(model.GenericWords(t.Holds), ", "))
	svc := s.in.Cluster.Service(t.ServiceID)
	s.field("Restart", plain(restartWords(t.Spec.RestartPolicy, svc != nil && svc.IsJob())))
}

// slotHistory are the other tasks of the task's slot, newest first.
func (s *sheet) slotHistory(t *model.Task) {
	all, at := s.in.Cluster.TasksOf(t.ServiceID)
	var slot []*model.Task
	for _, o := range all {
		if o.ID != t.ID && model.SameSlot(t, o) {
			slot = append(slot, o)
		}
	}
	slices.SortStableFunc(slot, func(a, b *model.Task) int { return b.CreatedAt.Compare(a.CreatedAt) })
	if i := slices.IndexFunc(slot, func(o *model.Task) bool { return o.CreatedAt.Before(t.CreatedAt) }); i >= 0 {
		s.replaced(t, slot[i])
	}
	s.section(fmt.Sprintf("Task history of the slot (%d)", len(slot)))
	s.taskRows(slot, at, true)
}
