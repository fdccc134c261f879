package actions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// paused reports whether the engine has stopped an update of the service
// because it failed.
func (s service) paused() bool {
	return s.status == swarm.UpdateStatePaused || s.status == swarm.UpdateStateRollbackPaused
}

// goesOn reports whether an update replaces tasks, whatever is written.
func (s service) goesOn() bool {
	return s.status == swarm.UpdateStateUpdating || s.status == swarm.UpdateStateRollbackStarted
}

// underway reports whether an update of the service goes on or is paused. The
// engine takes any write for the order to go on with it, and keeps what was
// written before as what a rollback restores.
func (s service) underway() bool { return s.paused() || s.goesOn() }

// rollingBack reports whether that update is a rollback.
func (s service) rollingBack() bool {
	return s.status == swarm.UpdateStateRollbackPaused || s.status == swarm.UpdateStateRollbackStarted
}

// sayUnderway says what a write does to an update that is not at its end: first
// of all, because it is seldom what the write is made for.
func (s service) sayUnderway(p *Plan, f forecast, after json.RawMessage) {
	if !s.underway() || p.Verb == rollbackVerb {
		return
	}
	what, version := "update", withoutDigest(s.image())
	if s.rollingBack() {
		what = "rollback"
	}
	if version != "" {
		what += " to " + version
	}
	goesOn := "continues the " + what + " and counts its failures from zero"
	if s.paused() {
		goesOn = "resumes the " + what
	}
	in := s.in
	in.Doc.Spec = after
	if next := withoutDigest(readService(in).image()); next != version {
		goesOn = fmt.Sprintf("takes the place of the %s", what)
	}
	switch n := f.healthy(); {
	case !f.Known:
		p.Impact.say("%s: tasks of the older version are replaced", goesOn)
	case len(f.Replaced) == 0:
		p.Impact.say("%s: no task of an older version is left", goesOn)
	case n == 0:
		p.Impact.say("%s: %s replaced, none of which is running now", goesOn, countAre(len(f.Replaced), "task"))
	case f.changed:
		p.Impact.say("%s: up to %s replaced", goesOn, countAre(n, "healthy task"))
	default:
		p.Impact.say("%s: up to %s replaced", goesOn, countAre(n, "more healthy task"))
	}
	s.offerRollback(p)
}

func countAre(n int, what string) string { return model.Plural(n, what) + " " + verb(n, "is", "are") }

// offerRollback names the verb that is better done first: after the write
// nothing rolls the update back any more.
func (s service) offerRollback(p *Plan) {
	previous := s.in.Doc.Previous
	if s.rollingBack() || len(previous) == 0 || model.SameJSON(field(previous, "TaskTemplate"), field(s.spec, "TaskTemplate")) {
		return
	}
	p.Instead = rollbackVerb
	f := s.foresee(previous, "RollbackConfig")
	does := "afterwards a rollback no longer undoes the update"
	if n, stay := f.replaced(), len(f.Kept); f.Known {
		does = fmt.Sprintf("it restarts %s, %d %s", model.Plural(n, "task"), stay, verb(stay, "stays", "stay"))
	}
	p.Impact.say("roll back first, if that is not what you want: %s", does)
}

// finish is the end of every plan that writes a service: what holds for all of
// them. what names the write in a sentence about a later rollback.
func (s service) finish(p *Plan, what string) {
	s.warnJob(p)
	s.warnOthers(p)
	s.warnHeld(p)
	if p.Verb != rollbackVerb {
		if s.underway() && p.Risk < Destructive {
			p.Risk++
		}
		s.warnPrevious(p, what)
	}
	p.confirm()
}

// warnHeld says that what this write replaces is held as well: the engine goes by how
// the service is to be updated, which a hold has changed, whatever it is updated for.
func (s service) warnHeld(p *Plan) {
	if p.Impact.Restarts < 2 || p.Verb == rollbackVerb || len(p.Steps) == 0 {
		return
	}
	after, err := Apply(s.spec, p.Steps[0].Edits)
	mark := ""
	if decodeField(after, &mark, pathHold...); err != nil || mark == "" {
		return
	}
	var delay time.Duration
	if decodeField(after, &delay, pathDelay...); delay < holdDelay {
		return // A stack deploy has taken the delay away, and left the label.
	}
	p.Instead = cmp.Or(p.Instead, resumeVerb)
	p.warn("its update is held, and so is this: one task is replaced now, and one more every %s; resume it first, and it goes as it did before the hold", model.Span(holdDelay))
}

// warnPrevious says what a later rollback will restore: the engine keeps one
// former spec, and every write replaces it. Nothing is lost where that makes the
// same version as today's, or is just what this write gives back.
func (s service) warnPrevious(p *Plan, what string) {
	previous := s.in.Doc.Previous
	if len(previous) == 0 || sameVersion(previous, s.spec) {
		return
	}
	if len(p.Steps) > 0 {
		if after, err := Apply(s.spec, p.Steps[0].Edits); err == nil && sameVersion(previous, after) {
			return
		}
	}
	var image string
	decodeField(previous, &image, pathImage...)
	if image == s.image() || image == "" {
		p.warn("a rollback after this undoes %s only; the version it restores now is lost", what)
		return
	}
	p.warn("a rollback after this undoes %s only; the version it restores now (%s) is lost", what, withoutDigest(image))
}

// sameVersion reports whether the tasks of two specifications are the same to their
// users: how often they were restarted, and the nodes that a gentle drain keeps them
// from, make no version.
func sameVersion(a, b json.RawMessage) bool {
	return model.SameJSON(versionOf(a), versionOf(b))
}

// versionOf is what a specification makes its tasks of, without what makes no version.
func versionOf(spec json.RawMessage) json.RawMessage {
	edits := []Edit{{Path: pathForce, Delete: true}}
	placement := []string{"TaskTemplate", "Placement"}
	var constraints []string
	decodeField(spec, &constraints, pathConstraints...)
	kept := slices.DeleteFunc(slices.Clone(constraints), func(constraint string) bool {
		id, ok := strings.CutPrefix(constraint, model.AwayConstraint(""))
		_, away := labels.today(spec)[model.AwayLabel(model.NodeID(id))]
		return ok && away
	})
	if len(kept) < len(constraints) {
		edits = append(edits, Edit{Path: pathConstraints, Value: kept})
	}
	if len(kept) == 0 { // No placement is the same as an empty one.
		if rest, err := Apply(spec, []Edit{{Path: pathConstraints, Delete: true}}); err == nil && model.SameJSON(field(rest, placement...), json.RawMessage("{}")) {
			edits = append(edits, Edit{Path: placement, Delete: true})
		}
	}
	plain, err := Apply(spec, edits)
	if err != nil {
		return field(spec, "TaskTemplate")
	}
	return field(plain, "TaskTemplate")
}

// rawOf is a specification of the snapshot as JSON.
func rawOf(spec *swarm.ServiceSpec) json.RawMessage {
	raw, _ := json.Marshal(spec) // Nothing in it can fail to be marshalled.
	return raw
}
