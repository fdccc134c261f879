package actions

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// BesideStack is what a stack is called that is deployed beside one of this name.
func BesideStack(stack string) string { return stack + greenSuffix }

// DeployBeside deploys what files ask for as a stack of its own beside the one that
// runs. Its services find each other in networks of its own, by the names that they
// call each other by: in a network that both stacks share those names lead to the old
// ones. It is an [Action] on [BesideStack].
func DeployBeside(stack Stack, how Deployment) Action {
	how.Files = nil // No command of docker's does the same.
	a := deploy{want: stack.movedTo(BesideStack(stack.Name)), how: how, blue: stack.Name}.action()
	a.Title = "Deploy beside"
	return a
}

// GreenFrom deploys a service beside itself as files have it: one of a stack, in the
// networks of that stack. The new service's name and replicas are values, as of the
// action that takes another image.
func GreenFrom(stack Stack, how Deployment) Action {
	how.Files, how.Prune = nil, false
	from := func(in Input) (deploy, error) { return deployOne(stack, how, in) }
	return Action{
		Verb: greenVerb, Title: green.Title, Kind: model.KindService, Tier: Reversible, Enabled: green.Enabled, Needs: Deploy(stack, how).Needs,
		Reads: func(in Input) []model.Ref {
			d, err := from(in)
			if err != nil {
				return nil // The plan says it.
			}
			return d.reads(in)
		},
		Images: func(in Input) []string {
			d, err := from(in)
			if err != nil {
				return nil
			}
			return d.images(in)
		},
		Plan: func(in Input) (Plan, error) {
			d, err := from(in)
			if err != nil {
				return Plan{}, err
			}
			return d.planOne(in)
		},
	}
}

// deployOne is the deployment of the one service of a stack that is the target's, by
// another name.
func deployOne(stack Stack, how Deployment, in Input) (deploy, error) {
	of := deploy{want: stack}
	found := of.service(in.Target.Name)
	if found == nil {
		return of, fmt.Errorf("the files have no service %s; they have %s", in.Target.Name, list(stack.serviceNames()))
	}
	one, err := cloned(&found.Spec)
	if err != nil {
		return of, err
	}
	s := StackService{Name: cmp.Or(in.Values["name"], in.Target.Name+greenSuffix), Spec: *one}
	if err := checkServiceName(s.Name); err != nil {
		return of, fmt.Errorf("the name %s: %w", s.Name, err)
	}
	if n := in.Values["replicas"]; n != "" && s.Spec.Mode.Replicated != nil {
		count, err := parseReplicas(n, 0)
		if err != nil || count < 1 {
			return of, fmt.Errorf("%s replicas: %w", n, cmp.Or(err, errors.New("there is nothing to hand over to")))
		}
		wanted := uint64(count) //nolint:gosec // It is no less than 1.
		s.Spec.Mode.Replicated.Replicas = &wanted
	}
	want := stack
	want.Services = []StackService{s}
	want.Networks = slices.DeleteFunc(slices.Clone(stack.Networks), func(n StackNetwork) bool { return !attachedTo(one)(n.Name) })
	want.Files = slices.DeleteFunc(slices.Clone(stack.Files), func(f StackFile) bool { return !mounts(one, f.ref()) })
	want.Outside = slices.DeleteFunc(slices.Clone(stack.Outside), func(r model.Ref) bool { return !attachedTo(one)(r.ID) && !mounts(one, r) })
	return deploy{want: want, how: how, blue: stack.Name, part: true}, nil
}

// mounts reports whether a service of files has a config or secret of this name.
func mounts(s *swarm.ServiceSpec, r model.Ref) bool {
	c := s.TaskTemplate.ContainerSpec
	return slices.ContainsFunc(c.Configs, func(f *swarm.ConfigReference) bool { return r == model.Ref{Kind: model.KindConfig, ID: f.ConfigName} }) ||
		slices.ContainsFunc(c.Secrets, func(f *swarm.SecretReference) bool { return r == model.Ref{Kind: model.KindSecret, ID: f.SecretName} })
}

