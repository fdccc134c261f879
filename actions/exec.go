package actions

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"skep/model"
)

// Engine is what actions need of the Docker engine.
type Engine interface {
	// Inspect reads one object. An object that does not exist is a
	// [model.ErrGone].
	Inspect(ctx context.Context, ref model.Ref) (model.Document, error)
	// Exists reports whether there is an object.
	Exists(ctx context.Context, ref model.Ref) (bool, error)
	// Update writes one object. A version that is not the newest is a
	// [model.ErrConflict].
	Update(ctx context.Context, w model.Write) (warnings []string, err error)
	// ResolveImage asks the registry for the digest and platforms of an image.
	ResolveImage(ctx context.Context, image string) (model.ResolvedImage, error)
	// Remove removes the object of a write.
	Remove(ctx context.Context, w model.Write) error
}

const (
	// The engine writes services by itself in a rollout, so a conflict is
	// nothing special; so many tries after the first one find a gap.
	retries = 3
	// retryPause lets the engine's own write come through.
	retryPause = 150 * time.Millisecond
)

// DriftError means that what a plan changes is no longer what its preview
// showed. Nothing was written to that target.
type DriftError struct {
	Target Target
	// Changes are what happened since the preview, to the fields in question.
	Changes []model.Change
}

// Error tells what changed.
func (e *DriftError) Error() string {
	lines := make([]string, len(e.Changes))
	for i, c := range e.Changes {
		lines[i] = c.String()
	}
	return fmt.Sprintf("%s has changed since the preview (%s): nothing was written to it", e.Target.Name, strings.Join(lines, "; "))
}

// Result is what became of one plan.
type Result struct {
	Target   Target
	Err      error
	Warnings []string
	// Version is the object's after the write; 0 where it is not known. The
	// picture shows the result once it has that version.
	Version uint64
}

// Entry is one plan for a journal: what is to be done, with no time at which it
// was finished, and then under the same ID what became of it.
type Entry struct {
	ID                string
	Plan              Plan
	Result            Result
	Started, Finished time.Time
}

// Journal takes in what is to be done, before the request, and what was done.
type Journal func(Entry)

// RunAll runs plans one after the other and gives a result for each. It goes on
// after one that was not done, but not after one of which nobody knows whether it
// was: what comes next may build on it. Nor does it after its context has ended,
// nor where another swarm answers.
func RunAll(ctx context.Context, eng Engine, plans []Plan, journal Journal) []Result {
	out := make([]Result, len(plans))
	var stopped error
	for i, p := range plans {
		if err := context.Cause(ctx); err != nil && stopped == nil {
			stopped = fmt.Errorf("%w: %w", ErrNotBegun, err)
		}
		if stopped != nil {
			out[i] = Result{Target: p.Target, Err: stopped}
			continue
		}
		out[i] = Run(ctx, eng, p, journal)
		if err := out[i].Err; model.AsOtherSwarm(err) != nil {
			stopped = fmt.Errorf("%w: %w", ErrNotBegun, err)
		} else if out[i].Verdict() == Unknown {
			stopped = fmt.Errorf("%w: what became of %s comes first", ErrNotBegun, p.Target.Name)
		}
	}
	return out
}

// Run carries out a confirmed plan. The journal may be nil.
func Run(ctx context.Context, eng Engine, p Plan, journal Journal) Result {
	e := Entry{ID: rand.Text(), Plan: p, Started: time.Now()}
	r := Result{Target: p.Target}
	switch {
	case p.Risk == Refused || p.Confirm.Gate == GateNone:
		r.Err = fmt.Errorf("refused: %s", p.Confirm.Why)
	case len(p.Steps) == 0:
		r.Err = ErrNoChange
	}
	if journal != nil && r.Err == nil {
		journal(e)
	}
	for _, s := range p.Steps {
		if r.Err != nil {
			break
		}
		var warnings []string
		warnings, r.Err = runStep(ctx, eng, p, s)
		r.Warnings = append(r.Warnings, masked(warnings)...)
	}
	r.Err = gone(p.Target, r.Err)
	if r.Err == nil && p.Steps[0].Op != OpRemove {
		if doc, err := eng.Inspect(ctx, p.Target.Ref); err == nil {
			r.Version = doc.Version
		}
	}
	if journal != nil {
		e.Result, e.Finished = r, time.Now()
		journal(e)
	}
	return r
}

