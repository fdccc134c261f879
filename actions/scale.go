package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"skep/model"
)

// maxReplicas is beyond what a swarm can hold (its store is kept in memory by
// every manager), and below what a slip of the finger types.
const maxReplicas = 100_000

var scale = Action{
	Verb: "scale", Title: "Scale", Kind: model.KindService, Tier: Reversible,
	Enabled: func(c *model.Cluster, t Target) string {
		switch serviceOf(c, t).Mode() {
		case model.ModeGlobal, model.ModeGlobalJob:
			return "a global service has one task on each node and cannot be scaled"
		default:
			return ""
		}
	},
	Form: scaleForm,
	Plan: planScale,
}

func scaleForm(c *model.Cluster, targets []Target) *Form {
	f := Field{
		Key: "replicas", Label: "Replicas", Hint: "a number, or +N or -N", Replace: true,
		Check: func(v string) error { _, err := parseReplicas(v, maxReplicas/2); return err },
	}
	title := "Scale " + strconv.Itoa(len(targets)) + " services"
	if len(targets) == 1 {
		title = "Scale " + targets[0].Name
	}
	out := &Form{Title: title}
	for i, t := range targets {
		s := serviceOf(c, t)
		if s == nil {
			continue
		}
		out.AllTasks = out.AllTasks || s.Demand().Limited()
		label, n := "Replicas", strconv.FormatUint(s.Replicas(), 10)
		if s.Mode() == model.ModeReplicatedJob {
			label, n = "Completions", strconv.FormatUint(s.Completions(), 10)
		}
		if i > 0 && label != f.Label {
			label = "Replicas or completions"
		}
		f.Label = label
		if i > 0 && n != f.Value {
			n = "" // They differ: there is no value of today.
		}
		f.Value = n
	}
	if len(targets) == 1 && f.Value != "" {
		n, _ := strconv.Atoi(f.Value)
		f.Check = func(v string) error { _, err := parseReplicas(v, n); return err }
	}
	out.Fields = []Field{f}
	return out
}

// parseReplicas reads a replica count: N, or +N and -N from today's.
func parseReplicas(text string, today int) (int, error) {
	text = strings.TrimSpace(text)
	digits := strings.TrimLeft(text, "+-")
	if text == "" {
		return 0, errors.New("how many? A number, or +N or -N")
	}
	if len(text)-len(digits) > 1 || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, fmt.Errorf("%q is not a number of replicas: type a number, or +N or -N", text)
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n > maxReplicas {
		return 0, fmt.Errorf("%s is more than %d, which no swarm holds", text, maxReplicas)
	}
	switch text[0] {
	case '+':
		n += today
	case '-':
		n = today - n
	}
	switch {
	case n < 0:
		return 0, fmt.Errorf("there are only %d: %s would go below zero", today, text)
	case n > maxReplicas:
		return 0, fmt.Errorf("%d is more than %d, which no swarm holds", n, maxReplicas)
	}
	return n, nil
}

func planScale(in Input) (Plan, error) {
	s := readService(in)
	path, what := pathReplicas, "replicas"
	switch s.mode {
	case model.ModeReplicatedJob:
		// As docker does: what runs at once stays as it is.
		path, what = pathCompletions, "completions"
	case model.ModeGlobal, model.ModeGlobalJob:
		return Plan{}, errors.New("a global service cannot be scaled")
	case model.ModeReplicated: // Nothing else than what was said.
	}
	n, err := parseReplicas(in.Values["replicas"], s.tasks)
	if err != nil {
		return Plan{}, err
	}
	if n == s.tasks {
		return Plan{}, fmt.Errorf("%w: %s already has %s", ErrNoChange, s.name(), model.Plural(n, strings.TrimSuffix(what, "s")))
	}
	p, err := newPlan(in, "scale", Reversible, Edit{Path: path, Value: n})
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("scale %s from %d to %d %s", s.name(), s.tasks, n, what)
	p.Commands = []string{command("service", "scale", fmt.Sprintf("%s=%d", s.arg(), n))}
	p.Undo.Sentence = fmt.Sprintf("scale back to %d", s.tasks)
	p.Undo.Commands = []string{command("service", "scale", fmt.Sprintf("%s=%d", s.arg(), s.tasks))}
	after, err := Apply(in.Doc.Spec, p.Steps[0].Edits)
	if err != nil {
		return Plan{}, err
	}
	if s.job() {
		s.rerun(&p, after)
	} else {
		s.describeScale(&p, after, n)
		if names := localVolumes(s.shape(s.spec)); n > max(s.tasks, 1) && len(names) > 0 {
			p.warn("each node has its own %s: a new task finds what is on its node, nothing at first, or shares it with a task that runs there already", list(names))
		}
	}
	if n == 0 {
		p.raise(Destructive)
	}
	s.finish(&p, "the scaling")
	return p, nil
}

// describeScale says what another number does to the tasks.
func (s service) describeScale(p *Plan, after json.RawMessage, n int) {
	f := s.foretell(p, after, "UpdateConfig")
	stops := s.tasks - n
	if f.Known {
		stops = len(f.Stopped)
	}
	switch {
	case n == 0:
		p.Impact.Stops = stops
		p.Impact.say("%s: %s goes to 0%s", tasksDo(stops, "stop"), s.name(), f.noneRuns(stops))
	case n < s.tasks:
		p.raise(Disruptive)
		p.Impact.Stops = stops
		p.Impact.say("%s, %d %s; the engine chooses which, those first that do not run", tasksDo(stops, "stop"), n, verb(n, "stays", "stay"))
	default:
		s.sayStarts(p, n-s.tasks, s.stay(f))
	}
}

// noneRuns says of tasks that stop that they do not run.
func (f forecast) noneRuns(stops int) string {
	if stops == 0 || f.up > 0 || !f.Known {
		return ""
	}
	return verb(stops, " (it is not running now)", " (none of them is running now)")
}

// stay says what becomes of the tasks that there are when others are added.
func (s service) stay(f forecast) string {
	n, up := s.tasks, s.facts.Up
	if f.Known {
		n, up = len(f.Kept), model.Running(f.Kept)
	}
	switch known := f.Known || s.facts.Counted(); {
	case n == 0 || f.replaced() > 0 || f.early() > 0:
		return ""
	case known && up == 0:
		return verb(n, ", the one there is not running now", fmt.Sprintf(", none of the %d there is running now", n))
	case known && up < n:
		return fmt.Sprintf(", of the %d there %d %s now", n, up, verb(up, "runs", "run"))
	case n == 1:
		return ", the one there stays as it is"
	default:
		return fmt.Sprintf(", the %d there stay as they are", n)
	}
}
