package feed

import "time"

// publisher is the state of publishing.
type publisher struct {
	// news is set while something is not published yet.
	news bool
	at   time.Time // of the last snapshot
}

func (v *publisher) fresh() { v.news = true }

// publish builds and publishes a snapshot if there is news and the last one is
// old enough, and says when it will be; zero for not at all.
func (l *loop) publish(now time.Time) time.Time {
	if !l.publisher.news || !l.presentable() {
		return time.Time{}
	}
	every := publishEvery
	if l.feed.opts.Slow {
		every = publishSlow
	}
	if at := l.publisher.at.Add(every); at.After(now) {
		return at
	}
	c := l.builder.Build(now)
	l.judge(c, now)
	l.feed.box.put(c)
	l.publisher = publisher{at: now}
	return time.Time{}
}

// presentable reports whether there is something to see: the swarm, or why not.
func (l *loop) presentable() bool {
	return !l.conn.since.IsZero() || l.late != nil || !l.servicesAt.IsZero() && !l.nodesAt.IsZero() || !l.publisher.at.IsZero()
}
