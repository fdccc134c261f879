package model

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// KindSecret is the kind of secrets.
const KindSecret Kind = "secret"

// Secret is one secret of the swarm, without what it holds: the engine gives that
// to tasks only. Read only.
type Secret struct {
	swarm.Secret
	// Damage says why the engine's answer could not be read as a whole; empty
	// for a sound object.
	Damage string
}

// Meta implements [Object].
func (s *Secret) Meta() Meta {
	return metaOf(KindSecret, s.ID, s.Secret.Meta, s.Spec.Annotations, s.Damage)
}

var _ = register(KindInfo{
	Kind: KindSecret, Plural: "secrets", Path: "/secrets", Writes: Writes{Create: true, Update: true, Remove: true}, Unmade: "the engine gives the value of a secret to nobody",
	Required: true, Every: 30 * time.Second,
	Decode: func(read func(v any) string) Object {
		s := &Secret{}
		s.Damage = read(&s.Secret)
		s.Spec.Data = nil // Whoever answers, it is not kept.
		return s
	},
	Uses: func(spec *swarm.ServiceSpec, add func(id, name string)) {
		c := spec.TaskTemplate.ContainerSpec
		if c == nil {
			return
		}
		for _, x := range c.Secrets {
			if x != nil {
				add(x.SecretID, x.SecretName)
			}
		}
	},
	// The driver of a cluster volume may be given it.
	Shown: func(_ *Cluster, id string) []Ref { return []Ref{{KindSecret, id}, KindVolume.All()} },
})
