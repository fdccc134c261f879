package actions

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	// Create makes an object and gives its ID.
	Create(ctx context.Context, w model.Write) (id string, warnings []string, err error)
	// Remove removes the object of a write. One that something uses is a
	// [model.ErrInUse].
	Remove(ctx context.Context, w model.Write) error
}

const (
	// The engine writes services by itself in a rollout, so a conflict is
	// nothing special; so many tries after the first one find a gap.
	retries = 3
	// retryPause lets the engine's own write come through.
	retryPause = 150 * time.Millisecond
)

// Result is what became of one plan.
type Result struct {
	Target   Target
	Err      error
	Warnings []string
	// Version is the target's after the write, or a lower bound of it; 0 where nothing
	// is known. The snapshot shows the result once it has that version.
	Version uint64
	// Steps are what became of each step, in their order.
	Steps []StepResult
	// Entry is the ID under which a journal has it.
	Entry string
}

// StepResult is what became of one step.
type StepResult struct {
	Err error
	// Ref is the object that the step was done to, or that it made, and Version
	// the one that it has since, at the least; 0 where nothing is known.
	Ref     model.Ref
	Version uint64
	// Before is the object as the step found it, and After the specification
	// that it left behind.
	Before model.Document
	After  json.RawMessage
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

// Batch is how several plans are run.
type Batch struct {
	// GoOn does not stop after one that was not done.
	GoOn bool
	// Rolling waits for the update that one has started before the next begins.
	Rolling bool
	// Journal may be nil, and so may Begins, which is told the place of each plan
	// before it is run.
	Journal Journal
	Begins  func(i int)
	// Settle waits until what steps have written is as it should be, before the next
	// wave of a plan begins; the error is why that may not. Nil waits for nothing.
	Settle func(ctx context.Context, done []StepResult) error
}

// RunAll runs plans one after the other and gives a result for each. It stops
// after one that was not done, unless told otherwise; and in any case after one of
// which nobody knows whether it was: what comes next may build on it. Nor does it
// go on after its context has ended, nor where another swarm answers.
func RunAll(ctx context.Context, eng Engine, plans []Plan, b Batch) []Result {
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
		if b.Begins != nil {
			b.Begins(i)
		}
		out[i] = b.run(ctx, eng, p)
		switch err := out[i].Err; {
		case model.AsOtherSwarm(err) != nil:
			stopped = fmt.Errorf("%w: %w", ErrNotBegun, err)
		case out[i].Verdict() == Unknown:
			stopped = fmt.Errorf("%w: what became of %s comes first", ErrNotBegun, p.Target.Name)
		case err != nil && !b.GoOn:
			stopped = fmt.Errorf("%w: %s failed", ErrNotBegun, p.Target.Name)
		case err == nil && b.Rolling && i+1 < len(plans):
			stopped = b.await(ctx, eng, p)
		}
	}
	return out
}

// await waits until the next plan may begin; the error is why it may not.
func (b Batch) await(ctx context.Context, eng Engine, p Plan) error {
	switch err := awaitUpdate(ctx, eng, p); {
	case err == nil, b.GoOn && ctx.Err() == nil && model.AsOtherSwarm(err) == nil:
		return nil
	default:
		return fmt.Errorf("%w: %s comes first: %w", ErrNotBegun, p.Target.Name, err)
	}
}

// Run carries out a confirmed plan. The journal may be nil.
func Run(ctx context.Context, eng Engine, p Plan, journal Journal) Result {
	return Batch{Journal: journal}.run(ctx, eng, p)
}

func (b Batch) run(ctx context.Context, eng Engine, p Plan) Result {
	journal := b.Journal
	e := Entry{ID: rand.Text(), Plan: p, Started: time.Now()}
	r := Result{Target: p.Target, Entry: e.ID}
	switch {
	case p.Risk == Refused || p.Confirm.Gate == GateNone:
		r.Err = fmt.Errorf("refused: %s", p.Confirm.Why)
	case len(p.Steps) == 0:
		r.Err = ErrNoChange
	}
	if journal != nil && r.Err == nil {
		journal(e)
	}
	if r.Err == nil {
		r.runSteps(ctx, eng, p, b.Settle)
	}
	if journal != nil {
		e.Result, e.Finished = r, time.Now()
		journal(e)
	}
	return r
}

