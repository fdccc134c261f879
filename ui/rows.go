package ui

import (
	tea "charm.land/bubbletea/v2"

	"skep/ui/screen"
)

// rowsMsg brings the rows that a screen wanted, made away from Update.
type rowsMsg struct {
	screen screen.Screen
	rows   any
}

// makeRows makes the rows that the screen waits for, one list at a time.
func (a *App) makeRows() tea.Cmd {
	top := a.top()
	p, ok := top.(screen.Preparer)
	if !ok || !p.Behind() || a.making {
		return nil
	}
	a.making = true
	prepare, data := p.Prepare(), a.data(top)
	return func() tea.Msg { return rowsMsg{top, prepare(data)} }
}

func (a *App) takeRows(msg rowsMsg) {
	a.making = false
	if p, ok := msg.screen.(screen.Preparer); ok && msg.screen == a.top() {
		p.Adopt(msg.rows)
	}
}
