package simswarm

import (
	"net/http"

	"github.com/moby/moby/api/types/swarm"
)

// routeBlobs serves the secrets and the configs.
func (s *Swarm) routeBlobs(add func(string, handler)) {
	for _, kind := range []string{"secret", "config"} {
		add("GET /"+kind+"s", func(w http.ResponseWriter, r *http.Request) error { return s.listBlobs(w, r, kind) })
		add("POST /"+kind+"s/create", func(w http.ResponseWriter, r *http.Request) error { return s.postBlob(w, r, kind) })
		add("GET /"+kind+"s/{id}", func(w http.ResponseWriter, r *http.Request) error {
			return s.answer(w, http.StatusOK, func() (any, error) {
				b, err := s.getBlob(kind, r.PathValue("id"))
				if err != nil {
					return nil, err
				}
				return b.view(), nil
			})
		})
		add("POST /"+kind+"s/{id}/update", func(_ http.ResponseWriter, r *http.Request) error {
			to, err := readBlob(r, kind)
			if err != nil {
				return err
			}
			version, err := versionOf(r, kind)
			if err != nil {
				return err
			}
			s.lock()
			defer s.unlock()
			return s.updateBlob(r.PathValue("id"), version, to)
		})
		add("DELETE /"+kind+"s/{id}", func(w http.ResponseWriter, r *http.Request) error {
			s.lock()
			defer s.unlock()
			if err := s.removeBlob(kind, r.PathValue("id")); err != nil {
				return err
			}
			w.WriteHeader(http.StatusNoContent)
			return nil
		})
	}
}

// view is the blob as the API shows it.
func (b *blob) view() any {
	if b.kind == "secret" {
		return b.secret()
	}
	return b.config()
}

func readBlob(r *http.Request, kind string) (blob, error) {
	var spec swarm.SecretSpec // a config's has the same fields, and no driver
	if err := readJSON(r, &spec); err != nil {
		return blob{}, err
	}
	return blob{kind: kind, name: spec.Name, labels: spec.Labels, data: spec.Data, tmpl: spec.Templating, driver: spec.Driver}, nil
}

func (s *Swarm) postBlob(w http.ResponseWriter, r *http.Request, kind string) error {
	in, err := readBlob(r, kind)
	if err != nil {
		return err
	}
	return s.answer(w, http.StatusCreated, func() (any, error) {
		b, err := s.createBlob(in)
		if err != nil {
			return nil, err
		}
		return map[string]string{"ID": b.id}, nil
	})
}

func (s *Swarm) listBlobs(w http.ResponseWriter, r *http.Request, kind string) error {
	sel, err := selectionOf(r, "id", "name", "names", "label")
	if err != nil {
		return err
	}
	return s.answer(w, http.StatusOK, func() (any, error) {
		out := []any{}
		list := append([]*blob(nil), *s.blobs(kind)...)
		for _, b := range byID(list, blobID) {
			if sel.prefix("id", b.id) && sel.prefix("name", b.name) && sel.exact("names", b.name) && sel.labels("label", b.labels) {
				out = append(out, b.view())
			}
		}
		return out, nil
	})
}
