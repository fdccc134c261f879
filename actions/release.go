package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"skep/model"
)

const releaseVerb = "release"

// release gives a service a specification again that it had, as the ledger of
// releases has it: however many others it had since, and whatever the engine has
// forgotten.
var release = Action{
	Verb: releaseVerb, Title: "Run a release again", Kind: model.KindRelease, Tier: Disruptive,
	Enabled: func(c *model.Cluster, t Target) string {
		_, name, _, _, err := t.Ref.ParseRelease()
		if err == nil && serviceCalled(c, name) == nil {
			return fmt.Sprintf("there is no service %s any more", name)
		}
		return ""
	},
	Reads: func(in Input) []model.Ref {
		d, err := model.ReadRelease(in.Doc)
		s := serviceCalled(in.Cluster, d.Service)
		if err != nil || s == nil {
			return nil
		}
		out := []model.Ref{s.Key().Ref()}
		for _, n := range needs(d.Spec) {
			out = append(out, n.Ref)
		}
		return out
	},
	Plan: planRelease,
}

// serviceCalled is the service of a name; nil for none.
func serviceCalled(c *model.Cluster, name string) *model.Service {
	if c != nil {
		for _, s := range c.Services() {
			if s.Name() == name {
				return s
			}
		}
	}
	return nil
}

func planRelease(in Input) (Plan, error) {
	d, err := model.ReadRelease(in.Doc)
	service := serviceCalled(in.Cluster, d.Service)
	switch {
	case err != nil:
		return Plan{}, fmt.Errorf("the release cannot be read: %w", err)
	case d.Swarm != in.Cluster.Session.Swarm:
		return Plan{}, errors.New("it is a release of another swarm than the one on the screen")
	case d.Lacks != "":
		return Plan{}, errors.New(d.Lacks)
	case service == nil:
		return Plan{}, fmt.Errorf("there is no service %s any more", d.Service)
	case twiceIn(in.Batch, d.Service):
		return Plan{}, fmt.Errorf("two releases of %s are chosen", d.Service)
	}
	now := in.Others[service.Key().Ref()]
	if now.Err != nil {
		return Plan{}, gone(target(service), now.Err)
	}
	lost := lostOf(needs(d.Spec), in.Others)
	in.Target, in.Batch, in.Doc = target(service), []Target{target(service)}, now.Doc
	return planFormer(in, releaseVerb, &d.Release, lost, fmt.Sprintf("run release %d of %s again: %s", d.N, d.Service, withoutDigest(d.Image())))
}

func target(s *model.Service) Target { return Target{Ref: s.Key().Ref(), Name: s.Name()} }

// twiceIn reports whether several releases of a service are chosen.
func twiceIn(batch []Target, service string) bool {
	n := 0
	for _, t := range batch {
		if _, name, _, _, err := t.Ref.ParseRelease(); err == nil && name == service {
			n++
		}
	}
	return n > 1
}

// lostOf are those of what is needed that were looked for and are gone.
func lostOf(needed []model.Reference, others map[model.Ref]Reading) []model.Reference {
	return slices.DeleteFunc(needed, func(n model.Reference) bool {
		return !errors.Is(others[n.Ref].Err, model.ErrGone)
	})
}

