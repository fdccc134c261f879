package detail

import (
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/volume"

	"skep/model"
)

var _ = describes(model.KindVolume, (*sheet).volume)

// volume describes a volume.
func (s *sheet) volume() {
	v, ok := objectOf[*model.Volume](s)
	if !ok {
		return
	}
	s.object("Volume", v.Meta())
	s.text("Driver", v.Driver)
	if c := v.ClusterVolume; c != nil {
		s.clusterVolume(c)
	} else {
		s.text("Where", "on "+nameOr(s.in.Cluster.NodeName(s.in.Cluster.Session.NodeID), "the engine that skep is connected to"))
		s.more(dim("other nodes have volumes of their own, also under the same name"))
		s.text("Mountpoint", v.Mountpoint)
	}
	for i, o := range s.options(v.Options) {
		s.field([]string{"Options", ""}[min(i, 1)], plain(o))
	}
	s.usersOf(v.Meta().Ref, func(svc *model.Service) string { return mountedAt(svc, v) })
	s.labels("Labels", v.Labels)
}

// clusterVolume is what only a volume of the swarm has.
func (s *sheet) clusterVolume(c *volume.ClusterVolume) {
	s.text("Where", "in the swarm")
	s.text("Volume ID", c.ID)
	s.text("Group", c.Spec.Group)
	s.text("Availability", string(c.Spec.Availability))
	if a := c.Spec.AccessMode; a != nil {
		s.text("Access", strings.Trim(fmt.Sprintf("%s node, sharing %s", a.Scope, nameOr(string(a.Sharing), "none")), " "))
	}
	if c.Info != nil && c.Info.CapacityBytes > 0 {
		s.text("Capacity", model.Bytes(c.Info.CapacityBytes))
	}
	if r := c.Spec.CapacityRange; r != nil {
		s.text("Asked for", capacity(r))
	}
	s.volumeSecrets(c)
	if c.Info == nil || c.Info.VolumeID == "" {
		s.field("State", s.status("its driver has not made it yet", model.Moving))
	}
	for i, p := range c.PublishStatus {
		if p != nil {
			s.field([]string{"Published", ""}[min(i, 1)], plain(fmt.Sprintf("%s: %s", s.in.Cluster.NodeName(model.NodeID(p.NodeID)), p.State)))
		}
	}
}

// capacity is what is asked for in words; 0 is no bound (docker/cli
// cli/command/volume/create.go).
func capacity(r *volume.CapacityRange) string {
	var out []string
	if r.RequiredBytes > 0 {
		out = append(out, model.Bytes(r.RequiredBytes)+" at the least")
	}
	if r.LimitBytes > 0 {
		out = append(out, model.Bytes(r.LimitBytes)+" at the most")
	}
	return strings.Join(out, ", ")
}

// volumeSecrets are the secrets that the driver of a cluster volume is given.
func (s *sheet) volumeSecrets(c *volume.ClusterVolume) {
	for i, x := range c.Spec.Secrets {
		name := nameOr(s.in.Cluster.NameOf(model.Ref{Kind: model.KindSecret, ID: x.Secret}), x.Secret)
		s.field([]string{"Secrets", ""}[min(i, 1)], plain(x.Key+" = "+name))
	}
}

// volumesWith are the cluster volumes whose driver is given a secret, which no
// service need name.
func (s *sheet) volumesWith(secret string) {
	var names []string
	for _, v := range model.Listed[*model.Volume](s.in.Cluster, model.KindVolume) {
		if v.InSwarm() && slices.ContainsFunc(v.ClusterVolume.Spec.Secrets, func(x volume.Secret) bool { return x.Secret == secret }) {
			names = append(names, v.Name)
		}
	}
	if len(names) > 0 {
		s.field("Volumes", plain(strings.Join(names, ", ")))
		s.more(dim("their driver is given it"))
	}
}

// mountedAt is where a service has a volume in its containers.
func mountedAt(svc *model.Service, v *model.Volume) string {
	var out []string
	for _, m := range svc.Spec.TaskTemplate.ContainerSpec.Mounts {
		grouped := m.Type == mount.TypeCluster && v.ClusterVolume != nil && v.ClusterVolume.Spec.Group != "" && m.Source == "group:"+v.ClusterVolume.Spec.Group
		if m.Source != v.Name && !grouped {
			continue
		}
		target := "-> " + m.Target
		if m.ReadOnly {
			target += " (read-only)"
		}
		out = append(out, target)
	}
	return strings.Join(out, ", ")
}
