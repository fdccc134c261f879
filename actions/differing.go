package actions

import (
	"encoding/json"
	"slices"

	"skep/model"
)

// differing are the fields at which two specifications differ: as deep as objects
// go on both sides. Lists count as a whole, because nobody knows which place of
// one is which of the other.
func differing(before, after json.RawMessage) [][]string {
	if !json.Valid(before) || !json.Valid(after) {
		return nil
	}
	return differAt(before, after, nil)
}

func differAt(before, after json.RawMessage, at []string) [][]string {
	if model.SameJSON(before, after) {
		return nil
	}
	b, ok1 := keysOf(before)
	a, ok2 := keysOf(after)
	if !ok1 || !ok2 {
		return [][]string{at}
	}
	var out [][]string
	for _, key := range union(b, a) {
		old, had := lookup(before, key)
		now, has := lookup(after, key)
		path := append(slices.Clone(at), key)
		switch {
		case had && has:
			out = append(out, differAt(old, now, path)...)
		case !model.SameJSON(old, now): // null is the same as none.
			out = append(out, path)
		}
	}
	return out
}

// keysOf are the keys of an object, each of which comes once; false for what is
// none.
func keysOf(raw json.RawMessage) ([]string, bool) {
	at := whole(raw)
	held, list, err := members(raw, at)
	if err != nil || list {
		return nil, false
	}
	out := make([]string, len(held))
	for i, m := range held {
		if slices.Contains(out[:i], m.name) {
			return nil, false
		}
		out[i] = m.name
	}
	return out, true
}

// union are the keys of both, those of the first one first.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, key := range b {
		if !slices.Contains(a, key) {
			out = append(out, key)
		}
	}
	return out
}