// runSteps runs the steps of a plan in their order. What needs a step that was
// not done is not begun, nor is anything after one of which nobody knows whether
// it was done.
func (r *Result) runSteps(ctx context.Context, eng Engine, p Plan, settle func(context.Context, []StepResult) error) {
	r.Steps = make([]StepResult, len(p.Steps))
	var stopped error
	for i, s := range p.Steps {
		one := &r.Steps[i]
		one.Ref = s.Ref
		if i > 0 && s.Wave > p.Steps[i-1].Wave && settle != nil && stopped == nil {
			stopped = r.settled(ctx, p, i, settle)
		}
		if lacks := slices.IndexFunc(s.needs(), func(k int) bool { return r.Steps[k].Err != nil }); lacks >= 0 && stopped == nil {
			one.Err = fmt.Errorf("%w: %s comes first", ErrNotBegun, p.Steps[s.needs()[lacks]].title())
		} else if one.Err = stopped; stopped == nil {
			var err error
			if s, err = s.with(r.Steps); err != nil {
				one.Err = fmt.Errorf("%w: %w", ErrNotBegun, err)
				continue
			}
			var warnings []string
			warnings, one.Err = one.run(ctx, eng, p, s)
			one.Err = gone(p.targetOf(s), one.Err)
			r.Warnings = append(r.Warnings, masked(warnings)...)
			if model.AsOtherSwarm(one.Err) != nil || errors.Is(one.Err, ErrUnsure) || one.Err != nil && (ctx.Err() != nil || p.Stops) {
				stopped = fmt.Errorf("%w: %s comes first", ErrNotBegun, s.title())
			}
		}
		switch {
		case one.Err != nil:
		case one.Ref == p.Target.Ref:
			r.Version = one.Version
		case s.Was != "" && s.Was == p.Target.Ref.ID: // It was created again.
			r.Target.Ref, r.Version = one.Ref, one.Version
		}
	}
	r.Err = sumSteps(p.Steps, r.Steps)
}

// settled waits for what the wave before a step has written. A wave of which
// something was not done is the last one.
func (r *Result) settled(ctx context.Context, p Plan, next int, settle func(context.Context, []StepResult) error) error {
	var done []StepResult
	for i, one := range r.Steps[:next] {
		switch {
		case one.Err != nil:
			return fmt.Errorf("%w: %s comes first", ErrNotBegun, p.Steps[i].title())
		case p.Steps[i].Wave == p.Steps[next-1].Wave && p.Steps[i].Op != OpRemove:
			done = append(done, one)
		}
	}
	if err := settle(ctx, done); err != nil {
		return fmt.Errorf("%w: what was deployed before does not run as it should: %w", ErrNotBegun, err)
	}
	return nil
}

// targetOf is the object of a step, by its name.
func (p Plan) targetOf(s Step) Target {
	if s.Ref == p.Target.Ref || s.Name == "" {
		return p.Target
	}
	return Target{Ref: s.Ref, Name: s.Name}
}

