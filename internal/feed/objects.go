package feed

import (
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// objectLists are the lists of the kinds that are read only while they are on
// the screen, or while what is there names objects of theirs.
type objectLists map[model.Kind]*objectList

// objectList is what the feed remembers of one of them.
type objectList struct {
	past past
	// readAt is when it was last read; zero for never, or not any more.
	readAt time.Time
	// hinted is when it is due because an event named the kind; zero for no
	// such event.
	hinted time.Time
	// failures in a row, after which the next attempt is due at retryAt.
	failures int
	retryAt  time.Time
}

func (o objectLists) of(k model.Kind) *objectList {
	if o[k] == nil {
		o[k] = &objectList{}
	}
	return o[k]
}

// hint makes the list of a kind due at that time, if it is not due sooner. One
// that was never read is no matter of hints.
func (o objectLists) hint(k model.Kind, at time.Time) {
	if list := o[k]; list != nil {
		list.hinted = soonest(list.hinted, at)
	}
}

// A task gets its addresses within a second. One that waits for longer may never get any,
// and the networks are read while there is one, so that the full one has a name when it
// is told.
const (
	addresslessAfter = 2 * time.Second
	addresslessFor   = time.Minute
)

func waitsForAddress(t *model.Task, now time.Time) bool {
	return t.State == swarm.TaskStateNew && t.Wanted() && now.Sub(t.CreatedAt) > addresslessAfter
}

// objectInterest is the interest with what is to be read whatever is on the screen.
func (l *loop) objectInterest(now time.Time) model.Interest {
	if l.addresslessAt.IsZero() || now.Sub(l.addresslessAt) >= addresslessFor {
		return l.interest
	}
	return l.interest.With(model.KindNetwork.All())
}

// nextObjects reads the objects of a kind that the interest is in. It is no
// part of how the swarm does, so nothing else waits for it.
func (l *loop) nextObjects(now time.Time) (call, time.Time) {
	var c call
	var first time.Time
	interest := l.objectInterest(now)
	for _, info := range model.Kinds() {
		if info.Decode == nil || !interest.In(info.Kind) {
			continue
		}
		if at := l.objectsDue(info, now); first.IsZero() || at.Before(first) {
			c, first = call{kind: listObjects, of: info.Kind}, at
		}
	}
	return c, first
}

// objectsDue is when the list of a kind is to be read.
func (l *loop) objectsDue(info *model.KindInfo, now time.Time) time.Time {
	list := l.agenda.objects.of(info.Kind)
	switch {
	case list.failures > 0 && !list.past.end.Before(l.agenda.staleBefore):
		return list.retryAt
	case list.readAt.IsZero() || list.readAt.Before(l.agenda.staleBefore):
		return now
	case !list.hinted.IsZero():
		return list.hinted
	}
	every := info.Every
	if !info.Local && !l.stream.open {
		every = min(every, idleInterval)
	}
	if l.interest.Blurred {
		every = max(every, blurredInterval)
	}
	bytes := time.Duration(float64(list.past.bytes) / objectsRate * float64(time.Second))
	return list.readAt.Add(max(every, bytes))
}

// noteObjects takes in a list.
func (l *loop) noteObjects(a answer, now time.Time) {
	list := l.agenda.objects.of(a.of)
	if list.readAt.IsZero() {
		l.publisher.arrived()
	}
	list.readAt, list.failures = now, 0
	l.builder.SetObjects(a.of, a.objects, a.ended)
	l.publisher.fresh()
}

// missObjects takes in that a list was not answered as it should be. It is tried
// again by itself: an engine may have no such list, or a proxy hide it, and the
// rest of the swarm is there all the same.
func (l *loop) missObjects(a answer, now time.Time) {
	list := l.agenda.objects.of(a.of)
	list.retryAt = now.Add(max(objectsRetry, pause(list.failures)))
	list.failures++
	l.builder.SetUnread(a.of, a.err)
	l.publisher.fresh()
}
