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

// Frame is what cells are made from, besides their row.
type Frame struct {
	Cluster *model.Cluster
	Now     time.Time
}

// Cell is one field of a row: plain text, never escape sequences, with what it
// means.
type Cell struct {
	Text   string
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
	// Min and Max bound the width in cells. A column is never cut below Min;
	// 0 for Max is no bound.
	Min, Max int
	// Drop ranks which column goes first when they do not fit: the highest
	// first; 0 never goes.
	Drop int
	// Flex columns take what width is left.
	Flex  bool
	Right bool
	// CutLeft cuts what is too long at its beginning, where the end says more,
	// and at a slash where there is one.
	CutLeft bool
	// Wide columns are shown only in the wide form.
	Wide bool
	Cell func(f Frame, row R) Cell
	// Compare orders two rows by this column; by the cell's text where nil.
	Compare func(f Frame, a, b R) int
}
