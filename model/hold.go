package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// afterWindow is how much longer than the monitor window, at the most, tasks are
// watched that the engine did not watch.
const afterWindow = 15 * time.Second

// longRest is how long nothing must have moved for that to count in place of being
// watched.
const longRest = time.Minute

// holding reports what a service lacks that does not fail, or how long it has
// lacked nothing.
func (w *ConvergenceWatch) holding(c *Cluster, s *Service, v *Convergence) {
	complete := v.Standing.Complete() && !c.Facts(w.id).Rollout.Active()
	if !complete {
		w.goodFrom = time.Time{}
		v.Why = c.lacks(s, v)
		return
	}
	if s.IsJob() || v.Standing.Want == 0 {
		v.Outcome, v.Why = OutcomeConverged, doneWords(s)
		return
	}
	if up := v.Standing.Up(); w.goodFrom.IsZero() || !slices.Equal(up, w.up) {
		_, at := c.TasksOf(w.id)
		w.goodFrom, w.up = later(at, c.ServicesAt), up
	}
	v.Held = max(0, c.readSince(w.id).Sub(w.goodFrom))
	window := v.Window
	if u := s.UpdateStatus; u == nil || u.State != swarm.UpdateStateCompleted {
		// Of an update the engine itself has watched each task for so long before
		// it called it completed. What dies right after that has to be seen here.
		window += min(window, afterWindow)
	}
	died := false
	for _, p := range v.Standing.Places {
		if lasted := w.lasted[p.Task.slotKey()]; lasted > 0 && p.Stage == StageNew {
			died = true
			window = max(window, 2*lasted+p.Task.restartDelay())
		}
	}
	v.Window = window
	// How long the tasks have run is taken from clocks of others, and an engine
	// under load tells late of one that has died: only a long rest counts for what
	// was not seen here.
	if v.Held >= window || !died && v.Held >= leastWindow && c.restingFor(s, v.Standing) >= max(window, longRest) {
		v.Outcome = OutcomeConverged
	}
	v.Why = fmt.Sprintf("%d of %d are up", v.Standing.Count(StageNew), v.Standing.Want)
	if done := v.Standing.Count(StageDone); done > 0 {
		v.Why += fmt.Sprintf(", %d completed", done)
	}
}

func doneWords(s *Service) string {
	if s.IsJob() {
		return "the job is complete"
	}
	return "nothing of it runs, as it asks for"
}

// readSince is the time by which everything about a service was read.
func (c *Cluster) readSince(id ServiceID) time.Time {
	_, at := c.TasksOf(id)
	return earliest(at, c.ServicesAt)
}

// restingFor is how long nothing has moved about a service and its tasks.
func (c *Cluster) restingFor(s *Service, t *Standing) time.Duration {
	last := s.UpdatedAt
	for _, p := range t.Places {
		last = later(last, later(p.Task.CreatedAt, later(p.Task.UpdatedAt, p.Task.StateAt)))
	}
	return c.readSince(s.Key()).Sub(last)
}

// lacks is what a service is short of, in a sentence.
func (c *Cluster) lacks(s *Service, v *Convergence) string {
	t := v.Standing
	ready := t.Count(StageNew) + t.Count(StageDone)
	var parts []string
	add := func(n int, word string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	add(t.Count(StageOld), "old")
	add(t.Count(StageWaiting), "on the way")
	add(t.Count(StageFailed), "restarting")
	add(t.Count(StageMissing), "not made yet")
	add(t.Count(StageStopping)+t.Leaving, "stopping")
	add(t.Unsure, "not heard of since an election")
	if s.IsJob() {
		ready = t.Count(StageDone)
		add(t.Count(StageNew), "at work")
	}
	word := "new"
	if s.IsJob() {
		word = "completed"
	}
	text := fmt.Sprintf("%d of %d %s", ready, t.Want, word)
	if len(parts) == 0 && c.Facts(s.Key()).Rollout.Active() {
		parts = append(parts, "the engine still watches them")
	}
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	v.Culprit = c.slowest(t)
	if v.Culprit != nil {
		text += "; " + c.TaskName(v.Culprit) + c.Blame(v.Culprit)
	}
	return text
}

// slowest is the task that a service waits for: the last one that failed, or the
// oldest that does not run yet; nil for none.
func (c *Cluster) slowest(t *Standing) (out *Task) {
	for _, p := range t.Places {
		switch {
		case p.Stage == StageFailed && p.Dead != nil:
			return p.Dead
		case p.Stage == StageWaiting && (out == nil || p.Task.CreatedAt.Before(out.CreatedAt)):
			out = p.Task
		}
	}
	return out
}
