package actions

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const holdVerb = "hold"

// holdDelay is longer than anybody looks at an update.
const holdDelay = 24 * time.Hour

var hold = Action{
	Verb: holdVerb, Title: "Hold the update", Kind: model.KindService, Tier: Disruptive,
	Enabled: func(c *model.Cluster, t Target) string {
		s := serviceOf(c, t)
		switch u := s.UpdateStatus; {
		case u == nil || u.State != swarm.UpdateStateUpdating && u.State != swarm.UpdateStateRollbackStarted:
			return "no update of it goes on"
		case u.State == swarm.UpdateStateRollbackStarted:
			return "it is being rolled back: any change to it would go forward again"
		}
		return ""
	},
	Plan: planHold,
}

var (
	pathHold        = []string{"Labels", model.LabelHold}
	pathParallelism = []string{"UpdateConfig", "Parallelism"}
	pathDelay       = []string{"UpdateConfig", "Delay"}
)

// planHold has the engine wait for a day after the next batch, because it has no
// order to pause: a write begins the update anew with the tasks that are left, and
// so replaces one batch more (swarmkit manager/orchestrator/update). How the
// service was updated before goes into a label.
func planHold(in Input) (Plan, error) {
	s := readService(in)
	target := serviceOf(in.Cluster, in.Target)
	if target == nil {
		return Plan{}, model.ErrGone
	}
	if !s.goesOn() || s.rollingBack() {
		return Plan{}, errors.New("no update of it goes on")
	}
	mark, held := target.HoldMark()
	edits := []Edit{{Path: pathParallelism, Value: 1}, {Path: pathDelay, Value: int64(holdDelay)}}
	if !held {
		mark = model.HoldMark{None: field(s.spec, pathUpdateConfig...) == nil}
		decodeField(s.spec, &mark.Parallelism, pathParallelism...)
		decodeField(s.spec, &mark.Delay, pathDelay...)
	}
	if field(s.spec, pathUpdateConfig...) == nil {
		edits = []Edit{{Path: pathUpdateConfig, Value: swarm.UpdateConfig{Parallelism: 1, Delay: holdDelay,
			FailureAction: swarm.UpdateFailureActionPause, Monitor: model.DefaultMonitor, Order: swarm.UpdateOrderStopFirst}}}
	}
	mark.Began = began(in) // Another time makes another spec: of the same one the engine takes no notice.
	p, err := newPlan(in, holdVerb, Disruptive, append(edits, Edit{Path: pathHold, Value: mark.String()})...)
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("hold the update of %s to %s", s.name(), withoutDigest(s.image()))
	if held {
		p.Title = fmt.Sprintf("let one task more of %s be updated to %s", s.name(), withoutDigest(s.image()))
	}
	after, err := Apply(s.spec, p.Steps[0].Edits)
	if err != nil {
		return Plan{}, err
	}
	f := s.foresee(after, "UpdateConfig")
	p.Impact.Known, p.Impact.Restarts, p.Impact.Lowest = f.Known, 1, f.lowest()
	for _, t := range f.Replaced { // It is one of them.
		p.Impact.Replaced = append(p.Impact.Replaced, t.ID)
	}
	p.Impact.say("the engine cannot pause an update: it replaces one task more now, and then waits for %s before the next", model.Span(holdDelay))
	p.Impact.say("both versions run side by side meanwhile; hold it again for one task more, resume it to go on as before")
	p.warn("it is not safe from an election: each new leader replaces one task more")
	p.warn("a rollback then restores no older version: revert it to go back")
	p.Undo.Sentence = "resume it: it goes on as it was to be updated before"
	p.Commands = []string{command("service", "update", "--detach", "--update-parallelism", "1", "--update-delay", "24h", "--label-add", model.LabelHold+"="+mark.String(), s.arg())}
	s.warnOthers(&p)
	p.confirm()
	return p, nil
}

// Why a service cannot move: its update stands still.
const (
	isHalted = "its update is paused: any change resumes it"
	isHeld   = "its update is held, and one task a day is replaced: resume it first"
)

// held reports whether the updates of a service wait for as long as a hold has them wait: a
// stack deploy may have taken the delay away, and left the label.
func held(s *model.Service) bool {
	_, marked := s.HoldMark()
	return marked && s.Spec.UpdateConfig != nil && s.Spec.UpdateConfig.Delay >= holdDelay
}

// letGo are the edits that take a hold back; none for a service that is not held.
func letGo(s *model.Service) []Edit {
	mark, held := s.HoldMark()
	switch {
	case !held:
		return nil
	case mark.None:
		return []Edit{{Path: pathUpdateConfig, Delete: true}, {Path: pathHold, Delete: true}}
	case mark.Delay == 0:
		return []Edit{{Path: pathParallelism, Value: mark.Parallelism}, {Path: pathDelay, Delete: true}, {Path: pathHold, Delete: true}}
	}
	return []Edit{{Path: pathParallelism, Value: mark.Parallelism}, {Path: pathDelay, Value: int64(mark.Delay)}, {Path: pathHold, Delete: true}}
}

// planLetGo goes on with an update that is held, as it went before.
func planLetGo(in Input, edits []Edit) (Plan, error) {
	s := readService(in)
	p, err := newPlan(in, resumeVerb, Disruptive, edits...)
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("go on with the held update of %s to %s", s.name(), withoutDigest(s.image()))
	p.Undo.Sentence = "hold it again: what was replaced does not come back"
	mark := model.HoldMark{Parallelism: model.DefaultParallelism}
	if m, held := serviceOf(in.Cluster, in.Target).HoldMark(); held && !m.None { // Without a configuration it goes by what the engine takes for it.
		mark = m
	}
	p.Commands = []string{command("service", "update", "--detach", "--update-parallelism", strconv.FormatUint(mark.Parallelism, 10),
		"--update-delay", mark.Delay.String(), "--label-rm", model.LabelHold, s.arg())}
	after, err := Apply(s.spec, edits)
	if err != nil {
		return Plan{}, err
	}
	s.foretell(&p, after, "UpdateConfig")
	s.warnOthers(&p)
	p.confirm()
	return p, nil
}
