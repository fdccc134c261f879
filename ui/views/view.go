// Package views holds the lists of the console, each as one declarative value:
// what its rows are, its columns, where enter leads, and what the engine has to
// be asked for while it is on the screen. registry.go is the table of contents;
// a new kind is one file and one line there.
package views

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/table"
)

// Scope narrows a view to a part of the swarm. The zero value is all of it.
type Scope struct {
	Stack model.StackName
	// Of is the object whose tasks, or users, are listed.
	Of model.Ref
	// Past adds the former tasks of each slot.
	Past bool
}

// Link is a view with its scope, or a description.
type Link struct {
	View  string
	Scope Scope
	// Connect is set where the way down leads into another swarm: the docker
	// context to connect to.
	Connect string
	// Describe is set where the way down is a description: of what the row
	// itself stands for, or with Subject of the object that it is about.
	Describe, Subject bool
}

// View is one list. R is the type of its rows.
type View[R any] struct {
	// Name is what it is called, Aliases what else may be typed.
	Name    string
	Aliases []string
	// About says what it shows, for the help and for completion.
	About string
	Kind  model.Kind
	// Keys are those of the objects, which work wherever one is the subject of a
	// screen; Own are those of the list.
	Keys, Own keys.Scope
	Columns   []table.Column[R]
	// Narrows is set where the rows belong to stacks, so that a chosen stack
	// narrows the list.
	Narrows bool
	// Source names what the rows are made from, where that is something else
	// than the snapshot of the swarm; see [table.Data].
	Source string
	// Sourced is set where each scope has a source of its own; see [SourceOf].
	Sourced bool
	// Rows are the rows of a scope in their own order; a slice of its own.
	Rows func(f table.Data, s Scope) []R
	// Known reports whether all that the rows are made from was read.
	Known func(f table.Data, s Scope) bool
	// ID identifies the row.
	ID func(R) model.Ref
	// Subject is the object that the row is about, for actions and ways on; nil
	// where the row stands for the object itself.
	Subject func(R) model.Ref
	// Name of the object, as an action's target is called.
	Title  func(c *model.Cluster, row R) string
	Labels func(c *model.Cluster, row R) map[string]string
	// Match adds to dst the texts that a filter is held against besides the
	// title, the error and what the columns show; it may be nil.
	Match func(dst []string, c *model.Cluster, row R) []string
	// Attention is how much a row needs; nil for a list that keeps its order
	// whatever is wrong.
	Attention func(c *model.Cluster, row R) model.Status
	// Error is the row's error, whole; empty for none.
	Error func(c *model.Cluster, row R) string
	// Wrong reports whether the list of rows with problems has the row; nil for
	// those with an error. It has the objects of the swarm's problems anyway.
	Wrong    func(c *model.Cluster, row R) bool
	Interest func(s Scope) model.Interest
	Enter    func(c *model.Cluster, row R) Link
	// Empty is what to say where a scope that was read has no rows.
	Empty func(c *model.Cluster, s Scope) Nothing
}

// sourceMark stands in the name of a source before the object that it is of.
const sourceMark = "/"

// SourceOf is the object that a source is of; false for a source of everything, or
// of another name.
func SourceOf(source, name string) (model.Ref, bool) {
	rest, is := strings.CutPrefix(source, name+sourceMark)
	kind, id, ok := strings.Cut(rest, sourceMark)
	if !is || !ok {
		return model.Ref{}, false
	}
	return model.Ref{Kind: model.Kind(kind), ID: id}, true
}

// has reports whether the data has what the rows are made from.
func (v *View[R]) has(f table.Data) bool {
	if v.Source != "" {
		return f.Source != nil
	}
	return f.Cluster != nil
}

// subject is the object that a row is about.
func (v *View[R]) subject(row R) model.Ref {
	if v.Subject != nil {
		return v.Subject(row)
	}
	return v.ID(row)
}

// Count is a count of tasks for a column: up and wanted, with a question mark
// where a part could not be checked.
func count(r model.Replicas, job bool) table.Cell {
	up, want, note := r.Up, r.Want, ""
	if job {
		up, want, note = r.Completed, r.Total, " done"
	}
	unsure := ""
	if !r.Sure {
		unsure = "?"
	}
	c := table.Cell{Text: fmt.Sprintf("%d%s/%d%s", up, unsure, want, note)}
	switch {
	case job:
	case !r.Short(false):
	case up == 0:
		c.Status = model.Broken
	default:
		c.Status = model.Warning
	}
	return c
}

// text is a cell of plain text; a dash for none.
func text(s string) table.Cell {
	if s == "" {
		return none
	}
	return table.Cell{Text: s}
}

// none is the cell of a value that is not there, or not known.
var none = table.Cell{Text: "-", Dim: true}

// labels are labels in one line, by key, with secrets masked; those of stacks,
// which every object of a stack repeats, are left out.
func labels(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if !strings.HasPrefix(k, "com.docker.stack.") {
			out = append(out, k+"="+model.MaskLabel(k, m[k]))
		}
	}
	return strings.Join(out, " ")
}

// holds reports whether a service belongs to the stack of a scope.
func (s Scope) holds(svc *model.Service) bool {
	return s.Stack == "" || svc != nil && svc.Stack() == s.Stack
}

// prefix is what all names of a scope begin with, as far as is known.
func (s Scope) prefix(c *model.Cluster) string {
	switch {
	case s.Of.Service() != "" && c != nil && c.Service(s.Of.Service()) != nil:
		return c.Service(s.Of.Service()).Name()
	case s.Of == model.Ref{} && s.Stack != "":
		return string(s.Stack) + "_"
	}
	return ""
}

// gone reports whether the snapshot has no more what a scope is of.
func (s Scope) gone(c *model.Cluster) bool {
	_, found := c.Find(s.Of)
	return s.Of != model.Ref{} && !found
}

// by makes a comparison of rows from a key.
func by[R any, K cmp.Ordered](key func(f table.Data, row R) K) func(table.Data, R, R) int {
	return func(f table.Data, a, b R) int { return cmp.Compare(key(f, a), key(f, b)) }
}
