package actions

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// aliasesOf are the aliases that a specification asks for, by the network.
func aliasesOf(spec *swarm.ServiceSpec) map[string][]string {
	out := map[string][]string{}
	for _, n := range spec.TaskTemplate.Networks {
		for _, alias := range n.Aliases {
			if !slices.Contains(out[n.Target], alias) {
				out[n.Target] = append(out[n.Target], alias)
			}
		}
	}
	return out
}

// attachedTo tells which networks a service is in.
func attachedTo(spec *swarm.ServiceSpec) func(network string) bool {
	return func(network string) bool {
		return slices.ContainsFunc(spec.TaskTemplate.Networks, func(n swarm.NetworkAttachmentConfig) bool { return n.Target == network })
	}
}

// named reports whether the new service has the aliases of the old one.
func (p pair) named() bool {
	has, attached, given := aliasesOf(&p.green.Spec), attachedTo(&p.green.Spec), false
	for network, aliases := range aliasesOf(&p.blue.Spec) {
		if !attached(network) {
			continue
		}
		if given = true; slices.ContainsFunc(aliases, func(a string) bool { return !slices.Contains(has[network], a) }) {
			return false
		}
	}
	return given
}

// aliasMeasured is what TestSwitch_ByAliasOnARealSwarm sees on Engine 20.10.
const aliasMeasured = "asked ten times a second on Engine 20.10, it never was unknown, and in DNS mode (dnsrr) no call was lost"

// byAlias reports whether what comes to the old service comes by network aliases
// alone: neither a proxy nor a port is there that could be handed over.
func (p pairing) byAlias() bool {
	blue, green := typed(p.blueDoc.Spec), typed(p.greenDoc.Spec)
	shared := slices.ContainsFunc(slices.Collect(maps.Keys(aliasesOf(blue))), attachedTo(green))
	return shared && !holds(p.blueDoc.Spec) && !holds(p.greenDoc.Spec)
}

// aliasEdits give the new service the aliases of the old one besides its own, or
// leave it its own alone.
func (p pairing) aliasEdits(with bool) []Edit {
	green, blue := typed(p.greenDoc.Spec), aliasesOf(typed(p.blueDoc.Spec))
	var out []Edit
	for i, n := range green.TaskTemplate.Networks {
		own := slices.DeleteFunc(slices.Clone(n.Aliases), func(a string) bool { return slices.Contains(blue[n.Target], a) })
		if with {
			own = append(own, blue[n.Target]...)
		}
		if !slices.Equal(own, n.Aliases) {
			out = append(out, Edit{Path: append(slices.Clone(pathNetworks), strconv.Itoa(i), "Aliases"), Value: own})
		}
	}
	return out
}

// stopped are the edits that stop a service, and keep how many replicas it had.
func (s service) stopped() []Edit {
	if s.tasks == 0 {
		return nil
	}
	return []Edit{{Path: pathReplicas, Value: 0}, {Path: pathRemembered, Value: strconv.Itoa(s.tasks)}}
}

// startedAgain are the edits that give a stopped service its replicas back, and what
// is to be said of them.
func (s service) startedAgain() (edits []Edit, said string, err error) {
	if s.tasks > 0 {
		return nil, "", nil
	}
	n, from := s.remembered()
	if n == 0 {
		return nil, "", fmt.Errorf("%s has no replicas, and how many it had is not known: scale it first", s.name())
	}
	said = fmt.Sprintf("%s starts again with %s, as %s says", s.name(), model.Plural(n, "replica"), from)
	return []Edit{{Path: pathReplicas, Value: n}, {Path: pathRemembered, Delete: true}}, said, nil
}

// beginNaming begins to hand network aliases over. An engine resolves an alias of a
// service with a virtual IP from its first task on each node on, and until its last:
// a task that comes between says nothing of it (libnetwork service_linux.go,
// addServiceBinding). A rolling update would go through and change nothing, so each
// of the two stops once, the new one before requests come to it.
func (p pairing) beginNaming() (Plan, error) {
	blue, green := p.of(p.blue, p.blueDoc), p.of(p.green, p.greenDoc)
	switch {
	case blue.mode != model.ModeReplicated || green.mode != model.ModeReplicated:
		return Plan{}, errors.New("an alias changes hands only while a service has no task, and a global one cannot be stopped: skep finish updates it in its place")
	case p.mark.Phase == model.GreenBeside && green.tasks == 0:
		return Plan{}, fmt.Errorf("%s has no replicas: scale it first", p.green.Name())
	}
	edits := []Edit{}
	if !p.named() {
		edits = green.stopped()
	}
	out, err := p.plan(switchVerb, Disruptive, p.writeGreen(append(edits, p.marked(model.GreenNaming, nil))...))
	if err != nil {
		return Plan{}, err
	}
	p.sayNaming(&out, blue.tasks, green.tasks)
	p.finish(&out)
	return out, nil
}

