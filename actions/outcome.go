package actions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

// Verdict is what became of a plan, in the one word from which everything is made
// that is said of it.
type Verdict string

// The verdicts.
const (
	Done     Verdict = "done"
	NotDone  Verdict = "not done"
	NotBegun Verdict = "not begun"
	Unknown  Verdict = "unknown"
	// InPart is for a plan of several steps of which some were done.
	InPart Verdict = "done in part"
)

var (
	// ErrUnsure means that a write was sent and nobody knows whether it has taken
	// effect: its answer did not arrive, and the swarm does not show it.
	ErrUnsure = errors.New("it is not known whether the change was made")
	// ErrNotBegun means that nothing was sent, because something came before it.
	ErrNotBegun = errors.New("not begun")
)

// Verdict is what became of the plan.
func (r Result) Verdict() Verdict {
	switch {
	case r.Err == nil:
		return Done
	case errors.Is(r.Err, ErrUnsure):
		return Unknown
	case errors.As(r.Err, new(*PartError)):
		return InPart
	case errors.Is(r.Err, ErrNotBegun):
		return NotBegun
	}
	return NotDone
}

// PartError means that of a plan of several steps some were done and some not.
type PartError struct {
	Done, Of int
	// Causes are the reasons, by step.
	Causes []error
}

// Error counts, and gives the reasons.
func (e *PartError) Error() string {
	return fmt.Sprintf("%d of %d steps done; %v", e.Done, e.Of, e.Unwrap())
}

// Unwrap gives the reasons.
func (e *PartError) Unwrap() error { return errors.Join(e.Causes...) }

// sumSteps is the error of a plan whose steps came to this: that of its one step,
// or what each says that was not done.
func sumSteps(steps []Step, results []StepResult) error {
	part := &PartError{Of: len(steps)}
	begun := false
	for i, r := range results {
		switch {
		case r.Err == nil:
			part.Done++
		case len(steps) == 1:
			return r.Err
		case errors.Is(r.Err, ErrNotBegun):
			part.Causes = append(part.Causes, fmt.Errorf("%s: %w", steps[i].title(), r.Err))
		default:
			begun = true
			part.Causes = append(part.Causes, fmt.Errorf("%s: %w", steps[i].title(), r.Err))
		}
	}
	switch {
	case len(part.Causes) == 0:
		return nil
	case part.Done == 0 && !begun:
		return errors.Join(part.Causes...)
	case begun: // What was not begun for that says nothing new.
		part.Causes = slices.DeleteFunc(part.Causes, func(err error) bool { return errors.Is(err, ErrNotBegun) && !errors.Is(err, ErrUnsure) })
	}
	if part.Done == 0 {
		return errors.Join(part.Causes...)
	}
	return part
}

// Outcome is what became of several plans of one confirmation: each target is
// named once, and with those that were done goes how to take them back.
type Outcome struct {
	Done []string
	// NotDone and Unsure say of each target why; of the latter it is not known
	// whether they were changed.
	NotDone, Unsure []string
	// Part is how many of those not done were done in part.
	Part int
	// NotBegun are those whose turn did not come.
	NotBegun []string
	// Undo says how to take back what was done, and what may have been done.
	Undo []string
}

// Sum sorts the results of plans, which belong together by their order.
func Sum(plans []Plan, results []Result) Outcome {
	var o Outcome
	called := namesOf(targetsOf(plans))
	for i, r := range results {
		name := r.Target.Name
		if i < len(called) && called[i] != "" {
			name = called[i]
		}
		switch r.Verdict() {
		case Done:
			o.Done = append(o.Done, name)
		case Unknown:
			o.Unsure = append(o.Unsure, name+" - "+reason(r))
		case NotBegun:
			o.NotBegun = append(o.NotBegun, name)
			continue
		case InPart:
			o.NotDone, o.Part = append(o.NotDone, name+" - "+reason(r)), o.Part+1
		default:
			o.NotDone = append(o.NotDone, name+" - "+reason(r))
			continue
		}
		if i < len(plans) {
			undo := plans[i].Undo
			o.Undo = append(o.Undo, name+": "+undo.Sentence)
			o.Undo = append(o.Undo, undo.Commands...)
		}
	}
	return o
}

// Complete reports whether all was done.
func (o Outcome) Complete() bool { return len(o.NotDone)+len(o.Unsure)+len(o.NotBegun) == 0 }

// String counts, as in "1 done, 2 not" or "1 done in part".
func (o Outcome) String() string {
	var parts []string
	switch {
	case len(o.Done) > 0:
		parts = []string{fmt.Sprintf("%d done", len(o.Done))}
	case o.Part == 0:
		parts = []string{"none done"}
	}
	if o.Part > 0 {
		parts = append(parts, fmt.Sprintf("%d done in part", o.Part))
	}
	if n := len(o.NotDone) - o.Part; n > 0 {
		parts = append(parts, fmt.Sprintf("%d not", n))
	}
	if n := len(o.Unsure); n > 0 {
		parts = append(parts, fmt.Sprintf("%d unknown", n))
	}
	if n := len(o.NotBegun); n > 0 {
		parts = append(parts, fmt.Sprintf("%d not begun", n))
	}
	return strings.Join(parts, ", ")
}

// reason is why a plan was not done, after the name of its target.
func reason(r Result) string {
	text := model.MaskError(r.Err)
	var gone *GoneError
	var drift *DriftError
	switch {
	case errors.As(r.Err, &gone), errors.As(r.Err, &drift):
		return strings.TrimPrefix(text, r.Target.Name+" ")
	}
	return text
}

// GoneError means that a target does not exist any more.
type GoneError struct {
	Target Target
	// Cause is a [model.ErrGone] in the engine's words.
	Cause error
}

// Error names the target, which the engine calls by its ID.
func (e *GoneError) Error() string {
	if e.Cause == model.ErrGone { //nolint:errorlint // One that is wrapped says more.
		return e.Target.Name + " no longer exists"
	}
	return fmt.Sprintf("%s no longer exists (%v)", e.Target.Name, e.Cause)
}

// Unwrap gives the cause.
func (e *GoneError) Unwrap() error { return e.Cause }

// gone names the target in an error about its absence; others stay as they are.
func gone(t Target, err error) error {
	if errors.Is(err, model.ErrGone) {
		return &GoneError{Target: t, Cause: err}
	}
	return err
}
