package actions

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/moby/moby/api/types/swarm"

	"skep/model"
)

const undoVerb = "undo"

// undo takes back what a record of the journal did.
var undo = Action{
	Verb: undoVerb, Title: "Undo", Kind: model.KindRecord, Tier: Reversible, Joint: true,
	Reads: undoReads,
	Plan:  planUndo,
}

// undoReads are the objects that the record's action changed, those whose names
// are to be taken again, and what the former specifications name.
func undoReads(in Input) []model.Ref {
	r, err := ReadRecord(in.Doc)
	if err != nil {
		return nil
	}
	out := ofWalks(r)
	for _, s := range Inverse(r.Did).Steps {
		out = append(out, s.found())
		spec := s.Spec
		if s.Op == OpUpdate {
			spec, _ = Apply(s.Seen.Spec, s.Edits)
		}
		for _, n := range needs(spec) {
			out = append(out, n.Ref)
		}
	}
	return out
}

// found is what a step's object is looked for by: one that is to be created by its
// name, because it must not be there.
func (s Step) found() model.Ref {
	if s.Op == OpCreate {
		return model.Ref{Kind: s.Ref.Kind, ID: s.Name}
	}
	return s.Ref
}

// planUndo takes back what a record did. It is planned from what is there now: only
// the fields that were changed then go back, whatever has become of others.
func planUndo(in Input) (Plan, error) {
	r, err := ReadRecord(in.Doc)
	switch {
	case err != nil:
		return Plan{}, fmt.Errorf("the journal's record cannot be read: %w", err)
	case r.Swarm != in.Cluster.Session.Swarm:
		return Plan{}, fmt.Errorf("it was done in another swarm than the one on the screen (context %s)", r.Context)
	case r.Irreversible() != "":
		return Plan{}, errors.New(r.Irreversible())
	case r.Lacks != "" && len(r.Did) == 0:
		return Plan{}, errors.New(r.Lacks)
	}
	if p, walked, err := undoWalk(in, r); walked {
		return p, err
	}
	u := undoing{in: in, record: r, back: Inverse(r.Did)}
	for i := range u.back.Steps {
		if err := u.step(i); err != nil {
			return Plan{}, err
		}
	}
	return u.plan()
}

// undoing is the plan of an undo as it is made, step by step.
type undoing struct {
	in     Input
	record Record
	back   Reversal
	// parts are what each step comes to, and places where it stands in the plan; -1
	// for one that is left out.
	parts  []Plan
	places []int
	// seen are the objects of the parts as the record's action left them.
	seen []model.Document
	// kept are what is not taken back, and same what is as it was already.
	kept, same []string
}

// leave leaves a step out.
func (u *undoing) leave(s Step, format string, args ...any) error {
	u.places = append(u.places, -1)
	u.kept = append(u.kept, fmt.Sprintf("%s %s: ", s.Ref.Kind, s.Name)+fmt.Sprintf(format, args...))
	return nil
}

// step plans one step from what is there now. An error is that of the reading.
func (u *undoing) step(i int) error {
	s := u.back.Steps[i]
	if u.fold(s) {
		return nil
	}
	now, read := u.in.Others[s.found()]
	isGone := errors.Is(now.Err, model.ErrGone) || s.Op == OpCreate && now.Err == nil && now.Doc.Name != s.Name
	switch {
	case !read:
		return u.leave(s, "it was not read")
	case now.Err != nil && !isGone:
		return now.Err
	case isGone && s.Op != OpCreate:
		return u.leave(s, "it no longer exists")
	case !isGone && s.Op == OpCreate:
		return u.leave(s, "there is one of that name already")
	}
	for _, use := range s.Uses {
		if u.places[use.Step] < 0 {
			return u.leave(s, "it needs %s, which is not made again", u.back.Steps[use.Step].Name)
		}
	}
	if lost, err := u.lost(s); err != nil {
		return err
	} else if len(lost) > 0 {
		return u.leave(s, "it needs %s, which no longer %s", list(lost), verb(len(lost), "exists", "exist"))
	}
	if users := u.users(s); len(users) > 0 {
		return u.leave(s, "%s %s it to go back to what it is now", list(users), verb(len(users), "needs", "need"))
	}
	seen := s.Seen
	if s.Op != OpCreate {
		s.Seen = now.Doc
	}
	p, err := u.part(s, seen)
	switch {
	case errors.Is(err, ErrNoChange):
		u.places = append(u.places, -1)
		u.same = append(u.same, s.Name)
		return nil
	case err != nil:
		return u.leave(s, "%v", err)
	}
	u.places = append(u.places, len(u.parts))
	p.Steps = []Step{s}
	u.parts, u.seen = append(u.parts, p), append(u.seen, seen)
	return nil
}

