package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"skep/model"
)

// Did is a step that was carried out: all that it takes to take it back. It can
// be written down.
type Did struct {
	Op   Op        `json:"op"`
	Ref  model.Ref `json:"ref"`
	Name string    `json:"name"`
	// Made is what the step made, where that is another object.
	Made string `json:"made,omitempty"`
	// From and To are the object's versions before and after.
	From uint64 `json:"from,omitempty"`
	To   uint64 `json:"to,omitempty"`
	// Paths are the fields that an update has changed; none for the whole spec.
	Paths [][]string `json:"paths,omitempty"`
	// Before is the specification before, and After the one that was left behind.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// Dids are the steps of a plan that were carried out, or may have been.
func Dids(p Plan, r Result) []Did {
	var out []Did
	for i, one := range r.Steps {
		if i >= len(p.Steps) || one.Err != nil && !errors.Is(one.Err, ErrUnsure) {
			continue
		}
		s := p.Steps[i]
		d := Did{Op: s.Op, Ref: s.Ref, Name: p.targetOf(s).Name, From: one.Before.Version, To: one.Version, Before: one.Before.Spec, After: one.After}
		switch s.Op {
		case OpCreate, OpReplace:
			d.Made = one.Ref.ID
		case OpUpdate:
			for _, e := range s.Edits {
				d.Paths = append(d.Paths, e.watched(one.Before.Spec))
			}
		case OpRemove, OpRollback: // What was there before says it all.
		}
		if s.Op == OpRemove || s.Op == OpReplace {
			if spec, err := recreated(one.Before); err == nil {
				d.Before = spec
			}
		}
		out = append(out, d)
	}
	return out
}

// recreated is what the engine takes to make an object again.
func recreated(doc model.Document) (json.RawMessage, error) {
	info := doc.Ref.Kind.Info()
	switch {
	case info.Unmade != "":
		return nil, errors.New(info.Unmade)
	case !info.Writes.Create:
		return nil, fmt.Errorf("skep creates no %s", info.Plural)
	case info.Recreate != nil:
		return info.Recreate(doc.Raw)
	}
	return doc.Spec, nil
}

// Reversal is what takes steps back.
type Reversal struct {
	Steps []Step
	// Lost are what does not come back, and Kept the steps that cannot be taken
	// back at all; each with the reason.
	Lost, Kept []string
}

// Inverse takes steps back, the last one first. It is computed from what was
// seen then, and from nothing else: what is there now is for the plan that is made
// of it, whose steps hold what they have to find.
func Inverse(did []Did) Reversal {
	var out Reversal
	made := map[string]int{} // The steps that make again what had an ID before.
	for _, d := range slices.Backward(did) {
		s, err := d.inverse()
		if err != nil {
			out.Kept = append(out.Kept, fmt.Sprintf("%s %s: %v", d.Ref.Kind, d.Name, err))
			continue
		}
		for id, k := range made {
			if s.mentions(id) {
				s.Uses = append(s.Uses, Use{ID: id, Step: k})
			}
		}
		slices.SortFunc(s.Uses, func(a, b Use) int { return a.Step - b.Step })
		if d.Op == OpRemove || d.Op == OpReplace {
			made[d.Ref.ID] = len(out.Steps)
			for _, lost := range d.Ref.Kind.Info().Lost {
				out.Lost = append(out.Lost, fmt.Sprintf("%s %s: %s", d.Ref.Kind, d.Name, lost))
			}
		}
		out.Steps = append(out.Steps, s)
	}
	return out
}

// mentions reports whether a step names an object by its ID.
func (s Step) mentions(id string) bool {
	quoted := []byte(`"` + id + `"`)
	return s.Ref.ID == id || bytes.Contains(s.Spec, quoted) || slices.ContainsFunc(s.Edits, func(e Edit) bool {
		value, _ := encode(e.Value)
		return bytes.Contains(value, quoted)
	})
}

// inverse is the step that takes one back.
func (d Did) inverse() (Step, error) {
	s := Step{Ref: d.Ref, Name: d.Name, Seen: model.Document{Ref: d.Ref, Name: d.Name, Version: d.To, Spec: d.After}}
	info := d.Ref.Kind.Info()
	switch d.Op {
	case OpCreate:
		s.Op, s.Ref.ID, s.Patience = OpRemove, d.Made, goneWithin
		s.Seen.Ref = s.Ref
	case OpRemove, OpReplace:
		switch {
		case info.Unmade != "":
			return s, errors.New(info.Unmade)
		case len(d.Before) == 0:
			return s, errors.New("what it was is not known")
		}
		s.Op, s.Spec, s.Image = OpCreate, d.Before, imageOf(d.Before)
		if d.Op == OpReplace {
			s.Op, s.Ref.ID = OpReplace, d.Made
			s.Seen.Ref = s.Ref
		}
	case OpUpdate, OpRollback:
		if len(d.Before) == 0 {
			return s, errors.New("what it was is not known")
		}
		s.Op = OpUpdate
		if len(d.Paths) == 0 {
			d.Paths = [][]string{nil}
		}
		for _, path := range slices.Backward(d.Paths) {
			s.Edits = append(s.Edits, back(d.Before, path))
		}
		if before := imageOf(d.Before); before != imageOf(d.After) {
			s.Image = before
		}
	}
	return s, nil
}

func imageOf(spec json.RawMessage) string {
	var image string
	decodeField(spec, &image, pathImage...)
	return image
}

// back is the edit that gives a field the value that it had. What was not there
// goes again, with all that was made to hold it: an empty UpdateConfig, for one,
// is not the same as none. Labels are: somebody else may have set some meanwhile.
func back(before json.RawMessage, path []string) Edit {
	for n := range path {
		value, found := lookup(before, path[:n+1]...)
		switch {
		case path[n] == "Labels" && n < len(path)-1 && (!found || string(value) == "null"):
			return Edit{Path: path, Delete: true}
		case !found:
			return Edit{Path: path[:n+1], Delete: true}
		case string(value) == "null", n == len(path)-1:
			return Edit{Path: path[:n+1], Value: slices.Clone(value)}
		}
	}
	return Edit{Value: slices.Clone(before)}
}
