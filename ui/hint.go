package ui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/ui/keys"
	"skep/ui/theme"
)

// hintKeys are the keys by which all the others are found.
var hintKeys = []keys.Command{keys.Help, keys.CommandLine, keys.Problems}

// hint is the line under the list at the very first start: the few keys by
// which all the others are found.
func (a *App) hint() string {
	var parts []string
	for _, cmd := range hintKeys {
		b := a.opt.Keys.Of(a.scopes(), cmd)
		parts = append(parts, a.theme.Paint(theme.Key, a.keyName(b.Keys[0]))+a.theme.Paint(theme.Dim, " "+b.Title))
	}
	line := " " + strings.Join(parts, "  ") + a.theme.Paint(theme.Dim, "  -  any key hides this line")
	return ansi.Truncate(line, max(0, a.width), a.theme.Glyphs.Ellipsis)
}

// hideHint takes the line away for good, if it was there to be read.
func (a *App) hideHint() tea.Cmd {
	if !a.hinting || a.layout().hint == 0 {
		return nil
	}
	a.hinting = false
	read := a.opt.HintRead
	if read == nil {
		return nil
	}
	return func() tea.Msg {
		_ = read() // If it cannot be remembered, the line is there again.
		return nil
	}
}
