package model

import "github.com/moby/moby/api/types/swarm"

// The kinds of what is kept for services to read.
const (
	KindSecret Kind = "secret"
	KindConfig Kind = "config"
)

var (
	_ = register(KindInfo{Kind: KindSecret, Plural: "secrets", Path: "/secrets", Required: true, Uses: usesSecrets})
	_ = register(KindInfo{Kind: KindConfig, Plural: "configs", Path: "/configs", Required: true, Uses: usesConfigs})
)

func usesSecrets(spec *swarm.ServiceSpec, add func(id, name string)) {
	c := spec.TaskTemplate.ContainerSpec
	if c == nil {
		return
	}
	for _, x := range c.Secrets {
		if x != nil {
			add(x.SecretID, x.SecretName)
		}
	}
}

func usesConfigs(spec *swarm.ServiceSpec, add func(id, name string)) {
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
}
