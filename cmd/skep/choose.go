package main

import (
	"fmt"
	"slices"
	"strings"

	"skep/actions"
	"skep/model"
)

// tasks are called by their place, of which the newest is meant, or by their ID.
var tasks = objects{kind: model.KindTask, word: "TASK", many: true, each: func(c *model.Cluster, add func(r model.Ref, names ...string)) {
	all, _ := c.Tasks()
	named := map[string]bool{}
	for _, t := range all { // The newest of a slot comes first.
		name := c.TaskName(t)
		if named[name] {
			name = ""
		}
		named[name] = true
		add(t.ID.Ref(), name, string(t.ID))
	}
}}

// leastID is how much of an ID says which one is meant, at the least: the lists of
// docker show 12 letters of it.
const leastID = 8

// called are the objects of a name or an ID, or of the beginning of an ID.
func (o objects) called(c *model.Cluster, name string) []model.Ref {
	if name == "" {
		return nil
	}
	var named, begun []model.Ref
	o.each(c, func(r model.Ref, names ...string) {
		switch {
		case slices.Contains(names, name):
			named = append(named, r)
		case len(name) >= leastID && names[0] != r.ID && strings.HasPrefix(r.ID, name): // The ID of a stack is its name.
			begun = append(begun, r)
		}
	})
	if len(named) > 0 {
		return named
	}
	return begun
}

// target is the object of a name or an ID.
func (o objects) target(c *model.Cluster, name string) (actions.Target, error) {
	found := o.called(c, name)
	switch len(found) {
	case 0:
		return actions.Target{}, fmt.Errorf("there is no %s %q", o.kind, name)
	case 1:
		return actions.Target{Ref: found[0], Name: c.NameOf(found[0])}, nil
	}
	return actions.Target{}, sameName(found, name)
}

// sameName refuses a name that several objects of a kind have.
func sameName(found []model.Ref, name string) error {
	ids := make([]string, len(found))
	for i, r := range found {
		ids[i] = r.ID
	}
	return fmt.Errorf("%d %s are called %s: give the ID of one, %s", len(found), found[0].Kind.Info().Plural, name, few(ids, " or "))
}

// choice is one object of several kinds, as the command line names it.
type choice []objects

// kinds are the words of the kinds, such as service/SERVICE.
func (k choice) kinds() (words []string) {
	for _, o := range k {
		words = append(words, string(o.kind)+"/"+o.word)
	}
	return words
}

// check refuses what begins with another kind.
func (k choice) check(text string) error {
	if kind, name, is := strings.Cut(text, "/"); is && (name == "" || !slices.ContainsFunc(k, func(o objects) bool { return string(o.kind) == kind })) {
		return fmt.Errorf("%q is neither a name nor %s", text, alternatives(k.kinds()))
	}
	return nil
}

// of are the objects of one kind that are named: by their kind and name, or by their
// name alone where no other kind has it. There is at least one, but for an error.
func (k choice) of(c *model.Cluster, text string) ([]model.Ref, error) {
	kind, name, prefixed := strings.Cut(text, "/")
	if !prefixed {
		kind, name = "", text
	}
	var found []model.Ref
	var words, says []string
	for _, o := range k {
		if prefixed && kind != string(o.kind) {
			continue
		}
		words = append(words, string(o.kind))
		if refs := o.called(c, name); len(refs) > 0 {
			found = append(found, refs...)
			says = append(says, string(o.kind)+"/"+name)
		}
	}
	switch len(says) {
	case 0:
		return nil, fmt.Errorf("there is no %s called %q%s", alternatives(words), name, k.near(c, words, name))
	case 1:
		return found, nil
	}
	return nil, fmt.Errorf("%q is the name of several things: say %s", name, alternatives(says))
}

// one is the only object of a name.
func (k choice) one(c *model.Cluster, text string) (model.Ref, error) {
	found, err := k.of(c, text)
	if err == nil && len(found) > 1 {
		err = sameName(found, text)
	}
	if err != nil {
		return model.Ref{}, err
	}
	return found[0], nil
}

// near are the names that hold what was asked for, as where the stack was left out.
func (k choice) near(c *model.Cluster, words []string, name string) string {
	var out []string
	for _, o := range k {
		if o.many || !slices.Contains(words, string(o.kind)) {
			continue
		}
		o.each(c, func(_ model.Ref, names ...string) {
			if strings.Contains(strings.ToLower(names[0]), strings.ToLower(name)) {
				out = append(out, string(o.kind)+"/"+names[0])
			}
		})
	}
	if name == "" || len(out) == 0 {
		return ""
	}
	return "; there is " + few(out, " and ")
}

// namesTold is how many names a sentence has.
const namesTold = 3

// few are some names, and how many more there are.
func few(names []string, last string) string {
	if more := len(names) - namesTold; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:namesTold], ", "), more)
	}
	return joined(names, last)
}

// alternatives are words, one of which is meant.
func alternatives(words []string) string { return joined(words, " or ") }

func joined(words []string, last string) string {
	n := len(words) - 1
	if n < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n], ", ") + last + words[n]
}
