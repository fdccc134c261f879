package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Turnover is what the engine does to the tasks of a service that gets a
// specification, place by place: a slot, or a node of a global service.
type Turnover struct {
	// Known is false while the service's tasks were not read: there may be
	// others then.
	Known bool
	// Replaced are the live tasks in whose place a new one is made.
	Replaced []*Task
	// Stopped are the live tasks that get no successor: those of places that
	// are given up, and former ones beside their successors.
	Stopped []*Task
	// Kept are the live tasks that stay as they are.
	Kept []*Task
	// Places counts the places that an update works off: those of the
	// replaced tasks, those with a task too many, and those whose last task
	// has ended.
	Places int
	// Revived counts the places among them whose last task has ended for good
	// and that get one again, Added those that there were not before.
	Revived, Added int
}

// Running counts the tasks among some that are up.
func Running(tasks []*Task) int {
	n := 0
	for _, t := range tasks {
		if t.State == swarm.TaskStateRunning && t.Wanted() {
			n++
		}
	}
	return n
}

// Turnover foresees what a specification does to the tasks of a service that
// is no job, by the engine's own rules: which tasks are out of date
// (swarmkit manager/orchestrator/task.go, IsTaskDirty), which places an update
// works off (update/updater.go) and which are added or given up
// (replicated/services.go, global/global.go).
func (c *Cluster) Turnover(s *Service, spec *swarm.ServiceSpec) Turnover {
	tasks, at := c.TasksOf(s.Key())
	v := turn{Cluster: c, goal: newGoal(s, spec), out: Turnover{Known: !at.IsZero()}}
	if spec.Mode.Global != nil {
		v.global(tasks)
	} else {
		v.replicated(tasks, spec)
	}
	return v.out
}

// goal is a specification that tasks are compared with.
type goal struct {
	print     Fingerprint
	placement string
	endpoint  string
	// now is the service's present endpoint, before that of the tasks from
	// before the last update, where that changed it; the engine tells it of no
	// task.
	now, before string
	portsAt     time.Time
	// constraints are those that a node has to meet.
	constraints []Constraint
	// samePlacement remembers which specifications of tasks, which share them,
	// have the goal's placement.
	samePlacement map[*TaskSpec]bool
}

func newGoal(s *Service, spec *swarm.ServiceSpec) goal {
	g := goal{
		print:     FingerprintOf(&spec.TaskTemplate),
		placement: canonical(spec.TaskTemplate.Placement), endpoint: canonical(spec.EndpointSpec),
		now: canonical(s.Spec.EndpointSpec), portsAt: s.portsChanged(), samePlacement: map[*TaskSpec]bool{},
	}
	if s.PreviousSpec != nil {
		g.before = canonical(s.PreviousSpec.EndpointSpec)
	}
	if p := spec.TaskTemplate.Placement; p != nil {
		if constraints, err := ParseConstraints(p.Constraints); err == nil {
			g.constraints = constraints
		}
	}
	return g
}

