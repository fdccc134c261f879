package actions

import (
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

var env = Action{
	Verb: "env", Title: "Environment", Kind: model.KindService, Tier: Disruptive,
	Form: envForm,
	Plan: planEnv,
}

func envForm(c *model.Cluster, targets []Target) *Form {
	f := Field{
		Key: variables.key, Label: "Variables", Check: variables.check,
		Hint: `NAME=value sets one, NAME- takes it away; several with a space between them, "NAME=two words" in quotes`,
	}
	out := &Form{Title: fmt.Sprintf("Change the environment of %d services", len(targets))}
	if len(targets) == 1 {
		out.Title = "Change the environment of " + targets[0].Name
		if today := envOf(c, targets[0]); len(today) > 0 {
			f.Hint += "; today: " + strings.Join(today, ", ")
		}
	}
	out.Fields = []Field{f}
	return out
}

// envOf are the variables of a service, without what is secret in them.
func envOf(c *model.Cluster, t Target) []string {
	s := serviceOf(c, t)
	if s == nil || s.Spec.TaskTemplate.ContainerSpec == nil {
		return nil
	}
	out := make([]string, 0, len(s.Spec.TaskTemplate.ContainerSpec.Env))
	for _, pair := range s.Spec.TaskTemplate.ContainerSpec.Env {
		out = append(out, model.MaskPair(pair))
	}
	slices.Sort(out)
	return out
}

func planEnv(in Input) (Plan, error) {
	s := readService(in)
	p, err := variables.plan(in, s.arg(), Disruptive)
	if err != nil {
		return Plan{}, err
	}
	return p, s.complete(&p, "this change of the environment")
}

// complete says what the edits of a plan do to the tasks, and ends the plan.
func (s service) complete(p *Plan, what string) error {
	after, err := Apply(s.spec, p.Steps[0].Edits)
	if err != nil {
		return err
	}
	if s.job() {
		s.rerun(p, after)
	} else {
		s.foretell(p, after, "UpdateConfig")
	}
	if p.Impact.Restarts > 0 {
		s.warnMoves(p)
	}
	if len(p.Impact.Sentences) == 0 {
		p.Impact.say("no task restarts")
	}
	s.finish(p, what)
	return nil
}
