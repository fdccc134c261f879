package model

import (
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Probe is what was read beside a snapshot, for the few rules that need more than
// lists: once, where somebody asked what is wrong.
type Probe struct {
	// Names are the differences between the names of networks, as the connected engine
	// resolves them, and the tasks that run.
	Names []NamesProbe
	Logs  []LogProbe
}

// NamesProbe is one network.
type NamesProbe struct {
	Network *Network
	Stale   []Stale
}

// LogProbe is when a task wrote its last lines.
type LogProbe struct {
	Task *Task
	// Times are those of its last lines, the oldest first.
	Times []time.Time
	// Unanswered is set where the log was not read for want of an answer.
	Unanswered bool
}

// What a probe reads at the most: the engine has other things to do.
const (
	probedNetworks = 20
	probedLogs     = 40
	probedPeers    = 3 // of one service
)

// ProbedNetworks are the networks the names of which are worth a look, those with the
// most services first; with a service, only its own.
func (c *Cluster) ProbedNetworks(only ServiceID) []*Network {
	users := map[*Network]int{}
	var out []*Network
	for _, n := range Listed[*Network](c, KindNetwork) {
		if !n.InSwarm() || n.Ingress || n.Driver != "overlay" {
			continue
		}
		for _, u := range c.Users(n.Meta().Ref) {
			if !u.Former && (only == "" || u.Service.Key() == only) {
				users[n]++
			}
		}
		if users[n] > 0 {
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b *Network) int { return users[b] - users[a] })
	return out[:min(probedNetworks, len(out))]
}

// StaleNames are the differences between what the connected engine resolves on a network
// and the tasks that run there, without those that a node explains which is gone.
func (c *Cluster) StaleNames(n *Network, seen []Resolved) []Stale {
	return slices.DeleteFunc(c.CheckNames(n, seen, time.Time{}).Stale, func(s Stale) bool { return s.NodeGone })
}

// ProbedLogs are the tasks the logs of which may tell that they hang: they have run for
// a while, and no health check tells. With a service, only its own.
func (c *Cluster) ProbedLogs(only ServiceID, now time.Time) (out []*Task) {
	for _, s := range c.services {
		if only != "" && s.Key() != only || !s.unchecked() {
			continue
		}
		tasks, _ := c.TasksOf(s.Key())
		n := 0
		for _, t := range tasks {
			node := c.Node(t.NodeID)
			runs := t.State == swarm.TaskStateRunning && t.runMeant() && node != nil && node.Ready()
			if runs && n < probedPeers && now.Sub(t.endedAt()) > SilentAfter && c.Unheard(t) == "" {
				out = append(out, t)
				n++
			}
		}
		if len(out) >= probedLogs {
			return out[:probedLogs]
		}
	}
	return out
}

// unchecked reports whether no health check of a service's specification tells how its
// tasks are. Its image may have one, which the swarm does not tell.
func (s *Service) unchecked() bool {
	spec := s.Spec.TaskTemplate.ContainerSpec
	return spec != nil && !s.IsJob() && (spec.Healthcheck == nil || len(spec.Healthcheck.Test) == 0 || spec.Healthcheck.Test[0] == "NONE")
}

// SilentAfter is how long a task has to be silent at the least to be called so.
const SilentAfter = 15 * time.Minute

// Which log tells of a habit: one whose last lines are spread over habitSpan, of which
// no gap was longer than a silenceGaps-th of the silence. A burst at the start, or of
// requests, tells nothing.
const (
	habitLines  = 10
	habitSpan   = 10 * time.Minute
	silenceGaps = 10
	peerWrites  = time.Minute
)

// Silence is how long a task has written nothing although it used to, and what tells
// that.
type Silence struct {
	Since time.Time
	// Gap is the longest one between its lines before; zero where its peers tell.
	Gap time.Duration
	// Peer is a task of the same service that goes on writing; nil for none.
	Peer *Task
}

// SilenceOf reports whether a task has ceased to write, by its own habit or by that of
// the other tasks of its service.
func (p Probe) SilenceOf(l LogProbe, now time.Time) (s Silence, silent bool) {
	n := len(l.Times)
	if n < habitLines {
		return s, false
	}
	s.Since = l.Times[n-1]
	quiet := now.Sub(s.Since)
	if quiet < SilentAfter || s.Since.Sub(l.Task.endedAt()) < SilentAfter {
		return s, false // What it wrote when it started is no habit.
	}
	for i := range n - 1 {
		s.Gap = max(s.Gap, l.Times[i+1].Sub(l.Times[i]))
	}
	if s.Since.Sub(l.Times[0]) >= habitSpan && quiet > silenceGaps*s.Gap {
		return s, true
	}
	s.Gap = 0
	for _, o := range p.Logs {
		if o.Task.ServiceID != l.Task.ServiceID || o.Task == l.Task || len(o.Times) < habitLines {
			continue
		}
		if last := o.Times[len(o.Times)-1]; now.Sub(last) < peerWrites {
			s.Peer = o.Task
			return s, true
		}
	}
	return s, false
}
