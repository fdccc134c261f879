package actions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

var constrain = Action{
	Verb: "constraint", Title: "Constraints", Kind: model.KindService, Tier: Disruptive,
	Form: constraintForm,
	Plan: planConstraints,
}

var pathPreferences = []string{"TaskTemplate", "Placement", "Preferences"}

func constraintForm(c *model.Cluster, targets []Target) *Form {
	out := &Form{Title: fmt.Sprintf("Where the tasks of %d services may be", len(targets)), AllTasks: true, Fields: []Field{
		{Key: "constraints", Label: "Constraints", Hint: "such as node.role==worker, node.labels.zone!=a; a comma between them, empty for none", Check: checkConstraints},
		{Key: "preferences", Label: "Spread over", Hint: "node labels whose values the tasks are spread over, such as node.labels.zone; empty for none", Check: checkPreferences},
	}}
	if len(targets) == 1 {
		out.Title = "Where the tasks of " + targets[0].Name + " may be"
	}
	for i, t := range targets {
		s := serviceOf(c, t)
		if s == nil {
			continue
		}
		placement := s.Demand().Placement()
		var spread []string
		for _, p := range placement.Preferences {
			if p.Spread != nil {
				spread = append(spread, p.Spread.SpreadDescriptor)
			}
		}
		for k, today := range []string{strings.Join(placement.Constraints, ", "), strings.Join(spread, ", ")} {
			if f := &out.Fields[k]; i == 0 || today == f.Value {
				f.Value = today
			} else {
				f.Value = asIs
			}
		}
	}
	return out
}

// commaWords are the words of a line, with commas between them: no constraint has
// one.
func commaWords(text string) []string {
	var out []string
	for w := range strings.SplitSeq(text, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

func checkConstraints(text string) error {
	if strings.TrimSpace(text) == asIs {
		return nil
	}
	words := commaWords(text)
	if _, err := model.ParseConstraints(words); err != nil {
		return err
	}
	return repeated(words)
}

func checkPreferences(text string) error {
	if strings.TrimSpace(text) == asIs {
		return nil
	}
	words := commaWords(text)
	for _, w := range words {
		if !strings.HasPrefix(w, "node.labels.") && !strings.HasPrefix(w, "engine.labels.") {
			return fmt.Errorf("%q is no label of nodes: node.labels. or engine.labels. is before its name", w)
		}
	}
	return repeated(words)
}

func repeated(words []string) error {
	for i, w := range words {
		if slices.Contains(words[:i], w) {
			return fmt.Errorf("%s comes twice", w)
		}
	}
	return nil
}

func planConstraints(in Input) (Plan, error) {
	s := readService(in)
	var edits []Edit
	var does, undoes []string
	if text, given := in.Values["constraints"]; given && strings.TrimSpace(text) != asIs {
		if err := checkConstraints(text); err != nil {
			return Plan{}, err
		}
		var today []string
		decodeField(s.spec, &today, pathConstraints...)
		edits, does, undoes = setConstraints(today, commaWords(text))
	}
	if text, given := in.Values["preferences"]; given && strings.TrimSpace(text) != asIs {
		if err := checkPreferences(text); err != nil {
			return Plan{}, err
		}
		more, err := s.setPreferences(commaWords(text), &does, &undoes)
		if err != nil {
			return Plan{}, err
		}
		edits = append(edits, more...)
	}
	if len(edits) == 0 {
		return Plan{}, fmt.Errorf("%w: %s has these already", ErrNoChange, s.name())
	}
	p, err := newPlan(in, "constraint", Reversible, edits...)
	if err != nil {
		return Plan{}, err
	}
	p.Title = "change where the tasks of " + s.name() + " may be"
	p.Commands = []string{command(slices.Concat([]string{"service", "update"}, does, []string{s.arg()})...)}
	p.Undo = Undo{Sentence: "give them their former values", Commands: []string{command(slices.Concat([]string{"service", "update"}, undoes, []string{s.arg()})...)}}
	if err := s.complete(&p, "this change of the constraints"); err != nil {
		return Plan{}, err
	}
	return p, s.warnNowhere(&p)
}

// setConstraints takes away those that are wanted no more, and adds the new ones.
func setConstraints(today, want []string) (edits []Edit, does, undoes []string) {
	for _, c := range today {
		if !slices.Contains(want, c) {
			edits = append(edits, Edit{Path: at(pathConstraints, Word(c)), Delete: true})
			does, undoes = append(does, "--constraint-rm", c), append(undoes, "--constraint-add", c)
		}
	}
	for _, c := range want {
		if !slices.Contains(today, c) {
			edits = append(edits, Edit{Path: at(pathConstraints, Word(c)), Value: c})
			does, undoes = append(does, "--constraint-add", c), append(undoes, "--constraint-rm", c)
		}
	}
	return edits, does, undoes
}

// setPreferences writes the list anew, if it differs: its order says what is
// spread over first.
func (s service) setPreferences(want []string, does, undoes *[]string) ([]Edit, error) {
	var today []swarm.PlacementPreference
	decodeField(s.spec, &today, pathPreferences...)
	var words []string
	for _, p := range today {
		if p.Spread == nil {
			return nil, errors.New("it has a preference that skep does not know: edit the spec")
		}
		words = append(words, p.Spread.SpreadDescriptor)
	}
	if slices.Equal(words, want) {
		return nil, nil
	}
	list := []swarm.PlacementPreference{}
	for _, w := range words {
		*does, *undoes = append(*does, "--placement-pref-rm", "spread="+w), append(*undoes, "--placement-pref-add", "spread="+w)
	}
	for _, w := range want {
		list = append(list, swarm.PlacementPreference{Spread: &swarm.SpreadOver{SpreadDescriptor: w}})
		*does, *undoes = append(*does, "--placement-pref-add", "spread="+w), append(*undoes, "--placement-pref-rm", "spread="+w)
	}
	return []Edit{{Path: pathPreferences, Value: list, Delete: len(list) == 0}}, nil
}

// warnNowhere says that no node meets what is asked for now.
func (s service) warnNowhere(p *Plan) error {
	after, err := Apply(s.spec, p.Steps[0].Edits)
	c := s.in.Cluster
	if err != nil || c == nil || len(c.Nodes()) == 0 {
		return err
	}
	d := model.Demand{Service: model.ServiceID(s.in.Target.Ref.ID), Spec: s.shape(after)}
	constraints, err := model.ParseConstraints(d.Placement().Constraints)
	if err != nil {
		return nil // The engine judges those that only it knows.
	}
	for _, n := range c.Nodes() {
		if !slices.ContainsFunc(constraints, func(c model.Constraint) bool { return !c.Matches(n) }) {
			return nil
		}
	}
	p.warn("no node meets these constraints: its tasks will stay pending")
	return nil
}
