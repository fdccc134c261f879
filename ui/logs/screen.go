package logs

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
)

// Screen is the screen of one log.
type Screen struct {
	*Pane
	object   screen.Object
	interest model.Interest
	cluster  *model.Cluster
	// named keeps the names of tasks for as long as their lines may be on the
	// screen: the engine forgets tasks, the log does not.
	named map[string]name
	// watch says what the log leaves out, and notice puts it there.
	watch  *model.LogWatch
	notice func(text string)
	// open opens a part of the log, watched is whose it is.
	open    func(s span) Source
	watched func() ([]model.ServiceID, model.TaskID)
}

type name struct {
	text   string
	series int
}

// namesKept bounds the names that a log keeps; a restart loop makes a new task
// every few seconds.
const namesKept = 4096

func (l *Screen) Crumb() string             { return l.Title() + " logs" }
func (l *Screen) Scopes() []keys.Scope      { return []keys.Scope{keys.Logs} }
func (l *Screen) Subjects() []screen.Object { return []screen.Object{l.object} }
func (l *Screen) Interest() model.Interest  { return l.interest }
func (l *Screen) Info() string              { return "" }

// Show implements screen.Screen.
func (l *Screen) Show(f table.Data) tea.Cmd {
	if l.cluster != f.Cluster {
		l.cluster = f.Cluster
		l.tell()
	}
	return nil
}

// tell puts into the log what it leaves out.
func (l *Screen) tell() {
	for _, text := range l.watch.Observe(l.cluster) {
		l.notice(text)
	}
	l.SetHearing(l.watch.Hearing(l.cluster))
}

// Do implements screen.Screen.
func (l *Screen) Do(e screen.Env, cmd keys.Command) tea.Cmd {
	if cmd == keys.Search || cmd == keys.Filter {
		e.Ask(cmd)
		return nil
	}
	if s, ok := spans[cmd]; ok {
		cmd := l.Reopen(l.open(s), s)
		l.tell()
		return cmd
	}
	l.Pane.Do(cmd)
	return nil
}

// NextChange is none: a log moves when a line comes.
func (l *Screen) NextChange() time.Duration { return 0 }

// nameOf is the name of a task whose line is shown.
func (l *Screen) nameOf(task, _ string) (string, int) {
	if l.cluster != nil {
		if t := l.cluster.Task(model.TaskID(task)); t != nil {
			n := name{text: l.shortName(t), series: t.Slot}
			if t.Slot == 0 && t.NodeID != "" {
				n.series = nodeSeries(t.NodeID)
			}
			if len(l.named) >= namesKept {
				clear(l.named)
			}
			l.named[task] = n
			return n.text, n.series
		}
	}
	n := l.named[task]
	return n.text, n.series
}

// shortName is the name of a task without that of its service, where the log is
// of that one alone: it would take a fifth of a small window and tell nothing.
func (l *Screen) shortName(t *model.Task) string {
	name := l.cluster.TaskName(t)
	if s := l.cluster.Service(t.ServiceID); s != nil && len(l.interest.Services()) == 1 {
		return strings.TrimPrefix(name, s.Name())
	}
	return name
}

// nodeSeries is a number that stays with a node, for tasks that have no slot.
func nodeSeries(id model.NodeID) int {
	n := 0
	for _, b := range []byte(id) {
		n += int(b)
	}
	return n
}

// Follow opens the log of an object: of services, or of one task. The error says
// why there is none.
func Follow(ctx context.Context, open logstream.Opener, c *model.Cluster, of screen.Object, title string,
	services []*model.Service, task *model.Task) (*Screen, error) {
	l := &Screen{object: of, named: map[string]name{}}
	l.watched = func() ([]model.ServiceID, model.TaskID) { return l.interest.Services(), "" }
	var targets []logstream.Target
	var hint string
	for _, s := range services {
		if s == nil {
			return nil, errors.New("the service no longer exists")
		}
		targets = append(targets, logstream.Target{Service: s.ID, TTY: s.TTY()})
		l.interest = l.interest.With(s.Key().Ref())
		hint = cmp.Or(hint, DriverHint(s))
	}
	names := Names(l.nameOf)
	if task != nil {
		target := logstream.Target{Task: string(task.ID), Once: task.Terminal()}
		if s := c.Service(task.ServiceID); s != nil {
			target.TTY, hint = s.TTY(), DriverHint(s)
		}
		targets = []logstream.Target{target}
		l.interest = model.InterestIn(task.ServiceID.Ref())
		names = nil // There is nobody to tell it from.
		l.watched = func() ([]model.ServiceID, model.TaskID) { return nil, task.ID }
	}
	if len(targets) == 0 {
		return nil, errors.New("there is no service")
	}
	l.open = func(s span) Source {
		stream := logstream.Follow(ctx, open, s.of(targets, time.Now()), s.limits())
		l.notice = stream.Notice
		l.watch = model.WatchLog(l.watched())
		return stream
	}
	l.Pane = New(l.open(spans[keys.RangeTail]), table.Clean(title), names)
	l.SetHint(hint)
	return l, nil
}

// DriverHint says why there may be no lines, where the log driver is the
// reason. The engine does not say it: it answers with an empty stream.
func DriverHint(s *model.Service) string {
	d := s.Spec.TaskTemplate.LogDriver
	switch {
	case d == nil:
		return ""
	case d.Name == "none":
		return "the log driver is \"none\": the engine keeps no logs of this service"
	}
	return "the log driver is \"" + table.Clean(d.Name) + "\"; if it cannot be read back, the engine shows nothing"
}
