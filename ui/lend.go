package ui

import (
	"os"
	"os/exec"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
)

// lentMsg says that the terminal was given back by a program that had it, and
// what that said last.
type lentMsg struct {
	what, said string
	err        error
}

// Lend implements screen.Env.
func (e env) Lend(what, program string, args ...string) tea.Cmd {
	cmd := exec.CommandContext(e.app.ctx, program, args...)
	return e.app.lend(e.of, cmd, func(err error, said string) tea.Msg { return lentMsg{what, said, err} })
}

// lendMsg is what the terminal is lent for, once no answer of it is on its way.
type lendMsg struct {
	of   *workspace
	cmd  *exec.Cmd
	then func(err error, said string) tea.Msg
}

// answered hands a message over once the terminal has answered what it was last asked,
// or is no longer waited for; nil where nothing is open. Whatever it was asked before
// is answered then, too. An answer that comes later is typed into the program that has
// the terminal by then, as if somebody had.
func (a *App) answered(msg tea.Msg) tea.Cmd {
	open := a.sights.open
	if open.id == 0 || !a.now.Before(open.end()) {
		return nil
	}
	return tea.Tick(min(answerPause, open.end().Sub(a.now)), func(time.Time) tea.Msg { return msg })
}

// lend gives the terminal to a program until that ends.
func (a *App) lend(of *workspace, cmd *exec.Cmd, then func(err error, said string) tea.Msg) tea.Cmd {
	return a.lendNow(lendMsg{of, cmd, then})
}

func (a *App) lendNow(msg lendMsg) tea.Cmd {
	if waits := a.answered(msg); waits != nil {
		return waits
	}
	of, cmd, then := msg.of, msg.cmd, msg.then
	// What looks for a terminal must find the real one.
	cmd.Stdin, cmd.Stdout = os.Stdin, os.Stdout
	said := &said{}
	cmd.Stderr, cmd.WaitDelay = said, shellWait
	feed := of.backend.Feed
	feed.Pause()
	lend := tea.ExecProcess
	if a.opt.Lend != nil {
		lend = a.opt.Lend
	}
	return lend(cmd, func(err error) tea.Msg {
		feed.Resume()
		return then(err, said.text())
	})
}

// givenBack says why a program ended, if it did not as usual.
func (a *App) givenBack(msg lentMsg) tea.Cmd {
	switch {
	case msg.err == nil:
		return nil
	case msg.said != "":
		return a.fail(msg.what + " ended: " + msg.said)
	}
	return a.fail(msg.what + " ended: " + model.MaskError(msg.err))
}

// said is what a program wrote last, in one line.
type said struct{ buf []byte }

// Write implements io.Writer.
func (s *said) Write(b []byte) (int, error) {
	s.buf = append(s.buf, b...)
	s.buf = append(s.buf[:0], s.buf[max(0, len(s.buf)-saidLimit):]...)
	return len(b), nil
}

func (s *said) text() string { return strings.Join(strings.Fields(string(s.buf)), " ") }
