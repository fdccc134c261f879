package model

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/swarm"
)

// Problem is one thing that is wrong.
type Problem struct {
	// Ref is the object that it is wrong with.
	Ref Ref
	// Subject names the object, Claim says what is wrong in a few words, Why
	// gives the reason as the engine has it, whole; it may be empty.
	Subject, Claim, Why string
	Status              Status
	// Since is when it began, as far as is known; else zero. It does not move
	// forward while the problem lasts.
	Since time.Time

	matter string // see rule
}

// String is the problem in one line.
func (p Problem) String() string {
	if p.Why == "" {
		return p.Subject + " " + p.Claim
	}
	return p.Subject + " " + p.Claim + " - " + p.Why
}

// rule finds problems of one sort.
type rule struct {
	name string
	find func(c *Cluster, now time.Time, report func(Problem))
	// apart is set if the rule's object only stands for the matter, so that
	// what else is wrong with it is reported as well.
	apart bool
	// matter is what the problems are about, where rules share it: a service
	// that is short of replicas is no new problem when it is down. Else it is
	// the rule's name.
	matter string
}

// rules are all that triage knows, worst first: within one status, what an
// earlier rule found is shown first. An object is reported once, by the first
// rule that finds something wrong with it.
var rules = []rule{
	{name: "node down", find: nodeDown},
	{name: "manager not reachable", find: managerUnreachable},
	{name: "update paused", find: updatePaused},
	{name: "restart loop", find: restartLoop, matter: "replicas"},
	{name: "service without a replica", find: serviceDown, matter: "replicas"},
	{name: "replicas missing", find: serviceShort, matter: "replicas"},
	{name: "quorum at its limit", find: quorumThin, apart: true},
	{name: "update rolled back", find: updateRolledBack},
	{name: "node drained", find: nodeDrained},
	{name: "object unreadable", find: unreadable},
}

// A service that was just changed is given this long before missing replicas
// count as a problem; tasks take some seconds to start.
const convergeGrace = 10 * time.Second

// An update that stops the old task first leaves a service of one replica with
// none; if that lasts, something is wrong with the new one.
const emptyGrace = 2 * time.Minute

// An update that the engine took back is a problem for a day: by then somebody
// knows of it, and the service has run well ever since.
const rolledBackFor = 24 * time.Hour

// findProblems runs the rules.
func findProblems(c *Cluster, now time.Time) []Problem {
	var out []Problem
	seen := map[Ref]bool{}
	for _, r := range rules {
		from := len(out)
		r.find(c, now, func(p Problem) {
			p.matter = cmp.Or(r.matter, r.name)
			if r.apart || !seen[p.Ref] {
				out = append(out, p)
			}
		})
		for _, p := range out[from:] {
			seen[p.Ref] = seen[p.Ref] || !r.apart
		}
	}
	slices.SortStableFunc(out, func(a, b Problem) int { return cmp.Compare(b.Status, a.Status) })
	return out
}

func nodeDown(c *Cluster, _ time.Time, report func(Problem)) {
	for _, n := range c.nodes {
		if n.Lost() {
			report(Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "down",
				Why: n.Status.Message, Status: Broken, Since: n.UpdatedAt})
		}
	}
}

// managerUnreachable reports managers that their quorum can not reach. The leader
// finds that out when it is asked, and does not tell since when.
func managerUnreachable(c *Cluster, _ time.Time, report func(Problem)) {
	for _, n := range c.nodes {
		if n.Manages() && n.ManagerStatus.Reachability == swarm.ReachabilityUnreachable {
			report(Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "manager not reachable",
				Status: Broken})
		}
	}
}

// Quorum is what the managers can lose.
type Quorum struct {
	Managers, Reachable, Workers int
}

// Quorum counts the managers.
func (c *Cluster) Quorum() Quorum {
	var q Quorum
	for _, n := range c.nodes {
		switch {
		case !n.Manages():
			q.Workers++
			continue
		case n.ManagerStatus.Reachability != swarm.ReachabilityUnreachable:
			q.Reachable++
		}
		q.Managers++
	}
	return q
}

// Tolerance is how many more managers can be lost before the swarm has no
// leader.
func (q Quorum) Tolerance() int { return max(0, q.Reachable-(q.Managers/2+1)) }

func quorumThin(c *Cluster, _ time.Time, report func(Problem)) {
	q := c.Quorum()
	if q.Managers < 2 || q.Tolerance() > 0 {
		return
	}
	stands := slices.IndexFunc(c.nodes, (*Node).Leads)
	if stands < 0 {
		stands = slices.IndexFunc(c.nodes, (*Node).Manages)
	}
	report(Problem{Ref: c.nodes[stands].Key().Ref(), Subject: "quorum", Status: Warning,
		Claim: fmt.Sprintf("%d of %d managers, none may be lost", q.Reachable, q.Managers)})
}

var availabilityWord = map[swarm.NodeAvailability]string{
	swarm.NodeAvailabilityDrain: "drained", swarm.NodeAvailabilityPause: "paused",
}

func nodeDrained(c *Cluster, _ time.Time, report func(Problem)) {
	for _, n := range c.nodes {
		if word := availabilityWord[n.Spec.Availability]; n.Ready() && word != "" {
			report(Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: word,
				Status: Warning, Since: n.UpdatedAt})
		}
	}
}

