package logs

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/file"
	"skep/ui/keys"
	"skep/ui/theme"
)

// Asks implements screen.Asker.
func (l *Screen) Asks(cmd keys.Command) (label, value string) {
	switch cmd {
	case keys.SaveLog:
		return "save to", file.Name(l.Title(), ".log", l.now)
	case keys.GoToTime:
		return "go to", ""
	case keys.JSONFields:
		return "fields", strings.Join(l.json.fields, " ")
	}
	return "", ""
}

// Reason implements screen.Reasoner.
func (l *Screen) Reason(cmd keys.Command) string {
	if (cmd == keys.NextMark || cmd == keys.PrevMark) && len(l.marks) == 0 {
		return "no line is marked"
	}
	return ""
}

// Answer implements screen.Asker.
func (l *Screen) Answer(cmd keys.Command, text string) (tea.Cmd, error) {
	switch cmd {
	case keys.GoToTime:
		return nil, l.goToTime(text)
	case keys.JSONFields:
		l.json.choose(text)
		l.reshape()
		l.arrange()
		return nil, nil
	}
	to, err := file.Parse(text)
	if err != nil {
		return nil, err
	}
	write := l.writer()
	return func() tea.Msg {
		n, err := to.Write(write)
		return savedMsg{screen: l, path: to.Path, lines: n, err: err}
	}, nil
}

// savedMsg says that lines were written to a file, for the pager if that is set.
type savedMsg struct {
	screen *Screen
	path   string
	lines  int
	pager  bool
	err    error
}

// Update implements screen.Updater.
func (l *Screen) Update(msg tea.Msg) tea.Cmd {
	m, ok := msg.(savedMsg)
	switch {
	case !ok:
		return l.Pane.Update(msg)
	case m.screen != l || l.env == nil:
	case m.err != nil:
		l.env.Say(theme.Broken, "not saved: "+m.err.Error())
	case m.pager:
		return l.page(m.path)
	default:
		l.env.Say(theme.Good, "saved "+lineCount(m.lines)+" to "+m.path)
	}
	return nil
}

// pager opens all that is shown in the operator's pager, from a file that only
// they can read.
func (l *Screen) pager() tea.Cmd {
	if runtime.GOOS == "windows" {
		l.env.Say(theme.Dim, "there is no pager here; "+l.env.Key(keys.SaveLog)+" saves the lines to a file")
		return nil
	}
	write, closed := l.writer(), l.ctx
	return func() tea.Msg {
		temp, err := os.CreateTemp("", "skep-*.log")
		if err != nil {
			return savedMsg{screen: l, err: err}
		}
		n, err := file.WriteAll(temp, write)
		if err = errors.Join(err, closed.Err()); err != nil {
			_ = os.Remove(temp.Name()) // Nobody will open it.
		}
		return savedMsg{screen: l, path: temp.Name(), lines: n, pager: true, err: err}
	}
}

// page lends the terminal to the pager, which reads from its standard input, as
// pagers do. The shell takes the file away before it begins: whatever becomes of
// the console or the pager meanwhile, no log is left lying about.
func (l *Screen) page(path string) tea.Cmd {
	line := cmp.Or(os.Getenv("PAGER"), "less")
	return l.env.Lend("the pager", "sh", "-c", `exec <"$1" && rm -f "$1" && `+line, "sh", path)
}

// writer is a function that writes all lines that are shown, away from Update.
func (l *Screen) writer() func(io.Writer) (int, error) {
	source, cluster := l.source, l.cluster
	name := func(line *logstream.Line) string {
		if aside(line) {
			return originOf(line.Kind)
		}
		return cmp.Or(l.origins.OfTask(cluster, model.TaskID(line.Task)).Name, model.ShortID(line.Task))
	}
	return func(w io.Writer) (n int, err error) {
		lines := make([]logstream.Line, 0, sieveChunk)
		for from := uint64(0); err == nil; from = lines[len(lines)-1].Seq + 1 {
			if lines = source.Window(from, sieveChunk, lines[:0]); len(lines) == 0 {
				return n, nil
			}
			for i := range lines {
				x := &lines[i]
				_, e := fmt.Fprintf(w, "%s %s %s | %s\n", x.Time.UTC().Format(time.RFC3339Nano), name(x), x.Kind, whole(x))
				err = errors.Join(err, e)
				n++
			}
		}
		return n, err
	}
}

// goToTime goes to the first line that is not older than a time.
func (l *Screen) goToTime(text string) error {
	at, err := ParseTime(strings.TrimSpace(text), l.now, l.zone)
	if err != nil {
		return err
	}
	n := int(l.stats.Next - l.stats.First)
	if n == 0 {
		return errors.New("there are no lines")
	}
	i := sort.Search(n, func(i int) bool {
		line, ok := l.line(l.stats.First + uint64(i))
		return ok && !line.Time.Before(at)
	})
	l.viewport.Hold()
	l.goTo(l.stats.First + uint64(min(i, n-1)))
	l.arrange()
	return nil
}

// ParseTime reads a time: of day, the last such one; a while ago; a day; or a whole
// one, of the zone where it names none.
func ParseTime(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if d, err := time.ParseDuration(strings.TrimPrefix(text, "-")); err == nil {
		return now.Add(-d.Abs()), nil
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		y, m, d := now.In(zone).Date()
		at := time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, zone)
		if at.After(now) {
			at = at.AddDate(0, 0, -1)
		}
		return at, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateTime, "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: 5m ago as 5m, 14:05, 14:05:30, 2026-05-04, or 2026-05-04T10:00:00Z", text)
}
