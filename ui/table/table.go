package table

import (
	"cmp"
	"slices"
	"time"

	"skep/model"
)

// Table is the state of one table. It belongs to the goroutine of Update.
type Table[R any] struct {
	columns []Column[R]
	id      func(R) model.Ref
	data    Data
	rows    []R

	empty  bool // the rows were forgotten
	cursor int
	at     model.Ref // the object under the cursor; zero for none
	top    int       // the first visible row
	height int       // visible rows, as of the last Resize
	width  int

	marks    map[model.Ref]bool
	sorted   int // index of the column that sorts; -1 keeps the rows' own order
	reversed bool
	wide     bool
	left     int    // columns that are scrolled out at the left in the wide form
	hidden   int    // columns that do not fit at the right, as drawn last
	brief    bool   // cells say what they can in brief
	seen     []seen // a column; see measure
	spans    []span // where the columns were drawn last
	news     int    // counts the data taken in
	ages     ages
}

// New makes an empty table. id names the object of a row.
func New[R any](columns []Column[R], id func(R) model.Ref) *Table[R] {
	return &Table[R]{columns: columns, id: id, marks: map[model.Ref]bool{}, sorted: -1, seen: make([]seen, len(columns))}
}

// SetSorted takes in new data that was ordered by what Order gave. The table
// owns the slice from then on. Marks of objects that are gone are dropped.
func (t *Table[R]) SetSorted(f Data, rows []R) {
	t.data, t.rows, t.empty = f, rows, false
	t.news++
	t.find()
	if len(t.marks) > 0 {
		alive := make(map[model.Ref]bool, len(t.marks))
		for _, r := range rows {
			if id := t.id(r); t.marks[id] {
				alive[id] = true
			}
		}
		t.marks = alive
	}
}

// Forget lets go of all rows. The cursor finds its object again among others.
func (t *Table[R]) Forget() { t.data, t.rows, t.empty = Data{}, nil, true }

// SetNow moves the clock of the age columns.
func (t *Table[R]) SetNow(now time.Time) { t.data.Now = now }

// Order is how a table orders its rows. It is a value, so rows can be ordered
// ahead, away from the table.
type Order[R any] struct {
	column   *Column[R] // nil for the rows' own order
	reversed bool
}

// Order is how the table orders its rows now.
func (t *Table[R]) Order() Order[R] {
	o := Order[R]{reversed: t.reversed}
	if t.sorted >= 0 && t.sorted < len(t.columns) {
		o.column = &t.columns[t.sorted]
	}
	return o
}

// Sort orders rows in place; rows that are equal keep the order they came in.
// The reversed order is the mirror image of the other, those rows included.
func (o Order[R]) Sort(f Data, rows []R) {
	if o.column != nil {
		o.sort(f, rows)
	}
	if o.reversed {
		slices.Reverse(rows)
	}
}

func (o Order[R]) sort(f Data, rows []R) {
	col := o.column
	compare := col.Compare
	if compare == nil {
		compare = func(f Data, a, b R) int { return cmp.Compare(col.Cell(f, a).Text, col.Cell(f, b).Text) }
	}
	slices.SortStableFunc(rows, func(a, b R) int { return compare(f, a, b) })
}

// find puts the cursor back on its object.
func (t *Table[R]) find() {
	if t.at != (model.Ref{}) && !(t.cursor < len(t.rows) && t.id(t.rows[t.cursor]) == t.at) {
		if i := slices.IndexFunc(t.rows, func(r R) bool { return t.id(r) == t.at }); i >= 0 {
			// The row keeps its line on the screen where it can. A table that
			// shows its beginning goes on doing so: what is new there matters.
			if t.top > 0 {
				t.top += i - t.cursor
			}
			t.cursor = i
		}
	}
	t.clamp()
}

// clamp keeps the cursor among the rows and on the screen.
func (t *Table[R]) clamp() {
	if t.empty {
		return // The cursor waits for its object.
	}
	t.cursor = max(0, min(t.cursor, len(t.rows)-1))
	t.at = model.Ref{}
	if len(t.rows) > 0 {
		t.at = t.id(t.rows[t.cursor])
	}
	t.top = max(0, min(t.top, len(t.rows)-t.height))
	switch {
	case t.cursor < t.top:
		t.top = t.cursor
	case t.height > 0 && t.cursor >= t.top+t.height:
		t.top = t.cursor - t.height + 1
	}
}

// Resize says how much room there is: width cells and height lines, one of
// which is the header's.
func (t *Table[R]) Resize(width, height int) {
	if width != t.width {
		t.seen = make([]seen, len(t.columns))
	}
	t.width, t.height = max(0, width), max(0, height-1)
	t.clamp()
}

