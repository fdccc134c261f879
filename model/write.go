package model

import (
	"encoding/json"
	"errors"

	"github.com/moby/moby/api/types/swarm"
)

// Errors that a writer has to tell apart. The engine's own text is wrapped
// with them.
var (
	// ErrConflict means that the object changed since the version that the
	// write was made from. The engine says so with HTTP 500 and the text
	// "update out of sequence".
	ErrConflict = errors.New("the object was changed by somebody else meanwhile")
	// ErrGone means that the object does not exist any more.
	ErrGone = errors.New("the object no longer exists")
	// ErrInUse means that the engine does not remove an object because something
	// needs it, or that another one has the port that it asks for.
	ErrInUse = errors.New("something still uses the object")
	// ErrReadOnly means that the console was started read-only.
	ErrReadOnly = errors.New("skep runs read-only")
	// ErrTooLarge means that an answer was given up because of what it would
	// have taken in memory.
	ErrTooLarge = errors.New("the answer is unreasonably long")
)

// OpenError is the error of a write that may have been made all the same: what
// became of it is not known before it is looked up.
type OpenError struct {
	// Answered is set where an answer came, so that the write is no longer on its
	// way: what it would have changed and is not there will not come.
	Answered bool
	Cause    error
}

// Error is the cause.
func (e *OpenError) Error() string { return e.Cause.Error() }

// Unwrap gives the cause.
func (e *OpenError) Unwrap() error { return e.Cause }

// Write is one versioned write of a whole specification, or the creation or
// removal of an object.
type Write struct {
	// Swarm is the ID of the swarm that it is for, and no other takes it; empty
	// where the swarm did not tell its ID.
	Swarm string
	// Ref is the object; of one that is to be created only the kind is known.
	Ref     Ref
	Version uint64
	// Spec is sent as it is, so that what a change does not name stays as the
	// engine gave it, to the order of every list.
	Spec json.RawMessage
	// Rollback asks the engine to swap the spec with the previous one; Spec
	// must then be the current one.
	Rollback bool
	// Image, if set, is the reference whose registry credentials go along.
	Image string
}

// ResolvedImage is what a registry says of an image reference.
type ResolvedImage struct {
	// Pinned is the reference with its tag and digest.
	Pinned string
	// Platforms are those the image was built for.
	Platforms []swarm.Platform
}
