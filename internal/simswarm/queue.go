package simswarm

import (
	"container/heap"
	"time"
)

// job is something that happens in the swarm at a given time.
type job struct {
	at  time.Time
	seq uint64 // breaks ties: jobs of one instant run in the order they were made
	run func()
	off bool
}

type jobHeap []*job

func (h jobHeap) Len() int { return len(h) }
func (h jobHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}
func (h jobHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *jobHeap) Push(x any)   { *h = append(*h, x.(*job)) }
func (h *jobHeap) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return x
}

// after queues f to run d from now, under the lock.
func (s *Swarm) after(d time.Duration, f func()) *job {
	s.jobSeq++
	j := &job{at: s.now.Add(max(d, 0)), seq: s.jobSeq, run: f}
	heap.Push(&s.jobs, j)
	return j
}

// cancel keeps the job from running. It stays in the queue until its time.
func (j *job) cancel() {
	if j != nil {
		j.off = true
		j.run = nil
	}
}

// runUntil runs what is due until t, each job at its own time.
func (s *Swarm) runUntil(t time.Time) {
	for len(s.jobs) > 0 && !s.jobs[0].at.After(t) {
		j := heap.Pop(&s.jobs).(*job)
		if j.off {
			continue
		}
		if j.at.After(s.now) {
			s.now = j.at
		}
		j.run()
	}
	if t.After(s.now) {
		s.now = t
	}
}

// locked gives what f finds while nothing else moves.
func locked[T any](s *Swarm, f func() (T, error)) (T, error) {
	s.lock()
	defer s.unlock()
	return f()
}

// lock takes the mutex and brings the swarm up to the present. Its release has
// to be deferred: net/http survives a panic, and the swarm has to as well.
func (s *Swarm) lock() {
	s.mu.Lock()
	current := false
	defer func() {
		if !current {
			s.mu.Unlock()
		}
	}()
	if !s.closed {
		s.runUntil(s.clock.Now())
	}
	current = true
}

// unlock sets the timer to the next job, tells whoever follows that something
// may have changed, and releases the mutex.
func (s *Swarm) unlock() {
	defer s.mu.Unlock()
	if !s.closed {
		s.runUntil(s.now) // what the caller made for at once
	}
	s.arm()
	if s.changed {
		s.changed = false
		close(s.wake)
		s.wake = make(chan struct{})
	}
}

// arm sets the one timer to the time of the next job.
func (s *Swarm) arm() {
	for len(s.jobs) > 0 && s.jobs[0].off {
		heap.Pop(&s.jobs)
	}
	if s.closed || len(s.jobs) == 0 {
		s.disarm()
		return
	}
	at := s.jobs[0].at
	if s.timer != nil && at.Equal(s.timerAt) {
		return
	}
	s.disarm()
	s.timerAt = at
	s.timers.Add(1)
	s.timer = s.clock.AfterFunc(at.Sub(s.clock.Now()), func() {
		defer s.timers.Done()
		s.mu.Lock()
		defer s.unlock()
		if s.timerAt.Equal(at) {
			s.timer = nil
		}
		if !s.closed {
			s.runUntil(s.clock.Now())
		}
	})
}

func (s *Swarm) disarm() {
	if s.timer != nil && s.timer.Stop() {
		s.timers.Done()
	}
	s.timer = nil
}
