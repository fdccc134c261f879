package terminal

import (
	"context"
	"sync"
	"time"
)

// Watchdog ends a program that was told to end and does not: drawing waits for
// a terminal that reads nothing, and with it everything else.
type Watchdog struct {
	done    chan struct{}
	release func()
}

// Watch waits for the end of a context. If [Watchdog.Release] is not called
// within its patience from then on, last is called, for which it has the same
// patience again, and then end.
func Watch(ctx context.Context, patience time.Duration, last, end func()) *Watchdog {
	w := &Watchdog{done: make(chan struct{})}
	w.release = sync.OnceFunc(func() { close(w.done) })
	go func() {
		select {
		case <-w.done:
			return
		case <-ctx.Done():
		}
		if w.within(patience) {
			return
		}
		Within(patience, last)
		if !w.within(lastMoment) {
			end()
		}
	}()
	return w
}

// lastMoment is for a program that has waited for the same as the watchdog's last
// and is about to end by itself.
const lastMoment = 500 * time.Millisecond

// Within does something, and waits for its end no longer than that.
func Within(patience time.Duration, do func()) {
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		do()
	}()
	select {
	case <-finished:
	case <-time.After(patience):
	}
}

// within reports whether the program has ended by itself within a time.
func (w *Watchdog) within(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-w.done:
		return true
	case <-timer.C:
	}
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// Release says that the program ends by itself.
func (w *Watchdog) Release() { w.release() }
