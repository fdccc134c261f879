package actions

import (
	"slices"
	"strings"

	"skep/model"
)

// nameNetworks puts the names of networks in the place of their IDs, by which alone
// specifications call them: in all that is read before a plan is confirmed.
func (p *Proposal) nameNetworks() {
	var names []string
	add := func(m model.Ref, name string) {
		if m.Network() != "" && name != "" && !slices.Contains(names, m.ID) {
			names = append(names, m.ID, name)
		}
	}
	for _, n := range model.Listed[*model.Network](p.Input.Cluster, model.KindNetwork) {
		add(n.Meta().Ref, n.Name)
	}
	for _, other := range p.Input.Others {
		add(other.Doc.Ref, other.Doc.Name)
	}
	if len(names) == 0 {
		return
	}
	named := strings.NewReplacer(names...)
	p.Plan.Changes = slices.Clone(p.Plan.Changes)
	for i := range p.Plan.Changes {
		c := &p.Plan.Changes[i]
		for _, text := range []*string{&c.Path, &c.Before, &c.After, &c.BareBefore, &c.BareAfter} {
			*text = named.Replace(*text)
		}
	}
	for _, lines := range []*[]string{&p.Plan.Warnings, &p.Plan.Impact.Sentences} {
		*lines = slices.Clone(*lines)
		for i, line := range *lines {
			(*lines)[i] = named.Replace(line)
		}
	}
}
