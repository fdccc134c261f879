package actions

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// FileValue is the value of a form that names the file from which what is asked for is
// to be taken; what has the files makes an action of it ([GreenFrom]).
const FileValue = "file"

const (
	greenVerb = "green"
	// greenSuffix makes the name of the service beside another one, and of its
	// aliases.
	greenSuffix = "-green"
	// maxServiceName is the longest name that an engine takes for a service
	// (swarmkit manager/controlapi/common.go).
	maxServiceName = 63
	// trafficPause is how long it is waited after each change of who gets requests,
	// unless it is said otherwise: twice what the slowest of the proxies takes to
	// notice one by itself.
	trafficPause = 30 * time.Second
)

var green = Action{
	Verb: greenVerb, Title: "Deploy beside", Kind: model.KindService, Tier: Reversible,
	Enabled: func(c *model.Cluster, t Target) string {
		s := serviceOf(c, t)
		switch p, err := pairOf(c, t); {
		case s.IsJob():
			return "it is a job: nothing is sent to it"
		case s.Image() == "":
			return "the service does not run an image"
		case err == nil:
			return p.standing() + " already: update its image, switch, or remove it"
		}
		return ""
	},
	Form:  greenForm,
	Image: func(in Input) string { ref, _ := parseImage(in.Values["image"]); return ref },
	Plan:  planGreen,
}

func greenForm(c *model.Cluster, targets []Target) *Form {
	image := imageForm(c, targets).Fields[0]
	f := &Form{Title: "Deploy " + targets[0].Name + " beside itself", AllTasks: true, Fields: []Field{image, {
		Key: "name", Label: "Name", Value: targets[0].Name + greenSuffix, Hint: "what the new service is called",
		Check: checkServiceName,
	}}}
	if len(targets) > 1 { // Each gets a name of its own.
		f.Title, f.Fields = "Deploy "+model.Plural(len(targets), "service")+" beside themselves", f.Fields[:1]
	}
	s := serviceOf(c, targets[0])
	if s != nil && s.Mode() == model.ModeReplicated && len(targets) == 1 {
		f.Fields = append(f.Fields, Field{
			Key: "replicas", Label: "Replicas", Value: strconv.FormatUint(s.Replicas(), 10), Hint: "how many of the new service", Replace: true,
			Check: func(v string) error { _, err := parseReplicas(v, 0); return err },
		})
	}
	if s != nil && s.Stack() != "" && len(targets) == 1 {
		f.Fields = append(f.Fields, Field{Key: FileValue, Label: "Compose file",
			Hint: "of the stack " + string(s.Stack()) + ": as the file has it, image and all; empty for the same as now with the image above"})
	}
	return f
}

var serviceName = regexp.MustCompile(`^[a-zA-Z0-9]([-_]*[a-zA-Z0-9]+)*$`)

func checkServiceName(name string) error {
	switch {
	case name == "":
		return errors.New("which name?")
	case len(name) > maxServiceName:
		return fmt.Errorf("it has %d characters; an engine takes %d", len(name), maxServiceName)
	case !serviceName.MatchString(name):
		return fmt.Errorf("%q is not the name of a service: letters and digits, and - and _ between them", name)
	}
	return nil
}

// planGreen creates the service beside the target: the same, but for its image, and
// for all by which requests would come to it.
func planGreen(in Input) (Plan, error) {
	s := readService(in)
	want, err := parseImage(in.Values["image"])
	if err != nil {
		return Plan{}, err
	}
	g := greenOf{service: s, name: cmp.Or(in.Values["name"], s.name()+greenSuffix), replicas: s.tasks}
	if err := checkServiceName(g.name); err != nil {
		return Plan{}, fmt.Errorf("the name %s: %w", g.name, err)
	}
	if slices.ContainsFunc(in.Cluster.Services(), func(o *model.Service) bool { return o.Name() == g.name }) {
		return Plan{}, fmt.Errorf("there is a service %s already", g.name)
	}
	if s.mode == model.ModeReplicated {
		if g.replicas, err = parseReplicas(cmp.Or(in.Values["replicas"], strconv.Itoa(s.tasks)), s.tasks); err != nil {
			return Plan{}, err
		}
		if g.replicas == 0 {
			return Plan{}, errors.New("with no replicas there is nothing to hand over to: say how many")
		}
	}
	g.mark = model.GreenMark{Blue: model.ServiceID(in.Target.Ref.ID), Phase: model.GreenBeside, Pause: trafficPause, Began: began(in)}
	spec, err := g.spec(want)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Verb: greenVerb, Target: in.Target, Risk: Reversible, Goes: true,
		Steps:   []Step{{Op: OpCreate, Ref: model.Ref{Kind: model.KindService}, Name: g.name, Spec: spec, Image: want}},
		Changes: model.SpecChanges(in.Doc.Spec, spec)}
	p.Title = fmt.Sprintf("deploy %s beside %s, with %s", g.name, s.name(), want)
	g.say(&p, spec, want)
	p.Undo.Sentence = fmt.Sprintf("remove %s: %s does not notice", g.name, s.name())
	p.Undo.Commands = []string{command("service", "rm", g.name)}
	p.confirm()
	return p, nil
}

