package actions

import (
	"encoding/json"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// Stack is what files ask for, in the engine's own words. Objects are named, and not
// yet found.
type Stack struct {
	Name     string
	Networks []StackNetwork
	// Files are its configs and secrets.
	Files    []StackFile
	Services []StackService
	// Outside are what the stack uses and does not own, each by its name.
	Outside []model.Ref
	// Warnings are what of the files means nothing to a swarm.
	Warnings []string
}

// StackNetwork is a network of a stack.
type StackNetwork struct {
	Name string
	// Spec is what the engine takes to create it.
	Spec json.RawMessage
}

// StackFile is a config or a secret of a stack.
type StackFile struct {
	Kind model.Kind
	// Name is what the files call it. A later version has the sum behind it.
	Name string
	// Spec is what the engine takes to create it, and Labels are those in it.
	Spec   json.RawMessage
	Labels map[string]string
	// Sum stands for its content, and for nothing else.
	Sum string
}

// StackService is a service of a stack.
type StackService struct {
	Name string
	// Spec names networks, configs and secrets by their names.
	Spec swarm.ServiceSpec
	// Wave is the group in which it is deployed, the lowest first, and After are the
	// names of services that come before it.
	Wave  int
	After []string
}

// ref is the network by its name.
func (n StackNetwork) ref() model.Ref { return model.Ref{Kind: model.KindNetwork, ID: n.Name} }

// sealed reports whether the engine shows the content to nobody.
func (f StackFile) sealed() bool { return f.Kind.Info().Unmade != "" }

// ref is the file by the name that it has there.
func (f StackFile) ref() model.Ref { return model.Ref{Kind: f.Kind, ID: f.Name} }
