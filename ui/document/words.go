package document

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/detail"
)

// wordsMsg brings the last lines that a task wrote before it died.
type wordsMsg struct {
	document *Document
	words    detail.LastWords
}

// listening is what a finding's screen knows of the log of the task that died last.
type listening struct {
	words detail.LastWords
	// at is when that was asked for, asking is set until the answer is there.
	at     time.Time
	asking bool
	// reads counts the answers.
	reads int
}

// listen reads what the last task of the service wrote that a finding is about, if
// that is not what was read last. It asks no more than once in a while: in a loop
// there is always a newer one.
func (d *Document) listen(c *model.Cluster, now time.Time) tea.Cmd {
	if c == nil || d.listening.asking {
		return nil
	}
	f, ok := c.Finding(model.FindingID(d.object.Ref.ID))
	t := c.LastDead(f.Ref.Service())
	if !ok || t == nil || t.ID == d.listening.words.Of || now.Sub(d.listening.at) < wordsEvery {
		return nil
	}
	words := detail.LastWords{Of: t.ID, Name: c.TaskName(t)}
	d.listening.at = now
	if words.Err = c.Unheard(t); words.Err != "" {
		d.listening.words = words
		d.listening.reads++
		return nil
	}
	d.listening.asking = true
	ctx, opener := d.env.Logs()
	return func() tea.Msg {
		ctx, cancel := context.WithTimeoutCause(ctx, wordsPatience, fmt.Errorf("no answer within %s", wordsPatience))
		defer cancel()
		lines, err := logstream.Tail(ctx, opener, logstream.Target{Task: string(t.ID)}, wordsLines)
		for _, l := range lines {
			words.Lines = append(words.Lines, l.Text)
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			words.Err = err.Error()
		}
		return wordsMsg{d, words}
	}
}

func (d *Document) takeWords(msg wordsMsg) {
	d.listening.words, d.listening.asking = msg.words, false
	d.listening.reads++
}
