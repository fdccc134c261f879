package compose

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/docker/cli/cli/compose/types"
	"github.com/moby/moby/api/types/mount"
)

// mounts are the volumes of a service.
func (c converter) mounts(volumes []types.ServiceVolumeConfig) ([]mount.Mount, error) {
	var out []mount.Mount
	for _, v := range volumes {
		m, err := c.mount(v)
		if err != nil {
			return nil, fmt.Errorf("volume at %s: %w", v.Target, err)
		}
		out = append(out, m)
	}
	return out, nil
}

func (c converter) mount(v types.ServiceVolumeConfig) (mount.Mount, error) {
	out := mount.Mount{
		Type: mount.Type(cmp.Or(v.Type, "volume")), Source: v.Source, Target: v.Target, ReadOnly: v.ReadOnly, Consistency: mount.Consistency(v.Consistency),
	}
	for _, o := range []struct {
		is    bool
		types []mount.Type
		name  string
	}{
		{v.Bind != nil, []mount.Type{mount.TypeBind, mount.TypeNamedPipe}, "bind"}, {v.Volume != nil, []mount.Type{mount.TypeVolume}, "volume"},
		{v.Tmpfs != nil, []mount.Type{mount.TypeTmpfs}, "tmpfs"}, {v.Image != nil, []mount.Type{mount.TypeImage}, "image"},
		{v.Cluster != nil, []mount.Type{mount.TypeCluster}, "cluster"},
	} {
		if o.is && out.Type != o.types[0] && out.Type != o.types[len(o.types)-1] {
			return out, fmt.Errorf("what is said under %s is not for one of type %s", o.name, out.Type)
		}
	}
	if out.Type != mount.TypeVolume && (v.Source == "") != (out.Type == mount.TypeTmpfs) {
		return out, fmt.Errorf("one of type %s %s", out.Type, map[bool]string{true: "has no source", false: "needs a source"}[out.Type == mount.TypeTmpfs])
	}
	switch out.Type {
	case mount.TypeVolume:
		return out, c.volume(&out, v)
	case mount.TypeBind, mount.TypeNamedPipe:
		if v.Bind != nil {
			out.BindOptions = &mount.BindOptions{Propagation: mount.Propagation(v.Bind.Propagation)}
		}
	case mount.TypeTmpfs:
		if v.Tmpfs != nil {
			out.TmpfsOptions = &mount.TmpfsOptions{SizeBytes: v.Tmpfs.Size}
		}
	case mount.TypeImage:
		if v.Image != nil {
			out.ImageOptions = &mount.ImageOptions{Subpath: v.Image.Subpath}
		}
	case mount.TypeCluster:
		out.ClusterOptions = &mount.ClusterOptions{}
		if strings.HasPrefix(v.Source, "group:") { // Groups belong to no stack.
			return out, nil
		}
		named, known := c.config.Volumes[v.Source]
		if !known {
			return out, fmt.Errorf("undefined volume %q", v.Source)
		}
		out.Source = cmp.Or(named.Name, c.scope(v.Source))
	default:
		return out, fmt.Errorf("unknown type %q", out.Type)
	}
	return out, nil
}

// volume fills in what the file says of a named volume.
func (c converter) volume(out *mount.Mount, v types.ServiceVolumeConfig) error {
	if v.Source == "" {
		return nil
	}
	named, known := c.config.Volumes[v.Source]
	if !known {
		return fmt.Errorf("undefined volume %q", v.Source)
	}
	out.Source = cmp.Or(named.Name, c.scope(v.Source))
	out.VolumeOptions = &mount.VolumeOptions{}
	if v.Volume != nil {
		out.VolumeOptions.NoCopy, out.VolumeOptions.Subpath = v.Volume.NoCopy, v.Volume.Subpath
	}
	if named.External.External {
		return nil
	}
	out.VolumeOptions.Labels = c.labelled(named.Labels)
	if named.Driver != "" || named.DriverOpts != nil {
		out.VolumeOptions.DriverConfig = &mount.Driver{Name: named.Driver, Options: named.DriverOpts}
	}
	return nil
}
