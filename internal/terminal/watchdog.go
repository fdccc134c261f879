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
		finished := make(chan struct{})
		go func() {
			defer close(finished)
			last()
		}()
		select {
		case <-finished:
		case <-time.After(patience):
		}
		if !w.within(0) {
			end()
		}
	}()
	return w
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
