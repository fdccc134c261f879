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
		{"describes", func(e screen.Env) tea.Cmd { return e.Describe(o, false) }, "Service shop_cart"},
		{"follows", func(e screen.Env) tea.Cmd { return e.Follow(o) }, "shop_cart logs"},
		{"asks", func(e screen.Env) tea.Cmd { e.Ask(keys.Filter); return nil }, "/shop_cart"},
		{"says", func(e screen.Env) tea.Cmd { e.Say(theme.Good, "all is well"); return nil }, "all is well"},
		{"acts", func(e screen.Env) tea.Cmd {
			cmd, reason := e.Act("restart", o)
			if reason != "" {
				t.Error(reason)
			}
			return cmd
		}, "restart the tasks of shop_cart"},
		{"hears why it cannot", func(e screen.Env) tea.Cmd {
			_, reason := e.Act("drain", o)
			e.Say(theme.Warning, reason)
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
