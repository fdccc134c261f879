package views

import (
	"fmt"
	"slices"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// Definition is a view of any type of row.
type Definition interface {
	// Names are the view's name and its aliases.
	Names() []string
	// Summary says what it shows, in a few words.
	Summary() string
	// Titles are the names of all objects that it shows of a snapshot.
	Titles(c *model.Cluster) []string
	// Scope is where the keys for its objects are bound; see [KeysOf].
	Scope() keys.Scope
	Shows() model.Kind
	// Open makes the list of a scope.
	Open(s Scope) Screen
}

// All are the views. A new kind is one line here.
var All = []Definition{Stacks, Services, Tasks, Nodes, Networks, Secrets, Configs, Volumes, Contexts, Journal, Releases, Timeline, Problems}

// Find is the view of a name or alias; nil if there is none.
func Find(name string) Definition {
	for _, d := range All {
		for _, n := range d.Names() {
			if n == name {
				return d
			}
		}
	}
	return nil
}

// Of is the view of the objects of a kind; nil for none.
func Of(kind model.Kind) Definition {
	for _, d := range All {
		if d.Shows() == kind && kind != "" {
			return d
		}
	}
	return nil
}

// KeysOf is the scope of the keys for objects of a kind; empty for a kind that
// has none.
func KeysOf(kind model.Kind) keys.Scope {
	if d := Of(kind); d != nil {
		return d.Scope()
	}
	return ""
}

// ForObjects reports whether the keys of a scope are for objects of some kinds.
func ForObjects(s keys.Scope) bool {
	return s != "" && slices.ContainsFunc(All, func(d Definition) bool { return d.Shows() != "" && d.Scope() == s })
}

// Names implements Definition.
func (v View[R]) Names() []string { return append([]string{v.Name}, v.Aliases...) }

// Summary implements Definition.
func (v View[R]) Summary() string { return v.About }

// Titles implements Definition.
func (v View[R]) Titles(c *model.Cluster) []string {
	f := table.Data{Cluster: c}
	if !v.has(f) {
		return nil
	}
	rows := v.Rows(f, Scope{})
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = v.Title(c, row)
	}
	return out
}

// Scope implements Definition.
func (v View[R]) Scope() keys.Scope { return v.Keys }

// Shows implements Definition.
func (v View[R]) Shows() model.Kind { return v.Kind }

// String names the scope as crumbs do.
func (s Scope) String() string { return fmt.Sprint(s.Stack, s.Of.ID) }
