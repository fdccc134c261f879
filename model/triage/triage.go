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

// rules are all that triage knows. An object is reported once, by the first
// rule that finds something wrong with it. What is shown first follows from the
// weights, and after those from the order here.
var rules = []rule{
	{name: "quorum-lost", find: quorumLost, apart: true, matter: "quorum"},
	{name: "node-down", find: nodeDown},
	{name: "manager-unreachable", find: managerUnreachable},
	{name: "update-paused", find: updatePaused},
	{name: "restart-loop", find: restartLoop, matter: "replicas"},
	{name: "replicas-missing", find: serviceShort, matter: "replicas"},
	{name: "update-stuck", find: updateStuck},
	{name: "runs-nowhere", find: serviceNowhere},
	{name: "quorum-thin", find: quorumThin, apart: true, matter: "quorum"},
	{name: "update-rolled-back", find: updateRolledBack},
	{name: "node-closed", find: nodeDrained},
	{name: "node-flapping", find: nodeFell},
	{name: "unreadable", find: unreadable},
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
	s := &sweep{Cluster: c, now: now}
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
	slices.SortStableFunc(out, func(a, b model.Finding) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), cmp.Compare(b.Weight, a.Weight))
	})
	return out
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