// run reads the object, makes the step's edits in what it finds, and writes
// that with the version it found; again if somebody was faster. A write that was
// begun is brought to its end, and looked up where that is not known, even if the
// context ends.
func (r *StepResult) run(ctx context.Context, eng Engine, p Plan, s Step) (warnings []string, err error) {
	began := time.Now()
	for attempt := 0; ; attempt++ {
		pause := retryPause
		doc, err := s.read(ctx, eng, p)
		if err != nil {
			return nil, err
		}
		r.Before = doc
		if r.After, err = s.after(doc); err != nil {
			return nil, err
		}
		made, warnings, err := s.write(ctx, eng, p.Swarm, doc)
		switch {
		case err == nil:
			return r.done(ctx, eng, s, made, warnings), nil
		case errors.Is(err, model.ErrConflict):
			if s.traceOf(doc).shows(ctx, eng) {
				warnings = append(warnings, "the engine refused it as out of date, but the change is there: somebody else made the same, or it was sent twice on the way")
				return r.done(ctx, eng, s, "", warnings), nil
			}
			if attempt == retries {
				return warnings, err
			}
		case errors.Is(err, model.ErrGone) && s.Op == OpRemove:
			return append(warnings, "it was gone already: somebody else removed it, or the request was sent twice on the way"), nil
		case errors.Is(err, model.ErrInUse) && time.Since(began) < s.Patience:
			pause = lookPause
		default:
			if warnings, err = s.settle(ctx, eng, s.traceOf(doc), warnings, err); err == nil {
				warnings = r.done(ctx, eng, s, "", warnings)
			}
			return warnings, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrNotBegun, context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// read is the object as it is now. It is an error if it is no longer what was
// confirmed, or if there is one already that is to be created.
func (s Step) read(ctx context.Context, eng Engine, p Plan) (model.Document, error) {
	ref := s.Ref
	if s.Op == OpCreate {
		ref.ID = s.Name
	}
	doc, err := eng.Inspect(ctx, ref)
	switch {
	case err != nil && ctx.Err() != nil:
		return doc, fmt.Errorf("%w: %w", ErrNotBegun, context.Cause(ctx))
	case s.Op == OpCreate && errors.Is(err, model.ErrGone), s.Op == OpCreate && err == nil && doc.Name != s.Name:
		doc = model.Document{Ref: s.Ref} // Of another, the ID begins like the name.
	case s.Op == OpCreate && err == nil:
		return doc, fmt.Errorf("there is a %s %s already: nothing was written", s.Ref.Kind, s.Name)
	case err != nil:
		return doc, err
	default:
		if changes := s.drift(doc); len(changes) > 0 {
			return doc, &DriftError{Target: p.targetOf(s), Changes: changes, Mine: s.meant()}
		}
	}
	if s.Op == OpRollback {
		if lost := lostNeeds(ctx, eng, doc); len(lost) > 0 {
			return doc, errors.New(cannotRestore(previousVersion, lost) + ": nothing was written")
		}
	}
	if err := context.Cause(ctx); err != nil {
		return doc, fmt.Errorf("%w: %w", ErrNotBegun, err)
	}
	return doc, nil
}

// done takes note of what a step left behind. A version that cannot be read is at least
// the next one: what waits for the write takes no snapshot of before for it.
func (r *StepResult) done(ctx context.Context, eng Engine, s Step, made string, warnings []string) []string {
	switch s.Op {
	case OpRemove:
		if s.Patience > 0 && !s.vanishes(ctx, eng) {
			warnings = append(warnings, fmt.Sprintf("the engine has accepted that the %s %s is removed, and still shows it", s.Ref.Kind, s.Name))
		}
		return warnings
	case OpCreate, OpReplace:
		if r.Ref.ID = made; made == "" { // The answer was lost: its name finds it.
			r.Ref.ID = s.Name
		} else if r.Ref.Service() != "" {
			r.Version = 1
		}
	case OpUpdate, OpRollback: // The object is still the same.
		r.Version = r.Before.Version + 1
	}
	if doc, err := eng.Inspect(ctx, r.Ref); err == nil {
		r.Ref, r.Version = doc.Ref, doc.Version
		if len(doc.Spec) > 0 && (s.Op == OpCreate || s.Op == OpReplace) {
			r.After = doc.Spec // With what the engine filled in.
		}
	}
	return warnings
}

// vanishes waits until what was removed is gone.
func (s Step) vanishes(ctx context.Context, eng Engine) bool {
	for end := time.Now().Add(s.Patience); ; {
		there, err := eng.Exists(ctx, s.Ref)
		if err == nil && !there {
			return true
		}
		if time.Now().After(end) || ctx.Err() != nil {
			return false
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookPause):
		}
	}
}

// write sends the step's request. The end of the context gives it a while still:
// nothing calls it back, and cutting it short only loses its answer.
func (s Step) write(ctx context.Context, eng Engine, swarm string, doc model.Document) (made string, warnings []string, err error) {
	ctx, end := outlive(ctx, writeGrace)
	defer end()
	w := model.Write{Swarm: swarm, Ref: s.Ref}
	switch s.Op {
	case OpRemove:
		err = eng.Remove(ctx, w)
	case OpCreate:
		w.Spec, w.Image = s.Spec, s.Image
		made, warnings, err = eng.Create(ctx, w)
	case OpReplace:
		made, warnings, err = s.replace(ctx, eng, w, doc)
	default:
		if w.Spec, err = Apply(doc.Spec, s.Edits); err == nil {
			w.Version, w.Rollback, w.Image = doc.Version, s.Op == OpRollback, s.Image
			warnings, err = eng.Update(ctx, w)
		}
	}
	var open *model.OpenError
	if errors.Is(err, context.Canceled) && errors.As(err, &open) {
		err = &model.OpenError{Cause: context.Cause(ctx)}
	}
	return made, warnings, err
}

// replace removes an object and makes another one of its name. Where that is
// refused, the one that was removed is made again.
func (s Step) replace(ctx context.Context, eng Engine, w model.Write, doc model.Document) (string, []string, error) {
	if err := eng.Remove(ctx, model.Write{Swarm: w.Swarm, Ref: s.Ref}); err != nil {
		return "", nil, err
	}
	w.Ref.ID, w.Spec, w.Image = "", s.Spec, s.Image
	made, warnings, err := eng.Create(ctx, w)
	if err == nil || errors.As(err, new(*model.OpenError)) {
		return made, warnings, err
	}
	spec, again := recreated(doc)
	if again == nil {
		w.Spec = spec
		_, _, again = eng.Create(ctx, w)
	}
	if again != nil {
		return "", warnings, fmt.Errorf("the former one was removed, and the new one refused: %w; the former could not be made again: %w", err, again)
	}
	return "", warnings, fmt.Errorf("the new one was refused, and the former made again, with another ID: %w", err)
}
