package ui

import (
	"testing"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/keys"
	"skep/ui/screen"
	"skep/ui/theme"
	"skep/ui/views"
)

// acting is a screen that the root knows nothing of: enter does what the test
// says.
type acting struct {
	views.Screen
	do func(e screen.Env) tea.Cmd
}

func (s *acting) Do(e screen.Env, cmd keys.Command) tea.Cmd {
	if cmd == keys.Enter {
		return s.do(e)
	}
	return s.Screen.Do(e, cmd)
}

// TestEnv_AScreenCanAct has a screen use all that it is given.
func TestEnv_AScreenCanAct(t *testing.T) {
	o := screen.Object{Name: "shop_cart"}
	for _, tt := range []struct {
		name string
		do   func(e screen.Env) tea.Cmd
		want string
	}{
		{"opens", func(e screen.Env) tea.Cmd { return e.Open(views.Nodes.Open(views.Scope{})) }, "services › nodes"},
		{"goes back", func(e screen.Env) tea.Cmd { e.Open(views.Nodes.Open(views.Scope{})); e.Back(); return nil }, "›shop_cart"},
		{"describes", func(e screen.Env) tea.Cmd { return e.Do(keys.Describe, o) }, "Service shop_cart"},
		{"follows", func(e screen.Env) tea.Cmd { return e.Do(keys.LogsCommand, o) }, "shop_cart logs"},
		{"asks", func(e screen.Env) tea.Cmd { e.Ask(keys.Filter); return nil }, "/shop_cart"},
		{"says", func(e screen.Env) tea.Cmd { e.Say(theme.Good, "all is well"); return nil }, "all is well"},
		{"acts", func(e screen.Env) tea.Cmd {
			if reason := e.Refuses("restart", o); reason != "" {
				t.Error(reason)
			}
			return e.Act("restart", nil, o)
		}, "restart the tasks of shop_cart"},
		{"hears why it cannot", func(e screen.Env) tea.Cmd {
			e.Say(theme.Warning, e.Refuses("drain", o))
			return nil
		}, "there is no drain for a service"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			onDesk(t, Options{ByName: true, Pattern: "shop_cart"}, shop(), 100, 30, func(t *testing.T, d *desk) {
				o.Ref = d.current().Ref
				o.Row = o.Ref
				d.screens = path{&acting{d.top().(views.Screen), tt.do}}
				d.press("enter")
				d.sees(tt.want)
			})
		})
	}
}

// TestEnv_IsOfTheSwarmOfTheScreen reads for a screen of a swarm that was left.
func TestEnv_IsOfTheSwarmOfTheScreen(t *testing.T) {
	contexts := &fakeContexts{}
	onDesk(t, Options{Contexts: contexts}, shop(), 100, 30, func(t *testing.T, d *desk) {
		e, reads := d.env(), len(d.engine.reads)
		d.command("ctx staging")
		contexts.answers(d, "staging")
		_, _ = e.Inspect(model.Ref{Kind: model.KindNode, ID: "x"})
		if len(d.engine.reads) != reads+1 {
			t.Error("another swarm was asked")
		}
	})
}
