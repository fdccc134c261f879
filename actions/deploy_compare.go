package actions

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// difference is what has to be written for a service to be as the files ask.
type difference struct {
	edits []Edit
	// said are sentences about what is left as it is, and what is taken back.
	said []string
	// mode is set where the mode differs, and image where the image does.
	mode, image bool
	// is and wants are both in canonical form, their lists taken apart, and kept the
	// fields that are left as they are, because they were changed by hand.
	is, wants json.RawMessage
	kept      [][]string
}

// compare finds the fields that differ between what runs and what is asked for.
// What runs keeps its bytes wherever it means the same.
func (p *placing) compare(plan *Plan) (difference, error) {
	var out difference
	running := &swarm.ServiceSpec{}
	if err := json.Unmarshal(p.doc.Spec, running); err != nil || running.TaskTemplate.ContainerSpec == nil {
		return out, fmt.Errorf("its specification cannot be read: %w", err)
	}
	base := parseFingerprint(running.Labels[model.LabelDeployed])
	if kept := p.keepImage(running, plan); kept {
		p.spec.TaskTemplate.ContainerSpec.Image = running.TaskTemplate.ContainerSpec.Image
		// The label says what the image was made of, and goes with it.
		if label, has := running.Labels[model.LabelStackImage]; has {
			p.spec.Labels[model.LabelStackImage] = label
		} else {
			delete(p.spec.Labels, model.LabelStackImage)
		}
	}
	p.keepOwn(running, &out)
	var err error
	if out.is, err = comparedForm(running); err != nil {
		return out, err
	}
	if out.wants, err = comparedForm(p.spec); err != nil {
		return out, err
	}
	is, wants := out.is, out.wants
	out.mode = !sameModes(&running.Mode, &p.spec.Mode)
	var byHand []model.Change
	var written [][]string
	for _, path := range differing(is, wants) {
		change := changeAt(path, is, wants)
		if out.mode && path[0] == "Mode" {
			continue // It is made again.
		}
		if p.drifted(base, running, is, path) && !p.makes(wants, path) {
			if p.how.KeepDrift {
				out.said = append(out.said, fmt.Sprintf("%s: changed by hand since the last deploy, and kept: %s", p.want.Name, keptAs(change)))
				out.kept = append(out.kept, path)
				p.apart = true
				continue
			}
			byHand = append(byHand, change...)
		}
		out.image = out.image || slices.Equal(path, pathImage)
		written = append(written, path)
	}
	after, err := graft(p.doc.Spec, is, wants, written)
	if err != nil {
		return out, err
	}
	if after, err = p.withPlatforms(after, running, out.image); err != nil {
		return out, err
	}
	for _, c := range byHand {
		plan.warn("changed by hand since the last deploy, and taken back (--keep-drift leaves it): %s", c)
	}
	out.edits = Edits(p.doc.Spec, after)
	return out, nil
}

// withPlatforms gives a specification the platforms of its image: those that it has, or
// those of another one, as far as the registry told them. The scheduler passes over
// nodes for which an image was not built, which those of a former image are not about.
func (p *placing) withPlatforms(after json.RawMessage, running *swarm.ServiceSpec, another bool) (json.RawMessage, error) {
	place := p.spec.TaskTemplate.Placement
	if place == nil {
		place = &swarm.Placement{}
	}
	if another {
		return Apply(after, []Edit{{Path: pathPlatforms, Value: place.Platforms, Delete: len(place.Platforms) == 0}})
	}
	if place.Platforms = nil; running.TaskTemplate.Placement != nil {
		place.Platforms = running.TaskTemplate.Placement.Platforms
	}
	has, found := lookup(p.doc.Spec, pathPlatforms...)
	return Apply(after, []Edit{{Path: pathPlatforms, Value: has, Delete: !found}})
}

// keptAs says what one field comes to that is left as it is.
func keptAs(changes []model.Change) string {
	out := make([]string, len(changes))
	for i, c := range changes {
		out[i] = fmt.Sprintf("%s is %s", c.Path, cmp.Or(c.Before, "not there"))
		if c.Before != "" && c.After != "" {
			out[i] += ", and in the files " + c.After
		}
	}
	return list(out)
}

// overlay puts a field of one specification into another, with all around it that
// is not there yet.
func overlay(spec, from json.RawMessage, path []string) (json.RawMessage, error) {
	value, found := lookup(from, path...)
	if !found {
		return Apply(spec, []Edit{{Path: path, Delete: true}})
	}
	for n := range path {
		has, there := lookup(spec, path[:n+1]...)
		if there && string(has) != "null" && n < len(path)-1 {
			continue
		}
		whole, _ := lookup(from, path[:n+1]...)
		if there && n == len(path)-1 {
			whole = inOrderOf(path, value, has)
		}
		return Apply(spec, []Edit{{Path: path[:n+1], Value: whole}})
	}
	return spec, nil
}

