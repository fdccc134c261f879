package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

const deployVerb = "deploy"

// Deployment is how a stack is deployed.
type Deployment struct {
	// Prune takes away what the files no longer have.
	Prune bool
	// KeepDrift leaves fields as they are that were changed by hand and of which the
	// files say what they said at the last deploy.
	KeepDrift bool
	// Resolve says when the registry is asked for the digest of an image that the
	// files name as before.
	Resolve Resolving
	// Rotate are secrets that are taken to have changed, by name: what is in one
	// that skep did not make cannot be compared.
	Rotate []string
	// Ledger is set where releases are read beside the engine: what one of them names
	// is not pruned, so that it can be run again.
	Ledger bool
	// Together writes everything at once, without waiting for what comes first.
	Together bool
	// Files are those that were read, as docker's own command takes them; empty where
	// it could not.
	Files []string
	// EnvFiles are files of variables for them, which docker's own command does not take.
	EnvFiles []string
}

// Resolving is when the registry is asked, in docker's words.
type Resolving string

// The answers.
const (
	ResolveAlways  Resolving = "always"
	ResolveChanged Resolving = "changed"
	ResolveNever   Resolving = "never"
)

// Deploy brings what runs of a stack to what files ask for.
func Deploy(stack Stack, how Deployment) Action {
	return deploy{want: stack, how: how}.action()
}

func (d deploy) action() Action {
	return Action{
		Verb: deployVerb, Title: "Deploy", Kind: model.KindStack, Tier: Disruptive, Makes: true,
		Needs: model.InterestIn(model.KindNetwork.All(), model.KindConfig.All(), model.KindSecret.All()),
		Reads: d.reads, Images: d.images, Form: d.form, Plan: d.plan,
	}
}

// deploy is a deployment as it is planned.
type deploy struct {
	want Stack
	how  Deployment
	// blue is the stack beside which it is deployed; empty for none.
	blue string
	// part is set where it is no whole stack: nothing else of it is looked at.
	part bool
	in   Input
	// parts are what each object comes to, one step each.
	parts []Plan
	// made are the steps that make an object, by what stands in place of its ID, and
	// found the IDs, or what stands in place of them, by kind and name.
	made  map[string]int
	found map[model.Ref]string
	// steps are the places of services, by name.
	steps map[string]int
	// unchanged are not written, and created, changed and removed are.
	unchanged, created, changed, removed []string
	// stays are what differs and cannot be changed, and unseen what cannot be compared.
	stays, unseen []string
	// unmarked are changed, and were not deployed by skep the last time.
	unmarked []string
	// unsound are unchanged services that do not run as they should, each with what is
	// wrong, by their waves.
	unsound map[int][]string
	// apart is set where docker stack deploy would do something else.
	apart     bool
	sentences []string
	warnings  []string
}

// reads are all objects of the stack, and those that have a name that it is going to
// use.
func (d deploy) reads(in Input) []model.Ref {
	var out []model.Ref
	for _, s := range in.Cluster.Services() {
		if !d.part && string(s.Stack()) == d.want.Name || d.service(s.Name()) != nil {
			out = append(out, s.Key().Ref())
			out = append(out, d.predefined(in.Cluster, s)...)
		}
	}
	for _, kind := range []model.Kind{model.KindNetwork, model.KindConfig, model.KindSecret} {
		for _, o := range d.listed(in.Cluster, kind) {
			out = append(out, o.Ref)
		}
	}
	return append(out, d.ledger(in)...)
}

// listed are the swarm's objects of a kind that the stack owns, or has a name for.
func (d deploy) listed(c *model.Cluster, kind model.Kind) []model.Meta {
	var out []model.Meta
	for _, o := range model.Listed[model.Object](c, kind) {
		m := o.Meta()
		if !m.Local && (!d.part && string(m.Stack) == d.want.Name || d.names(m.Ref.Kind, m.Name)) {
			out = append(out, m)
		}
	}
	return out
}

// names reports whether the files call an object so.
func (d deploy) names(kind model.Kind, name string) bool {
	ref := model.Ref{Kind: kind, ID: name}
	return slices.ContainsFunc(d.want.Networks, func(n StackNetwork) bool { return n.ref() == ref }) ||
		slices.ContainsFunc(d.want.Files, func(f StackFile) bool { return f.Kind == kind && f.versionOf(name) })
}

