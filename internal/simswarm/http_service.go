package simswarm

import (
	"net/http"

	"github.com/moby/moby/api/types/swarm"
)

func (s *Swarm) routeServices(add func(string, handler)) {
	add("GET /services", s.listServices)
	add("POST /services/create", s.postService)
	add("GET /services/{id}", s.inspectService)
	add("POST /services/{id}/update", s.postServiceUpdate)
	add("DELETE /services/{id}", func(w http.ResponseWriter, r *http.Request) error {
		s.lock()
		defer s.unlock()
		if err := s.removeService(r.PathValue("id")); err != nil {
			return err
		}
		w.WriteHeader(http.StatusOK)
		return nil
	})
}

func (s *Swarm) listServices(w http.ResponseWriter, r *http.Request) error {
	sel, err := selectionOf(r, "id", "name", "label", "mode", "runtime")
	if err != nil {
		return err
	}
	status, defaults := isTrue(r, "status"), isTrue(r, "insertDefaults")
	return s.answer(w, http.StatusOK, func() (any, error) {
		out := []swarm.Service{}
		for _, svc := range s.services {
			if sel.prefix("id", svc.id()) && sel.prefix("name", svc.name()) && sel.labels("label", svc.api.Spec.Labels) &&
				sel.exact("mode", modeOf(svc.api.Spec.Mode)) && sel.exact("runtime", "container") {
				out = append(out, svc.view(status, defaults))
			}
		}
		return byID(out, func(v swarm.Service) string { return v.ID }), nil
	})
}

func (s *Swarm) inspectService(w http.ResponseWriter, r *http.Request) error {
	return s.answer(w, http.StatusOK, func() (any, error) {
		svc, err := s.getService(r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		return svc.view(false, isTrue(r, "insertDefaults")), nil
	})
}

func (s *Swarm) postService(w http.ResponseWriter, r *http.Request) error {
	var spec swarm.ServiceSpec
	if err := readJSON(r, &spec); err != nil {
		return err
	}
	return s.answer(w, http.StatusCreated, func() (any, error) {
		svc, err := s.createService(spec)
		if err != nil {
			return nil, err
		}
		return swarm.ServiceCreateResponse{ID: svc.id()}, nil
	})
}

func (s *Swarm) postServiceUpdate(w http.ResponseWriter, r *http.Request) error {
	var spec swarm.ServiceSpec
	if err := readJSON(r, &spec); err != nil {
		return err
	}
	version, err := versionOf(r, "service")
	if err != nil {
		return err
	}
	rollback := r.URL.Query().Get("rollback")
	if rollback != "" && rollback != "previous" && rollback != "none" {
		return invalid("unrecognized rollback option %s", rollback)
	}
	return s.answer(w, http.StatusOK, func() (any, error) {
		return swarm.ServiceUpdateResponse{}, s.updateService(r.PathValue("id"), version, spec, rollback == "previous")
	})
}
