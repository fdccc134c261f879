package actions

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// placing is one service on its way from what runs to what files ask for.
type placing struct {
	*deploy
	want ordered
	// spec is what is asked for, with IDs in place of names, or what stands for them.
	spec *swarm.ServiceSpec
	// sum is the fingerprint of what the files say.
	sum fingerprint
	// bare is what the files say in canonical form, without IDs.
	bare json.RawMessage
	doc  model.Document
}

// put creates a service, or changes it, or finds that nothing is to be done.
func (d *deploy) put(w ordered) error {
	p := &placing{deploy: d, want: w}
	var err error
	if p.spec, err = d.resolve(&w.Spec); err != nil {
		return fmt.Errorf("%s: %w", w.Name, err)
	}
	if p.bare, err = comparedForm(d.unversioned(&w.Spec)); err != nil {
		return err
	}
	p.sum = fingerprintOf(p.bare)
	for _, s := range d.in.Cluster.Services() {
		if s.Name() != w.Name {
			continue
		}
		if owner := string(s.Stack()); owner != d.want.Name {
			return fmt.Errorf("there is a service %s already, and it belongs to %s", w.Name, map[bool]string{true: "no stack", false: "the stack " + owner}[owner == ""])
		}
		read := d.in.Others[s.Key().Ref()]
		if read.Err != nil {
			return gone(Target{Ref: s.Key().Ref(), Name: s.Name()}, read.Err)
		}
		p.doc = read.Doc
		p.attachPredefined()
		return p.change()
	}
	return p.create()
}

// predefined are the networks of a service that no list of the engine has, where the
// files put it on one that every node has of its own, such as host.
func (d deploy) predefined(c *model.Cluster, s *model.Service) []model.Ref {
	want := d.service(s.Name())
	if want == nil || !slices.ContainsFunc(want.Spec.TaskTemplate.Networks, onEveryNode) {
		return nil
	}
	var out []model.Ref
	for _, n := range s.Spec.TaskTemplate.Networks {
		ref := model.Ref{Kind: model.KindNetwork, ID: n.Target}
		if _, listed := c.Find(ref); !listed {
			out = append(out, ref)
		}
	}
	return out
}

// attachPredefined puts the IDs that the service has in the place of the names of such
// networks: the engine keeps an ID, and leaves the network out of its list (moby
// daemon/cluster/networks.go, populateNetworkID and filterPredefinedNetworks).
func (p *placing) attachPredefined() {
	for i, want := range p.spec.TaskTemplate.Networks {
		for ref, read := range p.in.Others {
			if ref.Network() != "" && onEveryNode(want) && read.Err == nil && read.Doc.Name == want.Target {
				p.spec.TaskTemplate.Networks[i].Target = ref.ID
			}
		}
	}
}

func onEveryNode(n swarm.NetworkAttachmentConfig) bool {
	return !container.NetworkMode(n.Target).IsUserDefined()
}

// resolve gives a specification the IDs of what it names.
func (d *deploy) resolve(named *swarm.ServiceSpec) (*swarm.ServiceSpec, error) {
	s, err := cloned(named)
	if err != nil {
		return nil, err
	}
	id := func(kind model.Kind, name string) string { return d.found[model.Ref{Kind: kind, ID: name}] }
	for i, n := range s.TaskTemplate.Networks {
		if found := id(model.KindNetwork, n.Target); found != "" {
			s.TaskTemplate.Networks[i].Target = found
		}
	}
	c := s.TaskTemplate.ContainerSpec
	for _, r := range c.Secrets {
		if r.SecretID = id(model.KindSecret, r.SecretName); r.SecretID == "" {
			return nil, fmt.Errorf("there is no secret %s", r.SecretName)
		}
		r.SecretName = d.nameOf(model.KindSecret, r.SecretName, r.SecretID)
	}
	for _, r := range c.Configs {
		name := r.ConfigName
		if r.ConfigID = id(model.KindConfig, name); r.ConfigID == "" {
			return nil, fmt.Errorf("there is no config %s", name)
		}
		r.ConfigName = d.nameOf(model.KindConfig, name, r.ConfigID)
		if p := c.Privileges; p != nil && p.CredentialSpec != nil && p.CredentialSpec.Config == name {
			p.CredentialSpec.Config = r.ConfigID
		}
	}
	return s, nil
}