// greenOf is the service beside another one, as it is made.
type greenOf struct {
	service
	name     string
	replicas int
	mark     model.GreenMark
	// own reports whether a network is of its own, where names stay as they are; nil
	// for none.
	own func(network string) bool
	// ports are those that are left out, and aliases those that are called otherwise,
	// as it is to be told.
	ports, aliases []string
}

// keptMarks are those of skep's labels that say something of what goes along: the
// constraints, and the update order.
func keptMark(key string) bool {
	return key == model.LabelOrder || strings.HasPrefix(key, model.AwayLabel(""))
}

// labels are those of the new service.
func (g *greenOf) labels() map[string]string {
	out := model.Routeless(labelsOf(g.service.spec))
	for key := range out {
		if strings.HasPrefix(key, "skep.") && !keptMark(key) || key == model.LabelStackImage {
			delete(out, key)
		}
	}
	if g.mark.Blue != "" {
		out[model.LabelGreen] = g.mark.String()
	}
	return out
}

// spec is the specification of the new service. Whatever is not spoken of here is
// that of the other one, to the byte.
func (g *greenOf) spec(image string) (json.RawMessage, error) {
	from := g.service.spec
	edits := append([]Edit{{Path: []string{"Name"}, Value: g.name}}, labelEdits(labelsOf(from), g.labels())...)
	edits = append(edits, imageEdits(g.in, image)...)
	if g.mode == model.ModeReplicated {
		edits = append(edits, Edit{Path: pathReplicas, Value: g.replicas})
	}
	var ports []json.RawMessage
	decodeField(from, &ports, pathPorts...)
	kept := []json.RawMessage{}
	for _, raw := range ports {
		var p swarm.PortConfig
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("%w: a published port cannot be read", ErrSpec)
		}
		if p.PublishedPort == 0 { // The engine chooses one.
			kept = append(kept, raw)
			continue
		}
		g.ports = append(g.ports, portText(p))
	}
	if len(g.ports) > 0 {
		edits = append(edits, Edit{Path: pathPorts, Value: kept})
	}
	for _, path := range [][]string{pathNetworks, {"Networks"}} {
		more, err := g.renameAliases(path)
		if err != nil {
			return nil, err
		}
		edits = append(edits, more...)
	}
	return Apply(from, edits)
}

var (
	pathPorts    = []string{"EndpointSpec", "Ports"}
	pathNetworks = []string{"TaskTemplate", "Networks"}
)

func portText(p swarm.PortConfig) string {
	return fmt.Sprintf("%d/%s (%s)", p.PublishedPort, cmp.Or(p.Protocol, "tcp"), cmp.Or(p.PublishMode, swarm.PortConfigPublishModeIngress))
}

// renameAliases gives the aliases in networks names of their own: under the same,
// other services would be sent to either.
func (g *greenOf) renameAliases(path []string) ([]Edit, error) {
	var attached []struct {
		Target  string
		Aliases []string
	}
	if raw := field(g.service.spec, path...); raw != nil {
		if err := json.Unmarshal(raw, &attached); err != nil {
			return nil, fmt.Errorf("%w: the networks cannot be read", ErrSpec)
		}
	}
	var out []Edit
	for i, n := range attached {
		if len(n.Aliases) == 0 || g.own != nil && g.own(n.Target) {
			continue
		}
		renamed := make([]string, len(n.Aliases))
		for k, alias := range n.Aliases {
			renamed[k] = alias + greenSuffix
			if text := renamed[k] + " in place of " + alias; !slices.Contains(g.aliases, text) {
				g.aliases = append(g.aliases, text)
			}
		}
		out = append(out, Edit{Path: append(slices.Clone(path), strconv.Itoa(i), "Aliases"), Value: renamed})
	}
	return out, nil
}

