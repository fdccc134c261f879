package actions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const gentleVerb = "gentle-drain"

// The values of the form's field: what becomes of what cannot go gently.
const (
	restKey   = "rest"
	restLeave = "leave"
	restHard  = "hard"
)

var gentleDrain = Action{
	Verb: gentleVerb, Title: "Drain gently", Kind: model.KindNode, Tier: Disruptive,
	Enabled: func(c *model.Cluster, t Target) string {
		n := nodeOf(c, t)
		m, marked := n.DrainMark()
		switch {
		case !n.Ready():
			return fmt.Sprintf("the node is %s: its tasks are elsewhere already", n.Status.State)
		case n.Spec.Availability == swarm.NodeAvailabilityDrain && !(marked && m.Phase == model.DrainMoving):
			return isDrained
		}
		return ""
	},
	Form: gentleForm,
	Plan: planGentleDrain,
}

// gentleForm asks about what cannot go gently, if there is any.
func gentleForm(c *model.Cluster, targets []Target) *Form {
	var names []string
	for _, t := range targets {
		if n := nodeOf(c, t); n != nil {
			_, left := parted(leaversOf(c, n, nil))
			for _, l := range left {
				names = append(names, l.Name())
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	title := "Drain " + targets[0].Name + " gently"
	if len(targets) > 1 {
		title = fmt.Sprintf("Drain %d nodes gently", len(targets))
	}
	slices.Sort(names)
	return &Form{Title: title, Fields: []Field{{
		Key: restKey, Label: "What cannot go gently", Value: restLeave, Replace: true,
		Hint: fmt.Sprintf("%s: leave lets it run, and the node stays paused; hard stops it in the end, as a plain drain does",
			list(slices.Compact(names))),
		Check: func(v string) error { _, err := parseRest(v); return err },
	}}}
}

// parseRest reads whether the rest is taken hard.
func parseRest(v string) (hard bool, err error) {
	switch strings.TrimSpace(v) {
	case restLeave, "":
		return false, nil
	case restHard:
		return true, nil
	}
	return false, fmt.Errorf("%q is neither %s nor %s", v, restLeave, restHard)
}

// parted tells those that can go gently, or have, from those that cannot.
func parted(all []leaver) (gentle, left []leaver) {
	for _, l := range all {
		if l.why == "" || l.passes {
			gentle = append(gentle, l)
		} else {
			left = append(left, l)
		}
	}
	return gentle, left
}

// batchNodes are the nodes of one key press.
func (in Input) batchNodes() []model.NodeID {
	var out []model.NodeID
	for _, t := range in.Batch {
		if id := t.Ref.Node(); id != "" {
			out = append(out, id)
		}
	}
	return out
}

func planGentleDrain(in Input) (Plan, error) {
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return Plan{}, model.ErrGone
	}
	hard, err := parseRest(in.Values[restKey])
	if err != nil {
		return Plan{}, err
	}
	mark := model.DrainMark{Phase: model.DrainMoving, Hard: hard, Began: began(in)}
	edits := []Edit{{Path: pathDrain, Value: mark.String()}}
	if n.Spec.Availability == swarm.NodeAvailabilityActive {
		edits = append(edits, Edit{Path: pathAvailability, Value: swarm.NodeAvailabilityPause})
	}
	p, err := newPlan(in, gentleVerb, Disruptive, edits...)
	if err != nil {
		return Plan{}, err
	}
	p.Goes = true
	p.Title = "drain " + in.Target.Name + " gently"
	if len(otherOpen(in)) == 0 {
		p.refuse("no other node takes tasks: nothing of %s could start elsewhere; activate another node first", in.Target.Name)
	}
	describeGentle(&p, in, n, mark)
	p.confirm()
	return p, nil
}

// describeGentle says what a gentle drain does, service by service.
func describeGentle(p *Plan, in Input, n *model.Node, mark model.DrainMark) {
	hard := mark.Hard
	all := leaversOf(in.Cluster, n, in.batchNodes())
	gentle, left := parted(all)
	live, known := liveTasks(in.Cluster, n.Key())
	i := &p.Impact
	i.Known = known
	if !known {
		p.warn("the tasks of %s have not been read yet: there may be more of them", in.Target.Name)
	}
	node := nodeArg(in.Cluster, n.Key())
	p.Commands = []string{command("node", "update", "--availability", "pause", "--label-add", model.LabelDrain+"="+mark.String(), node)}
	var moved, stacked []string
	for _, l := range gentle {
		if l.away && len(l.here) == 0 {
			moved = append(moved, l.Name())
			continue
		}
		i.Moves += len(l.here)
		i.AtLeast += l.atLeast()
		i.say("%s", l.says())
		p.Commands = append(p.Commands, l.moves(n.Key())...)
		p.Undo.Commands = append(p.Undo.Commands, l.comesBack(n.Key()))
		l.warn(p)
		if l.Stack() != "" {
			stacked = append(stacked, l.Name())
		}
	}
	if len(stacked) > 0 {
		p.warn("a docker stack deploy before the node is activated lets these come back: %s", list(stacked))
	}
	if len(moved) > 0 {
		i.say("moved already: %s", list(moved))
	}
	order := "they go one service after the other: each is waited for until its tasks run elsewhere"
	switch len(gentle) - len(moved) {
	case 0:
		order = "no replica has to move"
	case 1:
		order = "it is waited for until its tasks run elsewhere"
	}
	i.say("%s; no new task comes meanwhile", order)
	if len(gentle) > len(moved) {
		i.say("where a new task does not get healthy it stops there, and says so")
	}
	sayRest(p, left, globals(in.Cluster, live), hard, len(all) == 0)
	if i.AtLeast > 0 {
		i.say("takes at least %s", model.Span(i.AtLeast))
	}
	i.say("%s", quorumUntouched(in.Cluster, n))
	end := []string{"node", "update"}
	if mark.Phase = model.DrainLeft; len(left) == 0 || hard {
		mark.Phase, end = model.DrainDone, append(end, "--availability", "drain")
	}
	p.Commands = append(p.Commands, command(append(end, "--label-add", model.LabelDrain+"="+mark.String(), node)...))
	p.Undo.Sentence = "activate the node: the services may come back, and nothing restarts"
	p.Undo.Commands = append(p.Undo.Commands, command("node", "update", "--availability", "active", "--label-rm", model.LabelDrain, node))
}

// says is how a service goes.
func (l *leaver) says() string {
	how := "stop-first"
	switch {
	case l.startFirst:
		how = "start-first"
	case l.trick:
		how = "start-first for this once, and then by its own order again"
	}
	if l.passes {
		return fmt.Sprintf("%s: %s at the end, because now %s", l.Name(), tasksDo(len(l.here), "move"), l.why)
	}
	lowest := fmt.Sprintf("never fewer than %d of %d running", max(0, l.lowest()), l.facts.Want)
	return fmt.Sprintf("%s: %s (%s), %s, %s", l.Name(), tasksDo(len(l.here), "move"), l.to, how, lowest)
}

// arg is what names it to the docker command.
func (l *leaver) arg() string {
	if typeable(l.Name()) {
		return l.Name()
	}
	return l.ID
}

// moves are the docker commands that move it off a node: its own order comes back once
// it has moved.
func (l *leaver) moves(id model.NodeID) []string {
	words := []string{"service", "update", "--constraint-add", model.AwayConstraint(id), "--label-add", model.AwayLabel(id) + "=drain"}
	former := cmp.Or(l.Spec.Labels[model.LabelOrder], formerOrder(l.Spec.UpdateConfig))
	if !l.trick {
		return []string{command(append(words, l.arg())...)}
	}
	return []string{
		command(append(words, "--update-order", string(swarm.UpdateOrderStartFirst), "--label-add", model.LabelOrder+"="+former, l.arg())...),
		command(slices.Concat([]string{"service", "update"}, orderBack(former), []string{l.arg()})...),
	}
}

// orderBack are the words that put a former update order back, and take away the mark
// of it. No command takes the order, or the whole configuration, away: what the engine
// does without them is written out.
func orderBack(former string) []string {
	if former == model.OrderNone || former == model.OrderUnset {
		former = string(swarm.UpdateOrderStopFirst)
	}
	return []string{"--update-order", former, "--label-rm", model.LabelOrder}
}

// comesBack is the docker command that lets it come back to a node.
func (l *leaver) comesBack(id model.NodeID) string {
	words := []string{"service", "update", "--constraint-rm", model.AwayConstraint(id), "--label-rm", model.AwayLabel(id)}
	if former := l.Spec.Labels[model.LabelOrder]; former != "" {
		words = append(words, orderBack(former)...)
	}
	return command(append(words, l.arg())...)
}

// warn says what the move of a service costs beside.
func (l *leaver) warn(p *Plan) {
	if names := localVolumes(&l.Spec); len(names) > 0 {
		p.warn("data of %s stays behind in volumes of this node: %s", l.Name(), list(names))
	}
	if ports := l.Demand().HostPorts(); len(ports) > 0 {
		p.warn("%s is then reached at another node's port %s", l.Name(), list(ports))
	}
	if l.PreviousSpec != nil && !sameVersion(rawOf(l.PreviousSpec), rawOf(&l.Spec)) {
		p.warn("a rollback of %s after this undoes the move only; the version it restores now is lost", l.Name())
	}
}

// globals are the names of the global services of tasks.
func globals(c *model.Cluster, live []*model.Task) []string {
	var out []string
	for _, t := range live {
		if s := c.Service(t.ServiceID); s != nil && (s.Mode() == model.ModeGlobal || s.Mode() == model.ModeGlobalJob) {
			out = append(out, s.Name())
		}
	}
	slices.Sort(out)
	return out
}

// sayRest says what becomes of what cannot go gently, and of the node.
func sayRest(p *Plan, left []leaver, global []string, hard, empty bool) {
	i := &p.Impact
	tasks := 0
	for _, l := range left {
		tasks += len(l.here)
		what := "goes on running here"
		if hard {
			what = "is stopped in the end"
		}
		p.warn("%s cannot go gently and %s: %s", l.Name(), what, l.why)
	}
	if tasks > 0 && !hard {
		i.say("the node stays paused in the end, and %s on: %s", tasksDo(tasks, "run"), names(left))
		return
	}
	i.Moves += tasks
	i.Stops += len(global)
	end := "then it is drained"
	if empty {
		end = "it is drained"
	}
	if len(global) > 0 {
		end += fmt.Sprintf(": %s of global services (%s)", tasksDo(len(global), "stop"), list(global))
	}
	i.say("%s", end)
	if tasks > 0 {
		i.say("%s at once: %s", tasksDo(tasks, "stop"), names(left))
	}
}

func names(of []leaver) string {
	out := make([]string, len(of))
	for i, l := range of {
		out[i] = l.Name()
	}
	return list(out)
}

// gentle reports whether a node bears the mark of a gentle drain, or services
// keep away from it because of one.
func gentle(c *model.Cluster, n *model.Node) bool {
	_, marked := n.DrainMark()
	return marked || len(c.KeptAway(n.Key())) > 0
}

// planLetAllBack activates a node that was drained gently: the services that keep
// away from it may come back first.
func planLetAllBack(in Input, verb string, risk Tier, to swarm.NodeAvailability) (Plan, *model.Node, error) {
	n := nodeOf(in.Cluster, in.Target)
	mark := model.DrainMark{Phase: model.DrainBack, Began: began(in)}
	edits := []Edit{{Path: pathDrain, Value: mark.String()}}
	last := []string{"node", "update", "--availability", string(to)}
	if _, marked := n.DrainMark(); marked {
		last = append(last, "--label-rm", model.LabelDrain)
	}
	if _, upgrades := n.UpgradeMark(); upgrades { // The operator has done with it.
		edits, last = append(edits, Edit{Path: pathUpgrade, Delete: true}), append(last, "--label-rm", model.LabelUpgrade)
	}
	p, err := newPlan(in, verb, risk, edits...)
	if err != nil {
		return Plan{}, nil, err
	}
	p.Goes = true
	p.Title = verb + " " + in.Target.Name + ", and take its gentle drain back"
	var names, waits []string
	for _, s := range in.Cluster.KeptAway(n.Key()) {
		names = append(names, s.Name())
		if s.MidUpdate() {
			waits = append(waits, s.Name())
		}
		p.Commands = append(p.Commands, (&leaver{Service: s}).comesBack(n.Key()))
	}
	if len(names) > 0 {
		p.Impact.say("%s may come back here, and nothing restarts: %s", model.Plural(len(names), "service"), list(names))
	}
	if len(waits) > 0 {
		p.warn("the update of %s is not at its end: if it is of a gentle drain, it ends here", list(waits))
	}
	p.Commands = append(p.Commands, command(append(last, nodeArg(in.Cluster, n.Key()))...))
	p.Undo.Sentence = "drain it gently again"
	return p, n, nil
}
