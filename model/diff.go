package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Change is one field that differs between two specifications, in words for
// people.
type Change struct {
	// Path names the field as the engine does, such as
	// "TaskTemplate.ContainerSpec.Env[MODE]". "(order)" at its end says that
	// only the order of a list differs, which restarts tasks all the same.
	Path string
	// Before and After are the values, with what is secret in them hidden;
	// empty where there is none. An empty string is shown as "".
	Before, After string
	// BareBefore and BareAfter hide nothing. They are for who asks for them,
	// and for no file.
	BareBefore, BareAfter string `json:"-"`
}

// String is the change in one line, with secrets hidden.
func (c Change) String() string {
	switch {
	case c.Before == "":
		return c.Path + ": + " + c.After
	case c.After == "":
		return c.Path + ": - " + c.Before
	default:
		return c.Path + ": " + c.Before + " -> " + c.After
	}
}

// Diff compares two JSON values of the engine and lists what differs, in the
// order of the paths. A value that is absent, null or not JSON counts as none.
func Diff(before, after json.RawMessage) []Change { return DiffAt(nil, before, after) }

// DiffAt compares two values of one field, to which a path leads through objects:
// what is secret in it is told by where it stands.
func DiffAt(path []string, before, after json.RawMessage) []Change {
	d := differ{}
	text, of, key := "", "", ""
	for _, step := range path {
		text, of, key = join(text, step), key, step
	}
	d.compare(text, of, key, decodeJSON(before), decodeJSON(after))
	slices.SortStableFunc(d.out, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return d.out
}

// SameJSON reports whether two JSON values mean the same: whether Diff finds
// nothing, whatever their order of keys and their spaces. Numbers are compared
// as they are written, so that large ones stay exact.
func SameJSON(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	d := differ{blind: true}
	d.compare("", "", "", decodeJSON(a), decodeJSON(b))
	return len(d.out) == 0
}

func decodeJSON(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	return v
}

// SpecChanges are what differs between two specifications of a service, without the
// mark that a deploy keeps on it: a line of hashes, which says nothing to people.
func SpecChanges(before, after json.RawMessage) []Change {
	return slices.DeleteFunc(Diff(before, after), func(c Change) bool { return c.Path == "Labels["+LabelDeployed+"]" })
}

type differ struct {
	out []Change
	// blind is set where it is only asked whether anything differs.
	blind bool
}

// compare descends as long as both sides, or the one there is, have parts. The
// key is the name of what is compared, and of the name of what holds it.
func (d *differ) compare(path, of, key string, before, after any) {
	if reflect.DeepEqual(before, after) {
		return
	}
	bm, bIsMap := before.(map[string]any)
	am, aIsMap := after.(map[string]any)
	if (bIsMap || before == nil) && (aIsMap || after == nil) && len(bm)+len(am) > 0 {
		d.compareMaps(path, key, bm, am)
		return
	}
	bl, bIsList := before.([]any)
	al, aIsList := after.([]any)
	if (bIsList || before == nil) && (aIsList || after == nil) && len(bl)+len(al) > 0 {
		if b, a, ok := keyed(key, bl, al); ok {
			d.compareKeyed(path, key, b, a)
			return
		}
	}
	d.add(path, of, key, before, after)
}

func (d *differ) compareMaps(path, of string, before, after map[string]any) {
	both := maps.Clone(before)
	if both == nil {
		both = map[string]any{}
	}
	maps.Copy(both, after)
	for key := range both {
		d.compare(join(path, key), of, key, before[key], after[key])
	}
}

// entry is one element of a list whose elements have names.
type entry struct {
	name  string
	value any
}

func (d *differ) compareKeyed(path, key string, before, after []entry) {
	find := func(in []entry, name string) any {
		for _, e := range in {
			if e.name == name {
				return e.value
			}
		}
		return nil
	}
	from := len(d.out)
	for _, e := range before {
		d.compare(path+"["+e.name+"]", key, e.name, e.value, find(after, e.name))
	}
	for _, e := range after {
		if find(before, e.name) == nil {
			d.compare(path+"["+e.name+"]", key, e.name, nil, e.value)
		}
	}
	if len(d.out) == from {
		b, a := names(before), names(after)
		d.out = append(d.out, Change{Path: path + " (order)", Before: b, After: a, BareBefore: b, BareAfter: a})
	}
}

func names(list []entry) string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = e.name
	}
	return strings.Join(out, ", ")
}

