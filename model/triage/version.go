package triage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"skep/model"
)

// engineFault is something that is known to go wrong with some engines.
type engineFault struct {
	// From and to are the first and the last release that have it; to is empty where all
	// since do.
	from, to string
	what     string
	// mixed is set where it only shows beside engines that do not have it.
	mixed bool
	url   string
	// unless reports that a swarm has nothing that it could show in; nil for a
	// fault of which that cannot be told.
	unless func(c *model.Cluster) bool
	// remedy is what helps, where that is no other release.
	remedy string
}

// engineFaults are known faults of releases, with their source.
var engineFaults = []engineFault{
	{"29.0.0", "29.2.0", "encrypted networks do not reach engines of other releases", true, "moby#51798", noneEncrypted, ""},
	{"29.0.0", "29.7.2", "after a change of leader names and addresses of services may be stale", false, "moby#53141", sameLeader, ""},
	{"29.0.0", "", "containers may open 1024 files, where those of older engines may open far more", true, "moby#51485", noneBefore29,
		"give services that need more a limit of their own (--ulimit-add nofile=65536), or containerd on these nodes (LimitNOFILE)"},
}

// sameLeader reports whether no change of leader was seen.
func sameLeader(c *model.Cluster) bool { return len(c.Elections()) == 0 }

// noneBefore29 reports whether all engines came with a containerd that leaves the limit
// of open files to the host, so that no service finds another one on another node.
func noneBefore29(c *model.Cluster) bool {
	return !slices.ContainsFunc(c.Nodes(), func(n *model.Node) bool {
		v := n.Description.Engine.EngineVersion
		return v != "" && !n.Lost() && compareVersions(v, "29.0.0") < 0
	})
}

// noneEncrypted reports whether the networks are known and none is encrypted.
func noneEncrypted(c *model.Cluster) bool {
	set := c.Set(model.KindNetwork)
	return !set.At.IsZero() && !slices.ContainsFunc(model.Listed[*model.Network](c, model.KindNetwork), (*model.Network).Encrypted)
}

// engineVersions notes that engines of several releases make up the swarm, and
// releases of which a fault is known.
func engineVersions(c *sweep, report func(model.Finding)) {
	nodes := map[string][]*model.Node{}
	for _, n := range c.Nodes() {
		if v := n.Description.Engine.EngineVersion; v != "" && !n.Lost() {
			nodes[v] = append(nodes[v], n)
		}
	}
	versions := slices.SortedFunc(maps.Keys(nodes), compareVersions)
	for _, fault := range engineFaults {
		for _, v := range versions {
			if !fault.has(v) || fault.mixed && len(versions) == 1 || fault.unless != nil && fault.unless(c.Cluster) {
				continue
			}
			first, known := nodes[v][0], "since release "+fault.from
			if fault.to != "" {
				known = "of releases " + fault.from + " to " + fault.to
			}
			report(model.Finding{Ref: first.Key().Ref(), Part: fault.url + "-" + v, Subject: "engine " + v, Status: model.Neutral, Confidence: model.Hint,
				Claim: fault.what, Why: fmt.Sprintf("known %s (%s)", known, fault.url),
				Remedy: model.Remedy{Text: cmp.Or(fault.remedy, "upgrade the engines of "+c.namesOf(nodes[v]))}})
		}
	}
	if len(versions) > 1 {
		f := model.Finding{Ref: nodes[versions[0]][0].Key().Ref(), Part: "mixed", Subject: "engines", Status: model.Neutral,
			Claim: fmt.Sprintf("of %d releases", len(versions)), Why: strings.Join(versions, ", ")}
		for _, v := range versions {
			f.Evidence = append(f.Evidence, model.Evidence{Object: v, Field: "nodes", Value: c.namesOf(nodes[v])})
		}
		report(f)
	}
}

func (c *sweep) namesOf(nodes []*model.Node) string {
	var names []string
	for _, n := range nodes {
		names = append(names, c.NodeName(n.Key()))
	}
	return some(names)
}

func (e engineFault) has(version string) bool {
	return compareVersions(e.from, version) <= 0 && (e.to == "" || compareVersions(version, e.to) <= 0)
}

// compareVersions compares releases such as 20.10.24+dfsg1 by their numbers.
func compareVersions(a, b string) int {
	return slices.Compare(numbers(a), numbers(b))
}

func numbers(version string) (out []int) {
	version, _, _ = strings.Cut(version, "+")
	version, _, _ = strings.Cut(version, "-")
	for part := range strings.SplitSeq(version, ".") {
		n, _ := strconv.Atoi(part)
		out = append(out, n)
	}
	return out
}
