package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/subject"
	"skep/ui/theme"
	"skep/ui/views"
)

// pageScopes are where keys are looked up while a page is shown.
var pageScopes = []keys.Scope{keys.Text, keys.Everywhere}

// reason is why a binding cannot be used now; empty if it can.
func (a *App) reason(b keys.Binding) string {
	if why := handlerOf(b).reason; why != nil {
		return a.spell(why(a, b))
	}
	return ""
}

// rowReason is why a binding can do nothing where the cursor is on no row.
func (a *App) rowReason(b keys.Binding) string {
	if _, ok := a.subject(b); !ok {
		return "no row is selected"
	}
	return ""
}

// screenReason is why the screen cannot do what a binding asks for.
func (w *workspace) screenReason(b keys.Binding) string {
	if r, ok := w.top().(screen.Reasoner); ok {
		return r.Reason(b.Command)
	}
	return ""
}

// subject is what a binding is for: of what the screen is about the first of the
// kind that the binding's scope is for, or else the first of all.
func (w *workspace) subject(b keys.Binding) (screen.Object, bool) {
	if !views.ForObjects(b.Scope) {
		o := w.current()
		return o, o.Ref != (model.Ref{})
	}
	for _, o := range w.top().Subjects() {
		if views.KeysOf(o.Ref.Kind) == b.Scope {
			return o, true
		}
	}
	return screen.Object{}, false
}

// press is a binding with the one of its keys that was pressed.
type press struct {
	keys.Binding
	key string
}

// handler does what a binding asks for.
type handler struct {
	do func(*App, press) tea.Cmd
	// reason is why it cannot be done now; nil for something that always can.
	reason func(*App, keys.Binding) string
}

// dispatch does what a binding asks for.
func (a *App) dispatch(b keys.Binding, key string) tea.Cmd { return handlerOf(b).do(a, press{b, key}) }

// handlerOf is what does what a binding asks for: an action, a verb of the
// subject, the root, or else the screen.
func handlerOf(b keys.Binding) handler {
	if b.Writes() {
		return handler{(*App).act, (*App).actionReason}
	}
	if v, ok := subject.Find(b.Command); ok {
		return onSubject(v)
	}
	if h, ok := handlers[b.Command]; ok {
		return h
	}
	return handler{(*App).passToScreen, (*App).screenReason}
}

// onSubject does a verb to what a binding is for.
func onSubject(v subject.Verb) handler {
	return handler{
		do: func(a *App, p press) tea.Cmd {
			o, _ := a.subject(p.Binding)
			return v.Do(a.env(), o)
		},
		reason: func(a *App, b keys.Binding) string {
			if why := a.rowReason(b); why != "" || v.Reason == nil {
				return why
			}
			o, _ := a.subject(b)
			return v.Reason(a.env(), o)
		},
	}
}

func (a *App) passToScreen(p press) tea.Cmd { return a.top().Do(a.env(), p.Command) }

// handlers are what the root does itself.
var handlers map[keys.Command]handler

func init() { // A literal would refer to itself through the help screen.
	does := func(f func(*App)) handler {
		return handler{do: func(a *App, _ press) tea.Cmd { f(a); return nil }}
	}
	starts := func(f func(*App) tea.Cmd) handler {
		return handler{do: func(a *App, _ press) tea.Cmd { return f(a) }}
	}
	handlers = map[keys.Command]handler{
		keys.CommandLine: starts((*App).openCommandLine),
		keys.GoOver:      starts((*App).goOver),
		keys.Help:        does((*App).openHelp),
		keys.Escape:      does((*App).clearOrBack),
		keys.Back:        does((*App).backOrQuit),
		keys.Previous:    does((*App).swap),
		keys.Problems:    starts((*App).openProblems),
		keys.UndoLast:    {do: func(a *App, _ press) tea.Cmd { return a.undoLast() }, reason: (*App).undoReason},
		keys.Beside:      {do: func(a *App, _ press) tea.Cmd { return a.besideCommand() }, reason: func(a *App, _ keys.Binding) string { return a.cannotWrite() }},
		keys.Order:       starts((*App).changeOrder),
		keys.AllStacks:   does(func(a *App) { a.narrow("") }),
		keys.RecentStack: {do: func(a *App, p press) tea.Cmd { a.chooseNumber(p.key); return nil }},
		keys.Copy:        starts((*App).copy),
		keys.Refresh:     starts((*App).refresh),
		keys.Redraw:      starts(func(*App) tea.Cmd { return tea.ClearScreen }),
		keys.Quit:        starts((*App).quit),
		keys.Enter:       {do: (*App).passToScreen, reason: (*App).rowReason},
	}
}

func (a *App) askPattern(kind keys.Command) {
	if asker, ok := a.top().(screen.Asker); ok && a.cover() == nil {
		if label, value := asker.Asks(kind); label != "" {
			a.ask(kind, value, nil).label = label
			return
		}
	}
	s := a.searcher(kind)
	if s == nil {
		return
	}
	value := s.Pattern()
	if kind == keys.Search {
		value = "" // A filter is narrowed further; a search is a new one.
	}
	p := a.ask(kind, value, nil)
	p.before = s.Pattern()
	_, p.finds = a.top().(screen.Finder)
	p.finds = p.finds && kind == keys.Search && a.cover() == nil
}

// searcher is what a pattern of a prompt is for now; nil for nothing.
func (w *workspace) searcher(kind keys.Command) screen.Searcher {
	if c := w.cover(); c != nil {
		s, _ := c.(screen.Searcher)
		return s
	}
	if f, ok := w.top().(screen.Finder); ok && kind == keys.Search {
		return f.Finder()
	}
	s, _ := w.top().(screen.Searcher)
	return s
}

// readAnew reads the screen anew, if it is one that can be.
func (w *workspace) readAnew() tea.Cmd {
	if r, ok := w.top().(screen.Refresher); ok {
		return r.Refresh()
	}
	return nil
}

// refresh asks the engine now.
func (a *App) refresh() tea.Cmd {
	a.backend.Feed.Refresh()
	a.say(theme.Dim, "refreshing")
	if cmd := a.readTop(); cmd != nil {
		return cmd
	}
	return a.readAnew()
}

// openProblems lists what is wrong; during an outage that is the outage.
func (a *App) openProblems() tea.Cmd {
	if a.cluster != nil && a.cluster.Outage != nil && !a.cluster.Outage.Waiting {
		lay(a.workspace, newPage("outage", a.troubleText(a.cluster.Outage)))
		return nil
	}
	if slices.Contains(a.top().Scopes(), keys.ProblemList) {
		a.say(theme.Dim, "this is the list of problems")
		return nil
	}
	return a.push(views.Problems.Open(views.Scope{}))
}
