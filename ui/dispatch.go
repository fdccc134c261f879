package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/document"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/theme"
	"skep/ui/views"
)

// pageScopes are where keys are looked up while a page is shown.
var pageScopes = []keys.Scope{keys.Text, keys.Everywhere}

// reason is why a binding cannot be used now; empty if it can.
func (a *App) reason(b keys.Binding) string {
	if why := handlerOf(b).reason; why != nil {
		return why(a, b)
	}
	return ""
}

// subjectReason is why something cannot be done with the subject of a binding.
func (a *App) subjectReason(b keys.Binding) string {
	o, ok := a.subject(b)
	if !ok {
		return "no row is selected"
	}
	return a.objectReason(b.Command, o)
}

// screenReason is why the screen cannot do what a binding asks for.
func (w *workspace) screenReason(b keys.Binding) string {
	if r, ok := w.top().(screen.Reasoner); ok {
		return r.Reason(b.Command)
	}
	return ""
}

// objectReason is why something cannot be done with an object.
func (a *App) objectReason(cmd keys.Command, o screen.Object) string {
	switch {
	case cmd == keys.LogsCommand && a.follows(o.Ref):
		return "this is its log"
	case cmd == keys.Users && a.listsUsers(o.Ref):
		return "these are the services that use it"
	case cmd == keys.YAML && !o.Ref.Kind.Info().Inspectable():
		return "the engine has no " + string(o.Ref.Kind) + " objects"
	case cmd == keys.LastFailed:
		switch t := a.lastFailed(o); {
		case t == nil:
			return "no failed task is known"
		case a.follows(t.ID.Ref()):
			return "this is its log"
		}
	case cmd == keys.Node:
		if t := a.task(o); t == nil || t.NodeID == "" {
			return "the task is not assigned to a node"
		}
	case cmd == keys.Shell:
		return a.shellReason(o)
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

// handlerOf is what does what a binding asks for: an action, the root, or else
// the screen.
func handlerOf(b keys.Binding) handler {
	if b.Writes() {
		return handler{(*App).act, (*App).actionReason}
	}
	if h, ok := handlers[b.Command]; ok {
		return h
	}
	return handler{(*App).passToScreen, (*App).screenReason}
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
	onSubject := func(f func(*App, screen.Object) tea.Cmd) handler {
		return handler{reason: (*App).subjectReason, do: func(a *App, p press) tea.Cmd {
			o, _ := a.subject(p.Binding)
			return f(a, o)
		}}
	}
	acknowledge := starts((*App).acknowledge)
	acknowledge.reason = func(a *App, _ keys.Binding) string { return a.acknowledgeReason() }
	handlers = map[keys.Command]handler{
		keys.CommandLine: starts((*App).openCommandLine),
		keys.GoOver:      starts((*App).goOver),
		keys.Help:        does((*App).openHelp),
		keys.Escape:      does((*App).clearOrBack),
		keys.Back:        does((*App).backOrQuit),
		keys.Previous:    does((*App).swap),
		keys.Problems:    starts((*App).openProblems),
		keys.Order:       starts((*App).changeOrder),
		keys.Acknowledge: acknowledge,
		keys.AllStacks:   does(func(a *App) { a.narrow("") }),
		keys.RecentStack: {do: func(a *App, p press) tea.Cmd { a.chooseNumber(p.key); return nil }},
		keys.Copy:        starts((*App).copy),
		keys.Refresh:     starts((*App).refresh),
		keys.Redraw:      starts(func(*App) tea.Cmd { return tea.ClearScreen }),
		keys.Quit:        starts((*App).quit),
		keys.Mend:        {do: func(a *App, _ press) tea.Cmd { return a.mend() }, reason: (*App).mendReason},
		keys.Concerned:   starts((*App).openConcerned),
		keys.Enter:       {do: (*App).passToScreen, reason: (*App).subjectReason},
		keys.Describe:    onSubject(func(a *App, o screen.Object) tea.Cmd { return a.describe(o, false) }),
		keys.YAML:        onSubject(func(a *App, o screen.Object) tea.Cmd { return a.describe(o, true) }),
		keys.LogsCommand: onSubject((*App).openLogs),
		keys.LastFailed:  onSubject((*App).openLastFailed),
		keys.Node:        onSubject((*App).openNode),
		keys.Shell:       onSubject((*App).openShell),
		keys.Users:       onSubject((*App).openUsers),
	}
}

func (w *workspace) quit() tea.Cmd {
	w.closeScreens(w.screens)
	return tea.Quit
}

func (a *App) askPattern(kind keys.Command) {
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
		lay(a.workspace, newPage("outage", troubleText(a.cluster.Outage)))
		return nil
	}
	if slices.Contains(a.top().Scopes(), keys.ProblemList) {
		a.say(theme.Dim, "this is the list of problems")
		return nil
	}
	return a.push(views.Problems.Open(views.Scope{}))
}

// describe opens the description of an object, or its YAML.
func (a *App) describe(o screen.Object, yaml bool) tea.Cmd {
	return a.push(document.New(a.env(), o, yaml))
}

// openUsers lists the services that use an object.
func (w *workspace) openUsers(o screen.Object) tea.Cmd {
	return w.push(views.Services.Open(views.Scope{Of: o.Ref}))
}

// listsUsers reports whether the screen lists the services that use an object.
func (w *workspace) listsUsers(r model.Ref) bool {
	return slices.Contains(w.top().Scopes(), keys.Services) && slices.ContainsFunc(w.top().Subjects()[1:], func(o screen.Object) bool { return o.Ref == r })
}

// openNode goes to the node of a task.
func (a *App) openNode(o screen.Object) tea.Cmd {
	t := a.task(o)
	if t == nil {
		return nil
	}
	list := views.Nodes.Open(views.Scope{})
	list.Show(a.data(list))
	list.MoveTo(t.NodeID.Ref())
	return a.push(list)
}