func (s Stack) serviceNames() []string {
	var out []string
	for _, one := range s.Services {
		out = append(out, one.Name)
	}
	return out
}

func (d deploy) planOne(in Input) (Plan, error) {
	name := d.want.Services[0].Name
	if slices.ContainsFunc(in.Cluster.Services(), func(o *model.Service) bool { return o.Name() == name }) {
		return Plan{}, fmt.Errorf("there is a service %s already", name)
	}
	p, err := d.plan(in)
	if err != nil || p.Risk == Refused {
		return p, err
	}
	p.Verb, p.Goes = greenVerb, true
	p.Title = fmt.Sprintf("deploy %s beside %s, as the files have it", name, in.Target.Name)
	p.Undo = Undo{Sentence: fmt.Sprintf("skep undo, or remove %s: %s does not notice", name, in.Target.Name)}
	p.Undo.Commands = []string{command("service", "rm", name)}
	return p, nil
}

// movedTo is a stack under another name: its services, the networks and the volumes
// that are its own. Configs and secrets stay those of the stack: what is in them never
// changes, and another content is another version.
func (s Stack) movedTo(as string) Stack {
	out := s
	out.Name, out.Networks, out.Services = as, nil, nil
	out.Outside = slices.Clone(s.Outside)
	for _, n := range s.Networks {
		name := movedName(n.Name, s.Name, as)
		spec, err := Apply(n.Spec, []Edit{{Path: []string{"Name"}, Value: name}, {Path: []string{"Labels", model.LabelStack}, Value: as}})
		if name == n.Name || err != nil { // Its name is given in the files: there is one.
			out.Outside = append(out.Outside, n.ref())
			continue
		}
		out.Networks = append(out.Networks, StackNetwork{Name: name, Spec: spec})
	}
	for _, one := range s.Services {
		spec, err := cloned(&one.Spec)
		if err != nil {
			continue
		}
		if one.Spec.Mode.ReplicatedJob != nil || one.Spec.Mode.GlobalJob != nil {
			out.Warnings = append(slices.Clone(out.Warnings), fmt.Sprintf("%s is a job, and left out: beside itself it would run twice", one.Name))
			continue
		}
		spec.Name = movedName(one.Name, s.Name, as)
		moveTemplate(&spec.TaskTemplate, s.Name, as)
		spec.Labels = labelled(spec.Labels, model.LabelStack, as)
		moved := StackService{Name: spec.Name, Spec: *spec, Wave: one.Wave}
		for _, name := range one.After {
			if slices.ContainsFunc(s.Services, func(o StackService) bool {
				return o.Name == name && o.Spec.Mode.ReplicatedJob == nil && o.Spec.Mode.GlobalJob == nil
			}) {
				moved.After = append(moved.After, movedName(name, s.Name, as))
			}
		}
		out.Services = append(out.Services, moved)
	}
	return out
}

// labelled is labels with one more.
func labelled(labels map[string]string, name, value string) map[string]string {
	out := map[string]string{name: value}
	for k, v := range labels {
		if k != name {
			out[k] = v
		}
	}
	return out
}

// movedName is what is called so in another stack; what has a name of its own keeps
// it.
func movedName(name, from, to string) string {
	if rest, own := strings.CutPrefix(name, from+"_"); own {
		return to + "_" + rest
	}
	return name
}

// moveTemplate gives what tasks are made from to another stack: networks by name,
// volumes, and the labels that say whose they are.
func moveTemplate(t *swarm.TaskSpec, from, to string) {
	for i := range t.Networks {
		t.Networks[i].Target = movedName(t.Networks[i].Target, from, to)
	}
	c := t.ContainerSpec
	if c == nil {
		return
	}
	if c.Labels[model.LabelStack] == from {
		c.Labels = maps.Clone(c.Labels)
		c.Labels[model.LabelStack] = to
	}
	for i, m := range c.Mounts {
		if m.VolumeOptions == nil || m.VolumeOptions.Labels[model.LabelStack] != from {
			continue
		}
		options := *m.VolumeOptions
		options.Labels = maps.Clone(options.Labels)
		options.Labels[model.LabelStack] = to
		c.Mounts[i].VolumeOptions, c.Mounts[i].Source = &options, movedName(m.Source, from, to)
	}
}

