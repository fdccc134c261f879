package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/theme"
)

// env is the console as the screens of a workspace see it.
type env struct {
	app *App
	of  *workspace
}

// env is the environment of the screens that are shown.
func (a *App) env() env { return env{a, a.workspace} }

// Open implements screen.Env.
func (e env) Open(s screen.Screen) tea.Cmd {
	if n, ok := s.(screen.Narrowed); ok && n.Stack() != "" {
		e.of.chooseStack(n.Stack())
	}
	return e.of.push(s)
}

// Back implements screen.Env.
func (e env) Back() { e.of.pop() }

// Describe implements screen.Env.
func (e env) Describe(o screen.Object, yaml bool) tea.Cmd { return e.app.describe(o, yaml) }

// Connect implements screen.Env.
func (e env) Connect(name string) tea.Cmd { return e.app.switchContext(name) }

// Follow implements screen.Env.
func (e env) Follow(o screen.Object) tea.Cmd { return e.app.openLogs(o) }

// Act implements screen.Env.
func (e env) Act(verb string, on ...screen.Object) (tea.Cmd, string) {
	targets := targetsOf(on)
	if reason := e.app.writeReason(verb, targets); reason != "" {
		return nil, reason
	}
	return e.app.openDialog(verb, targets, nil), ""
}

// Ask implements screen.Env.
func (e env) Ask(kind keys.Command) { e.app.askPattern(kind) }

// Say implements screen.Env.
func (e env) Say(role theme.Role, text string) { e.app.say(role, text) }

// Inspect implements screen.Env.
func (e env) Inspect(ref model.Ref) (model.Document, error) {
	ctx, cancel := context.WithTimeout(e.app.ctx, inspectTimeout)
	defer cancel()
	if contexts := e.app.opt.Contexts; ref.Kind.Info().Elsewhere && contexts != nil {
		return contexts.Inspect(ref)
	}
	return e.of.backend.Documents.Inspect(ctx, ref)
}

// Key implements screen.Env.
func (e env) Key(cmd keys.Command) string { return e.app.keyOf(cmd) }

// Glyphs implements screen.Env.
func (e env) Glyphs() theme.Glyphs { return e.app.theme.Glyphs }
