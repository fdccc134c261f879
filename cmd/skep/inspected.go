package main

import (
	"encoding/json"
	"fmt"

	"skep/actions"
	"skep/internal/safetext"
	"skep/model"
	"skep/ui/detail"
)

// inspected is an object as docker inspect prints it. Other than its specification
// alone it tells of which version that is.
type inspected struct {
	ID      string
	Version *struct{ Index uint64 }
	Spec    json.RawMessage
}

// readInspected reads an object, alone or as the only one of a list; false for a text
// that is none.
func readInspected(text string) (inspected, bool) {
	var one inspected
	var list []inspected
	if json.Unmarshal([]byte(text), &list) == nil && len(list) == 1 {
		one = list[0]
	} else if json.Unmarshal([]byte(text), &one) != nil {
		return inspected{}, false
	}
	return one, one.ID != "" && one.Version != nil && len(one.Spec) > 0
}

// of is what an action takes of it as its text: nothing of another object, or of one
// that somebody has changed since it was inspected.
func (o inspected) of(doc model.Document, t actions.Target, text *actions.Text, note func(key, value string) string) (string, error) {
	switch {
	case o.ID != t.Ref.ID:
		return "", usageError{fmt.Errorf("--file is of another %s: %s", t.Ref.Kind, safetext.Line(o.ID))}
	case o.Version.Index != doc.Version:
		return "", refusal{fmt.Errorf("nothing was done: %s has changed since the file was written, from version %d to %d; inspect it again, or give its Spec alone to write over that",
			safetext.Line(t.Name), o.Version.Index, doc.Version)}
	}
	return detail.YAMLText(text.Of(o.Spec), note)
}
