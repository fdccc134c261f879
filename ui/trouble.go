package ui

import (
	"errors"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// trouble is the screen of an error, below all other overlays, while nothing
// else can be shown.
type trouble struct {
	*page
	at time.Time // when it was put up
}

func (t *trouble) scopes(a *App) []keys.Scope { return a.troubleScopes() }

// key scrolls it; everything else that can be done there is the root's.
func (t *trouble) key(a *App, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	a.notice = notice{}
	b, ok := a.opt.Keys.Find(t.scopes(a), msg.String())
	switch {
	case !ok || a.reason(b) != "":
		return nil, false
	case b.Command == keys.Search:
		a.askPattern(b.Command)
		return nil, true
	}
	return nil, t.Do(b.Command)
}

func (t *trouble) hints(a *App) [][2]string {
	var out [][2]string
	for _, cmd := range []keys.Command{keys.GoOver, keys.Refresh, keys.CommandLine, keys.Quit, keys.Help} {
		b := a.opt.Keys.Of(t.scopes(a), cmd)
		if b.Command != "" && a.reason(b) == "" {
			out = append(out, [2]string{a.keyName(b.Keys[0]), b.Title})
		}
	}
	return out
}

// showTrouble puts up the screen of an error while there is no snapshot to show
// in its place, and takes it away when there is.
func (a *App) showTrouble() {
	c, t := a.cluster, a.trouble()
	other := a.otherSwarm()
	if c == nil || c.Outage == nil || c.Outage.Waiting || c.Ready() && other == nil {
		if t != nil {
			a.lift(t)
		}
		return
	}
	title, lines := "not connected", a.troubleText(c.Outage)
	if other != nil {
		title, lines = "another swarm", a.otherSwarmText(other)
	}
	if t == nil || t.title != title {
		if t != nil {
			a.lift(t)
		}
		t = &trouble{page: newPage(title, lines), at: a.now}
		if other != nil {
			a.leaveSwarm()
		}
		a.overlays = append([]overlay{t}, a.overlays...)
	}
	t.SetLines(lines) // It stays where it was scrolled to.
}

// asTrouble finds the trouble in an error; nil if it is none.
func asTrouble(err error) *model.Trouble {
	var t *model.Trouble
	if errors.As(err, &t) {
		return t
	}
	return nil
}

// troubleText is the screen of an outage: what it is, and how it may end.
func (a *App) troubleText(o *model.Outage) []detail.Line {
	out := append(outageText(o), detail.Plain(theme.Plain, "")...)
	retries := "Retrying at least every " + table.Age(model.RetryPause) + "; {refresh} retries now."
	if t := asTrouble(o.Err); t != nil && !t.Passing() {
		retries = "{refresh} retries."
	}
	return append(out, detail.Plain(theme.Dim, a.spell(retries)+"\n:ctx NAME goes to another context.")...)
}

// outageText is an outage: what it is, what to do, and the whole error.
func outageText(o *model.Outage) []detail.Line {
	var out []detail.Line
	add := func(role theme.Role, text string) { out = append(out, detail.Plain(role, text)...) }
	add(theme.Plain, "")
	if t := asTrouble(o.Err); t != nil {
		add(theme.Broken, t.Headline())
		add(theme.Plain, "")
		for l := range strings.SplitSeq(t.Advice(), "\n") {
			out = append(out, adviceLine(table.Clean(l)))
		}
		if t.Cause != nil {
			add(theme.Plain, "")
			add(theme.Dim, "The whole error:")
			add(theme.Plain, model.MaskError(t.Cause))
		}
	} else {
		add(theme.Broken, model.MaskError(o.Err))
	}
	return out
}

// adviceLine sets off what can be typed from what is said. The texts of
// troubles have two blanks or more on each side of it.
func adviceLine(text string) detail.Line {
	var out detail.Line
	for text != "" {
		blanks := len(text) - len(strings.TrimLeft(text, " "))
		end := strings.Index(text[blanks:], "  ")
		if end < 0 {
			end = len(text) - blanks
		}
		part := text[:blanks+end]
		role := theme.Accent
		if word := part[blanks:]; blanks < 2 || word == "or" || strings.HasPrefix(word, "(") {
			role = theme.Plain
		}
		out = append(out, detail.Span{Text: part, Role: role})
		text = text[len(part):]
	}
	return out
}
