package actions

import (
	"errors"
	"fmt"
	"slices"

	"skep/model"
)

var restart = Action{
	Verb: "restart", Title: "Restart", Kind: model.KindService, Tier: Disruptive,
	Plan: planRestart,
}

// planRestart replaces every task by counting up a number that is there for
// nothing else.
func planRestart(in Input) (Plan, error) {
	s := readService(in)
	if in.InGroup && s.job() {
		return Plan{}, errors.New("it is a job and would run again; restart it by itself if it should")
	}
	p, err := newPlan(in, "restart", Disruptive, Edit{Path: pathForce, Value: s.number(0, pathForce...) + 1})
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("restart the tasks of %s", s.name())
	p.Commands = []string{command("service", "update", "--force", s.arg())}
	after, err := Apply(in.Doc.Spec, p.Steps[0].Edits)
	if err != nil {
		return Plan{}, err
	}
	if s.job() {
		s.rerun(&p, after)
	} else {
		s.foretell(&p, after, "UpdateConfig")
		// Setting the number back would restart the tasks once more.
		p.Undo.Sentence = "nothing to undo: the spec stays the same"
		switch {
		case s.facts.Finished > 0:
			p.Undo.Sentence = "cannot be undone: the tasks will have run once more"
		case s.underway():
			p.Undo.Sentence = "cannot be undone: tasks of the older version that were replaced do not come back"
		}
	}
	s.warnMixed(&p)
	s.warnMoves(&p)
	s.finish(&p, "the restart")
	return p, nil
}

// pinned reports whether the constraints leave the tasks one node only.
func (s service) pinned() bool {
	constraints, err := model.ParseConstraints(s.constraints())
	if err != nil || s.in.Cluster == nil {
		return false
	}
	fit := 0
	for _, n := range s.in.Cluster.Nodes() {
		if !slices.ContainsFunc(constraints, func(c model.Constraint) bool { return !c.Matches(n) }) {
			fit++
		}
	}
	return fit == 1 && len(constraints) > 0
}

// warnMoves says that new tasks may come to other nodes, where local volumes
// hold other data.
func (s service) warnMoves(p *Plan) { s.warnMovesAs(p, s) }

// warnMovesAs says it where the service is another one then.
func (s service) warnMovesAs(p *Plan, next service) {
	if names := localVolumes(s.shape(s.spec)); len(names) > 0 && s.mode == model.ModeReplicated && !next.pinned() {
		p.warn("tasks may come back on another node, where %s", otherData(names))
	}
}
