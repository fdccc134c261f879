package triage

import (
	"fmt"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// settled is how long nothing must have changed about a service before what it
// has come to is judged: how its tasks are spread, and what they were made from.
const settled = time.Minute

// atRest reports whether a service has all that it wants, all of it is known, and
// nothing has happened to it for a while.
func (c *sweep) atRest(s *model.Service, f model.ServiceFacts) bool {
	return !s.IsJob() && f.Sure && !f.TasksAt.IsZero() && f.Up == f.Want && f.Starting == 0 && f.Unproved == 0 &&
		!f.Rollout.Active() && !f.Overtaken && c.readBy(f).Sub(s.UpdatedAt) > settled
}

// unevenSpread notes services whose tasks crowd on some nodes although others
// would take them, as after a node came back: Swarm moves no task that runs. Once
// told, it is so until they are spread: not again each time that the service moves,
// or that a node has no room for a moment.
func unevenSpread(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if s.Mode() != model.ModeReplicated || f.Want < 2 || f.TasksAt.IsZero() || len(s.Demand().Placement().Preferences) > 0 {
			continue
		}
		p := model.Finding{Matter: ruleUneven, Ref: s.Key().Ref(), Subject: s.Name(), Status: model.Neutral,
			Why: "Swarm leaves tasks where they run, also when a node comes back"}
		told := c.Told(p.ID())
		if !told && !c.atRest(s, f) {
			continue
		}
		on := c.runsOn(s)
		var least, most *model.Node
		for _, n := range c.candidates(s) {
			if most == nil || on[n.Key()] > on[most.Key()] {
				most = n
			}
			if (least == nil || on[n.Key()] < on[least.Key()]) && (told || c.readBy(f).Sub(n.UpdatedAt) > settled) {
				least = n
			}
		}
		if least == nil || on[most.Key()]-on[least.Key()] < 2 || !told && !c.schedule().Fits(s.Demand(), least).OK() {
			continue
		}
		p.Claim = fmt.Sprintf("spread unevenly: %d on %s, %d on %s", on[most.Key()], c.NodeName(most.Key()), on[least.Key()], c.NodeName(least.Key()))
		p.Remedy = model.Remedy{Text: fmt.Sprintf("restart it, which places all its tasks anew, or scale it up and down again by %d, which moves no other", (on[most.Key()]-on[least.Key()])/2),
			Verb: "restart", Target: s.Key().Ref()}
		report(p)
	}
}

// globalMisses reports services that have a task for every node and have none on
// one that fits, although nothing keeps it off.
func globalMisses(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if s.Mode() != model.ModeGlobal || c.forgetsTheEnded(s) || f.TasksAt.IsZero() || f.Rollout.Active() || f.Overtaken || c.readBy(f).Sub(s.UpdatedAt) < settled {
			continue
		}
		has := map[model.NodeID]bool{}
		tasks, _ := c.TasksOf(s.Key())
		for _, t := range tasks {
			has[t.NodeID] = true
		}
		var names []string
		for _, n := range c.candidates(s) {
			if !has[n.Key()] && c.readBy(f).Sub(n.UpdatedAt) > settled && c.readBy(f).Sub(n.CreatedAt) > settled {
				names = append(names, c.NodeName(n.Key()))
			}
		}
		if len(names) > 0 {
			report(model.Finding{Ref: s.Key().Ref(), Subject: s.Name(), Status: model.Warning, Confidence: model.Likely,
				Claim: "has no task on " + some(names), Why: "it is to have one on every node that fits, and nothing says why not here",
				Remedy: model.Remedy{Text: "restart it", Verb: "restart", Target: s.Key().Ref()}})
		}
	}
}

// forgetsTheEnded reports whether the engine may keep no trace of a task that it does
// not start again.
func (c *sweep) forgetsTheEnded(s *model.Service) bool {
	p := s.Spec.TaskTemplate.RestartPolicy
	ends := p != nil && (p.Condition == swarm.RestartPolicyConditionNone || p.Condition == swarm.RestartPolicyConditionOnFailure || p.MaxAttempts != nil && *p.MaxAttempts > 0)
	return ends && c.Session.TaskHistory == 1
}

// mixedTasks notes services at rest whose tasks are not all the same: of several
// builds of one image, or of a former specification.
func mixedTasks(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if !c.atRest(s, f) || s.MidUpdate() {
			continue
		}
		old, several, closed := 0, false, (*model.Node)(nil)
		note := model.Finding{Ref: s.Key().Ref(), Subject: s.Name(), Status: model.Neutral, Confidence: model.Likely,
			Remedy: model.Remedy{Text: "restart it: then all its tasks are made from its present specification", Verb: "restart", Target: s.Key().Ref()}}
		tasks, _ := c.TasksOf(s.Key())
		for _, t := range tasks {
			if t.State != swarm.TaskStateRunning || !t.Wanted() {
				continue
			}
			if !s.UpToDate(t) {
				if n := c.Node(t.NodeID); s.Mode() == model.ModeGlobal && n != nil && n.Ready() && !n.Schedulable() {
					closed = n
				}
				old, several = old+1, several || t.Image() != s.Image()
				note.Evidence = append(note.Evidence, model.Evidence{Object: c.TaskName(t), Field: "Spec.ContainerSpec.Image", Value: t.Image()})
			}
		}
		switch {
		case several:
			note.Claim = fmt.Sprintf("runs several images at once: %d of %s have another", old, model.Plural(f.Up, "task"))
		case old > 0:
			note.Claim = fmt.Sprintf("%d of %s made from a former specification", old, model.Plural(f.Up, "task"))
		default:
			continue
		}
		note.Part, note.Why = "mixed", "no update goes on that would replace them"
		if closed != nil {
			name := c.NodeName(closed.Key())
			note.Why = name + " is " + closedWord(closed) + ", and keeps the task that it has"
			note.Remedy = model.Remedy{Text: "activate " + name + ", then restart the service", Verb: "activate", Target: closed.Key().Ref()}
		}
		report(note)
	}
}
