package ui

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"skep/internal/testkit"
	"skep/model"
)

// fakeContexts are docker contexts that connect to feeds of their own.
type fakeContexts struct {
	opened []string
	feeds  map[string]*pushFeed
	closed []string
	err    error
	hold   chan struct{} // opening "slow" waits for it
	names  chan []string // brings the names, if set
}

func (f *fakeContexts) List() []model.Context {
	names := []string{"prod", "staging", "slow"}
	if f.names != nil {
		names = <-f.names
	}
	var out []model.Context
	for _, n := range names {
		out = append(out, model.Context{Name: n, Host: "ssh://" + n + ".example.org", Description: "the swarm of " + n})
	}
	return out
}

func (f *fakeContexts) Inspect(ref model.Ref) (model.Document, error) {
	raw := `{"Name":"` + ref.ID + `","Metadata":{"Description":"the swarm of ` + ref.ID + `"},"Endpoints":{"docker":{"Host":"ssh://` + ref.ID +
		`.example.org","SkipTLSVerify":false}},"TLSMaterial":{},"Storage":{"MetadataPath":"/home/op/.docker/contexts/meta/x"}}`
	return model.Document{Ref: ref, Name: ref.ID, Raw: json.RawMessage(raw), ReadAt: testkit.Now}, nil
}

func (f *fakeContexts) Open(name string) (Backend, error) {
	if name == "slow" && f.hold != nil {
		<-f.hold
	}
	f.opened = append(f.opened, name)
	if f.err != nil {
		return Backend{}, f.err
	}
	if f.feeds == nil {
		f.feeds = map[string]*pushFeed{}
	}
	f.feeds[name] = newPushFeed()
	return Backend{Feed: f.feeds[name], Documents: &fakeEngine{}, Close: func() { f.closed = append(f.closed, name) }}, nil
}

func TestContexts_EnterConnects(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{Contexts: contexts}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.command("ctx")
		d.sees("contexts", "staging", "ssh://staging.example.org", "the swarm of staging")
		d.press("/")
		d.typed("staging")
		d.press("enter", "enter")
		if len(contexts.opened) != 1 || contexts.opened[0] != "staging" {
			t.Errorf("opened %v", contexts.opened)
		}
	})
}

func other(name string) *model.Cluster {
	return testkit.Cluster(testkit.Services(testkit.Service(testkit.Name(name))), testkit.Nodes(testkit.Node(testkit.Leader())),
		testkit.Tasks(), testkit.Session(model.Session{Context: name, Swarm: "swarm of " + name}))
}

// answers lets a context's swarm answer.
func (f *fakeContexts) answers(d *desk, name string) {
	f.feeds[name].push(other(name))
	d.rest()
}

func TestContext_SwitchDropsLateAnswers(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{Contexts: contexts}, shop(), 100, 30, func(t *testing.T, d *desk) {
		late := d.snapshot(shop())
		document := make(chan struct{})
		d.engine.inspect = func(context.Context, model.Ref) (model.Document, error) {
			<-document
			return model.Document{}, errors.New("of the old swarm")
		}
		d.press("2", "s")
		d.closeDialog()
		d.press("d")
		d.command("ctx staging")
		contexts.answers(d, "staging")
		d.sees("staging", "live", "UP/WANT")
		d.misses("shop_api", "prod-eu")
		d.send(late) // The old feed had one more snapshot on its way.
		close(document)
		d.rest()
		d.misses("shop_api", "prod-eu", "of the old swarm")
		if d.stack != "" || len(d.recent) != 0 || len(d.trail.below)+len(d.trail.shown) > 0 {
			t.Error("the stack or the path of the other swarm is still there")
		}
		d.command("ctx prod")
		if len(contexts.closed) > 0 {
			t.Errorf("closed before the other has answered: %v", contexts.closed)
		}
		contexts.answers(d, "prod")
		if !slices.Equal(contexts.closed, []string{"staging"}) {
			t.Errorf("closed: %v", contexts.closed)
		}
	})
}

