package model_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/moby/api/types/swarm"

	"skep/internal/testkit"
	"skep/model"
)

// What a snapshot holds of the engine's words names no secrets, and what it was
// made from stays as it was.
func TestBuilder_HidesSecretsInWords(t *testing.T) {
	const plant, want = "exec: \"curl -u app:hunter2 http://x\": not found", "exec: \"curl -u app:******"
	node := testkit.Node(testkit.Hostname("worker1"))
	node.Status.Message = plant
	service := testkit.Service(testkit.Name("web"))
	service.UpdateStatus = &swarm.UpdateStatus{State: swarm.UpdateStatePaused, Message: plant}
	task := testkit.Task(testkit.Of(service), testkit.Slot(1), testkit.On(node), testkit.Err(plant), testkit.WithTask(func(t *model.Task) {
		t.Message = plant
	}))
	b := testkit.Builder()
	b.SetNodes([]*model.Node{node}, testkit.Now)
	b.SetServices([]*model.Service{service}, testkit.Now)
	b.SetTasks(model.TaskQuery{}, []*model.Task{task}, testkit.Now)
	c := b.Build(testkit.Now)
	for name, text := range map[string]string{
		"the node's message": c.Nodes()[0].Status.Message, "the message of the update": c.Services()[0].UpdateStatus.Message,
		"the task's error": c.Task(task.ID).Err, "the task's message": c.Task(task.ID).Message,
		"a problem": fmt.Sprint(c.Problems()),
	} {
		if strings.Contains(text, "hunter2") || !strings.Contains(text, want) {
			t.Errorf("%s is %q", name, text)
		}
	}
	if task.Err != plant || service.UpdateStatus.Message != plant || node.Status.Message != plant {
		t.Error("what was given was changed")
	}
}

func TestTrouble_HidesSecrets(t *testing.T) {
	trouble := &model.Trouble{Situation: model.Unreachable, Host: "tcp://app:hunter2@10.0.0.1:2376",
		Cause: errors.New("Get https://hooks.slack.com/services/T0/B0/abcdefgh: no route")}
	if text := trouble.Error() + trouble.Advice(); strings.Contains(text, "hunter2") || strings.Contains(text, "abcdefgh") {
		t.Error(text)
	}
}
