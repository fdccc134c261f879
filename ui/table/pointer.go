package table

import "skep/model"

// span is the cells that a column takes in every line of the table: from the
// one, up to and without the other.
type span struct{ column, from, to int }

// spansOf says where the columns stand, by their widths. What does not fit into
// the table is cut off. Drawing goes by it, and so does what is pointed at.
func (t *Table[R]) spansOf(widths []int) []span {
	spans := make([]span, 0, len(widths))
	at := 1 // Behind the cursor and the mark.
	skip := t.left
	t.hidden = 0
	for i, w := range widths {
		switch {
		case w == 0:
			continue
		case len(spans) > 0 && skip > 0:
			skip--
			continue
		}
		if at+w > t.width && len(spans) > 0 {
			t.hidden++
		}
		if at+min(w, leastPart) <= t.width || len(spans) == 0 {
			spans = append(spans, span{i, min(at, t.width), min(at+w, t.width)})
		}
		at += w + gap
	}
	return spans
}

// leastPart is how many cells of a column are worth showing.
const leastPart = 4

// Point is what stands at a cell of a table: a row, or the title of a column.
type Point struct {
	// Row is the object of the row; zero for a title.
	Row model.Ref
	// Column is the column of the title; -1 for a row.
	Column int
}

// At is what Render drew last at a cell of a line, both counted from 0; false
// for nothing.
func (t *Table[R]) At(x, y int) (Point, bool) {
	if x < 0 || x >= t.width || y < 0 || y > t.height {
		return Point{}, false
	}
	if y == 0 {
		for _, s := range t.spans {
			if s.from <= x && x < s.to+gap {
				return Point{Column: s.column}, true
			}
		}
		return Point{}, false
	}
	rows := t.visible()
	if y > len(rows) {
		return Point{}, false
	}
	return Point{Row: t.id(rows[y-1]), Column: -1}, true
}

// SortOn sorts by a column; the one that sorts already is turned round.
func (t *Table[R]) SortOn(column int) {
	switch {
	case column < 0 || column >= len(t.columns):
	case column == t.sorted:
		t.reversed = !t.reversed
	default:
		t.sorted, t.reversed = column, false
	}
}

// Scroll moves the window by so many rows. The cursor stays on its row as long
// as that can be seen.
func (t *Table[R]) Scroll(by int) {
	t.top = max(0, min(t.top+by, len(t.rows)-t.height))
	t.cursor = max(t.top, min(t.cursor, t.top+max(0, t.height-1)))
	t.clamp()
}
