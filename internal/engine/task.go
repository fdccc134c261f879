package engine

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"time"
	"unsafe"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// Tasks lists the tasks that the query asks for, and the size of the answers
// in bytes. A service that is gone has no tasks; a node that is gone is an
// error that wraps model.ErrGone.
func (c *Client) Tasks(ctx context.Context, q model.TaskQuery) ([]*model.Task, int64, error) {
	var total int64
	for {
		tasks, size, err := c.tasks(ctx, q)
		total += size
		if err == nil || !errors.Is(err, model.ErrGone) || len(q.Services) == 0 {
			return tasks, total, err
		}
		// One unknown service spoils the whole call (moby
		// daemon/cluster/tasks.go), and between an event and this list there
		// is time enough to remove one.
		left := withoutNamed(q.Services, err)
		if len(left) == len(q.Services) {
			return c.tasksOneByOne(ctx, q, total)
		}
		if q.Services = left; len(left) == 0 {
			return nil, total, nil
		}
	}
}

// withoutNamed drops the services that the error names.
func withoutNamed(services []model.ServiceID, err error) []model.ServiceID {
	var said *ResponseError
	if !errors.As(err, &said) {
		return services
	}
	words := strings.FieldsFunc(said.Message, func(r rune) bool { return strings.ContainsRune(" \t\"'`:,;.", r) })
	return slices.DeleteFunc(slices.Clone(services), func(id model.ServiceID) bool {
		return slices.Contains(words, string(id))
	})
}

func (c *Client) tasksOneByOne(ctx context.Context, q model.TaskQuery, total int64) ([]*model.Task, int64, error) {
	var all []*model.Task
	for _, id := range q.Services {
		tasks, size, err := c.tasks(ctx, model.TaskQuery{Services: []model.ServiceID{id}, Node: q.Node})
		total += size
		if err != nil && !errors.Is(err, model.ErrGone) {
			return nil, total, err
		}
		all = append(all, tasks...)
	}
	return all, total, nil
}

// tasks sends one request.
func (c *Client) tasks(ctx context.Context, q model.TaskQuery) ([]*model.Task, int64, error) {
	filter := map[string]map[string]bool{}
	if len(q.Services) > 0 {
		filter["service"] = map[string]bool{}
		for _, id := range q.Services {
			filter["service"][string(id)] = true
		}
	}
	if q.Node != "" {
		filter["node"] = map[string]bool{string(q.Node): true}
	}
	var tasks []*model.Task
	d := taskDecoder{shared: c.shared}
	size, err := c.list(ctx, call{op: "list the tasks", path: "/tasks", query: filters(filter)}, func(e *elements) error {
		task, err := d.decode(e)
		switch {
		case err != nil:
			return err
		case task.ID == "":
			return errNameless
		}
		tasks = append(tasks, task)
		return nil
	})
	if err != nil {
		return nil, size, err
	}
	return tasks, size, nil
}

func filters(f map[string]map[string]bool) url.Values {
	if len(f) == 0 {
		return nil
	}
	data, _ := json.Marshal(f) // maps of strings and booleans always marshal
	return url.Values{"filters": {string(data)}}
}

// taskDecoder decodes tasks one after the other and uses its buffers again.
type taskDecoder struct {
	shared *shared
	wire   wireTask
	cost   int // of the task that is being decoded, in bytes
}

// wireTask is a task as the engine sends it. Strings that recur stay raw until
// the table of words has been asked, which spares most of the allocations.
type wireTask struct {
	ID                   string
	Version              swarm.Version
	CreatedAt, UpdatedAt moment
	ServiceID, NodeID    json.RawMessage
	Slot                 int
	DesiredState         json.RawMessage
	JobIteration         *swarm.Version // absent unless the task is a job's
	Spec                 json.RawMessage
	NetworksAttachments  []struct{ Addresses []string }
	GenericResources     []swarm.GenericResource
	Status               struct {
		Timestamp           moment
		State, Message, Err json.RawMessage
		ContainerStatus     swarm.ContainerStatus
		PortStatus          swarm.PortStatus
	}
}

