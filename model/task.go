package model

import (
	"encoding/json"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Task is one task of the swarm, reduced to what the console uses: a list of
// ten thousand of them must fit into a few megabytes. Read only.
type Task struct {
	ID        TaskID
	ServiceID ServiceID
	NodeID    NodeID // empty while the task has no node
	Slot      int    // 0 for tasks of global services
	Version   uint64

	// CreatedAt and UpdatedAt are the manager's clock; UpdatedAt moves when
	// the desired state changes.
	CreatedAt, UpdatedAt time.Time
	// StateAt is when State was reached by the clock of the task's node.
	StateAt time.Time

	State, Desired swarm.TaskState
	// Message and Err are the engine's words, whole and not yet made safe for
	// a terminal.
	Message, Err string
	// ExitCode is the container's; it means something only with Exited.
	ExitCode    int
	Exited      bool
	ContainerID string

	// Addresses are the task's own on its networks, Ports those that are open on
	// its node for it alone, and Holds the generic resources that it was given.
	Addresses string
	Ports     []swarm.PortConfig
	Holds     []swarm.GenericResource

	// Job is set for a task of a job. JobIteration tells the job's runs apart;
	// the first can be 0.
	Job          bool
	JobIteration uint64
	// Spec is what the task was created from. Tasks with equal specs share it.
	Spec *TaskSpec

	perNode bool // set by a Builder: the task is one of a global job
}

// TaskSpec is a task's specification with its [Fingerprint]. Read only, and
// shared by all tasks that were created from the same one.
type TaskSpec struct {
	swarm.TaskSpec
	Print Fingerprint
}

// Fingerprint stands for the part of a task specification that decides whether
// a task is up to date with its service. 0 means unknown.
type Fingerprint uint64

// FingerprintOf computes the fingerprint of a task specification.
//
// The engine compares the whole specification (swarmkit
// manager/orchestrator/task.go, IsTaskDirty) except the placement, a change of
// which leaves a task alone while its node still fits. Runtime is absent from
// tasks where services say "container", so it is left out as well.
func FingerprintOf(spec *swarm.TaskSpec) Fingerprint {
	if spec == nil {
		return 0
	}
	c := *spec
	c.Runtime, c.Placement = "", nil
	b, err := json.Marshal(&c)
	if err != nil {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write(b)
	return Fingerprint(h.Sum64())
}

// Image is the image as the task's specification names it, with its digest.
func (t *Task) Image() string {
	if t.Spec == nil || t.Spec.ContainerSpec == nil {
		return ""
	}
	return t.Spec.ContainerSpec.Image
}

// Reserved is what the task reserves on its node.
func (t *Task) Reserved() swarm.Resources {
	if t.Spec == nil || t.Spec.Resources == nil || t.Spec.Resources.Reservations == nil {
		return swarm.Resources{}
	}
	return *t.Spec.Resources.Reservations
}

// Terminal reports whether the task has ended and will never run again.
func (t *Task) Terminal() bool { return Terminal(t.State) }

// Terminal reports whether a task in that state has ended. The states are
// ordered and a task never goes back (swarmkit design/task_model.md).
func Terminal(s swarm.TaskState) bool {
	switch s {
	case swarm.TaskStateComplete, swarm.TaskStateShutdown, swarm.TaskStateFailed,
		swarm.TaskStateRejected, swarm.TaskStateRemove, swarm.TaskStateOrphaned:
		return true
	default:
		return false
	}
}

// Since is when the task came into its state, by the manager's clock as long as
// no node is at work on it. A node says so by its own clock, which may be wrong: the
// manager took it in no earlier than it made the task, and no later than the task last
// changed there.
func (t *Task) Since() time.Time {
	if t.NodeID == "" || t.StateAt.IsZero() {
		return t.CreatedAt
	}
	at := t.StateAt
	if t.UpdatedAt.After(t.CreatedAt) {
		at = earliest(at, t.UpdatedAt)
	}
	return later(t.CreatedAt, at)
}

// Wanted reports whether the swarm still means the task to run. Tasks that are
// not wanted are a slot's history, or are being stopped.
func (t *Task) Wanted() bool {
	switch t.Desired {
	case swarm.TaskStateReady, swarm.TaskStateRunning, swarm.TaskStateComplete:
		return true
	default:
		return false
	}
}

// Bad reports whether the task ended in a way nobody asked for.
func (t *Task) Bad() bool {
	return t.State == swarm.TaskStateFailed || t.State == swarm.TaskStateRejected || t.State == swarm.TaskStateOrphaned
}

// Place is the number of the task's slot; jobs count theirs from 0.
func (t *Task) Place() string { return strconv.Itoa(t.Slot) }

// Unhealthy reports whether the engine ended the task because its health check
// failed.
func (t *Task) Unhealthy() bool { return strings.Contains(t.Err, "unhealthy container") }

// KindTask is the kind of tasks.
const KindTask Kind = "task"

var _ = register(KindInfo{
	Kind: KindTask, Plural: "tasks", Path: "/tasks",
	Find: func(c *Cluster, id string) (Meta, bool) {
		t := c.Task(TaskID(id))
		if t == nil {
			return Meta{}, false
		}
		m := Meta{Ref: t.ID.Ref(), Name: c.TaskName(t), Version: t.Version, Created: t.CreatedAt, Updated: t.UpdatedAt, Moved: t.Since()}
		if s := c.Service(t.ServiceID); s != nil {
			m.Stack, m.Labels = s.Stack(), s.Spec.Labels
		}
		return m, true
	},
	Names: serviceNames, // Nobody types the name of one task.
	Logs: func(c *Cluster, id string) LogSource {
		if c.Task(TaskID(id)) != nil {
			return LogSource{Tasks: []TaskID{TaskID(id)}}
		}
		return LogSource{}
	},
	Shown: func(c *Cluster, id string) []Ref {
		if t := c.Task(TaskID(id)); t != nil {
			return []Ref{t.ServiceID.Ref(), KindNetwork.All()}
		}
		return nil
	},
})
