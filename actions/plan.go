package actions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"skep/model"
)

// Plan is what an action will do to one target. It is data: it can be shown,
// kept, and run.
type Plan struct {
	Verb string
	// Swarm is the ID of the swarm that it was made for, and no other takes its
	// writes; empty where the swarm did not tell its ID.
	Swarm string
	// Title is the plan in one line, such as "scale web from 3 to 5".
	Title  string
	Target Target
	// Steps are the writes, in their order.
	Steps []Step
	// Changes are the fields that differ afterwards.
	Changes  []model.Change
	Impact   Impact
	Warnings []string
	Risk     Tier
	Undo     Undo
	// Commands are docker commands that do the same, quoted for a shell.
	Commands []string
	// Undoes is the record of the journal that it takes back; empty for none.
	Undoes string
	// Instead is the verb that is better done first; empty for none. The
	// impact says why.
	Instead string
	// Production is the name of the production context that it was made for;
	// empty for no such thing.
	Production string
	Confirm    Confirm
	// Stops is set where no step is begun after one that was not done.
	Stops bool
	// Goes is set where the steps only begin what goes on after them; see
	// [Plan.Procedure].
	Goes bool
}

// ChangesTitle is what stands above the changes: those of a plan that goes on after
// its steps are not all.
func (p Plan) ChangesTitle() string {
	if p.Goes {
		return "CHANGES AT FIRST"
	}
	return "CHANGES"
}

// Impact is what a plan does to running tasks, as far as it can be foreseen.
type Impact struct {
	// Restarts counts the tasks that get a successor in their place, Moves
	// those that get one elsewhere, Stops those that get none, Starts the new
	// ones.
	Restarts, Moves, Stops, Starts int
	// Known is set where this was worked out from the service's tasks one by
	// one; else it stands for what the service asks for.
	Known bool
	// Unread is set where it depends on what every node holds, which was not read.
	Unread bool
	// Replaced are the tasks that Restarts counts, where they are known; more where
	// the engine chooses among them.
	Replaced []model.TaskID
	// Lowest is the smallest number of tasks that run on the way, if every
	// new one starts. It says something only for a plan that writes a service
	// which is no job.
	Lowest int
	// Stuck is why the engine will never be at the end; empty where it can be.
	Stuck string
	// MayStick is why it may not be, depending on the order in which it takes
	// the tasks, which nobody knows.
	MayStick string
	// AtLeast is how long it takes when everything goes well at once; zero
	// where nothing can be said.
	AtLeast time.Duration
	// Sentences say all that in words, the most important first, and Whole what holds
	// for all plans of a batch together: one of them says it.
	Sentences, Whole []string
}

func (i *Impact) say(format string, args ...any) {
	i.Sentences = append(i.Sentences, fmt.Sprintf(format, args...))
}

// Undo is how to take a plan back.
type Undo struct {
	Sentence string
	Commands []string
}

// refuse makes the plan one that cannot be run.
func (p *Plan) refuse(format string, args ...any) {
	p.Risk = Refused
	p.Confirm.Why = fmt.Sprintf(format, args...)
}

func (p *Plan) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// raise makes the plan's risk at least so high.
func (p *Plan) raise(t Tier) { p.Risk = max(p.Risk, t) }

// ErrNoChange means that the object is already as asked.
var ErrNoChange = errors.New("nothing would change")

// newPlan starts a plan that makes edits to the target.
func newPlan(in Input, verb string, risk Tier, edits ...Edit) (Plan, error) {
	after, err := Apply(in.Doc.Spec, edits)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Verb: verb, Target: in.Target, Risk: risk,
		Steps:   []Step{{Op: OpUpdate, Ref: in.Target.Ref, Edits: edits, Seen: in.Doc}},
		Changes: model.SpecChanges(in.Doc.Spec, after),
	}
	if len(p.Changes) == 0 && model.SameJSON(in.Doc.Spec, after) {
		return Plan{}, ErrNoChange
	}
	return p, nil
}

