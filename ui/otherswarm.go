package ui

import (
	"cmp"
	"slices"

	tea "charm.land/bubbletea/v2"

	"skep/actions"
	"skep/model"
	"skep/ui/detail"
	"skep/ui/keys"
	"skep/ui/table"
	"skep/ui/theme"
)

// otherSwarm is set while another swarm answers than the one that was shown.
// Nothing is shown of either then, and nothing can be changed, until it is gone
// or the operator goes over to it.
func (w *workspace) otherSwarm() *model.OtherSwarmError {
	if !w.offline() {
		return nil
	}
	return model.AsOtherSwarm(w.cluster.Outage.Err)
}

// otherSwarmText is the screen of that.
func (a *App) otherSwarmText(other *model.OtherSwarmError) []detail.Line {
	s := a.cluster.Session
	shown := cmp.Or(sessionName(s), other.ShownAt, s.Host)
	out := append(outageText(a.cluster.Outage), nil)
	out = append(out, detail.Plain(theme.Plain, "Was shown:  swarm "+other.Shown+"  ("+shown+")\nAnswers:    swarm "+other.Found+"  ("+other.FoundAt+")\n")...)
	goes := a.keyName(a.opt.Keys.Of([]keys.Scope{keys.OtherSwarm}, keys.GoOver).Keys[0]) + " goes over to the swarm that answers, as if skep were started anew."
	return append(out, detail.Plain(theme.Dim, goes+"\nRetrying at least every "+table.Age(model.RetryPause)+": if the one shown before comes back, so does its screen.\n:ctx NAME goes to another context.")...)
}

// leaveSwarm closes what was open about the swarm that no longer answers. A
// write that was sent keeps its dialog, which will tell what became of it.
func (a *App) leaveSwarm() {
	for _, o := range a.overlays {
		if d, ok := o.(*dialog); !ok || d.phase != running && !d.wrote {
			a.lift(o)
		}
	}
	a.notice = notice{}
}

// troubleScopes are where keys are looked up on the screen of an error.
func (w *workspace) troubleScopes() []keys.Scope {
	if w.otherSwarm() != nil {
		return append([]keys.Scope{keys.OtherSwarm}, pageScopes...)
	}
	return pageScopes
}

// goOver connects to the swarm that answers, and to no other.
func (a *App) goOver() tea.Cmd {
	other, backend := a.otherSwarm(), a.backend
	switch {
	case other == nil || a.trouble() == nil:
		return nil
	case backend.GoOver == nil:
		a.say(theme.Warning, "this connection cannot go over; start skep anew")
		return nil
	case a.now.Sub(a.trouble().at) < dialogGuard:
		a.say(theme.Warning, "this has only just come up: read it, then type again")
		return nil
	}
	return a.connectTo("swarm "+other.Found, func() (Backend, error) { return backend.GoOver(other.Found) })
}

// planned reports whether plans were made for the swarm that is shown.
func (w *workspace) planned(plans []actions.Plan) bool {
	return !slices.ContainsFunc(plans, func(p actions.Plan) bool { return p.Swarm != w.cluster.Session.Swarm })
}
