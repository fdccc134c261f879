package ui

import (
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/theme"
)

// unansweredMsg brings what became of the changes of earlier runs, a sentence each.
type unansweredMsg struct {
	of    *workspace
	found []string
}

// askUnanswered asks, once for each swarm, after the changes that an earlier run
// began in it and of which nobody knows what became.
func (a *App) askUnanswered() tea.Cmd {
	session := a.cluster.Session
	if a.kept.Unanswered == nil || session.Swarm == "" || a.offline() || a.asked[session.Swarm] {
		return nil
	}
	if a.asked == nil {
		a.asked = map[string]bool{}
	}
	a.asked[session.Swarm] = true
	of, ctx, engine, ask := a.workspace, a.ctx, a.backend.Engine, a.kept.Unanswered
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
		defer cancel()
		found, _ := ask(ctx, session, engine) // What could not be asked is asked after at the next start.
		return unansweredMsg{of, found}
	}
}

// takeUnanswered says it in one notice, which stays until a key is pressed.
func (a *App) takeUnanswered(msg unansweredMsg) {
	if len(msg.found) == 0 {
		return
	}
	text := "an earlier run did not see the end of " + model.Plural(len(msg.found), "change") + ": "
	if msg.of != a.workspace {
		text = "on " + msg.of.name() + ": " + text
	}
	a.say(theme.Warning, text+strings.Join(msg.found, "; "))
	a.notice.until = time.Time{}
}
