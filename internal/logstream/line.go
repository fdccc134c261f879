package logstream

import (
	"time"

	"skep/internal/safetext"
)

// Kind tells where a line comes from.
type Kind uint8

const (
	// Stdout is a line of a task's standard output, and every line of a task
	// with a TTY.
	Stdout Kind = iota
	// Stderr is a line of a task's standard error.
	Stderr
	// Warning is a line of the engine itself, such as that the logs of a node
	// cannot be had. It concerns one source; the others go on.
	Warning
	// Notice is a line of the console, such as that the connection was lost.
	Notice
)

// String names the kind.
func (k Kind) String() string {
	switch k {
	case Stdout:
		return "stdout"
	case Stderr:
		return "stderr"
	case Warning:
		return "warning"
	case Notice:
		return "notice"
	}
	return "unknown"
}

// Line is one line of the log. Its text is safe to print.
type Line struct {
	// Seq numbers the lines of a Stream from 1 without gaps, in the order of
	// the ring. A line keeps its number for as long as it is there, but for the
	// first seconds of a stream: if older ones come late, all get new numbers.
	Seq uint64
	// Time is when the engine of the task's node read the line, by the clock
	// of that node. Warnings and notices carry the console's own clock.
	Time time.Time
	Kind Kind
	// Cut is set when the line was longer than 64 KiB and its end is missing.
	Cut bool
	// Task and Node are the engine's IDs, empty where a line has none.
	Task, Node string
	Text       string
	// Style is in which colours the container wrote the text, nil for none.
	Style *safetext.Style
}

// written reports whether a task wrote the line: the engine's words and the console's
// bear another clock.
func (l *Line) written() bool { return l.Kind == Stdout || l.Kind == Stderr }

// cost is what the line takes in memory, in bytes, the IDs counted as if no
// other line had them.
func (l *Line) cost() int {
	return len(l.Text) + len(l.Task) + len(l.Node) + l.Style.Cost() + lineOverhead
}