// nameField is which field names the elements of the engine's lists of
// objects, by the list's own name. A change in the middle of such a list would
// otherwise look like a change of all that follows.
var nameField = map[string][]string{
	"Mounts": {"Target"}, "Secrets": {"SecretName"}, "Configs": {"ConfigName"}, "Networks": {"Target"},
	"Ports": {"TargetPort", "Protocol", "PublishedPort"}, "Ulimits": {"Name"}, "Preferences": nil, "Env": nil,
}

// keyed names the elements of two lists, if they all have names and no name
// comes twice.
func keyed(key string, before, after []any) (b, a []entry, ok bool) {
	fields, known := nameField[key]
	if !known || fields == nil && key != "Env" {
		return nil, nil, false
	}
	name := func(list []any) ([]entry, bool) {
		out := make([]entry, 0, len(list))
		seen := map[string]bool{}
		for _, v := range list {
			e, ok := nameOf(key, fields, v)
			if !ok || seen[e.name] {
				return nil, false
			}
			seen[e.name] = true
			out = append(out, e)
		}
		return out, true
	}
	if b, ok = name(before); !ok {
		return nil, nil, false
	}
	a, ok = name(after)
	return b, a, ok
}

func nameOf(key string, fields []string, v any) (entry, bool) {
	if key == "Env" {
		s, ok := v.(string)
		name, value, hasValue := strings.Cut(s, "=")
		if !hasValue {
			// NAME alone takes the variable away; NAME= makes it empty.
			return entry{name, json.Number("(removed)")}, ok
		}
		return entry{name, value}, ok
	}
	m, ok := v.(map[string]any)
	if !ok {
		return entry{}, false
	}
	var parts []string
	for _, f := range fields {
		switch x := m[f].(type) {
		case string:
			parts = append(parts, x)
		case json.Number:
			parts = append(parts, x.String())
		}
	}
	return entry{strings.Join(parts, "/"), v}, len(parts) > 0
}

func (d *differ) add(path, of, key string, before, after any) {
	if d.blind {
		d.out = append(d.out, Change{})
		return
	}
	show := func(v any) string { return display(key, v) }
	if show(before) == show(after) { // Rounded to units they look alike.
		show = func(v any) string { return display("", v) }
	}
	if show(before) == show(after) { // Such as a number and its digits.
		show = encode
	}
	d.out = append(d.out, Change{
		Path: path, Before: show(hide(of, key, before)), After: show(hide(of, key, after)),
		BareBefore: show(before), BareAfter: show(after),
	})
}

// hide is a value without what is secret in it.
func hide(of, key string, v any) any {
	switch x := v.(type) {
	case string:
		if key == "Data" && of != "Labels" && of != "Env" {
			return Masked // The content of a secret, or of a config.
		}
		return MaskField(of, key, x)
	case []any:
		return hideList(key, x)
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, part := range x {
			out[k] = hide(key, k, part)
		}
		return out
	}
	return v
}

func hideList(key string, list []any) []any {
	words := make([]string, len(list))
	out := make([]any, len(list))
	for i, part := range list {
		word, ok := part.(string)
		if !ok { // Not words, or not all of them.
			for i, part := range list {
				out[i] = hide("", "", part)
			}
			return out
		}
		words[i] = word
	}
	for i, w := range MaskList(key, words) {
		out[i] = w
	}
	return out
}

// join adds a key to a path; keys that hold more than letters and digits, such
// as those of labels, stand in brackets.
func join(path, key string) string {
	plain := key != "" && strings.IndexFunc(key, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_'
	}) < 0
	switch {
	case !plain:
		return path + "[" + key + "]"
	case path == "":
		return key
	default:
		return path + "." + key
	}
}

// display is a value for people; empty for none.
func display(key string, v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		if x == "" {
			return `""`
		}
		return x
	case json.Number:
		return displayNumber(key, x)
	default:
		return encode(v)
	}
}

// encode is a value as JSON.
func encode(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}