func (p pairing) sayNaming(out *Plan, blues, greens int) {
	from, to := p.blue.Name(), p.green.Name()
	names := p.aliasText()
	out.Goes = true
	out.Title = fmt.Sprintf("hand the network %s of %s over to %s", verb(len(names), "alias", "aliases"), from, to)
	if p.mark.Phase == model.GreenNaming {
		out.Title = "go on: " + out.Title
	}
	out.Commands = nil // They would do the first half.
	out.Impact.Restarts, out.Impact.Stops = greens, blues
	out.Impact.say("from %s to %s: the network %s %s; no proxy routes to %s by labels, and it publishes no port", from, to, verb(len(names), "alias", "aliases"), list(names), from)
	out.Impact.say("first %s stops and starts again with %s: an engine takes up an alias only with the first task of a service on a node", to, verb(len(names), "it", "them"))
	out.Impact.say("once all its tasks are up, requests go to both, for %s; a task of %s that fails stops it there", model.Span(p.mark.Pause), to)
	out.Impact.say("then %s stops, because an engine forgets an alias only with the last task; %d stays in the label %s", from, blues, labelReplicas)
	out.Impact.say("it can be left and gone on with at any time: a label says how far it is")
	out.Undo.Sentence = "switch back at any time (" + p.backCommand() + ")"
	out.warn("%s always %s somebody (%s); but while %s stops, who is sent to it may get no answer: how many cannot be foreseen", list(names), verb(len(names), "leads to", "lead to"), aliasMeasured, from)
	out.warn("programs that keep an address, which the engine allows for 10 minutes, go on calling %s, and find nobody once it has stopped: a longer pause lets them look again", from)
	out.warn("who calls %s by that name finds nobody once it has stopped: the name of a service cannot be handed over", from)
	out.warn("better: skep finish gives %s what %s runs in its own rolling update; its names and its address stay", from, to)
}

// aliasText are the aliases that are handed over, as people know them.
func (p pairing) aliasText() []string {
	var out []string
	of := aliasesOf(typed(p.blueDoc.Spec))
	for _, network := range slices.Sorted(maps.Keys(of)) {
		if attachedTo(typed(p.greenDoc.Spec))(network) {
			out = append(out, of[network]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// empty reports whether no task of a service is left on any node.
func (pair) empty(c *model.Cluster, s *model.Service) bool {
	tasks, readAt := c.TasksOf(s.Key())
	return !readAt.IsZero() && s.Replicas() == 0 && !slices.ContainsFunc(tasks, func(t *model.Task) bool { return !t.Terminal() })
}

// naming is what comes next where network aliases are handed over.
func (p pair) naming(c *model.Cluster, m *Move, w *stopwatch) {
	green, blue := p.green.Name(), p.blue.Name()
	m.Said = p.standing()
	switch {
	case !p.named():
		p.rename(c, m, model.GreenNaming)
		return
	case p.failing(c) != "":
		m.Stop = p.failing(c)
		return
	}
	if m.Wait, m.Held = complete(c, p.green); m.Wait != "" {
		w.left(c, "", 0)
		return
	}
	if w.left(c, p.mark.String(), p.mark.Pause) > 0 {
		m.Wait = "both are called; watched for " + model.Span(p.mark.Pause)
		return
	}
	m.Now = p.order(switchVerb, fmt.Sprintf("stop %s, which leaves its aliases to %s", blue, green), func(p pairing) (Plan, error) {
		mark := p.writeGreen(p.marked(model.GreenOver, nil))
		return p.plan(switchVerb, Disruptive, p.writeBlue(p.of(p.blue, p.blueDoc).stopped()...), mark)
	})
}

// rename stops the new service, and starts it again with the aliases of the old one
// or, on the way back, without them.
func (p pair) rename(c *model.Cluster, m *Move, phase model.GreenPhase) {
	green := p.green.Name()
	switch {
	case p.green.Replicas() > 0:
		m.Now = p.order("stop", "stop "+green, func(p pairing) (Plan, error) {
			return p.plan("stop", Disruptive, p.writeGreen(append(p.of(p.green, p.greenDoc).stopped(), p.marked(phase, nil))...))
		})
	case !p.empty(c, p.green):
		m.Wait = "the tasks of " + green + " stop"
	default:
		with, next, title := phase == model.GreenNaming, model.GreenNaming, fmt.Sprintf("start %s again with the aliases of %s", green, p.blue.Name())
		if !with {
			next, title = model.GreenBeside, fmt.Sprintf("start %s again without the aliases of %s", green, p.blue.Name())
		}
		m.Now = p.order("start", title, func(p pairing) (Plan, error) {
			edits, _, err := p.of(p.green, p.greenDoc).startedAgain()
			if err != nil {
				return Plan{}, err
			}
			return p.plan("start", Disruptive, p.writeGreen(slices.Concat(p.aliasEdits(with), edits, []Edit{p.marked(next, nil)})...))
		})
	}
}

// renamed reports whether aliases have changed hands, or were about to, and not
// what a proxy or a port leads to.
func (p pair) renamed() bool {
	if len(model.Routed(p.green.Spec.Labels)) > 0 || publishes(p.green) {
		return false
	}
	return p.named() || p.green.Replicas() == 0 && len(aliasesOf(&p.blue.Spec)) > 0
}

// publishes reports whether a service has a port of a number of its own.
func publishes(s *model.Service) bool {
	e := s.Spec.EndpointSpec
	return e != nil && slices.ContainsFunc(e.Ports, func(p swarm.PortConfig) bool { return p.PublishedPort != 0 })
}
