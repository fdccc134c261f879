package simswarm

import (
	"fmt"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// node is one machine of the swarm.
type node struct {
	api     swarm.Node
	manager bool // what it is, as opposed to the role that its spec asks for

	// cut is set from the moment the machine fails, before the managers know.
	cut    bool
	images map[string]bool // what it has pulled
	watch  *job            // the dispatcher's patience

	load
}

// machine describes a node that joins.
type machine struct {
	name   string
	role   swarm.NodeRole
	cpus   int64
	memory int64
	labels map[string]string
	engine map[string]string // labels of the engine
	addr   string
}

func numbered(name string, n int) string { return fmt.Sprintf("%s%d", name, n) }

// join adds a ready node.
func (s *Swarm) join(m machine) {
	addr := m.addr
	if addr == "" {
		n := len(s.nodes)
		addr = fmt.Sprintf("10.30.%d.%d", n/200, 11+n%200)
	}
	n := &node{images: map[string]bool{}, manager: m.role == swarm.NodeRoleManager}
	n.load.init()
	if s.me == nil {
		s.me = n
	}
	n.api = swarm.Node{
		ID: s.newID(),
		Spec: swarm.NodeSpec{
			Annotations:  swarm.Annotations{Labels: orEmpty(m.labels)},
			Role:         m.role,
			Availability: swarm.NodeAvailabilityActive,
		},
		Description: swarm.NodeDescription{
			Hostname:  m.name,
			Platform:  swarm.Platform{Architecture: "x86_64", OS: "linux"},
			Resources: swarm.Resources{NanoCPUs: m.cpus * 1e9, MemoryBytes: m.memory},
			Engine:    swarm.EngineDescription{EngineVersion: EngineVersion, Labels: m.engine, Plugins: enginePlugins},
			TLSInfo:   trustInfo(),
		},
		Status: swarm.NodeStatus{State: swarm.NodeStateReady, Addr: addr},
	}
	s.touch(&n.api.Meta)
	s.nodes = append(s.nodes, n)
	s.nodeByID[n.api.ID] = n
	s.emitNode("create", n, nil)
	for _, svc := range s.services {
		s.reconcile(svc)
	}
	s.kickScheduler()
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func (n *node) id() string       { return n.api.ID }
func (n *node) hostname() string { return n.api.Description.Hostname }
func (n *node) ready() bool      { return n.api.Status.State == swarm.NodeStateReady }
func (n *node) down() bool       { return n.api.Status.State == swarm.NodeStateDown }
func (n *node) drained() bool    { return n.api.Spec.Availability == swarm.NodeAvailabilityDrain }

// findNode finds a node by ID or hostname; nil if there is none.
func (s *Swarm) findNode(key string) *node {
	n, err := s.getNode(key)
	if err != nil {
		return nil
	}
	return n
}

func (s *Swarm) getNode(key string) (*node, error) {
	if key == "self" {
		return s.me, nil
	}
	return lookup("node", key, s.nodes, (*node).id, (*node).hostname)
}

// leader is the manager that leads: the first that is alive.
func (s *Swarm) leader() *node {
	if s.noLeader {
		return nil
	}
	for _, n := range s.nodes {
		if n.manager && !n.cut {
			return n
		}
	}
	return nil
}

// manages refuses what only a manager with a leader can answer.
func (s *Swarm) manages() error {
	if !s.me.manager {
		return errNotManager()
	}
	if s.leader() == nil {
		return errNoLeader()
	}
	return nil
}

// viewNode is the node as the API shows it. The manager status is not stored
// but made when it is asked for.
func (s *Swarm) viewNode(n *node) swarm.Node {
	v := n.api
	if n.manager {
		v.ManagerStatus = &swarm.ManagerStatus{
			Leader:       n == s.leader(),
			Reachability: swarm.ReachabilityReachable,
			Addr:         v.Status.Addr + ":2377",
		}
		if n.cut {
			v.ManagerStatus.Reachability = swarm.ReachabilityUnreachable
		}
	}
	return v
}

// updateNode is the write of a node's spec.
func (s *Swarm) updateNode(key string, version uint64, spec swarm.NodeSpec) error {
	if !slices.Contains([]swarm.NodeRole{swarm.NodeRoleWorker, swarm.NodeRoleManager}, spec.Role) {
		return invalid("invalid Role: %q", string(spec.Role))
	}
	switch spec.Availability {
	case swarm.NodeAvailabilityActive, swarm.NodeAvailabilityPause, swarm.NodeAvailabilityDrain:
	default:
		return invalid("invalid Availability: %q", string(spec.Availability))
	}
	n, err := s.getNode(key)
	if err != nil {
		return err
	}
	if err := s.mayDemote(n, spec.Role); err != nil {
		return err
	}
	if version != n.api.Version.Index {
		return errSequence()
	}
	old := n.api
	spec.Labels = orEmpty(spec.Labels)
	n.api.Spec = spec
	s.touch(&n.api.Meta)
	s.emitNode("update", n, &old)
	if old.Spec.Role != spec.Role {
		// The node takes a new certificate before its role changes.
		s.after(2*time.Second, func() { s.takeRole(n) })
	}
	s.nodeChanged(n)
	return nil
}

// mayDemote keeps a demotion from costing the quorum.
func (s *Swarm) mayDemote(n *node, role swarm.NodeRole) error {
	if n.api.Spec.Role != swarm.NodeRoleManager || role != swarm.NodeRoleWorker {
		return nil
	}
	managers, alive := 0, 0
	for _, m := range s.nodes {
		if m.manager && m != n {
			managers++
			if !m.cut {
				alive++
			}
		}
	}
	if managers == 0 {
		return refuse("FailedPrecondition", "attempting to demote the last manager of the swarm")
	}
	if alive < managers/2+1 {
		return refuse("FailedPrecondition", "can't remove member from the raft: this would result in a loss of quorum")
	}
	return nil
}

func (s *Swarm) takeRole(n *node) {
	if n.cut || n.manager == (n.api.Spec.Role == swarm.NodeRoleManager) {
		return
	}
	n.manager = !n.manager
	s.touch(&n.api.Meta)
	s.emitNode("update", n, &n.api)
	s.nodeChanged(n)
}

// nodeChanged lets the orchestrators and the scheduler look at the node again.
func (s *Swarm) nodeChanged(n *node) {
	s.evict(n)
	s.refresh(n)
	for _, svc := range s.services {
		if svc.global() {
			s.reconcile(svc)
		}
	}
	s.kickScheduler()
}

// evict moves the tasks that may not stay on the node: all of them if it is
// drained or down, else those whose constraints it no longer meets.
func (s *Swarm) evict(n *node) {
	for _, t := range slices.Clone(n.tasks) {
		if t.api.DesiredState != swarm.TaskStateRunning && t.api.DesiredState != swarm.TaskStateReady &&
			t.api.DesiredState != swarm.TaskStateComplete {
			continue
		}
		switch {
		case n.drained() || n.down():
			s.displace(t)
		case !t.finished() && !t.rel.constraints.match(n):
			s.setStatus(t, swarm.TaskStateRejected, "task rejected by constraint enforcer", "assigned node no longer meets constraints")
		}
	}
}

// removeNode deletes a node that is gone.
func (s *Swarm) removeNode(key string, force bool) error {
	n, err := s.getNode(key)
	if err != nil {
		return err
	}
	if n.manager && n.api.Spec.Role == swarm.NodeRoleManager {
		return refuse("FailedPrecondition",
			"node %s is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal", n.id())
	}
	if n.ready() && !force {
		return refuse("FailedPrecondition", "node %s is not down and can't be removed", n.id())
	}
	s.nodes = remove(s.nodes, n)
	delete(s.nodeByID, n.id())
	n.cut, n.manager = true, false
	n.watch.cancel()
	s.index++
	s.changed = true
	s.emitNode("remove", n, nil)
	// No other node is to have the task of a global service, so it goes with
	// its node, history and all. What a job has done is kept.
	for _, svc := range s.services {
		for _, t := range slices.Clone(svc.tasks) {
			if svc.global() && t.api.NodeID == n.id() && !(svc.job() && t.finished()) {
				s.setDesired(t, swarm.TaskStateRemove)
			}
		}
	}
	for _, t := range slices.Clone(n.tasks) {
		t.api.Status.ContainerStatus = nil
		s.setStatus(t, swarm.TaskStateOrphaned, "Task belonged to a node that has been deleted", "")
	}
	return nil
}

// failNode cuts the node off. The managers find out when its heartbeats stay
// away.
func (s *Swarm) failNode(n *node) {
	if n.cut {
		return
	}
	n.cut = true
	s.changed = true
	for _, t := range n.tasks {
		t.step.cancel()
		t.logEnd = s.now
	}
	n.watch = s.after(heartbeatGrace, func() {
		s.setNodeState(n, swarm.NodeStateDown, "heartbeat failure")
		s.giveUpOn(n)
		s.nodeChanged(n)
		n.watch = s.after(orphanAfter, func() {
			for _, t := range slices.Clone(n.tasks) {
				s.setStatus(t, swarm.TaskStateOrphaned, t.api.Status.Message, t.api.Status.Err)
			}
		})
	})
}

// recoverNode brings the machine back. Its agent reports the containers that
// died with it, and starts what is still wanted.
func (s *Swarm) recoverNode(n *node) {
	if !n.cut {
		return
	}
	n.watch.cancel()
	n.watch = s.after(1200*time.Millisecond, func() {
		n.cut = false
		if !n.ready() {
			s.setNodeState(n, swarm.NodeStateReady, "")
		}
		for _, t := range slices.Clone(n.tasks) {
			s.resume(t)
		}
		s.nodeChanged(n)
	})
}

func (s *Swarm) setNodeState(n *node, state swarm.NodeState, message string) {
	old := n.api
	n.api.Status.State, n.api.Status.Message = state, message
	s.touch(&n.api.Meta)
	s.emitNode("update", n, &old)
}