// canonical writes a part of a specification so that equal parts are equal
// texts.
func canonical(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

// fits reports whether a node meets the constraints.
func (g goal) fits(n *Node) bool {
	return n != nil && !slices.ContainsFunc(g.constraints, func(c Constraint) bool { return !c.Matches(n) })
}

// dirty reports whether the engine replaces a task of which it is known where
// it is.
func (g goal) dirty(t *Task, n *Node) bool {
	if t.Spec == nil || t.Spec.Print != g.print {
		return true
	}
	same, known := g.samePlacement[t.Spec]
	if !known {
		same = canonical(t.Spec.Placement) == g.placement
		g.samePlacement[t.Spec] = same
	}
	if !same {
		// The engine then looks at nothing else, not even at the ports.
		return !g.fits(n)
	}
	if t.CreatedAt.Before(g.portsAt) {
		return g.before != g.endpoint
	}
	return g.now != g.endpoint
}

// turn works a Turnover out.
type turn struct {
	*Cluster
	goal goal
	out  Turnover
}

// place is one slot, or one node of a global service.
type place struct {
	live []*Task // meant to run, the newest first
	last *Task   // the newest of all, where none is live
}

// placeOf reads a slot. A place whose last task ended for good counts as well,
// as it is tried again with another specification; not so in a rollback
// (swarmkit manager/orchestrator/restart/restart.go, IsTaskUpdatable).
func placeOf(slot []*Task) (place, bool) {
	p := place{}
	for _, t := range slot {
		if t.Desired == swarm.TaskStateReady || t.Desired == swarm.TaskStateRunning {
			p.live = append(p.live, t)
		}
	}
	if len(p.live) > 0 {
		return p, true
	}
	p.last = slot[0]
	return p, p.last.died() && p.last.Desired == swarm.TaskStateShutdown
}

// update works off one place that is kept.
func (v *turn) update(p place) {
	var clean *Task
	for _, t := range p.live {
		if !v.goal.dirty(t, v.Node(t.NodeID)) && (clean == nil || clean.Desired != swarm.TaskStateRunning) {
			clean = t
		}
	}
	switch {
	case len(p.live) == 0:
		if v.goal.dirty(p.last, v.Node(p.last.NodeID)) {
			v.out.Places++
			v.out.Revived++
		}
	case clean == nil:
		v.out.Places++
		// One of them is replaced; the others go with it.
		v.out.Replaced = append(v.out.Replaced, p.live[len(p.live)-1])
		v.out.Stopped = append(v.out.Stopped, p.live[:len(p.live)-1]...)
	default:
		if len(p.live) > 1 {
			v.out.Places++
		}
		v.out.Kept = append(v.out.Kept, clean)
		for _, t := range p.live {
			if t != clean {
				v.out.Stopped = append(v.out.Stopped, t)
			}
		}
	}
}

func (v *turn) replicated(tasks []*Task, spec *swarm.ServiceSpec) {
	want := Count((&Service{Service: swarm.Service{Spec: *spec}}).Replicas())
	var places []place
	Slots(tasks, func(slot []*Task) {
		if p, counts := placeOf(slot); counts {
			places = append(places, p)
		}
	})
	if len(places) > want {
		for _, p := range giveUp(places)[want:] {
			v.out.Stopped = append(v.out.Stopped, p.live...)
		}
		places = giveUp(places)[:want]
	}
	v.out.Added = want - len(places)
	for _, p := range places {
		v.update(p)
	}
}

// giveUp orders places so that those stand last that the engine gives up first:
// what does not run, and then what shares its node with most others.
func giveUp(places []place) []place {
	type ranked struct {
		place
		nth int // of the service's tasks on its node
	}
	running := func(p place) int { return min(1, Running(p.live)) }
	sorted := slices.SortedStableFunc(slices.Values(places), func(a, b place) int { return running(b) - running(a) })
	perNode := map[NodeID]int{}
	list := make([]ranked, len(sorted))
	for i, p := range sorted {
		list[i] = ranked{p, len(sorted) + 1}
		if len(p.live) == 1 && p.live[0].NodeID != "" {
			id := p.live[0].NodeID
			perNode[id]++
			list[i].nth = perNode[id]
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(a.nth, b.nth) })
	out := make([]place, len(list))
	for i, r := range list {
		out[i] = r.place
	}
	return out
}

func (v *turn) global(tasks []*Task) {
	byNode := map[NodeID]place{}
	Slots(tasks, func(slot []*Task) {
		if p, counts := placeOf(slot); counts {
			byNode[slot[0].NodeID] = p
		}
	})
	for _, n := range v.nodes {
		p, has := byNode[n.Key()]
		if n.Lost() || n.Spec.Availability == swarm.NodeAvailabilityDrain || !v.goal.fits(n) {
			continue
		}
		delete(byNode, n.Key())
		switch {
		case n.Spec.Availability == swarm.NodeAvailabilityPause:
			// The engine adds and updates nothing there.
			v.out.Kept = append(v.out.Kept, p.live...)
		case has:
			v.update(p)
		default:
			v.out.Added++
		}
	}
	for _, n := range v.nodes {
		v.out.Stopped = append(v.out.Stopped, byNode[n.Key()].live...)
	}
}
