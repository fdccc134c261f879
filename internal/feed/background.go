package feed

import (
	"cmp"
	"slices"
	"time"

	"skep/model"
)

// nextLively reads, in one call, the tasks of services where something happens
// or has gone wrong, those first that were never read or were hinted at.
func (l *loop) nextLively(now time.Time) (call, time.Time) {
	// Nothing is looked at before the budget allows it: this is asked often.
	gate := latest(l.agenda.lively.ready(now), l.agenda.work.ready(now))
	if gate = latest(gate, l.agenda.allowed(call{kind: lively})); gate.After(now) {
		return call{kind: lively}, gate
	}
	every := l.interval(now)
	var due []*watch
	var first time.Time
	for _, w := range l.services {
		if !w.wanted(now) || !w.lively(now) {
			continue
		}
		var at time.Time
		switch {
		case w.readAt.IsZero():
			at = now
		case w.dirty && !w.looping:
			at = latest(w.readAt.Add(repeatFloor), l.agenda.dirtyAt(now))
		case w.looping:
			at = w.readAt.Add(max(every, idleInterval))
		default:
			at = w.readAt.Add(every)
		}
		if at.After(now) {
			first = soonest(first, at)
			continue
		}
		due = append(due, w)
	}
	if len(due) == 0 {
		return call{kind: lively}, first
	}
	slices.SortFunc(due, func(a, b *watch) int {
		return cmp.Or(a.readAt.Compare(b.readAt), cmp.Compare(a.id, b.id))
	})
	return call{kind: lively, query: model.TaskQuery{Services: ids(l.agenda.cut(due, batchBytes))}}, now
}

// nextStill reads what is left, the longest unread first: services that are out
// of order without changing, and, less often, those that are in order. A
// restart loop shows there even if its tasks run whenever they are counted.
func (l *loop) nextStill(now time.Time) (call, time.Time) {
	gate := latest(l.agenda.spare(now), l.agenda.work.ready(now))
	gate = latest(gate, l.agenda.allowed(call{kind: still}))
	if l.interest.Blurred {
		gate = latest(gate, l.agenda.past[still].end.Add(blurredInterval))
	}
	if gate.After(now) {
		return call{kind: still}, gate
	}
	type candidate struct {
		*watch
		weight float64
	}
	var due []candidate
	var first time.Time
	for _, w := range l.services {
		if w.wanted(now) && w.lively(now) {
			continue
		}
		every, weight := sweepInterval, 1.0
		if w.unsettled {
			every, weight = sweepSpacing, unsettledWeight
		}
		at := w.readAt.Add(every)
		if w.readAt.IsZero() {
			at = now
		}
		if at.After(now) {
			first = soonest(first, at)
			continue
		}
		due = append(due, candidate{w, weight * now.Sub(w.readAt).Seconds()})
	}
	if len(due) == 0 {
		return call{kind: still}, first
	}
	slices.SortFunc(due, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.id, b.id))
	})
	ask := make([]*watch, 0, len(due))
	for _, d := range due {
		ask = append(ask, d.watch)
	}
	return call{kind: still, query: model.TaskQuery{Services: ids(l.agenda.cut(ask, sweepBytes))}}, now
}

// cut takes as many services from the front as one call may ask for, but one
// at least.
func (a *agenda) cut(ask []*watch, bytes float64) []*watch {
	sum := 0.0
	for i, w := range ask {
		sum += float64(w.size()) * a.taskBytes
		if i > 0 && (i >= batchServices || sum > bytes) {
			return ask[:i]
		}
	}
	return ask
}

// estimate is about how many bytes a list of the services' tasks has.
func (a *agenda) estimate(ask []*watch) float64 {
	sum := 0.0
	for _, w := range ask {
		sum += float64(w.size()) * a.taskBytes
	}
	return sum
}

func ids(ask []*watch) []model.ServiceID {
	out := make([]model.ServiceID, 0, len(ask))
	for _, w := range ask {
		out = append(out, w.id)
	}
	return out
}
