package ui

import (
	"slices"
	"strings"

	"skep/ui/keys"
	"skep/ui/theme"
)

// stray answers a key that does nothing where it was pressed, with what it does
// elsewhere: who is silent leaves it open whether the key was lost.
func (a *App) stray(key string, scopes []keys.Scope) {
	a.say(theme.Dim, a.strayText(key, a.opt.Keys.Elsewhere(scopes, key)))
}

func (a *App) strayText(key string, elsewhere []keys.Binding) string {
	if len(elsewhere) == 0 {
		return a.keyName(key) + " does nothing; " + a.keyOf(keys.Help) + " shows the keys"
	}
	var titles []string
	where := map[string][]string{}
	for _, b := range elsewhere {
		if !slices.Contains(titles, b.Title) {
			titles = append(titles, b.Title)
		}
		where[b.Title] = append(where[b.Title], string(b.Scope))
	}
	for i, t := range titles {
		titles[i] = t + " in " + strings.Join(where[t], ", ")
	}
	return a.keyName(key) + " does nothing here: " + strings.Join(titles, "; ")
}
