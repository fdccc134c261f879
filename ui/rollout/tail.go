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
	// tailBytes bounds what is read for them, tailPatience how long.
	tailBytes    = 256 << 10
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

// readTail reads the last lines of a task that has ended.
func readTail(ctx context.Context, opener logstream.Opener, target logstream.Target) (out []string) {
	ctx, cancel := context.WithTimeout(ctx, tailPatience)
	defer cancel()
	s := logstream.Follow(ctx, opener, []logstream.Target{target}, logstream.Limits{Tail: tailLines, Lines: 100, Bytes: tailBytes})
	defer s.Close()
	for seen := uint64(0); ; {
		state := s.Stats().State
		if state == logstream.Ended || state == logstream.Failed {
			break
		}
		next, err := s.Next(ctx, seen)
		if err != nil {
			break
		}
		seen = next
	}
	for _, l := range s.Window(0, 100, nil) {
		if l.Kind == logstream.Stdout || l.Kind == logstream.Stderr {
			out = append(out, model.MaskText(l.Text))
		}
	}
	return out[max(0, len(out)-tailLines):]
}
