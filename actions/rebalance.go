package actions

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"skep/model"
)

const rebalanceVerb = "rebalance"

var rebalance = Action{
	Verb: rebalanceVerb, Title: "Rebalance", Kind: model.KindService, Tier: Disruptive,
	Enabled: func(c *model.Cluster, t Target) string {
		s := serviceOf(c, t)
		switch _, begun := s.RebalanceMark(); {
		case s.Mode() != model.ModeReplicated:
			return "only a service with replicas can be spread anew"
		case s.Replicas() < 2 && !begun:
			return "it has not more than one replica"
		}
		return ""
	},
	Plan: planRebalance,
}

var pathRebalance = []string{"Labels", model.LabelRebalance}

// planRebalance adds so many replicas as are too many where they are now: they come
// to the emptiest nodes, and as many go from the fullest afterwards (swarmkit
// manager/scheduler, manager/orchestrator/replicated/services.go). Only those
// restart.
func planRebalance(in Input) (Plan, error) {
	s := readService(in)
	target := serviceOf(in.Cluster, in.Target)
	if target == nil {
		return Plan{}, model.ErrGone
	}
	switch m, begun := target.RebalanceMark(); {
	case begun && m.Gives(s.tasks):
		return s.rebalanceOn(m)
	case begun:
		return s.endRebalance()
	}
	f, err := s.spreadAnew(target)
	if err != nil {
		return Plan{}, err
	}
	mark := model.RebalanceMark{Replicas: s.tasks, Surplus: f.surplus, Spread: f.numbers(f.after), Began: began(in)}
	p, err := newPlan(in, rebalanceVerb, Disruptive, Edit{Path: pathReplicas, Value: s.tasks + f.surplus}, Edit{Path: pathRebalance, Value: mark.String()})
	if err != nil {
		return Plan{}, err
	}
	p.Goes = true
	p.Title = fmt.Sprintf("rebalance %s: %s", s.name(), f.change())
	i := &p.Impact
	i.Known, i.Starts, i.Stops, i.Lowest = true, f.surplus, f.surplus, s.facts.Up
	rest := s.tasks - f.surplus
	i.say("%s where there are the fewest, then %s where there are the most%s",
		tasksDo(f.surplus, "start"), tasksDo(f.surplus, "stop"), verb(rest, "; the other stays", fmt.Sprintf("; the other %d stay", rest)))
	for _, line := range f.lines() {
		i.say("%s", line)
	}
	i.say("never fewer than %d of %d running", s.facts.Up, s.tasks)
	if f.surplus == s.tasks {
		p.warn("as many restart as with a restart of all")
	}
	p.Undo.Sentence = "cannot be undone: tasks do not go back by themselves"
	p.Commands = []string{
		command("service", "scale", fmt.Sprintf("%s=%d", s.arg(), s.tasks+f.surplus)),
		command("service", "scale", fmt.Sprintf("%s=%d", s.arg(), s.tasks)),
	}
	s.finish(&p, "the rebalancing")
	return p, nil
}

// rebalanceOn goes on with what was begun.
func (s service) rebalanceOn(m model.RebalanceMark) (Plan, error) {
	again := m
	again.Began = began(s.in)
	p, err := newPlan(s.in, rebalanceVerb, Disruptive, Edit{Path: pathRebalance, Value: again.String()})
	if err != nil {
		return Plan{}, err
	}
	p.Goes = true
	p.Title = fmt.Sprintf("go on rebalancing %s", s.name())
	p.Impact.say("once all %d run, %s where there are the most: %d stay", s.tasks, tasksDo(max(0, s.tasks-m.Replicas), "stop"), m.Replicas)
	p.Undo.Sentence = fmt.Sprintf("scale to %d", m.Replicas)
	s.finish(&p, "the rebalancing")
	return p, nil
}

