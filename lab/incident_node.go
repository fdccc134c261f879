package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Incidents of nodes.

func stageDrained(s *scene) error {
	if err := s.images(); err != nil {
		return err
	}
	worker := s.Worker(0).Name
	if err := s.create("--constraint", "node.hostname=="+worker, "--replicas", "2", "app:1"); err != nil {
		return err
	}
	if err := s.running(2); err != nil {
		return err
	}
	return s.docker("node", "update", "--availability", "drain", worker)
}

func checkDrained(s *scene) error {
	m, err := s.member(s.Worker(0))
	if err != nil {
		return err
	}
	if m.Spec.Availability != "drain" {
		return fmt.Errorf("%s is %s", s.Worker(0).Name, m.Spec.Availability)
	}
	return pendingBecause("not available for new tasks")(s)
}

// spread makes a service with two tasks a node and waits until they run.
func (s *scene) spread() error {
	if err := s.images(); err != nil {
		return err
	}
	n := 2 * len(s.nodes)
	if err := s.create("--replicas", strconv.Itoa(n), "app:1"); err != nil {
		return err
	}
	return s.running(n)
}

func stageWorkerDown(s *scene) error {
	if err := s.spread(); err != nil {
		return err
	}
	return s.Worker(0).Kill()
}

// checkWorkerDown checks for ghosts: tasks on the dead node that are no longer
// wanted there and still pass for running.
func checkWorkerDown(s *scene) error {
	m, err := s.member(s.Worker(0))
	if err != nil {
		return err
	}
	if m.Status.State != "down" {
		return fmt.Errorf("%s is %s", s.Worker(0).Name, m.Status.State)
	}
	return s.expect(2, func(t task) bool {
		return t.NodeID == m.ID && t.DesiredState == "shutdown" && t.Status.State == "running"
	})
}

func stageHungEngine(s *scene) error {
	if err := s.spread(); err != nil {
		return err
	}
	return s.Worker(0).Pause()
}

// checkHungEngine checks that the swarm gave the node up, while a connection
// to it is taken and not answered.
func checkHungEngine(s *scene) error {
	m, err := s.member(s.Worker(0))
	if err != nil {
		return err
	}
	if m.Status.State != "down" {
		return fmt.Errorf("%s is %s", s.Worker(0).Name, m.Status.State)
	}
	ctx, cancel := context.WithTimeout(s.ctx, 300*time.Millisecond)
	defer cancel()
	if err := s.Worker(0).API(ctx, http.MethodGet, "/_ping", nil, nil); !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("its engine answers: %w", err)
	}
	return nil
}

func stageLeaderDown(s *scene) error {
	leader, err := s.FindLeader(s.ctx)
	if err != nil {
		return err
	}
	return leader.Kill()
}

// stopped lists the managers whose engine does not run.
func (s *scene) stopped() (all []*Node) {
	for _, n := range s.nodes[:s.Config.Managers] {
		if !n.Running() {
			all = append(all, n)
		}
	}
	return all
}

func checkLeaderDown(s *scene) error {
	dead := s.stopped()
	if len(dead) != 1 {
		return fmt.Errorf("%d managers are dead, want 1", len(dead))
	}
	if _, err := s.FindLeader(s.ctx); err != nil {
		return err
	}
	m, err := s.member(dead[0])
	if err == nil && m.ManagerStatus.Reachability != "unreachable" {
		err = fmt.Errorf("%s is %s", dead[0].Name, m.ManagerStatus.Reachability)
	}
	return err
}

// stageQuorumLost kills just as many managers as it takes, the leader among
// the living: it has to find out that nobody follows it.
func stageQuorumLost(s *scene) error {
	leader, err := s.FindLeader(s.ctx)
	if err != nil {
		return err
	}
	// A majority is managers/2+1: without this many, one is missing.
	need := s.Config.Managers - s.Config.Managers/2
	for _, n := range s.nodes[:s.Config.Managers] {
		if need == 0 {
			break
		}
		if n == leader {
			continue
		}
		if err := n.Kill(); err != nil {
			return err
		}
		need--
	}
	return nil
}

func checkQuorumLost(s *scene) error {
	if len(s.stopped()) == 0 {
		return errors.New("every manager runs")
	}
	for _, n := range s.nodes[:s.Config.Managers] {
		if !n.Running() {
			continue
		}
		ctx, cancel := context.WithTimeout(s.ctx, 3*time.Second)
		err := n.API(ctx, http.MethodGet, "/nodes", nil, nil)
		cancel()
		if err == nil || !strings.Contains(err.Error(), "does not have a leader") {
			return fmt.Errorf("%s has a leader still, or says: %w", n.Name, errors.Join(errors.New("no such answer"), err))
		}
	}
	return nil
}
