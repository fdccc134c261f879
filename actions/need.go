package actions

import (
	"context"
	"encoding/json"
	"fmt"

	"skep/model"
)

// Need is an object without which the tasks of a service do not start. It is
// meant by its ID: another of the same name is no substitute.
type Need struct {
	Ref  model.Ref
	Name string // empty where the specification does not tell it
}

// String names the object to people.
func (n Need) String() string {
	if n.Name == "" {
		return fmt.Sprintf("the %s %.12s", n.Ref.Kind, n.Ref.ID)
	}
	return fmt.Sprintf("the %s %s", n.Ref.Kind, n.Name)
}

// needs are the objects that a specification names, each once.
func needs(spec json.RawMessage) []Need {
	var out []Need
	seen := map[model.Ref]bool{}
	s := typed(spec)
	for _, r := range model.References(s) {
		if r.Ref.Kind.Info().Required && !seen[r.Ref] {
			seen[r.Ref] = true
			out = append(out, Need(r))
		}
	}
	return out
}

// lostNeeds are the objects that a service's earlier version needs and that are
// gone. The engine keeps those from being removed that the present one names,
// and no others (swarmkit manager/state/store/services.go). What cannot be told
// is taken to be there.
func lostNeeds(ctx context.Context, eng Engine, doc model.Document) []Need {
	if len(doc.Previous) == 0 {
		return nil
	}
	present := map[model.Ref]bool{}
	for _, n := range needs(doc.Spec) {
		present[n.Ref] = true
	}
	var out []Need
	for _, n := range needs(doc.Previous) {
		if present[n.Ref] {
			continue
		}
		if found, err := eng.Exists(ctx, n.Ref); err == nil && !found {
			out = append(out, n)
		}
	}
	return out
}

// cannotRestore says that an earlier version can run no more.
func cannotRestore(lost []Need) string {
	names := make([]string, len(lost))
	for i, n := range lost {
		names[i] = n.String()
	}
	return fmt.Sprintf("the previous version needs %s, which no longer %s: none of its tasks could start",
		list(names), verb(len(lost), "exists", "exist"))
}
