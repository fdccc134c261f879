package lab

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// Incidents of tasks that get a node and do not stay on it.

func stageMissingImage(s *scene) error {
	return s.create("--replicas", "2", "--restart-delay", "2s", "shop/never-built:9")
}

// rejectedBecause checks for a task that was refused before its start. Engines
// word the reason differently.
func rejectedBecause(reasons ...string) func(*scene) error {
	return func(s *scene) error {
		return s.expect(1, func(t task) bool {
			return t.Status.State == "rejected" && containsAny(t.Status.Err, reasons)
		})
	}
}

func containsAny(text string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(text, p) {
			return true
		}
	}
	return false
}

func stageRegistryLogin(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	ref, err := s.push(s.ctx, "app:1")
	if err != nil {
		return err
	}
	return s.create("--restart-delay", "2s", ref)
}

func checkRegistryLogin(s *scene) error {
	// Up to engine 29.6 the swarm learns only that there is no image, and the
	// refusal is in the log of the node.
	return s.expect(1, func(t task) bool {
		return t.Status.State == "rejected" &&
			strings.HasPrefix(t.Spec.ContainerSpec.Image, s.RegistryHost()) &&
			containsAny(t.Status.Err, []string{"No such image", "no basic auth", "unauthorized", "authorization failed"})
	})
}

func (s *scene) loop(script string, args ...string) error {
	if err := s.images(); err != nil {
		return err
	}
	return s.create(append(append([]string{"--restart-delay", "1s"}, args...), "app:1", "sh", "-c", script)...)
}

func stageRestartLoop(s *scene) error {
	return s.loop("echo starting; sleep 1; echo 'no connection to db:5432' >&2; exit 1")
}

func stageExitZero(s *scene) error {
	return s.loop("echo 'all 42 orders sent'; sleep 1")
}

// endedWith checks that several tasks ended in this state, with this error.
func endedWith(state, reason string, least int) func(*scene) error {
	return func(s *scene) error {
		return s.expect(least, func(t task) bool {
			return t.Status.State == state && strings.Contains(t.Status.Err, reason)
		})
	}
}

func stageGaveUp(s *scene) error {
	return s.loop("echo 'licence expired' >&2; exit 3", "--restart-max-attempts", "2")
}

// checkGaveUp checks that three tasks ended, one and two more attempts, and
// that the swarm wants no other.
func checkGaveUp(s *scene) error {
	tasks, err := s.tasks(s.name)
	if err != nil {
		return err
	}
	ended, all := count(tasks, func(t task) bool { return t.Status.State == "failed" && t.DesiredState == "shutdown" })
	if ended < 3 || ended != len(tasks) {
		return fmt.Errorf("%d of %d tasks ended for good: %s", ended, len(tasks), all)
	}
	return nil
}

func stageOOM(s *scene) error {
	return s.loop("echo 'loading the catalogue'; exec dd if=/dev/zero of=/dev/null bs=256M count=1",
		"--limit-memory", "16m")
}

// checkOOM asks the engine that ran the task: to the swarm it is exit code 137
// like any other kill.
func checkOOM(s *scene) error {
	tasks, err := s.tasks(s.name)
	if err != nil {
		return err
	}
	_, all := count(tasks, func(task) bool { return true })
	for _, t := range tasks {
		if t.Status.State != "failed" || t.Status.ContainerStatus.ExitCode != 137 {
			continue
		}
		n, err := s.nodeOf(t)
		if err != nil {
			return err
		}
		var c struct{ State struct{ OOMKilled bool } }
		if err := n.API(s.ctx, http.MethodGet, "/containers/"+t.Status.ContainerStatus.ContainerID+"/json", nil, &c); err != nil {
			continue // Removed with the history of its slot.
		}
		if c.State.OOMKilled {
			return nil
		}
	}
	return fmt.Errorf("no task was killed for its memory: %s", all)
}

// healthArgs are the settings of a health check that decides within seconds,
// and of a program that then does not hear the request to stop. One that hears
// it and exits with 0 is complete to the swarm, and nothing says that it was
// found ill.
func healthArgs(command string) []string {
	return []string{"--health-cmd", command, "--health-interval", "1s", "--health-timeout", "1s",
		"--health-retries", "2", "--stop-grace-period", "1s"}
}

func stageNeverHealthy(s *scene) error {
	return s.loop("exec sleep 3600", healthArgs("echo 'connection refused'; exit 1")...)
}

func stageTurnsUnhealthy(s *scene) error {
	return s.loop("touch /tmp/well; sleep 6; rm /tmp/well; exec sleep 3600", healthArgs("test -e /tmp/well")...)
}

// checkTurnsUnhealthy looks for a task that had started when it was found ill.
func checkTurnsUnhealthy(s *scene) error {
	return s.expect(1, func(t task) bool {
		return t.Status.State == "failed" && t.Status.Message == "started" &&
			strings.Contains(t.Status.Err, "unhealthy container")
	})
}

func stageInUse(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	file := filepath.Join(s.Dir, s.name)
	if err := os.WriteFile(file, []byte("of no use to anybody\n"), 0o600); err != nil {
		return err
	}
	for _, kind := range []string{"secret", "config"} {
		if err := s.docker(kind, "create", s.name, file); err != nil {
			return err
		}
	}
	return s.create("--secret", s.name, "--config", s.name, "app:1")
}

// checkInUse tries to remove both, which the swarm has to refuse.
func checkInUse(s *scene) error {
	n, err := s.manager()
	if err != nil {
		return err
	}
	for _, kind := range []string{"secrets", "configs"} {
		err := n.API(s.ctx, http.MethodDelete, "/"+kind+"/"+s.name, nil, nil)
		var answer *APIError
		if !errors.As(err, &answer) || answer.Status != http.StatusBadRequest ||
			!strings.Contains(answer.Message, "is in use by the following service") {
			return fmt.Errorf("removing %s/%s: %w", kind, s.name, errors.Join(errors.New("not refused as in use"), err))
		}
	}
	return nil
}
