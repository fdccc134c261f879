package model

import (
	"cmp"
	"slices"
	"time"
)

// Problem is one thing that is wrong.
type Problem struct {
	// Ref is the object that it is wrong with.
	Ref Ref
	// Subject names the object, Claim says what is wrong in a few words, Why
	// gives the reason as the engine has it, whole; it may be empty.
	Subject, Claim, Why string
	// Status is Neutral for a note: something worth knowing that is no problem.
	Status Status
	// Since is when it began, as far as is known; else zero. It does not move
	// forward while the problem lasts.
	Since time.Time
	// Mark names what the operator may acknowledge, after which it is a note;
	// empty where only mending helps.
	Mark string

	weight int    // how much is down; see the weights
	matter string // see rule
}

// String is the problem in one line.
func (p Problem) String() string {
	if p.Why == "" {
		return p.Subject + " " + p.Claim
	}
	return p.Subject + " " + p.Claim + " - " + p.Why
}

// rule finds problems of one sort.
type rule struct {
	name string
	find func(c *Cluster, now time.Time, report func(Problem))
	// apart is set if the rule's object only stands for the matter, so that
	// what else is wrong with it is reported as well.
	apart bool
	// matter is what the problems are about, where rules share it: a service
	// that is short of replicas is no new problem when it is down. Else it is
	// the rule's name.
	matter string
}

// rules are all that triage knows. An object is reported once, by the first
// rule that finds something wrong with it. What is shown first follows from the
// weights, and after those from the order here.
var rules = []rule{
	{name: "quorum", find: quorumLost, apart: true},
	{name: "node down", find: nodeDown},
	{name: "manager not reachable", find: managerUnreachable},
	{name: "update paused", find: updatePaused},
	{name: "restart loop", find: restartLoop, matter: "replicas"},
	{name: "replicas missing", find: serviceShort, matter: "replicas"},
	{name: "update stuck", find: updateStuck},
	{name: "service without a node", find: serviceNowhere},
	{name: "quorum at its limit", find: quorumThin, apart: true, matter: "quorum"},
	{name: "update rolled back", find: updateRolledBack},
	{name: "node drained", find: nodeDrained},
	{name: "node flapping", find: nodeFell},
	{name: "object unreadable", find: unreadable},
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

// findProblems runs the rules. Notes come last.
func findProblems(c *Cluster, now time.Time) []Problem {
	var out []Problem
	seen := map[Ref]bool{}
	for _, r := range rules {
		from := len(out)
		r.find(c, now, func(p Problem) {
			p.matter = cmp.Or(r.matter, r.name)
			if r.apart || !seen[p.Ref] {
				out = append(out, p)
			}
		})
		for _, p := range out[from:] {
			seen[p.Ref] = seen[p.Ref] || !r.apart
		}
	}
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), cmp.Compare(b.weight, a.weight))
	})
	return out
}

// split parts what was found into problems and notes.
func split(found []Problem) (problems, notes []Problem) {
	i := slices.IndexFunc(found, func(p Problem) bool { return p.Status == Neutral })
	if i < 0 {
		return found, nil
	}
	return found[:i:i], found[i:]
}

func unreadable(c *Cluster, _ time.Time, report func(Problem)) {
	for _, s := range c.services {
		if s.Damage != "" {
			report(Problem{Ref: s.Key().Ref(), Subject: s.Name(), Claim: "partly unreadable", Why: s.Damage, Status: Warning})
		}
	}
	for _, n := range c.nodes {
		if n.Damage != "" {
			report(Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "partly unreadable", Why: n.Damage, Status: Warning})
		}
	}
}
