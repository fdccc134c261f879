package triage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"skep/model"
)

// The codes of what only a probe finds.
const (
	ruleNames   = "names-stale"
	ruleSilent  = "silent"
	ruleNoReply = "node-mute"
)

// Examine says what a probe found. It is apart from [Find]: what it rests on is read
// only where somebody asks what is wrong.
func Examine(c *model.Cluster, p model.Probe, now time.Time) (out []model.Finding) {
	for _, n := range p.Names {
		out = append(out, staleNames(c, n)...)
	}
	out = append(out, silentTasks(c, p, now)...)
	return append(out, muteNodes(c, p)...)
}

// staleNames are the services whose names do not lead where their tasks are: a finding
// for each service of a network.
func staleNames(c *model.Cluster, n model.NamesProbe) (out []model.Finding) {
	byService := map[string][]model.Stale{}
	for _, s := range n.Stale {
		byService[s.Service] = append(byService[s.Service], s)
	}
	for name, list := range byService {
		f := model.Finding{Rule: ruleNames, Matter: ruleNames, Part: n.Network.ID, Ref: n.Network.Meta().Ref, Subject: name,
			Claim: "is not found as it runs on the network " + n.Network.Name, Why: list[0].Text, Status: model.Warning, Confidence: model.Likely}
		if more := len(list) - 1; more > 0 {
			f.Why += fmt.Sprintf("; %d more", more)
		}
		for _, s := range list {
			f.Evidence = append(f.Evidence, model.Evidence{Object: n.Network.Name, Field: "Services." + name + " " + s.What, Value: strings.TrimSpace(s.Address + " " + s.Task)})
		}
		f.Evidence = someEvidence(f.Evidence)
		f.Remedy.Text = "restart the service, so that its tasks are announced anew; if it comes again, see whether the nodes reach each other on the ports 7946 (tcp and udp) and 4789 (udp), and whether their engines are current"
		if i := slices.IndexFunc(c.Services(), func(s *model.Service) bool { return s.Name() == name }); i >= 0 {
			f.Ref = c.Services()[i].Key().Ref()
			f.Remedy.Verb, f.Remedy.Target = "restart", f.Ref
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b model.Finding) int { return cmp.Compare(a.Subject, b.Subject) })
	return out
}

// silentTasks hint at tasks that run and may hang.
func silentTasks(c *model.Cluster, p model.Probe, now time.Time) (out []model.Finding) {
	for _, l := range p.Logs {
		s, silent := p.SilenceOf(l, now)
		if !silent {
			continue
		}
		name := c.TaskName(l.Task)
		habit := "before that it wrote at least every " + pace(s.Gap)
		if s.Peer != nil {
			habit = c.TaskName(s.Peer) + " goes on writing"
		}
		out = append(out, model.Finding{Rule: ruleSilent, Matter: ruleSilent, Part: string(l.Task.ID), Ref: l.Task.ServiceID.Ref(), Subject: name,
			Claim: "may hang: it has written nothing for " + model.Span(now.Sub(s.Since).Round(time.Minute)), Status: model.Neutral, Confidence: model.Hint, Since: s.Since,
			Why: habit + ", and it has no health check that would tell",
			Evidence: []model.Evidence{{Object: name, Field: "last line of its log", Value: s.Since.UTC().Format("2006-01-02 15:04:05 UTC")},
				{Object: name, Field: "Healthcheck", Value: "none"}},
			Remedy: model.Remedy{Text: "see whether it still answers; if not, restart it, and give it a health check (--health-cmd), so that the swarm does"}})
	}
	return out
}

// muteNodes hint at nodes that are ready and do not answer when they are asked for a
// log.
func muteNodes(c *model.Cluster, p model.Probe) (out []model.Finding) {
	asked, mute := map[model.NodeID]int{}, map[model.NodeID]int{}
	for _, l := range p.Logs {
		asked[l.Task.NodeID]++
		if l.Unanswered {
			mute[l.Task.NodeID]++
		}
	}
	for _, n := range c.Nodes() {
		if k := n.Key(); mute[k] > 0 && mute[k] == asked[k] {
			out = append(out, model.Finding{Rule: ruleNoReply, Matter: ruleNoReply, Ref: k.Ref(), Subject: c.NodeName(k), Status: model.Neutral, Confidence: model.Hint,
				Claim: "does not answer for its logs", Why: fmt.Sprintf("%s asked for, none came, though it is ready: its engine may hang", model.Plural(asked[k], "log")),
				Evidence: []model.Evidence{{Object: c.NodeName(k), Field: "Status.State", Value: string(n.Status.State)}},
				Remedy:   model.Remedy{Text: "look at the engine there (journalctl -u docker, docker ps)"}})
		}
	}
	return out
}