// nameOf is what an object is called that the files call so.
func (d *deploy) nameOf(kind model.Kind, name, id string) string {
	if step, isNew := d.made[id]; isNew {
		return d.parts[step].Target.Name
	}
	if m, ok := d.in.Cluster.Find(model.Ref{Kind: kind, ID: id}); ok {
		return m.Name
	}
	return name
}

// unversioned is a specification that names configs and secrets together with what
// stands for their content, and networks by their names: what files say, whatever
// the IDs are.
func (d *deploy) unversioned(named *swarm.ServiceSpec) *swarm.ServiceSpec {
	s, err := cloned(named)
	if err != nil {
		return named
	}
	sums := map[model.Ref]string{}
	for _, f := range d.want.Files {
		sums[f.ref()] = f.Sum
	}
	for _, r := range s.TaskTemplate.ContainerSpec.Secrets {
		r.SecretID = sums[model.Ref{Kind: model.KindSecret, ID: r.SecretName}]
	}
	for _, r := range s.TaskTemplate.ContainerSpec.Configs {
		r.ConfigID = sums[model.Ref{Kind: model.KindConfig, ID: r.ConfigName}]
	}
	return s
}

func cloned(s *swarm.ServiceSpec) (*swarm.ServiceSpec, error) {
	raw, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	out := &swarm.ServiceSpec{}
	return out, json.Unmarshal(raw, out)
}

// image is the image as the files name it, and answer what the registry said of it.
func (p *placing) image() string { return p.spec.TaskTemplate.ContainerSpec.Image }

// pin puts the digest into the specification that the registry knows, and says
// what that is not known means.
func (p *placing) pin(plan *Plan) {
	c := p.spec.TaskTemplate.ContainerSpec
	named := c.Image
	answer, asked := p.in.Answers[imageName(named)]
	switch {
	case strings.Contains(named, "@"):
	case asked && answer.Image != nil:
		c.Image = answer.Image.Pinned
		p.spec.TaskTemplate.Placement.Platforms = answer.Image.Platforms
	case p.how.Resolve != ResolveNever:
		why := ""
		if answer.Err != nil {
			why = " (" + answer.Err.Error() + ")"
		}
		plan.warn("could not resolve the digest of %s%s: nodes may run different versions of it, and those that cannot pull it fail", named, why)
	}
}

// imageName is an image as the registry is asked about it.
func imageName(named string) string {
	if name, err := parseImage(named); err == nil {
		return name
	}
	return named
}

// images are those that the registry is asked about.
func (d deploy) images(in Input) []string {
	var out []string
	for _, s := range d.want.Services {
		image := s.Spec.TaskTemplate.ContainerSpec.Image
		was := ""
		for _, there := range in.Cluster.Services() {
			if there.Name() == s.Name {
				was = there.Spec.Labels[model.LabelStackImage]
			}
		}
		switch {
		case d.how.Resolve == ResolveNever, strings.Contains(image, "@"):
		case d.how.Resolve == ResolveChanged && was == image:
		default:
			out = append(out, imageName(image))
		}
	}
	return out
}

// create makes the service.
func (p *placing) create() error {
	plan := Plan{Target: Target{Ref: model.Ref{Kind: model.KindService}, Name: p.want.Name}, Risk: Disruptive, Undo: Undo{Sentence: "skep undo removes it"}}
	image := p.image()
	p.pin(&plan)
	p.spec.Labels[model.LabelDeployed] = p.sum.String()
	spec, err := encode(p.spec)
	if err != nil {
		return err
	}
	step := Step{Op: OpCreate, Ref: plan.Target.Ref, Name: p.want.Name, Spec: spec, Image: image}
	plan.Changes = []model.Change{{Path: "created", After: image}}
	in := p.in
	in.Target, in.Doc = plan.Target, model.Document{Ref: plan.Target.Ref, Name: p.want.Name, Spec: spec}
	s := readService(in)
	if s.mode == model.ModeReplicated || s.mode == model.ModeReplicatedJob {
		s.sayStarts(&plan, s.tasks, "")
	} else {
		plan.Impact.say("one task starts on each node that it fits")
	}
	p.placeStep(plan, step)
	p.created = append(p.created, "service "+p.want.Name)
	return nil
}

