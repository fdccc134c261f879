package actions

import (
	"fmt"
	"maps"
	"slices"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

var (
	labelService = Action{
		Verb: "label", Title: "Labels", Kind: model.KindService, Tier: Reversible,
		Form: func(_ *model.Cluster, targets []Target) *Form { return labelForm(targets) },
		Plan: planServiceLabels,
	}
	labelNode = Action{
		Verb: "label", Title: "Labels", Kind: model.KindNode, Tier: Reversible,
		Form: func(_ *model.Cluster, targets []Target) *Form { return labelForm(targets) },
		Plan: planNodeLabels,
	}
)

// Of secrets and configs the engine changes the labels, and nothing else.
var (
	labelConfig = labelPart(model.KindConfig)
	labelSecret = labelPart(model.KindSecret)
	// labelNetwork is there to say why it cannot be done.
	labelNetwork = labelPart(model.KindNetwork)
)

func labelPart(kind model.Kind) Action {
	return Action{
		Verb: "label", Title: "Labels", Kind: kind, Tier: Reversible,
		Enabled: func(*model.Cluster, Target) string {
			if !kind.Info().Writes.Update {
				return fmt.Sprintf("the engine changes nothing of a %s that is there", kind)
			}
			return ""
		},
		Form: func(_ *model.Cluster, targets []Target) *Form { return labelForm(targets) },
		Plan: func(in Input) (Plan, error) {
			p, err := labels.plan(in, "", Reversible) // Docker has no command for it.
			if err != nil {
				return Plan{}, err
			}
			p.Impact.say("no task notices: tasks get what it holds, and no labels")
			if stack := stackOf(in); stack != "" {
				p.warn("it belongs to the stack %s: the next docker stack deploy sets the labels that its file says", stack)
			}
			p.confirm()
			return p, nil
		},
	}
}

// stackOwn are the labels that the docker command reads a stack from.
var stackOwn = []string{model.LabelStack, model.LabelStackImage}

func labelForm(targets []Target) *Form {
	title := fmt.Sprintf("Change the labels of %d %s", len(targets), targets[0].Ref.Kind.Info().Plural)
	if len(targets) == 1 {
		title = "Change the labels of " + targets[0].Name
	}
	return &Form{Title: title, Fields: []Field{{
		Key: "labels", Label: "Labels", Hint: `key=value sets one, key- takes it away; several with a space between them, "key=two words" in quotes`,
		Check: labels.check,
	}}}
}

func planServiceLabels(in Input) (Plan, error) {
	s := readService(in)
	p, err := labels.plan(in, s.arg(), Reversible)
	if err != nil {
		return Plan{}, err
	}
	after, err := Apply(in.Doc.Spec, p.Steps[0].Edits)
	if err != nil {
		return Plan{}, err
	}
	if s.job() {
		s.rerun(&p, after)
	} else if f := s.foretell(&p, after, "UpdateConfig"); f.Places == 0 && f.replaced() == 0 {
		p.Impact.say("no task restarts: the labels of a service are no part of its tasks")
	}
	for _, e := range p.Steps[0].Edits {
		if slices.Contains(stackOwn, e.Path[1]) {
			p.raise(Disruptive)
			p.warn("%s says what stack it belongs to: docker stack deploy and docker stack rm go by it", e.Path[1])
		}
	}
	if stack := stackOf(in); stack != "" {
		p.warn("it belongs to the stack %s: the next docker stack deploy sets the labels that its file says", stack)
	}
	if n := s.pending(); n > 0 {
		p.warn(forgotten, countAre(n, "task"))
	}
	s.finish(&p, "the change of the labels")
	return p, nil
}

// pending counts the tasks that wait for a node.
func (s service) pending() int {
	n := 0
	tasks, _ := s.in.Cluster.TasksOf(model.ServiceID(s.in.Target.Ref.ID))
	for _, t := range tasks {
		if t.Wanted() && t.State == swarm.TaskStatePending {
			n++
		}
	}
	return n
}

func planNodeLabels(in Input) (Plan, error) {
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return Plan{}, model.ErrGone
	}
	p, err := labels.plan(in, nodeArg(in.Cluster, n.Key()), Reversible)
	if err != nil {
		return Plan{}, err
	}
	after := *n
	after.Spec.Labels = maps.Clone(n.Spec.Labels)
	if after.Spec.Labels == nil {
		after.Spec.Labels = map[string]string{}
	}
	for _, e := range p.Steps[0].Edits {
		if value, ok := e.Value.(string); ok && !e.Delete {
			after.Spec.Labels[e.Path[1]] = value
		} else {
			delete(after.Spec.Labels, e.Path[1])
		}
	}
	sayEvicted(&p, in, n, &after)
	p.confirm()
	return p, nil
}

