package triage

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// problem is one with a service, in which as much is down as its facts say.
func problem(s *model.Service, f model.ServiceFacts, status model.Status, claim string) model.Finding {
	weight := 0
	if missing := f.Want - f.Up - f.Finished; missing > 0 && !s.IsJob() {
		if weight = weightShort + missing; f.Up == 0 {
			weight = weightDown + missing
		}
	}
	return model.Finding{Ref: s.Key().Ref(), Subject: s.Name(), Claim: claim, Status: status, Weight: weight}
}

func updatePaused(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		word := ""
		switch f.Rollout.State {
		case swarm.UpdateStatePaused:
			word = "update paused"
		case swarm.UpdateStateRollbackPaused:
			word = "rollback paused"
		default:
			continue
		}
		switch {
		case f.Shortage() > model.Neutral || f.Unproved > 0:
			// One that runs between two deaths is not up, or the claim would change
			// every few seconds.
			word += fmt.Sprintf(", %d/%d up", f.Steady, f.Want)
			if f.Rollout.Known {
				word += fmt.Sprintf(", %d new", f.Rollout.New-f.UnprovedNew)
			}
		default:
			word = f.Progress(word)
		}
		p := problem(s, f, model.Broken, word)
		p.Why, p.Since = c.WithTaskName(f.Rollout.Message), f.Rollout.Started
		switch {
		case f.Worst != nil:
			c.reasonOf(s, f, f.Worst).tell(&p)
		case f.Unproved > 0 && f.Restarts.Last != nil:
			c.reasonOf(s, f, f.Restarts.Last).tell(&p)
		default:
			c.tellStopped(s, f, &p)
		}
		if p.Remedy.Text == "" {
			p.Remedy = c.goOn(s)
		}
		if f.EndedWell {
			p.Status = model.Neutral
			p.Why = "its tasks ended well, which the engine takes for a failure while it watches an update"
		}
		report(p)
	}
}

// goOn is what helps a paused update of which no more is known than that a task failed.
func (c *sweep) goOn(s *model.Service) model.Remedy {
	r := model.Remedy{Text: "look at the log of the task that failed, then resume it", Verb: "resume", Target: s.Key().Ref()}
	if c.mayGoBack(s) {
		r.Text, r.Verb = "look at the log of the task that failed; roll back, or resume it", "rollback"
	}
	return r
}

// tellStopped says of an update that nothing failed where what paused it is a task that
// was asked to stop, or went with its node: the engine takes each end of a task that it
// watches for a failure.
func (c *sweep) tellStopped(s *model.Service, f model.ServiceFacts, p *model.Finding) {
	t := c.Task(model.TaskID(f.Rollout.Message[strings.LastIndexByte(f.Rollout.Message, ' ')+1:]))
	if t == nil || t.State != swarm.TaskStateShutdown && !c.StoppedWithNode(t) {
		return
	}
	node := c.NodeName(t.NodeID)
	p.Why = "nothing failed: " + c.TaskName(t) + " was stopped on " + node
	switch n := c.Node(t.NodeID); {
	case n == nil:
	case t.State != swarm.TaskStateShutdown:
		p.Why = "nothing failed: " + c.TaskName(t) + " ended as " + node + " was down or its engine was restarted"
	case n.Lost():
		p.Why += ", which is down"
	case !n.Schedulable():
		p.Why += ", which is " + closedWord(n)
	}
	p.Evidence = append(p.Evidence, c.evidenceOf(t)...)
	p.Remedy = model.Remedy{Text: "resume it: the update goes on where it stopped", Verb: "resume", Target: s.Key().Ref()}
}

// updateStuck reports updates that do not go on although nothing is missing
// yet: where the new task is started first, the old one stays while it waits.
func updateStuck(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if !f.Rollout.Active() || f.Worst == nil || f.Shortage() > model.Moving {
			continue
		}
		word := "update"
		if f.Rollout.State == swarm.UpdateStateRollbackStarted {
			word = "rollback"
		}
		r := c.updateReason(s, f)
		switch {
		case r.never:
			word += " can never finish"
		case f.Worst.Terminal():
			word += " failing"
		default:
			word += " stuck"
		}
		p := problem(s, f, model.Warning, f.Progress(word))
		r.tell(&p)
		p.Since = f.BadSince
		c.blame(updateMatter, p, r)
		report(p)
	}
}

