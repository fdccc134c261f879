package ui

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/viewport"
)

// prompt is the line in which a command or a pattern is typed.
type prompt struct {
	kind  keys.Command // CommandLine, Filter or Search
	input textinput.Model
	err   string
	// before is the pattern to go back to when the prompt is left.
	before string
	// label is what the screen asks for, if it is neither a filter nor a search.
	label string
	// finds is set where a search is not what "/" is for.
	finds  bool
	offers offers
	past   recall
}

// ask opens the prompt.
func (a *App) ask(kind keys.Command, value string, complete func(string) []string) *prompt {
	in := newInput(value)
	in.Focus()
	p := &prompt{
		kind: kind, input: in, before: value,
		offers: offers{complete: complete}, past: newRecall(a.history[kind]),
	}
	lay(a.workspace, p)
	return p
}

// more implements bar.
func (p *prompt) more(a *App) int { return len(p.errLines(a.width)) }

// drawBar implements bar: the error stands above the line.
func (p *prompt) drawBar(a *App, height int) ([]string, int) {
	var out []string
	for _, e := range p.errLines(a.width)[:height-1] {
		out = append(out, a.theme.Paint(theme.Broken, e))
	}
	line, x := p.render(a.theme, a.width)
	return append(out, line), x
}

// sifts reports whether the rows follow what is typed.
func (p *prompt) sifts() bool { return p.kind != keys.CommandLine && p.label == "" }

func (p *prompt) sign() string {
	switch {
	case p.kind == keys.CommandLine:
		return ":"
	case p.label != "":
		return p.label + " "
	case p.finds:
		return "find "
	}
	return "/"
}

// set puts a text in place of what was typed.
func (p *prompt) set(value string) {
	p.input.SetValue(value)
	p.input.CursorEnd()
	p.err = ""
}

// update is a key, or another message, for the line itself.
func (p *prompt) update(msg tea.Msg) tea.Cmd {
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	if p.input.Value() != before {
		p.err = ""
		p.suggest()
	}
	return cmd
}

// suggest offers what may be typed.
func (p *prompt) suggest() { p.offers.find(p.input.Value()) }

// errLines are the lines of the error above the prompt; none where it fits
// behind what was typed.
func (p *prompt) errLines(width int) []string {
	if p.err == "" || width <= 0 || table.Width(p.sign()+p.input.Value()+p.err)+3 <= width {
		return nil
	}
	lines := viewport.Wrap(table.Clean(p.err), width)
	return lines[:min(len(lines), promptErrLines)]
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
	switch {
	case p.err != "" && len(p.errLines(width)) == 0:
		hint = th.Paint(theme.Broken, "  "+table.Clean(p.err))
	case p.err == "" && value != "":
		hint = p.offers.hint(th, value)
	}
	return text + ansi.Truncate(hint, rest, th.Glyphs.Ellipsis), x
}

// key implements overlay: a prompt takes every key.
func (p *prompt) key(a *App, msg tea.KeyPressMsg) (tea.Cmd, bool) { return a.promptKey(p, msg), true }

func (a *App) promptKey(p *prompt, msg tea.KeyPressMsg) tea.Cmd {
	switch cmd := a.opt.Keys.Over(keys.Prompts, msg.String()); cmd {
	case keys.Quit:
		return a.quit()
	case keys.Leave:
		if p.sifts() {
			a.setPattern(p.kind, p.before)
		}
		a.lift(p)
		return nil
	case keys.Take:
		return a.promptEnter()
	case keys.Complete, keys.CompletePre:
		step := 1
		if cmd == keys.CompletePre {
			step = -1
		}
		if value, ok := p.offers.cycle(p.input.Value(), step); ok {
			p.set(value)
		}
		return nil
	case keys.Older:
		a.recall(-1)
		return nil
	case keys.Newer:
		a.recall(1)
		return nil
	}
	if msg.String() == "backspace" && p.input.Value() == "" {
		a.lift(p)
		return nil
	}
	cmd := p.update(msg)
	a.followPrompt()
	return cmd
}

// followPrompt lets the rows follow what is typed; a pattern that is not one
// yet keeps the rows of the last that was.
func (w *workspace) followPrompt() {
	if p := w.prompt(); p.sifts() {
		w.setPattern(p.kind, p.input.Value())
	}
}

// recall goes through what was typed before.
func (w *workspace) recall(step int) {
	p := w.prompt()
	if value, ok := p.past.step(p.input.Value(), step); ok {
		p.set(value)
		p.suggest()
		w.followPrompt()
	}
}

// promptEnter takes what was typed. What cannot be taken stays, to be mended.
func (a *App) promptEnter() tea.Cmd {
	p := a.prompt()
	value := p.input.Value()
	if asker, ok := a.top().(screen.Asker); ok && p.label != "" {
		cmd, err := asker.Answer(p.kind, value)
		if err != nil {
			p.err = model.MaskError(err)
			return nil
		}
		a.lift(p)
		return cmd
	}
	if p.sifts() {
		if !a.setPattern(p.kind, value) {
			return nil
		}
		a.lift(p)
		return a.remember(p.kind, value)
	}
	a.lift(p) // The command may open something else in its place.
	cmd, err := a.command(value)
	if err != nil {
		p.err = model.MaskError(err)
		lay(a.workspace, p)
		return nil
	}
	return tea.Batch(cmd, a.remember(p.kind, value))
}

// setPattern filters or searches the screen; false if the pattern is wrong.
func (w *workspace) setPattern(kind keys.Command, pattern string) bool {
	s := w.searcher(kind)
	if s == nil {
		return true
	}
	if err := s.SetPattern(pattern); err != nil {
		if p := w.prompt(); p != nil {
			p.err = model.MaskError(err)
		}
		return false
	}
	return true
}

// paste implements typed.
func (p *prompt) paste(a *App, msg tea.PasteMsg) tea.Cmd {
	cmd := p.update(msg)
	a.followPrompt()
	return cmd
}

// paste puts pasted text into what is being typed; elsewhere it is not taken
// for keys.
func (a *App) paste(msg tea.PasteMsg) tea.Cmd {
	msg.Content = table.Clean(msg.Content)
	if t := over[typed](a.workspace); t != nil {
		return t.paste(a, msg)
	}
	return nil
}
