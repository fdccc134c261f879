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
)

// ordered is a service with its place in the order of the deployment.
type ordered struct {
	*StackService
	wave int
	// after are the services that it depends on, and takes those of them whose published
	// ports it takes over.
	after, takes []string
}

// order puts the services into waves: by the numbers that the files give, and
// within one number those first that others depend on, or take a published port of.
func (d deploy) order() ([]ordered, error) {
	levels := map[string]int{}
	givers, either := d.givers(), ""
	if len(givers) > 0 {
		either = ", or takes a published port of it, which the engine gives no two (deploy first without one of them)"
	}
	var level func(s *StackService, way []string) (int, error)
	level = func(s *StackService, way []string) (int, error) {
		if slices.Contains(way, s.Name) {
			return 0, fmt.Errorf("each of them depends on the next%s: %s", either, strings.Join(append(way, s.Name), " -> "))
		}
		if n, known := levels[s.Name]; known {
			return n, nil
		}
		n := 0
		for _, name := range slices.Concat(s.After, givers[s.Name]) {
			first := d.service(name)
			switch {
			case first == nil:
				return 0, fmt.Errorf("%s depends on %s, which the files do not have", s.Name, name)
			case first.Wave > s.Wave && !slices.Contains(s.After, name):
				return 0, fmt.Errorf("%s takes a published port of %s, which is in a later wave", s.Name, name)
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
		out[i] = ordered{StackService: s, after: slices.Concat(s.After, givers[s.Name]), takes: givers[s.Name]}
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
	last := d.lastWave()
	for _, wave := range slices.Sorted(maps.Keys(d.unsound)) {
		if wave < last {
			p.warn("unchanged, and not as it should be: %s; what comes after is written all the same", list(d.unsound[wave]))
		}
	}
}

// lastWave is the last in which a service is written; negative where none is.
func (d *deploy) lastWave() int {
	last := -1
	for _, p := range d.parts {
		if s := p.Steps[0]; s.Ref.Kind.Info().Writes.Image && s.Op != OpRemove {
			last = max(last, s.Wave)
		}
	}
	return last
}

// evict removes those services of the stack first whose published ports others are
// going to take.
func (d *deploy) evict() error {
	if !d.how.Prune {
		return nil
	}
	var taken []publishing
	for _, s := range d.want.Services {
		taken = append(taken, publishings(&s.Spec)...)
	}
	left, _ := d.leftovers()
	for _, s := range left {
		if slices.ContainsFunc(publishings(&s.Spec), func(p publishing) bool { return slices.ContainsFunc(taken, p.same) }) {
			if err := d.removeService(s, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// portsHeld refuses published ports that services have which stay: the engine would,
// once others are deployed already (swarmkit manager/controlapi/service.go,
// checkPortConflicts: on hosts, two may have the same).
func (d *deploy) portsHeld() error {
	var clashes []string
	for _, w := range d.want.Services {
		for _, p := range publishings(&w.Spec) {
			for _, s := range d.in.Cluster.Services() {
				stays := d.service(s.Name()) == nil && (!d.how.Prune || string(s.Stack()) != d.want.Name)
				if stays && slices.ContainsFunc(publishings(&s.Spec), p.excludes) {
					clashes = append(clashes, fmt.Sprintf("%s is to publish %s, which %s does", w.Name, p, s.Name()))
					break
				}
			}
		}
	}
	if len(clashes) > 0 {
		return errors.New(list(clashes))
	}
	return nil
}

// givers are, by what takes a published port over, those services of the files that
// have it, and are to have it no longer: they come first.
func (d deploy) givers() map[string][]string {
	out := map[string][]string{}
	for _, giver := range d.in.Cluster.Services() {
		then := d.service(giver.Name())
		if then == nil {
			continue
		}
		given := slices.DeleteFunc(publishings(&giver.Spec), func(p publishing) bool { return slices.ContainsFunc(publishings(&then.Spec), p.excludes) })
		for _, taker := range d.want.Services {
			if taker.Name != giver.Name() && slices.ContainsFunc(publishings(&taker.Spec), func(p publishing) bool { return slices.ContainsFunc(given, p.excludes) }) {
				out[taker.Name] = append(out[taker.Name], giver.Name())
			}
		}
	}
	return out
}

// publishing is a port that a service publishes by a number of its own.
type publishing struct {
	number   uint32
	protocol network.IPProtocol
	mode     swarm.PortConfigPublishMode
}

func (p publishing) String() string { return fmt.Sprintf("%d/%s", p.number, p.protocol) }

// excludes reports whether the engine gives the one to no service while another has the
// other: on hosts, two may have the same.
func (p publishing) excludes(o publishing) bool {
	return p.same(o) && (p.mode == swarm.PortConfigPublishModeIngress || o.mode == swarm.PortConfigPublishModeIngress)
}

func (p publishing) same(o publishing) bool { return p.number == o.number && p.protocol == o.protocol }

func publishings(s *swarm.ServiceSpec) []publishing {
	var out []publishing
	if s.EndpointSpec == nil {
		return out
	}
	for _, p := range s.EndpointSpec.Ports {
		if p.PublishedPort != 0 {
			out = append(out, publishing{p.PublishedPort, cmp.Or(p.Protocol, network.TCP), cmp.Or(p.PublishMode, swarm.PortConfigPublishModeIngress)})
		}
	}
	return out
}