func updatePaused(c *Cluster, _ time.Time, report func(Problem)) {
	for _, s := range c.services {
		f := c.Facts(s.Key())
		word := ""
		switch f.Rollout.State {
		case swarm.UpdateStatePaused:
			word = f.progress("update paused")
		case swarm.UpdateStateRollbackPaused:
			word = f.progress("rollback paused")
		default:
			continue
		}
		why := f.Rollout.Message
		if f.Worst != nil {
			why = Reason(f.Worst)
		}
		report(Problem{Ref: s.Key().Ref(), Subject: s.Name(), Claim: word, Why: why, Status: Broken, Since: f.Rollout.Started})
	}
}

// updateRolledBack reports updates that failed and were taken back by the engine
// itself. It keeps no previous spec then, other than after a rollback that
// somebody asked for (swarmkit manager/orchestrator/update/updater.go,
// rollbackUpdate).
func updateRolledBack(c *Cluster, now time.Time, report func(Problem)) {
	for _, s := range c.services {
		f := c.Facts(s.Key())
		if f.Rollout.State != swarm.UpdateStateRollbackCompleted || s.PreviousSpec != nil || now.Sub(f.Rollout.Started) > rolledBackFor {
			continue
		}
		p := Problem{Ref: s.Key().Ref(), Subject: s.Name(), Claim: "update rolled back", Status: Warning, Since: f.Rollout.Started}
		if last := f.Restarts.Last; last != nil {
			p.Why = Reason(last)
		}
		report(p)
	}
}

func restartLoop(c *Cluster, _ time.Time, report func(Problem)) {
	for _, s := range c.services {
		f := c.Facts(s.Key())
		if !f.Restarts.Loop {
			continue
		}
		p := Problem{Ref: s.Key().Ref(), Subject: s.Name(), Claim: "restart loop", Status: Broken, Since: f.Restarts.Since}
		if last := f.Restarts.Last; last != nil {
			p.Why = Reason(last)
		}
		report(p)
	}
}

func serviceDown(c *Cluster, now time.Time, report func(Problem)) { short(c, now, Broken, report) }

func serviceShort(c *Cluster, now time.Time, report func(Problem)) { short(c, now, Warning, report) }

// short reports services with too few replicas, where that is of one status.
func short(c *Cluster, now time.Time, status Status, report func(Problem)) {
	for _, s := range c.services {
		f := c.Facts(s.Key())
		if shortage(s, f, now) != status {
			continue
		}
		p := Problem{Ref: s.Key().Ref(), Subject: s.Name(), Status: status, Claim: fmt.Sprintf("%d/%d", f.Up, f.Want)}
		switch {
		case s.IsJob():
			p.Claim = fmt.Sprintf("%d/%d completed", f.Completed, f.Total)
		case f.GaveUp > 0 && f.GaveUp < f.Want-f.Up:
			p.Claim += fmt.Sprintf(", %d %s", f.GaveUp, f.surrender())
		case f.GaveUp > 0:
			p.Claim += ", " + f.surrender()
		}
		switch {
		case f.Worst != nil:
			p.Why, p.Since = Reason(f.Worst), f.BadSince
		case f.Ghosts > 0:
			p.Why = fmt.Sprintf("%d on a node that is down", f.Ghosts)
		case f.Waiting != nil:
			p.Why = Reason(f.Waiting)
		}
		report(p)
	}
}

// shortage is how bad it is that a service has too few replicas; Neutral if it
// has enough, or is about to have.
func shortage(s *Service, f ServiceFacts, now time.Time) Status {
	switch {
	case !f.Counted() || !f.Short(s.IsJob()):
		return Neutral
	case s.IsJob():
		// A job that has not completed is at work, unless its state says more.
		if _, status := f.State(s); status >= Warning {
			return status
		}
		return Neutral
	case f.Worst != nil || f.GaveUp > 0:
	case now.Sub(s.UpdatedAt) < convergeGrace:
		return Neutral
	case f.Rollout.Active() && f.Ghosts == 0 && (f.Up > 0 || now.Sub(f.Rollout.Started) < emptyGrace):
		return Neutral // An update that stops first has fewer for a while.
	}
	if f.Up == 0 {
		return Broken
	}
	return Warning
}

func unreadable(c *Cluster, _ time.Time, report func(Problem)) {
	for _, s := range c.services {
		if s.Damage != "" {
			report(Problem{Ref: s.Key().Ref(), Subject: s.Name(), Claim: "partly unreadable", Why: s.Damage, Status: Warning})
		}
	}
	for _, n := range c.nodes {
		if n.Damage != "" {
			report(Problem{Ref: n.Key().Ref(), Subject: c.NodeName(n.Key()), Claim: "partly unreadable", Why: n.Damage, Status: Warning})
		}
	}
}

// Reason is why a task does not run: the engine's error, whole, with what the
// error leaves out.
func Reason(t *Task) string {
	switch {
	case t.Err != "":
		return t.Err
	case t.State == swarm.TaskStateNew:
		return "new: no network address or port is free for the task; is a network full?"
	case t.State == swarm.TaskStatePreparing:
		return "preparing: its image is pulled, or its networks and volumes are set up"
	case t.State == swarm.TaskStateStarting:
		return "starting: its container comes up, or its health check has not passed yet"
	case t.State == swarm.TaskStateComplete:
		return "the container ended by itself (exit 0)"
	case t.Exited && t.ExitCode != 0:
		return fmt.Sprintf("exit %d", t.ExitCode)
	case t.Message != "":
		return t.Message
	default:
		return string(t.State)
	}
}

// Brief shortens a reason for a line that has to hold several: what stands in
// the engine's brackets says more than what stands before them.
func Brief(reason string) string {
	const wrapper = "no suitable node ("
	if rest, ok := strings.CutPrefix(reason, wrapper); ok {
		return "no suitable node: " + strings.TrimSuffix(rest, ")")
	}
	return reason
}