// updateReason is why the task does not run that is worst off, and whether an
// update that is at work cannot end for it.
func (c *sweep) updateReason(s *model.Service, f model.ServiceFacts) reason {
	r := c.reasonOf(s, f, f.Worst)
	if f.Worst.State == swarm.TaskStatePending && f.Rollout.Active() {
		if why, never := c.StuckUpdate(s); never {
			if len(r.nodes) == 0 && strings.Contains(why, string(swarm.UpdateOrderStartFirst)) {
				r.why, r.kin, r.remedy = why, "", besideRemedy(s) // It knows of the task that is to be replaced.
			}
			r.never = true
		}
	}
	return r
}

// besideRemedy is what helps an update that starts the new task while the old one
// has what both need.
func besideRemedy(s *model.Service) model.Remedy {
	r := model.Remedy{Text: "set the update order to stop-first (docker service update --update-order stop-first)"}
	if s.PreviousSpec != nil && !rolledBack(s) {
		r.Text += ", or roll back"
		r.Verb, r.Target = "rollback", s.Key().Ref()
	}
	return r
}

// blame notes which nodes, or which reason that others share, explain a finding.
func (c *sweep) blame(matter string, f model.Finding, r reason) {
	f.Matter = matter
	for _, n := range r.nodes {
		c.blamed[n] = append(c.blamed[n], f.ID())
	}
	if r.kin != "" && len(r.nodes) == 0 {
		c.kin[r.kin] = append(c.kin[r.kin], f.ID())
	}
}

// updateRolledBack reports updates that failed and were taken back by the engine
// itself, as a note once that was acknowledged.
func updateRolledBack(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if !s.RolledBack(c.now) {
			continue
		}
		p := problem(s, f, model.Warning, "update rolled back")
		p.Since, p.Mark = f.Rollout.Started, s.RollbackMark()
		if last := f.Restarts.Last; last != nil {
			p.Why, p.Evidence = c.Plain(last), append(c.evidenceOf(last), c.tried(s, last)...)
		}
		p.Remedy.Text = "its former version runs; look at the log of the task that failed before you update it again"
		if !f.Reverted {
			p.Status, p.Mark, p.Claim = model.Neutral, "", p.Claim+" (acknowledged)"
		}
		report(p)
	}
}

func restartLoop(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		r := f.Restarts
		if !r.Loop {
			continue
		}
		p := problem(s, f, model.Broken, "restart loop")
		if r.Every > 0 {
			p.Claim += ", every " + pace(r.Every)
		}
		p.Since, p.Weight = r.Since, weightLoop+f.Want
		if p.Remedy.Text = "look at the logs of the service"; r.Last != nil {
			c.reasonOf(s, f, r.Last).tell(&p)
		}
		report(p)
	}
}

// justRestarted reports services of which a task ended that runs again, until it
// has outlived the one before: a service is not well between two deaths, nor at
// once after whatever was to mend it. What was changed and has run well since for as
// long as an update is watched is a note, and so is what died once after a long life.
func justRestarted(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		again := f.Unproved + f.Restarting
		if again == 0 || s.IsJob() {
			continue
		}
		last := f.Restarts.Last
		if f.Restarted() == 0 {
			reportWatched(c, s, f, report)
			continue
		}
		// Not how many are up: that changes with every restart.
		p := problem(s, f, model.Warning, fmt.Sprintf("%d of %s restarted and not proved yet", again, model.Plural(max(again, f.Want), "task")))
		if last != nil {
			c.reasonOf(s, f, last).tell(&p)
			p.Since = last.UpdatedAt
		}
		p.Why = strings.TrimPrefix(p.Why+"; its tasks have to outlive those before them", "; ")
		p.Evidence = append(p.Evidence, proofOf(s, f)...)
		report(p)
	}
}

// repeating notes services that do their work again and again by their restart policy.
func repeating(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		if !f.Restarts.Repeats || f.Restarts.Loop {
			continue
		}
		p := problem(s, f, model.Neutral, "ends with 0 and runs again")
		p.Why = "as its restart policy asks; an end after a failed health check that only the image has would look the same"
		p.Remedy.Text = "a job tells more of each run (docker service create --mode replicated-job)"
		if policy := s.Spec.TaskTemplate.RestartPolicy; policy != nil && policy.Delay != nil {
			p.Evidence = []model.Evidence{{Object: s.Name(), Field: "RestartPolicy.Delay", Value: model.Span(*policy.Delay)}}
		}
		report(p)
	}
}

