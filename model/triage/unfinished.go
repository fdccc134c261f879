package triage

import (
	"fmt"
	"time"

	"skep/model"
)

// unfinishedAfter is how long nothing may move in what takes several steps before
// nobody seems to go on with it. A service takes that long to move if it starts
// slowly, or is watched for long.
const unfinishedAfter = 5 * time.Minute

// unfinished tells of what a console began that takes several steps, and that is
// not at its end: another may carry it on, or nobody.
func unfinished(c *sweep, report func(model.Finding)) {
	for _, n := range c.Nodes() {
		c.drainUnfinished(n, report)
	}
	for _, s := range c.Services() {
		c.switchUnfinished(s, report)
		c.updateHeld(s, report)
		if m, ok := s.RebalanceMark(); ok {
			f := model.Finding{Ref: s.Key().Ref(), Subject: s.Name(), Since: m.Began,
				Claim:    fmt.Sprintf("is being spread anew: %d replicas, and %d again in the end", s.Replicas(), m.Replicas),
				Evidence: []model.Evidence{{Object: s.Name(), Field: "Labels", Value: model.LabelRebalance + "=" + m.String()}},
				Remedy:   model.Remedy{Text: "go on with it", Verb: "rebalance", Target: s.Key().Ref()}}
			if !m.Gives(int(s.Replicas())) {
				f.Claim = fmt.Sprintf("was scaled to %d while it was spread anew", s.Replicas())
				f.Remedy.Text = "end that"
			}
			report(c.begun(f, s.UpdatedAt))
		}
	}
	c.upgradeUnfinished(report)
}

// switchUnfinished tells of requests that go over from one service to the one
// beside it, and of one that has them for good: neither is what a stack's file says.
func (c *sweep) switchUnfinished(s *model.Service, report func(model.Finding)) {
	m, marked := s.GreenMark()
	if !marked || m.Phase == model.GreenBeside {
		return
	}
	blue := string(m.Blue)
	if other := c.Service(m.Blue); other != nil {
		blue = other.Name()
	}
	f := model.Finding{Ref: s.Key().Ref(), Part: "switch", Subject: s.Name(), Since: m.Began,
		Evidence: []model.Evidence{{Object: s.Name(), Field: "Labels", Value: model.LabelGreen + "=" + m.String()}},
		Remedy:   model.Remedy{Verb: "switch-back", Target: s.Key().Ref()}}
	switch m.Phase {
	case model.GreenOver:
		f.Claim = "gets the requests of " + blue
		f.Remedy = model.Remedy{Text: "finish it, which makes " + blue + " what it is, or switch back", Verb: "finish", Target: f.Ref}
		report(f)
		return
	case model.GreenStepping:
		f.Claim = "takes over the requests of " + blue + " in steps, not at its end"
		f.Remedy = model.Remedy{Text: "switch once more to go on, or switch back", Verb: "switch", Target: f.Ref}
	case model.GreenNaming:
		f.Claim = "takes over the network aliases of " + blue + ", not at its end"
		f.Remedy = model.Remedy{Text: "switch once more to go on, or switch back", Verb: "switch", Target: f.Ref}
	case model.GreenBack:
		f.Claim = "is to give the requests back to " + blue + ", once that is up"
		f.Remedy.Text = "switch back once more to go on"
	case model.GreenFinishing, model.GreenRenewed, model.GreenReturned, model.GreenBeside:
		f.Claim = blue + " is to become what it is, and it to be removed; not at its end"
		f.Remedy = model.Remedy{Text: "finish it once more to go on", Verb: "finish", Target: f.Ref}
	}
	report(c.begun(f, s.UpdatedAt))
}

// heldAfter is how long an update may be held until somebody seems to have forgotten
// it: longer than anybody looks at one half of a service to decide about the other.
const heldAfter = time.Hour

