package compose

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/docker/cli/cli/compose/types"
	"github.com/moby/moby/api/types/swarm"
	"go.yaml.in/yaml/v3"

	"skep/actions"
	"skep/internal/safetext"
	"skep/model"
)

// version is the newest that docker stack deploy knows.
const version = "3.13"

// Exported is the compose file of a stack as it runs.
type Exported struct {
	Text string
	// Hidden is how many values are hidden in it.
	Hidden int
}

// Export is the compose file of a stack as it runs. What is in secrets and configs
// is not in it: they are named as external. What compose cannot say stands in
// comments at its beginning. With hide the values that look secret are hidden, and
// it is not to be deployed.
func Export(c *model.Cluster, look Look, stack string, hide bool) (Exported, error) {
	e := exporter{
		cluster: c, look: look, unlisted: map[string]string{}, stack: stack, keys: map[model.Ref]string{}, taken: map[model.Ref]bool{}, written: map[string]*model.Service{},
		config: types.Config{
			Version: version, Networks: map[string]types.NetworkConfig{}, Volumes: map[string]types.VolumeConfig{},
			Secrets: map[string]types.SecretConfig{}, Configs: map[string]types.ConfigObjConfig{},
		},
	}
	for _, s := range c.Services() {
		if string(s.Stack()) != stack {
			continue
		}
		e.service(s)
	}
	if len(e.config.Services) == 0 {
		return Exported{}, fmt.Errorf("%w: there is no service of a stack %s", model.ErrGone, stack)
	}
	return e.text(hide)
}

// Look reads what a snapshot does not have.
type Look func(model.Ref) (model.Document, error)

type exporter struct {
	cluster *model.Cluster
	look    Look
	// unlisted are the names of networks that no list has, by ID.
	unlisted map[string]string
	stack    string
	config   types.Config
	// keys are what the file calls objects, by kind and name in the swarm.
	keys map[model.Ref]string
	// taken are the keys that are one's already, by kind.
	taken map[model.Ref]bool
	// written are the services that are in the file, by their names in the swarm.
	written map[string]*model.Service
	// notes are what compose cannot say.
	notes []string
}

func (e *exporter) note(format string, args ...any) {
	if n := fmt.Sprintf(format, args...); !slices.Contains(e.notes, n) {
		e.notes = append(e.notes, n)
	}
}

// illegal is what no key of a file has (docker/cli cli/compose/schema).
var illegal = regexp.MustCompile(`[^a-zA-Z0-9._-]+`)

// key is what the file calls an object of the swarm: its name without the stack's, or
// the whole of it where another one is called so.
func (e *exporter) key(kind model.Kind, name string) string {
	of := model.Ref{Kind: kind, ID: name}
	if key, known := e.keys[of]; known {
		return key
	}
	whole := illegal.ReplaceAllString(name, "_")
	key := cmp.Or(illegal.ReplaceAllString(strings.TrimPrefix(name, e.stack+"_"), "_"), whole)
	for n := 1; e.taken[model.Ref{Kind: kind, ID: key}]; n++ {
		if key = whole; n > 1 {
			key += "-" + strconv.Itoa(n)
		}
	}
	e.keys[of], e.taken[model.Ref{Kind: kind, ID: key}] = key, true
	return key
}

// nameOf is the name that the file has to give an object of its own: none where a deploy
// calls it so by itself.
func (e *exporter) nameOf(key, name string) string {
	if name == e.stack+"_"+key {
		return ""
	}
	return name
}

// service adds a service.
func (e *exporter) service(s *model.Service) {
	name, own := strings.CutPrefix(s.Name(), e.stack+"_")
	c := s.Spec.TaskTemplate.ContainerSpec
	switch {
	case !own || name == "":
		e.note("left out: the service %s belongs to the stack, and its name does not begin with %s_", s.Name(), e.stack)
		return
	case c == nil:
		e.note("left out: the service %s runs no containers", s.Name())
		return
	}
	out := types.ServiceConfig{Name: name}
	e.container(&out, c)
	out.Image = e.image(s)
	e.attachments(&out, s.Spec.TaskTemplate.Networks)
	e.files(&out, c)
	e.mounts(&out, c.Mounts)
	deployment(&out, &s.Spec)
	e.config.Services = append(e.config.Services, out)
	e.written[s.Name()] = s
}

