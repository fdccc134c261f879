package lab

import (
	"fmt"
	"strings"
)

// Incidents of updates that do not end well.

// stageBadUpdate updates a service that runs well to an image that does not,
// with what is to be done about a failure.
func stageBadUpdate(onFailure string) func(*scene) error {
	return func(s *scene) error {
		if err := s.startWell(); err != nil {
			return err
		}
		return s.update("--image", "app:bad", "--update-failure-action", onFailure,
			"--update-monitor", "4s", "--update-delay", "0s", "--restart-delay", "2s")
	}
}

// startWell makes a service of three replicas and waits until they run.
func (s *scene) startWell() error {
	if err := s.images(); err != nil {
		return err
	}
	if err := s.create("--replicas", "3", "app:1"); err != nil {
		return err
	}
	return s.running(3)
}

// updateIs checks how the update of the scene's service stands.
func updateIs(state string) func(*scene) error {
	return func(s *scene) error {
		v, err := s.service(s.name)
		if err == nil && v.UpdateStatus.State != state {
			err = fmt.Errorf("the update is %q (%s), want %s", v.UpdateStatus.State, v.UpdateStatus.Message, state)
		}
		return err
	}
}

func checkUpdateContinued(s *scene) error {
	if err := updateIs("completed")(s); err != nil {
		return err
	}
	return s.expect(3, func(t task) bool {
		return t.Status.State == "failed" && strings.HasPrefix(t.Spec.ContainerSpec.Image, "app:bad")
	})
}

func stageWedgedUpdate(s *scene) error {
	if err := s.startWell(); err != nil {
		return err
	}
	return s.update("--constraint-add", nowhere, "--env-add", "RELEASE=2")
}

// checkWedgedUpdate checks that the update runs on and its new task waits. A
// task that waits is no failure to the updater, and it has no time limit.
func checkWedgedUpdate(s *scene) error {
	if err := updateIs("updating")(s); err != nil {
		return err
	}
	return s.expect(1, func(t task) bool {
		return t.Status.State == "pending" && strings.Contains(t.Status.Err, "no suitable node")
	})
}