// updateHeld tells of an update that is held, and of a service that is still set to be:
// its next update would stop after one task.
func (c *sweep) updateHeld(s *model.Service, report func(model.Finding)) {
	m, held := s.HoldMark()
	if !held {
		return
	}
	f := model.Finding{Ref: s.Key().Ref(), Part: "hold", Subject: s.Name(), Since: m.Began,
		Claim:    "update held: both versions run side by side",
		Evidence: []model.Evidence{{Object: s.Name(), Field: "Labels", Value: model.LabelHold + "=" + m.String()}},
		Remedy:   model.Remedy{Text: "resume it to go on as before, or revert it to go back", Verb: "resume", Target: s.Key().Ref()}}
	switch since := c.now.Sub(m.Began); {
	case !s.MidUpdate():
		f.Status = model.Warning
		f.Claim, f.Why = "is still set to be held", "no update of it goes on, and the next one would replace one task a day"
		f.Remedy.Text = "resume it, which gives it its own update configuration back"
	case since > heldAfter:
		f.Status = model.Warning
		f.Why = "for " + model.Span(since.Truncate(time.Minute))
	}
	report(f)
}

// begun makes a note of what is under way, and a problem of it where nothing has
// moved for long.
func (c *sweep) begun(f model.Finding, moved time.Time) model.Finding {
	if since := c.now.Sub(moved); since > unfinishedAfter {
		f.Status = model.Warning
		f.Why = "nothing has moved for " + model.Span(since.Truncate(time.Minute))
	}
	return f
}

// drainUnfinished tells of a gentle drain that is under way, and of services that
// keep away from a node without one.
func (c *sweep) drainUnfinished(n *model.Node, report func(model.Finding)) {
	mark, marked := n.DrainMark()
	kept := c.KeptAway(n.Key())
	name, moved := c.NodeName(n.Key()), n.UpdatedAt
	names := make([]string, len(kept))
	for i, s := range kept {
		if names[i] = s.Name(); s.UpdatedAt.After(moved) {
			moved = s.UpdatedAt
		}
	}
	f := model.Finding{Ref: n.Key().Ref(), Subject: name, Since: mark.Began,
		Evidence: []model.Evidence{{Object: name, Field: "Spec.Labels", Value: model.LabelDrain + "=" + mark.String()}}}
	switch {
	case marked && mark.Phase == model.DrainMoving:
		f.Claim = fmt.Sprintf("gentle drain not at its end: %s moved so far", model.Plural(len(kept), "service"))
		f.Remedy = model.Remedy{Text: "drain it gently once more to go on, or activate it to take it back", Verb: "gentle-drain", Target: f.Ref}
		report(c.begun(f, moved))
	case marked && mark.Phase == model.DrainBack:
		f.Claim = fmt.Sprintf("gentle drain not taken back yet: %s still to let back", model.Plural(len(kept), "service"))
		f.Remedy = model.Remedy{Text: "activate it once more to go on", Verb: "activate", Target: f.Ref}
		report(c.begun(f, moved))
	case n.Schedulable() && len(kept) > 0:
		f.Since, f.Status = moved, model.Warning
		f.Claim = "is active, and a gentle drain still keeps services away: " + some(names)
		f.Evidence[0] = model.Evidence{Object: names[0], Field: "Labels", Value: model.AwayLabel(n.Key())}
		f.Remedy = model.Remedy{Text: "activate it once more, which lets them back", Verb: "activate", Target: f.Ref}
		report(f)
	}
}

// upgradeUnfinished tells of the nodes that are still to be upgraded.
func (c *sweep) upgradeUnfinished(report func(model.Finding)) {
	var first *model.Node
	var began, moved time.Time
	left := 0
	for _, n := range c.Nodes() {
		mark, marked := n.UpgradeMark()
		if n.UpdatedAt.After(moved) {
			moved = n.UpdatedAt
		}
		if !marked {
			continue
		}
		if left++; first == nil {
			first, began = n, mark.Began
		}
	}
	if first != nil {
		report(c.begun(model.Finding{Ref: first.Key().Ref(), Part: "upgrade", Subject: "upgrade of the nodes", Since: began,
			Claim:  fmt.Sprintf("not at its end: %s left", model.Plural(left, "node")),
			Remedy: model.Remedy{Text: "begin it again to go on (skep upgrade), or end it (skep upgrade --end)"}}, moved))
	}
}