// again reads the file as a deploy does, and notes what was lost.
func (e *exporter) again(text string) error {
	read := converter{name: e.stack, config: &e.config}
	if l, err := Load(Source{Files: []string{"-"}, Stdin: strings.NewReader(text)}); err != nil {
		e.note("a deploy refuses this file: %v", err)
	} else {
		read.config = l.Config
	}
	back := map[string]actions.StackService{}
	for _, one := range read.config.Services {
		name := read.scope(one.Name)
		s, err := read.service(one)
		if err != nil {
			e.note("%s: %v", name, err)
			continue
		}
		back[name] = s
	}
	for _, name := range slices.Sorted(maps.Keys(back)) {
		if err := e.compare(e.written[name], back[name]); err != nil {
			return fmt.Errorf("service %s: %w", name, err)
		}
	}
	return nil
}

// compare notes the fields that do not come back.
func (e *exporter) compare(s *model.Service, back actions.StackService) error {
	is, now := s.Spec, back.Spec
	is.Labels, now.Labels = ownLabels(is.Labels), ownLabels(now.Labels)
	for _, spec := range []*swarm.ServiceSpec{&is, &now} {
		spec.TaskTemplate.ForceUpdate = 0
		content := *spec.TaskTemplate.ContainerSpec
		content.Image = ""
		content.Secrets, content.Configs = e.unidentified(content.Secrets, content.Configs)
		spec.TaskTemplate.ContainerSpec = &content
	}
	is.TaskTemplate.Networks = e.named(is.TaskTemplate.Networks)
	changes, err := actions.Differ(&is, &now)
	for _, c := range changes {
		switch {
		case len(is.TaskTemplate.Networks) == 0 && strings.HasPrefix(c.Path, "TaskTemplate.Networks"): // That is said.
		case c.Before == "":
			e.note("%s: a deploy of this file adds %s: %s", s.Name(), c.Path, c.After)
		case c.After == "":
			e.note("%s: compose cannot say %s: %s", s.Name(), c.Path, c.Before)
		default:
			e.note("%s: compose cannot say %s: %s; it says %s", s.Name(), c.Path, c.Before, c.After)
		}
	}
	return err
}

// unidentified are references without the IDs.
func (e *exporter) unidentified(secrets []*swarm.SecretReference, configs []*swarm.ConfigReference) ([]*swarm.SecretReference, []*swarm.ConfigReference) {
	var s []*swarm.SecretReference
	for _, r := range secrets {
		s = append(s, &swarm.SecretReference{File: r.File, SecretName: r.SecretName})
	}
	var c []*swarm.ConfigReference
	for _, r := range configs {
		c = append(c, &swarm.ConfigReference{File: r.File, Runtime: r.Runtime, ConfigName: r.ConfigName})
	}
	return s, c
}

// named are attachments with the names of the networks.
func (e *exporter) named(list []swarm.NetworkAttachmentConfig) []swarm.NetworkAttachmentConfig {
	out := slices.Clone(list)
	for i := range out {
		out[i].Target = e.networkName(out[i].Target)
	}
	return out
}

// networkName is what a network is called; its ID where nobody knows. The engine tells
// of host and bridge by the IDs that the swarm has for them, and lists them under none
// (moby daemon/cluster/networks.go, filterPredefinedNetworks).
func (e *exporter) networkName(target string) string {
	ref := model.Ref{Kind: model.KindNetwork, ID: target}
	if m, listed := e.cluster.Find(ref); listed {
		return m.Name
	}
	if _, asked := e.unlisted[target]; !asked {
		doc, err := e.look(ref)
		if err != nil {
			doc.Name = ""
		}
		e.unlisted[target] = doc.Name
	}
	return cmp.Or(e.unlisted[target], target)
}

