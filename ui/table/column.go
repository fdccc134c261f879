// Package table draws rows of typed data as a table, and costs the same for
// ten rows as for ten thousand: only what is visible is made into text.
//
// The cursor and the marks belong to objects, not to lines. Whatever the data
// does meanwhile, the row under the cursor is the one it was put on; if it is
// gone, the cursor stays at its line.
package table

import (
	"time"

	"skep/model"
)

// Source is data that a list is made from, besides the snapshot of the swarm:
// the docker contexts, a journal. It does not change; what is read again is
// another one, of a higher revision.
type Source interface {
	Revision() uint64
}

// Data is what rows and their cells are made from.
type Data struct {
	Cluster *model.Cluster
	// Source is that of a list which has one; nil while it has not been read.
	Source Source
	Now    time.Time
	// WorstFirst is set where lists begin with what is wrong, if they can.
	WorstFirst bool
	// Spell puts keys into a text in place of commands in braces; nil where there
	// are no keys to press. See [keys.Table.Spell].
	Spell func(text string) string
	// Prefix is what the names of a list begin with that is narrowed to a stack
	// or a service. The path says it already, so names are drawn without it.
	Prefix string
}

// Spelt is a text with keys in place of commands in braces.
func (d Data) Spelt(text string) string {
	if d.Spell == nil {
		return text
	}
	return d.Spell(text)
}

// Revision tells data from other data.
type Revision struct {
	snapshot *model.Cluster
	source   uint64
}

// Revision identifies the data: of one revision it is the same.
func (d Data) Revision() Revision {
	r := Revision{snapshot: d.Cluster}
	if d.Source != nil {
		r.source = d.Source.Revision()
	}
	return r
}

// Cell is one field of a row: plain text, never escape sequences, with what it
// means.
type Cell struct {
	Text string
	// Brief stands for the text where the columns do not fit otherwise; empty
	// where there is no shorter way to say it.
	Brief  string
	Status model.Status
	// Sign puts the status's glyph before the text.
	Sign bool
	// Since, if set, makes the text: the age of that time.
	Since time.Time
	Dim   bool
}

// Column is one column of a table.
type Column[R any] struct {
	Title string
	// Min and Max bound the width in cells. A column is never cut below Min,
	// and never at all where Min is 0; 0 for Max is no bound.
	Min, Max int
	// Spare, if set, is how narrow a column may be that had to go, when it is
	// shown again instead of one that would have gone before it.
	Spare int
	// Drop ranks which column goes first when they do not fit: the highest
	// first. Those of 0 never go, and are cut only when all others have gone.
	Drop int
	// Flex columns take what width is left.
	Flex  bool
	Right bool
	// Cut makes a text fit that is too wide; nil cuts its end.
	Cut Cut
	// Sparse columns are left out while no row has anything to show in them.
	Sparse bool
	// Wide columns are shown only in the wide form.
	Wide bool
	Cell func(f Data, row R) Cell
	// Compare orders two rows by this column; by the cell's text where nil.
	Compare func(f Data, a, b R) int
}

// Cut shortens a text that is wider than a width to that width at most.
type Cut func(text string, width int, ellipsis string) string
