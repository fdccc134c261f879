package testkit

import (
	"time"

	"skep/model"
)

// Objects is the list of all objects of a kind that is kept as a set. Without it
// none was read.
func Objects(k model.Kind, objects ...model.Object) ClusterOption {
	return func(p *parts) {
		if p.objects == nil {
			p.objects = map[model.Kind][]model.Object{}
		}
		p.objects[k] = objects
	}
}

// Unread says that the objects of a kind could not be read.
func Unread(k model.Kind, err error) ClusterOption {
	return func(p *parts) {
		if p.unread == nil {
			p.unread = map[model.Kind]error{}
		}
		p.unread[k] = err
	}
}

// Secret is a secret of a name, whose ID is the name with "-id".
func Secret(name string, change ...func(*model.Secret)) *model.Secret {
	s := &model.Secret{}
	s.ID, s.Spec.Name, s.Version.Index = name+"-id", name, 10
	s.CreatedAt, s.UpdatedAt = Now.Add(-time.Hour), Now.Add(-time.Hour)
	for _, f := range change {
		f(s)
	}
	return s
}

// Config is a config of a name that holds a text; its ID is the name with "-id".
func Config(name, content string, change ...func(*model.Config)) *model.Config {
	c := &model.Config{}
	c.ID, c.Spec.Name, c.Spec.Data, c.Size, c.Version.Index = name+"-id", name, []byte(content), len(content), 10
	c.CreatedAt, c.UpdatedAt = Now.Add(-time.Hour), Now.Add(-time.Hour)
	for _, f := range change {
		f(c)
	}
	return c
}

// Volume is a volume of the connected engine, of a name.
func Volume(name string, change ...func(*model.Volume)) *model.Volume {
	v := &model.Volume{}
	v.Name, v.Driver, v.Scope, v.CreatedAt = name, "local", "local", Now.Add(-time.Hour).Format(time.RFC3339)
	v.Mountpoint = "/var/lib/docker/volumes/" + name + "/_data"
	for _, f := range change {
		f(v)
	}
	return v
}

// Network is a network of a name, whose ID is the name with "-id".
func Network(name string, change ...func(*model.Network)) *model.Network {
	n := &model.Network{}
	n.ID, n.Name, n.Driver, n.Scope, n.Created = name+"-id", name, "overlay", "swarm", Now.Add(-time.Hour)
	for _, f := range change {
		f(n)
	}
	return n
}
