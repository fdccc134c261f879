package feed

import "time"

// publisher is the state of publishing.
type publisher struct {
	// news is set while something is not published yet, awaited while it is of a kind
	// that was never read before.
	news, awaited bool
	at            time.Time // of the last snapshot
}

func (v *publisher) fresh() { v.news = true }

// arrived takes note of the first news of a kind: they come without a pause, so that
// the console is complete, and a command goes on, as soon as they are there.
func (v *publisher) arrived() { v.news, v.awaited = true, true }

// publish builds and publishes a snapshot if there is news and the last one is
// old enough, and says when it will be; zero for not at all.
func (l *loop) publish(now time.Time) time.Time {
	if !l.publisher.news || !l.presentable() {
		return time.Time{}
	}
	every := publishEvery
	switch {
	case l.publisher.awaited:
		every = 0
	case l.feed.opts.Slow:
		every = publishSlow
	}
	if at := l.publisher.at.Add(every); at.After(now) {
		return at
	}
	c := l.builder.Build(now)
	l.judge(c, now)
	if told := l.feed.opts.Mended; told != nil && len(c.Mended()) > 0 {
		told(c.Mended())
	}
	l.feed.box.put(c)
	l.publisher = publisher{at: now}
	return time.Time{}
}

// presentable reports whether there is something to see: the swarm, or why not.
func (l *loop) presentable() bool {
	return !l.conn.since.IsZero() || l.late != nil || !l.servicesAt.IsZero() && !l.nodesAt.IsZero() || !l.publisher.at.IsZero()
}
