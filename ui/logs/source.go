package logs

import (
	"context"
	"hash/fnv"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/table"
)

// Source is where the lines come from. Its methods may be called from several
// goroutines; *logstream.Stream is one.
type Source interface {
	// Next waits until something is newer than seen.
	Next(ctx context.Context, seen uint64) (uint64, error)
	// Window appends up to n lines from number from on to dst.
	Window(from uint64, n int, dst []logstream.Line) []logstream.Line
	// Stats tells which lines there are and how the stream is doing.
	Stats() logstream.Stats
	// Find returns the next line that matches.
	Find(ctx context.Context, re logstream.Matcher, from uint64, dir logstream.Direction) (uint64, bool, error)
	// Close ends it.
	Close()
}

// Names gives a task its name, such as web.3, and the number of the colour it
// is told apart by; the slot is a good one. An empty name means that the task
// is not known: the pane then shows the begin of its ID.
type Names func(task, node string) (name string, series int)

// nameOf is the name of a line's task.
func (p *Pane) nameOf(l *logstream.Line) (string, int) {
	if name, series := p.names(l.Task, l.Node); name != "" {
		return table.Clean(name), max(0, series)
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(l.Task))
	return model.ShortID(l.Task), int(h.Sum32() & 0xff)
}
