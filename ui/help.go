package ui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// page is a text that stands in a screen's place for a while.
type page struct {
	*detail.Pager
	title string
}

func newPage(title string, lines []detail.Line) *page {
	p := &page{Pager: detail.NewPager(), title: title}
	p.SetWrap(true)
	p.SetLines(lines)
	return p
}

func (p *page) scopes(*App) []keys.Scope { return pageScopes }

func (p *page) key(a *App, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	a.notice = notice{}
	name := msg.String()
	b, ok := a.opt.Keys.Find(pageScopes, name)
	if !ok {
		a.stray(name, pageScopes)
		return nil, true
	}
	switch b.Command {
	case keys.Escape, keys.Back, keys.Help:
		a.lift(p)
	case keys.CommandLine:
		a.lift(p)
		return a.dispatch(b, name), true
	case keys.Search:
		a.askPattern(b.Command)
	case keys.Quit, keys.Redraw, keys.Copy, keys.Refresh:
		return a.dispatch(b, name), true
	default:
		if !p.Do(b.Command) {
			a.say(theme.Dim, a.keyName(name)+" does nothing on this page; "+a.spell("{escape} closes it"))
		}
	}
	return nil, true
}

func (p *page) draw(a *App, height int) ([]string, *tea.Cursor) {
	return p.Render(a.theme, a.width, height), nil
}

func (p *page) crumb() (title, info string) { return p.title, p.Info() }

func (p *page) hints(a *App) [][2]string {
	return [][2]string{{a.spell("{search}"), "search"}, {a.spell("{escape}"), "close"}}
}

// openHelp shows the keys that work here, from the table of keys.
func (a *App) openHelp() { lay(a.workspace, newPage("help", a.helpText())) }

// helpColumn is how wide the keys and commands of the help screen are.
const helpColumn = 18

func (a *App) helpText() []detail.Line {
	var out []detail.Line
	scopes := a.scopes()
	var last keys.Scope
	for _, b := range a.opt.Keys.All(scopes) {
		if b.Scope != last {
			if last != "" {
				out = append(out, nil)
			}
			out = append(out, detail.Line{{Text: strings.ToUpper(string(b.Scope)), Role: theme.Title}})
			last = b.Scope
		}
		line := detail.Line{
			{Text: fmt.Sprintf("  %-*s", helpColumn, a.keyNames(b)), Role: theme.Key},
			{Text: a.spell(b.Help), Role: theme.Plain, Hang: true},
		}
		out = append(out, append(line, a.helpReason(scopes, b)...))
		if b.Command == keys.RecentStack {
			for i, n := range a.numbered() {
				out = append(out, detail.Line{{Text: fmt.Sprintf("  %-*s%d is %s", helpColumn, "", i+1, table.Clean(string(n))), Role: theme.Dim}})
			}
		}
	}
	out = append(out, a.legendText()...)
	return append(out, commandsText()...)
}

// helpReason is why a key does not do what it is bound to; nothing if it does.
func (a *App) helpReason(scopes []keys.Scope, b keys.Binding) detail.Line {
	if other, taken := a.opt.Keys.Taken(scopes, b); taken {
		return detail.Line{{Text: "  (not here: " + a.keyName(b.Keys[0]) + " is " + other.Title + ")", Role: theme.Dim}}
	}
	if reason := a.reason(b); reason != "" {
		return detail.Line{{Text: "  (not now: " + reason + ")", Role: theme.Dim}}
	}
	return nil
}

// commandsText is the part of the help about what may be typed after the colon.
func commandsText() []detail.Line {
	out := []detail.Line{nil, {{Text: "COMMANDS", Role: theme.Title}}}
	for _, c := range allCommands() {
		out = append(out, detail.Line{
			{Text: fmt.Sprintf("  %-*s", helpColumn, c.usage()), Role: theme.Key},
			{Text: c.sentence(), Role: theme.Plain, Hang: true},
		})
	}
	return out
}

// keyNames are the keys of a binding for people.
func (a *App) keyNames(b keys.Binding) string {
	if a.opt.ASCII && b.Command != keys.RecentStack {
		return strings.Join(b.Keys, " ")
	}
	return b.Names("", " ")
}

// spell puts keys into a text in place of commands in braces.
func (a *App) spell(text string) string { return a.opt.Keys.Spell(text, a.scopes(), a.keyName) }

// keyOf is the key of a command on the screen, for people; empty for none.
func (a *App) keyOf(cmd keys.Command) string {
	b := a.opt.Keys.Of(a.scopes(), cmd)
	if len(b.Keys) == 0 {
		return ""
	}
	return a.keyName(b.Keys[0])
}

// keyName is a key for people. The arrows are none of ASCII's.
func (a *App) keyName(key string) string {
	if a.opt.ASCII {
		return key
	}
	return keys.Show(key)
}