func (d deploy) service(name string) *StackService {
	i := slices.IndexFunc(d.want.Services, func(s StackService) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &d.want.Services[i]
}

// plan plans the whole.
func (d deploy) plan(in Input) (Plan, error) {
	d.in, d.how = in, d.how.with(in.Values)
	d.in.Image, d.in.ImageErr = nil, nil // They are of one of the images; pin knows of which service.
	d.unsound = map[int][]string{}
	d.made, d.found, d.steps = map[string]int{}, map[model.Ref]string{}, map[string]int{}
	d.warnings = slices.Clone(d.want.Warnings)
	if err := d.pairUp(); err != nil {
		return Plan{}, err
	}
	order, err := d.order()
	if err != nil {
		return Plan{}, err
	}
	for _, kind := range []model.Kind{model.KindNetwork, model.KindConfig, model.KindSecret} {
		if set := in.Cluster.Set(kind); !set.Known() {
			return Plan{}, fmt.Errorf("its %s: %w", kind.Info().Plural, ErrUnread)
		}
	}
	if err := errors.Join(d.outside(), d.portsHeld()); err != nil {
		return Plan{}, err
	}
	if err := errors.Join(d.networks(), d.files()); err != nil {
		return Plan{}, err
	}
	if err := d.evict(); err != nil {
		return Plan{}, err
	}
	for _, w := range order {
		if err := d.put(w); err != nil {
			return Plan{}, err
		}
	}
	if !d.part {
		if err := d.prune(); err != nil {
			return Plan{}, err
		}
	}
	return d.sum(len(order) > 0 && order[len(order)-1].wave > 0)
}

// outside checks that what the stack only uses is there.
func (d *deploy) outside() error {
	var missing []string
	for _, r := range d.want.Outside {
		found := false
		for _, o := range model.Listed[model.Object](d.in.Cluster, r.Kind) {
			if m := o.Meta(); m.Name == r.ID && !m.Local {
				d.found[r], found = m.Ref.ID, true
			}
		}
		if !found {
			missing = append(missing, fmt.Sprintf("%s %s", r.Kind, r.ID))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s external in the file, and not in the swarm: %s", verb(len(missing), "is", "are"), list(missing))
	}
	return nil
}

// add takes in what one object comes to, and gives the place of its step.
func (d *deploy) add(p Plan) int {
	p.Verb = deployVerb
	d.parts = append(d.parts, p)
	return len(d.parts) - 1
}

// make creates an object, and puts a word in the place of its ID until it has one.
func (d *deploy) make(kind model.Kind, name, known string, spec json.RawMessage) {
	place := fmt.Sprintf("new %s %s", kind, name)
	ref := model.Ref{Kind: kind}
	p := Plan{
		Target: Target{Ref: ref, Name: name}, Risk: Reversible, Undo: Undo{Sentence: "skep undo removes it"},
		Steps:   []Step{{Op: OpCreate, Ref: ref, Name: name, Spec: spec}},
		Changes: []model.Change{{Path: "created", After: "as the files have it"}},
	}
	d.made[place] = d.add(p)
	d.found[model.Ref{Kind: kind, ID: known}] = place
	d.created = append(d.created, fmt.Sprintf("%s %s", kind, name))
}

// networks finds the stack's networks, and creates those that are missing.
func (d *deploy) networks() error {
	for _, want := range d.want.Networks {
		i := slices.IndexFunc(d.listed(d.in.Cluster, model.KindNetwork), func(m model.Meta) bool { return m.Name == want.Name })
		if i < 0 {
			d.make(model.KindNetwork, want.Name, want.Name, want.Spec)
			continue
		}
		m := d.listed(d.in.Cluster, model.KindNetwork)[i]
		read := d.in.Others[m.Ref]
		if read.Err != nil {
			return read.Err
		}
		d.found[model.Ref{Kind: model.KindNetwork, ID: want.Name}] = m.Ref.ID
		label := fmt.Sprintf("network %s", want.Name)
		if differs := networkChanges(read.Doc.Raw, want.Spec); len(differs) > 0 {
			d.stays = append(d.stays, label)
			d.warnings = append(d.warnings, fmt.Sprintf("%s stays as it is, because the engine changes no network: %s; remove it with the services that use it, and deploy again", label, list(differs)))
			continue
		}
		d.unchanged = append(d.unchanged, label)
	}
	return nil
}

// networkChanges are the fields in which a network is not as files ask for it. What
// they do not say the engine chooses.
func networkChanges(raw, want json.RawMessage) []string {
	type shape struct {
		Driver               string
		Internal, Attachable bool
		Options              map[string]string
		Labels               map[string]string
		IPAM                 struct{ Config []struct{ Subnet string } }
	}
	var is, asked shape
	if json.Unmarshal(raw, &is) != nil || json.Unmarshal(want, &asked) != nil {
		return nil
	}
	delete(is.Options, "com.docker.network.driver.overlay.vxlanid_list")
	if len(asked.IPAM.Config) == 0 {
		is.IPAM = asked.IPAM
	}
	if len(asked.Options)+len(is.Options) == 0 {
		is.Options = asked.Options
	}
	b, err1 := json.Marshal(is)
	a, err2 := json.Marshal(asked)
	if err1 != nil || err2 != nil {
		return nil
	}
	var out []string
	for _, c := range model.Diff(b, a) {
		out = append(out, c.String())
	}
	return out
}

// sum puts the parts together.
func (d *deploy) sum(waves bool) (Plan, error) {
	steps := make([]Step, len(d.parts))
	for i := range d.parts {
		steps[i] = d.parts[i].Steps[0]
	}
	if len(steps) == 0 {
		return Plan{}, d.nothing()
	}
	p := Combine(d.parts)
	if len(d.parts) == 1 {
		name := d.parts[0].Target.Name
		p.Impact.Sentences, p.Warnings = prefixed(name, p.Impact.Sentences), prefixed(name, p.Warnings)
		p.Changes = slices.Clone(p.Changes)
		for i := range p.Changes {
			p.Changes[i].Path = name + ": " + p.Changes[i].Path
		}
	}
	p.Verb, p.Target, p.Steps, p.Stops, p.Instead = deployVerb, d.in.Target, steps, true, ""
	p.Title = fmt.Sprintf("deploy %s: %s", d.want.Name, d.counts())
	p.Commands = d.command()
	p.Undo = Undo{Sentence: "skep undo takes all of it back as one"}
	sentences := d.sentences
	if len(d.unchanged) > 0 {
		sentences = append(sentences, "not written, because nothing differs: "+list(d.unchanged))
	}
	if said := d.waves(); waves && !d.how.Together && len(said) > 1 {
		sentences = append(sentences, "one after the other: "+strings.Join(said, "; then "))
	}
	p.Impact.Sentences = slices.Concat(sentences, p.Impact.Sentences)
	p.Warnings = slices.Concat(d.warnings, p.Warnings)
	if len(d.unmarked) > 0 {
		p.warn("not deployed by skep the last time (docker stack deploy takes its mark away), so what was changed by hand is not known, and taken back with the rest: %s", list(d.unmarked))
	}
	d.warnUnsound(&p)
	if p.Risk == Refused {
		p.Confirm.Gate, p.Steps = GateNone, nil
		return p, nil
	}
	p.confirm()
	return p, nil
}

// StaysError means that a stack differs from its files in nothing that a deploy
// could change.
type StaysError struct{ Objects, Warnings []string }

// Error names what differs.
func (e *StaysError) Error() string {
	return "nothing can be written, and yet it differs: " + strings.Join(e.Warnings, "; ")
}

// SameError is an [ErrNoChange]: a stack is as its files have it, as far as it can be
// compared.
type SameError struct {
	// Said is how much that is, and Unseen what could not be compared.
	Said     string
	Unseen   []string
	Warnings []string
}

// Error says all of it.
func (e *SameError) Error() string {
	return strings.Join(append([]string{e.Said}, e.Warnings...), "; ")
}

// Unwrap gives ErrNoChange.
func (e *SameError) Unwrap() error { return ErrNoChange }

// nothing is the error of a deployment that writes nothing.
func (d *deploy) nothing() error {
	if len(d.stays) > 0 {
		return &StaysError{d.stays, d.warnings}
	}
	n := len(d.unchanged)
	said := fmt.Sprintf("%v: %s of %s %s as the files have %s", ErrNoChange, model.Plural(n, "object"), d.want.Name, verb(n, "is", "are"), verb(n, "it", "them"))
	if len(d.unseen) > 0 {
		said += "; not compared: " + list(d.unseen)
	}
	return &SameError{strings.Join(append([]string{said}, d.sentences...), "; "), d.unseen, d.warnings}
}

// counts says how many objects become what.
func (d *deploy) counts() string {
	var out []string
	for _, c := range []struct {
		of   []string
		word string
	}{{d.created, "created"}, {d.changed, "changed"}, {d.removed, "removed"}, {d.unchanged, "unchanged"}} {
		if len(c.of) > 0 {
			out = append(out, fmt.Sprintf("%d %s", len(c.of), c.word))
		}
	}
	return strings.Join(out, ", ")
}
