package model

import (
	"cmp"
	"encoding/json"
	"slices"
)

// OwnTask is a container of a service on the connected engine, as that tells it: also
// where it cannot tell of the swarm.
type OwnTask struct {
	Service string `json:"service"`
	Task    string `json:"task"`
	// State is the engine's word, such as running; Status says it for people, with the
	// exit code or the health.
	State  string `json:"state"`
	Status string `json:"status"`
}

// The labels of a task's container.
const (
	labelOwnService = "com.docker.swarm.service.name"
	labelOwnTask    = "com.docker.swarm.task.name"
)

// OwnTasksLabel is what the containers of services have.
const OwnTasksLabel = labelOwnService

// ReadOwnTasks reads the engine's list of its containers.
func ReadOwnTasks(raw json.RawMessage) ([]OwnTask, error) {
	var list []struct {
		State, Status string
		Labels        map[string]string
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	var out []OwnTask
	for _, c := range list {
		if name := c.Labels[labelOwnService]; name != "" {
			out = append(out, OwnTask{name, c.Labels[labelOwnTask], c.State, c.Status})
		}
	}
	slices.SortStableFunc(out, func(a, b OwnTask) int { return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Task, b.Task)) })
	return out, nil
}
