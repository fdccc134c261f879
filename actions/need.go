package actions

import (
	"context"
	"encoding/json"
	"fmt"

	"skep/model"
)

// needs are the objects that a specification names and without which no task
// starts, each once. They are meant by ID: another of the same name is no
// substitute.
func needs(spec json.RawMessage) []model.Reference {
	var out []model.Reference
	seen := map[model.Ref]bool{}
	s := typed(spec)
	for _, r := range model.References(s) {
		if r.Ref.Kind.Info().Required && !seen[r.Ref] {
			seen[r.Ref] = true
			out = append(out, r)
		}
	}
	return out
}

// lostNeeds are the objects that a service's earlier version needs and that are
// gone. The engine keeps those from being removed that the present one names,
// and no others (swarmkit manager/state/store/services.go). What cannot be told
// is taken to be there.
func lostNeeds(ctx context.Context, eng Engine, doc model.Document) []model.Reference {
	if len(doc.Previous) == 0 {
		return nil
	}
	present := map[model.Ref]bool{}
	for _, n := range needs(doc.Spec) {
		present[n.Ref] = true
	}
	var out []model.Reference
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

// previousVersion is what the engine's previous spec is called.
const previousVersion = "the previous version"

// cannotRestore says that an earlier version, or whatever it is called, can run no more.
func cannotRestore(version string, lost []model.Reference) string {
	names := make([]string, len(lost))
	for i, n := range lost {
		names[i] = n.String()
	}
	return fmt.Sprintf("%s needs %s, which no longer %s: none of its tasks could start",
		version, list(names), verb(len(lost), "exists", "exist"))
}
