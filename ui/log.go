package ui

import (
	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/logs"
	"skep/ui/screen"
)

// follows reports whether the screen is the log of an object.
func (w *workspace) follows(ref model.Ref) bool {
	return w.top().Scopes()[0] == keys.Logs && w.current().Ref == ref
}

// openLogs follows the logs of an object.
func (a *App) openLogs(o screen.Object) tea.Cmd {
	if a.cluster == nil {
		return nil
	}
	from := a.cluster.LogsOf(o.Ref)
	if from.Task == nil && len(from.Services) == 0 {
		return a.fail("no logs: it no longer exists")
	}
	return a.follow(o, o.Name, from.Services, from.Task)
}

// openLastFailed shows the logs of the last task that failed.
func (a *App) openLastFailed(o screen.Object) tea.Cmd {
	t := a.lastFailed(o)
	if t == nil {
		return nil
	}
	failed := screen.Object{Ref: t.ID.Ref(), Row: t.ID.Ref(), Name: a.cluster.TaskName(t)}
	return a.follow(failed, failed.Name+" (failed)", nil, t)
}

// lastFailed is the newest task that ended badly, of a service or of the slot
// of a task.
func (w *workspace) lastFailed(o screen.Object) *model.Task {
	if w.cluster == nil {
		return nil
	}
	if id := o.Ref.Service(); id != "" {
		return w.cluster.Facts(id).Restarts.Last
	}
	t := w.task(o)
	if t == nil {
		return nil
	}
	if t.Bad() {
		return t
	}
	tasks, _ := w.cluster.TasksOf(t.ServiceID)
	var last *model.Task
	model.Slots(tasks, func(slot []*model.Task) {
		if model.SameSlot(slot[0], t) {
			last = w.cluster.SlotRestarts(slot).Last
		}
	})
	return last
}

// follow opens the log of an object: of services, or of one task.
func (a *App) follow(of screen.Object, title string, services []*model.Service, task *model.Task) tea.Cmd {
	l, err := logs.Follow(a.ctx, a.backend.Logs, a.cluster, of, title, services, task)
	if err != nil {
		return a.fail("no logs: " + err.Error())
	}
	return a.push(l)
}