// pairUp makes the services of files into those that stand beside what runs.
func (d *deploy) pairUp() error {
	if d.blue == "" {
		return d.handingOver()
	}
	if !d.part {
		if err := d.besideWhole(); err != nil {
			return err
		}
	}
	d.want.Services = slices.Clone(d.want.Services)
	for i := range d.want.Services {
		if err := d.pairOne(&d.want.Services[i]); err != nil {
			return fmt.Errorf("%s: %w", d.want.Services[i].Name, err)
		}
	}
	if !d.part {
		d.sayNames()
		d.sentences = append(d.sentences, fmt.Sprintf("%s stays as it is, and gets all requests, until skep switch stack/%s", d.blue, quote(d.blue)))
	}
	return nil
}

// handingOver refuses to deploy a stack of which requests are on their way from one
// service to another: what the files say is what was before.
func (d *deploy) handingOver() error {
	for _, s := range d.in.Cluster.Services() {
		p, err := pairOf(d.in.Cluster, serviceTarget(s))
		if string(s.Stack()) == d.want.Name && err == nil && p.mark.Phase != model.GreenBeside {
			return fmt.Errorf("%s, which a deploy would take back: finish it or switch back first", p.standing())
		}
	}
	return nil
}

// besideWhole refuses to deploy over a stack that is another one, or that has the
// requests.
func (d *deploy) besideWhole() error {
	there := false
	for _, s := range d.in.Cluster.Services() {
		there = there || string(s.Stack()) == d.blue
		if string(s.Stack()) != d.want.Name {
			continue
		}
		p, err := pairOf(d.in.Cluster, serviceTarget(s))
		switch {
		case err == nil && p.green == s && p.mark.Phase != model.GreenBeside:
			return fmt.Errorf("%s: take it back first, or finish it", p.standing())
		case errors.Is(err, errAlone) && d.service(s.Name()) != nil && d.blueOf(s.Name()) != nil:
			return fmt.Errorf("there is a stack %s already, which was not made beside %s: its service %s", d.want.Name, d.blue, s.Name())
		}
	}
	if !there {
		return fmt.Errorf("there is no stack %s beside which it could stand", d.blue)
	}
	return nil
}

// blueOf is the service that runs, of which one of the files is the successor; nil for
// none.
func (d *deploy) blueOf(name string) *model.Service {
	was := d.in.Target.Name
	if !d.part {
		was = movedName(name, d.want.Name, d.blue)
	}
	for _, s := range d.in.Cluster.Services() {
		if s.Name() == was && string(s.Stack()) == d.blue {
			return s
		}
	}
	return nil
}

