package actions

import (
	"errors"
	"fmt"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const resumeVerb = "resume"

const notPaused = "no update of it is paused"

var resume = Action{
	Verb: resumeVerb, Title: "Resume the update", Kind: model.KindService, Tier: Disruptive,
	Enabled: func(c *model.Cluster, t Target) string {
		if _, held := serviceOf(c, t).HoldMark(); held {
			return ""
		}
		u := serviceOf(c, t).UpdateStatus
		if u == nil || u.State != swarm.UpdateStatePaused && u.State != swarm.UpdateStateRollbackPaused {
			return notPaused
		}
		return ""
	},
	Plan: planResume,
}

// planResume writes the specification that is there once more: the engine takes
// any write for the order to go on, and has no other.
func planResume(in Input) (Plan, error) {
	s := readService(in)
	if target := serviceOf(in.Cluster, in.Target); target != nil {
		if edits := letGo(target); len(edits) > 0 {
			return planLetGo(in, edits)
		}
	}
	if !s.paused() {
		return Plan{}, errors.New(notPaused)
	}
	what := "update"
	if s.rollingBack() {
		what = "rollback"
	}
	p := Plan{
		Verb: resumeVerb, Title: fmt.Sprintf("resume the paused %s of %s to %s", what, s.name(), withoutDigest(s.image())), Target: in.Target, Risk: Reversible,
		Steps:    []Step{{Op: OpUpdate, Ref: in.Target.Ref, Name: s.name(), Seen: in.Doc}},
		Commands: []string{command("service", "update", "--detach", s.arg())},
		Undo:     Undo{Sentence: "cannot be undone: what was replaced does not come back, and a rollback no longer restores the version before"},
	}
	s.foretell(&p, in.Doc.Spec, "UpdateConfig")
	if before := imageOf(in.Doc.Previous); before != "" && !s.rollingBack() {
		p.warn("after this a rollback restores the same once more: the version before (%s) is no longer kept", withoutDigest(before))
	}
	if target := serviceOf(in.Cluster, in.Target); target != nil && target.UpdateStatus != nil {
		if t := in.Cluster.UpdateCulprit(target); t != nil && t.Terminal() {
			p.warn("it was paused because of %s%s; unless that has been mended, the next task fails as well", in.Cluster.TaskName(t), in.Cluster.Blame(t))
		}
	}
	s.warnJob(&p)
	p.confirm()
	return p, nil
}
