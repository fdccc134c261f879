// Package key makes the messages of keys from their names, for tests and
// snapshots that press them.
package key

import (
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
)

var named = map[string]tea.KeyPressMsg{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab},
	"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
	"pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd},
	"space": {Code: tea.KeySpace, Text: " "}, "backspace": {Code: tea.KeyBackspace},
}

var modifiers = []struct {
	prefix string
	mod    tea.KeyMod
}{{"ctrl+", tea.ModCtrl}, {"shift+", tea.ModShift}, {"alt+", tea.ModAlt}}

// Press is the message of a key by its name, such as "j", "enter", "ctrl+d".
func Press(name string) tea.KeyPressMsg {
	for _, m := range modifiers {
		if rest, ok := strings.CutPrefix(name, m.prefix); ok {
			msg := Press(rest)
			msg.Mod, msg.Text = msg.Mod|m.mod, ""
			return msg
		}
	}
	if msg, ok := named[name]; ok {
		return msg
	}
	r, _ := utf8.DecodeRuneInString(name)
	return tea.KeyPressMsg{Code: r, Text: name}
}
