package model

import (
	"encoding/json"
	"time"
)

// TaskQuery says which tasks to list. The fields are alternatives; the zero
// value lists all tasks of the swarm, which is dear.
type TaskQuery struct {
	// Services are OR-ed in one call.
	Services []ServiceID
	Node     NodeID
}

// All reports whether the query asks for every task of the swarm.
func (q TaskQuery) All() bool { return len(q.Services) == 0 && q.Node == "" }

// Event is one hint of the engine that an object changed. Events may be lost;
// lists are the truth.
type Event struct {
	Kind   string // the engine's word: node, service, network, secret, config
	Action string // create, update, remove
	ID     string
	// Attributes hold what changed where the engine says so, such as
	// "replicas.old" and "replicas.new".
	Attributes map[string]string
}

// Document is one object as the engine gave it, byte for byte, so that a write
// can give back what it did not change.
type Document struct {
	Ref     Ref
	Name    string
	Version uint64
	// Raw is the whole answer; Spec and Previous are the parts of that name.
	Raw, Spec, Previous json.RawMessage
	ReadAt              time.Time
}

// Session is what is known of the connection itself.
type Session struct {
	// Context is the docker context's name, or the host where there is none.
	Context string
	// Host is the address in use.
	Host     string
	API      string // version in use
	ReadOnly bool
	// Production is what has to be typed before anything that restarts, moves or
	// takes away; empty for a swarm that is not marked as production.
	Production string
	// Swarm is the ID of the swarm; empty where it is not known.
	Swarm string
	// Endpoint names the manager behind the address, and NodeID is its node.
	// They and the engine's version are empty until it has told them.
	Endpoint string
	NodeID   NodeID
	Engine   string // version
	// TaskHistory is the number of tasks a slot keeps, its live one included;
	// negative if all are kept, 0 if not known.
	TaskHistory int64
	// CertLife is how long the certificate of a node lives; 0 if not known.
	CertLife time.Duration
}

// DockerArgs are the arguments by which docker reaches the swarm the way that skep is
// connected: by a context, else by the address.
func (s Session) DockerArgs() []string {
	if s.Context != "" && s.Context != s.Host {
		return []string{"-c", s.Context}
	}
	return []string{"-H", s.Host}
}
