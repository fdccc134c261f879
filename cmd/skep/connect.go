package main

import (
	"cmp"
	"context"
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
	host, stop, err := demo(*cfg)
	if err != nil {
		return nil, err
	}
	cfg.Demo, cfg.Hosts, cfg.Context = true, []string{host}, ""
	return stop, nil
}

// contexts connects to swarms for the console.
type contexts struct {
	ctx context.Context
	cfg config.Config
}

func (c contexts) options() engine.Options {
	return engine.Options{
		Hosts: c.cfg.Hosts, Context: c.cfg.Context, Env: os.Getenv, ReadOnly: c.cfg.ReadOnly,
	}
}

// List implements ui.Contexts.
func (c contexts) List() []model.Context {
	out := engine.Contexts(c.options())
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
	o := c.options()
	o.Hosts, o.Context = nil, name
	return screens.Open(c.ctx, o, c.feed())
}

func (c contexts) open(o engine.Options) (*backend.Backend, error) {
	return backend.Open(c.ctx, o, c.feed())
}

func (c contexts) feed() feed.Options {
	return feed.Options{Slow: c.cfg.Slow, Acknowledged: acknowledged(c.cfg)}
}
