package actions

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
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

// waves says which services are written in which order, a wave each.
func (d *deploy) waves() []string {
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
	return out
}

// warnUnsound says which services come before others and do not run as they should,
// though the files have nothing new for them. They hold nothing up: what comes after
// them may be what mends them.
func (d *deploy) warnUnsound(p *Plan) {
	if d.how.Together {
		return
	}
	last := -1
	for _, s := range p.Steps {
		if s.Ref.Kind.Info().Writes.Image && s.Op != OpRemove {
			last = max(last, s.Wave)
		}
	}
	for _, wave := range slices.Sorted(maps.Keys(d.unsound)) {
		if wave < last {
			p.warn("unchanged, and not as it should be: %s; what comes after is written all the same", list(d.unsound[wave]))
		}
	}
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
