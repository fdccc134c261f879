package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"skep/internal/logstream"
	"skep/model"
)

// Pool talks to one of several managers of a swarm at a time.
//
// Calls go to the manager that [Pool.Connect] chose last, and fail if it
// fails; nothing but Connect moves on to another. Streams that were opened
// before stay with their manager.
type Pool struct {
	shared    *shared
	endpoints []Endpoint

	connecting sync.Mutex // serialises Connect

	mu      sync.Mutex
	clients []*Client // by endpoint; nil until tried
	current int
	suspect bool // the current one has failed since it was chosen
}

// NewPool makes a pool over the endpoints, which are managers of one swarm. It
// connects to nothing yet.
func NewPool(endpoints []Endpoint, o Options) *Pool {
	return &Pool{shared: newShared(o), endpoints: endpoints, clients: make([]*Client, len(endpoints))}
}

// Open is Resolve and NewPool.
func Open(o Options) (*Pool, error) {
	endpoints, err := Resolve(o)
	if err != nil {
		return nil, err
	}
	for i := range endpoints {
		endpoints[i].batch = o.Batch
	}
	return NewPool(endpoints, o), nil
}

// Connect finds a manager that can show the swarm: the last good one first,
// or the one after it if that has failed since. It tries each endpoint once.
func (p *Pool) Connect(ctx context.Context) (model.Session, error) {
	p.connecting.Lock()
	defer p.connecting.Unlock()
	if len(p.endpoints) == 0 {
		return model.Session{}, &model.Trouble{Situation: model.BadHost, Cause: errors.New("no address was given")}
	}
	var failed []error
	for _, i := range p.order() {
		client, err := p.client(i)
		if err == nil {
			var session model.Session
			if session, err = client.Connect(ctx); err == nil {
				p.choose(i)
				return session, nil
			}
		}
		if given := ctx.Err(); given != nil && errors.Is(given, context.Canceled) {
			return model.Session{}, given
		}
		failed = append(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	return model.Session{}, worst(failed)
}

// order lists the endpoints in the order in which they are worth trying.
func (p *Pool) order() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	start := p.current
	if p.suspect {
		start++
	}
	order := make([]int, len(p.endpoints))
	for i := range order {
		order[i] = (start + i) % len(p.endpoints)
	}
	return order
}

func (p *Pool) client(i int) (*Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clients[i] == nil {
		c, err := newClient(p.endpoints[i], p.shared)
		if err != nil {
			return nil, err
		}
		p.clients[i] = c
	}
	return p.clients[i], nil
}

func (p *Pool) choose(i int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if left := p.clients[p.current]; p.current != i && left != nil {
		left.close()
	}
	p.current, p.suspect = i, false
}

// telling is how much a situation tells of the swarm, most first: that a
// manager has no leader says more than that another is switched off.
var telling = []model.Situation{
	model.OtherSwarm, model.NoLeader, model.Locked, model.Preparing, model.Expired, model.EngineError, model.Orphaned, model.WorkerNode, model.NotSwarm,
	model.APITooOld, model.BrokenOff, model.Timeout, model.PermissionDenied, model.CertificateError, model.SSHFailure,
}

// worst is the one error for several managers. With one manager it is that
// error; with several it is the most telling one, and names all.
func worst(errs []error) error {
	var troubles []*model.Trouble
	for _, err := range errs {
		var t *model.Trouble
		if !errors.As(err, &t) {
			return err
		}
		troubles = append(troubles, t)
	}
	if len(troubles) == 1 {
		return troubles[0]
	}
	rank := func(t *model.Trouble) int {
		for i, s := range telling {
			if t.Situation == s {
				return i
			}
		}
		return len(telling)
	}
	chosen := troubles[0]
	for _, t := range troubles[1:] {
		if rank(t) < rank(chosen) {
			chosen = t
		}
	}
	all := *chosen
	all.Cause = each(troubles)
	return &all
}

// each is the errors of several managers as one.
type each []*model.Trouble

func (e each) Error() string {
	said := make([]string, len(e))
	for i, t := range e {
		said[i] = fmt.Sprintf("%s: %v", t.Host, t.Cause)
	}
	return strings.Join(said, "; ")
}

func (e each) Unwrap() []error {
	errs := make([]error, len(e))
	for i, t := range e {
		errs[i] = t.Cause
	}
	return errs
}

// use is the manager in use.
func (p *Pool) use() (*Client, error) {
	if len(p.endpoints) == 0 {
		return nil, &model.Trouble{Situation: model.BadHost, Cause: errors.New("no address was given")}
	}
	p.mu.Lock()
	current := p.current
	p.mu.Unlock()
	return p.client(current)
}

// note remembers that a manager failed, so that the next Connect begins with
// another.
func (p *Pool) note(c *Client, err error) {
	var t *model.Trouble
	if err == nil || !errors.As(err, &t) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clients[p.current] == c {
		p.suspect = true
	}
}

// Complete fills in what the engine in use says of itself; see
// [Client.Complete].
func (p *Pool) Complete(ctx context.Context, s model.Session) (model.Session, error) {
	c, err := p.use()
	if err != nil {
		return s, err
	}
	return c.Complete(ctx, s)
}

// Services lists all services. It returns the size of the answer in bytes.
func (p *Pool) Services(ctx context.Context) ([]*model.Service, int64, error) {
	c, err := p.use()
	if err != nil {
		return nil, 0, err
	}
	services, size, err := c.Services(ctx)
	p.note(c, err)
	return services, size, err
}

// Nodes lists all nodes. It returns the size of the answer in bytes.
func (p *Pool) Nodes(ctx context.Context) ([]*model.Node, int64, error) {
	c, err := p.use()
	if err != nil {
		return nil, 0, err
	}
	nodes, size, err := c.Nodes(ctx)
	p.note(c, err)
	return nodes, size, err
}

// Tasks lists the tasks that the query asks for. It returns the size of the
// answers in bytes. A service that is gone has no tasks; a node that is gone
// is an error that wraps model.ErrGone.
func (p *Pool) Tasks(ctx context.Context, q model.TaskQuery) ([]*model.Task, int64, error) {
	c, err := p.use()
	if err != nil {
		return nil, 0, err
	}
	tasks, size, err := c.Tasks(ctx, q)
	p.note(c, err)
	return tasks, size, err
}

// List lists the objects of a kind; see [Client.List]. That one list fails, as
// that of the volumes does with their driver, says nothing of the manager.
func (p *Pool) List(ctx context.Context, k model.Kind) ([]model.Object, int64, error) {
	c, err := p.use()
	if err != nil {
		return nil, 0, err
	}
	return c.List(ctx, k)
}

// Inspect reads one object as the engine gives it, byte for byte.
func (p *Pool) Inspect(ctx context.Context, ref model.Ref) (model.Document, error) {
	c, err := p.use()
	if err != nil {
		return model.Document{}, err
	}
	doc, err := c.Inspect(ctx, ref)
	p.note(c, err)
	return doc, err
}

// Exists reports whether there is an object.
func (p *Pool) Exists(ctx context.Context, ref model.Ref) (bool, error) {
	c, err := p.use()
	if err != nil {
		return false, err
	}
	found, err := c.Exists(ctx, ref)
	p.note(c, err)
	return found, err
}

// Update writes a specification and returns the engine's warnings.
func (p *Pool) Update(ctx context.Context, w model.Write) ([]string, error) {
	c, err := p.use()
	if err != nil {
		return nil, err
	}
	warnings, err := c.Update(ctx, w)
	p.note(c, err)
	return warnings, err
}

// Create makes an object; see [Client.Create].
func (p *Pool) Create(ctx context.Context, w model.Write) (string, []string, error) {
	c, err := p.use()
	if err != nil {
		return "", nil, err
	}
	id, warnings, err := c.Create(ctx, w)
	p.note(c, err)
	return id, warnings, err
}

// Remove removes an object.
func (p *Pool) Remove(ctx context.Context, w model.Write) error {
	c, err := p.use()
	if err != nil {
		return err
	}
	err = c.Remove(ctx, w)
	p.note(c, err)
	return err
}

// ResolveImage asks the image's registry, through the engine, what the
// reference stands for.
func (p *Pool) ResolveImage(ctx context.Context, ref string) (model.ResolvedImage, error) {
	c, err := p.use()
	if err != nil {
		return model.ResolvedImage{}, err
	}
	return c.ResolveImage(ctx, ref)
}

// Events subscribes to the swarm's events; see [Client.Events].
func (p *Pool) Events(ctx context.Context) (<-chan model.Event, <-chan error) {
	c, err := p.use()
	if err != nil {
		return brokenEvents(err)
	}
	return c.Events(ctx)
}

// OpenLogs opens a stream of logs; see [Client.OpenLogs].
func (p *Pool) OpenLogs(ctx context.Context, q logstream.Query) (io.ReadCloser, error) {
	c, err := p.use()
	if err != nil {
		return nil, err
	}
	return c.OpenLogs(ctx, q)
}

// sshStreams is how many streams of logs there should be over ssh: each is a
// process here and one there, and sshd refuses those that come in a crowd
// (MaxStartups, 10 by default).
const sshStreams = 8

// MaxStreams is up to how many streams of logs are no burden; 0 for no bound.
func (p *Pool) MaxStreams() int {
	if p.Endpoint().scheme() == "ssh" {
		return sshStreams
	}
	return 0
}

// Endpoint is the endpoint in use.
func (p *Pool) Endpoint() Endpoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.endpoints) == 0 {
		return Endpoint{}
	}
	return p.endpoints[p.current]
}

// Warning says what of docker's configuration could not be read; empty for
// nothing. What the pool connects to does not depend on it.
func (p *Pool) Warning() string { return p.shared.warning }

// Stats is what the pool has cost so far.
func (p *Pool) Stats() Stats { return p.shared.counters.stats() }

// Connections counts the connections made so far.
func (p *Pool) Connections() uint64 { return p.shared.counters.connections.Load() }

// Close ends the connections that nothing uses. Streams end when their readers
// close them.
func (p *Pool) Close() {
	p.shared.close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.clients {
		if c != nil {
			c.close()
		}
	}
}
