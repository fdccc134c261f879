package model

import (
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/swarm"
)

// Reason is why a task does not run: the engine's error, whole, with what the
// error leaves out.
func Reason(t *Task) string {
	switch {
	case strings.Contains(t.Err, "swarm scoped network when swarm is not active"):
		return t.Err + " (its node had just been started)"
	case t.Err != "":
		return t.Err
	case t.State == swarm.TaskStateNew:
		return "new: no network address or port is free for the task; is a network full?"
	case t.State == swarm.TaskStatePreparing:
		return "preparing: pulling the image or setting up networks and volumes"
	case t.State == swarm.TaskStateStarting:
		return "starting: the container is coming up, or its health check has not passed yet"
	case t.State == swarm.TaskStateComplete:
		return "the container ended by itself (exit 0)"
	case t.Exited && t.ExitCode != 0:
		return fmt.Sprintf("exit %d", t.ExitCode)
	case t.Message != "":
		return t.Message
	default:
		return string(t.State)
	}
}

// Brief shortens a reason for a line that has to hold several: what matters in it
// stands first, and what only the engine's makers ask for is left out.
func Brief(reason string) string {
	if strings.Contains(reason, "unhealthy container") {
		if from := strings.Index(reason, "non-zero exit ("); from >= 0 {
			code, _, _ := strings.Cut(reason[from+len("non-zero exit ("):], ")")
			return "killed: health check failed (exit " + code + ")"
		}
	}
	const wrapper = "no suitable node ("
	if rest, ok := strings.CutPrefix(reason, wrapper); ok {
		return "no suitable node: " + strings.TrimSuffix(rest, ")")
	}
	return plainWords(reason)
}