// planFormer gives a service the specification of a release. How many tasks there
// are stays as it is, unless nothing else is different, and so does the number that
// is counted up for a restart.
func planFormer(in Input, verb string, r *model.Release, lost []model.Reference, title string) (Plan, error) {
	s := readService(in)
	then, requests, err := withRequestsOf(in, r)
	if err != nil {
		return Plan{}, err
	}
	edits, err := toRelease(in.Doc.Spec, then)
	if err != nil {
		return Plan{}, err
	}
	tasksStay := false
	if others := slices.DeleteFunc(slices.Clone(edits), func(e Edit) bool { return e.Path[0] == "Mode" }); len(others) > 0 {
		tasksStay, edits = len(others) < len(edits), others
	}
	p, err := newPlan(in, verb, Disruptive, edits...)
	if errors.Is(err, ErrNoChange) && len(lost) > 0 { // Engines remove nothing that a service names, but a swarm may have been restored without it.
		return Plan{}, fmt.Errorf("%s is as it was in release %d, and %s", s.name(), r.N, cannotRestore("it", lost))
	}
	if errors.Is(err, ErrNoChange) {
		return Plan{}, fmt.Errorf("%w: %s is as it was in release %d", ErrNoChange, s.name(), r.N)
	}
	if err != nil {
		return Plan{}, err
	}
	p.Title = title
	if after, err := Apply(in.Doc.Spec, edits); err == nil {
		p.Changes = changesIn(in.Doc.Spec, after)
	}
	if before := r.Image(); before != s.image() {
		p.Steps[0].Image = before
	}
	p.Undo.Sentence = "undo it in the journal, or run the release again that runs now"
	if tasksStay && s.mode == model.ModeReplicated {
		p.Impact.say("the number of replicas stays: %d", s.number(1, pathReplicas...))
	}
	if requests != "" {
		p.Impact.say("%s", requests)
	}
	if r.Partial() {
		p.warn("of this release only what its tasks were made of is known: labels, ports and how it is updated stay as they are")
	}
	if err := s.complete(&p, "the release"); err != nil {
		return Plan{}, err
	}
	if len(lost) > 0 {
		p.refuse("%s", cannotRestore(fmt.Sprintf("release %d", r.N), lost))
		p.confirm()
	}
	return p, nil
}

// withRequestsOf is a release that leaves alone who gets requests, where a switch decides
// it: in a pair, and of a release that had none because another service had them. It
// says so.
func withRequestsOf(in Input, r *model.Release) (*model.Release, string, error) {
	now, then := labelsOf(in.Doc.Spec), labelsOf(r.Spec)
	_, alone := pairOf(in.Cluster, in.Target)
	parked := len(model.Routed(then)) == 0 && len(model.Routings(then)) > 0 && len(model.Routed(now)) > 0
	if r.Partial() || alone != nil && !parked {
		return r, "", nil
	}
	want := model.Rerouted(then, now)
	if delete(want, model.LabelGreen); now[model.LabelGreen] != "" {
		want[model.LabelGreen] = now[model.LabelGreen]
	}
	if maps.Equal(want, then) {
		return r, "", nil
	}
	out := *r
	var err error
	if out.Spec, err = Apply(r.Spec, labelEdits(then, want)); err != nil {
		return nil, "", err
	}
	return &out, "who gets its requests stays as it is, and so do the labels that proxies read: skep switch moves those", nil
}

// toRelease are the edits that make a specification that of a release. Both are
// compared in one form: what only an engine's way to write is different, is not.
func toRelease(now json.RawMessage, r *model.Release) ([]Edit, error) {
	from, err := model.PlainSpec(now)
	if err != nil {
		return nil, err
	}
	to := r.Spec
	if r.Partial() {
		if to, err = Apply(from, []Edit{{Path: []string{"TaskTemplate"}, Value: field(r.Spec, "TaskTemplate")}}); err != nil {
			return nil, err
		}
	}
	if to, err = model.PlainSpec(to); err != nil {
		return nil, err
	}
	if !slices.Equal(modeOf(from), modeOf(to)) {
		return nil, errors.New("the mode of a service cannot be changed: it was another one then")
	}
	return slices.DeleteFunc(Edits(from, to), func(e Edit) bool {
		return len(e.Path) == 0 || e.Path[0] == "Name" || slices.Equal(e.Path, pathForce)
	}), nil
}

// modeOf names the mode of a specification.
func modeOf(spec json.RawMessage) []string {
	keys, _ := keysOf(field(spec, "Mode"))
	return keys
}