// endRebalance takes the mark away of what was begun, where somebody has scaled the
// service since.
func (s service) endRebalance() (Plan, error) {
	p, err := newPlan(s.in, rebalanceVerb, Reversible, Edit{Path: pathRebalance, Delete: true})
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("end the rebalancing of %s, which was scaled to %d meanwhile", s.name(), s.tasks)
	p.Impact.say("nothing moves: only the label that says how far it is goes")
	p.Undo.Sentence = "rebalance it anew"
	p.Commands = []string{command("service", "update", "--detach", "--label-rm", model.LabelRebalance, s.arg())}
	s.finish(&p, "the end of the rebalancing")
	return p, nil
}

// respread is how the tasks of a service are spread, and will be.
type respread struct {
	c             *model.Cluster
	before, after map[model.NodeID]int
	surplus       int
}

// spreadAnew foresees the smallest surplus after which the tasks are spread evenly,
// or says why none does.
func (s service) spreadAnew(target *model.Service) (respread, error) {
	c, d := s.in.Cluster, target.Demand()
	f := respread{c: c, before: c.SpreadOver(target)}
	placement := d.Placement()
	switch {
	case s.facts.TasksAt.IsZero():
		return f, fmt.Errorf("its tasks: %w", ErrUnread)
	case s.underway():
		return f, errors.New("it is being updated, or its update is paused: any change interferes with that")
	case s.facts.Up != s.tasks || !s.facts.Sure:
		return f, fmt.Errorf("only %d of %d run now: which would go cannot be foreseen", s.facts.Up, s.tasks)
	case len(placement.Preferences) > 0:
		return f, errors.New("it is spread by preferences of its own (placement preferences): the engine spreads over those, not over nodes")
	case even(f.before):
		return f, fmt.Errorf("%w: it is spread as evenly as can be (%s)", ErrNoChange, f.numbers(f.before))
	}
	placer := c.Placer()
	after := maps.Clone(f.before)
	for f.surplus < s.tasks {
		to := placer.Place(d)
		if to == "" {
			return f, fmt.Errorf("there is no room for more for a while: %s", placer.Explain(d))
		}
		after[to]++
		f.surplus++
		f.after = withoutFullest(after, f.surplus)
		if even(f.after) {
			return f, nil
		}
	}
	return f, fmt.Errorf("adding and taking away would not spread it evenly: from %s it would become %s, because constraints, limits or the nodes' room keep tasks out",
		f.numbers(f.before), f.numbers(f.after))
}

// even reports whether no node has two tasks more than another.
func even(counts map[model.NodeID]int) bool {
	if len(counts) == 0 {
		return true
	}
	all := slices.Collect(maps.Values(counts))
	return slices.Max(all)-slices.Min(all) <= 1
}

// withoutFullest takes so many tasks away, each from a node with the most.
func withoutFullest(counts map[model.NodeID]int, n int) map[model.NodeID]int {
	out := maps.Clone(counts)
	for range n {
		var fullest model.NodeID
		for id, k := range out {
			if fullest == "" || cmp.Or(cmp.Compare(out[fullest], k), cmp.Compare(id, fullest)) < 0 {
				fullest = id
			}
		}
		out[fullest]--
	}
	return out
}

// numbers are the counts alone, the largest first.
func (f respread) numbers(counts map[model.NodeID]int) string {
	numbers := slices.Sorted(maps.Values(counts))
	slices.Reverse(numbers)
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(numbers), "[]"), " ", "-")
}

// change is the spread before and after.
func (f respread) change() string {
	return f.numbers(f.before) + " becomes " + f.numbers(f.after) + " tasks a node"
}

// lines name the nodes where the number changes.
func (f respread) lines() []string {
	var out []string
	for _, n := range f.c.Nodes() {
		if before, after := f.before[n.Key()], f.after[n.Key()]; before != after {
			out = append(out, fmt.Sprintf("%s: %d becomes %d", f.c.NodeName(n.Key()), before, after))
		}
	}
	return out
}

