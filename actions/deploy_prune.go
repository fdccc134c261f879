package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"skep/model"
)

// leftovers are the stack's services that the files no longer have, and beside those
// that no file has because they stand beside another.
func (d *deploy) leftovers() (left, beside []*model.Service) {
	for _, s := range d.in.Cluster.Services() {
		if string(s.Stack()) != d.want.Name || d.service(s.Name()) != nil {
			continue
		}
		if mark, marked := s.GreenMark(); d.blue == "" && marked && d.in.Cluster.Service(mark.Blue) != nil {
			beside = append(beside, s)
		} else {
			left = append(left, s)
		}
	}
	return left, beside
}

// removeService takes a service away in a wave, once. That it could not be read is an
// error; that it is gone already is none.
func (d *deploy) removeService(s *model.Service, wave int) error {
	if _, done := d.steps[s.Name()]; done {
		return nil
	}
	in := d.in
	in.Target = Target{Ref: s.Key().Ref(), Name: s.Name()}
	read := d.in.Others[in.Target.Ref]
	if in.Doc, in.InGroup = read.Doc, true; read.Err != nil {
		return unlessGone(in.Target, read.Err)
	}
	p, err := planRemove(in)
	if err != nil {
		d.warnings = append(d.warnings, fmt.Sprintf("%s stays: %v", s.Name(), err))
		return nil
	}
	p.Steps[0].Name, p.Steps[0].Wave = s.Name(), wave
	p.Changes = []model.Change{{Path: "removed", Before: s.Image()}}
	d.steps[s.Name()] = d.add(p)
	d.removed = append(d.removed, "service "+s.Name())
	return nil
}

// unlessGone is the error of a reading but for that there is nothing to read any more.
func unlessGone(t Target, err error) error {
	if errors.Is(err, model.ErrGone) {
		return nil
	}
	return fmt.Errorf("%s %s: %w", t.Ref.Kind, t.Name, err)
}

// prune takes away what the files no longer have, or says what is left over. What goes
// goes last: until what was written runs as it should, it may be what answers.
func (d *deploy) prune() error {
	wave, evicted := d.lastWave()+1, len(d.removed)
	if d.how.Together {
		wave = 0
	}
	var left []string
	services, beside := d.leftovers()
	for _, s := range beside {
		d.sentences = append(d.sentences, fmt.Sprintf("%s is kept: it stands beside another, until skep finish or skep remove", s.Name()))
	}
	for _, s := range services {
		if d.how.Prune {
			if err := d.removeService(s, wave); err != nil {
				return err
			}
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
				if err := d.removeObject(m, wave); err != nil {
					return err
				}
			default:
				left = append(left, fmt.Sprintf("%s %s", kind, m.Name))
			}
		}
	}
	if last := d.removed[evicted:]; len(last) > 0 && wave > 0 {
		d.sentences = append(d.sentences, "removed once what is written runs as it should: "+list(last))
	}
	if len(left) > 0 {
		d.sentences = append(d.sentences, fmt.Sprintf("no longer in the files, and left alone without --prune: %s", list(left)))
	}
	return nil
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
	return append(out, d.kept(r)...)
}

// ledger is what has to be read of the releases before anything is pruned.
func (d deploy) ledger(in Input) []model.Ref {
	if how := d.how.with(in.Values); !how.Prune || !how.Ledger {
		return nil
	}
	var out []model.Ref
	for _, s := range in.Cluster.Services() {
		out = append(out, model.ReleaseRef(in.Cluster.Session.Swarm, s.Name(), model.AllReleases))
	}
	return out
}

// kept are the releases that name a config or secret, of services that stay. Its
// content would be gone, and they could not be run again.
func (d *deploy) kept(r model.Ref) []string {
	if !slices.Contains([]model.Kind{model.KindConfig, model.KindSecret}, r.Kind) {
		return nil
	}
	var out []string
	for _, ref := range d.ledger(d.in) {
		_, name, _, _, err := ref.ParseRelease()
		step, written := d.steps[name]
		if err != nil || written && d.parts[step].Steps[0].Op == OpRemove {
			continue
		}
		read := d.in.Others[ref]
		var uses []model.ReleaseUse
		if read.Err != nil || json.Unmarshal(read.Doc.Spec, &uses) != nil {
			out = append(out, fmt.Sprintf("perhaps a release of %s (the ledger cannot be read)", name))
			continue
		}
		var numbers []string
		for _, u := range uses {
			if u.Ref == r {
				numbers = append(numbers, strconv.Itoa(u.Release))
			}
		}
		if n := len(numbers); n > 0 {
			out = append(out, fmt.Sprintf("%s %s of %s", verb(n, "release", "releases"), list(numbers), name))
		}
	}
	return out
}

// removeObject takes a network, config or secret away in a wave, after what uses it.
func (d *deploy) removeObject(m model.Meta, wave int) error {
	read := d.in.Others[m.Ref]
	if read.Err != nil {
		return unlessGone(Target{Ref: m.Ref, Name: m.Name}, read.Err)
	}
	s := Step{Op: OpRemove, Ref: m.Ref, Name: m.Name, Seen: read.Doc, Wave: wave, Patience: tasksLinger + goneWithin}
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
	return nil
}
