package subject

import (
	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/document"
	"skep/ui/screen"
)

// Discovery is what shows who finds whom: of a service, or of a network with what the
// engine resolves there; false for anything else.
func Discovery(c *model.Cluster, o screen.Object) (screen.Object, bool) {
	if id := o.Ref.Service(); id != "" {
		return screen.Object{Ref: model.Ref{Kind: model.KindDiscovery, ID: o.Ref.ID}, Row: o.Row, Name: o.Name + " discovery"}, true
	}
	if n, ok := model.Lookup[*model.Network](c, o.Ref); ok && n.InSwarm() {
		return screen.Object{Ref: model.Ref{Kind: model.KindNames, ID: o.Ref.ID}, Row: o.Row, Name: o.Name + " names"}, true
	}
	return screen.Object{}, false
}

func discoveryReason(e screen.Env, o screen.Object) string {
	if _, ok := Discovery(e.Snapshot(), o); !ok {
		return "this is for a service, or a network of the swarm"
	}
	return ""
}

func openDiscovery(e screen.Env, o screen.Object) tea.Cmd {
	at, ok := Discovery(e.Snapshot(), o)
	if !ok {
		return nil
	}
	return e.Open(document.New(e, at, false))
}

const restartVerb = "restart"

// misnamed are the services whose tasks are others than those that their names
// resolve to, as the screen shows it.
func misnamed(e screen.Env, o screen.Object) []screen.Object {
	d, ok := e.Screen().(interface{ Read() model.Document })
	c := e.Snapshot()
	n, known := model.Lookup[*model.Network](c, model.NetworkID(o.Ref.ID).Ref())
	if !ok || !known {
		return nil
	}
	doc := d.Read()
	seen, part, err := model.ReadNames(doc.Raw)
	if err != nil || !part {
		return nil
	}
	var out []screen.Object
	for _, s := range c.Misnamed(n, seen, doc.ReadAt) {
		ref := s.Key().Ref()
		out = append(out, screen.Object{Ref: ref, Row: ref, Name: s.Name()})
	}
	return out
}

// renameReason is why no restart would make names anew.
func renameReason(e screen.Env, o screen.Object) string {
	services := misnamed(e, o)
	if len(services) == 0 {
		return "no service on it is known to differ from its tasks"
	}
	return e.Refuses(restartVerb, services...)
}
