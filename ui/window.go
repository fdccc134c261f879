package ui

// The largest window that is drawn in. The terminal says how large it is, and
// each cell takes some 400 bytes in the buffers of Bubble Tea: 65,535 by 65,535
// is what a pseudo-terminal can be set to. On a screen of 8K with the smallest
// type that can be read there are 1,000 by 300.
const (
	maxColumns = 1000
	maxRows    = 400
	maxCells   = 200_000
)

// Clamp is the part of a window, from its upper left corner, that is drawn in.
func Clamp(columns, rows int) (int, int) {
	columns, rows = max(0, min(columns, maxColumns)), max(0, min(rows, maxRows))
	if columns > 0 {
		rows = min(rows, maxCells/columns)
	}
	return columns, rows
}
