package actions

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"skep/model"
)

// Procedure is what takes several writes with waiting between them. How far it is
// stands in the swarm itself, in labels: so it remembers nothing, and whoever
// looks at the same snapshot goes on where another console left off.
type Procedure struct {
	Verb   string
	Target Target
	// title names it in a few words.
	title string
	// next says what is to be done in a snapshot. It is pure.
	next func(c *model.Cluster, t Target) Move
}

// Move is where a procedure is, and what comes next: exactly one of Now, Wait,
// Stop and Done is set.
type Move struct {
	// Now is the write whose turn it is.
	Now *Order
	// Wait is what is waited for, and Held what holds that up; empty for nothing.
	Wait, Held string
	// Stop is why it goes no further, and Back how to go on or to take it back.
	Stop, Back string
	// Done is how it ended.
	Done string
	// Idle is set where it waits for people, or for a node that is away: nothing of it is
	// under way then, and others may go on.
	Idle bool
	// Partly is set where it ended and could not do all.
	Partly bool
	// Said is how far all parts are, such as "2 of 5 moved".
	Said string
	// Refs are what has to be read meanwhile.
	Refs []model.Ref
}

// Ended reports whether nothing comes any more.
func (m Move) Ended() bool { return m.Stop != "" || m.Done != "" }

// String is the move in one line.
func (m Move) String() string {
	text := ""
	switch {
	case m.Stop != "":
		text = m.Stop
		if m.Back != "" {
			text += "; " + m.Back
		}
	case m.Done != "":
		text = m.Done
	case m.Now != nil:
		text = m.Now.title
	default:
		text = m.Wait
	}
	if m.Said != "" && !m.Ended() {
		text = m.Said + "; " + text
	}
	if m.Held != "" {
		text += ": " + m.Held
	}
	return text
}

// Order is one write of a procedure. It is planned when its turn comes, from the
// object as it is then.
type Order struct {
	// verb names it for the journal, and title in words until it is planned.
	verb, title string
	target      Target
	// again is set where it may be made more than once.
	again bool
	// reads are other objects that the plan is made from.
	reads []model.Ref
	plan  func(in Input) (Plan, error)
}

func (o Order) key() string { return o.verb + "/" + o.title }

// Next is what is to be done in a snapshot.
func (p Procedure) Next(c *model.Cluster) Move { return p.next(c, p.Target) }

// Title is the procedure in a few words.
func (p Procedure) Title() string { return p.title }

// Is reports whether it is about the same as another.
func (p Procedure) Is(o Procedure) bool { return p.Verb == o.Verb && p.Target.Ref == o.Target.Ref }

const (
	// heldPatience is how long something may hold a procedure up before it stops
	// there. A new task that does not get healthy is told by the engine sooner.
	heldPatience = 90 * time.Second
	// orderTries is how often a write is tried that the swarm did not take, as
	// while it elects a leader, and orderPause the time between two tries.
	orderTries, orderPause = 20, 3 * time.Second
)

// Walk carries out a procedure. It may be given up at any time: what it has
// written says how far it is.
type Walk struct {
	Procedure
	// at is where it is.
	at Move
	// made are the orders that were carried out, and least the versions that the
	// objects have had since: older snapshots tell nothing.
	made  map[string]bool
	least map[model.Ref]uint64
	// held is since when the same holds it up.
	heldFor   string
	heldSince time.Time
	failed    int
	retryAt   time.Time
}

// NewWalk carries out what goes on after a write, or goes on with it. Snapshots
// from before the write tell nothing.
func NewWalk(p Procedure, after Result) *Walk {
	w := &Walk{Procedure: p, made: map[string]bool{}, least: map[model.Ref]uint64{after.Target.Ref: after.Version}}
	for _, step := range after.Steps { // Of a stack they say more than the target.
		w.least[step.Ref] = max(w.least[step.Ref], step.Version)
	}
	return w
}

// At is where it was last.
func (w *Walk) At() Move { return w.at }

// Stop ends it where it is, for a reason.
func (w *Walk) Stop(why string) { w.at = Move{Stop: why, Said: w.at.Said, Back: w.at.Back} }

// Step takes in a snapshot, and makes the write whose turn it is. It waits for
// nothing else. One call at a time.
func (w *Walk) Step(ctx context.Context, eng Engine, c *model.Cluster, journal Journal) Move {
	if w.at.Ended() || !c.Ready() || c.Outage != nil || w.older(c) || time.Now().Before(w.retryAt) {
		return w.at
	}
	m := w.Next(c)
	switch {
	case m.Now == nil:
		m = w.bear(m)
	case w.made[m.Now.key()]:
		m.Stop = fmt.Sprintf("it was done, and is undone again: %s", m.Now.title)
		m.Now = nil
	default:
		m = w.carryOut(ctx, eng, c, m, journal)
	}
	w.at = m
	return m
}

// older reports whether a snapshot is from before the last write.
func (w *Walk) older(c *model.Cluster) bool {
	for ref, version := range w.least {
		if known, found := c.Find(ref); found && known.Version < version {
			return true
		}
	}
	return false
}

