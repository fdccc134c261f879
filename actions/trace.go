package actions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"skep/model"
)

// Trace is what tells, at any time, whether a step was carried out. It holds
// fingerprints and no values, so that it can be written down.
type Trace struct {
	Op   Op         `json:"op"`
	Kind model.Kind `json:"kind"`
	ID   string     `json:"id"`
	// Name is what the object is called that a step makes: its ID is not known
	// before.
	Name string `json:"name,omitempty"`
	// Version is the object's before the write.
	Version uint64 `json:"version,omitempty"`
	// Paths are the fields that the step changes; none for the whole spec.
	Paths [][]string `json:"paths,omitempty"`
	// Before and After are those fields, Previous is the former spec that a
	// rollback would have restored.
	Before   string `json:"before,omitempty"`
	After    string `json:"after,omitempty"`
	Previous string `json:"previous,omitempty"`
}

// Trace is the step's for the object as its preview showed it.
func (s Step) Trace() Trace { return s.traceOf(s.Seen) }

// traceOf is the step's for an object as it is before the write.
func (s Step) traceOf(doc model.Document) Trace {
	t := Trace{Op: s.Op, Kind: s.Ref.Kind, ID: s.Ref.ID, Version: doc.Version}
	switch s.Op {
	case OpRemove:
	case OpCreate, OpReplace:
		t.Name = s.Name
	case OpRollback:
		t.Before, t.After = model.PrintJSON(doc.Spec), model.PrintJSON(doc.Previous)
	default:
		for _, e := range s.Edits {
			if path := e.watched(doc.Spec); len(path) > 0 {
				t.Paths = append(t.Paths, path)
			} else { // Everything: no paths stand for that.
				t.Paths = nil
				break
			}
		}
		t.Before, t.Previous = t.print(doc.Spec), model.PrintJSON(doc.Previous)
		if after, err := Apply(doc.Spec, s.Edits); err == nil {
			t.After = t.print(after)
		}
	}
	return t
}

// print is the fingerprint of what the step changes.
func (t Trace) print(spec json.RawMessage) string {
	if t.Paths == nil {
		return model.PrintJSON(spec)
	}
	fields := make([]json.RawMessage, len(t.Paths))
	for i, path := range t.Paths {
		if fields[i] = field(spec, path...); fields[i] == nil {
			fields[i] = json.RawMessage("null")
		}
	}
	all, err := json.Marshal(fields)
	if err != nil {
		return ""
	}
	return model.PrintJSON(all)
}

// Finding is what the swarm shows of a write.
type Finding struct {
	// Verdict is Done, NotDone for not so far, or Unknown.
	Verdict Verdict
	// Why is the reason why it is not known.
	Why string
}

// LookUp asks the swarm whether the step was carried out. The error is that of
// the asking.
func (t Trace) LookUp(ctx context.Context, eng Engine) (Finding, error) {
	ref := model.Ref{Kind: t.Kind, ID: t.ID}
	switch t.Op {
	case OpCreate:
		return t.made(ctx, eng, Finding{Verdict: NotDone})
	case OpRemove, OpReplace:
		switch there, err := eng.Exists(ctx, ref); {
		case err != nil:
			return Finding{}, err
		case there:
			return Finding{Verdict: NotDone}, nil
		case t.Op == OpRemove:
			return Finding{Verdict: Done}, nil
		}
		return t.made(ctx, eng, Finding{Unknown, fmt.Sprintf("the former %s is gone, and the new one is not there", t.Kind)})
	case OpUpdate, OpRollback: // The object itself tells.
	}
	doc, err := eng.Inspect(ctx, ref)
	switch {
	case errors.Is(err, model.ErrGone):
		return Finding{Unknown, fmt.Sprintf("the %s no longer exists", t.Kind)}, nil
	case err != nil:
		return Finding{}, err
	}
	return t.read(doc), nil
}

// made finds what a step makes by its name: there was none before, and an engine
// takes no second one.
func (t Trace) made(ctx context.Context, eng Engine, none Finding) (Finding, error) {
	doc, err := eng.Inspect(ctx, model.Ref{Kind: t.Kind, ID: t.Name})
	switch {
	case errors.Is(err, model.ErrGone), err == nil && doc.Name != t.Name:
		return none, nil
	case err != nil:
		return Finding{}, err
	}
	return Finding{Verdict: Done}, nil
}

// read finds in an object whether it bears the step. The version alone says only
// that nothing was written: the engine itself writes to a service as well. What
// was written and is no longer there leaves another former spec behind.
func (t Trace) read(doc model.Document) Finding {
	now := t.print(doc.Spec)
	switch {
	case doc.Version == t.Version:
		return Finding{Verdict: NotDone}
	case t.Op == OpUpdate && t.Before == t.After && now == t.After:
		// The same was written once more: only the former spec tells.
		if model.PrintJSON(doc.Previous) == now && t.Paths == nil {
			return Finding{Verdict: Done}
		}
		return Finding{Verdict: NotDone}
	case now == t.After && t.After != "":
		return Finding{Verdict: Done}
	case t.Op == OpUpdate && now == t.Before && model.PrintJSON(doc.Previous) == t.Previous:
		return Finding{Verdict: NotDone}
	case t.Op == OpRollback && now == t.Before && model.PrintJSON(doc.Previous) == t.After:
		return Finding{Verdict: NotDone}
	}
	return Finding{Unknown, fmt.Sprintf("the %s was changed again meanwhile", t.Kind)}
}

// LookUp asks the swarm whether all steps of a plan were carried out.
func LookUp(ctx context.Context, eng Engine, steps []Trace) (Finding, error) {
	if len(steps) == 0 {
		return Finding{Unknown, "it was written down without what tells"}, nil
	}
	var all Finding
	for i, t := range steps {
		found, err := t.LookUp(ctx, eng)
		switch {
		case err != nil:
			return Finding{}, err
		case i > 0 && found.Verdict != all.Verdict:
			return Finding{Unknown, "only a part of it is there"}, nil
		}
		all = found
	}
	return all, nil
}
