package detail

import (
	"encoding/json"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// taskOfRaw makes a task of what the engine answered; nil from nothing.
func taskOfRaw(raw json.RawMessage) *model.Task {
	var t swarm.Task
	_ = decode(raw, &t)
	return taskOf(&t)
}
