package actions

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"skep/model"
)

// Record is what the journal knows of one action: its intent, and its outcome
// where there is one.
type Record struct {
	ID string `json:"id"`
	// Began is when it was begun, and Ended when its outcome was written down.
	Began time.Time `json:"began"`
	Ended time.Time `json:"ended,omitzero"`
	// User is who did it, and From the connection over which.
	User string `json:"user,omitempty"`
	From string `json:"from,omitempty"`
	// Context is the docker context, and Swarm the ID of the swarm.
	Context string `json:"context"`
	Swarm   string `json:"swarm,omitempty"`
	Verb    string `json:"verb"`
	// Target is the object, and Stack the one that it belongs to.
	Target Target `json:"target"`
	Stack  string `json:"stack,omitempty"`
	Title  string `json:"title"`
	// Changes are the fields that it was to change, without secrets; Commands and
	// Back docker commands that do the same, and that take it back.
	Changes  []model.Change `json:"changes,omitempty"`
	Commands []string       `json:"commands,omitempty"`
	Back     []string       `json:"back,omitempty"`
	// Outcome is what became of it, empty while that is not known; Error is the
	// reason, and Asked is set where a later run has found it out.
	Outcome Verdict `json:"outcome,omitempty"`
	Error   string  `json:"error,omitempty"`
	Asked   bool    `json:"asked,omitempty"`
	// Undoes is the record that it took back, and Undone one that took it back.
	Undoes string `json:"undoes,omitempty"`
	Undone string `json:"undone,omitempty"`
	// Did are its steps. Only a record that was read by itself has them; Lacks is
	// why one has none, or not all of them.
	Did   []Did  `json:"did,omitempty"`
	Lacks string `json:"lacks,omitempty"`
}

// Ref names the record.
func (r *Record) Ref() model.Ref { return model.Ref{Kind: model.KindRecord, ID: r.ID} }

// AsTarget is the record as what an undo is done to.
func (r *Record) AsTarget() Target { return Target{Ref: r.Ref(), Name: r.Title} }

// OutcomeText is what became of it in a few words.
func (r *Record) OutcomeText() string {
	switch {
	case r.Outcome == "":
		return "open"
	case r.Undone != "":
		return string(r.Outcome) + ", undone"
	}
	return string(r.Outcome)
}

// Document is the record as planners and descriptions read it.
func (r *Record) Document() (model.Document, error) {
	spec, err := json.Marshal(r)
	return model.Document{Ref: r.Ref(), Name: r.Title, Spec: spec}, err
}

// ReadRecord reads the record that a document holds.
func ReadRecord(doc model.Document) (Record, error) {
	var r Record
	err := json.Unmarshal(doc.Spec, &r)
	return r, err
}

// Irreversible is why a record cannot be undone, as far as it shows by itself;
// empty where it can, or where only its steps tell.
func (r *Record) Irreversible() string {
	switch r.Outcome {
	case "":
		return "what became of it is not known yet"
	case NotDone, NotBegun:
		return "nothing was done that could be taken back"
	case Done, InPart, Unknown:
	}
	return ""
}

// Renew puts the IDs that objects have now in the place of those that they had: what
// was removed and created again is still the same to people.
func (r *Record) Renew(ids map[string]string) {
	now := func(id string) string {
		for range len(ids) {
			next, ok := ids[id]
			if !ok {
				break
			}
			id = next
		}
		return id
	}
	r.Target.Ref.ID = now(r.Target.Ref.ID)
	for i := range r.Did {
		d := &r.Did[i]
		d.Ref.ID, d.Made = now(d.Ref.ID), now(d.Made)
		for old := range ids {
			was, is := []byte(`"`+old+`"`), []byte(`"`+now(old)+`"`)
			d.Before, d.After = bytes.ReplaceAll(d.Before, was, is), bytes.ReplaceAll(d.After, was, is)
		}
	}
}

// Newest is the newest record that an undo without a name is for: in the swarm, not
// an undo itself, and not undone. Records are given with the newest first.
func Newest(records []Record, swarm string) (Record, error) {
	for _, r := range records {
		if r.Swarm == swarm && r.Undoes == "" && (r.Outcome == Done || r.Outcome == InPart || r.Outcome == Unknown) && r.Undone == "" {
			return r, nil
		}
	}
	return Record{}, errors.New("the journal has nothing of this swarm that could be undone")
}

// undoTitle is what undoing a record is called: of an undo, that is the action
// itself once more.
func (r *Record) undoTitle() string {
	if title, undone := strings.CutPrefix(r.Title, "undo: "); undone {
		return "redo: " + title
	}
	title, _ := strings.CutPrefix(r.Title, "redo: ")
	return "undo: " + title
}

// joint stands between the IDs of records that are undone as one.
const joint = "+"

// IDs are those of a target of one record, or of several that are undone as one.
func IDs(id string) []string { return strings.Split(id, joint) }

// joined is one target for several records.
func joined(targets []Target) Target {
	ids := make([]string, len(targets))
	for i, t := range targets {
		ids[i] = t.Ref.ID
	}
	return Target{Ref: model.Ref{Kind: targets[0].Ref.Kind, ID: strings.Join(ids, joint)}, Name: model.Plural(len(targets), "action")}
}

// Join makes one record of several, which are given with the oldest first. What
// cannot be undone is left out, as if it had not been.
func Join(records []Record) Record {
	out := records[0]
	ids := make([]string, len(records))
	out.Did, out.Commands, out.Back, out.Outcome, out.Changes = nil, nil, nil, "", nil
	for i, r := range records {
		ids[i] = r.ID
		if r.Irreversible() != "" {
			continue
		}
		if r.Lacks != "" {
			out.Lacks = r.Title + ": " + r.Lacks
		}
		if r.Swarm != out.Swarm {
			out.Swarm, out.Context = r.Swarm, r.Context+" and "+out.Context
		}
		if out.Outcome == "" || r.Outcome == Unknown {
			out.Outcome = r.Outcome
		}
		out.Did, out.Commands = append(out.Did, r.Did...), append(out.Commands, r.Commands...)
		out.Back = append(slices.Clone(r.Back), out.Back...)
	}
	out.ID, out.Title = strings.Join(ids, joint), fmt.Sprintf("%s: %s", model.Plural(len(records), "action"), list(titles(records)))
	out.Target.Name = model.Plural(len(records), "action")
	return out
}

func titles(records []Record) []string {
	out := make([]string, len(records))
	for i, r := range records {
		out[i] = r.Title
	}
	return out
}