// bear stops where the same has held it up for long.
func (w *Walk) bear(m Move) Move {
	switch {
	case m.Held == "" || m.Ended():
		w.heldFor = ""
	case m.Wait != w.heldFor:
		w.heldFor, w.heldSince = m.Wait, time.Now()
	case time.Since(w.heldSince) > heldPatience:
		m.Stop, m.Wait = fmt.Sprintf("nothing has moved for %s: %s", model.Span(heldPatience), m.Wait), ""
	}
	return m
}

// carryOut plans and makes a write. One that the swarm did not take is tried again
// with a later snapshot, because that is how an election passes.
func (w *Walk) carryOut(ctx context.Context, eng Engine, c *model.Cluster, m Move, journal Journal) Move {
	o, key := m.Now, m.Now.key()
	p, err := o.prepare(ctx, eng, c)
	var r Result
	if err == nil {
		o.title = p.Title
		r = Run(ctx, eng, p, journal)
		err = r.Err
	}
	switch {
	case err == nil:
		w.made[key] = !o.again
		for i, step := range r.Steps {
			if w.least[step.Ref] = step.Version; p.Steps[i].Op == OpRemove {
				w.least[step.Ref] = math.MaxUint64 // One that has it still is older.
			}
		}
		w.failed = 0
	case errors.Is(err, ErrNoChange), o.verb == "remove" && errors.Is(err, model.ErrGone): // Somebody else was faster.
		w.made[key] = !o.again
	case ctx.Err() != nil:
		m.Wait, m.Now = "it was left", nil
	case w.failed < orderTries && w.passes(err):
		w.failed++
		w.retryAt = time.Now().Add(orderPause)
		m.Wait, m.Held, m.Now = "it is tried again: "+o.title, model.MaskError(err), nil
	default:
		m.Stop, m.Now = fmt.Sprintf("%s was not done: %s", o.title, model.MaskError(err)), nil
	}
	return m
}

// passes reports whether an error may be another one next time.
func (w *Walk) passes(err error) bool {
	return !errors.Is(err, model.ErrReadOnly) && model.AsOtherSwarm(err) == nil && !errors.Is(err, model.ErrGone)
}

// prepare reads the object of an order and plans it.
func (o Order) prepare(ctx context.Context, eng Engine, c *model.Cluster) (Plan, error) {
	doc, err := eng.Inspect(ctx, o.target.Ref)
	if err != nil {
		return Plan{}, gone(o.target, err)
	}
	in := Input{Cluster: c, Target: o.target, Batch: []Target{o.target}, Doc: doc, Others: map[model.Ref]Reading{}}
	for _, ref := range o.reads {
		if ref != o.target.Ref {
			other, err := eng.Inspect(ctx, ref)
			in.Others[ref] = Reading{Doc: other, Err: err}
		}
	}
	p, err := o.plan(in)
	if err != nil {
		return Plan{}, err
	}
	p.Verb, p.Swarm = o.verb, c.Session.Swarm
	p.hideSecrets()
	if p.Confirm.Gate == GateNone {
		return p, errors.New(p.Confirm.Why)
	}
	return p, nil
}

// procedures are the verbs after whose write something goes on, and what.
var procedures = map[string]func(t Target) Procedure{
	gentleVerb:    drainProcedure,
	activateVerb:  drainProcedure,
	undoVerb:      drainProcedure,
	rebalanceVerb: rebalanceProcedure,
	upgradeVerb:   upgradeProcedure,
	greenVerb:     greenProcedure,
	switchVerb:    switchProcedure, switchBackVerb: switchProcedure, finishVerb: finishProcedure,
}

// Procedure is what goes on after the steps of a plan; false for nothing.
func (p Plan) Procedure() (Procedure, bool) {
	begin, ok := procedures[p.Verb]
	if !ok || !p.Goes {
		return Procedure{}, false
	}
	return begin(p.Target), true
}

// Unfinished are the procedures that the marks in a snapshot tell of, in a fixed
// order.
func Unfinished(c *model.Cluster) []Procedure {
	var out []Procedure
	for _, n := range c.Nodes() {
		if m, ok := n.DrainMark(); ok && m.Unfinished() {
			out = append(out, drainProcedure(Target{Ref: n.Key().Ref(), Name: c.NodeName(n.Key())}))
		}
	}
	for _, s := range c.Services() {
		if _, ok := s.RebalanceMark(); ok {
			out = append(out, rebalanceProcedure(serviceTarget(s)))
		}
		if m, ok := s.GreenMark(); ok && m.Unfinished() {
			one := switchProcedure(serviceTarget(s))
			if blue := c.Service(m.Blue); blue != nil && (pair{blue: blue, green: s}).apart() && slices.Contains(finishable, m.Phase) {
				one = finishStackProcedure(Target{Ref: blue.Stack().Ref(), Name: string(blue.Stack())})
			}
			if !slices.ContainsFunc(out, one.Is) {
				out = append(out, one)
			}
		}
	}
	if slices.ContainsFunc(c.Nodes(), func(n *model.Node) bool { _, marked := n.UpgradeMark(); return marked }) {
		out = append(out, upgradeProcedure(Target{}))
	}
	return slices.Clip(out)
}
