package lab

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// resetTimeout is how long a swarm may take to come to rest again: a quorum
// that was lost, and tasks of services that were removed.
const resetTimeout = 12 * time.Minute

// emptyPatience is how long the tasks of removed services may take to end. They
// need seconds; an engine that was busy with many of them has been seen to
// forget one for minutes.
const emptyPatience = 2 * time.Minute

// Reset undoes what was done to a lab: every node runs, is plugged in and
// takes tasks, and the swarm holds nothing. Images stay.
func (l *Lab) Reset(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, resetTimeout)
	defer cancel()
	for _, n := range l.nodes {
		if err := n.recover(ctx); err != nil {
			return err
		}
	}
	s := &scene{Lab: l, ctx: ctx}
	if err := s.wait(s.activate); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	patient, stop := context.WithTimeout(ctx, emptyPatience)
	defer stop()
	if (&scene{Lab: l, ctx: patient}).wait(s.empty) == nil {
		return nil
	}
	if err := s.restartBusy(); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	if err := s.wait(func() error { return errors.Join(s.activate(), s.empty()) }); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	return nil
}

// restartBusy restarts the engines that have tasks which ought to have ended.
func (s *scene) restartBusy() error {
	m, err := s.manager()
	if err != nil {
		return err
	}
	var tasks []task
	if err := m.API(s.ctx, http.MethodGet, "/tasks", nil, &tasks); err != nil {
		return err
	}
	for _, n := range s.nodes {
		id, err := n.ID(s.ctx)
		if err != nil {
			return err
		}
		if left, _ := count(tasks, func(t task) bool { return t.NodeID == id && !t.ended() }); left == 0 {
			continue
		}
		if err := n.Kill(); err != nil {
			return err
		}
		if err := n.startDaemons(s.ctx); err != nil {
			return err
		}
	}
	return nil
}

// recover brings one node back, whatever happened to it.
func (n *Node) recover(ctx context.Context) error {
	if err := n.Plug(); err != nil {
		return err
	}
	if !n.Running() {
		return n.startDaemons(ctx)
	}
	return n.Resume()
}

// activate checks that the swarm has all nodes and lets them take tasks.
func (s *scene) activate() error {
	if _, err := s.FindLeader(s.ctx); err != nil {
		return err
	}
	members, err := s.members()
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.Status.State != "ready" {
			return fmt.Errorf("%s is %s", m.Description.Hostname, m.Status.State)
		}
		if m.Spec.Availability == "active" {
			continue
		}
		if err := s.docker("node", "update", "--availability", "active", m.ID); err != nil {
			return err
		}
	}
	return nil
}

// empty removes what the swarm holds, and reports an error until it is gone:
// services go first, but their tasks hold on to the rest for a while.
func (s *scene) empty() error {
	n, err := s.manager()
	if err != nil {
		return err
	}
	for _, kind := range []string{"services", "secrets", "configs", "networks"} {
		var all []struct {
			ID, Name, Scope string
			Ingress         bool
		}
		path := "/" + kind
		if kind == "networks" {
			path += "?" + filters("scope", "swarm")
		}
		if err := n.API(s.ctx, http.MethodGet, path, nil, &all); err != nil {
			return err
		}
		for _, o := range all {
			if o.Ingress {
				continue
			}
			e := n.API(s.ctx, http.MethodDelete, "/"+kind+"/"+o.ID, nil, nil)
			err = errors.Join(err, e, fmt.Errorf("%s %s was there", kind, o.ID))
		}
	}
	var tasks []task
	if e := n.API(s.ctx, http.MethodGet, "/tasks", nil, &tasks); e != nil {
		return e
	}
	// Tasks of a job that have ended stay for ever, without a service.
	if left, all := count(tasks, func(t task) bool { return !t.ended() }); left > 0 {
		err = errors.Join(err, fmt.Errorf("%d tasks are left: %s", left, all))
	}
	return err
}
