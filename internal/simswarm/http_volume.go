package simswarm

import (
	"cmp"
	"net/http"
	"path"
	"slices"
	"time"

	"github.com/moby/moby/api/types/mount"
	"github.com/moby/moby/api/types/volume"
)

func (s *Swarm) routeVolumes(add func(string, handler)) {
	add("GET /volumes", func(w http.ResponseWriter, r *http.Request) error {
		sel, err := selectionOf(r, "dangling", "driver", "label", "name")
		if err != nil {
			return err
		}
		return s.answer(w, http.StatusOK, func() (any, error) {
			out := []volume.Volume{}
			for _, v := range s.localVolumes() {
				if sel.prefix("name", v.Name) && sel.labels("label", v.Labels) && sel.exact("driver", v.Driver) {
					out = append(out, v)
				}
			}
			return map[string]any{"Volumes": out, "Warnings": nil}, nil
		})
	})
	add("GET /volumes/{name}", func(w http.ResponseWriter, r *http.Request) error {
		return s.answer(w, http.StatusOK, func() (any, error) {
			for _, v := range s.localVolumes() {
				if v.Name == r.PathValue("name") {
					return v, nil
				}
			}
			return nil, notFound("get %s: no such volume", r.PathValue("name"))
		})
	})
}

// localVolumes are the named volumes that the engine's own tasks have brought
// about. Each engine has its own, also of the same name.
func (s *Swarm) localVolumes() []volume.Volume {
	made := map[string]volume.Volume{}
	for _, t := range s.me.tasks {
		c := t.api.Spec.ContainerSpec
		if c == nil {
			continue
		}
		for _, m := range c.Mounts {
			if m.Type != mount.TypeVolume || m.Source == "" {
				continue
			}
			at := t.api.CreatedAt.UTC().Format(time.RFC3339)
			if v, ok := made[m.Source]; ok && v.CreatedAt <= at {
				continue
			}
			v := volume.Volume{Name: m.Source, Driver: "local", Scope: "local", CreatedAt: at,
				Mountpoint: path.Join("/var/lib/docker/volumes", m.Source, "_data")}
			if m.VolumeOptions != nil {
				v.Labels = m.VolumeOptions.Labels
			}
			made[m.Source] = v
		}
	}
	out := make([]volume.Volume, 0, len(made))
	for _, v := range made {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b volume.Volume) int { return cmp.Compare(a.Name, b.Name) })
	return out
}