// reportWatched notes a service that is mended as far as can be told.
func reportWatched(c *sweep, s *model.Service, f model.ServiceFacts, report func(model.Finding)) {
	p := problem(s, f, model.Neutral, "runs since it was changed, and is watched")
	once := f.DiedOnce > 0
	if once {
		p.Claim = fmt.Sprintf("runs again after %s died once, and is watched", model.Plural(f.DiedOnce, "task"))
	}
	p.Confidence, p.Evidence, p.Since = model.Likely, proofOf(s, f), s.UpdatedAt
	p.Why = "its tasks have yet to outlive those before them"
	if last := f.Restarts.Last; last != nil {
		p.Why = "before: " + c.Plain(last) + "; " + p.Why
		if once {
			p.Since = last.UpdatedAt
			p.Why = c.Plain(last) + ", after it had run for " + model.Span(last.UpdatedAt.Sub(last.CreatedAt).Round(time.Minute))
		}
		p.Evidence = append(p.Evidence, c.evidenceOf(last)...)
	}
	report(p)
}

// proofOf is when it is proved that the tasks of a service last.
func proofOf(s *model.Service, f model.ServiceFacts) []model.Evidence {
	if f.ProvedAt.IsZero() {
		return nil
	}
	return []model.Evidence{{Object: s.Name(), Field: "proved, if all goes well, at", Value: f.ProvedAt.UTC().Format("15:04:05 UTC")}}
}

// pace is how far apart things are, roughly.
func pace(d time.Duration) string {
	switch {
	case d >= 10*time.Minute:
		return fmt.Sprintf("%dm", int(d.Round(time.Minute).Minutes()))
	case d >= time.Minute:
		return strings.Replace(d.Round(10*time.Second).String(), "m0s", "m", 1)
	default:
		return d.Round(time.Second).String()
	}
}

// serviceShort reports services with too few replicas.
func serviceShort(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		f := c.Facts(s.Key())
		status := f.Shortage()
		if s.IsJob() {
			// A job that has not completed is at work, unless its state says more.
			if _, status = f.State(s); !f.Counted() || !f.Short(true) || f.NoPlace {
				continue
			}
		}
		if status <= model.Moving || f.Restarts.Loop {
			continue // A loop is told as one.
		}
		p := problem(s, f, status, shortClaim(s, f))
		r := c.shortReason(s, f)
		r.tell(&p)
		if f.Worst != nil {
			p.Since = f.BadSince
		}
		if f.GaveUp > 0 && p.Remedy.Verb == "" && !s.IsJob() {
			p.Remedy.Text = strings.TrimPrefix(p.Remedy.Text+"; then restart the service: it does not try again by itself", "; then ")
			p.Remedy.Verb, p.Remedy.Target = "restart", s.Key().Ref()
		}
		if r.never && f.Rollout.Active() {
			p.Claim += ", which can never finish"
		}
		c.blame(replicasMatter, p, r)
		report(p)
	}
}

// shortReason is why tasks of a service are missing.
func (c *sweep) shortReason(s *model.Service, f model.ServiceFacts) reason {
	switch {
	case f.Worst != nil:
		return c.updateReason(s, f)
	case f.Ghosts > 0:
		return c.ghostReason(s, f)
	case f.Waiting != nil:
		return c.reasonOf(s, f, f.Waiting)
	}
	return c.unexplained(s, f)
}

// unexplained is said where a service lacks a task, and none is known that tells why.
func (c *sweep) unexplained(s *model.Service, f model.ServiceFacts) reason {
	r := reason{confidence: model.Likely}
	if f.Reported >= 0 {
		r.evidence = []model.Evidence{{Object: s.Name(), Field: "ServiceStatus.RunningTasks", Value: fmt.Sprint(f.Reported)}}
	}
	tasks, at := c.TasksOf(s.Key())
	stopping := 0
	for _, t := range tasks {
		if t.State == swarm.TaskStateRunning && !t.Wanted() {
			stopping++
		}
	}
	stopped := stoppedForGood(s, tasks)
	switch {
	case at.IsZero() || at.Before(f.At):
		r.why, r.confidence = "its tasks could not be read since, only counted", model.Certain
		r.kin = r.why // It is the leader's, which has much to tell.
	case len(stopped) > 0:
		t := stopped[0]
		r.why = fmt.Sprintf("%s was stopped on %s, and its restart policy starts no other", c.TaskName(t), c.NodeName(t.NodeID))
		r.evidence = append(r.evidence, c.evidenceOf(t)...)
		r.remedy = model.Remedy{Text: "restart the service: it does not start one by itself", Verb: "restart", Target: s.Key().Ref()}
		return r
	case stopping > 0:
		r.why = fmt.Sprintf("%s being stopped, and none started in its place yet: the manager or an engine is busy", model.Plural(stopping, "task"))
	default:
		r.why = "the manager has started none in its place yet: it is busy, or hangs"
	}
	r.remedy.Text = "see how busy the leader is (its engine's log, its disk), and look again"
	return r
}

