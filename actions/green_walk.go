package actions

import (
	"fmt"
	"time"

	"skep/model"
)

// greenProcedure waits until the service beside another one is up, and stays so. For
// how long it has been is all that is remembered: another console looks anew.
func greenProcedure(t Target) Procedure {
	var watch *model.ConvergenceWatch
	return Procedure{Verb: greenVerb, Target: t, title: "service beside " + t.Name, next: func(c *model.Cluster, t Target) Move {
		m := Move{Refs: []model.Ref{t.Ref}}
		p, err := pairOf(c, t)
		if err != nil {
			m.Wait = "it is not to be seen yet"
			return m
		}
		if watch == nil {
			watch = model.WatchConvergence(p.green.Key(), 0)
		}
		return p.coming(c, watch.Look(c))
	}}
}

// coming is how far the new service is on its way up.
func (p pair) coming(c *model.Cluster, v model.Convergence) Move {
	m := Move{Refs: p.refs(), Back: fmt.Sprintf("remove %s to take it back", p.green.Name())}
	switch {
	case v.Outcome == model.OutcomeConverged:
		m.Done = fmt.Sprintf("%s is up beside %s, and gets no requests: try it, then switch", p.green.Name(), p.blue.Name())
	case v.Settled():
		m.Stop = fmt.Sprintf("%s is not up: %s", p.green.Name(), v.Why)
	default:
		m.Wait = fmt.Sprintf("%s: %s", p.green.Name(), v.Why)
		if v.Culprit != nil && v.Suspect != model.OutcomeMoving { // A large image may take long to come.
			m.Held = c.TaskName(v.Culprit) + ": " + model.Brief(c.Reason(v.Culprit))
		}
	}
	return m
}

// failing is why the new service must get no more requests than it has: a task of
// it has failed since the last step.
func (p pair) failing(c *model.Cluster) string {
	if failed := failedSince(c, p.green, p.mark.Began); failed != nil {
		return fmt.Sprintf("%s failed: %s", c.TaskName(failed), model.Brief(c.Reason(failed)))
	}
	if c.Facts(p.green.Key()).Restarts.Loop {
		return fmt.Sprintf("the tasks of %s do not stay up", p.green.Name())
	}
	return ""
}

// switchProcedure takes the switch of a pair from step to step, whichever way it
// goes, and the end of it. It is one for a pair, whatever it was begun with.
// For how long all has been as it should be is all that is remembered: no clock of
// another machine is asked for that, and another console watches anew.
func switchProcedure(t Target) Procedure {
	var w stopwatch
	return Procedure{Verb: switchVerb, Target: t, title: "switch to " + t.Name, next: func(c *model.Cluster, t Target) Move {
		return nextSwitch(c, t, &w)
	}}
}

// finishProcedure is the end of it, for a service or for a stack.
func finishProcedure(t Target) Procedure {
	if t.Ref == model.StackName(t.Ref.ID).Ref() {
		return finishStackProcedure(t)
	}
	return switchProcedure(t)
}

// stopwatch tells for how long the same has been seen.
type stopwatch struct {
	what  string
	since time.Time
}

// left is how much of a time it has to be seen still; what is empty starts it anew.
func (w *stopwatch) left(c *model.Cluster, what string, of time.Duration) time.Duration {
	if what != w.what {
		w.what, w.since = what, c.At
	}
	return of - c.At.Sub(w.since)
}

// order is a write to both of a pair, planned when its turn comes.
func (p pair) order(verb, title string, plan func(pairing) (Plan, error)) *Order {
	return &Order{verb: verb, title: title, target: serviceTarget(p.green), reads: p.refs(), again: true,
		plan: func(in Input) (Plan, error) {
			in.Doc.ReadAt = time.Time{} // The snapshot's time is the one that failures are told from.
			read, err := readPairing(in)
			if err != nil {
				return Plan{}, err
			}
			if read.mark.Phase != p.mark.Phase {
				return Plan{}, fmt.Errorf("somebody else went on meanwhile: %s", read.standing())
			}
			out, err := plan(read)
			if err == nil {
				out.Title = title
				read.finish(&out)
			}
			return out, err
		}}
}

