package actions

import (
	"fmt"
	"strings"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/swarm"
)

// localVolumes names the volumes and directories of a service that exist on
// each node by themselves: a task that comes to another node finds other data
// there, or none.
func localVolumes(spec *swarm.ServiceSpec) []string {
	c := spec.TaskTemplate.ContainerSpec
	if c == nil {
		return nil
	}
	var out []string
	for _, m := range c.Mounts {
		switch m.Type {
		case mount.TypeVolume:
			// A volume without a name is new with every task. A driver other
			// than local, or options such as those of NFS, may share it.
			o := m.VolumeOptions
			plain := o == nil || o.DriverConfig == nil || (o.DriverConfig.Name == "" || o.DriverConfig.Name == "local") && len(o.DriverConfig.Options) == 0
			if m.Source != "" && plain {
				out = append(out, m.Source)
			}
		case mount.TypeBind:
			if !m.ReadOnly && m.Source != "" && !strings.HasPrefix(m.Source, "/var/run/") {
				out = append(out, m.Source)
			}
		default: // Nothing that stays on the node.
		}
	}
	return out
}

// otherData is the end of a warning about local volumes.
func otherData(names []string) string {
	const shown = 3
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more hold other data", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	if len(names) == 1 {
		return names[0] + " holds other data"
	}
	return strings.Join(names, ", ") + " hold other data"
}
