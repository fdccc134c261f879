package doctor

import (
	"fmt"
	"time"

	"skep/internal/safetext"
	"skep/model"
)

// WatchSchema is the schema of a change.
const WatchSchema = "skep.doctor.watch/1"

// The sorts of changes.
const (
	Came    = "came"
	Gone    = "gone"
	Changed = "changed" // it is worse than it was, or better
	Lost    = "lost"    // the swarm cannot be read
	Back    = "back"    // it can be read again
)

// Change is one thing that was found newly, or is so no more.
type Change struct {
	Schema string    `json:"schema"`
	At     time.Time `json:"at"`
	Change string    `json:"change"`
	// Verdict is that on the whole swarm from now on.
	Verdict Verdict  `json:"verdict"`
	Finding *Finding `json:"finding,omitempty"`
	// Error is why the swarm cannot be read.
	Error string `json:"error,omitempty"`
}

// Text is the change in a line.
func (c Change) Text() string {
	lead := c.At.Format("2006-01-02 15:04:05 UTC") + "  " + fmt.Sprintf("%-8s", c.Change)
	if f := c.Finding; f != nil {
		line := fmt.Sprintf("%s%-9s %s", lead, f.Severity, f.sentence())
		if c.Change == Gone && f.Since != nil {
			line += ", after " + age(c.At.Sub(*f.Since))
		}
		return safetext.Line(line) + "\n"
	}
	if c.Error != "" {
		return safetext.Line(lead+string(c.Verdict)+"   "+c.Error) + "\n"
	}
	return lead + string(c.Verdict) + "\n"
}

// Watcher tells what changes from report to report. The zero value has seen none.
type Watcher struct {
	known  []Finding
	failed string
}

// Changes are what is new in a report, and what is gone: the worst first, and
// what came before what went. The first report is all new.
func (w *Watcher) Changes(r Report) (out []Change) {
	tell := func(what string, f *Finding) {
		out = append(out, Change{Schema: WatchSchema, At: r.At, Change: what, Verdict: r.Verdict, Finding: f})
	}
	if w.failed != "" {
		tell(Back, nil)
		w.failed = ""
	}
	before := map[string]Finding{}
	for _, f := range w.known {
		before[f.ID] = f
	}
	for i, f := range r.Findings {
		was, known := before[f.ID]
		switch delete(before, f.ID); {
		case !known:
			tell(Came, &r.Findings[i])
		case was.Severity != f.Severity:
			tell(Changed, &r.Findings[i])
		}
	}
	for i, f := range w.known {
		if _, gone := before[f.ID]; gone {
			tell(Gone, &w.known[i])
		}
	}
	w.known = r.Findings
	return out
}

// Failed is what is to be said where the swarm can no longer be read; nothing if
// that was said. What was found last stays known.
func (w *Watcher) Failed(err error, now time.Time) []Change {
	text := model.MaskError(err)
	if text == w.failed {
		return nil
	}
	w.failed = text
	return []Change{{Schema: WatchSchema, At: now.UTC(), Change: Lost, Verdict: Unknown, Error: text}}
}
