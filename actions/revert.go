package actions

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"skep/model"
)

const revertVerb = "revert"

// revert gives a service what the last update has changed, as it was before:
// whatever was written since, such as a scale, stays. The engine itself keeps one
// former specification, which every write replaces.
var revert = Action{
	Verb: revertVerb, Title: "Revert the last update", Kind: model.KindService, Tier: Disruptive,
	Reads: func(in Input) []model.Ref { return []model.Ref{LastUpdate(in.Target.Ref), lastRelease(in)} },
	Plan:  planRevert,
}

// lastUpdate stands before the ID of an object in that of the record of its last
// update.
const lastUpdate = "update-of-"

// LastUpdate names the newest record of the journal that has changed what the tasks
// of a service are made of.
func LastUpdate(service model.Ref) model.Ref {
	return model.Ref{Kind: model.KindRecord, ID: lastUpdate + service.ID}
}

// UpdatedBy is the service of such a name; false for the name of one record.
func UpdatedBy(record model.Ref) (service model.Ref, ok bool) {
	id, ok := strings.CutPrefix(record.ID, lastUpdate)
	return model.Ref{Kind: model.KindService, ID: id}, ok
}

// lastRelease names the newest release of a service that ran other tasks.
func lastRelease(in Input) model.Ref {
	return model.ReleaseRef(in.Cluster.Session.Swarm, in.Target.Name, model.LastRelease)
}

// revertToRelease is the reversion of a service whose update the journal does not
// have; false where the ledger of releases has none either.
func revertToRelease(in Input) (Plan, bool) {
	read := in.Others[lastRelease(in)]
	d, err := model.ReadRelease(read.Doc)
	if read.Err != nil || err != nil || len(d.Spec) == 0 || d.Lacks != "" {
		return Plan{}, false
	}
	p, err := planFormer(in, revertVerb, &d.Release, nil, fmt.Sprintf("revert %s to release %d: %s", in.Target.Name, d.N, withoutDigest(d.Image())))
	if err != nil {
		return Plan{}, false
	}
	p.warn("skep's journal has no update of it: this is what it was before its tasks changed last, as skep has seen it")
	return p, true
}

// Updated is the step by which a record has changed what the tasks of a service
// are made of, or where they may be; false for none.
func (r *Record) Updated(service model.Ref) (Did, bool) {
	for _, d := range slices.Backward(r.Did) {
		if d.Ref != service || d.Op != OpUpdate && d.Op != OpRollback || len(d.Before) == 0 || len(d.After) == 0 {
			continue
		}
		if changed, moved := dirty(d.Before, d.After); (changed || moved) && !keepsAway(d.Before, d.After) {
			return d, true
		}
	}
	return Did{}, false
}

// keepsAway reports whether a service was made to keep away from a node, or no more,
// by a gentle drain: that is no update of it, and goes when the node is activated.
func keepsAway(before, after json.RawMessage) bool {
	away := func(spec json.RawMessage) (out []string) {
		for key := range labels.today(spec) {
			if strings.HasPrefix(key, model.AwayLabel("")) {
				out = append(out, key)
			}
		}
		slices.Sort(out)
		return out
	}
	return !slices.Equal(away(before), away(after))
}

func planRevert(in Input) (Plan, error) {
	s := readService(in)
	step := Step{Op: OpUpdate, Ref: in.Target.Ref, Name: s.name(), Seen: in.Doc}
	title, warning := "", ""
	r, err := ReadRecord(in.Others[LastUpdate(in.Target.Ref)].Doc)
	did, known := r.Updated(in.Target.Ref)
	if known = known && err == nil; known {
		back := Inverse([]Did{did})
		if len(back.Steps) == 0 {
			return Plan{}, errors.New(strings.Join(back.Kept, "; "))
		}
		step.Edits, step.Image = back.Steps[0].Edits, back.Steps[0].Image
		title = fmt.Sprintf("revert %s to what it was before: %s (%s)", s.name(), r.Title, r.Began.Local().Format("2 Jan 15:04"))
		if r.Verb == revertVerb || r.Verb == undoVerb || did.Op == OpRollback {
			warning = "the last update was itself one back: this goes forward again, to the version that was left"
		}
	} else {
		if p, seen := revertToRelease(in); seen {
			return p, nil
		}
		if step.Edits = toPrevious(in.Doc); len(step.Edits) == 0 {
			return Plan{}, errors.New("what it was before its last update is not known: skep's journal has no update of it, and the engine's previous spec makes the same tasks, or is of a gentle drain")
		}
		if before := imageOf(in.Doc.Previous); before != s.image() {
			step.Image = before
		}
		title = fmt.Sprintf("revert %s to the engine's previous spec", s.name())
		warning = "skep's journal has no update of it: this is the previous spec that the engine keeps, from before the last write, whoever made it"
	}
	if target := serviceOf(in.Cluster, in.Target); target != nil { // It must not be held on the way back.
		step.Edits = append(slices.Clip(step.Edits), letGo(target)...)
	}
	p, err := newPlan(in, revertVerb, Disruptive, step.Edits...)
	if errors.Is(err, ErrNoChange) {
		return Plan{}, fmt.Errorf("%w: %s is what it was before its last update already", ErrNoChange, s.name())
	}
	if err != nil {
		return Plan{}, err
	}
	p.Steps, p.Title = []Step{step}, title
	p.Undo.Sentence = "revert once more, or undo it in the journal"
	if warning != "" {
		p.warn("%s", warning)
	}
	for _, c := range step.drifted(did, in.Doc.Spec, known) {
		p.warn("changed again since that update: %s; it goes back all the same", c)
	}
	if tasks := s.number(1, pathReplicas...); s.mode == model.ModeReplicated && !slices.ContainsFunc(step.Edits, func(e Edit) bool { return slices.Equal(e.Path, pathReplicas) }) {
		p.Impact.say("the number of replicas stays: %d", tasks)
	}
	return p, s.complete(&p, "the reversion")
}

// drifted are the fields that go back and that somebody has changed since.
func (s Step) drifted(did Did, now json.RawMessage, known bool) []model.Change {
	if !known {
		return nil
	}
	s.Seen.Spec = did.After
	return s.drift(model.Document{Spec: now})
}

// toPrevious are the edits that give a service the tasks of the engine's previous
// spec. How many there are, and what restarts them, stays.
func toPrevious(doc model.Document) []Edit {
	changed, moved := false, false
	if len(doc.Previous) > 0 {
		changed, moved = dirty(doc.Spec, doc.Previous)
	}
	if !changed && !moved || keepsAway(doc.Spec, doc.Previous) {
		return nil
	}
	return slices.DeleteFunc(Edits(doc.Spec, doc.Previous), func(e Edit) bool {
		return len(e.Path) > 0 && e.Path[0] == "Mode" || slices.Equal(e.Path, pathForce)
	})
}