// TestContext_TheOldOneLivesOnUntilTheNewOneAnswers shows news of the old swarm
// meanwhile, and no key does anything but give up.
func TestContext_TheOldOneLivesOnUntilTheNewOneAnswers(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{ByName: true, Contexts: contexts}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.press("j")
		d.command("ctx staging")
		d.sees("connecting to staging, 0s", "<esc>stay here", "shop_api", "prod-eu")
		d.wait(3*time.Second + 10*time.Millisecond)
		d.sees("connecting to staging, 3s")
		d.press("r", "j", "ctrl+d", "q", ":", "enter", "y")
		d.send(tea.PasteMsg{Content: "x"})
		d.sees("connecting to staging", "›monitoring_agent", "services")
		if d.dialog() != nil || d.prompt() != nil || d.quit {
			t.Error("a key did something")
		}
		d.feed.push(other("news"))
		d.rest()
		d.sees("›news", "connecting to staging")
		d.press("esc")
		d.sees("still on news", "›news")
		if !slices.Equal(contexts.closed, []string{"staging"}) {
			t.Errorf("closed: %v", contexts.closed)
		}
		contexts.answers(d, "staging")
		d.misses("staging")
		d.press("j", "d")
		d.sees("Service news")
	})
}

// TestContext_ADeadOneIsNotSwitchedTo says why, and goes back.
func TestContext_ADeadOneIsNotSwitchedTo(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{ByName: true, Contexts: contexts}, shop(), 80, 24, func(t *testing.T, d *desk) {
		d.command("ctx staging")
		trouble := &model.Trouble{Situation: model.NoDocker, Host: "ssh://ops@10.9.9.9", Cause: errors.New("dial tcp: no route to host")}
		contexts.feeds["staging"].push(testkit.Cluster(testkit.Outage(&model.Outage{Waiting: true, Err: trouble})))
		d.rest()
		d.sees("connecting to staging")
		contexts.feeds["staging"].push(testkit.Cluster(testkit.Outage(&model.Outage{Err: trouble})))
		d.rest()
		d.sees("not connected to staging", "Could not connect to staging", "still on prod-eu (esc returns)", "no route to host", "prod-eu")
		d.misses("tried again")
		if !slices.Equal(contexts.closed, []string{"staging"}) {
			t.Errorf("closed: %v", contexts.closed)
		}
		d.press("esc")
		d.sees("shop_api", "live")
		d.feed.push(other("news"))
		d.rest()
		d.sees("news")
	})
}

func TestContext_OfADemoIsNone(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{Contexts: contexts, Backend: Backend{Demo: true}}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.sees("DEMO")
		d.command("ctx prod")
		contexts.answers(d, "prod")
		d.sees("prod", "live")
		d.misses("DEMO")
	})
}

func TestContext_TheLastChosenWins(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{Contexts: contexts}, shop(), 100, 30, func(t *testing.T, d *desk) {
		contexts.hold = make(chan struct{})
		d.command("ctx slow")
		d.press("esc")
		d.command("ctx staging")
		close(contexts.hold)
		d.rest()
		contexts.answers(d, "staging")
		d.sees("staging", "live")
		if !slices.Equal(contexts.closed, []string{"slow"}) {
			t.Errorf("closed: %v; the connection that came too late is to be closed", contexts.closed)
		}
	})
}

func TestContext_ErrorKeepsTheOld(t *testing.T) {
	contexts := &fakeContexts{err: &model.Trouble{Situation: model.UnknownContext, Source: ":ctx nowhere"}}
	onDesk(t, Options{Contexts: contexts}, shop(), 100, 30, func(t *testing.T, d *desk) {
		d.command("ctx staging")
		d.sees("There is no docker context of that name", "shop_api", "prod-eu")
	})
}
