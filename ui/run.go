package ui

import (
	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

// key routes a key: to what is open on top, or through the table.
func (a *App) key(msg tea.KeyPressMsg) tea.Cmd {
	switch {
	case a.dialog != nil:
		return a.dialogKey(msg)
	case a.prompt != nil:
		return a.promptKey(msg)
	case a.connecting != nil:
		return a.connectingKey(msg.String())
	}
	name := msg.String()
	if a.notice.text == quitQuestion {
		if cmd, done := a.quitKey(name); done {
			return cmd
		}
	}
	a.notice = notice{}
	scopes := a.scopes()
	switch {
	case a.page != nil:
		return a.pageKey(name)
	case a.trouble != nil:
		scopes = pageScopes
	}
	b, ok := keys.All.Find(scopes, name)
	if !ok {
		a.stray(name, scopes)
		return nil
	}
	if reason := a.reason(b); reason != "" {
		a.say(theme.Warning, a.keyName(name)+" "+b.Title+": "+reason)
		return nil
	}
	if a.trouble != nil && a.trouble.Run(b.Command) {
		return nil
	}
	return a.run(b, name)
}

// pageScopes are where keys are looked up while a page is shown.
var pageScopes = []keys.Scope{keys.Text, keys.Everywhere}

// pageKey is a key while a page is open.
func (a *App) pageKey(name string) tea.Cmd {
	b, ok := keys.All.Find(pageScopes, name)
	if !ok {
		a.stray(name, pageScopes)
		return nil
	}
	switch b.Command {
	case keys.Escape, keys.Back, keys.Help:
		a.page = nil
	case keys.CommandLine:
		a.page = nil
		return a.run(b, name)
	case keys.Quit, keys.Redraw, keys.Copy, keys.Refresh, keys.Search:
		return a.run(b, name)
	default:
		if !a.page.Run(b.Command) {
			a.say(theme.Dim, a.keyName(name)+" does nothing on this page; esc closes it")
		}
	}
	return nil
}

// reason is why a binding can not be used now; empty if it can.
func (a *App) reason(b keys.Binding) string {
	if b.Writes && a.opt.ReadOnly {
		return "skep was started with --read-only"
	}
	if b.Writes {
		return a.actionReason(b)
	}
	switch b.Command {
	case keys.Acknowledge:
		return a.acknowledgeReason()
	case keys.Left, keys.Right:
		if l, ok := a.top().(views.Screen); ok && b.Scope == keys.List {
			return l.Sideways(b.Command)
		}
	case keys.Enter, keys.Describe, keys.YAML, keys.LogsCommand, keys.LastFailed, keys.Node, keys.Shell:
		o, ok := a.current()
		if !ok {
			return "no row is selected"
		}
		return a.objectReason(b.Command, o)
	}
	return ""
}

// objectReason is why something can not be done with an object.
func (a *App) objectReason(cmd keys.Command, o screen.Object) string {
	switch {
	case cmd == keys.YAML && o.Ref.Kind == model.KindStack:
		return "the engine has no stack objects"
	case cmd == keys.LastFailed:
		if a.lastFailed(o) == nil {
			return "no failed task is known"
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

// current is the object under the cursor, or the one that is described.
func (a *App) current() (screen.Object, bool) {
	switch s := a.top().(type) {
	case screen.Selector:
		return s.Current()
	case *document:
		return s.object, true
	}
	return screen.Object{}, false
}

func (a *App) task(o screen.Object) *model.Task {
	if a.cluster == nil || o.Ref.Kind != model.KindTask {
		return nil
	}
	return a.cluster.Task(model.TaskID(o.Ref.ID))
}

// run does what a binding asks for.
func (a *App) run(b keys.Binding, name string) tea.Cmd {
	if b.Writes {
		return a.act(b)
	}
	if do, ok := handlers[b.Command]; ok {
		return do(a)
	}
	if b.Command == keys.RecentStack {
		a.chooseNumber(int(name[0] - '0'))
		return nil
	}
	a.top().Run(b.Command)
	return nil
}

// handlers are what the root does itself; everything else goes to the screen.
var handlers map[keys.Command]func(*App) tea.Cmd

func init() { // A literal would refer to itself through the help screen.
	handlers = map[keys.Command]func(*App) tea.Cmd{
		keys.CommandLine: (*App).openCommandLine,
		keys.Filter:      func(a *App) tea.Cmd { a.askPattern(keys.Filter); return nil },
		keys.Search:      func(a *App) tea.Cmd { a.askPattern(keys.Search); return nil },
		keys.Help:        func(a *App) tea.Cmd { a.openHelp(); return nil },
		keys.Escape:      func(a *App) tea.Cmd { a.clearOrBack(); return nil },
		keys.Back:        func(a *App) tea.Cmd { a.backOrQuit(); return nil },
		keys.Previous:    func(a *App) tea.Cmd { a.swap(); return nil },
		keys.Problems:    (*App).openProblems,
		keys.Order:       (*App).changeOrder,
		keys.Acknowledge: (*App).acknowledge,
		keys.AllStacks:   func(a *App) tea.Cmd { a.narrow(""); return nil },
		keys.Copy:        (*App).copy,
		keys.Refresh:     (*App).refresh,
		keys.Redraw:      func(*App) tea.Cmd { return tea.ClearScreen },
		keys.Quit:        (*App).quit,
		keys.Enter:       (*App).enter,
		keys.Describe:    func(a *App) tea.Cmd { return a.describe(false) },
		keys.YAML:        func(a *App) tea.Cmd { return a.describe(true) },
		keys.LogsCommand: (*App).openLogs,
		keys.LastFailed:  (*App).openLastFailed,
		keys.Node:        (*App).openNode,
		keys.Shell:       (*App).openShell,
	}
}

func (a *App) quit() tea.Cmd {
	a.closeScreens(a.screens)
	return tea.Quit
}

func (a *App) askPattern(kind keys.Command) {
	s := a.searcher()
	if s == nil {
		return
	}
	value := s.Pattern()
	if kind == keys.Search {
		value = "" // A filter is narrowed further; a search is a new one.
	}
	a.ask(kind, value, nil)
	a.prompt.before = s.Pattern()
}

// searcher is what a pattern is for now; nil for nothing.
func (a *App) searcher() screen.Searcher {
	if p := a.shownPage(); p != nil {
		return p
	}
	s, _ := a.top().(screen.Searcher)
	return s
}

// refresh asks the engine now.
func (a *App) refresh() tea.Cmd {
	a.backend.Feed.Refresh()
	a.say(theme.Dim, "refreshing")
	if d, ok := a.top().(*document); ok {
		return a.loadDocument(d)
	}
	return nil
}

// openProblems lists what is wrong; during an outage that is the outage.
func (a *App) openProblems() tea.Cmd {
	if a.cluster != nil && a.cluster.Outage != nil && !a.cluster.Outage.Waiting {
		a.page = newPage("outage", troubleText(a.cluster.Outage))
		return nil
	}
	if l, ok := a.top().(views.Screen); ok && l.Definition().Names()[0] == views.Problems.Name {
		a.say(theme.Dim, "this is the list of problems")
		return nil
	}
	return a.push(views.Problems.Open(views.Scope{}))
}

// openNode goes to the node of the task under the cursor.
func (a *App) openNode() tea.Cmd {
	o, _ := a.current()
	t := a.task(o)
	if t == nil {
		return nil
	}
	list := views.Nodes.Open(views.Scope{})
	list.Show(table.Frame{Cluster: a.cluster, Now: a.now})
	list.MoveTo(t.NodeID.Ref())
	return a.push(list)
}
