package simswarm

import (
	"net/http"
	"slices"

	"github.com/moby/moby/api/types/swarm"
)

func (s *Swarm) routeTasks(add func(string, handler)) {
	add("GET /tasks", s.listTasks)
	add("GET /tasks/{id}", func(w http.ResponseWriter, r *http.Request) error {
		return s.answer(w, http.StatusOK, func() (any, error) {
			t, err := s.getTask(r.PathValue("id"))
			if err != nil {
				return nil, err
			}
			return t.api, nil
		})
	})
}

func (s *Swarm) getTask(key string) (*task, error) {
	if t := s.taskByID[key]; t != nil {
		return t, nil
	}
	return lookup("task", key, s.allTasks(), (*task).id, func(t *task) string {
		return t.name() + "." + t.id()
	})
}

// taskQuery is the filter of a list of tasks, its names turned into IDs.
type taskQuery struct {
	selection
	services, nodes []string
	upToDate        string
}

func (s *Swarm) listTasks(w http.ResponseWriter, r *http.Request) error {
	sel, err := selectionOf(r, "id", "name", "label", "service", "node", "desired-state", "runtime", "_up-to-date")
	if err != nil {
		return err
	}
	for _, v := range sel["desired-state"] {
		if _, ok := rank[swarm.TaskState(v)]; !ok {
			return invalid("invalid desired-state filter: '%s'", v)
		}
	}
	return s.answer(w, http.StatusOK, func() (any, error) {
		q, err := s.taskQuery(sel)
		if err != nil {
			return nil, err
		}
		out := []swarm.Task{}
		for _, t := range s.queried(q) {
			if s.matches(q, t) {
				out = append(out, t.api)
			}
		}
		return byID(out, func(t swarm.Task) string { return t.ID }), nil
	})
}

// taskQuery looks the services and nodes up; one that does not exist fails the
// whole call.
func (s *Swarm) taskQuery(sel selection) (taskQuery, error) {
	q := taskQuery{selection: sel}
	for _, key := range sel["service"] {
		svc, err := s.getService(key)
		if err != nil {
			return q, err
		}
		q.services = append(q.services, svc.id())
	}
	for _, key := range sel["node"] {
		n, err := s.getNode(key)
		if err != nil {
			return q, err
		}
		q.nodes = append(q.nodes, n.id())
	}
	if v := sel["_up-to-date"]; len(v) > 0 {
		q.upToDate = v[0]
	}
	return q, nil
}

// queried narrows the search down to the services that are asked for.
func (s *Swarm) queried(q taskQuery) []*task {
	if len(q.services) == 0 {
		return s.allTasks()
	}
	var out []*task
	for _, id := range slices.Compact(q.services) {
		out = append(out, s.serviceByID[id].tasks...)
	}
	return out
}

func (s *Swarm) matches(q taskQuery, t *task) bool {
	if len(q.nodes) > 0 && !slices.Contains(q.nodes, t.api.NodeID) {
		return false
	}
	if q.upToDate != "" {
		n := s.nodeByID[t.api.NodeID]
		current := t.svc != nil && !t.svc.rel.dirty(t, n)
		if current != (q.upToDate == "true" || q.upToDate == "1") {
			return false
		}
	}
	return q.prefix("id", t.id()) && q.prefix("name", t.name()) && q.exact("runtime", "container") &&
		q.exact("desired-state", string(t.api.DesiredState)) && q.labels("label", t.labels)
}
