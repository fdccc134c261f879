package ui

import (
	"fmt"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

func unknownView(name string) error { return fmt.Errorf("there is no view called %q", name) }

// startScreen is the screen of a new connection.
func startScreen() screen.Screen { return views.Services.Open(views.Scope{}) }

// goTo shows a path, and remembers the one that is left. Streams end there.
func (w *workspace) goTo(p path) {
	left := w.screens
	w.closeScreens(slices.DeleteFunc(slices.Clone(left), func(s screen.Screen) bool { return slices.Contains(p, s) }))
	w.screens = p
	for _, s := range left {
		if z, ok := s.(screen.Sleeper); ok && !slices.Contains(p, s) {
			z.Sleep()
		}
	}
	if left = left.lasting(); len(left) > 0 && !slices.Equal(left, p) {
		w.trail.note(left)
	}
}

// push goes down to a screen.
func (w *workspace) push(s screen.Screen) tea.Cmd {
	w.goTo(append(slices.Clone(w.screens), s))
	if l, ok := s.(screen.Live); ok {
		return l.Init()
	}
	return nil
}

// pop goes back up, or from the top of a path to the path below it; it tells
// whether there was anywhere to go.
func (w *workspace) pop() bool {
	to := slices.Clone(w.screens[:len(w.screens)-1])
	if len(to) == 0 {
		to = w.trail.ascend()
	}
	if len(to) == 0 {
		return false
	}
	w.goTo(to)
	return true
}

// closeScreens ends the streams of screens that are left.
func (w *workspace) closeScreens(list []screen.Screen) {
	for _, s := range list {
		if l, ok := s.(screen.Live); ok {
			l.Close()
		}
	}
}

// jump goes to a view of the whole swarm, or of the chosen stack. The path that
// was shown stays below it.
func (w *workspace) jump(def views.Definition, scope views.Scope) views.Screen {
	if scope == (views.Scope{}) {
		scope.Stack = w.stack
	}
	s := def.Open(scope)
	if here, ok := w.top().(views.Screen); ok && len(w.screens) == 1 && here.In() == s.In() &&
		here.Definition().Names()[0] == def.Names()[0] {
		return here
	}
	w.trail.descend(w.screens.lasting())
	w.goTo(path{s})
	return s
}

// clearOrBack is the way up: what the screen can clear first, then the screen before.
func (a *App) clearOrBack() {
	if s, ok := a.top().(screen.Selector); ok && s.Clear() {
		return
	}
	for _, kind := range []keys.Command{keys.Search, keys.Filter} {
		if s := a.searcher(kind); s != nil && s.Pattern() != "" {
			_ = s.SetPattern("") // An empty pattern is never wrong.
			return
		}
	}
	if !a.pop() {
		a.say(theme.Dim, a.spell("this is the first view; {quit} or {command}q quits"))
	}
}

// swap goes to the path that was shown before.
func (a *App) swap() {
	p := a.trail.before(a.screens)
	switch {
	case p == nil:
		a.say(theme.Dim, "no previous view")
		return
	case p.leadsTo(a.screens) || a.screens.leadsTo(p): // Up or down the same path.
	case len(a.trail.below) > 0 && slices.Equal(p, a.trail.below[len(a.trail.below)-1]):
		a.trail.ascend()
	default:
		a.trail.descend(a.screens.lasting())
	}
	a.goTo(p)
}

// chooseStack remembers a stack for the keys 1 to 9. A number stays with its
// stack once that was chosen.
func (w *workspace) chooseStack(n model.StackName) {
	if !slices.Contains(w.recent, n) && len(w.recent) < recentStacks {
		w.recent = append(w.recent, n)
	}
}

// chooseNumber narrows to the stack behind a key, and keeps the numbers up to
// that one as they are.
func (a *App) chooseNumber(key string) {
	n, _ := strconv.Atoi(key)
	names := a.numbered()
	if n < 1 || n > len(names) {
		a.say(theme.Dim, "there is no stack number "+key)
		return
	}
	if len(a.recent) < n {
		a.recent = slices.Clone(names[:n])
	}
	a.narrow(names[n-1])
	a.say(theme.Dim, "scope: "+table.Clean(string(names[n-1]))+" (0 = all)")
}

// narrow shows only a stack's objects, in all lists; empty for all stacks.
func (w *workspace) narrow(n model.StackName) {
	w.stack = n
	w.screens.setStack(n)
	w.trail.setStack(n)
}

// numbered are the stacks behind the keys 1 to 9: those that were chosen, then
// the others by name.
func (w *workspace) numbered() []model.StackName {
	names := slices.Clone(w.recent)
	if w.cluster != nil {
		for _, s := range w.cluster.Stacks() {
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	return names[:min(len(names), recentStacks)]
}
