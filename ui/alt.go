package ui

import (
	"unicode"

	tea "charm.land/bubbletea/v2"
)

// editing are the keys with alt that a field of text knows.
var editing = map[string]bool{
	"alt+b": true, "alt+f": true, "alt+d": true, "alt+c": true, "alt+u": true, "alt+l": true,
	"alt+backspace": true, "alt+delete": true,
}

// splitAlt takes a key with alt apart into the escape key and the key, where
// nothing is bound to both. A terminal sends esc for alt, so an escape key and
// one that was typed right behind it, such as ctrl+c, look like that.
func (a *App) splitAlt(msg tea.KeyPressMsg) (key tea.KeyPressMsg, ok bool) {
	name := msg.String()
	if msg.Mod&tea.ModAlt == 0 || msg.Code > unicode.MaxRune {
		return msg, false
	}
	if _, bound := a.opt.Keys.Find(a.scopes(), name); bound {
		return msg, false
	}
	if editing[name] && (a.prompt() != nil || a.dialog() != nil) {
		return msg, false
	}
	return withoutAlt(msg), true
}

// withoutAlt is the key itself, with the text that it would have had.
func withoutAlt(key tea.KeyPressMsg) tea.KeyPressMsg {
	key.Mod &^= tea.ModAlt
	shown := key.Code
	if key.Mod == tea.ModShift {
		shown = max(key.ShiftedCode, unicode.ToUpper(key.Code))
	}
	if key.Mod&^tea.ModShift == 0 && unicode.IsPrint(shown) {
		key.Text = string(shown)
	}
	return key
}
