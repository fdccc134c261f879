package subject

import (
	"encoding/hex"

	tea "charm.land/bubbletea/v2"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
	"skep/ui/screen"
	"skep/ui/table"
)

// shellReason is why there can be no shell in a task's container. The engine
// can only be asked for containers of its own node.
func shellReason(e screen.Env, o screen.Object) string {
	t := task(e, o)
	if t == nil {
		return "the task no longer exists"
	}
	c := e.Snapshot()
	switch {
	case e.ReadOnly() != "":
		return e.ReadOnly()
	case e.Demo():
		return "the containers of the demo are not real"
	case t.State != swarm.TaskStateRunning || t.ContainerID == "":
		return "the task is not running"
	case !isContainerID(t.ContainerID):
		return "the engine gives no valid container ID for it"
	case c.Session.NodeID == "":
		return "the engine has not said yet which node it is"
	case t.NodeID != c.Session.NodeID:
		return "it runs on " + table.Clean(c.NodeName(t.NodeID)) + "; there: docker exec -it " + model.ShortID(t.ContainerID) + " sh"
	}
	return ""
}

// openShell gives the terminal to a shell in the container of a task.
func openShell(e screen.Env, o screen.Object) tea.Cmd {
	t := task(e, o)
	if t == nil {
		return nil
	}
	args := append(e.Snapshot().Session.DockerArgs(), "exec", "-it", t.ContainerID, "sh", "-c", "command -v bash >/dev/null && exec bash || exec sh")
	return e.Lend("the shell", "docker", args...)
}

// isContainerID reports whether an ID is one of the engine's: 64 hexadecimal
// digits. Anything else might be an option to docker.
func isContainerID(id string) bool {
	_, err := hex.DecodeString(id)
	return err == nil && len(id) == 64
}
