package feed_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/moby/moby/api/types/swarm"
	"go.uber.org/goleak"

	"skep/internal/feed"
	"skep/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Sizes of answers as measured on Engine 20.10.
const (
	serviceSize = 690
	nodeSize    = 1850
	taskSize    = 700
	objectSize  = 500
)

// request is one call that the source saw.
type request struct {
	at    time.Time
	what  string // connect, complete, events, services, nodes, tasks
	query model.TaskQuery
	bytes int64
}

// source is a swarm in memory. It counts as the engine does, mistakes
// included: a task that was running on a lost node is still counted.
type source struct {
	t testing.TB

	mu       sync.Mutex
	version  uint64
	services []*model.Service
	nodes    []*model.Node
	tasks    []*model.Task
	objects  map[model.Kind][]model.Object
	requests []request
	busy     map[string]bool // what is on its way
	stream   chan model.Event
	lost     chan error
	endpoint int
	// connections is how many were made beside the first.
	connections uint64

	// takes is how long a request takes; nil for none.
	takes func(what string, q model.TaskQuery) time.Duration
	// fails is what a request is answered with instead; nil for none.
	fails func(what string) error
	// hang keeps requests waiting until it is closed.
	hang chan struct{}
	// labels is what the labels of each service weigh, in bytes.
	labels int
	// mute keeps events from being delivered.
	mute bool
}

// newSource makes a swarm with a manager, so many workers, and services with
// so many running replicas each.
func newSource(t testing.TB, workers int, replicas ...int) *source {
	s := &source{t: t}
	s.addNode("manager", true)
	for i := range workers {
		s.addNode(fmt.Sprintf("worker%d", i), false)
	}
	for i, n := range replicas {
		s.addService(fmt.Sprintf("service%02d", i), n, swarm.TaskStateRunning)
	}
	return s
}

func (s *source) bump() swarm.Version {
	s.version++
	return swarm.Version{Index: s.version}
}

func (s *source) addNode(name string, manager bool) {
	n := &model.Node{}
	n.ID, n.Description.Hostname = name, name
	n.Version = s.bump()
	n.Status.State, n.Spec.Availability = swarm.NodeStateReady, swarm.NodeAvailabilityActive
	if manager {
		n.ManagerStatus = &swarm.ManagerStatus{Leader: true, Reachability: swarm.ReachabilityReachable}
	}
	s.nodes = append(s.nodes, n)
}

func (s *source) addService(name string, replicas int, state swarm.TaskState) model.ServiceID {
	v := &model.Service{}
	v.ID, v.Spec.Name = name, name
	v.Version = s.bump()
	n := uint64(replicas)
	v.Spec.Mode.Replicated = &swarm.ReplicatedService{Replicas: &n}
	s.services = append(s.services, v)
	for slot := range replicas {
		s.addTask(v.Key(), slot+1, state)
	}
	return v.Key()
}

func (s *source) addTask(id model.ServiceID, slot int, state swarm.TaskState) *model.Task {
	v, now := s.bump(), time.Now()
	if epoch := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); now.Sub(epoch) > 24*time.Hour {
		now = epoch.Add(-time.Hour) // made before virtual time began
	}
	t := &model.Task{ID: model.TaskID(fmt.Sprintf("%s.%d.%d", id, slot, v.Index)), ServiceID: id, Slot: slot,
		Version: v.Index, CreatedAt: now, UpdatedAt: now, State: state, Desired: swarm.TaskStateRunning}
	if state == swarm.TaskStatePending {
		t.Err = "no suitable node (scheduling constraints not satisfied on 1 node)"
	} else {
		t.NodeID = s.nodes[slot%len(s.nodes)].Key()
	}
	s.tasks = append(s.tasks, t)
	return t
}

// change changes the swarm and emits an event, unless the kind is empty.
func (s *source) change(kind, id string, f func()) {
	s.mu.Lock()
	f()
	stream := s.stream
	if s.mute || kind == "" {
		stream = nil
	}
	s.mu.Unlock()
	if stream != nil {
		stream <- model.Event{Kind: kind, Action: "update", ID: id}
	}
}

// setNode moves a node to another state, as its heartbeat does.
func (s *source) setNode(id string, state swarm.NodeState) {
	s.change("node", id, func() {
		for i, n := range s.nodes {
			if n.ID == id {
				c := *n
				c.Status.State, c.Version = state, s.bump()
				s.nodes[i] = &c
			}
		}
	})
}

// edit replaces the tasks that match by what f makes of a copy.
func (s *source) edit(match func(*model.Task) bool, f func(*model.Task)) {
	for i, t := range s.tasks {
		if match(t) {
			c := *t
			c.Version, c.UpdatedAt = s.bump().Index, time.Now() // As the swarm does with every change.
			f(&c)
			s.tasks[i] = &c
		}
	}
}

// begin notes a request, takes its time, and fails it if it should. Two of a
// sort at a time are a mistake of the feed.
func (s *source) begin(ctx context.Context, what string, q model.TaskQuery) error {
	s.mu.Lock()
	lists := what != "events"
	if s.busy == nil {
		s.busy = map[string]bool{}
	}
	if lists && s.busy[what] {
		s.t.Errorf("request %q while another is on its way", what)
	}
	s.busy[what] = true
	s.requests = append(s.requests, request{at: time.Now(), what: what, query: q})
	hang, d := s.hang, time.Duration(0)
	if s.takes != nil {
		d = s.takes(what, q)
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.busy[what] = false
		s.mu.Unlock()
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
	}
	if hang != nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-hang:
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails != nil {
		return s.fails(what)
	}
	return nil
}

// end notes the size of an answer.
func (s *source) end(what string, bytes int) int64 {
	for i := len(s.requests) - 1; i >= 0; i-- {
		if s.requests[i].what == what {
			s.requests[i].bytes = int64(bytes)
			break
		}
	}
	return int64(bytes)
}

