package ui

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"skep/actions"
	"skep/model"
)

// writes are the actions whose outcome the operator has not been told: what the
// console is left in the middle of is told when it has ended.
type writes struct {
	running sync.WaitGroup
	mu      sync.Mutex
	open    []*writing
}

// writing is one action from its confirmation until its outcome was shown.
type writing struct {
	resultMsg
	ended bool
}

func (w *writes) begin(msg resultMsg) {
	w.running.Add(1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = append(w.open, &writing{resultMsg: msg})
}

func (w *writes) end(msg resultMsg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, o := range w.open {
		if o.dialog == msg.dialog {
			o.resultMsg, o.ended = msg, true
		}
	}
	w.running.Done()
}

// told takes note that the outcome of an action was shown.
func (w *writes) told(msg resultMsg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = slices.DeleteFunc(w.open, func(o *writing) bool { return o.dialog == msg.dialog })
}

// wait waits for what is being written, so that it comes into the journal, but
// not for ever: the journal may be on a disk that does not answer.
func (w *writes) wait(patience time.Duration) {
	ended := make(chan struct{})
	go func() {
		w.running.Wait()
		close(ended)
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

// Untold is what became of the actions that the console was left in the middle
// of, a line each. It is for when the console has been closed.
func (a *App) Untold() []string {
	a.writes.mu.Lock()
	defer a.writes.mu.Unlock()
	var out []string
	for _, o := range a.writes.open {
		line := o.line()
		if !o.ended {
			line = o.title + ": " + string(actions.Unknown) + " - skep ended before there was an answer"
		}
		if o.from != a.workspace {
			line = "on " + o.from.name() + ": " + line
		}
		out = append(out, line)
	}
	for _, w := range a.left {
		out = append(out, w.leftThere()...)
	}
	return append(out, a.leftWalks()...)
}

// line is what became of an action.
func (m resultMsg) line() string {
	text := m.title + ": " + outcomeLine(m.plans, m.results)
	if m.journal != nil {
		text += "; not in the journal: " + model.MaskError(m.journal)
	}
	return text
}

// outcomeLine is what became of plans in one line.
func outcomeLine(plans []actions.Plan, results []actions.Result) string {
	if len(results) == 1 {
		text := string(results[0].Verdict())
		if err := results[0].Err; err != nil {
			text += " - " + strings.ReplaceAll(model.MaskError(err), "\n", " ")
		}
		return text
	}
	o := actions.Sum(plans, results)
	text := o.String()
	for _, part := range []struct {
		what  string
		names []string
	}{{"not done", o.NotDone}, {"unknown", o.Unsure}, {"not begun", o.NotBegun}} {
		if len(part.names) > 0 {
			text += fmt.Sprintf("; %s: %s", part.what, strings.Join(part.names, ", "))
		}
	}
	return strings.ReplaceAll(text, "\n", " ")
}
