package model

// The IDs are types of their own so that the ID of one kind of object can not
// be looked up among another kind.
type (
	// ServiceID is the engine's ID of a service.
	ServiceID string
	// TaskID is the engine's ID of a task.
	TaskID string
	// NodeID is the engine's ID of a node.
	NodeID string
	// StackName is the value of the label com.docker.stack.namespace. A stack
	// has no object and no ID in the engine.
	StackName string
)

// Kind is a kind of object.
type Kind string

// The kinds of object that the console shows, and those that services need.
const (
	KindStack   Kind = "stack"
	KindService Kind = "service"
	KindTask    Kind = "task"
	KindNode    Kind = "node"

	KindNetwork Kind = "network"
	KindSecret  Kind = "secret"
	KindConfig  Kind = "config"

	// KindFinding is the kind of what triage found; see [Finding].
	KindFinding Kind = "finding"
)

// Ref names one object. Two Refs are equal exactly if they name the same one.
type Ref struct {
	Kind Kind
	// ID is the engine's ID, or a stack's name; empty for all of the kind.
	ID string
}

// All names all objects of the kind.
func (k Kind) All() Ref { return Ref{Kind: k} }

// Ref names the service.
func (id ServiceID) Ref() Ref { return Ref{KindService, string(id)} }

// Ref names the task.
func (id TaskID) Ref() Ref { return Ref{KindTask, string(id)} }

// Ref names the node.
func (id NodeID) Ref() Ref { return Ref{KindNode, string(id)} }

// Ref names the stack.
func (n StackName) Ref() Ref { return Ref{KindStack, string(n)} }
