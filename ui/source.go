package ui

import (
	"context"
	"maps"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/screen"
	"skep/ui/table"
	"skep/ui/theme"
	"skep/ui/views"
)

// sources are what lists show besides the swarm, as each was read last. They
// belong to the console, whichever swarm it shows.
type sources struct {
	readers map[string]func(ctx context.Context) (table.Source, error)
	read    map[string]table.Source
	// shown is the screen whose source was asked for when it came up.
	shown screen.Screen
	// changed wait until a source may have changed, and unwatch ends that.
	changed map[string]func(ctx context.Context, revision uint64) error
	unwatch func()
}

// changedMsg says that the source of a screen may have changed.
type changedMsg struct {
	of   screen.Screen
	name string
}

// SourceMsg brings what was read of a source.
type SourceMsg struct {
	of     *workspace
	name   string
	source table.Source
	err    error
}

// newSources takes the readers of the options, and that of the contexts.
func newSources(opt Options) sources {
	s := sources{readers: maps.Clone(opt.Sources), read: map[string]table.Source{}, unwatch: func() {},
		changed: map[string]func(context.Context, uint64) error{}}
	if s.readers == nil {
		s.readers = map[string]func(context.Context) (table.Source, error){}
	}
	s.readers[releaseSource] = func(context.Context) (table.Source, error) { return releaseList{}, nil }
	if contexts := opt.Contexts; contexts != nil && s.readers[contextSource] == nil {
		s.readers[contextSource] = func(context.Context) (table.Source, error) {
			return contextList{contexts.List(), time.Now()}, nil
		}
	}
	return s
}

// keep takes the journal of the swarm that is shown. What was read of another one
// goes.
func (s *sources) keep(k Kept) {
	delete(s.read, recordSource)
	delete(s.changed, recordSource)
	s.readers[recordSource] = func(context.Context) (table.Source, error) { return noRecords{}, nil }
	if k.Records != nil {
		s.readers[recordSource], s.changed[recordSource] = k.Records.Read, k.Records.Changed
	}
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
	a.sources.unwatch()
	a.sources.shown = a.top()
	if l, ok := a.top().(screen.Sourced); ok && l.Source() == recordSource && a.kept.Briefly != "" {
		a.say(theme.Dim, a.kept.Briefly)
	}
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
	if !a.prepareReleases(name) {
		a.sources.shown = nil // It is asked for again.
		return nil
	}
	of, read, ctx := a.workspace, a.sources.readers[name], a.ctx
	if read == nil {
		return nil
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
		defer cancel()
		s, err := read(ctx)
		return SourceMsg{of: of, name: name, source: s, err: err}
	}
}

// takeSource takes in what was read. What was read before stays where that
// failed; what was read for another swarm goes.
func (a *App) takeSource(msg SourceMsg) tea.Cmd {
	if msg.of != a.workspace {
		return nil
	}
	if msg.err != nil {
		a.fail(msg.name + " cannot be read: " + model.MaskError(msg.err))
		return nil
	}
	a.sources.read[msg.name] = msg.source
	if p := a.prompt(); p != nil && !p.offers.tabbed {
		p.suggest() // There may be more to offer.
	}
	return a.watchSource(msg.name, msg.source.Revision())
}

// watchSource waits for a change of what the screen shows, until that is left.
func (a *App) watchSource(name string, revision uint64) tea.Cmd {
	l, ok := a.top().(screen.Sourced)
	changed := a.sources.changed[name]
	if !ok || l.Source() != name || changed == nil {
		return nil
	}
	a.sources.unwatch()
	ctx, end := context.WithCancel(a.ctx)
	a.sources.unwatch = end
	msg := changedMsg{a.top(), name}
	return func() tea.Msg {
		if changed(ctx, revision) != nil {
			return nil
		}
		return msg
	}
}

// takeChanged reads again what the screen shows.
func (a *App) takeChanged(msg changedMsg) tea.Cmd {
	if msg.of != a.top() {
		return nil
	}
	return a.readSource(msg.name)
}

// contextSource is the source of the docker contexts.
var contextSource = views.Contexts.Source

// recordSource is the source of the journal.
var recordSource = views.Journal.Source

// contextList are the docker contexts.
type contextList struct {
	list []model.Context
	at   time.Time
}

// Revision implements table.Source.
func (c contextList) Revision() uint64 { return uint64(c.at.UnixNano()) }

// Contexts implements views.ContextSource.
func (c contextList) Contexts() []model.Context { return c.list }

// noRecords is the journal of a console that keeps none.
type noRecords struct{}

// Revision implements table.Source.
func (noRecords) Revision() uint64 { return 1 }

// Records implements views.RecordSource.
func (noRecords) Records() []actions.Record { return nil }

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