// say says what the new service is, what it has not, and what it shares.
func (g *greenOf) say(p *Plan, spec json.RawMessage, want string) {
	i := &p.Impact
	blue := g.service.name()
	i.say("%s stays as it is, and gets all requests: no task of it restarts", blue)
	after := g.service
	after.spec = spec
	after.in.Target = Target{Ref: model.Ref{Kind: model.KindService}, Name: g.name}
	if g.mode == model.ModeGlobal {
		i.say("one task of %s starts on each node that %s may run on", g.name, blue)
		i.Starts = g.tasks
	} else {
		after.sayStarts(p, g.replicas, "")
	}
	g.sayWithout(p, labelsOf(g.service.spec))
	g.warnUnpinned(p, want)
	after.warnPlatforms(p, spec)
	g.warnShared(p, typed(g.service.spec), typed(spec))
}

// sayWithout says what of the other one it does not have, and what comes next.
func (g *greenOf) sayWithout(p *Plan, labels map[string]string) {
	i, blue := &p.Impact, g.service.name()
	for _, r := range model.Routed(labels) {
		i.say("%s leaves %s alone until the switch: %s", r.Proxy, g.name, routesOf(r))
	}
	if len(g.ports) > 0 {
		i.say("left out, because %s has %s: the published %s %s", blue, verb(len(g.ports), "it", "them"), verb(len(g.ports), "port", "ports"), list(g.ports))
	}
	if len(g.aliases) > 0 {
		i.say("its aliases get names of their own: %s", list(g.aliases))
	}
	i.say("skep waits until all its tasks are up; then try it, and switch the requests over")
}

// warnShared says what may go wrong with two that stand beside each other.
func (g *greenOf) warnShared(p *Plan, blue, spec *swarm.ServiceSpec) {
	g.warnContainers(p)
	if c := spec.TaskTemplate.ContainerSpec; c != nil && (c.Healthcheck == nil || len(c.Healthcheck.Test) > 0 && c.Healthcheck.Test[0] == "NONE") {
		p.warn("its spec has no health check: unless the image has one, a task counts as up, and gets requests, as soon as its container has started")
	}
	others := sharedMounts(blue)
	volumes := slices.DeleteFunc(sharedMounts(spec), func(v string) bool { return !slices.Contains(others, v) })
	if len(volumes) > 0 {
		p.warn("both write to the same %s on nodes that have tasks of both: two versions at the same data", list(volumes))
	}
	if stack := blue.Labels[model.LabelStack]; stack != "" && stack == spec.Labels[model.LabelStack] {
		p.warn("it belongs to the stack %s, whose file does not have it: docker stack deploy --prune and docker stack rm remove it", stack)
	}
}

// routesOf says what a proxy routes, as people know it.
func routesOf(r model.Routing) string {
	var out []string
	for _, route := range model.RoutesOf("", r.Labels) {
		out = append(out, strings.TrimSpace(route.Name+" "+route.Rule))
	}
	if len(out) == 0 {
		return "no route is in the labels"
	}
	return strings.Join(out, "; ")
}

// sharedMounts are what the tasks of two services on one node both write to.
func sharedMounts(spec *swarm.ServiceSpec) []string {
	c := spec.TaskTemplate.ContainerSpec
	if c == nil {
		return nil
	}
	var out []string
	for _, m := range c.Mounts {
		if m.Source != "" && !m.ReadOnly {
			out = append(out, fmt.Sprintf("%s %s", m.Type, m.Source))
		}
	}
	return out
}

// warnContainers says what routes by what is in the containers, and so cannot be
// handed over without restarting them.
func (g *greenOf) warnContainers(p *Plan) {
	c := typed(g.service.spec).TaskTemplate.ContainerSpec
	if c == nil {
		return
	}
	for _, r := range model.Routed(c.Labels) {
		p.warn("its containers have labels of %s as well, and so have those of %s: a proxy that reads the labels of containers sends requests to both at once", r.Proxy, g.name)
	}
	for _, e := range c.Env {
		if strings.HasPrefix(e, "VIRTUAL_HOST=") {
			p.warn("its environment has VIRTUAL_HOST, and so has that of %s: a proxy that goes by it sends requests to both at once", g.name)
		}
	}
}
