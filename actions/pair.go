package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"skep/model"
)

// pair is a service, and the one beside it that is to take its place: blue, and
// green.
type pair struct {
	blue, green *model.Service
	mark        model.GreenMark
}

var pathGreen = []string{"Labels", model.LabelGreen}

// errAlone means that nothing stands beside a service.
var errAlone = errors.New("no other service stands beside it")

// pairOf is the pair that a service belongs to, whichever of the two it is.
func pairOf(c *model.Cluster, t Target) (pair, error) {
	s := serviceOf(c, t)
	if s == nil {
		return pair{}, model.ErrGone
	}
	p := pair{green: s}
	var marked bool
	if p.mark, marked = s.GreenMark(); !marked {
		if p.green = c.Green(s.Key()); p.green == nil {
			return pair{}, errAlone
		}
		p.mark, _ = p.green.GreenMark()
	}
	if p.blue = c.Service(p.mark.Blue); p.blue == nil {
		return p, fmt.Errorf("the service that %s stands beside no longer exists", p.green.Name())
	}
	return p, nil
}

// pairReason is why nothing can be done with the pair of a service in other phases
// than these.
func pairReason(c *model.Cluster, t Target, phases ...model.GreenPhase) string {
	p, err := pairOf(c, t)
	switch {
	case errors.Is(err, errAlone):
		return errAlone.Error() + ": deploy one beside it first"
	case err != nil:
		return model.MaskError(err)
	case !slices.Contains(phases, p.mark.Phase):
		return p.standing()
	}
	return ""
}

// standing says how far the pair is.
func (p pair) standing() string {
	green, blue := p.green.Name(), p.blue.Name()
	switch p.mark.Phase {
	case model.GreenBeside:
		return fmt.Sprintf("%s runs beside %s, and gets no requests", green, blue)
	case model.GreenStepping:
		return fmt.Sprintf("the requests of %s go over to %s in steps", blue, green)
	case model.GreenNaming:
		return fmt.Sprintf("the network aliases of %s go over to %s", blue, green)
	case model.GreenOver:
		return fmt.Sprintf("%s gets the requests of %s", green, blue)
	case model.GreenBack:
		return fmt.Sprintf("%s is to get its requests back from %s", blue, green)
	case model.GreenFinishing, model.GreenRenewed, model.GreenReturned:
	}
	return fmt.Sprintf("%s becomes what %s is", blue, green)
}

// serviceTarget is a service as what an action is done to.
func serviceTarget(s *model.Service) Target { return Target{Ref: s.Key().Ref(), Name: s.Name()} }

// backCommand is the command that gives the requests back.
func (p pair) backCommand() string {
	arg := p.blue.Name()
	if !typeable(arg) {
		arg = string(p.blue.Key())
	}
	return "skep switch --back " + quote(arg)
}

func (p pair) refs() []model.Ref { return []model.Ref{p.blue.Key().Ref(), p.green.Key().Ref()} }

// readPair reads both of a pair along with whichever is the target.
func readPair(in Input) []model.Ref {
	p, err := pairOf(in.Cluster, in.Target)
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(p.refs(), func(r model.Ref) bool { return r == in.Target.Ref })
}

// pairing is a pair as it was read for a plan.
type pairing struct {
	pair
	in Input
	// doc are both as the engine gave them.
	blueDoc, greenDoc model.Document
}

func readPairing(in Input) (pairing, error) {
	p, err := pairOf(in.Cluster, in.Target)
	if err != nil {
		return pairing{}, err
	}
	out := pairing{pair: p, in: in}
	for _, one := range []struct {
		ref model.Ref
		doc *model.Document
	}{{p.blue.Key().Ref(), &out.blueDoc}, {p.green.Key().Ref(), &out.greenDoc}} {
		if one.ref == in.Target.Ref {
			*one.doc = in.Doc
			continue
		}
		other, read := in.Others[one.ref]
		switch {
		case !read:
			return out, errors.New("the other service of the two was not read")
		case other.Err != nil:
			return out, gone(Target{Ref: one.ref, Name: "the other of the two"}, other.Err)
		}
		*one.doc = other.Doc
	}
	// The mark is that of now, whatever the snapshot has.
	var text string
	decodeField(out.greenDoc.Spec, &text, pathGreen...)
	mark, marked := model.ParseGreenMark(text)
	if !marked || mark.Blue != p.blue.Key() {
		return out, errors.New("its label " + model.LabelGreen + " has changed: look again")
	}
	out.mark = mark
	return out, nil
}

// of is what is planned from for one of the two.
func (p pairing) of(s *model.Service, doc model.Document) service {
	in := p.in
	in.Target, in.Doc = serviceTarget(s), doc
	in.Batch = []Target{in.Target}
	return readService(in)
}

// marked is the edit that sets the mark.
func (p pairing) marked(phase model.GreenPhase, change func(*model.GreenMark)) Edit {
	m := p.mark
	m.Phase, m.Began = phase, began(p.in)
	if phase == model.GreenBeside || phase == model.GreenOver {
		m.Steps, m.Weight = nil, ""
	}
	if change != nil {
		change(&m)
	}
	if m.String() == p.mark.String() { // Gone on with in the second in which it was left: that has to be a write.
		m.Began = m.Began.Add(time.Second)
	}
	return Edit{Path: pathGreen, Value: m.String()}
}