// addresses are the task's addresses on its networks, without the sizes of
// their subnets.
func (w *wireTask) addresses() string {
	var all []string
	for _, n := range w.NetworksAttachments {
		for _, a := range n.Addresses {
			host, _, _ := strings.Cut(a, "/")
			all = append(all, host)
		}
	}
	return strings.Join(all, " ")
}

// moment is a time that is zero rather than an error where it is no time.
type moment struct{ time.Time }

// UnmarshalJSON never fails.
func (m *moment) UnmarshalJSON(raw []byte) error {
	if m.Time.UnmarshalJSON(raw) != nil {
		m.Time = time.Time{}
	}
	return nil
}

// reset empties the record but keeps its buffers.
func (w *wireTask) reset() {
	kept := wireTask{ServiceID: w.ServiceID[:0], NodeID: w.NodeID[:0], DesiredState: w.DesiredState[:0], Spec: w.Spec[:0]}
	for i := range w.NetworksAttachments { // The decoder leaves what a shorter object does not name.
		w.NetworksAttachments[i].Addresses = w.NetworksAttachments[i].Addresses[:0]
	}
	kept.NetworksAttachments = w.NetworksAttachments[:0]
	kept.Status.State, kept.Status.Message, kept.Status.Err = w.Status.State[:0], w.Status.Message[:0], w.Status.Err[:0]
	*w = kept
}

// decode reads the next task. A part of the wrong type stays empty, as in the
// rest of the console a task without a state is one whose state is unknown.
func (d *taskDecoder) decode(e *elements) (*model.Task, error) {
	w := &d.wire
	w.reset()
	if err := e.into(w); err != nil {
		var mismatch *json.UnmarshalTypeError
		if !errors.As(err, &mismatch) {
			return nil, err
		}
	}
	d.cost = int(unsafe.Sizeof(model.Task{}))
	s := w.Status.ContainerStatus
	t := &model.Task{
		ID:        model.TaskID(d.text(w.ID)),
		ServiceID: model.ServiceID(d.word(w.ServiceID)),
		NodeID:    model.NodeID(d.word(w.NodeID)),
		Slot:      w.Slot,
		Version:   w.Version.Index,
		CreatedAt: w.CreatedAt.Time, UpdatedAt: w.UpdatedAt.Time, StateAt: w.Status.Timestamp.Time,
		State:   swarm.TaskState(d.word(w.Status.State)),
		Desired: swarm.TaskState(d.word(w.DesiredState)),
		Message: d.word(w.Status.Message),
		Err:     d.word(w.Status.Err),

		Addresses: d.text(w.addresses()), Ports: w.Status.PortStatus.Ports, Holds: w.GenericResources,
		ContainerID: d.text(s.ContainerID), ExitCode: s.ExitCode,
	}
	if len(w.Spec) > 0 {
		spec, cost, err := d.shared.specs.spec(w.Spec)
		if err != nil {
			return nil, err
		}
		d.cost += cost
		t.Spec = spec
	}
	if w.JobIteration != nil {
		t.Job, t.JobIteration = true, w.JobIteration.Index
	}
	// The engine sends an exit code of 0 from the start; it means something
	// once the container has ended.
	t.Exited = s.ContainerID != "" && s.PID == 0 && model.Terminal(t.State)
	if n := len(t.Ports) + len(t.Holds); n > 0 {
		shortenAll(reflect.ValueOf(t.Ports))
		shortenAll(reflect.ValueOf(t.Holds))
		d.cost += e.size + n*partWeight
	}
	return t, e.keep(d.cost)
}

// word is a string of the task that recurs in others.
func (d *taskDecoder) word(raw []byte) string {
	s, cost := d.shared.words.word(raw)
	d.cost += cost
	return s
}

// text is a string that is the task's own.
func (d *taskDecoder) text(s string) string {
	s = shorten(s, maxText)
	d.cost += len(s)
	return s
}
