package subject

import (
	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/logs"
	"skep/ui/screen"
	"skep/ui/theme"
)

// follows reports whether the screen is the log of an object.
func follows(e screen.Env, ref model.Ref) bool {
	s := e.Screen()
	return s.Scopes()[0] == keys.Logs && s.Subjects()[0].Ref == ref
}

const followed = "this is its log"

func logsReason(e screen.Env, o screen.Object) string {
	if follows(e, o.Ref) {
		return followed
	}
	return ""
}

// openLogs follows the logs of an object.
func openLogs(e screen.Env, o screen.Object) tea.Cmd {
	c := e.Snapshot()
	if c == nil {
		return nil
	}
	from := c.LogsOf(o.Ref)
	if from.Task == nil && len(from.Services) == 0 {
		e.Say(theme.Broken, "no logs: it no longer exists")
		return nil
	}
	return follow(e, o, o.Name, from.Services, from.Task)
}

func lastFailedReason(e screen.Env, o screen.Object) string {
	switch t := lastFailed(e.Snapshot(), o); {
	case t == nil:
		return "no failed task is known"
	case follows(e, t.ID.Ref()):
		return followed
	}
	return ""
}

// openLastFailed shows the logs of the last task that failed.
func openLastFailed(e screen.Env, o screen.Object) tea.Cmd {
	t := lastFailed(e.Snapshot(), o)
	if t == nil {
		return nil
	}
	failed := screen.Object{Ref: t.ID.Ref(), Row: t.ID.Ref(), Name: e.Snapshot().TaskName(t)}
	return follow(e, failed, failed.Name+" (failed)", nil, t)
}

// lastFailed is the newest task that ended badly, of a service or of the slot
// of a task.
func lastFailed(c *model.Cluster, o screen.Object) *model.Task {
	if c == nil {
		return nil
	}
	if id := o.Ref.Service(); id != "" {
		return c.Facts(id).Restarts.Last
	}
	t := c.Task(o.Ref.Task())
	if t == nil || t.Bad() {
		return t
	}
	tasks, _ := c.TasksOf(t.ServiceID)
	var last *model.Task
	model.Slots(tasks, func(slot []*model.Task) {
		if model.SameSlot(slot[0], t) {
			last = c.SlotRestarts(slot).Last
		}
	})
	return last
}

// follow opens the log of an object: of services, or of one task.
func follow(e screen.Env, of screen.Object, title string, services []*model.Service, task *model.Task) tea.Cmd {
	ctx, opener := e.Logs()
	l, err := logs.Follow(ctx, opener, e.Snapshot(), of, title, services, task)
	if err != nil {
		e.Say(theme.Broken, "no logs: "+err.Error())
		return nil
	}
	return e.Open(l)
}
