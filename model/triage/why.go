package triage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// reason is why a service lacks a task, with what it rests on.
type reason struct {
	// why is a sentence; kin is the same for all services that lack a task for
	// one and the same reason, empty where it is this one's own.
	why, kin   string
	confidence model.Confidence
	evidence   []model.Evidence
	remedy     model.Remedy
	// nodes would take the task if they were there, or open.
	nodes []model.NodeID
	// never is set where waiting cannot help.
	never bool
}

// tell puts a reason into a finding.
func (r reason) tell(f *model.Finding) {
	f.Why, f.Confidence, f.Remedy = r.why, r.confidence, r.remedy
	f.Evidence = append(f.Evidence, r.evidence...)
}

// reasonOf is why the task does not run that is to blame for what a service
// lacks.
func (c *sweep) reasonOf(s *model.Service, f model.ServiceFacts, t *model.Task) reason {
	r := reason{why: c.Plain(t), evidence: c.evidenceOf(t)}
	switch {
	case t.State == swarm.TaskStatePending:
		r = c.whyPending(s, f, t)
	case t.State == swarm.TaskStateNew:
		r = c.whyNew(s, t)
	case t.State == swarm.TaskStatePreparing && t.Err != "":
		// From 29.7 on; the task tries no more.
		text := "mend what the error says"
		if _, known, is := c.cureOf(s, t); is {
			text = known.Text
		}
		r.remedy = model.Remedy{Text: text + "; then restart the service: the task does not try again by itself", Verb: "restart", Target: s.Key().Ref()}
	case t.State == swarm.TaskStatePreparing:
		r.remedy.Text = "see on " + c.NodeName(t.NodeID) + " what it waits for (journalctl -u docker): a slow pull, a volume, a network"
	case t.State == swarm.TaskStateStarting && !t.HasHealthcheck():
		r.why = "still starting: its image's health check has not passed yet, and the swarm does not know how long that may take"
		r.confidence = model.Hint
		r.remedy.Text = "see in its log how far its start is; a health check with a start period in the service says how long is right (--health-cmd, --health-start-period)"
	case t.State == swarm.TaskStateStarting:
		r.remedy.Text = "see in its log how far its start is; if that is just slow, give the health check a longer start period (--health-start-period)"
	case t.State == swarm.TaskStateRejected && strings.Contains(t.Err, noAddress):
		r.remedy.Text = "see how full its networks are (skep net): use larger ones, or fewer tasks on them"
		if names := c.networksOf(s); names != "" {
			r.why += ": " + names
		}
		r, _ = c.whyFullNetwork(s, r)
	case t.Terminal() && !f.Restarts.Loop && c.StoppedWithNode(t):
		r.remedy.Text = "see on " + c.NodeName(t.NodeID) + " why, if nobody meant it (journalctl -u docker): its tasks start again by themselves"
		r.confidence = model.Likely
		c.tellNext(f, t, &r)
	case t.Terminal():
		if r.remedy = c.mendEnd(s, t); r.remedy.Verb == "rollback" {
			r.evidence = append(r.evidence, c.changes(s)...)
		}
		if lead := c.onlyOn(s, t); lead != "" {
			r.why = lead + r.why
			r.kin = r.why // Of several services it is the node's.
		}
		c.tellNext(f, t, &r)
	}
	r.why = named(s, r.why)
	return r
}

// noAddress is in the engine's error where a node has got no address for itself on the
// network of a task (swarmkit agent/exec).
const noAddress = "node is missing network attachments"

// tellNext says how far the task has got that follows one that ended.
func (c *sweep) tellNext(f model.ServiceFacts, t *model.Task, r *reason) {
	if next := f.Waiting; next != nil && model.SameSlot(next, t) && !f.Restarts.Loop && next.CreatedAt.After(t.CreatedAt) {
		r.why += "; the next task is " + string(next.State)
	}
}

