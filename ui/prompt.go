package ui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// prompt is the line in which a command or a pattern is typed.
type prompt struct {
	kind  keys.Command // CommandLine, Filter or Search
	input textinput.Model
	err   string
	// before is the pattern to go back to when the prompt is left.
	before string
	// complete gives what may be typed for what was typed so far; nil for
	// nothing.
	complete func(value string) []string
}

// ask opens the prompt.
func (a *App) ask(kind keys.Command, value string, complete func(string) []string) {
	in := textinput.New()
	in.Prompt = ""
	in.SetVirtualCursor(false) // A blinking one of its own would never be idle.
	in.SetValue(value)
	in.CursorEnd()
	in.ShowSuggestions = complete != nil
	in.Focus()
	a.prompt = &prompt{kind: kind, input: in, before: value, complete: complete}
}

func (p *prompt) sign() string {
	if p.kind == keys.CommandLine {
		return ":"
	}
	return "/"
}

func (p *prompt) update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	p.suggest()
	return cmd
}

// suggest offers what may be typed.
func (p *prompt) suggest() {
	if p.complete != nil {
		p.input.SetSuggestions(p.complete(p.input.Value()))
	}
}

// render draws the line and says where the cursor is in it.
func (p *prompt) render(th *theme.Theme, width int) (string, int) {
	p.input.SetWidth(0)
	value := p.input.Value()
	before := table.Clean(string([]rune(value)[:min(p.input.Position(), len([]rune(value)))]))
	text := p.sign() + table.Clean(value)
	x := ansi.StringWidth(p.sign() + before)
	if over := x + 1 - width; over > 0 {
		text, x = ansi.TruncateLeft(text, over, ""), x-over
	}
	rest := width - ansi.StringWidth(text)
	if rest <= 0 {
		return ansi.Truncate(text, width, ""), min(x, max(0, width-1))
	}
	hint := ""
	role := theme.Dim
	switch {
	case p.err != "":
		hint, role = "  "+p.err, theme.Broken
	case p.input.ShowSuggestions && value != "" && len(p.input.MatchedSuggestions()) > 0:
		hint = p.hint(value)
	}
	return text + th.Paint(role, ansi.Truncate(table.Clean(hint), rest, th.Glyphs.Ellipsis)), x
}

// hint is the rest of what tab would complete, and the last words of all that
// it could be.
func (p *prompt) hint(value string) string {
	matched := p.input.MatchedSuggestions()
	hint := ""
	if s := p.input.CurrentSuggestion(); len(s) > len(value) {
		hint = s[len(value):]
	}
	if len(matched) == 1 {
		return hint
	}
	words := make([]string, min(len(matched), 6))
	for i := range words {
		words[i] = matched[i][strings.LastIndexByte(matched[i], ' ')+1:]
	}
	return hint + "   " + strings.Join(words, " ")
}

// promptKey is a key while the prompt is open.
func (a *App) promptKey(msg tea.KeyPressMsg) tea.Cmd {
	p := a.prompt
	switch msg.String() {
	case "ctrl+c":
		return a.quit()
	case "esc":
		if p.kind != keys.CommandLine {
			a.setPattern(p.before)
		}
		a.prompt = nil
		return nil
	case "enter":
		value := p.input.Value()
		if p.kind == keys.CommandLine {
			a.prompt = nil
			return a.command(value)
		}
		if a.setPattern(value) {
			a.prompt = nil
		}
		return nil
	case "backspace":
		if p.input.Value() == "" {
			a.prompt = nil
			return nil
		}
	}
	cmd := p.update(msg)
	p.err = ""
	if p.kind != keys.CommandLine {
		// The rows follow what is typed; a pattern that is not one yet keeps
		// the rows of the last that was.
		a.setPattern(p.input.Value())
	}
	return cmd
}

// setPattern filters or searches the screen; false if the pattern is wrong.
func (a *App) setPattern(pattern string) bool {
	s := a.searcher()
	if s == nil {
		return true
	}
	if err := s.SetPattern(pattern); err != nil {
		if a.prompt != nil {
			a.prompt.err = err.Error()
		}
		return false
	}
	return true
}

// paste puts pasted text into what is being typed; elsewhere it is not taken
// for keys.
func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	msg.Content = table.Clean(msg.Content)
	switch {
	case a.dialog != nil:
		return a.dialog.paste(msg)
	case a.prompt != nil:
		cmd := a.prompt.update(msg)
		if a.prompt.kind != keys.CommandLine {
			a.setPattern(a.prompt.input.Value())
		}
		return cmd
	}
	return nil
}
