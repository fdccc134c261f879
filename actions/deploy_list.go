package actions

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// namedLists are the lists of a specification whose elements have a name each: one of
// them can be left as somebody changed it by hand while the files change another.
var namedLists = []struct {
	path []string
	// name is the field with the name, a dot between its steps; empty where elements
	// are words, and = where the name ends there.
	name string
}{
	{[]string{"TaskTemplate", "ContainerSpec", "Env"}, "="},
	{[]string{"TaskTemplate", "ContainerSpec", "Mounts"}, "Target"},
	{[]string{"TaskTemplate", "ContainerSpec", "Secrets"}, "File.Name"},
	{[]string{"TaskTemplate", "ContainerSpec", "Configs"}, "File.Name"},
	{[]string{"TaskTemplate", "Placement", "Constraints"}, ""},
}

// comparedForm is a specification in canonical form, its lists taken apart.
func comparedForm(spec *swarm.ServiceSpec) (json.RawMessage, error) {
	canon, err := canonical(spec)
	if err != nil {
		return nil, err
	}
	return apart(canon)
}

// apart is a specification with an object in place of each of those lists, in which
// each element is a list of its own: so that it differs from another as a whole.
func apart(canon json.RawMessage) (json.RawMessage, error) {
	for _, l := range namedLists {
		var elements []json.RawMessage
		raw, found := lookup(canon, l.path...)
		if !found || json.Unmarshal(raw, &elements) != nil {
			continue
		}
		object, unique := map[string][]json.RawMessage{}, true
		for _, e := range elements {
			name := elementName(e, l.name)
			unique = unique && name != "" && object[name] == nil
			object[name] = []json.RawMessage{e}
		}
		if !unique || len(object) == 0 {
			continue
		}
		var err error
		if canon, err = Apply(canon, []Edit{{Path: l.path, Value: object}}); err != nil {
			return nil, err
		}
	}
	return canon, nil
}

// elementName is what an element of a list is called; empty where that is not to be
// told.
func elementName(raw json.RawMessage, field string) string {
	if field != "" && field != "=" {
		raw, _ = lookup(raw, strings.Split(field, ".")...)
	}
	var word string
	if json.Unmarshal(raw, &word) != nil {
		return ""
	}
	if field == "=" {
		word, _, _ = strings.Cut(word, "=")
	}
	return word
}

// together is a specification whose lists were taken apart as it is written.
func together(spec json.RawMessage) (json.RawMessage, error) {
	for _, l := range namedLists {
		raw, found := lookup(spec, l.path...)
		if !found {
			continue
		}
		var err error
		if spec, err = Apply(spec, []Edit{{Path: l.path, Value: listed(raw), Delete: string(listed(raw)) == "[]"}}); err != nil {
			return nil, err
		}
	}
	return spec, nil
}

// listed is the list that was taken apart; what is none stays as it is.
func listed(raw json.RawMessage) json.RawMessage {
	var object map[string][]json.RawMessage
	if json.Unmarshal(raw, &object) != nil || object == nil {
		return raw
	}
	list := []json.RawMessage{}
	names, _ := keysOf(raw)
	for _, name := range names {
		list = append(list, object[name]...)
	}
	out, err := encode(list)
	if err != nil {
		return raw
	}
	return out
}

// listPath is the path to the list that a field is in, or to the field where it is in
// none of those.
func listPath(path []string) []string {
	for _, l := range namedLists {
		if len(path) > len(l.path) && slices.Equal(path[:len(l.path)], l.path) {
			return l.path
		}
	}
	return path
}

// graft puts fields of one specification into another: both are taken apart, and so
// is onto, which is spec in that form. What it does not touch keeps its bytes.
func graft(spec, onto, from json.RawMessage, paths [][]string) (json.RawMessage, error) {
	var err error
	for _, path := range paths {
		if onto, err = overlay(onto, from, path); err != nil {
			return nil, err
		}
	}
	if onto, err = together(onto); err != nil {
		return nil, err
	}
	for _, path := range paths {
		if spec, err = overlay(spec, onto, listPath(path)); err != nil {
			return nil, err
		}
	}
	return spec, nil
}

// changeAt is the change of one field in words.
func changeAt(path []string, is, wants json.RawMessage) []model.Change {
	b, _ := lookup(is, path...)
	a, _ := lookup(wants, path...)
	for _, l := range namedLists {
		if slices.Equal(l.path, path) {
			b, a = listed(b), listed(a)
		}
	}
	return model.DiffAt(listPath(path), b, a)
}