// named puts the names of configs, secrets and networks for their IDs, which is
// all that the engine says of them.
func named(s *model.Service, text string) string {
	spec := s.Spec.TaskTemplate.ContainerSpec
	if spec == nil {
		return text
	}
	for _, r := range spec.Configs {
		if r != nil && r.ConfigID != "" && r.ConfigName != "" {
			text = strings.ReplaceAll(text, r.ConfigID, r.ConfigName)
		}
	}
	for _, r := range spec.Secrets {
		if r != nil && r.SecretID != "" && r.SecretName != "" {
			text = strings.ReplaceAll(text, r.SecretID, r.SecretName)
		}
	}
	return text
}

// evidenceOf is what the engine says of a task.
func (c *sweep) evidenceOf(t *model.Task) []model.Evidence {
	name := c.TaskName(t)
	out := []model.Evidence{{Object: name, Field: "Status.State", Value: string(t.State)}}
	if t.Err != "" {
		out = append(out, model.Evidence{Object: name, Field: "Status.Err", Value: t.Err})
	}
	if t.Exited && t.ExitCode != 0 {
		out = append(out, model.Evidence{Object: name, Field: "ExitCode", Value: fmt.Sprint(t.ExitCode)})
	}
	if t.NodeID != "" {
		out = append(out, model.Evidence{Object: name, Field: "NodeID", Value: c.NodeName(t.NodeID)})
	}
	return out
}

// mendEnd is what helps where a task ended.
func (c *sweep) mendEnd(s *model.Service, t *model.Task) model.Remedy {
	ref := s.Key().Ref()
	known, remedy, is := c.cureOf(s, t)
	is = is && (t.State == swarm.TaskStateRejected || !t.Exited)
	switch {
	case is && known.node:
		return remedy
	case s.UpToDate(t) && c.mayGoBack(s) && (c.ranBefore(s) || sinceUpdate(s, t)):
		return model.Remedy{Text: "roll back: it fails since the update" + changed(s), Verb: "rollback", Target: ref}
	case is:
		return remedy
	case t.MayBeUnhealthy():
		return model.Remedy{Text: "look at the log of the last failed task: if it was asked to stop, mend the health check or give it a longer start period; what ends by itself is a job, or has the restart condition on-failure"}
	case t.State == swarm.TaskStateComplete && !s.IsJob():
		return model.Remedy{Text: "what ends by itself is a job (docker service create --mode replicated-job), or has the restart condition on-failure"}
	case t.Unhealthy():
		return model.Remedy{Text: "look at the log of the last failed task; give the health check a longer start period if the start just takes long"}
	case t.Killed() && t.MemoryLimit() > 0:
		return model.Remedy{Text: "raise its memory limit, or see in the log what takes so much", Verb: "resources", Target: ref}
	case strings.Contains(t.Err, "starting container failed"):
		// It never ran, and so has no log.
		return model.Remedy{Text: "mend its command, or what else the error names, or use an image that has it", Verb: "edit", Target: ref}
	case t.Exited:
		return model.Remedy{Text: "look at the log of the last failed task"}
	}
	return model.Remedy{Text: "mend what the error says"}
}

// updateBlamed is how soon after an update a task must have been made for the
// update to be suspected of its failure.
const updateBlamed = time.Hour

// sinceUpdate reports whether a task was made by the last update, or soon after.
func sinceUpdate(s *model.Service, t *model.Task) bool {
	u := s.UpdateStatus
	return u != nil && u.StartedAt != nil && !t.CreatedAt.Before(*u.StartedAt) && t.CreatedAt.Sub(*u.StartedAt) < updateBlamed
}

// rolledBack reports whether the last update of a service was a rollback: its previous
// specification is then the one that was not to stay.
func rolledBack(s *model.Service) bool {
	return s.UpdateStatus != nil && strings.HasPrefix(string(s.UpdateStatus.State), "rollback_")
}

// changed says what the last update changed, if that was the image.
func changed(s *model.Service) string {
	before := &model.Service{Service: swarm.Service{Spec: *s.PreviousSpec}}
	was, is := model.ShortImage(before.Image()), model.ShortImage(s.Image())
	if was == is || was == "" {
		return ""
	}
	return fmt.Sprintf(" from %s to %s", was, is)
}

