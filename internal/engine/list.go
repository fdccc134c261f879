package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"skep/model"
)

// list sends a request for a list and hands each element to keep as it
// arrives, so that the whole answer is never in memory. It returns the size of
// the body in bytes. After an error what was kept is worth nothing.
func (c *Client) list(ctx context.Context, req call, keep func(*elements) error) (int64, error) {
	a, err := c.do(ctx, req)
	if err != nil {
		return 0, err
	}
	defer a.Close()
	if err := decodeList(a, keep); err != nil {
		return a.size, a.fail(err)
	}
	return a.size, nil
}

// decodeList reads a JSON array element by element. "null" is an empty one:
// the engine writes so where it found nothing.
func decodeList(r io.Reader, keep func(*elements) error) error {
	all := newElements(r)
	dec := all.dec
	start, err := dec.Token()
	if err != nil {
		return garbage(err)
	}
	if start == nil {
		return drain(dec)
	}
	if start != json.Delim('[') {
		return garbage(fmt.Errorf("it begins with %v and not with a list", start))
	}
	for dec.More() {
		if err := keep(all); err != nil {
			return garbage(err)
		}
		all.body.read = 0
	}
	if _, err := dec.Token(); err != nil {
		return garbage(err)
	}
	return drain(dec)
}

// drain reads to the end, which is where a transport tells that a body was
// cut, and without which it can not use its connection again.
func drain(dec *json.Decoder) error {
	_, err := dec.Token()
	switch {
	case err == nil:
		return garbage(errors.New("something follows the list"))
	case errors.Is(err, io.EOF):
		return nil
	}
	return garbage(err)
}

// garbage marks an error of the contents. One of the connection stays what it
// is: a body that ends too early was cut.
func garbage(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if unreadable(err) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &garbageError{err}
}

// errNameless refuses a list of things that are none of the swarm's: one bad
// part of an object is worth bearing with, but what has not even an ID can not
// be shown, asked about or told from the others, and would take the place of
// what is known.
var errNameless = errors.New("an element of the list has no ID")

// Services lists all services with the engine's own count of their tasks. An
// engine before API 1.41 counts none. It returns the size of the answer in
// bytes.
func (c *Client) Services(ctx context.Context) ([]*model.Service, int64, error) {
	var services []*model.Service
	size, err := c.list(ctx, call{op: "list the services", path: "/services", query: map[string][]string{"status": {"true"}}},
		func(e *elements) error {
			raw, err := e.next()
			if err != nil {
				return err
			}
			service := decodeService(raw)
			if service.ID == "" {
				return errNameless
			}
			services = append(services, service)
			return nil
		})
	if err != nil {
		return nil, size, err
	}
	return services, size, nil
}

func decodeService(raw []byte) *model.Service {
	s := &model.Service{}
	s.Damage = decodeLenient(raw, &s.Service)
	s.Print = model.FingerprintOf(&s.Spec.TaskTemplate)
	return s
}

// Nodes lists all nodes. It returns the size of the answer in bytes.
func (c *Client) Nodes(ctx context.Context) ([]*model.Node, int64, error) {
	var nodes []*model.Node
	size, err := c.list(ctx, call{op: "list the nodes", path: "/nodes"}, func(e *elements) error {
		raw, err := e.next()
		if err != nil {
			return err
		}
		node := decodeNode(raw)
		if node.ID == "" {
			return errNameless
		}
		nodes = append(nodes, node)
		return nil
	})
	if err != nil {
		return nil, size, err
	}
	c.shared.setManagers(managersOf(nodes))
	return nodes, size, nil
}

func managersOf(nodes []*model.Node) []model.Manager {
	var out []model.Manager
	for _, n := range nodes {
		if n.ManagerStatus != nil {
			out = append(out, model.Manager{NodeID: n.Key(), Hostname: n.Hostname(), Address: host(n.ManagerStatus.Addr)})
		}
	}
	return out
}

func decodeNode(raw []byte) *model.Node {
	n := &model.Node{}
	n.Damage = decodeLenient(raw, &n.Node)
	return n
}

// Networks maps the IDs of networks to their names.
func (c *Client) Networks(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	_, err := c.list(ctx, call{op: "list the networks", path: "/networks"}, func(e *elements) error {
		raw, err := e.next()
		if err != nil {
			return err
		}
		var network struct{ ID, Name string }
		decodeLenient(raw, &network)
		if network.ID != "" {
			names[network.ID] = network.Name
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return names, nil
}
