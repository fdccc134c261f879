package logs

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
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
	object  screen.Object
	env     screen.Env // of the last key
	from    model.LogSource
	cluster *model.Cluster
	shown   atomic.Pointer[model.Cluster] // the same, for other goroutines
	origins Origins
	// watch says what the log leaves out.
	watch *model.LogWatch
	// stream is the log, plan which streams of the engine it is made of, and since
	// is from when on it is read.
	stream *logstream.Stream
	plan   *Plan
	since  time.Time
	// open opens a part of the log.
	open func(s span)
}

func (l *Screen) Crumb() string             { return l.Title() + " logs" }
func (l *Screen) Scopes() []keys.Scope      { return []keys.Scope{keys.Logs} }
func (l *Screen) Subjects() []screen.Object { return []screen.Object{l.object} }
func (l *Screen) Interest() model.Interest  { return l.from.Interest(l.cluster) }
func (l *Screen) Info() string              { return "" }

// Show implements screen.Screen.
func (l *Screen) Show(f table.Data) tea.Cmd {
	l.now = f.Now
	if l.cluster != f.Cluster {
		l.cluster = f.Cluster
		l.shown.Store(f.Cluster)
		l.tell()
	}
	return nil
}

// tell follows the tasks that there are now, and puts into the log what it leaves
// out.
func (l *Screen) tell() {
	if targets, known := l.plan.Targets(l.cluster); known {
		for i := range targets {
			targets[i].Since = l.since
			l.origins.OfTask(l.cluster, model.TaskID(targets[i].Task)) // The swarm may forget it before its lines are shown.
		}
		l.stream.Retarget(targets)
	}
	for _, text := range l.watch.Observe(l.cluster) {
		l.stream.Notice(text)
	}
	l.SetHearing(l.watch.Hearing(l.cluster))
}

// Do implements screen.Screen.
func (l *Screen) Do(e screen.Env, cmd keys.Command) tea.Cmd {
	l.env = e
	switch cmd {
	case keys.Search, keys.Filter, keys.SaveLog, keys.GoToTime, keys.JSONFields:
		e.Ask(cmd)
		return nil
	case keys.Pager:
		return l.pager()
	}
	if s, ok := spans[cmd]; ok {
		l.open(s)
		cmd := l.Reopen(l.stream, s)
		l.tell()
		return cmd
	}
	if cmd == keys.OnlyOne {
		l.onlyNext()
		return nil
	}
	l.Pane.Do(cmd)
	return nil
}

// onlyNext shows the next replica alone, and after the last all of them again.
func (l *Screen) onlyNext() {
	var names []string
	if l.cluster != nil {
		tasks, _ := l.from.In(l.cluster)
		for _, t := range tasks {
			if name := l.cluster.TaskName(t); t.Log() != model.LogNone && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	rest, name := l.choice.withoutOnly()
	next := ""
	if i := slices.Index(names, name) + 1; i < len(names) {
		next = originSign + names[i]
	}
	_ = l.SetPattern(joinTerms(next, rest))
}

// origin is what the lines of a task may be filtered by. It is asked away from
// Update.
func (l *Screen) origin(line *logstream.Line) Origin { return l.origins.OfLine(l.shown.Load(), line) }

// NextChange is none where no ages are shown: a log moves when a line comes.
func (l *Screen) NextChange() time.Duration {
	if l.columns.stamps == stampAge {
		return time.Second
	}
	return 0
}

// nameOf is the name of a task whose line is shown, and a number for its colour.
func (l *Screen) nameOf(task, _ string) (string, int) {
	o := l.origins.OfTask(l.cluster, model.TaskID(task))
	if l.naming != nameFull && l.cluster != nil && len(l.from.Services) == 1 && len(l.from.AllOf(l.cluster)) == 1 && len(l.from.Nodes) == 0 {
		// The name of the service would take a fifth of a small window and tell nothing.
		return strings.TrimPrefix(o.Name, o.Service), o.series
	}
	return o.Name, o.series
}

// Follow opens the log of an object, or of several. The error says why there is
// none.
func Follow(ctx context.Context, open logstream.Opener, c *model.Cluster, of screen.Object, title string, from model.LogSource, limits screen.LogLimits) (*Screen, error) {
	if from.Empty() {
		return nil, errors.New("it no longer exists")
	}
	l := &Screen{object: of, from: from, cluster: c}
	names := Names(l.nameOf)
	if _, one := from.OneTask(); one {
		names = nil // There is nobody to tell it from.
	}
	l.open = func(s span) {
		l.since = s.from(time.Now())
		bounds := s.limits(limits.Bytes)
		bounds.Open = MaxStreams(open)
		bounds.Words = func(said string) string { return NameNodes(l.shown.Load(), said) }
		l.stream = logstream.Follow(ctx, open, nil, bounds)
		l.watch, l.plan = model.WatchLog(from), NewPlan(from, StreamsOf(open), pastTasks)
	}
	l.open(spans[keys.RangeTail])
	l.Pane = New(l.stream, table.Clean(title), names)
	l.shown.Store(c)
	l.Pane.origin = l.origin
	l.SetHint(l.driverHint(c))
	if limits.Interval > 0 {
		l.SetInterval(limits.Interval)
	}
	l.tell()
	return l, nil
}

// driverHint says why there may be no lines, where a log driver is the reason.
func (l *Screen) driverHint(c *model.Cluster) (hint string) {
	for _, s := range l.from.AllOf(c) {
		hint = cmp.Or(hint, DriverHint(s))
	}
	for _, id := range l.from.Tasks {
		if t := c.Task(id); t != nil && c.Service(t.ServiceID) != nil {
			hint = cmp.Or(hint, DriverHint(c.Service(t.ServiceID)))
		}
	}
	return hint
}

// readDrivers are the log drivers that the engine reads by itself.
var readDrivers = []string{"", "json-file", "local", "journald"}

// DriverHint says why there may be no lines, where the log driver is the
// reason. The engine does not say it: it answers with an empty stream.
func DriverHint(s *model.Service) string {
	d := s.Spec.TaskTemplate.LogDriver
	switch {
	case d == nil, slices.Contains(readDrivers, d.Name):
		return ""
	case d.Name == "none":
		return "the log driver is \"none\": the engine keeps no logs of this service"
	}
	return "the log driver is \"" + table.Clean(d.Name) + "\"; if it cannot be read back, the engine shows nothing"
}