// ownLabels are labels without those of the stack and of skep.
func ownLabels(labels map[string]string) map[string]string {
	out := map[string]string{}
	for key, value := range labels {
		if key != model.LabelStack && key != model.LabelStackImage && !strings.HasPrefix(key, "skep.") {
			out[key] = value
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// image is the image as the files named it, as long as it is that one.
func (e *exporter) image(s *model.Service) string {
	label, runs := s.Spec.Labels[model.LabelStackImage], s.Image()
	named := runs
	if ref, err := reference.ParseNormalizedNamed(runs); err == nil {
		if tagged, ok := ref.(reference.Tagged); ok {
			if plain, err := reference.WithTag(reference.TrimNamed(ref), tagged.Tag()); err == nil {
				named = reference.FamiliarString(plain)
			}
		}
	}
	same := func(a, b string) bool {
		x, err1 := reference.ParseNormalizedNamed(a)
		y, err2 := reference.ParseNormalizedNamed(b)
		return err1 == nil && err2 == nil && reference.TagNameOnly(x).String() == reference.TagNameOnly(y).String()
	}
	if label != "" && (label == runs || same(label, named)) {
		return label
	}
	return named
}

// attachments are the networks of a service.
func (e *exporter) attachments(out *types.ServiceConfig, list []swarm.NetworkAttachmentConfig) {
	out.Networks = map[string]*types.ServiceNetworkConfig{}
	for _, a := range list {
		name := e.networkName(a.Target)
		key := e.network(name, a.Target)
		n := &types.ServiceNetworkConfig{DriverOpts: a.DriverOpts}
		for _, alias := range a.Aliases {
			if alias != out.Name {
				n.Aliases = append(n.Aliases, alias)
			}
		}
		if len(n.Aliases)+len(n.DriverOpts) == 0 {
			n = nil
		}
		out.Networks[key] = n
	}
	if len(list) == 0 {
		e.note("%s_%s is on no network, which compose cannot say: a deploy puts it on %s", e.stack, out.Name, defaultNetwork)
	}
	if _, only := out.Networks[defaultNetwork]; only && len(out.Networks) == 1 && out.Networks[defaultNetwork] == nil {
		out.Networks = nil
	}
}

// network adds a network, and gives its name in the file.
func (e *exporter) network(name, id string) string {
	if key, known := e.keys[model.Ref{Kind: model.KindNetwork, ID: name}]; known {
		return key
	}
	key := e.key(model.KindNetwork, name)
	n, found := model.Lookup[*model.Network](e.cluster, model.Ref{Kind: model.KindNetwork, ID: id})
	var out types.NetworkConfig
	switch {
	case !found:
		if e.unlisted[id] == "" {
			e.note("the network %s is not there", name)
		}
		out.External, out.Name = types.External{External: true}, name
	case n.Labels[model.LabelStack] != e.stack:
		out.External, out.Name = types.External{External: true}, name
	default:
		out = types.NetworkConfig{Name: e.nameOf(key, name), Driver: n.Driver, DriverOpts: maps.Clone(n.Options), Internal: n.Internal, Attachable: n.Attachable, Labels: ownLabels(n.Labels)}
		delete(out.DriverOpts, "com.docker.network.driver.overlay.vxlanid_list")
		for _, subnet := range n.Subnets() {
			if !chosen.Contains(subnet.Addr()) {
				out.Ipam.Config = append(out.Ipam.Config, &types.IPAMPool{Subnet: subnet.String()})
			}
		}
		if out.Driver == "overlay" {
			out.Driver = ""
		}
	}
	if key != defaultNetwork || out.Attachable || out.Internal || out.Name != "" || len(out.DriverOpts)+len(out.Labels)+len(out.Ipam.Config) > 0 || out.Driver != "" {
		e.config.Networks[key] = out
	}
	return key
}

// chosen is where engines choose subnets first: one in there is most likely no
// demand of the file.
var chosen = netip.MustParsePrefix("10.0.0.0/16")

// text is the file, with the notes before it.
func (e *exporter) text(hide bool) (Exported, error) {
	body, _, err := e.body(false)
	if err != nil {
		return Exported{}, err
	}
	if err = e.again(body); err != nil {
		return Exported{}, err
	}
	hidden := 0
	if hide {
		if body, hidden, err = e.body(true); err != nil {
			return Exported{}, err
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# The stack %s as it ran, written by skep export.\n", safetext.Line(e.stack))
	if len(e.config.Secrets)+len(e.config.Configs) > 0 {
		b.WriteString("# What is in its secrets and configs is not here: they have to be in the swarm.\n")
	}
	for _, n := range e.notes {
		fmt.Fprintf(&b, "# %s\n", safetext.Line(model.MaskText(n)))
	}
	b.WriteString(body)
	return Exported{Text: b.String(), Hidden: hidden}, nil
}

// body is the file itself, and how many values are hidden in it.
func (e *exporter) body(hide bool) (text string, hidden int, err error) {
	var node yaml.Node
	if err := node.Encode(e.config); err != nil {
		return "", 0, err
	}
	if hide {
		hidden = hideIn(&node, "")
	}
	spellLimits(&node)
	escape(&node)
	var b strings.Builder
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	err = errors.Join(enc.Encode(&node), enc.Close())
	return b.String(), hidden, err
}

// spellLimits writes out the limits of zero, which docker's types leave out and its
// schema asks for.
func spellLimits(file *yaml.Node) {
	for _, service := range fields(fields(file)["services"]) {
		for _, limit := range fields(fields(service)["ulimits"]) {
			for _, side := range []string{"soft", "hard"} {
				if fields(limit)[side] == nil {
					limit.Content = append(limit.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: side}, &yaml.Node{Kind: yaml.ScalarNode, Value: "0"})
				}
			}
		}
	}
}

// fields are the values of a mapping, by their keys; none of anything else.
func fields(n *yaml.Node) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		out[n.Content[i].Value] = n.Content[i+1]
	}
	return out
}

// engineFields are what the engine calls those fields that have names of the
// operator's in them, or a command.
var engineFields = map[string]string{
	"labels": "Labels", "environment": "Env", "driver_opts": "DriverOpts", "options": "Options", "sysctls": "Sysctls",
	"command": "Args", "entrypoint": "Command", "test": "Test",
}

// hideIn hides the values below a key that look secret, and counts them.
func hideIn(n *yaml.Node, key string) int {
	key = engineFields[key]
	hidden := 0
	hide := func(one *yaml.Node, text string) {
		if one.Value != text && one.Tag != "!!null" {
			one.SetString(text)
			hidden++
		}
	}
	words := make([]string, len(n.Content))
	for i, one := range n.Content {
		words[i] = one.Value
	}
	if n.Kind == yaml.SequenceNode {
		words = model.MaskList(key, words)
	}
	for i, one := range n.Content {
		switch {
		case n.Kind == yaml.MappingNode && i%2 == 0:
		case one.Kind != yaml.ScalarNode && n.Kind == yaml.MappingNode:
			hidden += hideIn(one, n.Content[i-1].Value)
		case one.Kind != yaml.ScalarNode:
			hidden += hideIn(one, "")
		case n.Kind == yaml.MappingNode:
			hide(one, model.MaskField(key, n.Content[i-1].Value, one.Value))
		default:
			hide(one, words[i])
		}
	}
	return hidden
}

// escape keeps dollar signs from being taken for variables.
func escape(n *yaml.Node) {
	for i, one := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			continue // Names are not filled in.
		}
		if one.Kind == yaml.ScalarNode {
			one.Value = strings.ReplaceAll(one.Value, "$", "$$")
		}
		escape(one)
	}
}

