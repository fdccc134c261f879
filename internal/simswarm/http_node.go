package simswarm

import (
	"net/http"
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

func (s *Swarm) routeNodes(add func(string, handler)) {
	add("GET /nodes", s.listNodes)
	add("GET /nodes/{id}", func(w http.ResponseWriter, r *http.Request) error {
		return s.answer(w, http.StatusOK, func() (any, error) {
			n, err := s.getNode(r.PathValue("id"))
			if err != nil {
				return nil, err
			}
			return s.viewNode(n), nil
		})
	})
	add("POST /nodes/{id}/update", func(w http.ResponseWriter, r *http.Request) error {
		var spec swarm.NodeSpec
		if err := readJSON(r, &spec); err != nil {
			return err
		}
		version, err := versionOf(r, "node")
		if err != nil {
			return err
		}
		s.lock()
		defer s.unlock()
		return s.updateNode(r.PathValue("id"), version, spec)
	})
	add("DELETE /nodes/{id}", func(_ http.ResponseWriter, r *http.Request) error {
		s.lock()
		defer s.unlock()
		return s.removeNode(r.PathValue("id"), isTrue(r, "force"))
	})
	add("GET /swarm", func(w http.ResponseWriter, _ *http.Request) error {
		return s.answer(w, http.StatusOK, func() (any, error) { return s.cluster, nil })
	})
}

func (s *Swarm) listNodes(w http.ResponseWriter, r *http.Request) error {
	sel, err := selectionOf(r, "id", "name", "label", "node.label", "role", "membership")
	if err != nil {
		return err
	}
	for _, v := range sel["role"] {
		if !slices.Contains([]string{"worker", "manager"}, v) {
			return invalid("invalid role filter: '%s'", v)
		}
	}
	for _, v := range sel["membership"] {
		if !slices.Contains([]string{"accepted", "pending"}, v) {
			return invalid("invalid membership filter: '%s'", v)
		}
	}
	return s.answer(w, http.StatusOK, func() (any, error) {
		out := []swarm.Node{}
		for _, n := range s.nodes {
			if sel.prefix("id", n.id()) && sel.prefix("name", n.hostname()) && sel.exact("role", string(n.api.Spec.Role)) &&
				sel.labels("label", n.api.Description.Engine.Labels) && sel.labels("node.label", n.api.Spec.Labels) &&
				sel.exact("membership", "accepted") {
				out = append(out, s.viewNode(n))
			}
		}
		return byID(out, func(n swarm.Node) string { return n.ID }), nil
	})
}
