package lab

import (
	"fmt"
	"strconv"
	"strings"
)

// Incidents of tasks that get no node, or no address on one.

// nowhere is a constraint that no node of a lab meets.
const nowhere = "node.labels.disk==ssd"

func stageConstraint(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	return s.create("--replicas", "2", "--constraint", nowhere, "app:1")
}

func stageReservation(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	return s.create("--replicas", "2", "--reserve-memory", "4096g", "app:1")
}

// pendingBecause checks that every task that is wanted waits, for this reason.
func pendingBecause(reason string) func(*scene) error {
	return func(s *scene) error {
		tasks, err := s.tasks(s.name)
		if err != nil {
			return err
		}
		return allWait(tasks, reason)
	}
}

func allWait(tasks []task, reason string) error {
	waiting, all := count(tasks, func(t task) bool {
		return t.Status.State == "pending" && strings.Contains(t.Status.Err, reason)
	})
	wanted, _ := count(tasks, func(t task) bool { return t.DesiredState == "running" })
	if waiting == 0 || waiting != wanted {
		return fmt.Errorf("%d of %d tasks wait: %s", waiting, wanted, all)
	}
	return nil
}

func stageHostPort(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	return s.create("--replicas", strconv.Itoa(len(s.nodes)+1),
		"--publish", "mode=host,target=80,published=8080", "app:1")
}

func stageMaxReplicas(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	return s.create("--replicas", strconv.Itoa(len(s.nodes)+1), "--replicas-max-per-node", "1", "app:1")
}

// checkOneTooMany checks that every node runs one task and one task waits.
func checkOneTooMany(reason string) func(*scene) error {
	return func(s *scene) error {
		if err := s.expect(len(s.nodes), func(t task) bool { return t.Status.State == "running" }); err != nil {
			return err
		}
		return s.expect(1, func(t task) bool {
			return t.Status.State == "pending" && strings.Contains(t.Status.Err, reason)
		})
	}
}

// stageAddresses asks for ten tasks on a network with six addresses. The
// gateway, the service and each node that takes part need one as well, so all
// tasks are to go to one node: three can.
//
// The node must get its address before the tasks take them all, else it
// rejects every one of them after half a minute for want of it.
func stageAddresses(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	if err := s.docker("network", "create", "--driver", "overlay", "--subnet", "10.201.7.0/29", s.name); err != nil {
		return err
	}
	if err := s.create("--network", s.name, "--constraint", "node.hostname=="+s.Manager(0).Name, "app:1"); err != nil {
		return err
	}
	if err := s.running(1); err != nil {
		return err
	}
	return s.docker("service", "scale", "--detach", s.name+"=10")
}

func checkAddresses(s *scene) error {
	tasks, err := s.tasks(s.name)
	if err != nil {
		return err
	}
	stuck, all := count(tasks, func(t task) bool {
		return t.Status.State == "new" && t.Status.Err == "" && t.DesiredState == "running"
	})
	runs, _ := count(tasks, func(t task) bool { return t.Status.State == "running" })
	if stuck < 4 || runs < 1 {
		return fmt.Errorf("%d tasks are new and %d run: %s", stuck, runs, all)
	}
	return nil
}
