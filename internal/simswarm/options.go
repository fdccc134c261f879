package simswarm

import "time"

// Option sets up a swarm; see [New].
type Option interface{ apply(*setup) }

type optionFunc func(*setup)

func (f optionFunc) apply(c *setup) { f(c) }

// setup is what the options decide.
type setup struct {
	clock    Clock
	seed     uint64
	id       string
	images   []string
	managers int
	workers  int
	fill     func(*Swarm, time.Time)
}

// WithClock makes the swarm live in the time of c instead of the real one.
func WithClock(c Clock) Option { return optionFunc(func(s *setup) { s.clock = c }) }

// WithSeed chooses the IDs and the random choices. The default is 1.
func WithSeed(seed uint64) Option { return optionFunc(func(s *setup) { s.seed = seed }) }

// WithID chooses the ID of the swarm itself, so that one of the same seed is a
// clone: all its objects have the same IDs.
func WithID(id string) Option { return optionFunc(func(s *setup) { s.id = id }) }

// WithImages makes images known to every node, so that services can run them.
// Their containers do what their command says, see program.go.
func WithImages(images ...string) Option {
	return optionFunc(func(s *setup) { s.images = append(s.images, images...) })
}

// Bare is an empty swarm of ready nodes named manager1, worker1 and so on. It
// is what New makes without another content: one manager and two workers.
func Bare(managers, workers int) Option {
	return optionFunc(func(s *setup) {
		s.managers, s.workers = max(managers, 1), workers
		s.fill = nil
	})
}
