package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/keys"
	"skep/ui/theme"
	"skep/ui/views"
)

// command is something that can be typed after the colon. Dispatch, completion,
// the help screen and the README are made from the one table of them.
type command struct {
	// names are what it is called; the first is the one shown.
	names []string
	// arg is what may follow, by what it is shown as; empty for nothing.
	arg string
	// help says in a sentence what it does.
	help string
	// complete are the words that may follow; nil for none.
	complete func(a *App) []string
	// run does it; an error says why it cannot be done as it was typed.
	run func(a *App, arg string) (tea.Cmd, error)
}

// commands is the table; every view is a command as well, see viewCommand.
var commands []command

func init() { // A literal would refer to itself through the help screen.
	commands = []command{
		{names: []string{"ctx", "context"}, arg: "NAME", help: "switch to another docker context",
			complete: func(a *App) []string { return slices.Clone(a.contexts()) }, run: (*App).contextCommand},
		{names: []string{"newest"}, help: "preview the update of all services in scope to the newest images",
			run: (*App).newestCommand},
		{names: []string{"deploy"}, arg: "FILE", help: "preview the deployment of a compose file on the stack on the screen, or on the one named behind it; with --prune, --keep-drift or --rotate SECRET without asking; with --env-file FILE; with --beside as a stack of its own beside it, without requests",
			run: (*App).deployCommand},
		{names: []string{"discovery"}, arg: "NAME", help: "who finds whom: of a service or network",
			complete: (*App).discoverable, run: (*App).discoveryCommand},
		{names: []string{"theme"}, arg: "NAME", help: "change the colour theme",
			complete: func(*App) []string { return theme.Names() }, run: (*App).chooseTheme},
		{names: []string{"mouse"}, arg: "on|off",
			help:     "switch the mouse on or off; while it is on, shift+drag selects text (iTerm2: option+drag)",
			complete: func(*App) []string { return []string{"off", "on"} }, run: (*App).mouseCommand},
		{names: []string{"undo"}, help: "preview what takes back what was done last here; :journal lists all", run: (*App).undoCommand},
		{names: []string{"upgrade"}, arg: "end", help: "walk over all nodes to upgrade them: each is drained gently, waited for and activated; or go on with that, or end it",
			complete: func(*App) []string { return []string{"end"} }, run: (*App).upgradeCommand},
		{names: []string{"suspend"}, help: "suspend skep and return to the shell; fg resumes it",
			run: func(a *App, _ string) (tea.Cmd, error) { return a.suspend(), nil }},
		{names: []string{"help", "?"}, help: "show the keys that work here",
			run: func(a *App, _ string) (tea.Cmd, error) { a.openHelp(); return nil, nil }},
		{names: []string{"quit", "q", "exit"}, help: "quit",
			run: func(a *App, _ string) (tea.Cmd, error) { return a.quit(), nil }},
	}
}

// viewCommand opens a view.
func viewCommand(def views.Definition) command {
	names := def.Names()
	return command{
		names: names, arg: "FILTER", help: "list the " + names[0] + ", or those that match FILTER",
		complete: func(a *App) []string { return a.namesFor(def) },
		run:      func(a *App, arg string) (tea.Cmd, error) { return nil, a.openView(def, arg) },
	}
}

// allCommands are the table's commands and the views.
func allCommands() []command {
	out := make([]command, 0, len(views.All)+len(commands))
	for _, def := range views.All {
		out = append(out, viewCommand(def))
	}
	return append(out, commands...)
}

func findCommand(name string) (command, bool) {
	all := allCommands()
	i := slices.IndexFunc(all, func(c command) bool { return slices.Contains(c.names, name) })
	if i < 0 {
		return command{}, false
	}
	return all[i], true
}

// usage is a command as one types it.
func (c command) usage() string { return strings.TrimRight(":"+c.names[0]+" "+c.arg, " ") }

