package ui

import (
	"os/exec"

	tea "charm.land/bubbletea/v2"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/screen"
	"skep/ui/table"
)

// ShellMsg says that a shell was left.
type ShellMsg struct{ err error }

// shellReason is why there can be no shell in a task's container. The engine
// can only be asked for containers of its own node.
func (a *App) shellReason(o screen.Object) string {
	t := a.task(o)
	switch {
	case t == nil:
		return "the task is gone"
	case a.opt.ReadOnly:
		return "skep was started with --read-only"
	case a.backend.Demo:
		return "the containers of the demo are not real"
	case t.State != swarm.TaskStateRunning || t.ContainerID == "":
		return "the task does not run"
	case t.NodeID != a.cluster.Session.NodeID:
		return "it runs on " + table.Clean(a.cluster.NodeName(t.NodeID)) + "; there: docker exec -it " + shortID(t.ContainerID) + " sh"
	}
	return ""
}

// openShell gives the terminal to a shell in the container of the task under
// the cursor.
func (a *App) openShell() tea.Cmd {
	o, _ := a.current()
	t := a.task(o)
	if t == nil {
		return nil
	}
	cmd := exec.CommandContext(a.ctx, "docker", shellArgs(a.cluster.Session, t)...)
	feed := a.backend.Feed
	feed.Pause()
	return tea.ExecProcess(cmd, func(err error) tea.Msg {
		feed.Resume()
		return ShellMsg{err: err}
	})
}

func shellArgs(s model.Session, t *model.Task) []string {
	args := []string{"-H", s.Host}
	if s.Context != "" && s.Context != s.Host {
		args = []string{"-c", s.Context}
	}
	return append(args, "exec", "-it", t.ContainerID, "sh", "-c", "command -v bash >/dev/null && exec bash || exec sh")
}

func shortID(id string) string { return id[:min(len(id), 12)] }
