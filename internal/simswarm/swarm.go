package simswarm

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Swarm is one simulated swarm, seen from its first manager. Its methods may be
// called from any goroutine.
type Swarm struct {
	clock Clock

	mu      sync.Mutex
	now     time.Time // the time of the job that runs, or of the last lock
	jobs    jobHeap
	jobSeq  uint64
	timer   Timer
	timerAt time.Time
	timers  sync.WaitGroup
	changed bool
	wake    chan struct{} // closed and renewed when something changed
	closed  bool
	rng     *rand.Rand

	store
	catalog
	placement
	restarts
	bus
	faults
	requests

	ctx     context.Context
	stop    context.CancelFunc
	serving sync.WaitGroup // the accept loop, and handlers that run
	server  *http.Server
	ln      net.Listener
	dir     string
}

// faults are what the test hooks broke.
type faults struct {
	noLeader bool
}

// New makes a swarm and brings its content to the present. Close it after use.
func New(opts ...Option) *Swarm {
	c := setup{clock: wallClock{}, seed: 1, managers: 1, workers: 2}
	for _, o := range opts {
		o.apply(&c)
	}
	s := &Swarm{clock: c.clock, wake: make(chan struct{}), rng: rand.New(rand.NewPCG(c.seed, 0x736b6570))}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.store.init()
	s.catalog.init(c.images)
	s.restarts.init()

	now := c.clock.Now()
	s.mu.Lock()
	defer s.unlock()
	if c.fill != nil {
		c.fill(s, now)
	} else {
		s.now = now
		s.foundBare(c.managers, c.workers)
	}
	if c.id != "" {
		s.cluster.ID = c.id
	}
	// What happened while the swarm was being set up is history to nobody.
	s.bus.forget()
	return s
}

// Close ends all requests, removes the socket and stops the time. It returns
// when nothing of the swarm runs any more.
func (s *Swarm) Close() {
	if !s.end() {
		return
	}
	s.stop()
	s.closeListener()
	s.serving.Wait()
	s.timers.Wait()
}

// end stops the time; false if somebody has done so before.
func (s *Swarm) end() bool {
	s.mu.Lock()
	defer s.unlock()
	was := s.closed
	s.closed = true
	return !was
}

// FailNode cuts the node with that hostname or ID off, as a power failure does:
// the managers notice after a few missed heartbeats.
func (s *Swarm) FailNode(name string) {
	s.lock()
	defer s.unlock()
	if n := s.findNode(name); n != nil {
		s.failNode(n)
	}
}

// RecoverNode brings a failed node back. The containers it had are dead.
func (s *Swarm) RecoverNode(name string) {
	s.lock()
	defer s.unlock()
	if n := s.findNode(name); n != nil {
		s.recoverNode(n)
	}
}

// NoLeader takes the leader away from the managers, or gives it back. Without a
// leader every call about the swarm fails, as after a lost quorum.
func (s *Swarm) NoLeader(gone bool) {
	s.lock()
	defer s.unlock()
	s.noLeader = gone
	s.changed = true
}

// Now is the time in the swarm.
func (s *Swarm) Now() time.Time {
	s.lock()
	defer s.unlock()
	return s.now
}

// Changed is closed once anything is otherwise than it is by now.
func (s *Swarm) Changed() <-chan struct{} {
	s.Now() // What is due happens.
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wake
}

// foundBare sets up the swarm of [Bare].
func (s *Swarm) foundBare(managers, workers int) {
	s.found("default")
	for i := range managers {
		s.join(machine{name: numbered("manager", i+1), role: swarm.NodeRoleManager, cpus: 4, memory: 8 << 30})
	}
	for i := range workers {
		s.join(machine{name: numbered("worker", i+1), role: swarm.NodeRoleWorker, cpus: 4, memory: 8 << 30})
	}
}
