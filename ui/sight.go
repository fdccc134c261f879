package ui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
)

// sight is whether the terminal shows a preview. Nobody confirms what he has not
// seen, and over a slow link it is seen long after it was drawn. So the terminal
// is asked behind the preview where its cursor is: it answers when it has come
// to the question, and what was typed before comes before the answer.
//
// The cursor is put into a position of its own for each question, and back: so the
// answer tells which question it is to. A plain report is asked for, because
// only that is known everywhere (tmux and the console of Linux do not answer
// DECXCPR). It reads like F3 with a modifier where the row is the first, so the
// row is the second.
type sight struct {
	id       int // of the question
	asked    time.Time
	answered time.Time // zero while it is not
	patience time.Duration
}

// end is when the waiting ended, or will at the latest.
func (s sight) end() time.Time {
	if s.answered.IsZero() {
		return s.asked.Add(s.patience)
	}
	return s.answered
}

// since is from when on the terminal shows the preview, as far as is known; ok is
// false while it may not. Where no answer comes it is taken to show it in the end.
func (s sight) since(now time.Time) (at time.Time, ok bool) {
	if s.answered.IsZero() {
		return s.asked, !now.Before(s.end())
	}
	return s.answered, true
}

// until is how long the preview stays as it is, so that an answer to it can come:
// the time that the link takes there and back, once more for the eyes to find
// what has changed.
func (s sight) until() time.Time { return s.end().Add(2 * s.end().Sub(s.asked)) }

const (
	sightRow       = 1  // from 0; see sight
	sightPositions = 16 // in that row, one for each question; more are never open at a time
)

// position is where the cursor is put for a question.
func (s sight) position() tea.CursorPositionMsg {
	return tea.CursorPositionMsg{X: 1 + s.id%sightPositions, Y: sightRow}
}

// sequence puts the cursor there, does something and puts it back.
func (s sight) sequence(do string) string {
	p := s.position()
	return fmt.Sprintf("\x1b7\x1b[%d;%dH%s\x1b8", p.Y+1, p.X+1, do)
}

// question is how the terminal is asked where its cursor is.
const question = "\x1b[6n"

// sights counts the questions whether the terminal shows what is drawn; answer is
// set once it has answered one, and open is the last one while it has not been.
type sights struct {
	questions int
	answer    bool
	open      sight
}

// askSight asks the terminal whether it shows what is drawn now. Bubble Tea writes
// what it is told to write before the frame of the same tick, so the question is
// for the next one: it is handed over when a mark, which does nothing, has been
// written.
func (a *App) askSight() (sight, tea.Cmd) {
	a.sights.questions++
	s := sight{id: a.sights.questions, asked: a.now, patience: neverAnswers}
	if a.sights.answer {
		s.patience = slowAnswer
	}
	if a.opt.Written == nil {
		s.answered = a.now
		return s, nil
	}
	a.sights.open = s
	ctx, mark := a.ctx, s.sequence("")
	written := a.opt.Written(mark)
	return s, tea.Sequence(tea.Raw(mark), func() tea.Msg {
		select {
		case <-written:
			return tea.RawMsg{Msg: s.sequence(question)}
		case <-ctx.Done():
			return nil
		}
	})
}

// askMoved asks again when another part of a preview is drawn: it may be what had
// to be read.
func (a *App) askMoved() (cmd tea.Cmd) {
	if d := a.dialog(); d != nil && d.phase == previewing && d.preview.unread() > 0 {
		d.sight, cmd = a.askSight()
	}
	return cmd
}

// takeSight takes in that the terminal shows what was asked about.
func (a *App) takeSight(msg tea.CursorPositionMsg) {
	if msg.Y != sightRow {
		return
	}
	a.sights.answer = true
	if a.sights.open.position() == msg {
		a.sights.open = sight{}
	}
	if d := a.dialog(); d != nil && d.phase == previewing && d.sight.answered.IsZero() && d.sight.position() == msg {
		d.sight.answered = a.now
	}
}

// tellsWait reports whether a preview says that the terminal is waited for.
func (d *dialog) tellsWait(now time.Time) bool {
	_, shown := d.sight.since(now)
	return !shown && !now.Before(d.sight.tell())
}

// tell is from when on it is said that an answer is waited for.
func (s sight) tell() time.Time { return s.asked.Add(s.patience / 2) }

// sightChanges are when what a preview says of that changes, and when it can be
// renewed.
func (d *dialog) sightChanges() []time.Time {
	var out []time.Time
	if d.sight.answered.IsZero() {
		out = append(out, d.sight.tell(), d.sight.end())
	}
	if d.due {
		out = append(out, d.sight.until())
	}
	return out
}
