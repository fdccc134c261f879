package actions

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"skep/model"
)

// Op is the sort of a step.
type Op string

// The sorts of step.
const (
	OpCreate   Op = "create"
	OpUpdate   Op = "update"
	OpReplace  Op = "replace"
	OpRemove   Op = "remove"
	OpRollback Op = "rollback"
)

// Step is one write.
type Step struct {
	Op Op
	// Ref is the object. Of one that is to be created only the kind is known.
	Ref model.Ref
	// Name is what the object is called.
	Name string
	// Edits are made to the object's specification as it is when the step is
	// run.
	Edits []Edit
	// Spec is what is created, or put in the place of what is there.
	Spec json.RawMessage
	// Was is the ID that what is created again had before.
	Was string
	// Seen is the object that the preview was made from. A step is not run
	// if what it changes is no longer what was seen.
	Seen model.Document
	// Image, if set, is the reference whose registry credentials go along.
	Image string
	// After are the steps of the same plan, by their indexes, without which this
	// one is not begun. Those that need nothing of one that was not done are done
	// all the same.
	After []int
	// Wave is the group that the step belongs to. The steps of the next one begin when
	// what the one before has written is as it should be; see [Batch.Settle].
	Wave int
	// Uses are objects that the step names, and that another one makes.
	Uses []Use
	// Patience is how long the step is asked for again while something still uses the
	// object, or the port that it takes, and how long it is waited for until what is
	// removed is gone.
	Patience time.Duration
}

// Use says that an object which a step names is the one that a former step makes:
// wherever the step says the ID, it means what came out of that.
type Use struct {
	ID   string
	Step int
}

// title is the step in a few words.
func (s Step) title() string {
	name := s.Name
	if name == "" {
		name = s.Ref.ID
	}
	return fmt.Sprintf("%s %s %s", s.Op, s.Ref.Kind, name)
}

// needs are the steps without which this one is not begun.
func (s Step) needs() []int {
	out := slices.Clone(s.After)
	for _, u := range s.Uses {
		out = append(out, u.Step)
	}
	return out
}

// Stack is the one that the plan's first object belongs to; empty for none.
func (p Plan) Stack() string {
	var stack string
	if len(p.Steps) > 0 {
		for _, spec := range []json.RawMessage{p.Steps[0].Seen.Spec, p.Steps[0].Spec, p.Steps[0].Seen.Raw} {
			if decodeField(spec, &stack, "Labels", model.LabelStack); stack != "" {
				break
			}
		}
	}
	return stack
}

// behind are steps as they stand behind so many others.
func behind(steps []Step, others int) []Step {
	if others == 0 {
		return steps
	}
	out := slices.Clone(steps)
	for i := range out {
		out[i].After, out[i].Uses = slices.Clone(out[i].After), slices.Clone(out[i].Uses)
		for k := range out[i].After {
			out[i].After[k] += others
		}
		for k := range out[i].Uses {
			out[i].Uses[k].Step += others
		}
	}
	return out
}

// with is the step with the IDs that former ones made. An ID is a text of its own
// wherever it stands: it cannot be part of another.
func (s Step) with(done []StepResult) (Step, error) {
	for _, u := range s.Uses {
		made := done[u.Step].Ref.ID
		if made == "" {
			return s, fmt.Errorf("what step %d made is not known", u.Step+1)
		}
		old, made2 := []byte(`"`+u.ID+`"`), []byte(`"`+made+`"`)
		s.Spec = bytes.ReplaceAll(s.Spec, old, made2)
		s.Edits = slices.Clone(s.Edits)
		for i, e := range s.Edits {
			if e.Delete {
				continue
			}
			value, err := encode(e.Value)
			if err != nil {
				return s, err
			}
			s.Edits[i].Value = json.RawMessage(bytes.ReplaceAll(value, old, made2))
		}
		if s.Ref.ID == u.ID {
			s.Ref.ID = made
		}
	}
	return s, nil
}

// after is the specification that the step leaves behind.
func (s Step) after(doc model.Document) (json.RawMessage, error) {
	switch s.Op {
	case OpCreate, OpReplace:
		return s.Spec, nil
	case OpRollback:
		return doc.Previous, nil
	case OpRemove:
		return nil, nil
	case OpUpdate:
	}
	return Apply(doc.Spec, s.Edits)
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
	case OpReplace:
		return model.Diff(s.Seen.Spec, now.Spec)
	case OpRemove: // Networks have no specification to find the name in.
		if s.Seen.Name == now.Name {
			return nil
		}
		return []model.Change{{Path: "Name", Before: s.Seen.Name, After: now.Name}}
	case OpCreate:
		return nil
	case OpUpdate: // Only what is edited counts.
	}
	if len(s.Edits) == 0 { // The same is written once more: it counts as a whole.
		return model.Diff(s.Seen.Spec, now.Spec)
	}
	var out []model.Change
	for _, e := range s.Edits {
		out = append(out, changesAt(e.watched(s.Seen.Spec), s.Seen.Spec, now.Spec)...)
	}
	return out
}

// meant is what the step would have made of the fields that it edits as they were
// seen.
func (s Step) meant() []model.Change {
	after, err := s.after(s.Seen)
	if err != nil || s.Op != OpUpdate {
		return nil
	}
	var out []model.Change
	for _, e := range s.Edits {
		out = append(out, changesAt(e.watched(s.Seen.Spec), s.Seen.Spec, after)...)
	}
	return out
}