// pairOne takes away from a service of files what requests would come by, and marks
// beside which one it stands.
func (d *deploy) pairOne(one *StackService) error {
	if err := checkServiceName(one.Name); err != nil {
		return err
	}
	blue := d.blueOf(one.Name)
	if blue != nil && !sameModes(&blue.Spec.Mode, &one.Spec.Mode) {
		return fmt.Errorf("the files give it another mode than %s has, which an engine changes in no service: leave it out, or deploy it in its place", blue.Name())
	}
	spec, err := encode(one.Spec)
	if err != nil {
		return err
	}
	in := d.in
	in.Target, in.Doc = Target{Name: one.Name}, model.Document{Spec: spec}
	if blue != nil {
		in.Target = serviceTarget(blue)
	}
	g := greenOf{service: readService(in), name: one.Name, own: func(network string) bool {
		return !d.part && slices.ContainsFunc(d.want.Networks, func(n StackNetwork) bool { return n.Name == network })
	}}
	if g.replicas = g.tasks; blue != nil {
		g.mark = model.GreenMark{Blue: blue.Key(), Phase: model.GreenBeside, Pause: trafficPause, Began: began(d.in)}
		if r := one.Spec.Mode.Replicated; r != nil && r.Replicas == nil {
			g.replicas = int(blue.Replicas())
		}
	}
	if one.Spec.TaskTemplate.ContainerSpec == nil {
		return errors.New("it runs no container")
	}
	image := one.Spec.TaskTemplate.ContainerSpec.Image
	if spec, err = g.spec(image); err != nil {
		return err
	}
	made := &swarm.ServiceSpec{}
	if err := json.Unmarshal(spec, made); err != nil {
		return err
	}
	made.Labels = labelled(made.Labels, model.LabelStackImage, image)
	d.sayPair(&g, blue, &one.Spec, made)
	one.Spec = *made
	return nil
}

// sayPair says of one of the new services what it has not, and shares.
func (d *deploy) sayPair(g *greenOf, blue *model.Service, asked, made *swarm.ServiceSpec) {
	var p Plan
	if blue == nil {
		for _, r := range model.Routed(asked.Labels) {
			p.Impact.say("%s has none like it: %s leaves it alone, and its routes come with the files (skep deploy)", d.blue, r.Proxy)
		}
		if len(g.ports) > 0 {
			p.Impact.say("%s has none like it: left out until skep deploy: %s", d.blue, list(g.ports))
		}
	} else {
		g.sayWithout(&p, blue.Spec.Labels)
		g.warnShared(&p, &blue.Spec, made)
		d.warnRoutes(&p, blue, asked, made)
	}
	if c := made.TaskTemplate.ContainerSpec; !d.part {
		p.Impact.Sentences = slices.DeleteFunc(p.Impact.Sentences, func(s string) bool { return strings.HasPrefix(s, "skep waits") })
		for _, m := range c.Mounts {
			was := movedName(m.Source, d.want.Name, d.blue)
			if m.VolumeOptions != nil && m.VolumeOptions.Labels[model.LabelStack] == d.want.Name && !m.ReadOnly && was != m.Source {
				p.warn("it has the volume %s of its own, and not %s: what is in that it does not see", m.Source, was)
			}
		}
	}
	d.sentences = append(d.sentences, prefixed(g.name, p.Impact.Sentences)...)
	d.warnings = append(d.warnings, prefixed(g.name, p.Warnings)...)
}

// warnRoutes says where the files route to a service otherwise than what runs does,
// and where a proxy may not reach the new one.
func (d *deploy) warnRoutes(p *Plan, blue *model.Service, asked, made *swarm.ServiceSpec) {
	if was, now := model.Routed(blue.Spec.Labels), model.Routed(asked.Labels); len(was) > 0 || len(now) > 0 {
		before, _ := encode(model.Taken(nil, blue.Spec.Labels))
		after, _ := encode(model.Taken(nil, asked.Labels))
		if !model.SameJSON(before, after) {
			p.warn("the files have other routing labels than %s: a switch hands over those that it has; those of the files come with skep deploy", blue.Name())
		}
	}
	attached := attachedTo(made)
	for _, n := range blue.Spec.TaskTemplate.Networks {
		m, _ := d.in.Cluster.Find(model.Ref{Kind: model.KindNetwork, ID: n.Target})
		if m.Name == "" || attached(m.Name) || d.part {
			continue
		}
		for _, o := range d.in.Cluster.Services() {
			if string(o.Stack()) != d.blue && attachedTo(&o.Spec)(n.Target) {
				p.warn("%s is in the network %s with %s, and not with it: it does not reach it", o.Name(), m.Name, blue.Name())
			}
		}
	}
}