// rebalanceProcedure waits until the surplus runs, takes it away again, and
// compares what became with what was foreseen. What that was goes with the mark,
// so it is remembered for the words at the end, and for nothing else.
func rebalanceProcedure(t Target) Procedure {
	foreseen := ""
	return Procedure{Verb: rebalanceVerb, Target: t, title: "rebalancing of " + t.Name, next: func(c *model.Cluster, t Target) Move {
		m := nextRebalance(c, t)
		if s := serviceOf(c, t); s != nil {
			if mark, marked := s.RebalanceMark(); marked {
				foreseen = mark.Spread
			}
		}
		if m.Done != "" && foreseen != "" {
			m.Done += compared(m.Done, foreseen)
		}
		return m
	}}
}

// compared says whether a spread is the one that was foreseen.
func compared(done, foreseen string) string {
	if strings.Contains(done, " "+foreseen+" ") {
		return ", as foreseen"
	}
	return ", foreseen was " + foreseen
}

func nextRebalance(c *model.Cluster, t Target) Move {
	m := Move{Refs: []model.Ref{t.Ref}, Back: "rebalance it once more to go on"}
	s := serviceOf(c, t)
	if s == nil {
		m.Stop = "the service no longer exists"
		return m
	}
	f := c.Facts(s.Key())
	mark, marked := s.RebalanceMark()
	if !marked {
		return endRebalance(c, s, m)
	}
	if !mark.Gives(int(s.Replicas())) {
		m.Stop, m.Back = fmt.Sprintf("somebody has scaled it to %d meanwhile", s.Replicas()), "rebalance it once more to end it"
		return m
	}
	m.Said = upBeside(f.Up, mark.Replicas, int(s.Replicas()))
	m.Back += fmt.Sprintf(", or scale it to %d to take it back", mark.Replicas)
	switch {
	case f.Restarts.Loop:
		m.Stop = "the new tasks do not stay up"
	case s.MidUpdate() && held(s):
		m.Stop = isHeld
	case s.MidUpdate() && !f.Rollout.Active():
		m.Stop = isHalted
	case int(s.Replicas()) != mark.Replicas && !(f.Sure && f.Up >= f.Want && !f.TasksAt.IsZero()):
		m.Wait = "the new tasks start"
		if f.Worst != nil {
			m.Held = c.TaskName(f.Worst) + ": " + model.Brief(c.Reason(f.Worst))
		}
	case s.MidUpdate():
		m.Wait = "waits for its update"
	default:
		m.Now = &Order{verb: "scale", title: fmt.Sprintf("scale %s back to %d", s.Name(), mark.Replicas), target: t,
			plan: func(in Input) (Plan, error) { return planScaleBack(in, mark) }}
	}
	return m
}

// upBeside says how many tasks are up of those that a service is to have in the end,
// and of the others that it has for a while: they are missed by nobody.
func upBeside(up, want, all int) string {
	text := fmt.Sprintf("%d/%d up", min(up, want), want)
	switch more := max(0, up-want); {
	case all > want:
		text += fmt.Sprintf(", and %d of %d more", more, all-want)
	case more > 0:
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// endRebalance waits until the surplus is gone.
func endRebalance(c *model.Cluster, s *model.Service, m Move) Move {
	f := c.Facts(s.Key())
	tasks, _ := c.TasksOf(s.Key())
	if running := model.Running(tasks); !f.Sure || f.Up != f.Want || running != f.Want {
		m.Said = upBeside(f.Up, f.Want, f.Want)
		m.Wait = "the surplus stops"
		return m
	}
	m.Done = fmt.Sprintf("spread %s tasks a node", c.Spread(s))
	return m
}

// planScaleBack takes the surplus away again, and nothing that somebody else has scaled
// since.
func planScaleBack(in Input, mark model.RebalanceMark) (Plan, error) {
	if n := readService(in).tasks; !mark.Gives(n) {
		return Plan{}, fmt.Errorf("somebody has scaled it to %d meanwhile", n)
	}
	p, err := newPlan(in, "scale", Disruptive, Edit{Path: pathReplicas, Value: mark.Replicas}, Edit{Path: pathRebalance, Delete: true})
	if err != nil {
		return Plan{}, err
	}
	p.Title = fmt.Sprintf("scale %s back to %d replicas", in.Target.Name, mark.Replicas)
	p.Undo.Sentence = "nothing to undo: it is what it was before"
	p.confirm()
	return p, nil
}
