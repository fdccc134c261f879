package engine

import (
	"context"
	"encoding/json"
	"net/url"

	"skep/model"
)

// OwnTasks lists the containers of services on the engine in use, which need not be a
// manager.
func (p *Pool) OwnTasks(ctx context.Context) ([]model.OwnTask, error) {
	c, err := p.use()
	if err != nil {
		return nil, err
	}
	filters, err := json.Marshal(map[string][]string{"label": {model.OwnTasksLabel}})
	if err != nil {
		return nil, err
	}
	const op = "list the containers of services"
	raw, err := c.whole(ctx, call{op: op, path: "/containers/json", query: url.Values{"all": {"true"}, "filters": {string(filters)}}})
	if err != nil {
		return nil, err
	}
	own, err := model.ReadOwnTasks(raw)
	if err != nil {
		return nil, c.explain(ctx, op, &garbageError{err})
	}
	return own, nil
}