// files are the secrets and configs of a service.
func (e *exporter) files(out *types.ServiceConfig, c *swarm.ContainerSpec) {
	for _, r := range c.Secrets {
		if r.File == nil {
			e.note("%s_%s: compose cannot say how it uses the secret %s", e.stack, out.Name, r.SecretName)
			continue
		}
		key := e.key(model.KindSecret, r.SecretName)
		e.config.Secrets[key] = types.SecretConfig{Name: r.SecretName, External: types.External{External: true}}
		out.Secrets = append(out.Secrets, types.ServiceSecretConfig(fileReference(key, swarm.ConfigReferenceFileTarget(*r.File))))
	}
	for _, r := range c.Configs {
		key := e.key(model.KindConfig, r.ConfigName)
		if r.File != nil {
			out.Configs = append(out.Configs, types.ServiceConfigObjConfig(fileReference(key, *r.File)))
		}
		e.config.Configs[key] = types.ConfigObjConfig{Name: r.ConfigName, External: types.External{External: true}}
		if p := c.Privileges; p != nil && p.CredentialSpec != nil && p.CredentialSpec.Config == r.ConfigID {
			out.CredentialSpec = types.CredentialSpecConfig{Config: key}
		}
	}
	if p := c.Privileges; p != nil && p.CredentialSpec != nil && out.CredentialSpec.Config == "" {
		out.CredentialSpec = types.CredentialSpecConfig(*p.CredentialSpec)
	}
}

func fileReference(key string, f swarm.ConfigReferenceFileTarget) types.FileReferenceConfig {
	out := types.FileReferenceConfig{Source: key, Target: cmp.Or(f.Name, key), UID: f.UID, GID: f.GID}
	if f.Name == key {
		out.Target = ""
	}
	if mode := uint32(f.Mode); mode != 0o444 {
		out.Mode = &mode
	}
	if f.UID == "0" {
		out.UID = ""
	}
	if f.GID == "0" {
		out.GID = ""
	}
	return out
}
