package actions

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// ordered is a service with its place in the order of the deployment.
type ordered struct {
	*StackService
	wave int
}

// order puts the services into waves: by the numbers that the files give, and
// within one number those first that others depend on.
func (d deploy) order() ([]ordered, error) {
	levels := map[string]int{}
	var level func(s *StackService, way []string) (int, error)
	level = func(s *StackService, way []string) (int, error) {
		if slices.Contains(way, s.Name) {
			return 0, fmt.Errorf("each of them depends on the next: %s", strings.Join(append(way, s.Name), " -> "))
		}
		if n, known := levels[s.Name]; known {
			return n, nil
		}
		n := 0
		for _, name := range s.After {
			first := d.service(name)
			switch {
			case first == nil:
				return 0, fmt.Errorf("%s depends on %s, which the files do not have", s.Name, name)
			case first.Wave > s.Wave:
				return 0, fmt.Errorf("%s depends on %s, which is in a later wave", s.Name, name)
			}
			below, err := level(first, append(slices.Clone(way), s.Name))
			if err != nil {
				return 0, err
			}
			if first.Wave == s.Wave {
				n = max(n, below+1)
			}
		}
		levels[s.Name] = n
		return n, nil
	}
	out := make([]ordered, len(d.want.Services))
	for i := range d.want.Services {
		s := &d.want.Services[i]
		if _, err := level(s, nil); err != nil {
			return nil, err
		}
		out[i] = ordered{StackService: s}
	}
	slices.SortStableFunc(out, func(a, b ordered) int {
		return cmp.Or(cmp.Compare(a.Wave, b.Wave), cmp.Compare(levels[a.Name], levels[b.Name]))
	})
	for i := 1; i < len(out); i++ {
		out[i].wave = out[i-1].wave
		if out[i].Wave != out[i-1].Wave || levels[out[i].Name] != levels[out[i-1].Name] {
			out[i].wave++
		}
	}
	return out, nil
}

// waves says which services are written in which order.
func (d *deploy) waves() string {
	var out []string
	last := -1
	for _, p := range d.parts {
		s := p.Steps[0]
		if !s.Ref.Kind.Info().Writes.Image || s.Op == OpRemove {
			continue
		}
		if s.Wave == last && len(out) > 0 {
			out[len(out)-1] += ", " + p.Target.Name
			continue
		}
		out, last = append(out, p.Target.Name), s.Wave
	}
	return strings.Join(out, "; then ")
}

// evict removes those services of the stack first whose published ports others are
// going to take.
func (d *deploy) evict() {
	if !d.how.Prune {
		return
	}
	taken := map[string]bool{}
	for _, s := range d.want.Services {
		for _, p := range portsOf(&s.Spec) {
			taken[p] = true
		}
	}
	for _, s := range d.leftovers() {
		if slices.ContainsFunc(portsOf(&s.Spec), func(p string) bool { return taken[p] }) {
			d.removeService(s)
		}
	}
}

// portsHeld refuses published ports that services have which stay: the engine would,
// once others are deployed already (swarmkit manager/controlapi/service.go,
// checkPortConflicts: on hosts, two may have the same).
func (d *deploy) portsHeld() error {
	type port struct {
		number   uint32
		protocol network.IPProtocol
	}
	held := map[port][]*model.Service{}
	each := func(s *swarm.ServiceSpec, do func(port, swarm.PortConfigPublishMode)) {
		if s.EndpointSpec == nil {
			return
		}
		for _, p := range s.EndpointSpec.Ports {
			if p.PublishedPort != 0 {
				do(port{p.PublishedPort, cmp.Or(p.Protocol, network.TCP)}, cmp.Or(p.PublishMode, swarm.PortConfigPublishModeIngress))
			}
		}
	}
	mode := map[port]swarm.PortConfigPublishMode{}
	for _, s := range d.in.Cluster.Services() {
		if d.service(s.Name()) != nil || d.how.Prune && string(s.Stack()) == d.want.Name {
			continue
		}
		each(&s.Spec, func(p port, m swarm.PortConfigPublishMode) { held[p], mode[p] = append(held[p], s), m })
	}
	var clashes []string
	for _, w := range d.want.Services {
		each(&w.Spec, func(p port, m swarm.PortConfigPublishMode) {
			if len(held[p]) > 0 && (m == swarm.PortConfigPublishModeIngress || mode[p] == swarm.PortConfigPublishModeIngress) {
				clashes = append(clashes, fmt.Sprintf("%s is to publish %d/%s, which %s does", w.Name, p.number, p.protocol, held[p][0].Name()))
			}
		})
	}
	if len(clashes) > 0 {
		return errors.New(list(clashes))
	}
	return nil
}

