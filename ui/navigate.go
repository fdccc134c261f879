package ui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/screen"
	"skep/ui/theme"
	"skep/ui/views"
)

func unknownView(name string) error { return fmt.Errorf("there is no view called %q", name) }

// startScreen is the screen of a new connection.
func startScreen() screen.Screen { return views.Services.Open(views.Scope{}) }

// push goes down to a screen.
func (a *App) push(s screen.Screen) tea.Cmd {
	a.screens = append(a.screens, s)
	if l, ok := s.(screen.Live); ok {
		return l.Init()
	}
	return nil
}

// pop goes back up; it tells whether there was anywhere to go.
func (a *App) pop() bool {
	if len(a.screens) == 1 {
		return false
	}
	a.closeScreens(a.screens[len(a.screens)-1:])
	a.screens = slices.Clip(a.screens[:len(a.screens)-1])
	return true
}

// closeScreens ends the streams of screens that are left.
func (a *App) closeScreens(list []screen.Screen) {
	for _, s := range list {
		if l, ok := s.(screen.Live); ok {
			l.Close()
		}
	}
}

// jump replaces the path by a view of the whole swarm, or of the chosen stack.
func (a *App) jump(def views.Definition, scope views.Scope) views.Screen {
	if scope == (views.Scope{}) {
		scope.Stack = a.stack
	}
	s := def.Open(scope)
	a.remember()
	a.screens = []screen.Screen{s}
	return s
}

// remember keeps the path for "-". Streams do not outlive it.
func (a *App) remember() {
	a.closeScreens(a.screens)
	a.previous = slices.DeleteFunc(slices.Clone(a.screens), func(s screen.Screen) bool {
		_, live := s.(screen.Live)
		return live
	})
	if len(a.previous) == 0 {
		a.previous = nil
	}
}

// clearOrBack is the way up: what the screen can clear first, then the screen before.
func (a *App) clearOrBack() {
	if s, ok := a.top().(screen.Selector); ok && s.Clear() {
		return
	}
	if s, ok := a.top().(screen.Searcher); ok && s.Pattern() != "" {
		_ = s.SetPattern("") // An empty pattern is never wrong.
		return
	}
	a.pop()
}

// swap goes to the path that was shown before.
func (a *App) swap() {
	if a.previous == nil {
		a.say(theme.Dim, "no view was shown before")
		return
	}
	last := a.previous
	a.remember()
	a.screens = last
}

// enter goes down from the row under the cursor.
func (a *App) enter() tea.Cmd {
	list, ok := a.top().(views.Screen)
	if !ok {
		return nil
	}
	link, ok := list.Enter()
	if !ok {
		return nil
	}
	if link.Describe {
		return a.describe(false)
	}
	if link.Scope.Stack != "" {
		a.chooseStack(link.Scope.Stack)
	}
	return a.push(views.Find(link.View).Open(link.Scope))
}

// chooseStack remembers a stack for the keys 1 to 9. A number stays with its
// stack once that was chosen.
func (a *App) chooseStack(n model.StackName) {
	if !slices.Contains(a.recent, n) && len(a.recent) < recentStacks {
		a.recent = append(a.recent, n)
	}
}

// chooseNumber narrows to the stack behind a key, and keeps the numbers up to
// that one as they are.
func (a *App) chooseNumber(n int) {
	names := a.numbered()
	if n < 1 || n > len(names) {
		a.say(theme.Dim, fmt.Sprintf("there is no stack number %d", n))
		return
	}
	if len(a.recent) < n {
		a.recent = slices.Clone(names[:n])
	}
	a.narrow(names[n-1])
	a.say(theme.Dim, fmt.Sprintf("%d: only the stack %s; 0 shows all", n, names[n-1]))
}

// narrow shows only a stack's objects, in all lists; empty for all stacks.
func (a *App) narrow(n model.StackName) {
	a.stack = n
	for _, s := range slices.Concat(a.screens, a.previous) {
		if l, ok := s.(views.Screen); ok {
			l.SetStack(n)
		}
	}
}

// numbered are the stacks behind the keys 1 to 9: those that were chosen, then
// the others by name.
func (a *App) numbered() []model.StackName {
	names := slices.Clone(a.recent)
	if a.cluster != nil {
		for _, s := range a.cluster.Stacks() {
			if !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	return names[:min(len(names), recentStacks)]
}
