package ui

import (
	"encoding/hex"
	"os"
	"os/exec"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/screen"
	"skep/ui/table"
)

// ShellMsg says that a shell was left, and what docker said about it.
type ShellMsg struct {
	err  error
	said string
}

// shellReason is why there can be no shell in a task's container. The engine
// can only be asked for containers of its own node.
func (a *App) shellReason(o screen.Object) string {
	t := a.task(o)
	switch {
	case t == nil:
		return "the task no longer exists"
	case a.readOnly() != "":
		return a.readOnly()
	case a.backend.Demo:
		return "the containers of the demo are not real"
	case t.State != swarm.TaskStateRunning || t.ContainerID == "":
		return "the task is not running"
	case !isContainerID(t.ContainerID):
		return "the engine gives no valid container ID for it"
	case a.cluster.Session.NodeID == "":
		return "the engine has not said yet which node it is"
	case t.NodeID != a.cluster.Session.NodeID:
		return "it runs on " + table.Clean(a.cluster.NodeName(t.NodeID)) + "; there: docker exec -it " + model.ShortID(t.ContainerID) + " sh"
	}
	return ""
}

// openShell gives the terminal to a shell in the container of a task.
func (a *App) openShell(o screen.Object) tea.Cmd {
	t := a.task(o)
	if t == nil {
		return nil
	}
	cmd := exec.CommandContext(a.ctx, "docker", shellArgs(a.cluster.Session, t)...)
	// docker looks for a terminal, and must find the real one.
	cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
	said := &said{}
	cmd.Stderr, cmd.WaitDelay = said, shellWait
	feed := a.backend.Feed
	feed.Pause()
	return tea.ExecProcess(cmd, func(err error) tea.Msg {
		feed.Resume()
		return ShellMsg{err: err, said: said.text()}
	})
}

// leftShell says why a shell ended, if it was not left as usual.
func (a *App) leftShell(msg ShellMsg) tea.Cmd {
	switch {
	case msg.err == nil:
		return nil
	case msg.said != "":
		return a.fail("the shell ended: " + msg.said)
	}
	return a.fail("the shell ended: " + model.MaskError(msg.err))
}

// said is what a program wrote last, in one line.
type said struct{ buf []byte }

// Write implements io.Writer.
func (s *said) Write(b []byte) (int, error) {
	s.buf = append(s.buf, b...)
	s.buf = append(s.buf[:0], s.buf[max(0, len(s.buf)-saidLimit):]...)
	return len(b), nil
}

func (s *said) text() string { return strings.Join(strings.Fields(string(s.buf)), " ") }

func shellArgs(s model.Session, t *model.Task) []string {
	args := []string{"-H", s.Host}
	if s.Context != "" && s.Context != s.Host {
		args = []string{"-c", s.Context}
	}
	return append(args, "exec", "-it", t.ContainerID, "sh", "-c", "command -v bash >/dev/null && exec bash || exec sh")
}

// isContainerID reports whether an ID is one of the engine's: 64 hexadecimal
// digits. Anything else might be an option to docker.
func isContainerID(id string) bool {
	_, err := hex.DecodeString(id)
	return err == nil && len(id) == 64
}
