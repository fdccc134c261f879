package main

import (
	"cmp"
	"context"
	"maps"
	"os"
	"slices"
	"time"

	"skep/internal/backend"
	"skep/internal/config"
	"skep/internal/engine"
	"skep/internal/feed"
	"skep/internal/screens"
	"skep/internal/simswarm"
	"skep/model"
	"skep/ui"
)

// demo makes an embedded swarm and says where it listens.
func demo(cfg config.Config) (host string, stop func(), err error) {
	opts := []simswarm.Option{simswarm.Demo()}
	if cfg.DemoSize != "" {
		nodes, services, tasks, err := config.DemoSize(cfg.DemoSize)
		if err != nil {
			return "", nil, err
		}
		opts = []simswarm.Option{simswarm.Size{Nodes: nodes, Services: services, Tasks: tasks}}
	}
	s := simswarm.New(opts...)
	if host, err = s.Listen(); err != nil {
		s.Close()
		return "", nil, err
	}
	return host, s.Close, nil
}

// embed starts the swarm inside the program, if one was asked for, and makes it
// the one to connect to.
func embed(cfg *config.Config) (stop func(), err error) {
	if !cfg.Demo && cfg.DemoSize == "" {
		return func() {}, nil
	}
	host, end, err := demo(*cfg)
	if err != nil {
		return nil, err
	}
	cfg.Demo, cfg.Hosts, cfg.Context = true, []string{host}, ""
	return func() {
		end()
		_ = os.RemoveAll(demoFolder())
	}, nil
}

// contexts connects to swarms for the console.
type contexts struct {
	ctx context.Context
	cfg config.Config
	// records is set for what runs long enough to see releases come.
	records bool
}

func (c contexts) options() engine.Options {
	return engine.Options{
		Hosts: c.cfg.Hosts, Context: c.cfg.Context, Env: os.Getenv, ReadOnly: c.cfg.ReadOnly,
	}
}

// guarded are the options with the guards that skep's configuration has for what
// they connect to, by whichever name that is reached. The swarm inside the program,
// and who only looks, need none.
func (c contexts) guarded(o engine.Options) (engine.Options, error) {
	if c.cfg.Demo {
		return o, nil
	}
	settings, err := config.ReadSettings(config.Files()...)
	if err == nil {
		rules := map[string]model.ProxyRule{}
		for name, p := range settings.Proxies {
			rules[name] = model.ProxyRule(p)
		}
		err = model.SetProxies(rules)
	}
	switch {
	case err != nil && o.ReadOnly: // Who only looks does so without rules, too.
		return o, nil
	case err != nil:
		return o, failed(err)
	}
	endpoints, err := engine.Resolve(o)
	if err != nil {
		return o, nil //nolint:nilerr // To connect is the same error, and is told there.
	}
	var names []string
	for _, e := range endpoints {
		names = append(names, namesOf(e.Context, e.Host, engine.Contexts(o), settings)...)
	}
	guard, production := settings.Of(names...)
	o.ReadOnly, o.Production = o.ReadOnly || guard.ReadOnly, production
	return o, nil
}

// namesOf are the names under which the configuration may mark an engine: that of its
// context, those of the others with its address, and the address, however it is written.
func namesOf(name, host string, list []model.Context, settings config.Settings) []string {
	at := engine.Address(host)
	names := []string{name}
	for _, x := range list {
		if engine.Address(x.Host) == at {
			names = append(names, x.Name)
		}
	}
	if at == engine.DefaultAddress() {
		names = append(names, "default")
	}
	for _, key := range slices.Sorted(maps.Keys(settings.Contexts)) {
		if engine.Address(key) == at {
			names = append(names, key)
		}
	}
	return names
}

// List implements ui.Contexts. Where the configuration cannot be read nothing is
// marked, and to connect says why.
func (c contexts) List() []model.Context {
	out := engine.Contexts(c.options())
	if settings, err := config.ReadSettings(config.Files()...); err == nil {
		for i := range out {
			guard, _ := settings.Of(namesOf(out[i].Name, out[i].Host, out, settings)...)
			out[i].Production, out[i].ReadOnly = guard.Production, guard.ReadOnly
		}
	}
	slices.SortFunc(out, func(a, b model.Context) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Inspect implements ui.Contexts.
func (c contexts) Inspect(ref model.Ref) (model.Document, error) {
	raw, err := engine.InspectContext(c.options(), ref.ID)
	return model.Document{Ref: ref, Name: ref.ID, Raw: raw, ReadAt: time.Now()}, err
}

// Open implements ui.Contexts.
func (c contexts) Open(name string) (ui.Backend, error) {
	c.cfg.Demo = false // A context is of a real swarm, with its guards and its own ledger.
	o := c.options()
	o.Hosts, o.Context = nil, name
	o, err := c.guarded(o)
	if err != nil {
		return ui.Backend{}, err
	}
	return screens.Open(c.ctx, o, c.feed(), c.record)
}

func (c contexts) open(o engine.Options) (*backend.Backend, error) {
	o, err := c.guarded(o)
	if err != nil {
		return nil, err
	}
	if !c.records {
		return backend.Open(c.ctx, o, c.feed())
	}
	return backend.Open(c.ctx, o, c.feed(), c.record)
}

// record writes releases down as long as a feed publishes.
func (c contexts) record(ctx context.Context, from *feed.Feed) {
	newRecorder(c.cfg).Follow(ctx, from)
}

// outOfSight is what the feed is told; 0 for its own.
var outOfSight time.Duration

func (c contexts) feed() feed.Options {
	o := feed.Options{Slow: c.cfg.Slow, Acknowledged: acknowledged(c.cfg), OutOfSight: outOfSight}
	if c.records && !c.cfg.Demo { // Who looks once knows too little of what is no more.
		o.Mended = func(marks []string) {
			for _, m := range marks {
				_ = remember(m) // Until it is forgotten it is a note for some hours.
			}
		}
	}
	return o
}
