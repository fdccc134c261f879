package feed

import (
	"cmp"
	"slices"
	"time"

	"skep/model"
)

// nextActive reads, in one call, the tasks of services where something happens
// or has gone wrong, those first that were never read or were hinted at. What
// is new has a budget of its own: it must not wait for what others use up.
func (l *loop) nextActive(now time.Time) (call, time.Time) {
	// Nothing is looked at before the duty rule allows it: this is asked often.
	if gate := l.agenda.allowed(call{kind: active}); gate.After(now) {
		return call{kind: active}, gate
	}
	open := latest(l.agenda.active.ready(now), l.agenda.work.ready(now))
	news := soonest(open, l.agenda.news.ready(now))
	closed := open.After(now)
	var due []*watch
	var first time.Time
	for _, w := range l.services {
		if !w.wanted(now) || !w.active(now) {
			continue
		}
		at := latest(l.activeAt(w, now), open)
		if closed && w.unread(now) {
			at = news
			if !w.readAt.IsZero() {
				at = latest(news, w.readAt.Add(idleInterval))
			}
		}
		if at.After(now) {
			first = soonest(first, at)
			continue
		}
		due = append(due, w)
	}
	if len(due) == 0 {
		return call{kind: active}, first
	}
	slices.SortFunc(due, func(a, b *watch) int {
		if first := a.readAt.Compare(b.readAt); first != 0 || a.unsettled == b.unsettled {
			return cmp.Or(first, cmp.Compare(a.id, b.id))
		}
		if a.unsettled {
			return -1
		}
		return 1
	})
	bytes := float64(batchBytes)
	if closed {
		bytes = sweepBytes
	}
	return call{kind: active, news: closed, query: model.TaskQuery{Services: ids(l.agenda.cut(due, bytes))}}, now
}

// activeAt is when the tasks of a service where something happens are to be
// read again.
func (l *loop) activeAt(w *watch, now time.Time) time.Time {
	every := l.interval(now)
	switch {
	case w.readAt.IsZero():
		return now
	case w.dirty && !w.looping:
		return latest(w.readAt.Add(repeatFloor), l.dirtyAt(now))
	case w.looping:
		return w.readAt.Add(max(every, idleInterval))
	default:
		return w.readAt.Add(every)
	}
}

// nextLeftover reads what is left, the longest unread first: services that are out
// of order without changing, and, less often, those that are in order. A
// restart loop shows there even if its tasks run whenever they are counted.
func (l *loop) nextLeftover(now time.Time) (call, time.Time) {
	gate := latest(l.agenda.spare(now), l.agenda.work.ready(now))
	gate = latest(gate, l.agenda.allowed(call{kind: sweep}))
	if l.interest.Blurred {
		gate = latest(gate, l.agenda.past[sweep].end.Add(blurredInterval))
	}
	if gate.After(now) {
		return call{kind: sweep}, gate
	}
	type candidate struct {
		*watch
		weight float64
	}
	var due []candidate
	var first time.Time
	for _, w := range l.services {
		if w.wanted(now) && w.active(now) {
			continue
		}
		every, weight := sweepInterval, 1.0
		if l.agenda.heavy {
			every = sweepSpacing
		}
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
		return call{kind: sweep}, first
	}
	slices.SortFunc(due, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.id, b.id))
	})
	ask := make([]*watch, 0, len(due))
	for _, d := range due {
		ask = append(ask, d.watch)
	}
	return call{kind: sweep, query: model.TaskQuery{Services: ids(l.agenda.cut(ask, sweepBytes))}}, now
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
