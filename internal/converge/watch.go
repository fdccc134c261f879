package converge

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

// codes are the exit codes of what becomes of a service. 1 and 2 are taken: the
// swarm was not reached, the command line was wrong.
var codes = map[model.Outcome]int{
	model.OutcomeConverged: 0, model.OutcomeRolledBack: 3, model.OutcomePaused: 4, model.OutcomeUnplaceable: 5,
	model.OutcomeCrashLoop: 6, model.OutcomeMoving: 7, model.OutcomeUnknown: 8,
}

// weights order the outcomes, the worst last: what is known to be wrong weighs
// more than what is not known.
var weights = map[model.Outcome]int{
	model.OutcomeConverged: 0, model.OutcomeMoving: 1, model.OutcomeUnknown: 2, model.OutcomeRolledBack: 3, model.OutcomePaused: 4,
	model.OutcomeUnplaceable: 5, model.OutcomeCrashLoop: 6,
}

// State is how everything stands that is waited for.
type State struct {
	Services []model.Convergence
	Cluster  *model.Cluster
	// Elapsed is how long is being waited.
	Elapsed time.Duration
}

// Settled reports whether waiting changes nothing any more.
func (s State) Settled() bool {
	for _, v := range s.Services {
		if !v.Settled() {
			return false
		}
	}
	return true
}

// Worst is what became of the service that is worst off. What still moves counts
// for what it looks like.
func (s State) Worst() model.Outcome {
	worst := model.OutcomeConverged
	for _, v := range s.Services {
		if o := outcomeOf(v); weights[o] > weights[worst] {
			worst = o
		}
	}
	return worst
}

// outcomeOf is what a service has come to, where no more is waited.
func outcomeOf(v model.Convergence) model.Outcome {
	if v.Outcome == model.OutcomeMoving {
		return v.Suspect
	}
	return v.Outcome
}

// ExitCode is what a command exits with that ends so.
func (s State) ExitCode() int { return codes[s.Worst()] }

// Watch watches a selection.
type Watch struct {
	sel     Selection
	watches map[model.ServiceID]*model.ConvergenceWatch
}

// New makes a watch.
func New(sel Selection) *Watch {
	return &Watch{sel: sel, watches: map[model.ServiceID]*model.ConvergenceWatch{}}
}

// Look takes in a snapshot.
func (w *Watch) Look(c *model.Cluster) State {
	s := State{Cluster: c}
	for _, id := range w.sel.Members(c) {
		if w.watches[id] == nil {
			w.watches[id] = model.WatchConvergence(id, w.sel.Services[id]).Called(w.sel.Names[id])
		}
		s.Services = append(s.Services, w.watches[id].Look(c))
	}
	for _, stack := range w.sel.Stacks {
		if c.Ready() && !slices.ContainsFunc(c.Services(), func(s *model.Service) bool { return s.Stack() == stack }) {
			s.Services = append(s.Services, unknown(string(stack), "the stack has no service any more"))
		}
	}
	for id, manager := range w.sel.Roles {
		s.Services = append(s.Services, role(c, id, manager))
	}
	return s
}

// role is how far a node is on the way to a role: a manager is one once the others
// hear of it.
func role(c *model.Cluster, id model.NodeID, manager bool) model.Convergence {
	v := model.Convergence{Name: c.NodeName(id), Outcome: model.OutcomeMoving, Suspect: model.OutcomeMoving}
	n := c.Node(id)
	switch {
	case n == nil:
		v.Outcome, v.Why = model.OutcomeUnknown, "the node no longer exists"
	case manager && n.ManagerStatus != nil && n.ManagerStatus.Reachability == swarm.ReachabilityReachable:
		v.Outcome, v.Why = model.OutcomeConverged, "it is a manager, and can be reached"
	case manager:
		v.Why = "it is no manager yet"
	case n.ManagerStatus == nil:
		v.Outcome, v.Why = model.OutcomeConverged, "it is a worker"
	default:
		v.Why = "it is still a manager"
	}
	return v
}

// Source is where snapshots come from; a feed is one.
type Source interface {
	Next(ctx context.Context, seen uint64) (*model.Cluster, uint64, error)
	SetInterest(model.Interest)
	Refresh()
}

// errTimeout ends a wait that was given so long.
var errTimeout = errors.New("the time is up")

// Wait waits until everything has settled, or for so long; 0 for as long as it
// takes. It tells each step to progress. The error is the context's alone.
func Wait(ctx context.Context, from Source, sel Selection, limit time.Duration, progress func(State)) (State, error) {
	began := time.Now()
	waits, cancel := ctx, context.CancelFunc(func() {})
	if limit > 0 {
		waits, cancel = context.WithTimeoutCause(ctx, limit, errTimeout)
	}
	defer cancel()
	from.Refresh()
	w := New(sel)
	var last State
	for seen := uint64(0); ; {
		c, n, err := from.Next(waits, seen)
		if err != nil {
			last.Elapsed = time.Since(began)
			if errors.Is(context.Cause(waits), errTimeout) {
				return last.expire(), nil
			}
			return last, context.Cause(ctx)
		}
		seen = n
		from.SetInterest(sel.Interest(c))
		last = w.Look(c)
		last.Elapsed = time.Since(began)
		progress(last)
		if last.Settled() && c.Ready() {
			return last, nil
		}
	}
}

// expire says of a wait that never saw the swarm that nothing is known.
func (s State) expire() State {
	if s.Cluster == nil {
		s.Services = []model.Convergence{unknown("the swarm", "it did not answer within "+model.Span(s.Elapsed.Round(time.Second)))}
	}
	return s
}

func unknown(name, why string) model.Convergence {
	return model.Convergence{Name: name, Outcome: model.OutcomeUnknown, Suspect: model.OutcomeUnknown, Why: why}
}
