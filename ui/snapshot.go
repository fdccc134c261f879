package ui

import (
	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/screen"
	"skep/ui/table"
)

// SnapshotMsg brings the next snapshot of the swarm.
type SnapshotMsg struct {
	from    *workspace
	seen    uint64
	cluster *model.Cluster
	rows    any // of screen, made ahead
	stuck   stuckUpdates
	screen  screen.Screen // what was shown when the snapshot was asked for
	err     error
}

// waitSnapshot waits for the next snapshot. It is asked again when that one was
// taken in, so snapshots that come faster than they can be drawn are skipped.
func (a *App) waitSnapshot() tea.Cmd {
	ctx, feed, seen, from := a.ctx, a.backend.Feed, a.seen, a.workspace
	top, source := a.top(), a.sourceOf(a.top())
	prepare := func(table.Data) any { return nil }
	if p, ok := top.(screen.Preparer); ok {
		prepare = p.Prepare()
	}
	watched := top.Interest()
	a.accepted.interest(&watched)
	return func() tea.Msg {
		c, n, err := feed.Next(ctx, seen)
		msg := SnapshotMsg{from: from, seen: n, cluster: c, screen: top, err: err}
		if err == nil && c != nil {
			msg.rows, msg.stuck = prepare(table.Data{Cluster: c, Source: source}), stuckIn(c, watched.Services())
		}
		return msg
	}
}

func (a *App) takeSnapshot(msg SnapshotMsg) tea.Cmd {
	if msg.from != a.workspace || msg.err != nil {
		return nil // The connection was changed, or the program ends.
	}
	a.cluster, a.seen = msg.cluster, msg.seen
	if p, ok := msg.screen.(screen.Preparer); ok && msg.screen == a.top() {
		p.Adopt(msg.rows)
	}
	a.stuck = msg.stuck
	a.stepAccepted()
	a.sayUnfinished()
	a.endLeft()
	return tea.Batch(a.waitSnapshot(), a.renewPreview(), a.askUnanswered(), a.stepWalk())
}
