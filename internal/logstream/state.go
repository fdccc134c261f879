package logstream

import "time"

// State is what a Stream is doing.
type State uint8

// The states of a Stream. The state of one with several targets is the first
// of these that one of them is in; but while one is live, others that are only
// opened do not count, nor do those that cannot be asked.
const (
	// Waiting: the stream was lost or refused and is opened again at Stats.Retry.
	Waiting State = iota
	// Connecting: the engine was asked and has not answered yet.
	Connecting
	// Live: lines arrive as they are written.
	Live
	// Away: the node cannot be asked; it is when it is back.
	Away
	// Failed: the target is gone, or was given up (see [Limits.Attempts]). What it
	// brought is there.
	Failed
	// Ended: everything that was asked for is there, to the last line, but for what the
	// engine says in a Warning among them.
	Ended
)

// String names the state in a word for the screen.
func (s State) String() string {
	switch s {
	case Waiting:
		return "reconnecting"
	case Connecting:
		return "connecting"
	case Live:
		return "live"
	case Away:
		return "out of reach"
	case Failed:
		return "gone"
	case Ended:
		return "ended"
	}
	return "unknown"
}

// Stats tells how a Stream is doing.
type Stats struct {
	// First is the number of the oldest line that is there, Next the one that
	// the next line will get; there is none if they are equal.
	First, Next uint64
	// Lines and Bytes are what the ring holds, Bytes with bookkeeping.
	Lines, Bytes int
	// Dropped is how many lines made room for newer ones.
	Dropped uint64
	State   State
	// Streams is how many the engine is asked for, Lost how many of them are
	// Waiting, Failed how many are that, and GivenUp how many of those are not gone.
	Streams, Lost, Failed, GivenUp int
	// Since is when State began.
	Since time.Time
	// Retry is when a Waiting stream is opened again.
	Retry time.Time
	// Reason says in a line, safe to print, why a stream is Waiting or Failed.
	Reason string
}

// status is the part of Stats that each reader has of its own.
type status struct {
	state  State
	since  time.Time
	retry  time.Time
	reason string
}