// placeStep adds the step of a service: behind the services that come before it,
// and with what is made for it.
func (p *placing) placeStep(plan Plan, step Step) {
	if !p.how.Together {
		step.Wave = p.want.wave
	}
	if len(p.want.takes) > 0 && step.Op != OpReplace {
		step.Patience = portPatience
	}
	for _, name := range p.want.after {
		if first, written := p.steps[name]; written && !p.how.Together {
			step.After = append(step.After, first)
		}
	}
	for _, place := range slices.Sorted(maps.Keys(p.made)) {
		if step.mentions(place) {
			step.Uses = append(step.Uses, Use{ID: place, Step: p.made[place]})
		}
	}
	slices.SortFunc(step.Uses, func(a, b Use) int { return a.Step - b.Step })
	plan.Steps = []Step{step}
	p.steps[p.want.Name] = p.add(plan)
}

// change writes what differs.
func (p *placing) change() error {
	plan := Plan{Verb: deployVerb, Target: Target{Ref: p.doc.Ref, Name: p.want.Name}, Risk: Reversible}
	image := p.image()
	diff, err := p.compare(&plan)
	if err != nil {
		return fmt.Errorf("%s: %w", p.want.Name, err)
	}
	edits := diff.edits
	p.sentences = append(p.sentences, diff.said...)
	if len(edits) == 0 && !diff.mode {
		p.unchanged = append(p.unchanged, "service "+p.want.Name)
		p.warnings = append(p.warnings, prefixed(p.want.Name, plan.Warnings)...)
		if why := p.wrong(); why != "" {
			p.unsound[p.want.wave] = append(p.unsound[p.want.wave], p.want.Name+" ("+why+")")
		}
		return nil
	}
	in := p.in
	in.Target, in.Doc = plan.Target, p.doc
	was := readService(in)
	if diff.mode {
		return p.replace(plan, was, diff, image)
	}
	edits = append(edits, Edit{Path: []string{"Labels", model.LabelDeployed}, Value: p.sum.String()})
	after, err := Apply(p.doc.Spec, edits)
	if err != nil {
		return err
	}
	plan.Changes = changesIn(p.doc.Spec, after)
	in.Doc.Spec = after
	next := readService(in)
	next.status = was.status
	was.describeRestored(&plan, next, "UpdateConfig")
	if plan.Impact.Restarts > 0 {
		was.warnMovesAs(&plan, next)
	}
	was.finish(&plan, "the deployment")
	if field(p.doc.Spec, "Labels", model.LabelDeployed) == nil {
		p.unmarked = append(p.unmarked, p.want.Name)
	}
	plan.Undo = Undo{Sentence: "skep undo sets the fields back"}
	step := Step{Op: OpUpdate, Ref: p.doc.Ref, Name: p.want.Name, Edits: edits, Seen: p.doc}
	if diff.image {
		step.Image = image
	}
	p.placeStep(plan, step)
	p.changed = append(p.changed, "service "+p.want.Name)
	return nil
}

// wrong is why the service does not run as it should, as far as that is known; empty
// where it does.
func (p *placing) wrong() string {
	s := p.in.Cluster.Service(p.doc.Ref.Service())
	if s == nil || s.IsJob() {
		return ""
	}
	switch f := p.in.Cluster.Facts(s.Key()); {
	case f.Restarts.Loop:
		return "its tasks end again and again"
	case f.Rollout.State == swarm.UpdateStatePaused:
		return "its update is paused"
	case f.Sure && f.Up < f.Want:
		return fmt.Sprintf("%d of %d up", f.Up, f.Want)
	}
	return ""
}

