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
	// Made is what the step made, where that is another object, and Was the ID
	// that the same object had before it was removed.
	Made string `json:"made,omitempty"`
	Was  string `json:"was,omitempty"`
	// From and To are the object's versions before and after.
	From uint64 `json:"from,omitempty"`
	To   uint64 `json:"to,omitempty"`
	// Paths are the fields that an update has changed; none for the whole spec.
	Paths [][]string `json:"paths,omitempty"`
	// Before is the specification before, and After the one that was left behind.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// String is the step in a few words.
func (d Did) String() string { return Step{Op: d.Op, Ref: d.Ref, Name: d.Name}.title() }

// Undoable reports whether something takes back what was written of a plan.
func Undoable(p Plan, r Result) bool { return len(Inverse(Dids(p, r)).Steps) > 0 }

// Changes are the fields that the step has changed, with secrets hidden.
func (d Did) Changes() []model.Change { return model.Diff(d.Before, d.After) }

// Dids are the steps of a plan that were carried out, or may have been.
func Dids(p Plan, r Result) []Did {
	var out []Did
	for i, one := range r.Steps {
		if i >= len(p.Steps) || one.Err != nil && !errors.Is(one.Err, ErrUnsure) {
			continue
		}
		d := p.Steps[i].did(p, one.Before, one.After)
		d.To = one.Version
		if d.Op == OpCreate || d.Op == OpReplace {
			d.Made = one.Ref.ID
		}
		out = append(out, d)
	}
	return out
}

// Planned are the steps of a plan as they will have been carried out, if nothing
// changes until then: for who has to write them down before.
func Planned(p Plan) []Did {
	var out []Did
	for _, s := range p.Steps {
		after, err := s.after(s.Seen)
		if err != nil {
			continue
		}
		out = append(out, s.did(p, s.Seen, after))
	}
	return out
}

// did is a step that has found an object like this, and left it like that.
func (s Step) did(p Plan, before model.Document, after json.RawMessage) Did {
	d := Did{Op: s.Op, Ref: s.Ref, Name: p.targetOf(s).Name, Was: s.Was, From: before.Version, Before: before.Spec, After: after}
	switch s.Op {
	case OpUpdate:
		for _, e := range s.Edits {
			d.Paths = append(d.Paths, e.watched(before.Spec))
		}
	case OpRemove, OpReplace:
		if spec, err := recreated(before); err == nil {
			d.Before = spec
		}
	case OpCreate:
		if s.Ref.Kind.Info().Unmade != "" { // Nothing makes a secret again: what is in it stays out of every file.
			d.After, _ = Apply(after, []Edit{{Path: []string{"Data"}, Delete: true}})
		}
	case OpRollback: // What was there before says it all.
	}
	return d
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
		s.Op, s.Spec, s.Image, s.Was = OpCreate, d.Before, imageOf(d.Before), d.Ref.ID
		if d.Op == OpReplace {
			s.Op, s.Ref.ID = OpReplace, d.Made
			s.Seen.Ref = s.Ref
		}
	case OpUpdate, OpRollback:
		if len(d.Before) == 0 {
			return s, errors.New("what it was is not known")
		}
		s.Op = OpUpdate
		if s.Edits = d.edits(); len(s.Edits) == 0 {
			return s, errors.New(noTrace)
		}
		if before := imageOf(d.Before); before != imageOf(d.After) {
			s.Image = before
		}
		if !model.SameJSON(field(d.Before, pathPorts...), field(d.After, pathPorts...)) {
			s.Patience = portPatience
		}
	}
	return s, nil
}

// noTrace is why a restart, or the resumption of an update, cannot be taken back.
const noTrace = "it changed nothing that could be put back: what it restarted or replaced stays as it is"

// edits give the fields that an update has changed their former values. Of a
// specification that was written as a whole those are the fields that differ: what
// somebody else has changed since then is none of its business. The number that is
// counted up for a restart stays: to set it back would restart everything again.
func (d Did) edits() []Edit {
	paths := d.Paths
	if slices.ContainsFunc(paths, func(p []string) bool { return len(p) == 0 }) || len(paths) == 0 {
		paths = differing(d.Before, d.After)
		if d.After == nil {
			paths = [][]string{nil}
		}
	}
	var out []Edit
	for _, path := range slices.Backward(paths) {
		if slices.Equal(path, pathForce) {
			continue
		}
		e := back(d.Before, path)
		if len(out) == 0 || !slices.Equal(out[len(out)-1].Path, e.Path) {
			out = append(out, e)
		}
	}
	return out
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