// write is one of the two with what is changed in it.
type write struct {
	s     *model.Service
	doc   model.Document
	edits []Edit
}

func (p pairing) writeBlue(edits ...Edit) write  { return write{p.blue, p.blueDoc, edits} }
func (p pairing) writeGreen(edits ...Edit) write { return write{p.green, p.greenDoc, edits} }

// plan writes both, in their order: the second not without the first.
func (p pairing) plan(verb string, risk Tier, writes ...write) (Plan, error) {
	out := Plan{Verb: verb, Target: serviceTarget(p.green), Risk: risk}
	for _, w := range writes {
		t := serviceTarget(w.s)
		after, err := Apply(w.doc.Spec, w.edits)
		if err != nil {
			return Plan{}, err
		}
		changes := model.SpecChanges(w.doc.Spec, after)
		if len(changes) == 0 {
			continue
		}
		for _, c := range changes {
			c.Path = t.Name + ": " + c.Path
			out.Changes = append(out.Changes, c)
		}
		step := Step{Op: OpUpdate, Ref: t.Ref, Name: t.Name, Edits: w.edits, Seen: w.doc}
		if n := len(out.Steps); n > 0 {
			step.After = []int{n - 1}
		}
		out.Steps = append(out.Steps, step)
		out.Commands = append(out.Commands, labelCommands(p.of(w.s, w.doc), w.edits)...)
	}
	if len(out.Steps) == 0 {
		return Plan{}, ErrNoChange
	}
	return out, nil
}

// labelCommands are docker commands that change the labels and the replicas as edits
// do, one for a service; none where nothing but skep's own marks changes, or what no
// command says.
func labelCommands(s service, edits []Edit) []string {
	args, mark := []string{"service", "update"}, []string(nil)
	for _, e := range edits {
		value, set := e.Value.(string)
		switch {
		case slices.Equal(e.Path, pathGreen) && set:
			mark = []string{"--label-add", model.LabelGreen + "=" + value}
		case slices.Equal(e.Path, pathReplicas):
			args = append(args, fmt.Sprintf("--replicas=%v", e.Value))
		case len(e.Path) != 2 || e.Path[0] != "Labels":
			return nil
		case set && !e.Delete:
			args = append(args, "--label-add", e.Path[1]+"="+value)
		default:
			args = append(args, "--label-rm", e.Path[1])
		}
	}
	if len(args) == 2 {
		return nil
	}
	return []string{command(slices.Concat(args, mark, []string{s.arg()})...)}
}

// labelsOf are the labels of a specification.
func labelsOf(spec json.RawMessage) map[string]string {
	out := map[string]string{}
	decodeField(spec, &out, "Labels")
	return out
}

// labelEdits make labels into others. What is left alone is no conflict.
func labelEdits(before, after map[string]string) []Edit {
	var out []Edit
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, stays := after[key]; !stays {
			out = append(out, Edit{Path: []string{"Labels", key}, Delete: true})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if value, was := before[key]; !was || value != after[key] {
			out = append(out, Edit{Path: []string{"Labels", key}, Value: after[key]})
		}
	}
	return out
}

// complete is why a service is not up as it should be; empty where it is.
func complete(c *model.Cluster, s *model.Service) (why, held string) {
	f := c.Facts(s.Key())
	standing := c.Standing(s)
	switch {
	case f.TasksAt.IsZero():
		return "the tasks of " + s.Name() + " are not read yet", ""
	case standing.Complete() && !f.Rollout.Active() && f.Sure && f.Up >= f.Want:
		return "", ""
	}
	why = fmt.Sprintf("%s has %d/%d up", s.Name(), standing.Count(model.StageNew), standing.Want)
	if standing.Count(model.StageNew) >= standing.Want {
		why += ", and others that stop still"
	}
	if f.Worst != nil {
		held = c.TaskName(f.Worst) + ": " + model.Brief(c.Reason(f.Worst))
	}
	return why, held
}

// failedSince is a task of a service that ended badly since then; nil for none.
func failedSince(c *model.Cluster, s *model.Service, since time.Time) *model.Task {
	tasks, _ := c.TasksOf(s.Key())
	for _, t := range tasks {
		if t.Bad() && t.Terminal() && t.Since().After(since) {
			return t
		}
	}
	return nil
}

// warnPair says of a service that goes, or stops, that requests go to it in the place
// of another one.
func (s service) warnPair(out *Plan) {
	if s.in.Cluster == nil {
		return
	}
	p, err := pairOf(s.in.Cluster, s.in.Target)
	switch {
	case err != nil || p.mark.Phase == model.GreenBeside:
	case p.green.Key().Ref() == s.in.Target.Ref:
		out.warn("%s: after this nothing answers them; finish the switch, or switch back (%s)", p.standing(), p.backCommand())
	case slices.Contains([]model.GreenPhase{model.GreenStepping, model.GreenNaming, model.GreenRenewed, model.GreenReturned}, p.mark.Phase):
		out.warn("%s: it still gets a part of them, or is to get all", p.standing())
	}
}