func (s *source) Connect(ctx context.Context) (model.Session, error) {
	if err := s.begin(ctx, "connect", model.TaskQuery{}); err != nil {
		return model.Session{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint++
	return model.Session{Endpoint: fmt.Sprint("endpoint", s.endpoint)}, nil
}

func (s *source) Complete(ctx context.Context, session model.Session) (model.Session, error) {
	err := s.begin(ctx, "complete", model.TaskQuery{})
	session.Engine = "29.1.0"
	return session, err
}

func (s *source) Connections() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.connections
}

func (s *source) Services(ctx context.Context) ([]*model.Service, int64, error) {
	if err := s.begin(ctx, "services", model.TaskQuery{}); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	running := map[model.ServiceID]uint64{}
	for _, t := range s.tasks {
		if t.State == swarm.TaskStateRunning {
			running[t.ServiceID]++
		}
	}
	var out []*model.Service
	for _, v := range s.services {
		c := *v
		c.ServiceStatus = &swarm.ServiceStatus{RunningTasks: running[v.Key()], DesiredTasks: v.Replicas()}
		out = append(out, &c)
	}
	return out, s.end("services", len(out)*(serviceSize+s.labels)), nil
}

func (s *source) Nodes(ctx context.Context) ([]*model.Node, int64, error) {
	if err := s.begin(ctx, "nodes", model.TaskQuery{}); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.nodes), s.end("nodes", len(s.nodes)*nodeSize), nil
}

func (s *source) Tasks(ctx context.Context, q model.TaskQuery) ([]*model.Task, int64, error) {
	if err := s.begin(ctx, "tasks", q); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.Node != "" && !slices.ContainsFunc(s.nodes, func(n *model.Node) bool { return n.Key() == q.Node }) {
		return nil, 0, fmt.Errorf("node %s: %w", q.Node, model.ErrGone)
	}
	var out []*model.Task
	for _, t := range s.tasks {
		if q.All() || q.Node != "" && t.NodeID == q.Node || slices.Contains(q.Services, t.ServiceID) {
			out = append(out, t)
		}
	}
	return out, s.end("tasks", len(out)*taskSize), nil
}

// List lists the objects, which have a name each.
func (s *source) List(ctx context.Context, k model.Kind) ([]model.Object, int64, error) {
	if err := s.begin(ctx, string(k), model.TaskQuery{}); err != nil {
		return nil, 0, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.objects[k]), s.end(string(k), len(s.objects[k])*objectSize), nil
}

func (s *source) Events(ctx context.Context) (<-chan model.Event, <-chan error) {
	events, errs := make(chan model.Event), make(chan error, 1)
	if err := s.begin(ctx, "events", model.TaskQuery{}); err != nil {
		errs <- err
		close(events)
		return events, errs
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	hints, lost := make(chan model.Event, 1000), make(chan error, 1)
	s.stream, s.lost = hints, lost
	go func() {
		defer close(events)
		for {
			select {
			case <-ctx.Done():
				errs <- ctx.Err()
				return
			case err := <-lost:
				errs <- err
				return
			case e := <-hints:
				select {
				case events <- e:
				case <-ctx.Done():
				}
			}
		}
	}()
	return events, errs
}

// loseEvents ends the stream of events.
func (s *source) loseEvents() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lost != nil {
		s.lost <- errors.New("the stream is lost")
	}
	s.stream, s.lost = nil, nil
}

// set changes how the source behaves.
func (s *source) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// since are the requests of a sort made since a time; "" for all sorts.
func (s *source) since(from time.Time, what string) []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []request
	for _, r := range s.requests {
		if !r.at.Before(from) && (what == "" || r.what == what) {
			out = append(out, r)
		}
	}
	return out
}

// rig is a feed on a source, run within a bubble of virtual time.
type rig struct {
	*source
	*feed.Feed
	ctx context.Context
	// clusters are all snapshots, by a reader that is always ready.
	mu        sync.Mutex
	snapshots []*model.Cluster
	times     []time.Time
}

// run runs a test with a feed in virtual time, and ends both. The feed is
// given a second to read the swarm.
func run(t *testing.T, s *source, opts feed.Options, test func(*testing.T, *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s.t = t
		r := &rig{source: s, Feed: feed.New(s, opts), ctx: ctx}
		done := make(chan error, 2)
		go func() { done <- r.Run(ctx) }()
		go func() { done <- r.read(ctx) }()
		time.Sleep(time.Second)
		test(t, r)
		cancel()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func (r *rig) read(ctx context.Context) error {
	var seen uint64
	for {
		c, n, err := r.Next(ctx, seen)
		if err != nil {
			return nil
		}
		seen = n
		r.mu.Lock()
		r.snapshots, r.times = append(r.snapshots, c), append(r.times, time.Now())
		r.mu.Unlock()
	}
}

// snapshot is the newest one; nil for none.
func (r *rig) snapshot() *model.Cluster {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.snapshots) == 0 {
		return nil
	}
	return r.snapshots[len(r.snapshots)-1]
}

// readAt is when each of the snapshots was read.
func (r *rig) readAt() []time.Time {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.times)
}

// until waits for a snapshot that fits, and says how long that took.
func (r *rig) until(within time.Duration, fits func(*model.Cluster) bool) time.Duration {
	r.source.t.Helper()
	start := time.Now()
	for {
		if c := r.snapshot(); c != nil && fits(c) {
			return time.Since(start)
		}
		if time.Since(start) > within {
			r.source.t.Fatalf("not so within %v", within)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// up is a service's count of replicas that are up.
func up(c *model.Cluster, id model.ServiceID) int { return c.Facts(id).Up }
