package ui

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"skep/internal/safetext"
	"skep/ui/screen"
	"skep/ui/theme"
)

// Multiplexer is a program between the console and the terminal, which needs to
// be asked to hand a sequence on.
type Multiplexer string

// The multiplexers; none is the zero value.
const (
	Tmux   Multiplexer = "tmux"
	Screen Multiplexer = "screen"
)

// clipboard is the sequence that puts a text into the terminal's clipboard.
func (m Multiplexer) clipboard(text string) string {
	seq := ansi.SetSystemClipboard(text)
	switch m {
	case Tmux:
		// tmux takes the first with set-clipboard on, and hands the second on
		// with allow-passthrough on; otherwise it drops either.
		return seq + ansi.TmuxPassthrough(seq)
	case Screen:
		return ansi.ScreenPassthrough(seq, screenString)
	}
	return seq
}

// copy sends the text of the screen, or the name of the object, to the
// terminal's clipboard.
func (a *App) copy() tea.Cmd {
	text, what := a.copied()
	if text == "" {
		a.say(theme.Dim, "there is nothing to copy")
		return nil
	}
	if len(text) > copyLimit {
		text = strings.ToValidUTF8(text[len(text)-copyLimit:], "")
		what = "the last part of the text"
	}
	a.say(theme.Good, "sent "+what+" to the terminal's clipboard")
	seq, buffer, ctx := a.multiplexer.clipboard(text), a.opt.Buffer, a.ctx
	if buffer == nil {
		return tea.Raw(seq)
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, bufferTimeout)
		defer cancel()
		if buffer(ctx, text) == nil {
			return nil
		}
		return tea.RawMsg{Msg: seq}
	}
}

// copied is what there is to copy, and what it is called. It may end up in a
// shell.
func (a *App) copied() (text, what string) {
	for _, s := range []any{a.cover(), a.top()} {
		t, ok := s.(screen.Texter)
		if !ok {
			continue
		}
		what = "the text"
		if n, ok := s.(screen.TextNamer); ok {
			what = n.TextName()
		}
		return safetext.Lines(t.Text()), what
	}
	o := a.current()
	return safetext.Line(o.Name), o.Name // A shell takes what stands before a new line for a command.
}

// askTerminal asks what the terminal is where the environment leaves two
// possible: over SSH it has neither TMUX nor STY, and both programs may call
// themselves screen.
func (a *App) askTerminal() tea.Cmd {
	if a.multiplexer != Screen {
		return nil
	}
	return tea.RequestTerminalVersion
}

// takeTerminal takes the answer, which tmux gives and GNU screen does not.
func (a *App) takeTerminal(msg tea.TerminalVersionMsg) {
	if a.multiplexer == Screen && strings.HasPrefix(msg.Name, "tmux ") {
		a.multiplexer = Tmux
	}
}
