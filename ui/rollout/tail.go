package rollout

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/model"
)

const (
	// tailLines is how many of the last lines of the task to blame are shown.
	tailLines = 6
	// tailPatience is how long they are waited for.
	tailPatience = 5 * time.Second
)

// tail is the end of the log of the task that is to blame.
type tail struct {
	task  model.TaskID
	lines []string
	// read is set once it was read.
	read bool
}

// tailMsg brings it.
type tailMsg struct {
	screen *Screen
	task   model.TaskID
	lines  []string
}

// of reads the log of the task that is to blame, unless that is the one of the
// last time. One that goes on is none to read once.
func (t *tail) of(r *Screen, c *model.Cluster) tea.Cmd {
	culprit := r.verdict.Culprit
	if culprit == nil || culprit.ID == t.task || !culprit.Terminal() || culprit.ContainerID == "" {
		return nil
	}
	*t = tail{task: culprit.ID}
	target := logstream.Target{Task: string(culprit.ID), Once: true}
	if s := c.Service(culprit.ServiceID); s != nil {
		target.TTY = s.TTY()
	}
	ctx, opener := r.env.Logs()
	if opener == nil {
		return nil
	}
	return func() tea.Msg { return tailMsg{r, culprit.ID, readTail(ctx, opener, target)} }
}

func (t *tail) take(msg tailMsg) {
	if msg.task == t.task {
		t.lines, t.read = msg.lines, true
	}
}

// readTail reads the last lines of a task that has ended; none where they cannot be
// read.
func readTail(ctx context.Context, opener logstream.Opener, target logstream.Target) (out []string) {
	ctx, cancel := context.WithTimeout(ctx, tailPatience)
	defer cancel()
	lines, _ := logstream.Tail(ctx, opener, target, tailLines)
	for _, l := range lines {
		out = append(out, model.MaskText(l.Text))
	}
	return out
}
