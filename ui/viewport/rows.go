package viewport

import "slices"

// Row is the part of a line's text that one row of the screen shows, in bytes.
type Row struct{ From, To int }

// Rows are those of a line: all of it in one, one for every few bytes, or where
// it was broken.
type Rows struct {
	len, even int
	broken    []Row
}

// Whole is a line of so many bytes in one row.
func Whole(n int) Rows { return Rows{len: n} }

// Even is a line of so many bytes with a row for every few of them.
func Even(n, every int) Rows { return Rows{len: n, even: every} }

// Count is how many there are; at least one.
func (r *Rows) Count() int {
	switch {
	case r.broken != nil:
		return len(r.broken)
	case r.even > 0:
		return max(1, (r.len+r.even-1)/r.even)
	}
	return 1
}

// Row is the part of the text that row i shows.
func (r *Rows) Row(i int) Row {
	switch {
	case r.broken != nil:
		return r.broken[i]
	case r.even > 0:
		return Row{min(i*r.even, r.len), min((i+1)*r.even, r.len)}
	}
	return Row{0, r.len}
}

// Index is which row holds a byte.
func (r *Rows) Index(at int) int {
	switch {
	case r.broken != nil:
		i, found := slices.BinarySearchFunc(r.broken, at, func(r Row, at int) int { return r.From - at })
		if found {
			return i
		}
		return max(0, i-1)
	case r.even > 0:
		return min(at/r.even, r.Count()-1)
	}
	return 0
}
