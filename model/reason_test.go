package model_test

import (
	"testing"

	"github.com/moby/moby/api/types/swarm"

	. "skep/internal/testkit"
	"skep/model"
)

func TestReason(t *testing.T) {
	for want, task := range map[string]*model.Task{
		"task: non-zero exit (1)":                Task(Failed(1)),
		"the container ended by itself (exit 0)": Task(Ended()),
		"exit 3":                                 Task(Failed(3), Err("")),
		"assigned":                               Task(State(swarm.TaskStateAssigned), WithTask(func(t *model.Task) { t.Message = "" })),
		"started":                                Task(),
	} {
		if got := model.Reason(task); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for reason, want := range map[string]string{
		"no suitable node (insufficient resources on 2 nodes)": "no suitable node: insufficient resources on 2 nodes",
		"no suitable node (": "no suitable node: ",
		"task: non-zero exit (137): dockerexec: unhealthy container": "killed: health check failed (exit 137)",
		"task: non-zero exit (1)":                                    "exit code 1",
		"":                                                           "",
	} {
		if got := model.Brief(reason); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
