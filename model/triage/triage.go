// Package triage says what is wrong with a swarm. It reads one snapshot, asks
// nobody anything and remembers nothing: the same snapshot gives the same
// findings. The rules stand in one table below.
package triage

import (
	"cmp"
	"slices"
	"time"

	"skep/model"
)

// sweep is one look of all rules at a snapshot.
type sweep struct {
	*model.Cluster
	now time.Time
	// What several rules ask for, found once.
	placer   *model.Placer
	fits     map[string][]model.NodeFit // see matrix
	newTasks int                        // see unallocated; -1 while not counted
	compared int                        // see changes
	// blamed are the findings that a node explains which is gone or closed, and
	// kin the findings that have one reason.
	blamed map[model.NodeID][]model.FindingID
	kin    map[string][]model.FindingID
}

func newSweep(c *model.Cluster, now time.Time) *sweep {
	return &sweep{Cluster: c, now: now, newTasks: -1, fits: map[string][]model.NodeFit{},
		blamed: map[model.NodeID][]model.FindingID{}, kin: map[string][]model.FindingID{}}
}

// by is by when all of some lists were read. Whether something lasts is judged by that:
// a busy engine is asked seldom, and what one list says now may have been otherwise when
// another was read.
func (c *sweep) by(read ...time.Time) time.Time {
	return slices.MinFunc(append(read, c.now), time.Time.Compare)
}

// readBy is by when all was read that a finding on the tasks of a service rests on.
func (c *sweep) readBy(f model.ServiceFacts) time.Time {
	return c.by(c.ServicesAt, c.NodesAt, f.TasksAt)
}

// schedule is where the scheduler would place tasks as things are.
func (c *sweep) schedule() *model.Placer {
	if c.placer == nil {
		c.placer = c.Placer()
	}
	return c.placer
}

// rule finds problems of one sort.
type rule struct {
	// name is the rule's code, as programs read it.
	name string
	find func(c *sweep, report func(model.Finding))
	// apart is set if the rule's object only stands for the matter, so that
	// what else is wrong with it is reported as well.
	apart bool
	// matter is what the findings are about, where rules share it; see
	// [model.Finding]. Else it is the rule's name.
	matter string
}

// The names that the code itself asks for.
const (
	ruleQuorumLost  = "quorum-lost"
	ruleUnreachable = "manager-unreachable"
	ruleNodeDown    = "node-down"
	ruleNodeClosed  = "node-closed"
	replicasMatter  = "replicas"
	updateMatter    = "update-stuck"
	ruleUneven      = "uneven-spread"
	ruleNowhere     = "runs-nowhere"
)

// rules are all that triage knows. An object is reported once, by the first
// rule that finds something wrong with it. What is shown first follows from the
// weights, and after those from the order here.
var rules = []rule{
	{name: ruleQuorumLost, find: quorumLost, apart: true, matter: "quorum"},
	{name: ruleNodeDown, find: nodeDown},
	{name: ruleUnreachable, find: managerUnreachable},
	{name: "update-paused", find: updatePaused},
	{name: "restart-loop", find: restartLoop, matter: replicasMatter},
	{name: "replicas-missing", find: serviceShort, matter: replicasMatter},
	{name: "network-full", find: networkFull, matter: replicasMatter},
	{name: "never-stops", find: neverStops},
	{name: updateMatter, find: updateStuck},
	{name: ruleNowhere, find: serviceNowhere},
	{name: "quorum-thin", find: quorumThin, apart: true, matter: "quorum"},
	{name: "update-rolled-back", find: updateRolledBack},
	{name: "just-restarted", find: justRestarted, matter: replicasMatter},
	{name: "repeats", find: repeating, matter: replicasMatter},
	{name: ruleNodeClosed, find: nodeDrained},
	{name: "unfinished", find: unfinished, apart: true},
	{name: "role-stuck", find: roleStuck},
	{name: "node-stale", find: staleNode},
	{name: "node-flapping", find: nodeFell},
	{name: "unreadable", find: unreadable},
	{name: "node-avoided", find: nodeAvoided, apart: true},
	{name: "engine-versions", find: engineVersions, apart: true},
	{name: "leader-flapping", find: leaderFlaps, apart: true},
	{name: "ca-rotation", find: mixedIssuers, apart: true},
	{name: "global-misses", find: globalMisses},
	{name: "references-gone", find: goneReferences, apart: true},
	{name: "unused-objects", find: unusedObjects, apart: true},
	{name: "superseded", find: superseded, apart: true},
	{name: ruleUneven, find: unevenSpread, apart: true},
	{name: "mixed-tasks", find: mixedTasks, apart: true},
	{name: "slow-stop", find: slowStops, apart: true},
	{name: "slow-job", find: slowJobs, apart: true},
	{name: "idle-ports", find: idlePorts, apart: true},
	{name: "stray-tasks", find: strayTasks},
	{name: "long-history", find: longHistory},
	{name: "single-point", find: singlePoints, apart: true},
	{name: "habit", find: badHabits, apart: true},
}

// Rules are the codes of all rules.
func Rules() (names []string) {
	for _, r := range rules {
		names = append(names, r.name)
	}
	return names
}

// The weights order what has one status: the verdict shows the heaviest first.
// To those of services the number of tasks that are missing is added.
const (
	weightShort   = 1 << 10
	weightQuorum  = 1 << 20
	weightManager = 1 << 21
	weightNode    = 1 << 22
	weightLoop    = 1 << 23
	weightDown    = 1 << 24 // nothing of a service is up
	weightAll     = 1 << 30 // nothing can be changed any more
)

// Find runs the rules; it is a [model.Triage].
func Find(c *model.Cluster, now time.Time) []model.Finding {
	s := newSweep(c, now)
	var out []model.Finding
	seen := map[model.Ref]bool{}
	for _, r := range rules {
		from := len(out)
		r.find(s, func(f model.Finding) {
			f.Rule, f.Matter = r.name, cmp.Or(r.matter, r.name)
			if r.apart || !seen[f.Ref] {
				out = append(out, f)
			}
		})
		for _, f := range out[from:] {
			seen[f.Ref] = seen[f.Ref] || !r.apart
		}
	}
	return fold(s, out)
}

func unreadable(c *sweep, report func(model.Finding)) {
	found := func(ref model.Ref, name, damage string) {
		if damage != "" {
			report(model.Finding{Ref: ref, Subject: name, Claim: "partly unreadable", Why: damage, Status: model.Warning})
		}
	}
	for _, s := range c.Services() {
		found(s.Key().Ref(), s.Name(), s.Damage)
	}
	for _, n := range c.Nodes() {
		found(n.Key().Ref(), c.NodeName(n.Key()), n.Damage)
	}
}
