package simswarm

import (
	"sync"
	"time"
)

// Clock is where a swarm takes its time from.
type Clock interface {
	Now() time.Time
	// AfterFunc calls f once d has passed, in a goroutine of the clock's
	// choice.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is a pending call of a [Clock].
type Timer interface {
	// Stop reports whether it prevented the call.
	Stop() bool
}

// wallClock is the real time.
type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// FastClock runs a number of times faster than the real time, from the present
// on. Tests use it that have to wait for what takes a swarm seconds.
func FastClock(factor int) Clock {
	return fastClock{start: time.Now(), factor: time.Duration(max(factor, 1))}
}

type fastClock struct {
	start  time.Time
	factor time.Duration
}

func (c fastClock) Now() time.Time { return c.start.Add(time.Since(c.start) * c.factor) }

func (c fastClock) AfterFunc(d time.Duration, f func()) Timer {
	return time.AfterFunc(d/c.factor, f)
}

// ManualClock stands still until Advance moves it. It needs no goroutine: what
// is due runs in the goroutine that advances.
type ManualClock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*manualTimer
}

type manualTimer struct {
	clock *ManualClock
	at    time.Time
	f     func()
}

// NewManualClock gives a clock that stands at now.
func NewManualClock(now time.Time) *ManualClock { return &ManualClock{now: now} }

// Now is the time that Advance has reached.
func (c *ManualClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc implements [Clock].
func (c *ManualClock) AfterFunc(d time.Duration, f func()) Timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &manualTimer{clock: c, at: c.now.Add(max(d, 0)), f: f}
	c.timers = append(c.timers, t)
	return t
}

// Stop implements [Timer].
func (t *manualTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	for i, x := range t.clock.timers {
		if x == t {
			t.clock.timers = append(t.clock.timers[:i], t.clock.timers[i+1:]...)
			return true
		}
	}
	return false
}

// Advance moves the clock by d and runs what becomes due, in order, each at its
// own time.
func (c *ManualClock) Advance(d time.Duration) {
	c.mu.Lock()
	target := c.now.Add(d)
	for {
		next := -1
		for i, t := range c.timers {
			if !t.at.After(target) && (next < 0 || t.at.Before(c.timers[next].at)) {
				next = i
			}
		}
		if next < 0 {
			break
		}
		t := c.timers[next]
		c.timers = append(c.timers[:next], c.timers[next+1:]...)
		if t.at.After(c.now) {
			c.now = t.at
		}
		c.mu.Unlock()
		t.f()
		c.mu.Lock()
	}
	c.now = target
	c.mu.Unlock()
}
