package model

import (
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// KindConfig is the kind of configs.
const KindConfig Kind = "config"

// Config is one config of the swarm. Read only.
type Config struct {
	swarm.Config
	// Size is how many bytes it holds. A list does not keep them.
	Size int
	// Damage says why the engine's answer could not be read as a whole; empty
	// for a sound object.
	Damage string
}

// Meta implements [Object].
func (c *Config) Meta() Meta {
	return metaOf(KindConfig, c.ID, c.Config.Meta, c.Spec.Annotations, c.Damage)
}

var _ = register(KindInfo{
	Kind: KindConfig, Plural: "configs", Path: "/configs", Writes: Writes{Create: true, Update: true, Remove: true}, Required: true, Every: 30 * time.Second,
	Decode: func(read func(v any) string) Object {
		c := &Config{}
		c.Damage = read(&c.Config)
		c.Size, c.Spec.Data = len(c.Spec.Data), nil
		return c
	},
	Uses: func(spec *swarm.ServiceSpec, add func(id, name string)) {
		c := spec.TaskTemplate.ContainerSpec
		if c == nil {
			return
		}
		for _, x := range c.Configs {
			if x != nil {
				add(x.ConfigID, x.ConfigName)
			}
		}
		if p := c.Privileges; p != nil && p.CredentialSpec != nil {
			add(p.CredentialSpec.Config, "")
		}
	},
	Shown: func(_ *Cluster, id string) []Ref { return []Ref{{KindConfig, id}} },
})
