package ui

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// connecting is a connection that is being made to another swarm. Until that
// has answered, the console stays with its own; nothing but giving up can be
// done meanwhile, so that no key meets another swarm than the one that was on
// the screen.
type connecting struct {
	name   string // of the docker context, or the swarm
	since  time.Time
	cancel context.CancelFunc
}

// BackendMsg brings a connection to another swarm, with its first snapshot.
type BackendMsg struct {
	of      *connecting
	backend Backend
	cluster *model.Cluster
	seen    uint64
	// outage is why that swarm cannot be shown, err why nothing was connected
	// to.
	outage *model.Outage
	err    error
}

// errGivenUp says that a connection is not wanted any more.
var errGivenUp = errors.New("given up")

// switchContext connects to another docker context.
func (a *App) switchContext(name string) tea.Cmd {
	contexts := a.opt.Contexts
	return a.connectTo(name, func() (Backend, error) { return contexts.Open(name) })
}

// connectTo connects to another swarm, which has that name for people.
func (a *App) connectTo(name string, open func() (Backend, error)) tea.Cmd {
	ctx, cancel := context.WithCancel(a.ctx)
	interest := startScreen().Interest()
	c := &connecting{name: name, since: a.now, cancel: cancel}
	lay(a.workspace, c)
	a.notice = notice{}
	return func() tea.Msg {
		defer cancel()
		b, err := open()
		if err != nil {
			return BackendMsg{of: c, err: err}
		}
		b.Feed.SetInterest(interest)
		msg := answer(ctx, b)
		msg.of = c
		if msg.backend.Feed == nil && b.Close != nil {
			b.Close()
		}
		return msg
	}
}

// answer waits until a swarm has answered, or cannot be shown.
func answer(ctx context.Context, b Backend) BackendMsg {
	for seen := uint64(0); ; {
		c, n, err := b.Feed.Next(ctx, seen)
		switch {
		case err != nil:
			return BackendMsg{err: errGivenUp}
		case c.Outage != nil && !c.Outage.Waiting:
			return BackendMsg{outage: c.Outage}
		case c.Outage == nil && !c.At.IsZero():
			return BackendMsg{backend: b, cluster: c, seen: n}
		}
		seen = n
	}
}

// key implements overlay. The last line says which key does something meanwhile.
func (c *connecting) key(a *App, msg tea.KeyPressMsg) (tea.Cmd, bool) {
	switch a.opt.Keys.Over(keys.Connecting, msg.String()) {
	case keys.Quit:
		return a.quit(), true
	case keys.Leave:
		a.lift(c)
		a.say(theme.Dim, "cancelled; "+a.stillHere())
	}
	return nil, true
}

func (c *connecting) close() { c.cancel() }

func (c *connecting) nextChange(now time.Time) time.Duration { return table.Until(now.Sub(c.since)) }

func (c *connecting) more(*App) int { return 0 }

// stillHere says where the console has stayed.
func (w *workspace) stillHere() string {
	if w.cluster == nil {
		return "nothing has changed"
	}
	return "still on " + sessionName(w.cluster.Session)
}

// drawBar implements bar.
func (c *connecting) drawBar(a *App, _ int) ([]string, int) {
	text := "connecting to " + table.Clean(c.name) + ", " + table.Age(a.now.Sub(c.since))
	return []string{spread(a.theme.Paint(theme.Warning, text), a.hintLine(a.hintsOf(keys.Connecting)), a.width)}, -1
}

func (a *App) takeBackend(msg BackendMsg) tea.Cmd {
	c := a.connecting()
	if c == nil || msg.of != c {
		return closeBackend(msg.backend) // It was given up, or another one was chosen.
	}
	name := c.name
	a.lift(c)
	switch {
	case msg.err != nil:
		return a.fail(model.MaskError(msg.err))
	case msg.outage != nil:
		lines := append([]detail.Line{nil, {{Text: "Could not connect to " + table.Clean(name) + "; " + a.stillHere() + a.spell(" ({escape} returns)."), Role: theme.Plain}}},
			outageText(msg.outage)...)
		lay(a.workspace, newPage("not connected to "+table.Clean(name), lines))
		return nil
	}
	old := a.workspace
	a.enter(newWorkspace(a.opt, msg.backend, startScreen()))
	shows := a.takeSnapshot(SnapshotMsg{from: a.workspace, seen: msg.seen, cluster: msg.cluster})
	a.sayLeft(old)
	return tea.Batch(shows, old.leave())
}

// closeBackend ends a connection, which may take a while.
func closeBackend(b Backend) tea.Cmd {
	if b.Close == nil {
		return nil
	}
	return func() tea.Msg {
		b.Close()
		return nil
	}
}