// Combine sums several plans of one verb up, for one preview and one
// confirmation. One plan is given back as it is.
func Combine(plans []Plan) Plan {
	if len(plans) == 0 {
		return Plan{}
	}
	if len(plans) == 1 {
		only := plans[0]
		only.Impact.Sentences, only.Impact.Whole = slices.Concat(only.Impact.Whole, only.Impact.Sentences), nil
		return only
	}
	first := plans[0]
	sum := Plan{Verb: first.Verb, Swarm: first.Swarm, Title: first.Verb + " " + model.Plural(len(plans), string(first.Target.Ref.Kind))}
	called := namesOf(targetsOf(plans))
	var whole []string
	var warned sharedLines
	for k, p := range plans {
		sum.Steps = append(sum.Steps, behind(p.Steps, len(sum.Steps))...)
		for _, c := range p.Changes {
			c.Path = called[k] + ": " + c.Path
			sum.Changes = append(sum.Changes, c)
		}
		i := &sum.Impact
		i.Restarts += p.Impact.Restarts
		i.Moves += p.Impact.Moves
		i.Stops += p.Impact.Stops
		i.Starts += p.Impact.Starts
		i.Replaced = append(i.Replaced, p.Impact.Replaced...)
		i.AtLeast = max(i.AtLeast, p.Impact.AtLeast)
		whole = append(whole, p.Impact.Whole...)
		i.Sentences = append(i.Sentences, prefixed(called[k], p.Impact.Sentences)...)
		for _, w := range p.Warnings {
			warned = warned.add(called[k], w)
		}
		sum.Commands = append(sum.Commands, p.Commands...)
		sum.Undo.Commands = append(sum.Undo.Commands, p.Undo.Commands...)
		sum.raise(p.Risk)
		if p.Risk == Refused && sum.Confirm.Why == "" {
			sum.Confirm.Why = called[k] + ": " + p.Confirm.Why
		}
	}
	sum.Warnings = warned.lines()
	sum.Impact.Sentences = append(whole, sum.Impact.Sentences...)
	sum.Undo.Sentence = combinedUndo(plans)
	sum.Production = first.Production
	// Nobody types ten names; the number shows that they were counted.
	sum.Target.Name = fmt.Sprintf("%s %d", first.Verb, len(plans))
	sum.confirm()
	return sum
}

// combinedUndo is how to take several plans back, in one sentence if it is the
// same for all.
func combinedUndo(plans []Plan) string {
	first := plans[0].Undo
	same := !slices.ContainsFunc(plans, func(p Plan) bool { return p.Undo.Sentence != first.Sentence })
	commands := slices.ContainsFunc(plans, func(p Plan) bool { return len(p.Undo.Commands) > 0 })
	switch {
	case !same && !commands:
		return undoByKind(plans)
	case same && len(first.Commands) == 0:
		return first.Sentence
	case same:
		return "each by its command: " + first.Sentence
	}
	return "each by its command"
}

// undoByKind says of each kind how plans are taken back, where no command does.
func undoByKind(plans []Plan) string {
	var out []string
	for _, p := range plans {
		if one := string(p.Target.Ref.Kind) + ": " + p.Undo.Sentence; !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return strings.Join(out, "; ")
}

// sharedLines are lines, each with the names of those that it holds for.
type sharedLines []sharedLine

type sharedLine struct {
	line string
	of   []string
}

func (s sharedLines) add(name, line string) sharedLines {
	for i := range s {
		if s[i].line == line {
			s[i].of = append(s[i].of, name)
			return s
		}
	}
	return append(s, sharedLine{line, []string{name}})
}

// lines are the lines in the order in which they came, the names before each.
func (s sharedLines) lines() []string {
	var out []string
	for _, l := range s {
		out = append(out, list(l.of)+": "+l.line)
	}
	return out
}

func prefixed(name string, lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = name + ": " + l
	}
	return out
}
