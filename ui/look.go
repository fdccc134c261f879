package ui

import (
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"skep/ui/theme"
)

// appearance is how everything looks.
type appearance struct {
	look  theme.Look
	theme *theme.Theme
	began time.Time // when the terminal was asked
}

// newAppearance is the one until the terminal has told of itself.
func newAppearance(opt Options, now time.Time) appearance {
	look := theme.Look{Name: opt.Theme, Background: opt.Background, ASCII: opt.ASCII}
	return appearance{look, theme.New(look), now}
}

// untold is how long colours still wait for the terminal to tell its
// background, since those for the wrong one cannot be read; 0 for no longer.
func (a *App) untold() time.Duration {
	if a.look.Background != theme.Unknown {
		return 0
	}
	return max(0, backgroundPatience-a.now.Sub(a.began))
}

// assumeDark is for a terminal that does not tell its background.
func (a *App) assumeDark() {
	if l := a.look; l.Background == theme.Unknown && a.untold() == 0 {
		l.Background = theme.Dark
		a.wear(l)
	}
}

// takeLook handles what tells how things have to look.
func (a *App) takeLook(msg tea.Msg) {
	look := a.look
	switch msg := msg.(type) {
	case tea.BackgroundColorMsg:
		look.Background = theme.Light
		if msg.IsDark() {
			look.Background = theme.Dark
		}
	case tea.ColorProfileMsg:
		look.Basic = msg.Profile == colorprofile.ANSI
	}
	a.wear(look)
}

// wear makes everything look so from the next frame on.
func (a *App) wear(l theme.Look) {
	if l != a.look {
		a.look, a.theme = l, theme.New(l)
	}
}

// chooseTheme is what ":theme" does: it changes the theme, or tells which there
// are.
func (a *App) chooseTheme(name string) (tea.Cmd, error) {
	if name == "" {
		a.say(theme.Accent, "the theme is "+a.look.Name+"; there are "+strings.Join(theme.Names(), ", "))
		return nil, nil
	}
	if err := theme.Check(name); err != nil {
		return nil, err
	}
	l := a.look
	l.Name = name
	a.wear(l)
	a.say(theme.Accent, "the theme is "+name+" now") // Without colours nothing else tells.
	return nil, nil
}
