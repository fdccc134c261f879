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
	if err := decodeList(a, req.member, keep); err != nil {
		return a.size, a.fail(err)
	}
	return a.size, nil
}

// decodeList reads a JSON array element by element, which may be a member of an
// object. "null" is an empty one: the engine writes so where it found nothing.
func decodeList(r io.Reader, member string, keep func(*elements) error) error {
	all := newElements(r)
	dec := all.dec
	if member != "" {
		if err := enter(all, member); err != nil {
			return garbage(err)
		}
	}
	start, err := dec.Token()
	switch {
	case err != nil:
		return garbage(err)
	case start == nil:
		return leave(all, member)
	case start != json.Delim('['):
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
	return leave(all, member)
}

// enter goes to a member of the object that follows.
func enter(e *elements, member string) error {
	start, err := e.dec.Token()
	switch {
	case err != nil:
		return err
	case start != json.Delim('{'):
		return fmt.Errorf("it begins with %v and not with an object", start)
	}
	for e.dec.More() {
		name, err := e.dec.Token()
		if err != nil {
			return err
		}
		if name == member {
			return nil
		}
		if err := e.into(&e.raw); err != nil {
			return err
		}
	}
	return fmt.Errorf("it has no %s", member)
}

// leave reads what follows a list: the rest of the object that it is a member
// of, and the end.
func leave(e *elements, member string) error {
	for member != "" && e.dec.More() {
		if _, err := e.dec.Token(); err != nil { // the name
			return garbage(err)
		}
		if err := e.into(&e.raw); err != nil {
			return garbage(err)
		}
	}
	if member != "" {
		if _, err := e.dec.Token(); err != nil {
			return garbage(err)
		}
	}
	return drain(e.dec)
}

// drain reads to the end, which is where a transport tells that a body was
// cut, and without which it cannot use its connection again.
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
// part of an object is worth bearing with, but what has not even an ID cannot
// be shown, asked about or told from the others, and would take the place of
// what is known.
var errNameless = errors.New("an element of the list has no ID")

// listOf lists what decode makes of the elements. What has no ID is refused.
func listOf[T any](ctx context.Context, c *Client, req call, decode func(raw []byte) (object T, id string)) ([]T, int64, error) {
	var out []T
	size, err := c.list(ctx, req, func(e *elements) error {
		raw, err := e.next()
		if err != nil {
			return err
		}
		object, id := decode(raw)
		if id == "" {
			return errNameless
		}
		out = append(out, object)
		return nil
	})
	if err != nil {
		return nil, size, err
	}
	return out, size, nil
}

// Services lists all services with the engine's own count of their tasks. An
// engine before API 1.41 counts none. It returns the size of the answer in
// bytes.
func (c *Client) Services(ctx context.Context) ([]*model.Service, int64, error) {
	req := listCall(model.KindService.Info())
	req.query = map[string][]string{"status": {"true"}}
	return listOf(ctx, c, req, func(raw []byte) (*model.Service, string) {
		s := decodeService(raw)
		return s, s.ID
	})
}

func decodeService(raw []byte) *model.Service {
	s := &model.Service{}
	s.Damage = decodeLenient(raw, &s.Service)
	s.Print = model.FingerprintOf(&s.Spec.TaskTemplate)
	return s
}

// Nodes lists all nodes. It returns the size of the answer in bytes.
func (c *Client) Nodes(ctx context.Context) ([]*model.Node, int64, error) {
	nodes, size, err := listOf(ctx, c, listCall(model.KindNode.Info()), func(raw []byte) (*model.Node, string) {
		n := decodeNode(raw)
		return n, n.ID
	})
	if err == nil {
		c.shared.setManagers(managersOf(nodes))
	}
	return nodes, size, err
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

// List lists the objects of a kind that is kept as a [model.Set]. It returns the
// size of the answer in bytes.
func (c *Client) List(ctx context.Context, k model.Kind) ([]model.Object, int64, error) {
	info := k.Info()
	if info.Path == "" || info.Decode == nil {
		return nil, 0, fmt.Errorf("the engine has no list of %s", info.Plural)
	}
	return listOf(ctx, c, listCall(info), func(raw []byte) (model.Object, string) {
		o := info.Decode(func(v any) string { return decodeLenient(raw, v) })
		return o, o.Meta().Ref.ID
	})
}

func listCall(info *model.KindInfo) call {
	return call{op: "list the " + info.Plural, path: info.Path, member: info.Member}
}