// users are the services that stay and use a config or secret that a step would
// remove, or did before: a rollback and a former release of theirs need it. What
// nothing needs any more a deploy with --prune removes.
func (u *undoing) users(s Step) []string {
	if s.Op != OpRemove || !slices.Contains([]model.Kind{model.KindConfig, model.KindSecret}, s.Ref.Kind) {
		return nil
	}
	var out []string
	for _, user := range u.in.Cluster.Users(s.Ref) {
		goes := slices.ContainsFunc(u.back.Steps, func(other Step) bool { return other.Op == OpRemove && other.Ref == user.Service.Key().Ref() })
		if name := user.Service.Name(); !goes && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// lost are what a step's specification needs and is gone; not what another step
// makes again.
func (u *undoing) lost(s Step) ([]string, error) {
	var out []string
	spec := s.Spec
	if s.Op == OpUpdate {
		spec, _ = Apply(s.Seen.Spec, s.Edits)
	}
	for _, n := range needs(spec) {
		other := u.in.Others[n.Ref]
		switch {
		case slices.ContainsFunc(s.Uses, func(use Use) bool { return use.ID == n.Ref.ID }), other.Err == nil:
		case errors.Is(other.Err, model.ErrGone):
			out = append(out, n.String())
		default:
			return nil, other.Err
		}
	}
	return out, nil
}

// part is what one step comes to; seen is the object as the record's action left
// it.
func (u *undoing) part(s Step, seen model.Document) (Plan, error) {
	p := Plan{Verb: undoVerb, Target: Target{Ref: s.Ref, Name: s.Name}, Risk: Reversible}
	if again := s.resumed(); again != "" {
		return p, errors.New("it was a step " + again)
	}
	switch s.Op {
	case OpCreate:
		p.Impact.say("the %s %s is created again", s.Ref.Kind, s.Name)
		p.Changes = spokenOf(nil, s.Spec)
		if s.Ref.Service() != "" {
			in := u.of(s, model.Document{Spec: s.Spec})
			p.Impact.Starts = readService(in).tasks
			p.Impact.say("%s", tasksDo(p.Impact.Starts, "start"))
			p.raise(Disruptive)
		}
	case OpRemove:
		p.Risk = Destructive
		p.Impact.say("the %s %s, which was made then, is removed", s.Ref.Kind, s.Name)
		p.Changes = spokenOf(s.Seen.Spec, nil)
		p.say(since(s, seen, nil))
	case OpReplace:
		p.Risk = Disruptive
		p.Impact.say("the %s %s becomes again what it was", s.Ref.Kind, s.Name)
		p.Changes = changesIn(s.Seen.Spec, s.Spec)
		p.say(since(s, seen, nil))
	case OpUpdate, OpRollback:
		return u.update(p, s, seen)
	}
	return p, nil
}

// of is what a step's object is planned from.
func (u *undoing) of(s Step, doc model.Document) Input {
	in := u.in
	in.Target, in.Batch, in.Doc, in.Values = Target{Ref: s.Ref, Name: s.Name}, nil, doc, nil
	in.Batch = []Target{in.Target}
	return in
}

// fold makes one step of two on the same object: of one that was changed twice, or
// that is made again and was changed before. False where there is none to fold it
// into.
func (u *undoing) fold(s Step) bool {
	for i := range u.parts {
		p := &u.parts[i]
		first := &p.Steps[0]
		switch {
		case s.Op != OpUpdate:
		case first.Op == OpCreate && first.Was == s.Ref.ID:
			if spec, err := Apply(first.Spec, s.Edits); err == nil {
				first.Spec, first.Image, p.Changes = spec, imageOf(spec), spokenOf(nil, spec)
				u.places = append(u.places, i)
				return true
			}
		case first.Op == OpUpdate && first.Ref == s.Ref:
			both := *first
			both.Edits = slices.Concat(first.Edits, s.Edits)
			if s.Image != "" {
				both.Image = s.Image
			}
			part, err := u.part(both, u.seen[i])
			if err == nil {
				part.Steps = []Step{both}
				*p = part
				u.places = append(u.places, i)
				return true
			}
		}
	}
	return false
}

// update is the part of a step that gives fields their former values.
func (u *undoing) update(p Plan, s Step, seen model.Document) (Plan, error) {
	after, err := Apply(s.Seen.Spec, s.Edits)
	if err != nil {
		return p, err
	}
	if model.SameJSON(s.Seen.Spec, after) {
		return p, ErrNoChange
	}
	p.Changes = changesIn(s.Seen.Spec, after)
	p.Steps = []Step{s} // Some warnings go by what is written.
	in := u.of(s, s.Seen)
	switch {
	case s.Ref.Service() != "":
		now := readService(in)
		in.Doc.Spec = after
		restored := readService(in)
		restored.status = now.status
		now.describeRestored(&p, restored, "UpdateConfig")
		now.finish(&p, "the undo")
	case s.Ref.Node() != "":
		err = undoNode(&p, in, s.Edits)
	}
	p.say(since(s, seen, s.Edits))
	return p, err
}

// say puts sentences into the impact, before all others, and warnings.
func (p *Plan) say(sentences, warnings []string) {
	p.Impact.Sentences = append(slices.Clip(sentences), p.Impact.Sentences...)
	p.Warnings = append(p.Warnings, warnings...)
}

// since says what has changed in an object since the record's action: what goes
// back along with it, as a warning, and what stays.
func since(s Step, seen model.Document, edits []Edit) (stays, goes []string) {
	if len(seen.Spec) == 0 || len(s.Seen.Spec) == 0 { // A network has none, and nobody changes it.
		return nil, nil
	}
	watched := s
	watched.Seen, watched.Edits = seen, edits
	var fields []string
	var overwritten []model.Change
	if edits != nil {
		overwritten = watched.drift(s.Seen)
	}
	for _, c := range overwritten {
		goes = append(goes, fmt.Sprintf("changed since then, and goes back all the same: %s", c))
	}
	for _, c := range model.Diff(seen.Spec, s.Seen.Spec) {
		if !slices.Contains(overwritten, c) {
			fields = append(fields, c.String())
		}
	}
	switch {
	case len(fields) == 0:
	case edits == nil:
		goes = append(goes, "changed since then: "+list(fields))
	default:
		stays = append(stays, "changed since then, and stays: "+list(fields))
	}
	return stays, goes
}

// undoNode says what it does to give fields of a node their former values: what
// the verbs say that set them.
func undoNode(p *Plan, in Input, edits []Edit) error {
	n := nodeOf(in.Cluster, in.Target)
	if n == nil {
		return model.ErrGone
	}
	after, err := Apply(in.Doc.Spec, edits)
	if err != nil {
		return err
	}
	var to swarm.NodeAvailability
	if decodeField(after, &to, pathAvailability...); to == swarm.NodeAvailabilityActive && to != n.Spec.Availability && gentle(in.Cluster, n) {
		return errors.New("it was drained gently since then: activate it, and its services may come back too")
	}
	var parts []Plan
	for _, field := range []struct {
		path  []string
		plans map[string]func(Input) (Plan, error)
	}{
		{pathAvailability, map[string]func(Input) (Plan, error){"active": planActivate, "pause": planPause, "drain": planDrain}},
		{pathRole, map[string]func(Input) (Plan, error){"worker": planDemote, "manager": planPromote}},
	} {
		var was, is string
		decodeField(after, &was, field.path...)
		decodeField(in.Doc.Spec, &is, field.path...)
		if plan := field.plans[was]; plan != nil && was != is {
			part, err := plan(in)
			if err != nil {
				return err
			}
			parts = append(parts, part)
		}
	}
	if slices.ContainsFunc(edits, func(e Edit) bool { return len(e.Path) > 0 && e.Path[0] == "Labels" }) {
		part, other := Plan{Risk: Reversible}, *n
		other.Spec.Labels = nil
		decodeField(after, &other.Spec.Labels, "Labels")
		sayEvicted(&part, in, n, &other)
		parts = append(parts, part)
	}
	for _, part := range parts {
		p.Impact, p.Warnings = addImpact(p.Impact, part.Impact), append(p.Warnings, part.Warnings...)
		p.raise(part.Risk)
		if part.Confirm.Why != "" {
			p.Confirm.Why = part.Confirm.Why
		}
	}
	return nil
}

// addImpact sums two impacts on the same object up.
func addImpact(a, b Impact) Impact {
	a.Restarts, a.Moves, a.Stops, a.Starts = a.Restarts+b.Restarts, a.Moves+b.Moves, a.Stops+b.Stops, a.Starts+b.Starts
	a.Sentences = append(a.Sentences, b.Sentences...)
	return a
}

// plan puts the parts together.
func (u *undoing) plan() (Plan, error) {
	r := u.record
	if len(u.parts) == 0 {
		switch reasons := slices.Concat(u.back.Kept, u.kept); {
		case len(reasons) > 0:
			return Plan{}, errors.New(strings.Join(reasons, "; "))
		case len(u.same) > 0:
			return Plan{}, fmt.Errorf("%w: %s is as it was before", ErrNoChange, list(u.same))
		}
		return Plan{}, errors.New("the journal does not have what it would take to undo it")
	}
	steps := u.steps()
	p := Combine(u.parts)
	p.Verb, p.Title, p.Undoes, p.Steps = undoVerb, r.undoTitle(), r.ID, steps
	p.Target = r.Target
	p.Commands = r.Back
	p.Undo = Undo{Sentence: "undo this one in turn", Commands: r.Commands}
	if p.Risk == Refused {
		p.confirm()
		return p, nil
	}
	if len(u.parts) == 1 {
		p.Target = u.parts[0].Target
	}
	if r.Outcome == Unknown {
		p.warn("it is not known whether it was done at all")
	}
	if r.Lacks != "" {
		p.warn("not taken back: %s", r.Lacks)
	}
	for _, kept := range slices.Concat(u.back.Kept, u.kept) {
		p.warn("not taken back: %s", kept)
	}
	for _, name := range u.same {
		p.Impact.say("%s is as it was before already", name)
	}
	for _, lost := range u.lostOf() {
		p.warn("does not come back: %s", lost)
	}
	p.confirm()
	return p, nil
}

// steps are those of the parts, with the places of those that they need.
func (u *undoing) steps() []Step {
	var out []Step
	for i := range u.parts {
		s := u.parts[i].Steps[0]
		u.parts[i].Steps = nil
		s.Uses = slices.Clone(s.Uses)
		for k := range s.Uses {
			s.Uses[k].Step = u.places[s.Uses[k].Step]
		}
		out = append(out, s)
	}
	return out
}

// lostOf are what does not come back of what is created again.
func (u *undoing) lostOf() []string {
	var out []string
	for i, s := range u.back.Steps {
		if u.places[i] < 0 || s.Op != OpCreate {
			continue
		}
		for _, lost := range s.Ref.Kind.Info().Lost {
			out = append(out, fmt.Sprintf("of the %s %s, %s", s.Ref.Kind, s.Name, lost))
		}
	}
	return out
}
