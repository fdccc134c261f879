package actions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

// A stack is no object of the engine: what is done to it is done to each of its
// parts, by the verb of that name for their kind.
var (
	restartStack = Action{
		Verb: "restart", Title: "Restart, one service after the other", Kind: model.KindStack, Tier: Disruptive,
		Parts: []model.Kind{model.KindService}, Rolling: true,
	}
	stopStack = Action{
		Verb: "stop", Title: "Stop", Kind: model.KindStack, Tier: Destructive,
		Parts: []model.Kind{model.KindService},
	}
	startStack = Action{
		Verb: "start", Title: "Start again", Kind: model.KindStack, Tier: Reversible,
		Parts: []model.Kind{model.KindService},
	}
	removeStack = Action{
		Verb: "remove", Title: "Remove, with its networks, configs and secrets", Kind: model.KindStack, Tier: Destructive,
		Parts: []model.Kind{model.KindService, model.KindNetwork, model.KindConfig, model.KindSecret},
	}
)

// members are the parts of a group, by kind and name. It is an error while they
// are not known.
func (a Action) members(c *model.Cluster, group Target) ([]Target, error) {
	var out []Target
	for _, kind := range a.Parts {
		if kind.Info().Decode == nil { // Services are listed always.
			for _, s := range c.Services() {
				if s.Stack().Ref() == group.Ref {
					out = append(out, Target{Ref: s.Key().Ref(), Name: s.Name()})
				}
			}
			continue
		}
		set := c.Set(kind)
		switch {
		case set.At.IsZero() && set.Err != nil:
			return nil, fmt.Errorf("its %s could not be read: %w", kind.Info().Plural, set.Err)
		case set.At.IsZero():
			return nil, fmt.Errorf("its %s: %w", kind.Info().Plural, ErrUnread)
		}
		for _, o := range model.Listed[model.Object](c, kind) {
			if m := o.Meta(); m.Stack.Ref() == group.Ref && !m.Local {
				out = append(out, Target{Ref: m.Ref, Name: m.Name})
			}
		}
	}
	return out, nil
}

// partsDisabled is why a verb can be done to no part of a group.
func (a Action) partsDisabled(c *model.Cluster, group Target) string {
	members, err := a.members(c, group)
	if err != nil {
		return "" // It is read when the dialog is open.
	}
	first := ""
	for _, t := range members {
		one, _ := Find(t.Ref.Kind, a.Verb)
		reason := one.disabledFor(c, t)
		if reason == "" {
			return ""
		}
		if first == "" {
			first = t.Name + ": " + reason
		}
	}
	return first
}

// on is the action on one that is read: the one that was asked for, or of a group
// that on a part.
func (r Request) on(t Target) Action {
	if r.Action.Parts == nil {
		return r.Action
	}
	a, _ := Find(t.Ref.Kind, r.Action.Verb)
	return a
}

// Members are what is to be read and written: the targets, or of groups their
// parts. While these are not known it is an [ErrUnread].
func (r Request) Members(c *model.Cluster) ([]Target, error) {
	switch {
	case r.Action.Joint && len(r.Targets) > 1:
		return []Target{joined(r.Targets)}, nil
	case r.Action.Parts == nil:
		return r.Targets, nil
	}
	parts := make([][]Target, len(r.Targets))
	for i, group := range r.Targets {
		var err error
		if parts[i], err = r.Action.members(c, group); err != nil {
			return nil, err
		}
	}
	out := slices.Concat(parts...)
	if len(out) == 0 {
		return nil, gone(r.Targets[0], model.ErrGone)
	}
	// Of several groups, too, what is used goes after what uses it.
	slices.SortStableFunc(out, func(a, b Target) int {
		return slices.Index(r.Action.Parts, a.Ref.Kind) - slices.Index(r.Action.Parts, b.Ref.Kind)
	})
	return out, nil
}

// Lists are what has to be listed before the parts of a group are known.
func (a Action) Lists() model.Interest {
	i := a.Needs
	for _, kind := range a.Parts {
		if kind.Info().Decode != nil {
			i = i.With(kind.All())
		}
	}
	return i
}

// Combine sums the plans of a request up, and names who is left out.
func (r Request) Combine(plans []Plan, left []error) Plan {
	sum := Combine(plans)
	switch {
	case r.Action.Parts != nil && len(plans) > 0:
		r.entitle(&sum, plans)
	case len(plans) > 1:
		sum.Title = r.sentence(model.Plural(len(plans), string(r.Action.Kind)))
	}
	sum.Warnings, sum.Impact.Sentences = slices.Clone(sum.Warnings), slices.Clone(sum.Impact.Sentences)
	var same []string
	for _, err := range left {
		var of *LeftError
		if r.Action.Patient && errors.Is(err, ErrNoChange) && errors.As(err, &of) {
			same = append(same, of.Name)
			continue
		}
		sum.warn("left out: %s", model.MaskError(err))
	}
	if len(same) > 0 {
		sum.Impact.say("nothing newer for %s: %s", model.Plural(len(same), "service"), list(same))
	}
	return sum
}

// sentence is what is done to what, in a few words.
func (r Request) sentence(what string) string {
	if r.Action.Patient {
		return "update " + what + " to the newest images"
	}
	return r.Action.Verb + " " + what
}

// entitle makes a sum of plans for parts one for their group.
func (r Request) entitle(sum *Plan, plans []Plan) {
	sum.Verb, sum.Target = r.Action.Verb, r.Targets[0]
	what := "the stack " + sum.Target.Name
	if n := len(r.Targets); n > 1 {
		names := make([]string, n)
		for i, t := range r.Targets {
			names[i] = t.Name
		}
		what = "the stacks " + list(names)
		sum.Target.Name = fmt.Sprintf("%s %d", r.Action.Verb, n)
	}
	var counts []string
	for _, kind := range r.Action.Parts {
		n := 0
		for _, p := range plans {
			if p.Target.Ref.Kind == kind {
				n++
			}
		}
		if n > 0 {
			counts = append(counts, model.Plural(n, string(kind)))
		}
	}
	sum.Title = fmt.Sprintf("%s: %s", r.sentence(what), strings.Join(counts, ", "))
	if r.Action.Rolling && len(plans) > 1 {
		sum.Title += ", one after the other"
		sum.Impact.AtLeast = 0
		for _, p := range plans {
			sum.Impact.AtLeast += p.Impact.AtLeast
		}
		sum.Impact.Sentences = slices.Insert(slices.Clone(sum.Impact.Sentences), 0,
			fmt.Sprintf("takes at least %s in all: the next service begins when the update of the one before is over", model.Span(sum.Impact.AtLeast)))
	}
	sum.confirm()
}

// namesOf are what several targets are called: by name, and where several kinds are
// among them, which may have one name, by kind and name.
func namesOf(targets []Target) []string {
	several := slices.ContainsFunc(targets, func(t Target) bool { return t.Ref.Kind != targets[0].Ref.Kind })
	out := make([]string, len(targets))
	for i, t := range targets {
		if out[i] = t.Name; several {
			out[i] = string(t.Ref.Kind) + " " + t.Name
		}
	}
	return out
}

// targetsOf are what plans are for.
func targetsOf(plans []Plan) []Target {
	out := make([]Target, len(plans))
	for i, p := range plans {
		out[i] = p.Target
	}
	return out
}
