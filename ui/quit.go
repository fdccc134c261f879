package ui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// quitting is the question whether to quit, which the last line asks until the
// next key. One that does not answer it does what it always does.
type quitting struct{ question string }

var quitScopes = []keys.Scope{keys.Quitting}

func (q *quitting) key(a *App, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	a.lift(q)
	if a.notice.text != q.question {
		return nil, false // Something else was said meanwhile.
	}
	b, answers := a.opt.Keys.Find(quitScopes, msg.String())
	if b.Command == keys.Quit {
		return a.quit(), true
	}
	if answers {
		a.notice = notice{}
	}
	return nil, answers
}

// backOrQuit goes back, and at the first view asks whether to quit: who goes
// back by a key presses it once too often.
func (a *App) backOrQuit() {
	if a.pop() {
		return
	}
	stops := ""
	if len(a.walks) > 0 { // The first of them, with the keys, fits the line.
		stops = " the " + table.Clean(a.walks[0].Title()) + " stops in the middle:"
	}
	question := "quit skep?" + stops + a.opt.Keys.Spell(" {quit} quits, {leave} stays", quitScopes, a.keyName)
	lay(a.workspace, &quitting{question})
	a.say(theme.Warning, question)
	a.notice.until = time.Time{}
}

func (w *workspace) quit() tea.Cmd {
	w.closeScreens(w.screens)
	return tea.Quit
}
