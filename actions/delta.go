package actions

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"skep/model"
)

// Edits are what makes one specification into another: the least that says it, so
// that what is alike keeps its bytes, and so that what somebody else changes
// elsewhere meanwhile is no conflict.
func Edits(before, after json.RawMessage) []Edit {
	if !json.Valid(before) || !json.Valid(after) {
		return nil
	}
	d := delta{before: before, after: after}
	d.compare(nil, whole(before), whole(after))
	return d.out
}

type delta struct {
	before, after json.RawMessage
	out           []Edit
}

// compare goes down as long as both sides are of one form.
func (d *delta) compare(path []string, b, a span) {
	before, after := d.before[b.from:b.to], d.after[a.from:a.to]
	if model.SameJSON(before, after) && (string(before) == "null") == (string(after) == "null") {
		return
	}
	if before[0] != after[0] || before[0] != '{' && before[0] != '[' {
		d.set(path, after)
		return
	}
	bm, list, err1 := members(d.before, b)
	am, _, err2 := members(d.after, a)
	switch {
	case err1 != nil || err2 != nil || twice(bm) || twice(am):
		d.set(path, after)
	case list:
		d.compareLists(path, bm, am)
	default:
		d.compareObjects(path, bm, am)
	}
}

func (d *delta) compareObjects(path []string, before, after []member) {
	for _, b := range before {
		if !slices.ContainsFunc(after, func(a member) bool { return a.name == b.name }) {
			d.out = append(d.out, Edit{Path: at(path, b.name), Delete: true})
		}
	}
	for _, a := range after {
		i := slices.IndexFunc(before, func(b member) bool { return b.name == a.name })
		if i < 0 {
			d.set(at(path, a.name), d.after[a.value.from:a.value.to])
			continue
		}
		d.compare(at(path, a.name), before[i].value, a.value)
	}
}

// compareLists goes into the elements of a list that has as many as before. One
// that has not is written anew, of the elements as they were where they are the
// same still.
func (d *delta) compareLists(path []string, before, after []member) {
	if edits, ok := d.words(path, before, after); ok {
		d.out = append(d.out, edits...)
		return
	}
	if len(before) == len(after) {
		for i := range after {
			d.compare(at(path, strconv.Itoa(i)), before[i].value, after[i].value)
		}
		return
	}
	parts := make([][]byte, len(after))
	for i, a := range after {
		parts[i] = d.after[a.value.from:a.value.to]
		for _, b := range before {
			if was := d.before[b.value.from:b.value.to]; model.SameJSON(was, parts[i]) {
				parts[i] = was
				break
			}
		}
	}
	d.set(path, slices.Concat([]byte("["), bytes.Join(parts, []byte(",")), []byte("]")))
}

// selectors are how the elements of the lists of words are found whose order says
// nothing as long as those that stay keep theirs.
var selectors = map[string]func(word string) string{
	"Env":         func(word string) string { name, _, _ := strings.Cut(word, "="); return Named(name) },
	"Constraints": Word,
}

// words are the edits of a list of words, each found by what it is; false where
// the list is none of those, or its order changes.
func (d *delta) words(path []string, before, after []member) ([]Edit, bool) {
	if len(path) == 0 || selectors[path[len(path)-1]] == nil {
		return nil, false
	}
	selector := selectors[path[len(path)-1]]
	b, ok1 := selectorsOf(d.before, before, selector)
	a, ok2 := selectorsOf(d.after, after, selector)
	if !ok1 || !ok2 {
		return nil, false
	}
	var out []Edit
	kept := make([]string, 0, len(b))
	for _, key := range b {
		if slices.Contains(a, key) {
			kept = append(kept, key)
		} else {
			out = append(out, Edit{Path: at(path, key), Delete: true})
		}
	}
	if len(kept) > len(a) || !slices.Equal(kept, a[:len(kept)]) {
		return nil, false
	}
	for i, key := range a {
		value := d.after[after[i].value.from:after[i].value.to]
		if was, found := slices.Index(b, key), i < len(kept); found && model.SameJSON(d.before[before[was].value.from:before[was].value.to], value) {
			continue
		}
		out = append(out, Edit{Path: at(path, key), Value: slices.Clone(value)})
	}
	return out, true
}

// selectorsOf are what finds the elements of a list of words; false where it is none,
// or one thing would find two.
func selectorsOf(in []byte, list []member, selector func(string) string) ([]string, bool) {
	out := make([]string, 0, len(list))
	for _, m := range list {
		var word string
		if in[m.value.from] != '"' || json.Unmarshal(in[m.value.from:m.value.to], &word) != nil {
			return nil, false
		}
		key := selector(word)
		if !isSelector(key) || slices.Contains(out, key) {
			return nil, false
		}
		out = append(out, key)
	}
	return out, true
}

func (d *delta) set(path []string, value []byte) {
	d.out = append(d.out, Edit{Path: path, Value: json.RawMessage(slices.Clone(value))})
}

// twice reports whether a name comes twice.
func twice(held []member) bool {
	for i, m := range held {
		if slices.ContainsFunc(held[:i], func(o member) bool { return o.name == m.name }) {
			return true
		}
	}
	return false
}

// at is a path with one more step; of its own, so that no other grows into it.
func at(path []string, key string) []string { return append(slices.Clone(path), key) }