// What a sweep tells of updates that are to blame: comparing specifications is
// dear where many services fail at once.
const (
	updatesCompared = 20
	changesTold     = 8
)

// changes are what the last update of a service changed in its tasks, with what
// is secret in it hidden.
func (c *sweep) changes(s *model.Service) []model.Evidence {
	return c.changesOf(s, "changed by the update", &s.PreviousSpec.TaskTemplate, &s.Spec.TaskTemplate)
}

// tried is what an update changed that was rolled back: nothing but the tasks that
// failed has it any more.
func (c *sweep) tried(s *model.Service, failed *model.Task) []model.Evidence {
	if failed.Spec == nil || s.UpToDate(failed) {
		return nil
	}
	return c.changesOf(s, "changed by the update that failed", &s.Spec.TaskTemplate, &failed.Spec.TaskSpec)
}

// changesOf are the differences of two templates, for a field of evidence.
func (c *sweep) changesOf(s *model.Service, field string, from, to *swarm.TaskSpec) (out []model.Evidence) {
	if c.compared++; c.compared > updatesCompared {
		return nil
	}
	before, err := json.Marshal(from)
	after, err2 := json.Marshal(to)
	if err != nil || err2 != nil {
		return nil
	}
	list := model.DiffAt([]string{"TaskTemplate"}, before, after)
	for _, d := range list[:min(changesTold, len(list))] {
		out = append(out, model.Evidence{Object: s.Name(), Field: field, Value: d.String()})
	}
	if more := len(list) - changesTold; more > 0 {
		out = append(out, model.Evidence{Object: s.Name(), Field: field, Value: fmt.Sprintf("and %d more", more)})
	}
	return out
}

// mayGoBack reports whether a service has a former specification that is another one,
// and no worse as far as is known. A restart changes nothing, and an update that was to
// mend something has before it what it was to mend.
func (c *sweep) mayGoBack(s *model.Service) bool {
	if s.PreviousSpec == nil || rolledBack(s) {
		return false
	}
	former := s.PreviousSpec.TaskTemplate
	print := model.FingerprintOf(&former)
	former.ForceUpdate = s.Spec.TaskTemplate.ForceUpdate
	if model.FingerprintOf(&former) == s.Print {
		return false
	}
	tasks, _ := c.TasksOf(s.Key())
	failed := slices.ContainsFunc(tasks, func(t *model.Task) bool {
		return t.Spec != nil && t.Spec.Print == print && t.Bad()
	})
	return !failed || c.ranBefore(s)
}

// ranBefore reports whether a task of the former specification is known to have
// run: one that was stopped rather than failed.
func (c *sweep) ranBefore(s *model.Service) bool {
	former := model.FingerprintOf(&s.PreviousSpec.TaskTemplate)
	tasks, _ := c.TasksOf(s.Key())
	return slices.ContainsFunc(tasks, func(t *model.Task) bool {
		return t.Spec != nil && t.Spec.Print == former && (t.State == swarm.TaskStateRunning || t.State == swarm.TaskStateShutdown)
	})
}

// onlyOn names the node where all failures of a service lie, if others run it:
// then it is the node that is to be looked at. Empty otherwise.
func (c *sweep) onlyOn(s *model.Service, last *model.Task) string {
	tasks, at := c.TasksOf(s.Key())
	if at.IsZero() || last.NodeID == "" || s.Mode() == model.ModeGlobal && len(c.Nodes()) < 2 {
		return ""
	}
	failures, elsewhere := 0, false
	for _, t := range tasks {
		switch {
		case !s.UpToDate(t):
		case t.Bad() && t.NodeID != last.NodeID:
			return ""
		case t.Bad():
			failures++
		case t.State == swarm.TaskStateRunning && t.Wanted() && t.NodeID != last.NodeID:
			elsewhere = true
		}
	}
	if failures < 2 || !elsewhere {
		return ""
	}
	return "only on " + c.NodeName(last.NodeID) + ": "
}
