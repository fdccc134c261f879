package model_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"skep/model"
)

func TestTrouble_EverySituationHasItsText(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	cause := fmt.Errorf("whole\ncause")
	for _, s := range model.Situations() {
		for _, trouble := range []*model.Trouble{{Situation: s}, {Situation: s, Host: "tcp://h:1", Source: "-H", Managers: []model.Manager{{Address: "10.0.0.1"}}, Cause: cause}} {
			text := trouble.Error() + "\n" + trouble.Advice()
			if trouble.Headline() == "" || trouble.Advice() == "" || slices.Contains([]byte(text), '%') {
				t.Errorf("%s: %q", s, text)
			}
			if trouble.Cause != nil && !errors.Is(trouble, cause) {
				t.Errorf("%s: the cause is lost", s)
			}
		}
		// The README says what to do by the words on the screen.
		words := strings.ReplaceAll((&model.Trouble{Situation: s, Host: "HOST"}).Headline(), "HOST", "…")
		if !strings.Contains(string(readme), "| "+words+" |") {
			t.Errorf("the README has no line for %q", words)
		}
	}
}

func TestTrouble_NamesTheManagersWithTheCommand(t *testing.T) {
	managers := []model.Manager{{Hostname: "manager1", Address: "10.0.0.1"}, {Address: "10.0.0.2"}, {Address: "fd00::3"}}
	for _, s := range model.Situations() {
		trouble := &model.Trouble{Situation: s, Host: "unix:///var/run/docker.sock", Managers: managers}
		if strings.Contains(trouble.Advice(), "10.0.0.1") && !strings.Contains(trouble.Advice(),
			"\n  skep -H ssh://USER@10.0.0.1   (manager1)\n  skep -H ssh://USER@10.0.0.2\n  skep -H ssh://USER@[fd00::3]") {
			t.Errorf("%s:\n%s", s, trouble.Advice())
		}
	}
	worker := &model.Trouble{Situation: model.WorkerNode, Host: "ssh://me@worker1:2222", Managers: managers}
	if !strings.Contains(worker.Advice(), "skep -H ssh://me@10.0.0.2\n") {
		t.Errorf("the user is not the one who got in:\n%s", worker.Advice())
	}
}
