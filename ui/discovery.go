package ui

import (
	"errors"

	tea "charm.land/bubbletea/v2"

	"skep/model"
	"skep/ui/document"
	"skep/ui/screen"
	"skep/ui/subject"
)

// discoverable are the names of services and networks.
func (a *App) discoverable() []string {
	return append(a.cluster.NamesOf(model.KindService), a.cluster.NamesOf(model.KindNetwork)...)
}

// discoveryCommand shows who finds whom: of what is named, or else of the subject of
// the screen.
func (a *App) discoveryCommand(name string) (tea.Cmd, error) {
	if a.cluster == nil {
		return nil, errors.New("nothing is known of the swarm yet")
	}
	at, ok := a.named(name)
	if !ok {
		return nil, errors.New("there is no service or network " + name + " that is known")
	}
	o, ok := subject.Discovery(a.cluster, at)
	if !ok {
		return nil, errors.New("this is for a service, or a network of the swarm")
	}
	return a.env().Open(document.New(a.env(), o, false)), nil
}

// named is the service or network of a name; without one, the subject of the screen.
func (a *App) named(name string) (screen.Object, bool) {
	if name == "" {
		o := a.current()
		return o, o.Ref != (model.Ref{})
	}
	if id, ok := a.serviceNamed(name); ok {
		return screen.Object{Ref: id.Ref(), Row: id.Ref(), Name: name}, true
	}
	for _, n := range model.Listed[*model.Network](a.cluster, model.KindNetwork) {
		if ref := n.Meta().Ref; n.Name == name || n.ID == name {
			return screen.Object{Ref: ref, Row: ref, Name: n.Name}, true
		}
	}
	return screen.Object{}, false
}
