package triage

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"skep/model"
)

// alikeFrom is how many services have one reason before it is told once for all
// of them.
const alikeFrom = 3

// fold puts findings in order, each below the one that explains it. A cause
// weighs as much as the heaviest of what it explains.
func fold(c *sweep, found []model.Finding) []model.Finding {
	at := make(map[model.FindingID]int, len(found))
	for i, f := range found {
		at[f.ID()] = i
	}
	for i := range found {
		effects := c.causedBy(found[i])
		explain(found, at, i, effects)
		if found[i].Rule == ruleNodeDown {
			nameDown(found, at, i, effects)
		}
	}
	for _, kin := range slices.Sorted(maps.Keys(c.kin)) {
		found = alike(found, at, kin, c.kin[kin])
	}
	return inOrder(found)
}

// causedBy are the findings that a finding explains.
func (c *sweep) causedBy(f model.Finding) []model.FindingID {
	switch f.Rule {
	case ruleNodeDown, ruleNodeClosed:
		return c.blamed[model.NodeID(f.Ref.ID)]
	case ruleQuorumLost:
		var out []model.FindingID
		for _, n := range c.Nodes() {
			if unreachable(n) {
				out = append(out, model.Finding{Matter: ruleUnreachable, Ref: n.Key().Ref()}.ID())
			}
		}
		return out
	}
	return nil
}

// explain makes one finding the cause of others.
func explain(found []model.Finding, at map[model.FindingID]int, cause int, effects []model.FindingID) {
	root := &found[cause]
	for _, id := range effects {
		i, has := at[id]
		if !has || i == cause || found[i].Cause != "" {
			continue
		}
		f := &found[i]
		f.Cause = root.ID()
		root.Affects = append(root.Affects, f.Ref)
		root.Status, root.Weight = max(root.Status, f.Status), max(root.Weight, f.Weight+1)
	}
}

// nameDown has a node that is gone name the services of which nothing is up for it:
// that is what its users see.
func nameDown(found []model.Finding, at map[model.FindingID]int, cause int, effects []model.FindingID) {
	var names []string
	for _, id := range effects {
		if i, has := at[id]; has && found[i].Cause == found[cause].ID() && found[i].Weight >= weightDown {
			names = append(names, found[i].Subject)
		}
	}
	if len(names) > 0 {
		found[cause].Why = strings.TrimPrefix(found[cause].Why+"; down with it: "+some(names), "; ")
	}
}

// alike tells a reason once that several services have.
func alike(found []model.Finding, at map[model.FindingID]int, kin string, ids []model.FindingID) []model.Finding {
	var own []model.FindingID
	for _, id := range ids {
		if i, has := at[id]; has && found[i].Cause == "" {
			own = append(own, id)
		}
	}
	if len(own) < alikeFrom {
		return found
	}
	first, down := found[at[own[0]]], 0
	for _, id := range own {
		if found[at[id]].Status == model.Broken {
			down++
		}
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(kin))
	part := strconv.FormatUint(uint64(h.Sum32()), 36)
	root := model.Finding{
		Rule: "alike", Matter: "alike", Part: part, Ref: model.FindingID("alike").Ref(),
		Subject: model.Plural(len(own), "service"), Claim: "short of tasks for one reason", Why: first.Why,
		Evidence: first.Evidence, Remedy: first.Remedy, Confidence: first.Confidence,
	}
	root.Remedy.Verb, root.Remedy.Target, root.Remedy.Values = "", model.Ref{}, nil // It is each service's own.
	if down > 0 {
		root.Claim += fmt.Sprintf(", %d of them down", down)
	}
	found = append(found, root)
	explain(found, at, len(found)-1, own)
	return found
}

// inOrder sorts findings by how bad they are, each with what it explains behind
// it.
func inOrder(found []model.Finding) []model.Finding {
	worse := func(a, b model.Finding) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), cmp.Compare(b.Weight, a.Weight))
	}
	slices.SortStableFunc(found, worse)
	effects := map[model.FindingID][]model.Finding{}
	for _, f := range found {
		if f.Cause != "" {
			effects[f.Cause] = append(effects[f.Cause], f)
		}
	}
	if len(effects) == 0 {
		return found
	}
	out := make([]model.Finding, 0, len(found))
	for _, f := range found {
		if f.Cause == "" {
			out = append(append(out, f), effects[f.ID()]...)
		}
	}
	return out
}
