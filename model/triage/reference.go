package triage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// goneReferences reports services that name a secret or a config which is gone: as a problem where their next task needs it, as a note where a
// rollback would.
func goneReferences(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		if gone, kind := c.gone(s, &s.Spec); len(gone) > 0 {
			report(model.Finding{Ref: s.Key().Ref(), Part: "references", Subject: s.Name(), Status: model.Warning,
				Claim: fmt.Sprintf("names a %s that is gone: %s", kind, some(gone)), Why: "its next task will be refused, though those that run go on",
				Remedy: model.Remedy{Text: "make it anew, or take it out of the service", Verb: "edit", Target: s.Key().Ref()}})
			continue
		}
		if s.PreviousSpec == nil {
			continue
		}
		if gone, kind := c.gone(s, s.PreviousSpec); len(gone) > 0 {
			report(model.Finding{Ref: s.Key().Ref(), Part: "former-references", Subject: s.Name(), Status: model.Neutral,
				Claim: fmt.Sprintf("cannot be rolled back: its former %s %s is gone", kind, some(gone))})
		}
	}
}

// listedWhole are the kinds whose lists are whole whichever engine gives them. Of
// networks an engine without a leader lists only those that it has tasks on, and
// says nothing of the others.
var listedWhole = []model.Kind{model.KindSecret, model.KindConfig}

// listsApart is how much older the services may be than a list that they are compared
// with: who takes something out of a service may remove it at once.
const listsApart = 5 * time.Second

// gone are the objects that a specification names and that a list lacks which was
// read well after it was written.
func (c *sweep) gone(s *model.Service, spec *swarm.ServiceSpec) (names []string, kind model.Kind) {
	for _, r := range model.References(spec) {
		set := c.Set(r.Ref.Kind)
		if !slices.Contains(listedWhole, r.Ref.Kind) || set.Err != nil || set.At.Sub(s.UpdatedAt) < settled || set.At.Sub(c.ServicesAt) > listsApart {
			continue
		}
		if _, found := c.Find(r.Ref); !found {
			names, kind = append(names, cmp.Or(r.Name, model.ShortID(r.Ref.ID))), cmp.Or(kind, r.Ref.Kind)
		}
	}
	return names, kind
}

// idlePorts notes published ports behind which nothing runs because nothing is
// meant to.
func idlePorts(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if s.IsJob() || s.Mode() != model.ModeReplicated || f.Want > 0 || f.Up > 0 || len(s.Ports()) == 0 {
			continue
		}
		var ports []string
		for _, p := range s.Ports() {
			if from := p.From(); from != "" {
				ports = append(ports, from)
			}
		}
		if len(ports) > 0 {
			report(model.Finding{Ref: s.Key().Ref(), Part: "idle-ports", Subject: s.Name(), Status: model.Neutral,
				Claim: fmt.Sprintf("port %s leads to no task", strings.Join(ports, ", ")), Why: "the service is scaled to 0, and keeps the port from others",
				Remedy: model.Remedy{Text: "scale it up, or remove it", Verb: "scale", Target: s.Key().Ref()}})
		}
	}
}

// strayTasks notes tasks that run although their service is gone, as jobs leave
// them behind.
func strayTasks(c *sweep, report func(model.Finding)) {
	f := model.Finding{Rule: "stray-tasks", Matter: "stray-tasks", Ref: model.FindingID("stray-tasks").Ref(), Status: model.Neutral, Claim: "running although the service is gone",
		Remedy: model.Remedy{Text: "stop their containers on their nodes; restart the engine there if it starts them anew"}}
	tasks, at := c.Tasks()
	// Those of a service that went between the lists are gone from the next; what was
	// told is told on while the lists take turns.
	if at.IsZero() || !at.After(c.ServicesAt) && !c.Told(f.ID()) {
		return
	}
	n := 0
	for _, t := range tasks {
		patience := settled
		if !t.Wanted() { // It was asked to stop when the service was removed.
			patience += t.StopGrace()
		}
		if n := c.Node(t.NodeID); n == nil || n.Lost() {
			continue // Nobody knows whether it runs.
		}
		if c.Service(t.ServiceID) == nil && t.State == swarm.TaskStateRunning && t.ServiceID != "" && c.by(c.ServicesAt, at).Sub(t.UpdatedAt) > patience {
			if n++; n <= habitEvidence {
				f.Evidence = append(f.Evidence, c.evidenceOf(t)...)
			}
		}
	}
	if more := n - habitEvidence; more > 0 {
		f.Evidence = append(f.Evidence, model.Evidence{Object: "others", Field: "running", Value: fmt.Sprintf("and %d more", more)})
	}
	if n > 0 {
		f.Subject = model.Plural(n, "task")
		report(f)
	}
}

// historyMost is how many ended tasks a manager may keep before they cost it
// dearly: each list of tasks carries them all.
const historyMost = 5000

// longHistory notes that the swarm keeps very many tasks that have ended.
func longHistory(c *sweep, report func(model.Finding)) {
	if c.KnownTasks() < historyMost {
		return
	}
	tasks, _ := c.Tasks()
	ended := 0
	for _, t := range tasks {
		if t.Terminal() {
			ended++
		}
	}
	if ended >= historyMost {
		report(model.Finding{Ref: model.FindingID("history").Ref(), Subject: "task history", Status: model.Neutral,
			Claim: fmt.Sprintf("%d ended tasks are kept", ended), Why: "each list of tasks carries them, and every manager keeps them in memory",
			Remedy: model.Remedy{Text: "keep fewer (docker swarm update --task-history-limit), set fewer restart attempts, remove jobs that are done"}})
	}
}
