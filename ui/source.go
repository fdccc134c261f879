package ui

import (
	"context"
	"maps"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/views"
)

// sources are what lists show besides the swarm, as each was read last. They
// belong to the console, whichever swarm it shows.
type sources struct {
	readers map[string]func(ctx context.Context) (table.Source, error)
	read    map[string]table.Source
	// shown is the screen whose source was asked for when it came up.
	shown screen.Screen
}

// SourceMsg brings what was read of a source.
type SourceMsg struct {
	name   string
	source table.Source
	err    error
}

// newSources takes the readers of the options, and that of the contexts.
func newSources(opt Options) sources {
	s := sources{readers: maps.Clone(opt.Sources), read: map[string]table.Source{}}
	if s.readers == nil {
		s.readers = map[string]func(context.Context) (table.Source, error){}
	}
	if contexts := opt.Contexts; contexts != nil && s.readers[contextSource] == nil {
		s.readers[contextSource] = func(context.Context) (table.Source, error) {
			return contextList{contexts.List(), time.Now()}, nil
		}
	}
	return s
}

// data is what a screen is made from now.
func (a *App) data(s screen.Screen) table.Data {
	return table.Data{Cluster: a.cluster, Source: a.sourceOf(s), Now: a.now, WorstFirst: !a.byName, Spell: a.spell}
}

// sourceOf is the source that a screen shows; nil for none, and while it has not
// been read.
func (a *App) sourceOf(s screen.Screen) table.Source {
	if l, ok := s.(screen.Sourced); ok {
		return a.sources.read[l.Source()]
	}
	return nil
}

// readShown reads the source of a screen that has just come up.
func (a *App) readShown() tea.Cmd {
	if a.sources.shown == a.top() {
		return nil
	}
	a.sources.shown = a.top()
	return a.readTop()
}

// readTop reads the source of the screen that is shown, if it has one.
func (a *App) readTop() tea.Cmd {
	if l, ok := a.top().(screen.Sourced); ok {
		return a.readSource(l.Source())
	}
	return nil
}

// readSource reads a source, if there is such a one.
func (a *App) readSource(name string) tea.Cmd {
	read, ctx := a.sources.readers[name], a.ctx
	if read == nil {
		return nil
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
		defer cancel()
		s, err := read(ctx)
		return SourceMsg{name: name, source: s, err: err}
	}
}

// takeSource takes in what was read. What was read before stays where that
// failed.
func (a *App) takeSource(msg SourceMsg) {
	if msg.err != nil {
		a.fail(msg.name + " cannot be read: " + model.MaskError(msg.err))
		return
	}
	a.sources.read[msg.name] = msg.source
	if p := a.prompt(); p != nil && !p.offers.tabbed {
		p.suggest() // There may be more to offer.
	}
}

// contextSource is the source of the docker contexts.
var contextSource = views.Contexts.Source

// contextList are the docker contexts.
type contextList struct {
	list []model.Context
	at   time.Time
}

// Revision implements table.Source.
func (c contextList) Revision() uint64 { return uint64(c.at.UnixNano()) }

// Contexts implements views.ContextSource.
func (c contextList) Contexts() []model.Context { return c.list }

// contexts are the names of the docker contexts, as they were read last.
func (a *App) contexts() []string {
	var names []string
	if s, ok := a.sources.read[contextSource].(views.ContextSource); ok {
		for _, c := range s.Contexts() {
			names = append(names, c.Name)
		}
	}
	return names
}