// stoppedForGood are the newest tasks of their slots that were stopped, as where their
// node is drained, and that the restart policy does not replace (swarmkit
// manager/orchestrator/restart counts a move for an attempt).
func stoppedForGood(s *model.Service, tasks []*model.Task) (out []*model.Task) {
	p := s.Spec.TaskTemplate.RestartPolicy
	if p == nil || p.Condition != swarm.RestartPolicyConditionNone && (p.MaxAttempts == nil || *p.MaxAttempts == 0) {
		return nil
	}
	model.Slots(tasks, func(slot []*model.Task) {
		if t := slot[0]; t.State == swarm.TaskStateShutdown && t.Desired == swarm.TaskStateShutdown && s.UpToDate(t) {
			out = append(out, t)
		}
	})
	return out
}

// ghostReason names the nodes that took tasks of a service with them. The engine
// goes on counting those as running.
func (c *sweep) ghostReason(s *model.Service, f model.ServiceFacts) reason {
	r := reason{nodes: c.ghostNodes(s), remedy: model.Remedy{Text: "bring the node back, or remove it if it is gone for good"}}
	var names []string
	for _, n := range r.nodes {
		names = append(names, c.NodeName(n))
	}
	switch len(names) {
	case 0:
		r.why = fmt.Sprintf("%d on a node that is down", f.Ghosts)
	case 1:
		r.why = fmt.Sprintf("%d on %s, which is down", f.Ghosts, names[0])
	default:
		r.why = fmt.Sprintf("%d on %s, which are down", f.Ghosts, some(names))
	}
	r.evidence = []model.Evidence{{Object: s.Name(), Field: "ServiceStatus.RunningTasks", Value: fmt.Sprint(f.Reported)}}
	return r
}

// ghostNodes are the nodes that are gone and had tasks of a service.
func (c *sweep) ghostNodes(s *model.Service) (out []model.NodeID) {
	tasks, _ := c.TasksOf(s.Key())
	for _, t := range tasks {
		n := c.Node(t.NodeID)
		if t.State == swarm.TaskStateRunning && n != nil && n.Lost() && !slices.Contains(out, t.NodeID) {
			out = append(out, t.NodeID)
		}
	}
	return out
}

// shortClaim says how many tasks a service has, and what is known of the
// others in a word.
func shortClaim(s *model.Service, f model.ServiceFacts) string {
	if s.IsJob() {
		return fmt.Sprintf("%d/%d completed", f.Completed, f.Total)
	}
	claim := fmt.Sprintf("%d/%d", f.Up, f.Want)
	switch {
	case f.Rollout.State == swarm.UpdateStateUpdating:
		claim += " while updating"
	case f.Rollout.State == swarm.UpdateStateRollbackStarted:
		claim += " while rolling back"
	case f.GaveUp > 0 && f.GaveUp < f.Want-f.Up:
		claim += fmt.Sprintf(", %d %s", f.GaveUp, f.Surrender())
	case f.GaveUp > 0:
		claim += ", " + f.Surrender()
	}
	return claim
}

// serviceNowhere reports services that have a task for every node, and so none
// where no node fits: 0 of 0 looks as if all were well.
func serviceNowhere(c *sweep, report func(model.Finding)) {
	for _, s := range c.Services() {
		if f := c.Facts(s.Key()); f.NoPlace && f.Want == 0 && f.Up == 0 && f.Completed == 0 {
			p := problem(s, f, model.Warning, "runs on no node")
			r := c.whyNowhere(s)
			r.tell(&p)
			c.blame(ruleNowhere, p, r)
			report(p)
		}
	}
}

// whyNowhere is why no node may have a task of a service, and what helps.
func (c *sweep) whyNowhere(s *model.Service) reason {
	r := reason{remedy: model.Remedy{Text: "change its constraints, or give a node what they ask for", Verb: "constraint", Target: s.Key().Ref()}}
	constraints, err := model.ParseConstraints(s.Demand().Placement().Constraints)
	if err != nil {
		constraints = nil // The engine then asks none of them.
	}
	var none, all []string
	for _, k := range constraints {
		all = append(all, k.String())
		if !slices.ContainsFunc(c.Nodes(), k.Matches) {
			none = append(none, k.String())
		}
	}
	var closed []model.NodeFit
	for _, n := range c.Nodes() {
		if !slices.ContainsFunc(constraints, func(k model.Constraint) bool { return !k.Matches(n) }) {
			closed = append(closed, model.NodeFit{Node: n})
		}
	}
	switch {
	case len(none) > 0:
		r.why = "none has " + strings.Join(none, ", none has ")
	case len(closed) == 0:
		r.why = "none has all of " + strings.Join(all, ", ")
	default:
		r.remedy = model.Remedy{Text: "bring one of them back"}
		c.whyClosed(closed, &r)
	}
	return r
}