// runStep reads the object, makes the step's edits in what it finds, and writes
// that with the version it found; again if somebody was faster. A write that was
// begun is brought to its end, and looked up where that is not known, even if the
// context ends.
func runStep(ctx context.Context, eng Engine, p Plan, s Step) ([]string, error) {
	for attempt := 0; ; attempt++ {
		doc, err := eng.Inspect(ctx, s.Ref)
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, fmt.Errorf("%w: %w", ErrNotBegun, context.Cause(ctx))
		case err != nil:
			return nil, err
		}
		if changes := s.drift(doc); len(changes) > 0 {
			return nil, &DriftError{Target: p.Target, Changes: changes}
		}
		if s.Op == OpRollback {
			if lost := lostNeeds(ctx, eng, doc); len(lost) > 0 {
				return nil, errors.New(cannotRestore(lost) + ": nothing was written")
			}
		}
		if err := context.Cause(ctx); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotBegun, err)
		}
		warnings, err := s.write(ctx, eng, p.Swarm, doc)
		switch {
		case err == nil:
			return warnings, nil
		case errors.Is(err, model.ErrConflict):
			if s.traceOf(doc).shows(ctx, eng) {
				return append(warnings, "the engine refused it as out of date, but the change is there: somebody else made the same, or it was sent twice on the way"), nil
			}
		case errors.Is(err, model.ErrGone) && s.Op == OpRemove:
			return append(warnings, "it was gone already: somebody else removed it, or the request was sent twice on the way"), nil
		default:
			return s.settle(ctx, eng, s.traceOf(doc), warnings, err)
		}
		if attempt == retries {
			return warnings, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrNotBegun, context.Cause(ctx))
		case <-time.After(retryPause):
		}
	}
}

// write sends the step's one request. The end of the context gives it a while
// still: nothing calls it back, and cutting it short only loses its answer.
func (s Step) write(ctx context.Context, eng Engine, swarm string, doc model.Document) ([]string, error) {
	ctx, end := outlive(ctx, writeGrace)
	defer end()
	var warnings []string
	spec, err := Apply(doc.Spec, s.Edits)
	switch {
	case s.Op == OpRemove:
		err = eng.Remove(ctx, model.Write{Swarm: swarm, Ref: s.Ref})
	case err == nil:
		warnings, err = eng.Update(ctx, model.Write{
			Swarm: swarm, Ref: s.Ref, Version: doc.Version, Spec: spec, Rollback: s.Op == OpRollback, Image: s.Image,
		})
	}
	var open *model.OpenError
	if errors.Is(err, context.Canceled) && errors.As(err, &open) {
		err = &model.OpenError{Cause: context.Cause(ctx)}
	}
	return warnings, err
}

// drift is what happened to the fields of the step since its preview. Other
// fields may have changed: the edits are made in the object as it is now.
func (s Step) drift(now model.Document) []model.Change {
	switch s.Op {
	case OpRollback:
		// What a rollback does is decided by both specifications as a whole.
		out := model.Diff(s.Seen.Spec, now.Spec)
		for _, c := range model.Diff(s.Seen.Previous, now.Previous) {
			c.Path = "PreviousSpec." + c.Path
			out = append(out, c)
		}
		return out
	case OpRemove:
		return model.Diff(field(s.Seen.Spec, "Name"), field(now.Spec, "Name"))
	}
	var out []model.Change
	for _, e := range s.Edits {
		for _, c := range model.Diff(field(s.Seen.Spec, e.Path...), field(now.Spec, e.Path...)) {
			c.Path = strings.TrimSuffix(e.String()+"."+c.Path, ".")
			out = append(out, c)
		}
	}
	return out
}
