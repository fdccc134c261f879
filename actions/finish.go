package actions

import (
	"cmp"
	"fmt"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const finishVerb = "finish"

// finish makes what was deployed beside a service into that service. An engine
// renames none, so the one that the stack's file knows gets the other's
// specification.
var finish = Action{
	Verb: finishVerb, Title: "Finish the switch", Kind: model.KindService, Tier: Disruptive,
	Enabled: func(c *model.Cluster, t Target) string {
		return pairReason(c, t, model.GreenBeside, model.GreenOver, model.GreenFinishing, model.GreenRenewed, model.GreenReturned)
	},
	Form: func(_ *model.Cluster, targets []Target) *Form {
		return &Form{Title: "Finish the switch of " + targets[0].Name, Fields: []Field{{
			Key: pauseKey, Label: "Pause", Value: trafficPause.String(), Replace: true,
			Hint:  "how long to wait after the requests move, before what had them stops; proxies need it to notice",
			Check: func(v string) error { _, err := parsePause(v); return err },
		}}}
	},
	Needs: model.InterestIn(model.KindNetwork.All()),
	Reads: readPair, Plan: planFinish,
}

func planFinish(in Input) (Plan, error) {
	p, err := readPairing(in)
	if err != nil {
		return Plan{}, err
	}
	if p.mark.Pause, err = parsePause(cmp.Or(in.Values[pauseKey], p.mark.Pause.String())); err != nil {
		return Plan{}, err
	}
	if p.apart() && !in.InGroup {
		return Plan{}, fmt.Errorf("%s is of the stack %s, whose services call each other: skep finish stack/%s finishes all of them in step",
			p.green.Name(), p.green.Stack(), quote(string(p.blue.Stack())))
	}
	phase := p.mark.Phase
	if phase == model.GreenOver || phase == model.GreenBeside {
		phase = model.GreenFinishing
	}
	green, blue := p.green.Name(), p.blue.Name()
	out, err := p.plan(finishVerb, Disruptive, p.writeGreen(p.marked(phase, nil)))
	if err != nil {
		return Plan{}, err
	}
	out.Goes = true
	out.Title = fmt.Sprintf("make %s what %s is, and remove %s", blue, green, green)
	i := &out.Impact
	if phase == model.GreenFinishing {
		edits, err := p.renewal()
		if err != nil {
			return Plan{}, err
		}
		after, err := Apply(p.blueDoc.Spec, edits)
		if err != nil {
			return Plan{}, err
		}
		s := p.of(p.blue, p.blueDoc)
		for _, c := range model.SpecChanges(p.blueDoc.Spec, after) {
			c.Path = blue + ": " + c.Path
			out.Changes = append(out.Changes, c)
		}
		switch {
		case holds(p.greenDoc.Spec):
			i.say("an engine renames no service: %s gets what %s runs, while requests go to %s", blue, green, green)
		case phase == model.GreenFinishing && p.mark.Phase == model.GreenOver:
			i.say("%s starts again with what %s runs; both have the aliases then, and are called", blue, green)
			out.warn("programs that keep an address, which the engine allows for 10 minutes, go on calling %s, and find nobody once it is removed: a longer pause lets them look again", green)
		default:
			i.say("%s gets what %s runs, in a rolling update of its own; requests go to it all the time", blue, green)
			if len(model.Routed(labelsOf(p.blueDoc.Spec))) > 0 {
				out.warn("a proxy may send requests to tasks that have just stopped: switch first, which loses none")
			}
		}
		p.sayJoined(i, after)
		s.foretell(&out, after, "UpdateConfig")
		if labelsOf(p.greenDoc.Spec)[model.LabelStackImage] == "" {
			s.warnStackImage(&out, p.of(p.green, p.greenDoc).image())
		}
	}
	if holds(p.greenDoc.Spec) {
		i.say("once %s is up, the requests come back to it", blue)
	}
	if p.handover(p.greenDoc, p.blueDoc).byPort() {
		out.warn("to give the ports back, all tasks of both restart once more, with the same gap as the switch")
	}
	i.say("%s after that %s is removed", model.Span(p.mark.Pause), green)
	i.say("it can be left and gone on with at any time: a label says how far it is")
	out.Undo.Sentence = fmt.Sprintf("until %s is updated, switch back; later, give %s its former image", blue, blue)
	p.finish(&out)
	return out, nil
}

// renewal makes the old service run what the new one does: its tasks, and their number.
// In its networks it keeps its own names; those that only the new one is on it joins.
func (p pairing) renewal() ([]Edit, error) {
	template := field(p.greenDoc.Spec, "TaskTemplate")
	own := Edit{Path: []string{"Networks"}, Delete: true}
	if networks := field(p.blueDoc.Spec, pathNetworks...); networks != nil {
		own = Edit{Path: []string{"Networks"}, Value: networks}
	}
	more, err := p.joined()
	if err != nil {
		return nil, err
	}
	if len(more) > 0 {
		own = Edit{Path: []string{"Networks"}, Value: append(attachments(p.blueDoc.Spec), more...)}
	}
	if with, err := Apply(template, []Edit{own}); err == nil {
		template = with
	}
	if with, err := p.inStackOf(template); err == nil {
		template = with
	}
	edits := []Edit{{Path: []string{"TaskTemplate"}, Value: template}}
	if image := labelsOf(p.greenDoc.Spec)[model.LabelStackImage]; image != "" { // It was made from files.
		edits = append(edits, Edit{Path: []string{"Labels", model.LabelStackImage}, Value: image})
	}
	if p.green.Mode() == model.ModeReplicated {
		edits = append(edits, Edit{Path: pathReplicas, Value: p.of(p.green, p.greenDoc).tasks}, Edit{Path: pathRemembered, Delete: true})
	}
	return edits, nil
}

// finishing is what comes next where the old service becomes what the new one is.
func (p pair) finishing(c *model.Cluster, m *Move, w *stopwatch) {
	green, blue := p.green.Name(), p.blue.Name()
	m.Said = p.standing()
	left := w.left(c, p.mark.String(), p.mark.Pause)
	switch p.mark.Phase {
	case model.GreenFinishing:
		if p.apart() {
			m.Refs = append(m.Refs, model.KindNetwork.All())
		}
		if m.Wait, m.Held = complete(c, p.green); m.Wait != "" {
			return
		}
		if p.apart() && !c.Set(model.KindNetwork).Known() {
			m.Wait = "the networks are not read yet"
			return
		}
		if left > 0 && len(model.Routed(p.green.Spec.Labels)) > 0 {
			m.Wait = fmt.Sprintf("proxies get %s to notice that %s gets no requests", model.Span(p.mark.Pause), blue)
			return
		}
		m.Now = p.order(finishVerb, fmt.Sprintf("give %s what %s runs", blue, green), func(p pairing) (Plan, error) {
			edits, err := p.renewal()
			if err != nil {
				return Plan{}, err
			}
			return p.plan(finishVerb, Disruptive, p.writeBlue(edits...), p.writeGreen(p.marked(model.GreenRenewed, nil)))
		})
	case model.GreenRenewed:
		if f := c.Facts(p.blue.Key()); f.Rollout.State == swarm.UpdateStatePaused || f.Restarts.Loop {
			m.Stop = fmt.Sprintf("%s does not stay up with what %s runs: %s", blue, green, f.Rollout.Message)
			return
		}
		if m.Wait, m.Held = complete(c, p.blue); m.Wait != "" {
			return
		}
		m.Now = p.order(switchBackVerb, fmt.Sprintf("switch the requests from %s to %s", green, blue), func(p pairing) (Plan, error) {
			mark := p.writeGreen(p.marked(model.GreenReturned, nil))
			if !holds(p.greenDoc.Spec) {
				return p.plan(switchBackVerb, Reversible, mark)
			}
			return p.handover(p.greenDoc, p.blueDoc).plan(switchBackVerb, mark, p.writeBlue())
		})
	default:
		if m.Wait, m.Held = complete(c, p.blue); m.Wait != "" {
			return
		}
		if left > 0 {
			m.Wait = fmt.Sprintf("whoever calls gets %s to notice that %s gets the requests", model.Span(p.mark.Pause), blue)
			return
		}
		m.Now = p.order("remove", "remove "+green, pairing.remove)
	}
}

// remove takes the new service away, once the old one is what it was.
func (p pairing) remove() (Plan, error) {
	t := serviceTarget(p.green)
	out := Plan{Verb: "remove", Target: t, Risk: Disruptive,
		Steps:   []Step{{Op: OpRemove, Ref: t.Ref, Name: t.Name, Seen: p.greenDoc}},
		Changes: model.SpecChanges(p.greenDoc.Spec, nil)}
	out.Undo.Sentence = "create it again from the journal (skep undo)"
	out.confirm()
	return out, nil
}
