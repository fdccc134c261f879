package logs

import (
	"cmp"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/ui/keys"
	"skep/ui/viewport"
)

// span is from when on a log is read.
type span struct {
	// since is how long ago the oldest line may have been written; 0 for any.
	since time.Duration
	// whole reads as much as is kept, not only the newest lines.
	whole bool
	// top begins to read at the oldest line.
	top   bool
	words string
}

// spans are the ranges by their keys, which are those of k9s and three more.
var spans = map[keys.Command]span{
	keys.RangeTail: {},
	keys.RangeHead: {whole: true, top: true, words: "from the oldest"},
	keys.Range1m:   last(time.Minute, "1m"),
	keys.Range5m:   last(5*time.Minute, "5m"),
	keys.Range15m:  last(15*time.Minute, "15m"),
	keys.Range30m:  last(30*time.Minute, "30m"),
	keys.Range1h:   last(time.Hour, "1h"),
	keys.Range6h:   last(6*time.Hour, "6h"),
	keys.Range24h:  last(24*time.Hour, "24h"),
	keys.Range7d:   last(7*24*time.Hour, "7d"),
}

func last(d time.Duration, words string) span {
	return span{since: d, whole: true, words: "last " + words}
}

// from is the time from which on the span reads; zero for any.
func (s span) from(now time.Time) time.Time {
	if s.since == 0 {
		return time.Time{}
	}
	return now.Add(-s.since)
}

// limits are those of the stream. With more memory there are more lines, and where all
// that is kept is to be read, so many are asked for of each task.
func (s span) limits(bytes int) logstream.Limits {
	limits := logstream.Limits{Bytes: bytes, Lines: bytes / lineBytes}
	if s.whole {
		limits.Tail = cmp.Or(limits.Lines, logstream.DefaultLines)
	}
	return limits
}

// Reopen reads another part of the log in place of the one that is shown.
func (p *Pane) Reopen(log Source, s span) tea.Cmd {
	was := p.log
	go was.Close() // Its connection may take a moment to end.
	p.search.stop()
	p.search.asked++
	p.search.current, p.marks = 0, nil
	p.log, p.source, p.span, p.wanted = log, log, s, nil
	p.seen, p.due, p.stats = 0, time.Time{}, log.Stats()
	p.viewport.Forget()
	clear(p.json.shaped)
	p.viewport.Left, p.viewport.Follow = 0, true
	if s.top {
		p.viewport.Hold()
		p.viewport.MoveTo(viewport.Position{Line: 1})
	}
	p.choose(p.choice)
	p.arrange()
	return p.wait()
}
