package model

// The IDs are types of their own so that the ID of one kind of object cannot
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

// Ref names one object. Two Refs are equal exactly if they name the same one.
type Ref struct {
	Kind Kind
	// ID is the engine's ID, or a stack's name; empty for all of the kind.
	ID string
}

// Ref names the service.
func (id ServiceID) Ref() Ref { return Ref{KindService, string(id)} }

// Ref names the task.
func (id TaskID) Ref() Ref { return Ref{KindTask, string(id)} }

// Ref names the node.
func (id NodeID) Ref() Ref { return Ref{KindNode, string(id)} }

// Ref names the stack.
func (n StackName) Ref() Ref { return Ref{KindStack, string(n)} }

// Service is the ID of the service that is named; empty for another object.
func (r Ref) Service() ServiceID { return idOf[ServiceID](r, KindService) }

// Node is the ID of the node that is named; empty for another object.
func (r Ref) Node() NodeID { return idOf[NodeID](r, KindNode) }

// Network is the ID of the network that is named; empty for another object.
func (r Ref) Network() NetworkID { return idOf[NetworkID](r, KindNetwork) }

// Stack is the stack that is named; empty for an object of another kind.
func (r Ref) Stack() StackName { return idOf[StackName](r, KindStack) }

// Task is the ID of the task that is named; empty for another object.
func (r Ref) Task() TaskID { return idOf[TaskID](r, KindTask) }

func idOf[ID ~string](r Ref, k Kind) ID {
	if r.Kind != k {
		return ""
	}
	return ID(r.ID)
}
