package actions

import (
	"errors"
	"fmt"
	"strings"

	"skep/model"
)

// noPrevious is the reason where a service has nothing to roll back to. After
// an automatic rollback the engine keeps none either.
const noPrevious = "there is no previous version: it was never updated, or the engine has just rolled it back"

const rollbackVerb = "rollback"

var rollback = Action{
	Verb: rollbackVerb, Title: "Roll back", Kind: model.KindService, Tier: Disruptive,
	Enabled: func(c *model.Cluster, t Target) string {
		s := serviceOf(c, t)
		if s.PreviousSpec == nil {
			return noPrevious
		}
		if _, held := s.HoldMark(); held && s.MidUpdate() {
			return "its update is held, and the engine's previous version is the new one: revert it to go back, or resume it"
		}
		return ""
	},
	Plan: planRollback,
}

// planRollback lets the engine swap the service's specification with the
// previous one. The preview is the difference of the two, because what a
// rollback restores is whatever was written last, were it only a scale.
func planRollback(in Input) (Plan, error) {
	s := readService(in)
	before, after := in.Doc.Spec, in.Doc.Previous
	if len(after) == 0 || string(after) == "null" {
		return Plan{}, errors.New(noPrevious)
	}
	p := Plan{
		Verb: rollbackVerb, Title: fmt.Sprintf("roll %s back", s.name()), Target: in.Target, Risk: Disruptive,
		Steps:    []Step{{Op: OpRollback, Ref: in.Target.Ref, Seen: in.Doc}},
		Changes:  model.SpecChanges(before, after),
		Commands: []string{command("service", "rollback", s.arg())},
		Undo: Undo{
			Sentence: "roll back again: the two versions swap places",
			Commands: []string{command("service", "rollback", s.arg())},
		},
	}
	if len(p.Changes) == 0 {
		return Plan{}, fmt.Errorf("%w: the previous version of %s is the same as the current one", ErrNoChange, s.name())
	}
	in.Doc.Spec, in.Doc.Previous = after, before
	restored := readService(in)
	restored.status = s.status
	s.describeRollback(&p, restored)
	if strings.HasPrefix(string(s.status), "rollback") {
		p.warn("the last change was a rollback: this one goes forward again, to the version that was left")
	}
	if lost := in.Missing; len(lost) > 0 && (s.job() || p.Impact.Restarts+p.Impact.Starts > 0) {
		p.refuse("%s", cannotRestore(previousVersion, lost))
	} else if len(lost) > 0 {
		p.warn("%s; those that run keep running", cannotRestore(previousVersion, lost))
	}
	s.finish(&p, "the rollback")
	return p, nil
}

// describeRollback says what the swap does to the tasks.
func (s service) describeRollback(p *Plan, restored service) {
	changed, moved := dirty(s.spec, restored.spec)
	switch from, to := s.image(), restored.image(); {
	case changed && from != to:
		p.Impact.say("the image goes back to %s", withoutDigest(to))
	case changed:
		p.warn("the image stays the same (%s): the last change was to something else", withoutDigest(from))
	case !moved && restored.tasks != s.tasks:
		p.warn("the last change was only a scale: neither the image nor any task setting is restored")
	case !moved && !s.job():
		p.Impact.say("no task setting changes")
	}
	s.describeRestored(p, restored, "RollbackConfig")
}

// describeRestored says what a former specification does to the tasks, replaced as
// a part of it says.
func (s service) describeRestored(p *Plan, restored service, config string) {
	scaled := restored.tasks - s.tasks
	changed, moved := dirty(s.spec, restored.spec)
	if s.job() {
		s.rerun(p, restored.spec)
		return
	}
	f := s.foretell(p, restored.spec, config)
	stops := -scaled
	if f.Known {
		stops = len(f.Stopped)
	}
	switch {
	case scaled == 0 && f.Places == 0 && !changed && !moved:
		p.Impact.say("no task restarts")
	case scaled == 0:
	case restored.tasks == 0:
		p.raise(Destructive)
		p.Impact.Stops = stops
		p.Impact.say("%s: %s goes back to 0", tasksDo(stops, "stop"), s.name())
	case scaled < 0:
		p.raise(Disruptive)
		p.Impact.Stops = stops
		p.Impact.say("%s: back to %d from %d", tasksDo(stops, "stop"), restored.tasks, s.tasks)
	default:
		restored.sayStarts(p, scaled, fmt.Sprintf(": back to %d from %d", restored.tasks, s.tasks))
	}
}
