package model

import (
	"errors"
	"fmt"
)

// ErrNotSent means that a write was not sent, so nothing was written.
var ErrNotSent = errors.New("nothing was sent")

// ErrSwarmUnknown means that a connection does not tell which swarm it leads
// to, where that has to be known.
var ErrSwarmUnknown = errors.New("the engine does not tell which swarm it is of")

// OtherSwarmError means that a connection leads to another swarm than the one
// that is shown. Nothing was asked of it but which one it is.
type OtherSwarmError struct {
	// Shown is the ID of the swarm that is shown, or that a write was planned
	// for, and ShownAt the address at which it answered; Found and FoundAt are
	// those of the other.
	Shown, ShownAt, Found, FoundAt string
}

// Error names both swarms.
func (e *OtherSwarmError) Error() string {
	if e.ShownAt == "" || e.ShownAt == e.FoundAt {
		return fmt.Sprintf("%s leads to swarm %s now, and no longer to swarm %s, which is shown", e.FoundAt, e.Found, e.Shown)
	}
	return fmt.Sprintf("%s is of swarm %s, and not of swarm %s, which is shown and answered at %s", e.FoundAt, e.Found, e.Shown, e.ShownAt)
}

// AsOtherSwarm finds in an error that another swarm answers; nil if it does not
// say so.
func AsOtherSwarm(err error) *OtherSwarmError {
	var other *OtherSwarmError
	errors.As(err, &other)
	return other
}