func portsOf(s *swarm.ServiceSpec) []string {
	var out []string
	if s.EndpointSpec != nil {
		for _, p := range s.EndpointSpec.Ports {
			if p.PublishedPort != 0 {
				out = append(out, fmt.Sprintf("%d/%s", p.PublishedPort, cmp.Or(string(p.Protocol), "tcp")))
			}
		}
	}
	return out
}

// leftovers are the stack's services that the files no longer have.
func (d *deploy) leftovers() []*model.Service {
	var out []*model.Service
	for _, s := range d.in.Cluster.Services() {
		if string(s.Stack()) == d.want.Name && d.service(s.Name()) == nil {
			out = append(out, s)
		}
	}
	return out
}

// removeService takes a service away, once.
func (d *deploy) removeService(s *model.Service) {
	if _, done := d.steps[s.Name()]; done {
		return
	}
	in := d.in
	in.Target = Target{Ref: s.Key().Ref(), Name: s.Name()}
	in.Doc, in.InGroup = d.in.Others[in.Target.Ref].Doc, true
	if d.in.Others[in.Target.Ref].Err != nil {
		return // It is gone already.
	}
	p, err := planRemove(in)
	if err != nil {
		d.warnings = append(d.warnings, fmt.Sprintf("%s stays: %v", s.Name(), err))
		return
	}
	p.Steps[0].Name = s.Name()
	p.Changes = []model.Change{{Path: "removed", Before: s.Image()}}
	d.steps[s.Name()] = d.add(p)
	d.removed = append(d.removed, "service "+s.Name())
}

// prune takes away what the files no longer have, or says what is left over.
func (d *deploy) prune() {
	var left []string
	for _, s := range d.leftovers() {
		if d.how.Prune {
			d.removeService(s)
		} else {
			left = append(left, "service "+s.Name())
		}
	}
	for _, kind := range []model.Kind{model.KindNetwork, model.KindConfig, model.KindSecret} {
		for _, m := range d.listed(d.in.Cluster, kind) {
			if string(m.Stack) != d.want.Name || d.uses(m.Ref) {
				continue
			}
			switch users := d.users(m.Ref); {
			case len(users) > 0 && d.how.Prune:
				d.sentences = append(d.sentences, fmt.Sprintf("the %s %s is kept: %s %s it still", kind, m.Name, list(users), verb(len(users), "uses", "use")))
			case len(users) > 0:
			case d.how.Prune:
				d.removeObject(m)
			default:
				left = append(left, fmt.Sprintf("%s %s", kind, m.Name))
			}
		}
	}
	if len(left) > 0 {
		d.sentences = append(d.sentences, fmt.Sprintf("no longer in the files, and left alone without --prune: %s", list(left)))
	}
}

// uses reports whether the deployment names an object.
func (d *deploy) uses(r model.Ref) bool {
	for ref, id := range d.found {
		if ref.Kind == r.Kind && id == r.ID {
			return true
		}
	}
	return false
}

// users are the services that need an object after the deployment: those that
// stay, also for going back to what they were before. What is moved off it now
// could still be rolled back to it.
func (d *deploy) users(r model.Ref) []string {
	var out []string
	for _, u := range d.in.Cluster.Users(r) {
		step, written := d.steps[u.Service.Name()]
		if written && d.parts[step].Steps[0].Op == OpRemove {
			continue
		}
		name := u.Service.Name()
		if u.Former || written {
			name += " (its version before)"
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// removeObject takes a network, config or secret away, after what uses it.
func (d *deploy) removeObject(m model.Meta) {
	read := d.in.Others[m.Ref]
	if read.Err != nil {
		return
	}
	s := Step{Op: OpRemove, Ref: m.Ref, Name: m.Name, Seen: read.Doc, Patience: tasksLinger + goneWithin}
	for _, u := range d.in.Cluster.Users(m.Ref) {
		if step, ok := d.steps[u.Service.Name()]; ok {
			s.After = append(s.After, step)
			s.Patience = max(s.Patience, stopGrace(u.Service)+tasksLinger)
		}
	}
	label := fmt.Sprintf("%s %s", m.Ref.Kind, m.Name)
	d.add(Plan{
		Target: Target{Ref: m.Ref, Name: m.Name}, Risk: Destructive, Undo: Undo{Sentence: comesBack(m.Ref.Kind)},
		Steps: []Step{s}, Changes: []model.Change{{Path: "removed", Before: m.Name}},
	})
	d.removed = append(d.removed, label)
}
