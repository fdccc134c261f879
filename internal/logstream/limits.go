package logstream

import "time"

// Limits bounds what a Stream keeps and asks for. A zero field means its
// default.
type Limits struct {
	// Lines is how many lines the ring keeps (default [DefaultLines]).
	Lines int
	// Bytes is how many bytes of memory the log takes in all, text and
	// bookkeeping (default 64 MiB). Eight tenths are for the lines in the ring,
	// one for those that wait to be put in order, one for what the readers
	// remember of tasks and of lines that have not ended.
	Bytes int
	// Tail is how many old lines to ask for at the start. The engine counts
	// them per task, and tasks of the past count too: 100 lines of 10 replicas
	// with a history of 5 are up to 5,000 (default 100; [NoTail] for none).
	Tail int
	// Lossless is set where whoever looks sets the pace: nothing is dropped before
	// [Stream.Taken] says that it was seen, and lines wait until no older ones can
	// come, however long the streams take.
	Lossless bool
	// Words, where it is set, puts what the engine says of its own into words for
	// people: it knows nodes by their IDs. Readers call it at the same time.
	Words func(said string) string
	// Open is how many streams that are read once may be open at the same time, zero
	// for as many as are no burden to an engine. Of those that have to wait for that a
	// lossless stream cannot know what they bring.
	Open int
	// Attempts is after how many in a row that fail a stream that is read once is given
	// up, zero for never.
	Attempts int
}

// NoTail asks for no old lines.
const NoTail = -1

// DefaultLines is how many lines are kept where nothing else is said.
const DefaultLines = 250_000

const (
	defaultBytes = 64 << 20
	defaultTail  = 100
)

const (
	// maxText is the longest text of a line, in bytes. What is longer is cut
	// and marked.
	maxText = 64 << 10

	// maxPrefix is the longest timestamp and details that are believed. The
	// engine's own need 160 bytes; labels and environment that a log driver
	// was told to add come on top.
	maxPrefix = 16 << 10

	// maxTold is how many things that were told of all streams are remembered.
	maxTold = 16

	// maxUsual is the longest details that are remembered for the next line.
	maxUsual = 1 << 10

	// partLen is the size in bytes of the pieces in which the engine hands on
	// a line that is longer (moby daemon/logger/copier.go).
	partLen = 16 << 10

	// readSize is the size of the read buffer in bytes: one piece with its
	// prefix fits three times.
	readSize = 64 << 10

	// enough is how much a read brings, in bytes, where the next need not wait.
	enough = readSize / 4

	// maxBatch and maxBatchBytes are how many lines are collected before they
	// are handed on although more could be read without waiting.
	maxBatch      = 512
	maxBatchBytes = 128 << 10

	// maxSources bounds how many pairs of task and output are remembered. A
	// restart loop makes new tasks for as long as it runs.
	maxSources = 4096

	// maxSeamLines bounds how many lines of one source and one and the same
	// timestamp are remembered for the seam.
	maxSeamLines = 64

	// maxRecent is how many of the newest lines of a source are remembered, to know
	// again what is told twice within one stream: more than the default tail.
	maxRecent = 128

	// maxID is the longest ID that is believed; the engine's have 25 bytes.
	maxID = 64

	// sourceOverhead is what a source costs beside its texts, in bytes: itself,
	// its slot in the map and what a seam copies of it.
	sourceOverhead = 384

	// tailBytes bounds what [Tail] holds, in bytes of memory.
	tailBytes = 1 << 20

	// tabWidth is the distance of tab stops in cells: what terminals do, so
	// that tables which programs print line up.
	tabWidth = 8

	// lineOverhead is what a Line costs beside its text, in bytes: the slot in
	// the ring and the header of the allocation, rounded up.
	lineOverhead = 120
)

const (
	// holdFirst is how long lines wait for each other after a stream was
	// opened: the old lines of all nodes come one task after the other.
	holdFirst = 150 * time.Millisecond

	// holdLive is how long they wait afterwards. Nobody reads faster than ten
	// screens a second, so this is the batching too.
	holdLive = 100 * time.Millisecond

	// settleFor is how long after the begin lines that come late are put where they
	// belong, among those that can be seen already. Who has read for longer keeps
	// every line where it is.
	settleFor = 5 * time.Second

	// gatherFor is how long after a read that brought little the next one waits. Lines
	// are held for ten times that; and a unix socket takes 160 of them before whoever
	// writes has to wait, which is more than enough is.
	gatherFor = 10 * time.Millisecond

	// leaveAfter is how long a task that is gone is still listened to.
	leaveAfter = 2 * time.Second

	// cutTogether is within what time cuts have one cause: the longest first wait
	// of all streams, and what it takes to open them again.
	cutTogether = 5 * time.Second

	// maxOpening is how many streams are opened at the same time, or read to
	// their ends: each has every node look for the task.
	maxOpening = 16

	// maxTakenBack is how many lines are put in order anew at the most: a copy of
	// them takes 12 MB for a moment, and 30 ms.
	maxTakenBack = 100_000

	// maxHeld is how many lines may wait; more are released at once.
	maxHeld = 8192

	// minBackoff and maxBackoff bound the wait before a lost stream is opened
	// again. It doubles with every attempt and is spread by up to a quarter.
	minBackoff = 500 * time.Millisecond
	maxBackoff = 30 * time.Second

	// steadyAfter is how long a stream has to live until the next cut starts
	// with minBackoff again.
	steadyAfter = 10 * time.Second

	// seamMargin is how far before the cut a stream is resumed, by the clock of
	// the node that is furthest behind. The lines of the replicas arrive in no
	// common order, and clocks that are off by less are not noticed.
	seamMargin = 10 * time.Second

	// liveAfter is how long after a stream was opened its lines are new ones,
	// which tell what the clock of their node shows; before that come old ones.
	liveAfter = 5 * time.Second

	// maxLag is how far behind a clock is believed to be. What is older is an
	// old line that comes late over a slow link. It bounds how much is read
	// twice after a cut.
	maxLag = 10 * time.Minute

	// seamExpires is how long after that lines can be ones that are known. A
	// node sends its old lines at 10 MB/s (swarmkit's limit).
	seamExpires = time.Minute

	// findChunk is how many lines a search looks at between two looks at its
	// context.
	findChunk = 256
)

// opening is how many streams are opened at the same time, or read to their ends.
func (l Limits) opening() int {
	if l.Open > 0 {
		return min(l.Open, maxOpening)
	}
	return maxOpening
}

func (l Limits) ring() int { return l.Bytes / 10 * 8 }
func (l Limits) held() int { return l.Bytes / 10 }

// hold is for the lines that wait. Those of a lossless stream wait for the slowest
// node, and no reader does: streams of one node share a connection between engines, and
// one that is not read holds up the others.
func (l Limits) hold() hold {
	if l.Lossless {
		return hold{maxLines: max(l.Lines/2, 1), maxBytes: l.ring() / 2}
	}
	return hold{maxLines: maxHeld, maxBytes: l.held()}
}

func (l Limits) sources() int { return l.Bytes / 10 }

func (l Limits) withDefaults() Limits {
	if l.Lines <= 0 {
		l.Lines = DefaultLines
	}
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	switch l.Tail {
	case 0:
		l.Tail = defaultTail
	case NoTail:
		l.Tail = 0
	}
	return l
}