// Remeasure lets the columns be only as wide again as what is visible needs.
func (t *Table[R]) Remeasure() { clear(t.seen) }

// Move moves the cursor by so many rows.
func (t *Table[R]) Move(by int) {
	t.cursor = max(0, min(t.cursor+by, len(t.rows)-1))
	t.clamp()
}

// Page moves the cursor by so many screens.
func (t *Table[R]) Page(by int) {
	step := max(1, t.height-1)
	t.top += by * step
	t.Move(by * step)
}

// MoveTo puts the cursor on an object; it reports whether there is such a row.
func (t *Table[R]) MoveTo(id model.Ref) bool {
	i := slices.IndexFunc(t.rows, func(r R) bool { return t.id(r) == id })
	if i < 0 {
		return false
	}
	t.cursor = i
	t.clamp()
	return true
}

// AtTop reports whether the cursor is on the first row.
func (t *Table[R]) AtTop() bool { return t.cursor == 0 }

// Row is the row under the cursor.
func (t *Table[R]) Row() (R, bool) {
	if len(t.rows) == 0 {
		var none R
		return none, false
	}
	return t.rows[t.cursor], true
}

// Len is the number of rows.
func (t *Table[R]) Len() int { return len(t.rows) }

// Mark marks the row under the cursor or takes its mark away, and goes on to
// the next.
func (t *Table[R]) Mark() {
	if t.at == (model.Ref{}) {
		return
	}
	if t.marks[t.at] {
		delete(t.marks, t.at)
	} else {
		t.marks[t.at] = true
	}
	t.Move(1)
}

// Unmark takes the marks of some rows away.
func (t *Table[R]) Unmark(ids ...model.Ref) {
	for _, id := range ids {
		delete(t.marks, id)
	}
}

// ClearMarks takes all marks away; it reports whether there were any.
func (t *Table[R]) ClearMarks() bool {
	had := len(t.marks) > 0
	clear(t.marks)
	return had
}

// Chosen are the marked rows in their order, or the one under the cursor where
// none is marked.
func (t *Table[R]) Chosen() []R {
	if len(t.rows) == 0 {
		return nil
	}
	if len(t.marks) == 0 {
		return []R{t.rows[t.cursor]}
	}
	var out []R
	for _, r := range t.rows {
		if t.marks[t.id(r)] {
			out = append(out, r)
		}
	}
	return out
}

// Marks is the number of marked rows.
func (t *Table[R]) Marks() int { return len(t.marks) }

// SortBy moves the sort to the next shown column in a direction; past the ends
// it is the rows' own order.
func (t *Table[R]) SortBy(step int) {
	for {
		t.sorted += step
		switch {
		case t.sorted < -1:
			t.sorted = len(t.columns) - 1
		case t.sorted >= len(t.columns):
			t.sorted = -1
		}
		if t.sorted < 0 || t.wide || !t.columns[t.sorted].Wide {
			break
		}
	}
}

// Unsort gives the rows their own order.
func (t *Table[R]) Unsort() { t.sorted, t.reversed = -1, false }

// Reverse turns the order round.
func (t *Table[R]) Reverse() { t.reversed = !t.reversed }

// Reversed reports whether the order is turned round.
func (t *Table[R]) Reversed() bool { return t.reversed }

// Sorted is the title of the column that sorts; empty for the rows' own order.
func (t *Table[R]) Sorted() string {
	if t.sorted < 0 {
		return ""
	}
	return t.columns[t.sorted].Title
}

// SetWide chooses between the normal form, which shows what fits into the
// window, and the wide one, which shows everything and scrolls sideways.
func (t *Table[R]) SetWide(wide bool) { t.wide, t.left = wide, 0 }

// Wide reports which form is shown.
func (t *Table[R]) Wide() bool { return t.wide }

// Sideways scrolls the wide form by so many columns, to the right for positive
// ones. The first column, which names the rows, stays.
func (t *Table[R]) Sideways(by int) {
	if t.wide {
		t.left = max(0, min(t.left+by, t.left+t.hidden))
	}
}

// Beyond is how many columns of the wide form lie out of sight at the left and
// at the right.
func (t *Table[R]) Beyond() (left, right int) {
	if !t.wide {
		return 0, 0
	}
	return t.left, t.hidden
}

func (t *Table[R]) visible() []R {
	return t.rows[min(t.top, len(t.rows)):min(t.top+t.height, len(t.rows))]
}