func nextSwitch(c *model.Cluster, t Target, w *stopwatch) Move {
	p, err := pairOf(c, t)
	if err != nil && serviceOf(c, t) == nil {
		return Move{Done: t.Name + " is gone"}
	} else if err != nil {
		return Move{Stop: model.MaskError(err)}
	}
	m := Move{Refs: p.refs(), Back: "switch once more to go on, or back (" + p.backCommand() + ")"}
	switch p.mark.Phase {
	case model.GreenStepping:
		p.step(c, &m, w)
	case model.GreenNaming:
		p.naming(c, &m, w)
	case model.GreenBack:
		m.Back = "switch back once more to go on"
		switch m.Wait, m.Held = complete(c, p.blue); {
		case m.Wait != "":
		case p.named() && w.left(c, p.mark.String(), p.mark.Pause) > 0:
			m.Wait = "both are called; watched for " + model.Span(p.mark.Pause)
		case p.renamed():
			p.rename(c, &m, model.GreenBack)
		default:
			m.Now = p.order(switchBackVerb, fmt.Sprintf("switch the requests back from %s to %s", p.green.Name(), p.blue.Name()), pairing.back)
		}
	case model.GreenFinishing, model.GreenRenewed, model.GreenReturned:
		m.Back = "finish it once more to go on"
		p.finishing(c, &m, w)
	case model.GreenBeside, model.GreenOver:
		m.Done = p.standing()
	}
	return m
}

// step is what comes next in a switch in steps.
func (p pair) step(c *model.Cluster, m *Move, w *stopwatch) {
	green, blue := p.green.Name(), p.blue.Name()
	shares := len(model.Routed(p.green.Spec.Labels)) > 0
	n := int(p.green.Replicas())
	if m.Said = fmt.Sprintf("%d of %s, no requests yet", n, green); shares {
		m.Said = fmt.Sprintf("%d of %s beside %d of %s", n, green, p.blue.Replicas(), blue)
	}
	if why := p.failing(c); why != "" {
		m.Stop = why
		return
	}
	scaled := func(count int, left []int) {
		m.Now = p.order("scale", fmt.Sprintf("scale %s to %d", green, count), func(p pairing) (Plan, error) {
			mark := p.marked(model.GreenStepping, func(m *model.GreenMark) { m.Steps = left })
			return p.plan("scale", Disruptive, p.writeGreen(Edit{Path: pathReplicas, Value: count}, mark))
		})
	}
	weighed := p.weighed()
	if weighed && shares {
		m.Said = p.weights()
	}
	if (weighed || shares) && n == 0 && p.green.Mode() == model.ModeReplicated {
		m.Stop = green + " has no replicas, and would answer nothing: scale it first"
		return
	}
	var left time.Duration
	if m.Wait, m.Held = complete(c, p.green); m.Wait != "" {
		w.left(c, "", 0)
	} else {
		left = w.left(c, p.mark.String(), p.mark.Pause)
	}
	switch {
	case !shares && !weighed && len(p.mark.Steps) > 0 && n != p.mark.Steps[0]:
		m.Wait = ""
		scaled(p.mark.Steps[0], p.mark.Steps)
	case m.Wait != "":
	case weighed && (!shares || left <= 0 && len(p.mark.Steps) > 0):
		part := 100
		if len(p.mark.Steps) > 0 {
			part = p.mark.Steps[0]
		}
		m.Now = p.order("share", fmt.Sprintf("give %s %d of 100 requests of %s", green, part, blue), func(p pairing) (Plan, error) { return p.shareBy(part) })
	case !shares:
		m.Now = p.order("share", fmt.Sprintf("let %s share the requests of %s", green, blue), pairing.share)
	case left > 0:
		m.Wait = "watched for " + model.Span(p.mark.Pause)
	case len(p.mark.Steps) > 0:
		scaled(p.mark.Steps[0], p.mark.Steps[1:])
	default:
		m.Now = p.order(switchVerb, fmt.Sprintf("switch all requests of %s over to %s", blue, green), func(p pairing) (Plan, error) {
			return p.handover(p.blueDoc, p.greenDoc).plan(switchVerb, p.writeBlue(), p.writeGreen(p.marked(model.GreenOver, nil)))
		})
	}
	if m.Now != nil {
		m.Wait, m.Held = "", ""
	}
}

// share lets the new service have its part.
func (p pairing) share() (Plan, error) {
	h := p.handover(p.blueDoc, p.greenDoc)
	if err := h.possible(true); err != nil {
		return Plan{}, err
	}
	mark := p.marked(model.GreenStepping, func(m *model.GreenMark) { m.Steps = m.Steps[min(1, len(m.Steps)):] })
	return p.plan("share", Reversible, p.writeGreen(append(h.take(), mark)...))
}
