package subject

import (
	"fmt"

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

// openLogs follows the logs of an object, or of all marked ones.
func openLogs(e screen.Env, o screen.Object) tea.Cmd {
	c := e.Snapshot()
	if c == nil {
		return nil
	}
	if l, ok := e.Screen().(screen.Selector); ok {
		if all := l.Chosen(); len(all) > 1 && all[0].Ref.Kind == o.Ref.Kind {
			return openLogsOf(e, all)
		}
	}
	return follow(e, o, o.Name, c.LogsOf(o.Ref))
}

// openLogsOf follows the logs of several objects. What the screen is about is
// none of them: an action there would be for one alone.
func openLogsOf(e screen.Env, all []screen.Object) tea.Cmd {
	var from model.LogSource
	for _, o := range all {
		from = from.And(e.Snapshot().LogsOf(o.Ref))
	}
	return follow(e, screen.Object{}, fmt.Sprintf("%d %ss", len(all), all[0].Ref.Kind), from)
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
	return follow(e, failed, failed.Name+" (failed)", model.LogSource{Tasks: []model.TaskID{t.ID}})
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

// follow opens a log.
func follow(e screen.Env, of screen.Object, title string, from model.LogSource) tea.Cmd {
	ctx, opener := e.Logs()
	l, err := logs.Follow(ctx, opener, e.Snapshot(), of, title, from, e.LogLimits())
	if err != nil {
		e.Say(theme.Broken, "no logs: "+err.Error())
		return nil
	}
	return e.Open(l)
}

// pairOf are a service and the one beside it, the older one first.
func pairOf(e screen.Env, o screen.Object) []screen.Object {
	c := e.Snapshot()
	if c == nil || c.Service(o.Ref.Service()) == nil {
		return nil
	}
	blue, green := c.Service(o.Ref.Service()), c.Green(o.Ref.Service())
	if m, marked := blue.GreenMark(); marked {
		blue, green = c.Service(m.Blue), blue
	}
	if blue == nil || green == nil {
		return nil
	}
	var out []screen.Object
	for _, s := range []*model.Service{blue, green} {
		ref := s.Key().Ref()
		out = append(out, screen.Object{Ref: ref, Row: ref, Name: s.Name()})
	}
	return out
}

func pairLogsReason(e screen.Env, o screen.Object) string {
	if pairOf(e, o) == nil {
		return "no other service stands beside it"
	}
	return ""
}

// openPairLogs follows the logs of a service and of the one beside it.
func openPairLogs(e screen.Env, o screen.Object) tea.Cmd {
	if both := pairOf(e, o); both != nil {
		return openLogsOf(e, both)
	}
	return nil
}
