package model

import (
	"time"

	"github.com/moby/moby/api/types/network"
)

// KindNetwork is the kind of networks.
const KindNetwork Kind = "network"

// Network is one network that the connected manager knows: of the swarm, or of
// its own. Read only.
type Network struct {
	network.Network
	// Damage says why the engine's answer could not be read as a whole; empty
	// for a sound object.
	Damage string
}

// Meta implements [Object].
func (n *Network) Meta() Meta {
	return Meta{Ref: Ref{KindNetwork, n.ID}, Name: n.Name, Stack: StackName(n.Labels[LabelStack]), Labels: n.Labels,
		Created: n.Created, Moved: n.Created}
}

var _ = register(KindInfo{
	Kind: KindNetwork, Plural: "networks", Path: "/networks", Bare: true, Every: 30 * time.Second,
	Decode: func(read func(v any) string) Object {
		n := &Network{}
		n.Damage = read(&n.Network)
		return n
	},
	Shown: func(_ *Cluster, id string) []Ref { return []Ref{{KindNetwork, id}} },
})