// sayNames says what TestDeployBeside_OnARealSwarm has measured: what the names lead to by which the services call each other.
func (d *deploy) sayNames() {
	var own, shared []string
	for _, n := range d.want.Networks {
		own = append(own, n.Name)
	}
	for _, r := range d.want.Outside {
		if r == (model.Ref{Kind: model.KindNetwork, ID: r.ID}) {
			shared = append(shared, r.ID)
		}
	}
	if len(own) > 0 {
		d.sentences = append(d.sentences, fmt.Sprintf("its services find each other by the names in the files, in %s of its own: %s", verb(len(own), "a network", "networks"), list(own)))
	}
	for _, network := range shared {
		var names, callers []string
		for _, to := range d.want.Services {
			called := d.namesIn(network, d.blueOf(to.Name))
			for _, from := range d.want.Services {
				if from.Name != to.Name && len(called) > 0 && attachedTo(&from.Spec)(network) {
					names, callers = append(names, called...), append(callers, from.Name)
				}
			}
		}
		if names, callers = unique(names), unique(callers); len(names) > 0 {
			d.warnings = append(d.warnings, fmt.Sprintf("in the network %s, which both stacks have, %s %s to %s: %s find those and not %s (measured on Engine 20.10: each time, though they have a network of their own too)",
				network, list(names), verb(len(names), "leads", "lead"), d.blue, list(callers), d.want.Name))
		}
	}
}

// unique is a list in order, with each word once.
func unique(words []string) []string {
	slices.Sort(words)
	return slices.Compact(words)
}

// namesIn are the names in a network that lead to a service that runs.
func (d *deploy) namesIn(network string, s *model.Service) []string {
	if s == nil {
		return nil
	}
	for _, n := range s.Spec.TaskTemplate.Networks {
		if m, _ := d.in.Cluster.Find(model.Ref{Kind: model.KindNetwork, ID: n.Target}); m.Name == network {
			return slices.Clone(n.Aliases)
		}
	}
	return nil
}

// stacksBeside are the pairs of two stacks, of which the target is one.
func stacksBeside(c *model.Cluster, t Target) []pair {
	var out []pair
	for _, s := range c.Services() {
		mark, marked := s.GreenMark()
		blue := c.Service(mark.Blue)
		if marked && blue != nil && (s.Stack().Ref() == t.Ref || blue.Stack().Ref() == t.Ref) && s.Stack() != "" && blue.Stack() != "" {
			out = append(out, pair{blue: blue, green: s, mark: mark})
		}
	}
	slices.SortFunc(out, func(a, b pair) int { return strings.Compare(a.green.Name(), b.green.Name()) })
	return out
}

// apart reports whether the two are of stacks of their own.
func (p pair) apart() bool { return p.green.Stack() != p.blue.Stack() }

// inStackOf gives what the tasks of the new one are made from to the stack of the
// other.
func (p pair) inStackOf(template json.RawMessage) (json.RawMessage, error) {
	if !p.apart() {
		return template, nil
	}
	from, to := string(p.green.Stack()), string(p.blue.Stack())
	var edits []Edit
	var c struct {
		Labels map[string]string
		Mounts []struct {
			Source        string
			VolumeOptions *struct{ Labels map[string]string }
		}
	}
	decodeField(template, &c, "ContainerSpec")
	if c.Labels[model.LabelStack] == from {
		edits = append(edits, Edit{Path: []string{"ContainerSpec", "Labels", model.LabelStack}, Value: to})
	}
	for i, m := range c.Mounts {
		if m.VolumeOptions == nil || m.VolumeOptions.Labels[model.LabelStack] != from {
			continue
		}
		at := []string{"ContainerSpec", "Mounts", strconv.Itoa(i)}
		edits = append(edits, Edit{Path: append(slices.Clone(at), "Source"), Value: movedName(m.Source, from, to)},
			Edit{Path: append(at, "VolumeOptions", "Labels", model.LabelStack), Value: to})
	}
	return Apply(template, edits)
}
