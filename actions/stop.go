package actions

import (
	"errors"
	"fmt"
	"strconv"

	"skep/model"
)

// labelReplicas is the label under which a service that was stopped keeps how
// many replicas it had. It goes with the same write, so that any console can
// start the service again; a label restarts nothing.
const labelReplicas = "skep.replicas"

var pathRemembered = []string{"Labels", labelReplicas}

var (
	stop = Action{
		Verb: "stop", Title: "Stop", Kind: model.KindService, Tier: Destructive,
		Enabled: func(c *model.Cluster, t Target) string {
			switch s := serviceOf(c, t); {
			case s.Mode() != model.ModeReplicated:
				return "only a service with replicas can be stopped and started again"
			case s.Replicas() == 0:
				return isStopped
			}
			return ""
		},
		Plan: planStop,
	}
	start = Action{
		Verb: "start", Title: "Start again", Kind: model.KindService, Tier: Reversible,
		Enabled: func(c *model.Cluster, t Target) string {
			switch s := serviceOf(c, t); {
			case s.Mode() != model.ModeReplicated:
				return "only a service with replicas can be stopped and started again"
			case s.Replicas() > 0:
				return isStarted
			}
			return ""
		},
		Plan: planStart,
	}
)

func planStop(in Input) (Plan, error) {
	s := readService(in)
	if s.mode != model.ModeReplicated || s.tasks == 0 {
		return Plan{}, fmt.Errorf("%w: %s has no replicas that could be stopped", ErrNoChange, s.name())
	}
	p, err := s.planCount("stop", Destructive, 0, Edit{Path: pathRemembered, Value: strconv.Itoa(s.tasks)})
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("stop %s: 0 in place of %s", s.name(), model.Plural(s.tasks, "replica"))
	p.Impact.say("the number %d is kept in the label %s, and starting it again takes it from there", s.tasks, labelReplicas)
	p.Undo.Sentence = fmt.Sprintf("start it again with %s", model.Plural(s.tasks, "replica"))
	s.warnPair(&p)
	return p, nil
}

func planStart(in Input) (Plan, error) {
	s := readService(in)
	n, from := s.remembered()
	switch {
	case in.InGroup && s.tasks == 0 && field(s.spec, pathRemembered...) == nil:
		return Plan{}, errors.New("it was not stopped with the others: there is no label " + labelReplicas)
	case s.mode != model.ModeReplicated || s.tasks > 0:
		return Plan{}, fmt.Errorf("%w: %s is not stopped", ErrNoChange, s.name())
	case n == 0:
		return Plan{}, errors.New("how many replicas it had is not known: scale it")
	}
	p, err := s.planCount("start", Reversible, n, Edit{Path: pathRemembered, Delete: true})
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("start %s again with %s", s.name(), model.Plural(n, "replica"))
	p.Impact.say("the number is from %s", from)
	p.Undo.Sentence = "stop it again"
	return p, nil
}

// remembered is how many replicas a stopped service had, and where that is known
// from; 0 where it is not.
func (s service) remembered() (n int, from string) {
	var label string
	decodeField(s.spec, &label, pathRemembered...)
	if n, err := parseReplicas(label, 0); err == nil && n > 0 {
		return n, "the label " + labelReplicas
	}
	in := s.in
	in.Doc.Spec = in.Doc.Previous
	if len(in.Doc.Spec) > 0 && field(in.Doc.Spec, pathReplicas...) != nil {
		return readService(in).tasks, "the spec before the last change"
	}
	return 0, ""
}

// planCount sets the number of replicas, together with another field.
func (s service) planCount(verb string, risk Tier, n int, other Edit) (Plan, error) {
	edits := []Edit{{Path: pathReplicas, Value: n}, other}
	p, err := newPlan(s.in, verb, risk, edits...)
	if err != nil {
		return Plan{}, err
	}
	var before string
	decodeField(s.spec, &before, pathRemembered...)
	now, _ := other.Value.(string)
	p.Commands = []string{s.countCommand(n, before, now)}
	p.Undo.Commands = []string{s.countCommand(s.tasks, now, before)}
	after, err := Apply(s.spec, edits)
	if err != nil {
		return Plan{}, err
	}
	s.describeScale(&p, after, n)
	s.finish(&p, "the "+verb)
	return p, nil
}

// countCommand sets a number of replicas, and what the label remembers.
func (s service) countCommand(n int, before, after string) string {
	args := []string{"service", "update", "--replicas", strconv.Itoa(n)}
	switch {
	case before == after:
	case after == "":
		args = append(args, "--label-rm", labelReplicas)
	default:
		args = append(args, "--label-add", labelReplicas+"="+after)
	}
	return command(append(args, s.arg())...)
}