// keepImage reports whether the image that runs is the one that the files name: the
// same name, with a digest that is still the registry's, or that nobody asked about.
func (p *placing) keepImage(running *swarm.ServiceSpec, plan *Plan) bool {
	c := p.spec.TaskTemplate.ContainerSpec
	named, runs := c.Image, running.TaskTemplate.ContainerSpec.Image
	same := runs == named || !strings.Contains(named, "@") && imageName(withoutDigest(runs)) == imageName(named)
	answer, asked := p.in.Answers[imageName(named)]
	switch {
	case !same:
		p.pin(plan)
		return false
	case strings.Contains(named, "@"), !asked && p.how.Resolve != ResolveAlways:
		return true
	case answer.Image == nil:
		if p.how.Resolve == ResolveAlways && strings.Contains(runs, "@") {
			plan.warn("whether the registry has a newer %s is not known (%v): it stays as it is", named, answer.Err)
		}
		return true
	case answer.Image.Pinned == runs:
		return true
	case answer.Image.Pinned == named && !strings.Contains(runs, "@"): // The registry told no digest.
		return true
	}
	p.pin(plan)
	return c.Image == runs
}

// keepOwn takes over from what runs what the files do not speak of: how often it was
// restarted, what skep itself keeps on it, and a number of replicas that the files
// leave open.
func (p *placing) keepOwn(running *swarm.ServiceSpec, out *difference) {
	p.spec.TaskTemplate.ForceUpdate = running.TaskTemplate.ForceUpdate
	if w, r := p.spec.Mode.Replicated, running.Mode.Replicated; w != nil && w.Replicas == nil && r != nil {
		w.Replicas = r.Replicas
		if r.Replicas != nil && *r.Replicas != 1 {
			out.said = append(out.said, fmt.Sprintf("%s stays at %s: the files give no number", p.want.Name, model.Plural(model.Count(*r.Replicas), "replica")))
		}
	}
	starts := p.spec.Mode.Replicated != nil && p.spec.Mode.Replicated.Replicas != nil && *p.spec.Mode.Replicated.Replicas > 0
	for key, value := range running.Labels {
		switch {
		case !strings.HasPrefix(key, "skep."), key == labelReplicas && starts:
			continue
		case key == model.LabelOrder && running.UpdateConfig != nil:
			value = p.keepOrder(running.UpdateConfig, value)
		}
		if p.spec.Labels == nil {
			p.spec.Labels = map[string]string{}
		}
		p.spec.Labels[key] = value
	}
	if running.TaskTemplate.Placement == nil {
		return
	}
	for _, constraint := range running.TaskTemplate.Placement.Constraints {
		id, away := strings.CutPrefix(constraint, "node.id!=")
		if _, marked := running.Labels[model.AwayLabel(model.NodeID(id))]; away && marked && !slices.Contains(p.spec.TaskTemplate.Placement.Constraints, constraint) {
			p.spec.TaskTemplate.Placement.Constraints = append(p.spec.TaskTemplate.Placement.Constraints, constraint)
		}
	}
}

// keepOrder leaves the update order that a gentle drain has set for a while, and gives
// the one that comes back then: of the files, where that means something else than the
// one before.
func (p *placing) keepOrder(running *swarm.UpdateConfig, former string) string {
	const usual = swarm.UpdateOrderStopFirst
	switch config := p.spec.UpdateConfig; {
	case config == nil:
		p.spec.UpdateConfig = rolloutOf(nil)
	case former == model.OrderNone:
		if asked := *config; *rolloutOf(&asked) != *rolloutOf(nil) {
			former = formerOrder(config)
		}
	case cmp.Or(config.Order, usual) != cmp.Or(swarm.UpdateOrder(strings.TrimPrefix(former, model.OrderUnset)), usual):
		former = formerOrder(config)
	}
	p.spec.UpdateConfig.Order = running.Order
	return former
}

// drifted reports whether a field that differs was changed by hand: the files say of
// it what they said at the last deploy.
func (p *placing) drifted(base fingerprint, running *swarm.ServiceSpec, is json.RawMessage, path []string) bool {
	if slices.Equal(path, pathImage) {
		named := p.want.Spec.TaskTemplate.ContainerSpec.Image
		runs := running.TaskTemplate.ContainerSpec.Image
		return running.Labels[model.LabelStackImage] == named && imageName(withoutDigest(runs)) != imageName(named)
	}
	return base.same(p.bare, is, path)
}

// makes reports whether a field names what this deployment makes: that nobody can have
// taken away by hand.
func (p *placing) makes(wants json.RawMessage, path []string) bool {
	value, _ := lookup(wants, path...)
	return slices.ContainsFunc(slices.Collect(maps.Keys(p.made)), func(place string) bool { return bytes.Contains(value, []byte(`"`+place+`"`)) })
}

// sameModes reports whether two services are of one sort.
func sameModes(a, b *swarm.ServiceMode) bool {
	sort := func(m *swarm.ServiceMode) int {
		switch {
		case m.Global != nil:
			return 1
		case m.ReplicatedJob != nil:
			return 2
		case m.GlobalJob != nil:
			return 3
		}
		return 0
	}
	return sort(a) == sort(b)
}
