package logs

import "time"

const (
	// DefaultInterval is the least time between two answers of the source:
	// nobody reads faster than ten screens a second.
	DefaultInterval = 100 * time.Millisecond

	// countFor is how long a match that was found waits for the number of all. What was
	// written is counted in half of it.
	countFor = 100 * time.Millisecond

	// shownFor is how long a search makes of JSON what is shown of it; then it looks only
	// at what was written.
	shownFor = 50 * time.Millisecond

	// minText is how many cells the text keeps at the least; timestamps and
	// names give way.
	minText = 24

	// minName is how many cells of a name are worth showing, if it has more.
	minName = 4

	// maxName is the widest name of a replica in cells.
	maxName = 32

	// minSide is the least number of cells that a key scrolls to the side.
	minSide = 8

	// lookAround is how many bytes before and behind what is visible of a line
	// are searched for the begin and the end of a match to highlight.
	lookAround = 512
)

// lineBytes is what a short line takes, in bytes: what bounds the number of lines.
const lineBytes = 256