// sentence is what a command does, and what else it is called.
func (c command) sentence() string {
	if len(c.names) == 1 {
		return c.help
	}
	return c.help + "; also :" + strings.Join(c.names[1:], " :")
}

// command does what was typed after the colon; an error says what is wrong with
// it.
func (a *App) command(line string) (tea.Cmd, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	if word == "" {
		return nil, nil
	}
	c, ok := findCommand(word)
	if !ok {
		return nil, errors.New("unknown command " + word + "; " + nearestText(word, commandNames(), ":help lists all"))
	}
	return c.run(a, strings.TrimSpace(rest))
}

// commandNames are all that may be typed first.
func commandNames() []string {
	var out []string
	for _, c := range allCommands() {
		out = append(out, c.names...)
	}
	return out
}

// completions are what may be typed after the colon: a command, and behind it
// what it takes.
func (a *App) completions(value string) []string {
	word, _, second := strings.Cut(value, " ")
	var out []string
	if !second {
		for _, c := range allCommands() {
			out = append(out, c.names[0])
		}
		slices.Sort(out)
		return out
	}
	if c, ok := findCommand(word); ok && c.complete != nil {
		for _, n := range c.complete(a) {
			out = append(out, word+" "+n)
		}
	}
	return out
}

func (a *App) contextCommand(name string) (tea.Cmd, error) {
	known := a.contexts()
	switch {
	case a.opt.Contexts == nil:
		return nil, errors.New("there are no docker contexts here")
	case name == "":
		return nil, a.openView(views.Contexts, "")
	case len(known) > 0 && !slices.Contains(known, name):
		return nil, fmt.Errorf("unknown context %s; %s", name, nearestText(name, known, "there are "+strings.Join(known, ", ")))
	}
	return a.switchContext(name), nil
}

// newestCommand looks for newer images of all services in scope.
func (a *App) newestCommand(string) (tea.Cmd, error) {
	const verb = "newest"
	var targets []actions.Target
	if a.cluster != nil {
		for _, s := range a.cluster.Services() {
			if a.stack == "" || s.Stack() == a.stack {
				targets = append(targets, actions.Target{Ref: s.Key().Ref(), Name: s.Name()})
			}
		}
	}
	if reason := a.writeReason(verb, targets); reason != "" {
		return nil, errors.New(reason)
	}
	return a.openDialog(verb, targets, nil), nil
}

func (a *App) mouseCommand(arg string) (tea.Cmd, error) {
	switch arg {
	case "":
		a.setMouse(!a.mouse)
	case "on", "off":
		a.setMouse(arg == "on")
	default:
		return nil, errors.New(":mouse takes on or off")
	}
	return nil, nil
}

// openView opens a view of what matches a pattern. Tasks of a service that is
// named in full are those of the service.
func (a *App) openView(def views.Definition, pattern string) error {
	if id, ok := a.serviceNamed(pattern); ok && def.Names()[0] == views.Tasks.Name {
		a.jump(def, views.Scope{Of: id.Ref()})
		return nil
	}
	if _, err := model.ParseFilter(pattern); err != nil {
		return err
	}
	list := a.jump(def, views.Scope{})
	list.Resize(a.width, a.layout().body)
	list.Show(a.data(list))
	return list.SetPattern(pattern)
}

// serviceNamed is the service of exactly that name.
func (w *workspace) serviceNamed(name string) (model.ServiceID, bool) {
	if w.cluster == nil || name == "" {
		return "", false
	}
	for _, s := range w.cluster.Services() {
		if s.Name() == name {
			return s.Key(), true
		}
	}
	return "", false
}

// openCommandLine asks for a command. The contexts that it may be about are
// files, and there may be new ones.
func (a *App) openCommandLine() tea.Cmd {
	a.ask(keys.CommandLine, "", a.completions)
	return a.readSource(contextSource)
}

// namesFor are the names that a view can be opened with. Tasks are asked for by
// their service.
func (w *workspace) namesFor(def views.Definition) []string {
	return slices.Compact(w.cluster.NamesOf(def.Shows()))
}
