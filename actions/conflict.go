package actions

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

// DriftError means that what a plan changes is no longer what its preview
// showed. Nothing was written to that target.
type DriftError struct {
	Target Target
	// Changes are what happened since the preview to the fields in question, and
	// Mine what the plan would have made of them as they were.
	Changes, Mine []model.Change
}

// Error tells what changed.
func (e *DriftError) Error() string {
	lines := make([]string, len(e.Changes))
	for i, c := range e.Changes {
		lines[i] = c.String()
	}
	return fmt.Sprintf("%s has changed since the preview (%s): nothing was written to it", e.Target.Name, strings.Join(lines, "; "))
}

// Conflict is one field that somebody else has changed and that is to be changed,
// or that goes with one. Its values hide what is secret; an empty one is none.
type Conflict struct{ Path, Shown, Theirs, Mine string }

// Conflicts set side by side what was shown, what the others made of it, and what
// was to be made of it.
func (e *DriftError) Conflicts() []Conflict {
	var out []Conflict
	for _, c := range e.Changes {
		out = append(out, Conflict{c.Path, c.Before, c.After, c.Before})
	}
	for _, m := range e.Mine {
		if i := slices.IndexFunc(out, func(c Conflict) bool { return c.Path == m.Path }); i >= 0 {
			out[i].Mine = m.After
			continue
		}
		out = append(out, Conflict{m.Path, m.Before, m.Before, m.After})
	}
	slices.SortStableFunc(out, func(a, b Conflict) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// Text sets them side by side in words, a line each.
func (c Conflict) Text() [4]string {
	or := func(value string) string {
		if value == "" {
			return "(none)"
		}
		return value
	}
	return [4]string{c.Path, "shown: " + or(c.Shown), "theirs: " + or(c.Theirs), "mine: " + or(c.Mine)}
}

// rebase makes edits that were thought of for one specification into those of
// another, which somebody else has made of it meanwhile. What both have changed
// to something else is a conflict: over takes mine there, the field or the list
// as a whole.
func rebase(t Target, base, now json.RawMessage, edits []Edit, over bool) ([]Edit, error) {
	mine, err := Apply(base, edits)
	if err != nil {
		return nil, err
	}
	var out []Edit
	conflict := &DriftError{Target: t}
	var taken [][]string
	for _, e := range edits {
		path := e.watched(base)
		theirs, there := lookup(now, path...)
		value, has := lookup(mine, path...)
		switch {
		case model.SameJSON(field(base, path...), theirs):
			out = append(out, e)
		case has == there && model.SameJSON(theirs, value):
		case slices.ContainsFunc(taken, func(p []string) bool { return slices.Equal(p, path) }):
		default:
			taken = append(taken, path)
			out = append(out, Edit{Path: path, Value: slices.Clone(value), Delete: !has})
			conflict.Changes = append(conflict.Changes, changesAt(path, base, now)...)
			conflict.Mine = append(conflict.Mine, changesAt(path, base, mine)...)
		}
	}
	if len(conflict.Changes) > 0 && !over {
		return nil, conflict
	}
	return out, nil
}

// changesAt are the changes of one field, by their paths from the top. Of a list
// in which the path finds a word, it is that word alone.
func changesAt(path []string, before, after json.RawMessage) []model.Change {
	b, a := field(before, path...), field(after, path...)
	if len(path) > 0 && isSelector(path[len(path)-1]) {
		parent := path[:len(path)-1]
		if holds := cmp.Or(string(field(before, parent...)), string(field(after, parent...))); strings.HasPrefix(holds, "[") {
			return model.DiffAt(parent, listOf(b), listOf(a))
		}
	}
	return model.DiffAt(path, b, a)
}

// listOf is a list of one element, or of none.
func listOf(element json.RawMessage) json.RawMessage {
	return slices.Concat([]byte("["), element, []byte("]"))
}
