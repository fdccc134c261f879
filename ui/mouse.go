package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/theme"
)

// pointer is the mouse.
type pointer struct {
	mouse   bool // it is on
	clicked clicked
}

// clicked is the row that was clicked last, and where.
type clicked struct {
	screen screen.Screen
	row    model.Ref
}

// Filter is for tea.WithFilter. The mode that reports clicks and the wheel also
// reports where the mouse is dragged, which nothing here asks for: it is
// dropped before the screen is made anew for it. A window is clamped here too,
// before Bubble Tea makes buffers of its size.
func Filter(_ tea.Model, msg tea.Msg) tea.Msg {
	switch msg := msg.(type) {
	case tea.MouseMotionMsg, tea.MouseReleaseMsg:
		return nil
	case tea.WindowSizeMsg:
		msg.Width, msg.Height = Clamp(msg.Width, msg.Height)
		return msg
	}
	return msg
}

// mouseHelp says how to select text while the mouse is on.
const mouseHelp = "mouse on: shift+drag selects text (iTerm2: option+drag); :mouse switches it off"

// setMouse switches the mouse on or off.
func (a *App) setMouse(on bool) {
	a.mouse, a.clicked = on, clicked{}
	if on {
		a.say(theme.Good, mouseHelp)
		return
	}
	a.say(theme.Dim, "mouse off: the terminal's own selection is back")
}

// click is a press of a button. It chooses rows and orders of a list, and opens
// rows. It never answers a dialog, a prompt or a page, and what it opens never
// writes.
func (a *App) click(m tea.MouseClickMsg) tea.Cmd {
	s, ok := a.top().(screen.Pointed)
	if !ok || !a.mouse || m.Button != tea.MouseLeft || m.Mod != 0 || a.busy() {
		return nil
	}
	a.blurred = false // As with a key.
	a.notice = notice{}
	l := a.layout()
	y := m.Y - l.above()
	if y >= l.body {
		// The error under the list is of the selected row. Where that is the
		// last one, the error comes up under the pointer.
		if o, ok := s.Current(); ok && y < l.body+l.rowError {
			return a.clickRow(s, o.Row)
		}
		return nil
	}
	p, ok := s.At(m.X, y)
	switch {
	case !ok:
		return nil
	case p.Column >= 0:
		s.SortOn(p.Column)
		return nil
	}
	return a.clickRow(s, p.Row)
}

// busy reports whether something lies over the screen that a click does not
// answer. The question whether to quit goes away with it.
func (w *workspace) busy() bool {
	return slices.ContainsFunc(w.overlays, func(o overlay) bool { _, asks := o.(*quitting); return !asks })
}

// clickRow selects a row. If it was selected by a click already, it is opened,
// like with the enter key.
func (a *App) clickRow(s screen.Pointed, row model.Ref) tea.Cmd {
	this := clicked{a.top(), row}
	if o, ok := s.Current(); ok && o.Row == row && a.clicked == this {
		a.clicked = clicked{}
		return a.passToScreen(press{a.opt.Keys.Of(a.scopes(), keys.Enter), ""})
	}
	if s.MoveTo(row) {
		a.clicked = this
	}
	return nil
}

// wheel scrolls what is shown; nothing but that, also in a dialog.
func (a *App) wheel(m tea.MouseWheelMsg) tea.Cmd {
	rows := wheelRows
	switch m.Button {
	case tea.MouseWheelUp:
		rows = -rows
	case tea.MouseWheelDown:
	default:
		return nil
	}
	if s := a.scroller(); s != nil && a.mouse {
		s.Scroll(rows)
		return a.askMoved()
	}
	return nil
}

// scroller is what the wheel scrolls now; nil for nothing.
func (w *workspace) scroller() screen.Scroller {
	if c := w.cover(); c != nil {
		return c
	}
	s, _ := w.top().(screen.Scroller)
	return s
}
