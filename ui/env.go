package ui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"skep/internal/logstream"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/subject"
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

// OpenAt implements screen.Env.
func (e env) OpenAt(s screen.Mover, at model.Ref) tea.Cmd {
	s.Show(e.app.data(s))
	s.MoveTo(at)
	return e.Open(s)
}

// Do implements screen.Env.
func (e env) Do(cmd keys.Command, o screen.Object) tea.Cmd {
	if v, ok := subject.Find(cmd); ok {
		return v.Do(e, o)
	}
	return nil
}

// Connect implements screen.Env.
func (e env) Connect(name string) tea.Cmd { return e.app.switchContext(name) }

// Act implements screen.Env.
func (e env) Act(verb string, values map[string]string, on ...screen.Object) tea.Cmd {
	return e.app.openDialog(verb, targetsOf(on), values)
}

// Refuses implements screen.Env.
func (e env) Refuses(verb string, on ...screen.Object) string {
	return e.app.writeReason(verb, targetsOf(on))
}

// Acknowledge implements screen.Env.
func (e env) Acknowledge(mark string) tea.Cmd {
	e.of.backend.Feed.Acknowledge(mark)
	keep := e.app.opt.Acknowledge
	if keep == nil {
		return nil
	}
	return func() tea.Msg {
		_ = keep(mark) // If it cannot be remembered, the next process shows it again.
		return nil
	}
}

// Ask implements screen.Env.
func (e env) Ask(kind keys.Command) { e.app.askPattern(kind) }

// Say implements screen.Env.
func (e env) Say(role theme.Role, text string) { e.app.say(role, text) }

// Snapshot implements screen.Env.
func (e env) Snapshot() *model.Cluster { return e.of.cluster }

// Screen implements screen.Env.
func (e env) Screen() screen.Screen { return e.of.top() }

// ReadOnly implements screen.Env.
func (e env) ReadOnly() string { return e.app.readOnly() }

// Demo implements screen.Env.
func (e env) Demo() bool { return e.of.backend.Demo }

// Logs implements screen.Env.
func (e env) Logs() (context.Context, logstream.Opener) { return e.app.ctx, e.of.backend.Logs }

// LogLimits implements screen.Env.
func (e env) LogLimits() screen.LogLimits { return e.app.opt.Logs }

// Inspect implements screen.Env.
func (e env) Inspect(ref model.Ref) (model.Document, error) {
	ctx, cancel := context.WithTimeout(e.app.ctx, inspectTimeout)
	defer cancel()
	if read := e.of.keepers[ref.Kind]; read != nil {
		return read(ctx, ref)
	}
	return e.of.backend.Documents.Inspect(ctx, ref)
}

// Export implements screen.Env.
func (e env) Export(c *model.Cluster, stack string, hide bool) (string, int, error) {
	return e.app.opt.Export(c, e.Inspect, stack, hide)
}

// Exports implements screen.Env.
func (e env) Exports() bool { return e.app.opt.Export != nil }

// Key implements screen.Env.
func (e env) Key(cmd keys.Command) string { return e.app.keyOf(cmd) }

// Glyphs implements screen.Env.
func (e env) Glyphs() theme.Glyphs { return e.app.theme.Glyphs }