// spokenOf are the changes of a service without what says nothing to people: skep's
// own mark of what was deployed, and the platforms that come with another image.
func spokenOf(before, after json.RawMessage) []model.Change {
	another := imageOf(before) != imageOf(after)
	return slices.DeleteFunc(model.SpecChanges(before, after), func(c model.Change) bool {
		return another && strings.HasPrefix(c.Path, "TaskTemplate.Placement.Platforms")
	})
}

// changesIn are those changes, and of a file that has only become another version
// that it has, instead of all its fields.
func changesIn(before, after json.RawMessage) []model.Change {
	var out []model.Change
	moved := map[string]bool{}
	b, a := typed(before), typed(after)
	for list, versions := range map[string]map[string][2]string{"Configs": movedConfigs(b, a), "Secrets": movedSecrets(b, a)} {
		for file, v := range versions {
			path := "TaskTemplate.ContainerSpec." + list + "["
			moved[path+v[0]+"]"], moved[path+v[1]+"]"] = true, true
			out = append(out, model.Change{Path: path + file + "]", Before: v[0], After: v[1]})
		}
	}
	for _, c := range spokenOf(before, after) {
		if of, _, _ := strings.Cut(c.Path, "]."); !moved[of+"]"] {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b model.Change) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// movedConfigs are the files of a service that differ in nothing but the object that
// they are, each with the names of both.
func movedConfigs(before, after *swarm.ServiceSpec) map[string][2]string {
	out := map[string][2]string{}
	if before.TaskTemplate.ContainerSpec == nil || after.TaskTemplate.ContainerSpec == nil {
		return out
	}
	for _, a := range after.TaskTemplate.ContainerSpec.Configs {
		for _, b := range before.TaskTemplate.ContainerSpec.Configs {
			if a.File != nil && b.File != nil && *a.File == *b.File && a.ConfigName != b.ConfigName {
				out[a.File.Name] = [2]string{b.ConfigName, a.ConfigName}
			}
		}
	}
	return out
}

// movedSecrets are the same of secrets.
func movedSecrets(before, after *swarm.ServiceSpec) map[string][2]string {
	out := map[string][2]string{}
	if before.TaskTemplate.ContainerSpec == nil || after.TaskTemplate.ContainerSpec == nil {
		return out
	}
	for _, a := range after.TaskTemplate.ContainerSpec.Secrets {
		for _, b := range before.TaskTemplate.ContainerSpec.Secrets {
			if a.File != nil && b.File != nil && *a.File == *b.File && a.SecretName != b.SecretName {
				out[a.File.Name] = [2]string{b.SecretName, a.SecretName}
			}
		}
	}
	return out
}

// replace removes a service and makes it anew: the engine does not change what kind
// of service it is. What was changed by hand and is to be kept goes over.
func (p *placing) replace(plan Plan, was service, diff difference, image string) error {
	p.spec.Labels[model.LabelDeployed] = p.sum.String()
	spec, err := encode(p.spec)
	if err != nil {
		return err
	}
	if spec, err = graft(spec, diff.wants, diff.is, diff.kept); err != nil {
		return err
	}
	is, err := together(diff.is)
	if err != nil {
		return err
	}
	wants, err := together(diff.wants)
	if err != nil {
		return err
	}
	if wants, err = graft(wants, diff.wants, diff.is, diff.kept); err != nil {
		return err
	}
	plan.Risk = Destructive
	plan.Changes = changesIn(is, wants)
	plan.Impact.Stops = was.tasks
	plan.warn("the engine does not change the mode of a service: %s is removed and made again; %s, and its task history goes", p.want.Name, tasksDo(was.tasks, "stop"))
	plan.Undo = Undo{Sentence: "skep undo makes it again as it was"}
	p.placeStep(plan, Step{Op: OpReplace, Ref: p.doc.Ref, Name: p.want.Name, Was: p.doc.Ref.ID, Spec: spec, Seen: p.doc, Image: image})
	p.changed = append(p.changed, "service "+p.want.Name)
	return nil
}