// sayEvicted says which tasks a node has to give up with other labels: the engine
// stops those whose constraints it meets no more, all at once, unless the node is
// paused or drained (swarmkit manager/orchestrator/constraintenforcer).
func sayEvicted(p *Plan, in Input, n, after *model.Node) {
	live, known := liveTasks(in.Cluster, n.Key())
	out, waits := map[*model.Service]int{}, map[*model.Service]string{}
	placer := in.Cluster.Placer()
	for _, t := range live {
		s := in.Cluster.Service(t.ServiceID)
		if s != nil && meets(s, n) && !meets(s, after) {
			out[s]++
			placer.Vacate(t)
		}
	}
	total := sum(out)
	if !known {
		p.warn("the tasks of %s have not been read yet: some may have to leave", in.Target.Name)
	}
	switch {
	case total == 0 && known:
		p.Impact.say("no task has to leave")
	case total == 0:
	case n.Spec.Availability != swarm.NodeAvailabilityActive:
		p.Impact.say("%s fit here no more (%s); they stay for as long as the node is set to %s", model.Plural(total, "task"), listCounted(out), n.Spec.Availability)
	default:
		p.raise(Disruptive)
		p.Impact.say("%s at once: the node no longer meets the constraints of %s", tasksDo(total, "stop"), listCounted(out))
		stuck := 0
		for _, s := range byName(out) {
			if s.Mode() != model.ModeReplicated {
				continue
			}
			for range out[s] {
				if placer.Set(n.Key(), swarm.NodeAvailabilityPause); placer.Place(s.Demand()) == "" {
					waits[s] = placer.Explain(s.Demand())
					stuck++
				}
			}
		}
		global := 0
		for s, n := range out {
			if s.Mode() == model.ModeGlobal || s.Mode() == model.ModeGlobalJob {
				global += n
			}
		}
		p.Impact.Moves, p.Impact.Stops = total-stuck-global, stuck+global
		if p.Impact.Moves > 0 {
			p.Impact.say("%s elsewhere", tasksDo(p.Impact.Moves, "start"))
		}
	}
	for _, s := range byName(waits) {
		p.warn("%s fits on no other node and stays pending: %s", s.Name(), waits[s])
	}
	var comes []string
	for _, s := range in.Cluster.Services() {
		if s.Mode() == model.ModeGlobal && n.Schedulable() && !meets(s, n) && meets(s, after) {
			comes = append(comes, s.Name())
		}
	}
	if len(comes) > 0 {
		p.raise(Disruptive)
		p.Impact.Starts = len(comes)
		p.Impact.say("%s here for global services: %s", tasksDo(len(comes), "start"), list(comes))
	}
}

// meets reports whether a node meets the constraints of a service. Those that
// cannot be read keep nothing out.
func meets(s *model.Service, n *model.Node) bool {
	constraints, err := model.ParseConstraints(s.Demand().Placement().Constraints)
	return err != nil || !slices.ContainsFunc(constraints, func(c model.Constraint) bool { return !c.Matches(n) })
}
