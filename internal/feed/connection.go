package feed

import (
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"skep/model"
)

// connection is the state of the way to the engine: whether it is up, since when not and
// why, and when the next attempt is due.
type connection struct {
	up bool
	// retryAt is when to connect next; zero with !up and err set means not
	// before somebody asks.
	retryAt time.Time
	// failures in a row, which set the pause.
	failures int
	// soundAt is when the connection became sound; zero while it is not.
	soundAt time.Time

	since time.Time // of the outage; zero for none
	err   error

	// The stream of events has a backoff of its own: proxies in front of the
	// engine may refuse it for good.
	eventsAt       time.Time
	eventsFailures int
	openedAt       time.Time
}

// connectAt is when to connect; zero for not before somebody asks.
func (n *connection) connectAt(now time.Time) time.Time {
	if n.err == nil && n.retryAt.IsZero() {
		return now // the very first time
	}
	return n.retryAt
}

// connected says that an endpoint answered. The outage goes on until the swarm
// was read from it.
func (n *connection) connected(now time.Time) {
	n.up, n.retryAt, n.soundAt = true, now, time.Time{}
	n.eventsAt, n.eventsFailures = now, 0
}

// sound says that the swarm can be read, and reports whether that ends an outage.
func (n *connection) sound(now time.Time) bool {
	if n.soundAt.IsZero() {
		n.soundAt = now
	}
	if n.failures > 0 && now.Sub(n.soundAt) >= steadyAfter {
		n.failures = 0
	}
	ended := !n.since.IsZero()
	n.since, n.err = time.Time{}, nil
	return ended
}

// fail says that a request failed.
func (n *connection) fail(a answer, now time.Time) {
	if n.since.IsZero() {
		n.since = now
	}
	if !n.soundAt.IsZero() && now.Sub(n.soundAt) >= steadyAfter {
		n.failures = 0
	}
	n.up, n.err, n.soundAt = false, a.err, time.Time{}
	n.retryAt = now.Add(pause(n.failures))
	n.failures++
	var trouble *model.Trouble
	if errors.As(a.err, &trouble) && !trouble.Passing() {
		n.retryAt = time.Time{}
	}
}

// hurry makes the next attempt due now, with the shortest pause after it.
func (n *connection) hurry(now time.Time) {
	n.failures, n.eventsFailures = 0, 0
	n.eventsAt = now
	if !n.up {
		n.retryAt = now
	}
}

// outage is what the snapshot says of it; nil for none.
func (n *connection) outage() *model.Outage {
	if n.since.IsZero() {
		return nil
	}
	o := &model.Outage{Since: n.since, Err: n.err}
	if !n.up {
		o.RetryAt = n.retryAt
	}
	return o
}

// streamOpened says that the stream of events is open.
func (n *connection) streamOpened(now time.Time) { n.openedAt = now }

// streamEnded says that it is not, and reports whether that is news.
func (n *connection) streamEnded(now time.Time) bool {
	if !n.openedAt.IsZero() && now.Sub(n.openedAt) >= steadyAfter {
		n.eventsFailures = 0
	}
	n.openedAt = time.Time{}
	n.eventsAt = now.Add(pause(n.eventsFailures))
	n.eventsFailures++
	return n.eventsFailures == 1
}

// pause is how long to wait after so many failures before this one.
func pause(failures int) time.Duration {
	d := min(float64(backoffLast), float64(backoffFirst)*math.Pow(backoffFactor, float64(failures)))
	return time.Duration(d - rand.Float64()*backoffJitter*d)
}
