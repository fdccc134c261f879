package model

import (
	"strings"
	"time"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"
	"github.com/moby/moby/api/types/volume"
)

// KindVolume is the kind of volumes.
const KindVolume Kind = "volume"

// Volume is a volume of the connected engine, or a cluster volume of the swarm.
// It has no ID but its name. Read only.
type Volume struct {
	volume.Volume
	// Damage says why the engine's answer could not be read as a whole; empty
	// for a sound object.
	Damage string
}

// InSwarm reports whether it is a cluster volume, and not one of the connected
// engine alone.
func (v *Volume) InSwarm() bool { return v.ClusterVolume != nil }

// Meta implements [Object].
func (v *Volume) Meta() Meta {
	m := Meta{Ref: Ref{KindVolume, v.Name}, Name: v.Name, Stack: StackName(v.Labels[LabelStack]), Labels: v.Labels,
		Damage: v.Damage, Local: !v.InSwarm()}
	if at, err := time.Parse(time.RFC3339Nano, v.CreatedAt); err == nil {
		m.Created, m.Updated = at, at
	}
	if c := v.ClusterVolume; c != nil {
		m.Version, m.Created, m.Updated = c.Version.Index, c.CreatedAt, c.UpdatedAt
	}
	m.Moved = m.Updated
	return m
}

// groupPrefix is how a mount names any volume of a group (docker/cli
// opts/mount.go).
const groupPrefix = "group:"

var _ = register(KindInfo{
	Kind: KindVolume, Plural: "volumes", Path: "/volumes", Member: "Volumes", Bare: true, Local: true, Every: 15 * time.Second,
	Decode: func(read func(v any) string) Object {
		v := &Volume{}
		v.Damage = read(&v.Volume)
		return v
	},
	Uses: func(spec *swarm.ServiceSpec, add func(id, name string)) {
		for _, m := range mountsOf(spec) {
			if m.Type == mount.TypeVolume || m.Type == mount.TypeCluster {
				add(m.Source, m.Source)
			}
		}
	},
	Implied: func(c *Cluster, spec *swarm.ServiceSpec, add func(id string)) {
		for _, m := range mountsOf(spec) {
			group, ok := strings.CutPrefix(m.Source, groupPrefix)
			for _, v := range Listed[*Volume](c, KindVolume) {
				if ok && m.Type == mount.TypeCluster && v.InSwarm() && v.ClusterVolume.Spec.Group == group {
					add(v.Name)
				}
			}
		}
	},
	Shown: func(_ *Cluster, id string) []Ref { return []Ref{{KindVolume, id}} },
})

func mountsOf(spec *swarm.ServiceSpec) []mount.Mount {
	if c := spec.TaskTemplate.ContainerSpec; c != nil {
		return c.Mounts
	}
	return nil
}
